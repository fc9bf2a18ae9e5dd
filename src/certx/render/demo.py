"""The table of a demo."""

from collections.abc import Sequence
from typing import Protocol

from certx.i18n import Words
from certx.reason import Outcome
from certx.render.table import print_table
from certx.verdict import Answer


class DemoCase(Protocol):
    """What the table shows of a case."""

    @property
    def name(self) -> str:
        """What it is about."""

    @property
    def expected(self) -> Outcome:
        """The outcome that must be."""

    @property
    def answer(self) -> Answer:
        """What came of it."""

    @property
    def came_out(self) -> bool:
        """Whether they agree."""


def case_object(case: DemoCase) -> dict[str, object]:
    """A case as JSON."""
    verdict = case.answer.verdict
    return {
        "case": case.name,
        "expected": case.expected,
        "outcome": verdict.outcome if verdict is not None else None,
        "reason": verdict.deciding.reason if verdict is not None and verdict.deciding is not None else None,
        "came_out": case.came_out,
    }


def print_cases(cases: Sequence[tuple[str, DemoCase]], words: Words) -> None:
    """Case, expected, outcome, reason."""
    rows = []
    for label, case in cases:
        verdict = case.answer.verdict
        outcome = words.term(f"outcome-{verdict.outcome}" if verdict is not None else "unreadable")
        reason = words.reason(verdict.deciding)[0] if verdict is not None and verdict.deciding else ""
        mark = "√" if case.came_out else "×"
        rows.append((label, words.term(f"outcome-{case.expected}"), f"{mark} {outcome}", reason))
    head = [words.term(f"demo-{name}") for name in ("case", "expected", "outcome", "reason")]
    print_table(head, rows, title=words.term("demo-title"))
