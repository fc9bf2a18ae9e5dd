"""Scenarios (办理场景): what a matter needs of a licence, as the accepting region published it. The first form."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from certx.errors import CertxError, DocumentError
from certx.licence.model import day_ends_at, day_starts_at
from certx.licence.paths import Path, format_path, parse_path
from certx.recognition.agreement import ID_FORM, title_of
from certx.schema.validate import Validator
from certx.trust.files import RegistryFiles, parse_document

MEMBERS: Final = frozenset(
    {"id", "version", "name", "matter", "types", "requires", "constraints", "from", "to", "legalBasis"}
)
"""All that a scenario may say; a demand that this certx does not know is not passed over."""
MAX_BYTES: Final = 65_536
_ID: Final = re.compile(ID_FORM)


class Scenario(NamedTuple):
    """One matter: the types that serve it, the claims that must be shown, and what must hold of them.

    Times are Unix seconds, `until` exclusive, `None` open. `constraints`: a JSON Schema over the disclosed claims.
    """

    id: str
    version: int
    matter: str
    types: frozenset[str]
    requires: tuple[Path, ...]
    constraints: Validator | None
    since: float | None
    until: float | None
    name: Mapping[str, str] = MappingProxyType({})
    """By language; `matter` is the code of the matter."""

    def is_current(self, now: float) -> bool:
        """Does it apply at that time?"""
        return (self.since is None or self.since <= now) and (self.until is None or now < self.until)

    def missing_in(self, claims: Mapping[str, Any]) -> list[str]:
        """The required claims that are not there: an element that is asked of each must be in each of them."""
        return [format_path(path) for path in self.requires if not _has(claims, path)]

    @property
    def constrained(self) -> tuple[str, ...]:
        """The claims of the licence itself that constraints name."""
        schema = self.constraints.schema if self.constraints is not None else None
        properties = schema.get("properties") if isinstance(schema, Mapping) else None
        return tuple(properties) if isinstance(properties, Mapping) else ()

    def unshown_in(self, claims: Mapping[str, Any]) -> list[str]:
        """The constrained claims that are not there: to conceal one is no way around what is asked of it."""
        return [format_path((name,)) for name in self.constrained if not _has(claims, (name,))]

    def broken_in(self, claims: Mapping[str, Any]) -> tuple[str, str] | None:
        """Place and keyword of the first constraint that the claims break, `None` if they keep all.

        Raises `DocumentError` if the constraints are no JSON Schema that may stand there.
        """
        if self.constraints is None or self.constraints.is_valid(claims):
            return None
        path, keyword = min(self.constraints.defects(claims), default=((), "schema"), key=_place)
        return format_path(path), keyword


def _place(defect: tuple[Path, str]) -> tuple[str, str]:
    path, keyword = defect
    return format_path(path), keyword


def _has(value: object, path: Sequence[str | int]) -> bool:
    if not path:
        return value is not None and value not in ([], {})  # of an array that is hidden, the brackets remain
    step, rest = path[0], path[1:]
    if isinstance(step, str):
        return isinstance(value, Mapping) and step in value and _has(value[step], rest)
    if not isinstance(value, list):
        return False
    if step == -1:
        return bool(value) and all(_has(item, rest) for item in value)
    return step < len(value) and _has(value[step], rest)


def scenarios_folder(region: str) -> str:
    """Where a region lists its scenarios."""
    return f"regions/{region}/scenarios"


def scenario_path(region: str, scenario_id: str) -> str:
    """Where a region lists a scenario."""
    return f"{scenarios_folder(region)}/{scenario_id}.json"


def scenario_of(files: RegistryFiles, region: str, scenario_id: str) -> Scenario | None:
    """The scenario of that id of a region, `None` if it has none; raises `CertxError` if it cannot be read."""
    if _ID.fullmatch(scenario_id) is None:  # it comes from a command line, and becomes a path
        return None
    path = scenario_path(region, scenario_id)
    data = files.read(path)
    if data is None:
        return None
    if len(data) > MAX_BYTES:
        raise DocumentError("document-too-large", path=path, maximum=MAX_BYTES)
    scenario = read_scenario(parse_document(data, path), path)
    if scenario.id != scenario_id:
        raise DocumentError("scenario-form", file=path, detail=f"id: {scenario.id}")
    return scenario


def scenarios_of(files: RegistryFiles, region: str) -> Iterator[Scenario]:
    """The scenarios that a region publishes, by id; those that cannot be read are left out."""
    try:
        names = sorted(files.names(scenarios_folder(region)))
    except CertxError:
        return
    for name in names:
        with suppress(CertxError):
            scenario = scenario_of(files, region, name.removesuffix(".json"))
            if scenario is not None:
                yield scenario


def read_scenario(document: Mapping[str, Any], name: str) -> Scenario:
    """One scenario document; raises `DocumentError` naming its file."""
    try:
        unknown = sorted(document.keys() - MEMBERS)
        if unknown:
            raise KeyError(unknown[0])  # noqa: TRY301 - told like every other defect of form
        since, until, constraints = document.get("from"), document.get("to"), document.get("constraints")
        return Scenario(
            id=_of(str, document["id"]),
            version=_of(int, document["version"]),
            matter=_of(str, document["matter"]),
            types=frozenset(_texts(document["types"])),
            requires=tuple(map(parse_path, _texts(document.get("requires", [])))),
            constraints=None if constraints is None else Validator(_of(dict, constraints), foreign=True),
            since=None if since is None else day_starts_at(since),
            until=None if until is None else day_ends_at(until),
            name=title_of(document.get("name")),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DocumentError("scenario-form", file=name, detail=str(error)) from error


def _texts(value: object) -> Iterator[str]:
    for item in _of(list, value):
        yield _of(str, item)


def _of(kind: type, value: object) -> Any:  # noqa: ANN401 - checked right here
    if type(value) is not kind:
        raise TypeError(value)
    return value
