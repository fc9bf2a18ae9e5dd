"""Changes of scenarios: what a matter asks for must be there, and what it asks for more is told with a document."""

from collections.abc import Iterator
from typing import Any

from certx.gate.deciding import chain, contained, explained
from certx.gate.edition import Edition, Matter
from certx.gate.finding import Breaks, Finding, Step, Weight
from certx.gate.reliance import asked_of
from certx.licence.paths import Path, format_path
from certx.recognition.query import Query
from certx.recognition.scenario import Scenario
from certx.schema.annotations import read_nodes
from certx.schema.compat import Answer
from certx.schema.validate import Validator


def review_matters(before: Edition, after: Edition, seconds: float) -> Iterator[Step]:
    """Each scenario that is new, changed, gone or spoilt, and each agreement that is."""
    yield from _spoilt(before, after)
    there = {matter.place for matter in after.matters} | after.unread.keys()
    for matter in before.matters:
        if matter.place not in there:
            finding = Finding("scenario-removed", Weight.BREAK, Breaks.SCENARIOS, matter.place)
            yield Step(matter.place, f"{matter.scenario.id} {matter.scenario.version}", findings=(finding,))
    known = {matter.place: matter.scenario for matter in before.matters}
    for matter in after.matters:
        old = known.get(matter.place)
        if old is None or _said(old) != _said(matter.scenario):
            found = [*_unknown(matter, after), *(() if old is None else _changed(old, matter, seconds))]
            subject = f"{matter.scenario.id} {matter.scenario.version}"
            yield Step(matter.place, subject, "" if old is None else str(old.version), findings=tuple(found))


def _spoilt(before: Edition, after: Edition) -> Iterator[Step]:
    """What cannot be read and could be, or is new; what was spoilt before is no change."""
    for place, error in after.unread.items():
        if place not in before.unread:
            told = {"defect": error.code, **error.params}
            finding = Finding("matter-unreadable", Weight.BREAK, Breaks.SCENARIOS, place, params=told)
            yield Step(place, place.rpartition("/")[2], findings=(finding,))


def _said(scenario: Scenario) -> tuple[Any, ...]:
    """All that a scenario asks, to be compared; what it is called is for people."""
    queries = {
        query.id: (*query._replace(constraints=None, name={}), _constraints(query))
        for query in scenario.queries.values()
    }
    return (*scenario._replace(queries={}, name={}), queries)


def _constraints(query: Query) -> Any:  # noqa: ANN401 - a schema
    return True if query.constraints is None else query.constraints.schema


def _unknown(matter: Matter, after: Edition) -> Iterator[Finding]:
    """A claim that a type of the matter does not have can never be shown."""
    for licence_type in sorted(matter.scenario.types):
        schema = after.newest(licence_type)
        nodes = {} if schema is None else read_nodes(schema.document, schema.resolve)
        for path in asked_of(matter.scenario, licence_type):
            if schema is not None and _names(path) not in nodes:
                told = {"claim": format_path(path), "type": licence_type}
                at = format_path(path)
                yield Finding("scenario-claim-unknown", Weight.BREAK, Breaks.SCENARIOS, matter.place, at, told)


def _names(path: Path) -> tuple[str, ...]:
    return tuple(step for step in path if isinstance(step, str))


def _changed(old: Scenario, matter: Matter, seconds: float) -> Iterator[Finding]:
    new = matter.scenario
    if new.version <= old.version:
        due = {"should_be": old.version + 1}
        yield Finding("scenario-version", Weight.BREAK, Breaks.REPOSITORY, matter.place, "version", due)
    for query_id in new.queries.keys() - old.queries.keys():
        if not new.is_served_by(new.queries.keys() - {query_id}):
            yield Finding("scenario-licence-needed", Weight.NOTICE, Breaks.HOLDERS, matter.place, query_id)
    for query_id in old.queries.keys() & new.queries.keys():
        yield from _of_query(old.queries[query_id], new.queries[query_id], matter.place, seconds)


def _of_query(old: Query, new: Query, place: str, seconds: float) -> Iterator[Finding]:
    """What is asked for more of one licence."""
    for path in (path for path in new.requires if path not in old.requires):
        at = format_path(path)
        yield Finding("scenario-asks-more", Weight.NOTICE, Breaks.HOLDERS, place, at, {"claim": at})
    answer = contained(_constraints(old), _constraints(new), seconds)
    if answer.answer is Answer.INCOMPATIBLE:
        witness = explained(answer.witness, Validator(_constraints(new), foreign=True).problems(answer.witness))
        yield Finding(
            "scenario-tightened", Weight.NOTICE, Breaks.HOLDERS, place, witness.at, {}, witness, chain(answer)
        )
