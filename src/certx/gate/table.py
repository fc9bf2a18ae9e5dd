"""The rules of the gate: each looks at one change and says whom it would break.

What a rule is for, and the words of what it finds, are in `certx.i18n.gate_en` and `gate_zh` under its id.
"""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from certx.gate import claims, containment, crossing, reliance
from certx.gate.change import Change
from certx.gate.finding import Breaks, Finding, Hit, Weight
from certx.gate.lint import LINT_IDS
from certx.gate.matrix import WORSE


class GateRule(NamedTuple):
    """A rule: its id, whom it breaks, what a hit weighs within a major, and the function."""

    id: str
    breaks: Breaks
    weight: Weight
    find: Callable[[Change], Iterator[Hit]]

    def findings(self, change: Change) -> Iterator[Finding]:
        """What it finds in a change. A new major may break what it likes: there it is told, and weighs nothing."""
        place = change.after.place(change.new.type, change.new.version)
        for hit in self.find(change):
            weight = Weight.NOTICE if change.is_major else hit.weight or self.weight
            yield Finding(self.id, weight, self.breaks, place, hit.at, hit.params, hit.witness, hit.because)


RULES: Final = (
    GateRule("old-licences-refused", Breaks.NEW_VERIFIER, Weight.BREAK, containment.backward),
    GateRule("new-licences-refused", Breaks.OLD_VERIFIER, Weight.BREAK, containment.forward),
    GateRule("rows-refused", Breaks.ROWS, Weight.NOTICE, containment.rows),
    GateRule("rule-tightened", Breaks.NEW_VERIFIER, Weight.BREAK, crossing.tightened),
    GateRule("rule-loosened", Breaks.OLD_VERIFIER, Weight.BREAK, crossing.loosened),
    GateRule("national-code-changed", Breaks.NEW_VERIFIER, Weight.BREAK, claims.national_code),
    GateRule("claim-renamed", Breaks.SCENARIOS, Weight.BREAK, claims.renamed),
    GateRule("claim-removed", Breaks.ROWS, Weight.NOTICE, claims.removed),
    GateRule("code-removed", Breaks.NEW_VERIFIER, Weight.BREAK, claims.code_removed),
    GateRule("unit-changed", Breaks.OLD_VERIFIER, Weight.BREAK, claims.unit),
    GateRule("derivation-changed", Breaks.SCENARIOS, Weight.BREAK, claims.derivation),
    GateRule("always-disclosed-now", Breaks.HOLDERS, Weight.BREAK, claims.always_now),
    GateRule("concealable-now", Breaks.OLD_VERIFIER, Weight.BREAK, claims.hidden_now),
    GateRule("label-changed", Breaks.ROWS, Weight.NOTICE, claims.label),
    GateRule("needed-claim-gone", Breaks.SCENARIOS, Weight.BREAK, reliance.claim_gone),
    GateRule("needed-claim-optional", Breaks.SCENARIOS, Weight.BREAK, reliance.claim_optional),
    GateRule("symbol-outgrown", Breaks.HOLDERS, Weight.BREAK, reliance.symbol),
)

BREAKING: Final = frozenset(rule.id for rule in RULES if rule.weight is Weight.BREAK)
"""The rules whose hits need a new major."""

RULE_IDS: Final = frozenset(
    {
        *(rule.id for rule in RULES), *LINT_IDS, "old-documents-refused", "new-documents-refused",
        "published-removed", "published-changed", "schema-unreadable", "major-not-raised", "major-without-need",
        "minor-without-need", "minor-skipped",
        "profile-unfit", "profile-removed", "profile-version", "profile-stricter", "profile-claim-removed",
        "profile-rows-refused",
        "scenario-claim-unknown", "scenario-version", "scenario-asks-more", "scenario-licence-needed",
        "scenario-tightened", "scenario-removed", "matter-unreadable", WORSE,
        "exception-expired", "exception-unused",
    }
)  # fmt: skip
"""Everything that the gate may find."""

CHANGE_IDS: Final = (RULE_IDS - LINT_IDS - {WORSE}) | {"schema-unreadable", "not-a-schema", "annotation-form"}
"""What a comparison may find."""

_BACKWARD: Final = frozenset({Breaks.NEW_VERIFIER, Breaks.ROWS, Breaks.SCENARIOS, Breaks.HOLDERS})
_FORWARD: Final = frozenset({Breaks.OLD_VERIFIER, Breaks.SCENARIOS, Breaks.HOLDERS})


def rules_for(*, backward: bool, forward: bool) -> tuple[GateRule, ...]:
    """The rules that bear on these directions."""
    wanted = (_BACKWARD if backward else frozenset()) | (_FORWARD if forward else frozenset())
    return tuple(rule for rule in RULES if rule.breaks in wanted)
