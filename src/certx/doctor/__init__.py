"""What will break before it does: pure reviews of the facts that `certx.app.doctor.examination` gathered.

Each review yields complaints about one part; what the machine cannot read at all is a complaint too, and hinders none
of the others.
"""
