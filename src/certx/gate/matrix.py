"""Who takes what from whom: regions × agreements × matters × sample licences, before a change and after it.

A sample is a valid example of the type. It is judged as a verifier would who knows its issuer and its status: by the
newest schema of its major, by the agreements, and by what the matter needs.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from typing import Final, NamedTuple

from certx.errors import CertxError
from certx.gate.edition import Edition, Example
from certx.gate.finding import Breaks, Finding, Report, Step, Weight
from certx.gate.profiles import self_contained
from certx.reason import Finding as Verdict
from certx.reason import Result
from certx.recognition.check import check_recognition, check_scenario
from certx.recognition.scenario import Scenario
from certx.schema.catalogue import LicenceSchema, latest
from certx.schema.check import check_schema
from certx.schema.rules import Context
from certx.schema.validate import Validator

TAKEN: Final = "accepted"
WORSE: Final = "verdict-worse"
"""The one rule of the matrix."""
_ABSENT: Final = "type-unknown"


class Route(NamedTuple):
    """A licence of a type from one region shown in another, for a matter (its id) or, if empty, for none."""

    issued_in: str
    accepted_in: str
    licence_type: str
    matter: str = ""


class Row(NamedTuple):
    """What becomes of each sample on a route, by the place of the sample: `accepted`, or the reason why not."""

    route: Route
    before: Mapping[str, str]
    now: Mapping[str, str]

    @property
    def worse(self) -> list[str]:
        """The samples that were taken and are not any more."""
        return [place for place, was in self.before.items() if was == TAKEN and self.now.get(place) != TAKEN]


class Judge:
    """One edition as its verifiers judge samples. Times are Unix seconds."""

    def __init__(self, edition: Edition, *, now: float, today: date) -> None:
        self.edition, self._now = edition, now
        self._context = Context(today, edition.catalogue)
        self._agreements = tuple(treaty.agreement for treaty in edition.treaties)
        self._profiles = {(p.region, p.licence_type): p for p in edition.profiles}
        self._profile = cache(self._compiled)
        self._shapes: dict[tuple[str, str], Verdict] = {}
        self._schema = cache(self._latest)
        self._scenarios = {(m.region, m.scenario.id): m.scenario for m in edition.matters}

    def matters(self, region: str, licence_type: str) -> Iterator[str]:
        """No matter at all, and each matter of a region that takes the type."""
        yield ""
        yield from (key[1] for key, s in self._scenarios.items() if key[0] == region and licence_type in s.types)

    def covers(self, route: Route) -> bool:
        """Is there anything by which the licence could be taken there?"""
        pair = route.issued_in, route.accepted_in
        return pair[0] == pair[1] or any(a.covers(route.licence_type, *pair) for a in self._agreements)

    def is_issued(self, route: Route, sample: Example) -> bool:
        """Would the region issue such a licence, by its profile of the type?"""
        profile = self._profile(route.issued_in, route.licence_type)
        return profile is None or profile.is_valid(sample.document)

    def outcome(self, route: Route, sample: Example) -> str:
        """What becomes of a sample on a route."""
        schema = self._schema(route.licence_type)
        if schema is None:
            return _ABSENT
        scenario: Scenario | None = self._scenarios.get((route.accepted_in, route.matter))
        matter = route.matter or None
        for finding in (
            self._shape(schema, sample),
            check_recognition(
                schema.type, route.issued_in, route.accepted_in, self._agreements, self._now, scenario=matter
            ),
            check_scenario(matter, scenario, schema.type, sample.document, self._now),
        ):
            if finding.result in {Result.FAILED, Result.UNDETERMINED}:
                return str(finding.reason)
        return TAKEN

    def _compiled(self, region: str, licence_type: str) -> Validator | None:
        profile, schema = self._profiles.get((region, licence_type)), self._schema(licence_type)
        return None if profile is None or schema is None else Validator(self_contained(profile, schema))

    def _latest(self, licence_type: str) -> LicenceSchema | None:
        try:
            return latest(self.edition.catalogue, licence_type)
        except CertxError:
            return None

    def _shape(self, schema: LicenceSchema, sample: Example) -> Verdict:
        key = (schema.type, sample.place)
        if key not in self._shapes:
            self._shapes[key] = check_schema(schema, sample.document, self._context, partial=False)
        return self._shapes[key]


def rows(before: Judge | None, now: Judge) -> Iterator[Row]:
    """Every route that there is or was; with no `before`, only what is."""
    judges = [judge for judge in (before, now) if judge is not None]
    regions = sorted({region for judge in judges for region in judge.edition.regions})
    for licence_type in sorted({name for judge in judges for name in judge.edition.shelf.types()}):
        samples = {e.place: e for judge in reversed(judges) for e in judge.edition.examples(licence_type, "valid")}
        for issued_in in regions:
            for accepted_in in regions:
                found = dict.fromkeys(m for judge in judges for m in judge.matters(accepted_in, licence_type))
                for matter in found:
                    route = Route(issued_in, accepted_in, licence_type, matter)
                    if any(judge.covers(route) for judge in judges):
                        yield Row(route, *(_outcomes(judge, route, samples) for judge in (before, now)))


def _outcomes(judge: Judge | None, route: Route, samples: Mapping[str, Example]) -> dict[str, str]:
    if judge is None:
        return {}
    return {place: judge.outcome(route, e) for place, e in samples.items() if judge.is_issued(route, e)}


def worsened(found: list[Row], before: Edition, after: Edition) -> Report:
    """The rows in which something that was taken is not any more, as findings."""
    steps: list[Step] = []
    for row in found:
        findings = tuple(_finding(row, place) for place in row.worse)
        if findings:
            steps.append(Step(findings[0].place, row.route.licence_type, findings=findings))
    return Report(before.name, after.name, tuple(steps))


def _finding(row: Row, place: str) -> Finding:
    route = row.route
    told = {
        "region": route.accepted_in, "issued_in": route.issued_in, "matter": route.matter or "–", "example": place,
        "old": row.before[place], "new": row.now.get(place, "–"),
    }  # fmt: skip
    return Finding(WORSE, Weight.BREAK, Breaks.SCENARIOS, place, params=told)
