"""Validation alone: the closed schema and the cross-field rules, without reading a row or signing."""

from typing import Any, Final

from rounds import Contestant, Section, Target, race, timed
from workload import Workload, WorkloadError

MICROSECONDS: Final = 10.0


def measure(work: Workload, *, rounds: int, seconds: float) -> list[Section]:
    """One table; the reference validator, which words the problems, is in it for comparison."""
    schema, context = work.plan.schema, work.sources.context
    documents = [work.draft(row).claims for row in work.rows]

    def rules(document: dict[str, Any]) -> bool:
        return not schema.violations(document, schema.rules, context)

    def both(document: dict[str, Any]) -> bool:
        return schema.closed.is_valid(document) and rules(document)

    if not all(map(both, documents)):
        raise WorkloadError
    operations = {
        "closed schema and rules": both,
        "closed schema": schema.closed.is_valid,
        "cross-field rules": rules,
        "the reference validator (jsonschema)": schema.closed.problems,
    }
    contestants = [Contestant(name, timed(operation, documents)) for name, operation in operations.items()]
    timings = race(contestants, rounds=rounds, seconds=seconds / 3)
    whole = timings[0]
    target = Target("microseconds a licence", whole.best, whole.median, MICROSECONDS, at_most=True)
    return [Section("validation", timings, [target], [])]
