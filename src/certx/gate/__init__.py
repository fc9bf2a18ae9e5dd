"""MAY IT LAND: what a change of the shared schemas would break in other regions, before it is merged.

    edition   the schemas, examples, scenarios and agreements as they are at one place and time
    change    one version of a licence schema beside an earlier one
    RULES     a table: each rule looks at a change and says whom it would break   (certx.gate.table)
    review    every change between two editions, judged, with the version it should have

Everything here is pure: reading folders and git is the caller's (`certx.app`).
"""
