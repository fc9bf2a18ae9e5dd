"""Review of what else a region publishes on recognition: what it withdrew, its scenarios, signatures as evidence."""

from collections.abc import Iterator
from pathlib import Path

from certx.app.trust.review.agreements import withdrawn_in
from certx.app.trust.review.problem import TrustProblem, form_problems
from certx.errors import CertxError, DocumentError
from certx.recognition.agreement import read_agreement
from certx.recognition.published import withdrawals_in
from certx.recognition.scenario import scenario_ids, shared_id
from certx.recognition.scenario_review import flaws_of
from certx.recognition.signature import SUFFIX, is_signature_of
from certx.schema.catalogue import Catalogue, latest
from certx.schema.files import FolderCatalogue
from certx.schema.profile import profile_path, read_profile, with_profile
from certx.schema.validate import Validator
from certx.trust.folder import FolderFiles, read_document, read_file, region_folders
from certx.trust.region_document import read_region


def review_recognition(folder: Path, catalogue: FolderCatalogue) -> Iterator[TrustProblem]:
    """Look at every region's folder, and at the scenarios that all share."""
    scenario, withdrawn = (Validator(catalogue.document_schema(name)) for name in ("scenario", "withdrawn"))
    for path in sorted((folder / "catalogue").iterdir()) if (folder / "catalogue").is_dir() else ():
        stem = shared_id(path.name)
        if stem is None:
            yield TrustProblem(str(path), "", "trust-stranger", {})
        else:
            yield from review_scenario(path, stem, catalogue, scenario)
    for entry in region_folders(folder):
        yield from _withdrawn(entry, withdrawn)
        for path in sorted((entry / "scenarios").glob("*.json")):
            yield from review_scenario(path, path.stem, catalogue, scenario)
        for path in sorted(entry.glob("profile-*.json")):
            yield from _profile(entry.name, path, catalogue)
        for path in sorted((entry / "agreements").glob(f"*{SUFFIX}")):
            yield from _signature(entry, path)
        for path in sorted((entry / "agreements").glob("*.json")):
            yield from _matters(FolderFiles(folder), path)


def _matters(files: FolderFiles, path: Path) -> Iterator[TrustProblem]:
    """Matters that an agreement is for, and that none of the regions has which accept by it: most often misspelt."""
    try:
        agreement = read_agreement(read_document(path)[1], path.name, ())
    except CertxError:  # told by the review of agreements
        return
    regions = sorted(agreement.accepted_in)
    if not agreement.accepted_in.issubset(files.regions()):  # of one that is not here nothing is known
        return
    known = {name for region in regions for name in scenario_ids(files, region)}
    for name in sorted({name for region in regions for name in agreement.as_in(region).scenarios or ()} - known):
        params = {"agreement": agreement.id, "scenario": name}
        yield TrustProblem(str(path), "scenarios", "trust-agreement-matter", params)


def _withdrawn(entry: Path, form: Validator) -> Iterator[TrustProblem]:
    path = entry / "withdrawn.json"
    if not path.exists():
        return
    try:
        data, document = read_document(path)
        withdrawals_in(document, str(path))
    except CertxError as error:
        yield TrustProblem(str(path), "", error.code, error.params)
        return
    yield from form_problems(data, document, form, path)
    for agreement in sorted(withdrawn_in(entry)):
        listed = entry / "agreements" / f"{agreement}.json"
        if listed.exists():
            params = {"agreement": agreement, "region": entry.name}
            yield TrustProblem(str(listed), "", "trust-agreement-revived", params)


def review_scenario(path: Path, expected: str | None, catalogue: Catalogue, form: Validator) -> Iterator[TrustProblem]:
    """Look at one scenario, of the id that its place says if any; `form` is the closed schema of scenarios."""
    try:
        data, document = read_document(path)
        found = [
            TrustProblem(str(path), flaw.at, flaw.code, flaw.params)
            for flaw in flaws_of(document, path.name, catalogue)
        ]
    except CertxError as error:
        yield TrustProblem(str(path), "", error.code, error.params)
        return
    yield from form_problems(data, document, form, path)
    yield from found
    if expected is not None and document["id"] != expected:
        params = {"scenario": document["id"], "expected": path.name.replace(expected, document["id"])}
        yield TrustProblem(str(path), "id", "trust-scenario-name", params)


def _profile(region: str, path: Path, catalogue: FolderCatalogue) -> Iterator[TrustProblem]:
    try:
        data, document = read_document(path)
        profile = read_profile(document, path.name)
        if profile_path(region, profile.licence_type).rpartition("/")[2] != path.name or profile.region != region:
            raise DocumentError("profile-name", path=path.name, region=profile.region, type=profile.licence_type)
        schema = latest(catalogue, profile.licence_type, profile.major)
        if schema is None:
            raise DocumentError("profile-of-nothing", type=profile.licence_type, major=profile.major)
        with_profile(schema, profile, path.name).closed.is_valid({})
    except CertxError as error:
        yield TrustProblem(str(path), "", error.code, error.params)
        return
    yield from form_problems(data, document, Validator(catalogue.document_schema("licence-profile")), path)


def _signature(entry: Path, path: Path) -> Iterator[TrustProblem]:
    signed = path.with_suffix(".json")
    params = {"file": signed.name, "region": entry.name}
    try:
        region = read_region(read_document(entry / "keys.json")[1])
        is_good = is_signature_of(read_file(path), read_file(signed), region)
    except CertxError:
        is_good = False
    if not is_good:
        yield TrustProblem(str(path), "", "trust-agreement-signature", params)
