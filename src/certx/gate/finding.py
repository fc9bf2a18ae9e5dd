"""What the gate finds: which rule, whom it breaks, where, and the document that proves it."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from certx.errors import Exit


class Breaks(StrEnum):
    """Who would feel it."""

    NEW_VERIFIER = "new-verifier"
    """A verifier that has the new schema, before a licence that was issued under the old one."""
    OLD_VERIFIER = "old-verifier"
    """A verifier that still has the old schema, before a licence that was issued under the new one."""
    ROWS = "issuer-rows"
    """An issuer whose rows obeyed the old schema."""
    SCENARIOS = "scenarios"
    """A matter, or an agreement, that relies on what a licence says."""
    HOLDERS = "holders"
    """Whoever carries the licence: what must be shown, and what a QR code holds."""
    REPOSITORY = "repository"
    """Nobody yet: the folder itself is not in order."""


class Weight(StrEnum):
    """What a finding does to the answer."""

    BREAK = "break"
    UNDECIDED = "undecided"
    NOTICE = "notice"


class Witness(NamedTuple):
    """A document that one side accepts and the other refuses: where and by which keyword, in the words of `params`."""

    document: Any
    at: str = ""
    keyword: str = ""
    params: Mapping[str, object] = {}


class Finding(NamedTuple):
    """One thing found.

    `place` is a file of the repository, `at` a path of names in it. `because`: the chain of rules of the proof, or
    what could not be decided.
    """

    rule: str
    weight: Weight
    breaks: Breaks
    place: str
    at: str = ""
    params: Mapping[str, object] = {}
    witness: Witness | None = None
    because: tuple[str, ...] = ()


class Hit(NamedTuple):
    """What a rule found, before the table adds which rule it was; see `Finding`."""

    at: str = ""
    params: Mapping[str, object] = {}
    witness: Witness | None = None
    because: tuple[str, ...] = ()
    weight: Weight | None = None
    """Where it is not that of the rule."""


class Step(NamedTuple):
    """One thing that was looked at: a file, what it was held against, and what was proven or found.

    `subject` is such as `business-licence 1.1`, `against` such as `1.0`, empty if it was held against nothing;
    `should_be` is the version that it should have, empty if the question does not arise; `proven`: the questions that
    were answered `compatible`, each with the rules of its proof.
    """

    place: str
    subject: str
    against: str = ""
    should_be: str = ""
    proven: Mapping[str, tuple[str, ...]] = {}
    findings: tuple[Finding, ...] = ()


class Excused(NamedTuple):
    """A finding that a reviewed exception lets pass, and why."""

    finding: Finding
    why: str
    until: str


class Report(NamedTuple):
    """Everything that was looked at. `assumptions`: what the answers rest on."""

    old: str
    new: str
    steps: tuple[Step, ...]
    excused: tuple[Excused, ...] = ()
    assumptions: Mapping[str, str] = {}

    @property
    def findings(self) -> Sequence[Finding]:
        """Every finding that was not excused, in order."""
        return [finding for step in self.steps for finding in step.findings]

    @property
    def exit(self) -> Exit:
        """0 compatible, 3 incompatible, 5 undecided (docs/exit-status.md)."""
        weights = {finding.weight for finding in self.findings}
        if Weight.BREAK in weights:
            return Exit.INVALID
        return Exit.UNDETERMINED if Weight.UNDECIDED in weights else Exit.OK
