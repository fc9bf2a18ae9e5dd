"""Review of a `keys/` folder: everything that would make a registry of it wrong or dangerous."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from certx.app.issuer_review import counter_problems, issuer_problems, listed_twice
from certx.app.log_review import LOG_SUFFIXES, differing_logs, log_problems
from certx.app.source_lock import SOURCE_LOCK
from certx.errors import CertxError, DocumentError
from certx.licence.paths import format_path
from certx.recognition.agreement import read_agreement
from certx.recognition.published import withdrawals_in
from certx.schema.validate import Validator
from certx.trust.denials import read_denials
from certx.trust.federation import Federation, read_federation
from certx.trust.folder import read_document, region_folders
from certx.trust.freshness import read_limits
from certx.trust.registry import Region, State, read_region
from certx.trust.rehearsal import key_lists
from certx.trust.roles import SUSPENSIONS, is_region_role

_PRIVATE_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "k"})
_PRIVATE_SUFFIXES: Final = frozenset({".pem", ".key", ".p12", ".pfx"})


class TrustProblem(NamedTuple):
    """One thing wrong: in which file, at which place, and the code of its words."""

    path: str
    at: str
    code: str
    params: Mapping[str, object]


_ADVICE: Final = frozenset(
    {
        "trust-agreement-alone", "trust-scenario-unrequired", "scenario-claim-in-parts", "trust-threshold-one",
        "trust-denial-unexplained", "trust-compromise-undated", "trust-denies-nothing", "trust-delta-unusable",
        "trust-list-unusable-already",
    }
)  # fmt: skip


class TrustReview(NamedTuple):
    """What a review looked at and found."""

    regions: int
    issuers: int
    keys: int
    problems: tuple[TrustProblem, ...]

    @property
    def obstacles(self) -> tuple[TrustProblem, ...]:
        """What must not be published. An agreement that stands alone may: one side begins, and one side withdraws."""
        return tuple(problem for problem in self.problems if problem.code not in _ADVICE)


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
            problems += _private_members(document, entry / "keys.json")
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
        problems += (TrustProblem(path, "", code, params) for path, code, params in log_problems(region, entry))
    problems += (TrustProblem(code, at, problem, params) for code, at, problem, params in listed_twice(regions))
    problems += _denied(folder, regions)
    problems += _agreements(folder, entries, known_types, forms and forms.agreement)
    issuers = sum(len(region.issuers) for region in regions)
    keys = sum(len(keys) for region in regions for owner in region.owners for _, keys in key_lists(owner))
    return TrustReview(len(regions), issuers, keys, tuple(problems))


_FEDERATION_FILES: Final[Mapping[str, Callable[[Mapping[str, Any], str], object]]] = {
    "roles.json": read_federation,
    "suspensions.json": read_denials,
    "limits.json": read_limits,
}
_WELCOME: Final = frozenset({"README.md", "catalogue", ".gitkeep", SOURCE_LOCK})


def _top_level(folder: Path, regions: AbstractSet[str]) -> Iterator[TrustProblem]:
    for path in sorted(folder.iterdir()):
        if path.suffix in _PRIVATE_SUFFIXES:
            yield TrustProblem(str(path), "", "trust-private", {})
        elif path.name == "federation":
            yield from _federation(path, regions)
        elif path.name not in regions and path.name not in _WELCOME:
            yield TrustProblem(str(path), "", "trust-stranger", {})


def _federation(folder: Path, regions: AbstractSet[str]) -> Iterator[TrustProblem]:
    """The federation's own documents: who keeps the roles, who is suspended, how old evidence may be."""
    for path in sorted(folder.rglob("*")):
        reader = _FEDERATION_FILES.get(path.relative_to(folder).as_posix())
        if reader is None:
            code = "trust-private" if path.suffix in _PRIVATE_SUFFIXES else "trust-stranger"
            yield TrustProblem(str(path), "", code, {})
            continue
        try:
            data, document = read_document(path)
            yield from _private_members(document, path)
            yield from form_problems(data, document, None, path)
            read = reader(document, str(path))
        except CertxError as error:
            yield TrustProblem(str(path), "", error.code, error.params)
            continue
        if isinstance(read, Federation):
            for code in sorted(set(read.regions()) ^ regions):
                yield TrustProblem(str(path), f"roles.region-{code}", "trust-region-role", {"region": code})
            for role, rule in read.roles.items():
                if rule.threshold == 1 and (role in _NEVER_ONE or is_region_role(role)):
                    yield TrustProblem(str(path), f"roles.{role}.threshold", "trust-threshold-one", {"role": role})
        yield from _unknown_members(document, path)


_NEVER_ONE: Final = frozenset({"root", "targets"})
_MEMBERS: Final = {
    "suspensions.json": frozenset({"denials"}), "limits.json": frozenset({"graceDays", "clockBehindDays"}),
    "denials": frozenset({"region", "issuer", "key", "state", "since", "reason", "checkpoint"}),
    "checkpoint": frozenset({"size", "root", "at"}),
}  # fmt: skip


def _unknown_members(document: Mapping[str, Any], path: Path) -> Iterator[TrustProblem]:
    """A misspelt member would otherwise mean its default."""
    known = _MEMBERS.get(path.name)
    rows = [("", document, known)] if known is not None else []
    for index, row in enumerate(document.get("denials", ())):
        rows.append((f"denials[{index}]", row, _MEMBERS["denials"]))
        if isinstance(row.get("checkpoint"), dict):
            rows.append((f"denials[{index}].checkpoint", row["checkpoint"], _MEMBERS["checkpoint"]))
    for at, row, members in rows:
        for name in sorted(row.keys() - (members or ())):
            yield TrustProblem(str(path), f"{at}.{name}".lstrip("."), "trust-member-unknown", {"name": name[:80]})


def _denied(folder: Path, regions: Sequence[Region]) -> Iterator[TrustProblem]:
    """A denial of what nobody lists denies nothing; one that gives no reason or time cannot be judged by others."""
    path = folder / SUSPENSIONS
    if not path.is_file():
        return
    issuers = [issuer for region in regions for issuer in region.issuers.values()]
    known = {("region", region.code) for region in regions}
    known |= {("issuer", name) for issuer in issuers for name in (issuer.id, issuer.credit_code)}
    owners = [owner for region in regions for owner in region.owners]
    known |= {("key", kid) for owner in owners for _, keys in key_lists(owner) for kid in keys}
    with suppress(CertxError):  # told already
        document = read_document(path)[1]
        denials = read_denials(document, str(path))
        for index, denial in enumerate(denials):
            at, named = f"denials[{index}]", {"name": denial.name[:80]}
            if (denial.kind, denial.name) not in known:
                yield TrustProblem(str(path), at, "trust-denies-nothing", named)
            if not str(document["denials"][index].get("reason") or "").strip():
                yield TrustProblem(str(path), f"{at}.reason", "trust-denial-unexplained", named)
            if denial.state is State.COMPROMISED and denial.since is None:
                yield TrustProblem(str(path), f"{at}.since", "trust-compromise-undated", named)
        for log, error in differing_logs(folder, regions, denials):
            yield TrustProblem(log, "", error.code, error.params)


_OF_JSON: Final = frozenset(map(Path, ("agreements", "scenarios")))
_BELONGING: Final = _OF_JSON | frozenset(map(Path, ("keys.json", "withdrawn.json", "status")))


def _strangers(entry: Path) -> Iterator[TrustProblem]:
    for path in sorted(entry.rglob("*")):
        inside = path.relative_to(entry)
        if path.suffix in _PRIVATE_SUFFIXES:
            yield TrustProblem(str(path), "", "trust-private", {})
        elif path.is_symlink() or not (
            inside in _BELONGING
            or (inside.parent in _OF_JSON and inside.suffix == ".json")
            or (inside.parent == Path("agreements") and inside.suffix == ".jws")
            or (inside.parent == Path("status") and inside.suffix == ".jwt")
            or (inside.parent == Path() and (inside.suffix in LOG_SUFFIXES or inside.match("profile-*.json")))
        ):
            yield TrustProblem(str(path), "", "trust-stranger", {})


def form_problems(
    data: bytes, document: Any, form: Validator | None, path: Path,  # noqa: ANN401 - any JSON
) -> Iterator[TrustProblem]:  # fmt: skip
    """Members that the document's schema does not know or allow, and members that stand in it twice."""
    for problem in form.problems(document) if form is not None else ():
        yield TrustProblem(str(path), format_path(problem.at), problem.code, problem.params)
    double: list[str] = []

    def look(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        double.extend(name for name in set(names) if names.count(name) > 1)
        return dict(pairs)

    json.loads(data, object_pairs_hook=look)
    for name in double:
        yield TrustProblem(str(path), name, "trust-member-twice", {"name": name})


def _private_members(value: Any, path: Path, at: str = "") -> Iterator[TrustProblem]:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        if "kty" in value and _PRIVATE_MEMBERS & value.keys():
            yield TrustProblem(str(path), at, "trust-private", {})
        for name, inner in value.items():
            yield from _private_members(inner, path, f"{at}.{name}".lstrip("."))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _private_members(inner, path, f"{at}[{index}]")


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


def _agreements(
    folder: Path, entries: Sequence[Path], known_types: AbstractSet[str], form: Validator | None
) -> Iterator[TrustProblem]:
    """An agreement counts only between parties that publish the same bytes under the same name."""
    for entry in entries:
        for path in sorted((entry / "agreements").glob("*.json")):
            try:
                data, document = read_document(path)
                agreement = read_agreement(document, path.name, {entry.name})
            except DocumentError as error:
                yield TrustProblem(str(path), "", error.code, error.params)
                continue
            yield from form_problems(data, document, form, path)
            parties = sorted(agreement.parties)
            for name in sorted(agreement.types - known_types):
                yield TrustProblem(str(path), "types", "trust-type", {"type": name})
            named = {"agreement": str(document.get("id"))}
            if path.stem != document.get("id"):
                yield TrustProblem(
                    str(path), "id", "trust-agreement-name", {**named, "expected": f"{document.get('id')}.json"}
                )
            if entry.name not in parties:
                yield TrustProblem(str(path), "parties", "trust-agreement-party", {**named, "region": entry.name})
            missing = [p for p in parties if not _publishes(folder / p / "agreements" / path.name, data)]
            missing = [p for p in missing if agreement.id not in withdrawn_in(folder / p)]
            if missing:
                yield TrustProblem(str(path), "", "trust-agreement-alone", {**named, "missing": ", ".join(missing)})


def withdrawn_in(entry: Path) -> AbstractSet[str]:
    """The ids that a region's folder says it withdrew; none if it cannot be read, which is a problem of its own."""
    path = entry / "withdrawn.json"
    with suppress(CertxError):
        return withdrawals_in(read_document(path)[1], str(path)).keys()
    return frozenset()


def _publishes(path: Path, data: bytes) -> bool:
    return path.is_file() and path.read_bytes() == data
