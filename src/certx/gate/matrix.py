"""Who takes what from whom: regions × agreements × matters × sample licences, before a change and after it.

A sample is a valid example of the type. It is judged on its first day, as a verifier would who knows its issuer and
its status: by the newest schema of its major, by the agreements, and by what the matter needs.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from typing import Final, NamedTuple

from certx.errors import CertxError
from certx.gate.edition import Edition, Example
from certx.gate.finding import Breaks, Finding, Report, Step, Weight
from certx.gate.profiles import applied
from certx.licence.model import day_ends_at, day_starts_at
from certx.reason import Finding as Verdict
from certx.reason import Result
from certx.recognition.agreement import Agreement
from certx.recognition.check import check_recognition
from certx.recognition.matter import Shown, check_scenario
from certx.recognition.scenario import Scenario
from certx.schema.catalogue import LicenceSchema
from certx.schema.check import check_schema
from certx.schema.profile import with_profile
from certx.schema.rules import Context

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
        """The samples that were taken and are not any more; what a region issues no more, nobody refuses."""
        return [place for place, was in self.before.items() if was == TAKEN and self.now.get(place, TAKEN) != TAKEN]


class Judge:
    """One edition as its verifiers judge samples. Times are Unix seconds."""

    def __init__(self, edition: Edition, *, now: float, today: date) -> None:
        self.edition, self._now = edition, now
        self._context = Context(today, edition.catalogue)
        self._profiles = {(filed.region, filed.licence_type): filed for filed in edition.profiles}
        self._issued_by = cache(self._schema_of)
        self._shapes: dict[tuple[str, str], Verdict] = {}
        self._schema = cache(edition.newest)

    def matters(self, region: str, licence_type: str) -> Iterator[str]:
        """No matter at all, and each matter of a region that takes the type, or that cannot be read."""
        yield ""
        for name, scenario in self.edition.published.scenarios.get(region, {}).items():
            if not isinstance(scenario, Scenario) or licence_type in scenario.types:
                yield name

    def covers(self, route: Route) -> bool:
        """Is there anything by which the licence could be taken there?"""
        pair = route.issued_in, route.accepted_in
        agreements = self.edition.published.agreements
        return pair[0] == pair[1] or any(
            agreement.covers(route.licence_type, *pair)
            if isinstance(agreement, Agreement)
            else agreement.is_mutual(*pair)
            for agreement in agreements
        )

    def is_issued(self, route: Route, sample: Example) -> bool:
        """Would the region issue such a licence, by its profile of the type? By one that is none, it issues nothing.

        Claims of its own are not asked for: no sample has any.
        """
        if (route.issued_in, route.licence_type) not in self._profiles:
            return True
        schema = self._issued_by(route.issued_in, route.licence_type)
        return schema is not None and schema.closed.is_valid(sample.document)

    def outcome(self, route: Route, sample: Example) -> str:
        """What becomes of a sample on a route, shown whole, with its status and the registry of this very moment."""
        schema = self._schema(route.licence_type)
        if schema is None:
            return _ABSENT
        refused = next(filter(_is_refused, self._findings(schema, route, sample)), None)
        return TAKEN if refused is None else str(refused.reason)

    def _findings(self, schema: LicenceSchema, route: Route, sample: Example) -> Iterator[Verdict]:
        """The checks that published documents bear on, each only if the one before it passed."""
        yield self._shape(schema, sample)
        ends_at = self._ends_at(sample)
        published, matter = self.edition.published, route.matter or None
        yield check_recognition(
            schema.type, route.issued_in, route.accepted_in, published.agreements, self._now,
            scenario=matter, ends_at=ends_at, status_age=0,
        )  # fmt: skip
        scenario = published.scenarios.get(route.accepted_in, {}).get(route.matter)
        shown = Shown(schema.type, sample.document, ends_at=ends_at, status_age=0, registry_age=0)
        yield check_scenario(matter, scenario, shown, self._now)

    def _ends_at(self, sample: Example) -> float | None:
        """When a sample ends that begins now: what is printed on it would be past one day. `None` for 长期."""
        last_day = sample.document.get("expiringDate")
        if last_day is None:
            return None
        return self._now + day_ends_at(last_day) - day_starts_at(sample.document.get("effectiveDate", last_day))

    def _schema_of(self, region: str, licence_type: str) -> LicenceSchema | None:
        """What a region's issuers hold claims that all share against, `None` if its profile does not fit."""
        filed = self._profiles[region, licence_type]
        try:
            found = applied(filed, self.edition)
        except CertxError:
            return None
        return with_profile(found.shared, found.profile._replace(adds={}, needs=()), filed.place)

    def _shape(self, schema: LicenceSchema, sample: Example) -> Verdict:
        key = (schema.type, sample.place)
        if key not in self._shapes:
            self._shapes[key] = check_schema(schema, sample.document, self._context, partial=False)
        return self._shapes[key]


def _is_refused(finding: Verdict) -> bool:
    return finding.result in {Result.FAILED, Result.UNDETERMINED}


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
        "old": row.before[place], "new": row.now[place],
    }  # fmt: skip
    return Finding(WORSE, Weight.BREAK, Breaks.SCENARIOS, place, params=told)
