"""Scenarios on this machine: what the registry lists for a region, one shown, and a new one written."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from certx.app.machine.stdin import read_input
from certx.app.recognition.agreement_draft import require_form
from certx.app.recognition.agreements import files_in_use
from certx.app.trust.review.problem import TrustProblem
from certx.app.trust.review.recognition import review_scenario
from certx.errors import CertxError, DocumentError, UsageError
from certx.licence.divisions import province_of
from certx.recognition.dcql import from_dcql, to_dcql
from certx.recognition.scenario import (
    MAX_BYTES,
    Scenario,
    asked_in,
    read_scenario,
    scenario_document,
    scenario_file,
    scenario_ids,
)
from certx.recognition.scenario_review import flaws_of
from certx.schema.catalogue import Catalogue, require
from certx.schema.files import FolderCatalogue
from certx.schema.validate import Validator
from certx.settings import Settings
from certx.trust.files import parse_document
from certx.trust.folder import read_file


class Listed(NamedTuple):
    """A scenario as it is listed: where, its document, and what it says, or why it cannot be read."""

    path: str
    document: Mapping[str, Any]
    scenario: Scenario | CertxError


class Asked(NamedTuple):
    """What a new scenario is to say; an empty list is what was not said."""

    scenario_id: str
    matter: str
    name_zh: str
    name_en: str | None = None
    types: Sequence[str] = ()
    requires: Sequence[str] = ()
    allows: Sequence[str] = ()
    dcql: Path | None = None
    like: Path | None = None
    """A scenario that asks the same, of several licences too and with constraints."""
    version: int = 1
    min_remaining_days: int | None = None
    max_status_age_days: int | None = None
    max_registry_age_days: int | None = None
    holder_binding: bool | None = None
    paper_waived: bool | None = None
    first_day: str | None = None
    last_day: str | None = None
    legal_basis: str | None = None


def region_in_use(settings: Settings) -> str:
    """The province whose scenarios are meant; raises `UsageError` if this machine has not been told."""
    if settings.region is None:
        raise UsageError("scenario-region", hint="scenario-region")
    return province_of(settings.region)


def scenarios_in_use(settings: Settings) -> Iterator[Listed]:
    """The scenarios of a region and those that all share, by id; raises `CertxError` if there is no registry."""
    files, region = files_in_use(settings), region_in_use(settings)
    for scenario_id in scenario_ids(files, region):
        try:
            found = scenario_document(files, region, scenario_id)
        except CertxError as error:
            yield Listed(scenario_id, {}, error)
            continue
        if found is not None:
            yield _listed(*found)


def scenario_named(settings: Settings, scenario_id: str) -> tuple[dict[str, Any], Scenario]:
    """One of them; raises `UsageError` if there is none of that id, or `CertxError` if it cannot be read."""
    path, data = _file_of(settings, scenario_id)
    document = parse_document(data, path)
    return document, read_scenario(document, path)


def scenario_data(settings: Settings, scenario_id: str) -> bytes:
    """The file of one of them; raises likewise."""
    return _file_of(settings, scenario_id)[1]


def _file_of(settings: Settings, scenario_id: str) -> tuple[str, bytes]:
    region = region_in_use(settings)
    found = scenario_file(files_in_use(settings), region, scenario_id)
    if found is None:
        raise UsageError("scenario-not-listed", hint="scenario-not-listed", scenario=scenario_id, region=region)
    return found


def _listed(path: str, document: Mapping[str, Any]) -> Listed:
    try:
        return Listed(path, document, read_scenario(document, path))
    except CertxError as error:
        return Listed(path, document, error)


def query_for_wallets(scenario: Scenario, catalogue: Catalogue) -> dict[str, Any]:
    """The scenario as DCQL, for every major version of its licence types."""
    return to_dcql(scenario, {name: {v.major for v in catalogue.versions(name)} for name in scenario.types})


def check_files(paths: Sequence[Path], catalogue: FolderCatalogue) -> list[TrustProblem]:
    """What is wrong with scenario documents; raises `CertxError` on a file that is not there."""
    form = Validator(catalogue.document_schema("scenario"))
    for path in paths:
        read_file(path)
    return [problem for path in paths for problem in review_scenario(path, None, catalogue, form)]


def draft_scenario(asked: Asked, catalogue: FolderCatalogue) -> dict[str, Any]:
    """The document; raises `UsageError` or `DocumentError` where no such scenario could be published."""
    given = {
        "types": sorted(set(asked.types)), "requires": list(asked.requires), "allows": list(asked.allows),
        "holderBinding": asked.holder_binding, "paperWaived": asked.paper_waived,
    }  # fmt: skip
    conditions = {
        "minRemainingDays": asked.min_remaining_days,
        "maxStatusAgeDays": asked.max_status_age_days,
        "maxRegistryAgeDays": asked.max_registry_age_days,
    }
    demands = {**given, "conditions": {name: days for name, days in conditions.items() if days is not None}}
    said = {name: value for name, value in demands.items() if value not in ([], {}, None)}
    sources = [(path, read) for path, read in ((asked.dcql, from_dcql), (asked.like, asked_in)) if path is not None]
    if bool(said) + len(sources) > 1:
        raise UsageError("scenario-dcql-alone", hint="scenario-dcql-alone")
    for path, read in sources:
        said = read(parse_document(read_input(path, maximum=MAX_BYTES), str(path)), str(path))
    if not sources and not asked.types:
        raise UsageError("scenario-no-types", hint="scenario-no-types")
    for name in asked.types:
        require(catalogue, name)
    tail = {"from": asked.first_day, "to": asked.last_day, "legalBasis": asked.legal_basis}
    names = {"zh": asked.name_zh, **({} if asked.name_en is None else {"en": asked.name_en})}
    document = {
        "id": asked.scenario_id, "version": asked.version, "name": names, "matter": asked.matter, **said,
        **{name: value for name, value in tail.items() if value is not None},
    }  # fmt: skip
    name = f"{asked.scenario_id}.json"
    require_form(document, "scenario", catalogue, path=name)
    flaw = next(flaws_of(document, name, catalogue), None)
    if flaw is not None:
        params = {name: str(value) for name, value in flaw.params.items()}
        raise DocumentError(flaw.code, hint="scenario-form", **params)
    return document
