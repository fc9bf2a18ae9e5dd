"""What is wrong with a scenario, or unwise in it, before it is published."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from certx.errors import CertxError
from certx.licence.paths import Path, format_path
from certx.recognition.looks import Look
from certx.recognition.query import Query, covers
from certx.recognition.scenario import read_scenario
from certx.schema.catalogue import Catalogue, LicenceSchema, latest
from certx.schema.metadata import concealed_paths


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
        more = [path for path in query.allows if path not in query.requires]
        for member, paths in (("requires", query.requires), ("allows", more)):
            for path in paths:
                yield from _of_claim(path, member, schema)
    for look in query.constrained:
        if not any(_shows(path, look) for path in query.requires):
            yield Flaw("trust-scenario-unrequired", "requires", {"claim": str(look)})


def _of_claim(path: Path, member: str, schema: LicenceSchema) -> Iterator[Flaw]:
    concealed, told = list(concealed_paths(schema)), {"claim": format_path(path), "type": schema.type}
    if not _is_own(path) and tuple(step for step in path if isinstance(step, str)) not in schema.labels:
        yield Flaw("scenario-claim-unknown", member, told)
    parts = [format_path(part) for part in concealed if part != path and covers(path, part)]
    if parts:
        yield Flaw("scenario-claim-in-parts", member, {**told, "parts": ", ".join(parts)})
    if member == "requires" and _counts_hidden(path, concealed):
        yield Flaw("scenario-claim-position", member, {**told, "parts": format_path(_each(path))})


def _each(path: Path) -> Path:
    return tuple(-1 if isinstance(step, int) else step for step in path)


def _counts_hidden(path: Path, concealed: Collection[Path]) -> bool:
    """Does it name an element by its position, where others before it can be hidden?"""
    counted = (nth for nth, step in enumerate(path) if isinstance(step, int) and step >= 0)
    return any(_each(path[: nth + 1]) in concealed for nth in counted)


def _shows(required: Path, look: Look) -> bool:
    """Can what a constraint looks at not be hidden where that claim is shown?"""
    whole = required[:-1] if required[-1] == -1 else required  # each element is all of the array
    return covers(whole, look.path) or (not look.is_whole and covers(look.path, required))


def _is_own(path: Path) -> bool:
    """Is it a claim of a region's own, which the shared schemas do not know?"""
    return str(path[0]).startswith("x-")
