"""Review of what else a region publishes on recognition: what it withdrew, its scenarios, signatures as evidence."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path

from certx.app.trust_review import TrustProblem, form_problems, withdrawn_in
from certx.errors import CertxError
from certx.recognition.published import withdrawals_in
from certx.recognition.scenario import read_scenario
from certx.recognition.signature import SUFFIX, is_signature_of
from certx.schema.validate import Validator
from certx.trust.folder import read_document, read_file, region_folders
from certx.trust.registry import read_region


def review_recognition(
    folder: Path, known_types: AbstractSet[str], scenario: Validator, withdrawn: Validator
) -> Iterator[TrustProblem]:
    """Look at every region's folder; `scenario` and `withdrawn` are the closed schemas of these documents."""
    for entry in region_folders(folder):
        yield from _withdrawn(entry, withdrawn)
        for path in sorted((entry / "scenarios").glob("*.json")):
            yield from _scenario(path, known_types, scenario)
        for path in sorted((entry / "agreements").glob(f"*{SUFFIX}")):
            yield from _signature(entry, path)


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


def _scenario(path: Path, known_types: AbstractSet[str], form: Validator) -> Iterator[TrustProblem]:
    try:
        data, document = read_document(path)
        scenario = read_scenario(document, path.name)
        if scenario.constraints is not None:
            scenario.constraints.is_valid({})
    except CertxError as error:
        yield TrustProblem(str(path), "", error.code, error.params)
        return
    yield from form_problems(data, document, form, path)
    for name in sorted(scenario.types - known_types):
        yield TrustProblem(str(path), "types", "trust-type", {"type": name})
    required = {step[0] for step in scenario.requires}
    for name in scenario.constrained:
        if name not in required:
            yield TrustProblem(str(path), "requires", "trust-scenario-unrequired", {"claim": name})
    if path.stem != scenario.id:
        params = {"scenario": scenario.id, "expected": f"{scenario.id}.json"}
        yield TrustProblem(str(path), "id", "trust-scenario-name", params)


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
