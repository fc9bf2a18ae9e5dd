"""Scenarios (办理场景): what a matter needs, as the accepting region or the federation published it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from certx.errors import CertxError, DocumentError
from certx.licence.model import day_ends_at, day_starts_at
from certx.recognition import query as queries
from certx.recognition.members import ID_FORM, day, ident, items, mapping, refuse_unknown, text, texts, truth, words
from certx.recognition.query import Query, read_query
from certx.trust.files import RegistryFiles, parse_document

_HEAD: Final = frozenset({"id", "version", "name", "matter", "from", "to", "legalBasis"})
MEMBERS: Final = _HEAD | queries.MEMBERS | {"credentials", "credentialSets"}
"""All that a scenario may say; a demand that this certx does not know is not passed over."""
_OF_ONE: Final = queries.MEMBERS | {"id", "name"}
"""All that may be said of one of several licences."""
MAX_BYTES: Final = 65_536
MAX_QUERIES: Final = 16
_CATALOGUE: Final = "catalogue"
_SHARED: Final = "scenario-"
"""How the file of a scenario that all regions share is named, in the folder of the catalogue."""
_AS_ASKED: Final = "scenario.json"
"""How a scenario is named in errors once it is no file of a registry any more."""
_ID: Final = re.compile(ID_FORM)
_NO_NAME: Final[Mapping[str, str]] = MappingProxyType({})


class QuerySet(NamedTuple):
    """Alternatives, of which one is to be answered as a whole: ids of queries (OpenID4VP 1.0, section 6.2)."""

    options: tuple[tuple[str, ...], ...]
    required: bool = True


class Scenario(NamedTuple):
    """One matter: what is asked of each licence, by id of the query, and which of them together serve.

    Times are Unix seconds, `until` exclusive, `None` open. Without `sets` every query is to be answered.
    """

    id: str
    version: int
    matter: str
    queries: Mapping[str, Query]
    since: float | None
    until: float | None
    sets: tuple[QuerySet, ...] = ()
    name: Mapping[str, str] = _NO_NAME
    """By language; `matter` is the code of the matter."""

    @property
    def types(self) -> frozenset[str]:
        """The licence types that serve somewhere in it."""
        return frozenset[str]().union(*(query.types for query in self.queries.values()))

    def is_current(self, now: float) -> bool:
        """Does it apply at that time?"""
        return (self.since is None or self.since <= now) and (self.until is None or now < self.until)

    def query_for(self, licence_type: str | None, claims: Mapping[str, Any], named: str | None = None) -> Query | None:
        """The query that a licence answers: the one `named` and no other, where one is.

        Else of those for its type the first whose claims are all there, else the first; `None` if there is none.
        """
        asked = self.queries.values() if named is None else filter(None, [self.queries.get(named)])
        found = [query for query in asked if licence_type in query.types]
        return next((query for query in found if not query.missing_in(claims)), found[0] if found else None)

    def missing_of(self, answered: Iterable[str]) -> list[str]:
        """The queries that still want an answer, of alternatives those of the first; none if the matter is served."""
        ids = frozenset(answered)
        if not self.sets:
            return [query_id for query_id in self.queries if query_id not in ids]
        unmet = [each for each in self.sets if each.required and not any(map(ids.issuperset, each.options))]
        return [query_id for each in unmet for query_id in each.options[0] if query_id not in ids]

    def is_served_by(self, answered: Iterable[str]) -> bool:
        """Do answers to these queries, by id, make all that the matter needs?"""
        return not self.missing_of(answered)


def scenarios_folder(region: str) -> str:
    """Where a region lists its scenarios."""
    return f"regions/{region}/scenarios"


def scenario_path(region: str, scenario_id: str) -> str:
    """Where a region lists a scenario."""
    return f"{scenarios_folder(region)}/{scenario_id}.json"


def shared_path(scenario_id: str) -> str:
    """Where the federation lists a scenario that all regions share."""
    return f"{_CATALOGUE}/{_SHARED}{scenario_id}.json"


def shared_id(name: str) -> str | None:
    """The scenario that a file of the catalogue's folder holds, `None` if it holds something else."""
    stem = name.removeprefix(_SHARED).removesuffix(".json")
    return stem if name == f"{_SHARED}{stem}.json" and _ID.fullmatch(stem) else None


def scenario_file(files: RegistryFiles, region: str, scenario_id: str) -> tuple[str, bytes] | None:
    """Path and bytes of a region's scenario, else of the shared one of that id; `None` if there is neither.

    Raises `CertxError` if it cannot be read.
    """
    if _ID.fullmatch(scenario_id) is None:  # it comes from a command line, and becomes a path
        return None
    for path in (scenario_path(region, scenario_id), shared_path(scenario_id)):
        data = files.read(path)
        if data is not None:
            if len(data) > MAX_BYTES:
                raise DocumentError("document-too-large", path=path, maximum=MAX_BYTES)
            return path, data
    return None


def scenario_document(files: RegistryFiles, region: str, scenario_id: str) -> tuple[str, dict[str, Any]] | None:
    """Path and document likewise."""
    found = scenario_file(files, region, scenario_id)
    return None if found is None else (found[0], parse_document(found[1], found[0]))


def scenario_of(files: RegistryFiles, region: str, scenario_id: str) -> Scenario | None:
    """The scenario of that id of a region, `None` if it has none; raises `CertxError` if it cannot be read."""
    found = scenario_document(files, region, scenario_id)
    if found is None:
        return None
    path, document = found
    scenario = read_scenario(document, path)
    if scenario.id != scenario_id:
        raise DocumentError("scenario-form", file=path, detail=f"id: {scenario.id}")
    return scenario


@lru_cache(maxsize=64)
def scenario_in(data: bytes) -> Scenario:
    """The scenario whose file had these bytes when a counter asked by it; raises `DocumentError`."""
    return read_scenario(parse_document(data, _AS_ASKED), _AS_ASKED)


def scenario_ids(files: RegistryFiles, region: str) -> list[str]:
    """The ids of what a region and the federation list as scenarios; raises `CertxError` if that cannot be known."""
    own = {name.removesuffix(".json") for name in files.names(scenarios_folder(region)) if name.endswith(".json")}
    return sorted(own | set(filter(None, map(shared_id, files.names(_CATALOGUE)))))


def scenarios_of(files: RegistryFiles, region: str) -> Iterator[Scenario]:
    """The scenarios in use in a region, by id; those that cannot be read are left out."""
    try:
        ids = scenario_ids(files, region)
    except CertxError:
        return
    for scenario_id in ids:
        with suppress(CertxError):
            scenario = scenario_of(files, region, scenario_id)
            if scenario is not None:
                yield scenario


def read_scenario(document: Mapping[str, Any], name: str) -> Scenario:
    """One scenario document; raises `DocumentError` naming its file."""
    try:
        refuse_unknown(document, MEMBERS)
        since, until = document.get("from"), document.get("to")
        found = _read_queries(document, name)
        return Scenario(
            id=ident(document["id"]),
            version=_version(document["version"]),
            matter=text(document["matter"]),
            queries=found,
            since=None if since is None else day_starts_at(day(since)),
            until=None if until is None else day_ends_at(day(until)),
            sets=tuple(_read_set(row, found) for row in items(document.get("credentialSets", []))),
            name=words(document.get("name")),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DocumentError("scenario-form", file=name, detail=str(error)) from error


def asked_in(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What a scenario document asks, without what it is called and when it applies; raises `DocumentError`."""
    read_scenario(document, name)
    return {member: value for member, value in document.items() if member not in _HEAD}


def _read_queries(document: Mapping[str, Any], name: str) -> dict[str, Query]:
    """What is asked of one licence stands in the document itself; of several, in `credentials`."""
    if "credentials" not in document:
        if "credentialSets" in document:
            raise KeyError("credentials")
        query = read_query({member: document[member] for member in queries.MEMBERS & document.keys()}, name)
        return {query.id: query}
    refuse_unknown(document, _HEAD | {"credentials", "credentialSets"})
    rows = items(document["credentials"])
    if not 0 < len(rows) <= MAX_QUERIES:
        raise ValueError(len(rows))
    for row in rows:
        refuse_unknown(mapping(row), _OF_ONE)
        ident(row["id"])
    found = [read_query(row, name) for row in rows]
    if len({query.id for query in found}) < len(found):
        raise ValueError([query.id for query in found])
    return {query.id: query for query in found}


def _read_set(row: object, known: Mapping[str, Query]) -> QuerySet:
    members = mapping(row)
    refuse_unknown(members, {"options", "required"})
    options = tuple(tuple(texts(option)) for option in items(members["options"]))
    if not options or not all(options):
        raise ValueError(options)
    for query_id in (query_id for option in options for query_id in option):
        if query_id not in known:
            raise KeyError(query_id)
    return QuerySet(options, truth(members.get("required", True)))


def _version(value: object) -> int:
    if type(value) is not int:
        raise TypeError(value)
    return value
