"""Reviewed exceptions: findings that a region looked at and lets pass, each with its reason and its last day."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any, Final, NamedTuple

from certx.errors import DocumentError, UsageError
from certx.gate.finding import Breaks, Excused, Finding, Report, Step, Weight

_MEMBERS: Final = ("id", "place", "why", "until")
_DAY: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SHORTEST_WHY: Final = 10


class ReviewedException(NamedTuple):
    """One exception: the rule, the file or `file#claim`, why, and the last day that it holds."""

    id: str
    place: str
    why: str
    until: date

    def covers(self, finding: Finding) -> bool:
        """Is it about this finding?"""
        return self.id == finding.rule and self.place in {finding.place, f"{finding.place}#{finding.at}"}


def read_exceptions(rows: object, known: frozenset[str], *, path: str) -> tuple[ReviewedException, ...]:
    """The `[[schema.exceptions]]` of a `certx.toml`; raises `UsageError` that says which is wrong, in what."""
    if not isinstance(rows, list):
        raise UsageError("gate-exceptions", hint="gate-settings", path=path)
    found = []
    for number, row in enumerate(rows, 1):
        try:
            found.append(_read(row, known))
        except DocumentError as wrong:
            told = {"defect": wrong.code, **wrong.params}
            raise UsageError("gate-exception", hint="gate-settings", path=path, number=number, **told) from wrong
    return tuple(found)


def _read(row: Any, known: frozenset[str]) -> ReviewedException:  # noqa: ANN401 - any TOML value
    given = row if isinstance(row, Mapping) else {}
    for name in sorted(given.keys() ^ {*_MEMBERS}):
        code = "exception-lacks" if name in _MEMBERS else "exception-member"
        raise DocumentError(code, name=name, known=", ".join(_MEMBERS))
    for name in ("id", "place", "why"):
        if not isinstance(given[name], str):
            raise DocumentError("exception-text", name=name, value=_shown(given[name]))
    if given["id"] not in known:
        raise DocumentError("exception-rule", id=_shown(given["id"]))
    if len(given["why"].strip()) < _SHORTEST_WHY:
        raise DocumentError("exception-why", length=len(given["why"].strip()), least=_SHORTEST_WHY)
    return ReviewedException(given["id"], given["place"], given["why"], _day(given["until"]))


def _day(value: object) -> date:
    """A TOML date, or one in a text; a moment is not a day, whatever its time zone."""
    if type(value) is date:
        return value
    with suppress(ValueError):
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    raise DocumentError("exception-until", value=_shown(value))


def _shown(value: object) -> str:
    return str(value)[:80]


def excuse(report: Report, exceptions: Sequence[ReviewedException], *, today: date, path: str) -> Report:
    """A report without what is excused; an exception that has run out, or covers nothing, is a finding itself."""
    excused: list[Excused] = []
    used: set[ReviewedException] = set()

    def stays(finding: Finding) -> bool:
        for exception in exceptions:
            if exception.covers(finding):
                used.add(exception)
                if today <= exception.until:
                    excused.append(Excused(finding, exception.why, exception.until.isoformat()))
                    return False
        return True

    steps = [step._replace(findings=tuple(filter(stays, step.findings))) for step in report.steps]
    broken = {f.place for step in steps for f in step.findings if f.weight is Weight.BREAK and f.rule not in _FOLLOWS}
    let_pass = {done.finding.place for done in excused}
    for index, step in enumerate(steps):
        if step.place in let_pass - broken:  # every reason for it was let pass
            steps[index] = step._replace(findings=tuple(f for f in step.findings if f.rule not in _FOLLOWS))
    found = [_expired(each, path) for each in exceptions if each in used and each.until < today]
    found += [_unused(each, path) for each in exceptions if each not in used]
    if found:
        steps.append(Step(path, "[[schema.exceptions]]", findings=tuple(found)))
    return report._replace(steps=tuple(steps), excused=tuple(excused))


_FOLLOWS: Final = frozenset({"major-not-raised"})
"""Rules that only draw the conclusion from what others found."""


def _expired(exception: ReviewedException, path: str) -> Finding:
    told = {"id": exception.id, "place": exception.place, "day": exception.until.isoformat()}
    return Finding("exception-expired", Weight.BREAK, Breaks.REPOSITORY, path, exception.place, told)


def _unused(exception: ReviewedException, path: str) -> Finding:
    told = {"id": exception.id, "place": exception.place}
    return Finding("exception-unused", Weight.NOTICE, Breaks.REPOSITORY, path, exception.place, told)
