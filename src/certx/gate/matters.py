"""Changes of scenarios: what a matter asks for must be there, and what it asks for more is told with a document."""

from collections.abc import Iterator
from typing import Any

from certx.errors import CertxError
from certx.gate.deciding import chain, contained, explained
from certx.gate.edition import Edition, Matter
from certx.gate.finding import Breaks, Finding, Step, Weight
from certx.licence.paths import Path, format_path
from certx.recognition.scenario import Scenario
from certx.schema.annotations import read_nodes
from certx.schema.catalogue import LicenceSchema, latest
from certx.schema.compat import Answer
from certx.schema.validate import Validator


def review_matters(before: Edition, after: Edition, seconds: float) -> Iterator[Step]:
    """Each scenario that is new or changed; one that went asks for nothing any more."""
    known = {(matter.region, matter.scenario.id): matter.scenario for matter in before.matters}
    for matter in after.matters:
        old = known.get((matter.region, matter.scenario.id))
        if old is None or _said(old) != _said(matter.scenario):
            found = [*_unknown(matter, after), *(() if old is None else _changed(old, matter, seconds))]
            subject = f"{matter.scenario.id} {matter.scenario.version}"
            yield Step(matter.place, subject, "" if old is None else str(old.version), findings=tuple(found))


def _said(scenario: Scenario) -> tuple[Any, ...]:
    """All that a scenario says, to be compared."""
    return (*scenario._replace(constraints=None), _constraints(scenario))


def _constraints(scenario: Scenario) -> Any:  # noqa: ANN401 - a schema
    return True if scenario.constraints is None else scenario.constraints.schema


def _unknown(matter: Matter, after: Edition) -> Iterator[Finding]:
    """A claim that a type of the matter does not have can never be shown."""
    scenario = matter.scenario
    for licence_type in sorted(scenario.types):
        schema = _newest(after, licence_type)
        nodes = {} if schema is None else read_nodes(schema.document, schema.resolve)
        for path in (*scenario.requires, *((name,) for name in scenario.constrained)):
            if schema is not None and _names(path) not in nodes:
                told = {"claim": format_path(path), "type": licence_type}
                at = format_path(path)
                yield Finding("scenario-claim-unknown", Weight.BREAK, Breaks.SCENARIOS, matter.place, at, told)


def _newest(edition: Edition, licence_type: str) -> LicenceSchema | None:
    try:
        return latest(edition.catalogue, licence_type)
    except CertxError:  # told of the schema itself
        return None


def _names(path: Path) -> tuple[str, ...]:
    return tuple(step for step in path if isinstance(step, str))


def _changed(old: Scenario, matter: Matter, seconds: float) -> Iterator[Finding]:
    new = matter.scenario
    if new.version <= old.version:
        due = {"should_be": old.version + 1}
        yield Finding("scenario-version", Weight.BREAK, Breaks.REPOSITORY, matter.place, "version", due)
    for path in (path for path in new.requires if path not in old.requires):
        told = {"claim": format_path(path)}
        yield Finding("scenario-asks-more", Weight.NOTICE, Breaks.HOLDERS, matter.place, format_path(path), told)
    answer = contained(_constraints(old), _constraints(new), seconds)
    if answer.answer is Answer.INCOMPATIBLE:
        witness = explained(answer.witness, Validator(_constraints(new), foreign=True).problems(answer.witness))
        yield Finding(
            "scenario-tightened", Weight.NOTICE, Breaks.HOLDERS, matter.place, witness.at, {}, witness, chain(answer)
        )
