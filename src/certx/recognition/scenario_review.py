"""What is wrong with a scenario, or unwise in it, before it is published."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from certx.errors import CertxError
from certx.licence.paths import Path, format_path
from certx.recognition.query import Query
from certx.recognition.scenario import read_scenario
from certx.schema.catalogue import Catalogue, latest


class Flaw(NamedTuple):
    """One thing: its code, the place in the document, and what its words need."""

    code: str
    at: str
    params: Mapping[str, object]


def flaws_of(document: Mapping[str, Any], name: str, catalogue: Catalogue) -> Iterator[Flaw]:
    """Look at a document named `name`; raises `CertxError` if it is no scenario."""
    scenario = read_scenario(document, name)
    for query in scenario.queries.values():
        if query.constraints is not None:
            query.constraints.is_valid({})
        place = f"credentials.{query.id}." if "credentials" in document else ""
        for flaw in _of_query(query, catalogue):
            yield flaw._replace(at=f"{place}{flaw.at}")


def _of_query(query: Query, catalogue: Catalogue) -> Iterator[Flaw]:
    for name in sorted(query.types):
        try:
            schema = latest(catalogue, name)
        except CertxError:
            schema = None
        if schema is None:
            yield Flaw("trust-type", "types", {"type": name})
            continue
        for member, paths in (("requires", query.requires), ("allows", query.allows)):
            for path in paths:
                if not _is_own(path) and tuple(step for step in path if isinstance(step, str)) not in schema.labels:
                    yield Flaw("scenario-claim-unknown", member, {"claim": format_path(path), "type": name})
    required = {step[0] for step in query.requires}
    for claim in query.constrained:
        if claim not in required:
            yield Flaw("trust-scenario-unrequired", "requires", {"claim": claim})


def _is_own(path: Path) -> bool:
    """Is it a claim of a region's own, which the shared schemas do not know?"""
    return str(path[0]).startswith("x-")
