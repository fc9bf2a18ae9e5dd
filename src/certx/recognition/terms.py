"""What an agreement means for each accepting region, and what another would change: for people to read."""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from certx.recognition.agreement import Agreement, Mode


class Terms(NamedTuple):
    """The terms under which licences are recognised; members as those of `Agreement`."""

    since: float
    until: float | None
    scenarios: frozenset[str] | None
    min_remaining_days: int | None
    max_status_age_days: int | None
    paper_waived: bool | None
    mode: Mode | None


class Clause(NamedTuple):
    """Licences of these types from these regions are recognised in this one, on these terms."""

    accepted_in: str
    issued_in: tuple[str, ...]
    types: tuple[str, ...]
    terms: Terms


class Effect(StrEnum):
    """What a change does to licences."""

    BEGINS = "begins"
    ENDS = "ends"
    CHANGES = "changes"


class Difference(NamedTuple):
    """What changes in one region for licences of these types from another; terms are `None` where there are none."""

    issued_in: str
    accepted_in: str
    types: tuple[str, ...]
    before: Terms | None
    after: Terms | None

    @property
    def effect(self) -> Effect:
        """What it does."""
        if self.before is None:
            return Effect.BEGINS
        return Effect.ENDS if self.after is None else Effect.CHANGES


def terms_in(agreement: Agreement, accepted_in: str) -> Terms:
    """The terms that hold in one accepting region."""
    return Terms._make(getattr(agreement.as_in(accepted_in), name) for name in Terms._fields)


def clauses_of(agreement: Agreement) -> Iterator[Clause]:
    """A clause for each accepting region that takes licences of another."""
    for accepted_in in sorted(agreement.accepted_in):
        others = tuple(sorted(agreement.issued_in - {accepted_in}))
        if others:
            yield Clause(accepted_in, others, tuple(sorted(agreement.types)), terms_in(agreement, accepted_in))


def differences(before: Agreement, after: Agreement) -> list[Difference]:
    """For whom what changes if the one stood in the place of the other, types with the same change together."""
    old, new = _by_question(before), _by_question(after)
    found: dict[tuple[str, str, Terms | None, Terms | None], list[str]] = {}
    for question in sorted(old.keys() | new.keys()):
        issued_in, accepted_in, licence_type = question
        then, now = old.get(question), new.get(question)
        if then != now:
            found.setdefault((issued_in, accepted_in, then, now), []).append(licence_type)
    return [Difference(a, b, tuple(types), then, now) for (a, b, then, now), types in found.items()]


def _by_question(agreement: Agreement) -> dict[tuple[str, str, str], Terms]:
    return {
        (issued_in, clause.accepted_in, licence_type): clause.terms
        for clause in clauses_of(agreement)
        for issued_in in clause.issued_in
        for licence_type in clause.types
    }
