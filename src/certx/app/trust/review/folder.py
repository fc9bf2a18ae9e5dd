"""Review of a `keys/` folder: everything that would make a registry of it wrong or dangerous."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Final, NamedTuple

from certx.app.machine.shipped import schemas
from certx.app.trust.review.agreements import agreement_problems
from certx.app.trust.review.federation import denial_problems, federation_problems
from certx.app.trust.review.issuers import counter_problems, issuer_problems, listed_twice
from certx.app.trust.review.lists import review_status_lists
from certx.app.trust.review.logs import LOG_SUFFIXES, log_problems
from certx.app.trust.review.problem import PRIVATE_SUFFIXES, TrustProblem, TrustReview, form_problems, private_members
from certx.app.trust.review.recognition import review_recognition
from certx.app.trust.source_lock import SOURCE_LOCK
from certx.errors import CertxError
from certx.schema.validate import Validator
from certx.trust.folder import read_document, region_folders
from certx.trust.region_document import read_region
from certx.trust.registry import Region
from certx.trust.rehearsal import key_lists


def review_trust(folder: Path) -> TrustReview:
    """Review a folder of the shape of `keys/` by the shared schemas: keys, agreements, scenarios, status lists."""
    catalogue = schemas()
    forms = Forms(
        Validator(catalogue.document_schema("region-keys")), Validator(catalogue.document_schema("agreement"))
    )
    review = review_folder(folder, frozenset(catalogue.types()), forms)
    further = (*review_recognition(folder, catalogue), *review_status_lists(folder))
    return review._replace(problems=(*review.problems, *further))


class Forms(NamedTuple):
    """The closed schemas of the documents: a misspelt member would otherwise mean its default."""

    region_keys: Validator
    agreement: Validator


_OF_FORM: Final = frozenset({"schema-additionalProperties", "trust-member-twice"})


def review_folder(folder: Path, known_types: AbstractSet[str], forms: Forms | None = None) -> TrustReview:
    """Look at every region's folder; raises `EnvironmentFailureError` if the folder itself cannot be read."""
    entries = region_folders(folder)
    problems: list[TrustProblem] = []
    regions: list[Region] = []
    if entries:
        problems += _top_level(folder, {entry.name for entry in entries})
    else:
        problems.append(TrustProblem(str(folder), "", "registry-empty", {"path": str(folder)}))
    for entry in entries:
        problems += _strangers(entry)
        try:
            data, document = read_document(entry / "keys.json")
            problems += private_members(document, entry / "keys.json")
            region = read_region(document, str(entry / "keys.json"))
        except CertxError as error:
            params = {"path": str(entry / "keys.json"), **error.params}
            problems.append(TrustProblem(str(entry / "keys.json"), "", error.code, params))
            continue
        # What else the schema could say of keys is said better by the checks of this module.
        form = form_problems(data, document, forms and forms.region_keys, entry / "keys.json")
        problems += [p for p in form if p.code in _OF_FORM or ".history" in p.at]
        regions.append(region)
        problems += _region(region, entry, known_types)
        problems += log_problems(region, entry)
    problems += listed_twice(regions)
    problems += denial_problems(folder, regions)
    problems += agreement_problems(folder, entries, known_types, forms and forms.agreement)
    issuers = sum(len(region.issuers) for region in regions)
    keys = sum(len(keys) for region in regions for owner in region.owners for _, keys in key_lists(owner))
    return TrustReview(len(regions), issuers, keys, tuple(problems))


_WELCOME: Final = frozenset({"README.md", "catalogue", ".gitkeep", SOURCE_LOCK})


def _top_level(folder: Path, regions: AbstractSet[str]) -> Iterator[TrustProblem]:
    for path in sorted(folder.iterdir()):
        if path.suffix in PRIVATE_SUFFIXES:
            yield TrustProblem(str(path), "", "trust-private", {})
        elif path.name == "federation":
            yield from federation_problems(path, regions)
        elif path.name not in regions and path.name not in _WELCOME:
            yield TrustProblem(str(path), "", "trust-stranger", {})


_OF_JSON: Final = frozenset(map(Path, ("agreements", "scenarios")))
_BELONGING: Final = _OF_JSON | frozenset(map(Path, ("keys.json", "withdrawn.json", "status")))


def _strangers(entry: Path) -> Iterator[TrustProblem]:
    for path in sorted(entry.rglob("*")):
        inside = path.relative_to(entry)
        if path.suffix in PRIVATE_SUFFIXES:
            yield TrustProblem(str(path), "", "trust-private", {})
        elif path.is_symlink() or not (
            inside in _BELONGING
            or (inside.parent in _OF_JSON and inside.suffix == ".json")
            or (inside.parent == Path("agreements") and inside.suffix == ".jws")
            or (inside.parent == Path("status") and inside.suffix == ".jwt")
            or (inside.parent == Path() and (inside.suffix in LOG_SUFFIXES or inside.match("profile-*.json")))
        ):
            yield TrustProblem(str(path), "", "trust-stranger", {})


def _region(region: Region, entry: Path, known_types: AbstractSet[str]) -> Iterator[TrustProblem]:
    path = str(entry / "keys.json")
    if region.code != entry.name:
        yield TrustProblem(path, "region", "registry-folder-name", {"path": path, "region": region.code})
    for issuer in region.issuers.values():
        for at, code, params in issuer_problems(issuer, region, known_types):
            yield TrustProblem(path, at, code, params)
    for counter in region.counters.values():
        for at, code, params in counter_problems(counter, region):
            yield TrustProblem(path, at, code, params)
