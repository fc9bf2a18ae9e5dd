"""Review of the federation's own documents in a `keys/` folder: roles, denials, limits."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from certx.app.trust.review.logs import differing_logs
from certx.app.trust.review.problem import PRIVATE_SUFFIXES, TrustProblem, form_problems, private_members
from certx.errors import CertxError
from certx.trust.denials import read_denials
from certx.trust.federation import Federation, read_federation
from certx.trust.folder import read_document
from certx.trust.freshness import read_limits
from certx.trust.registry import Region, State
from certx.trust.rehearsal import key_lists
from certx.trust.roles import SUSPENSIONS, is_region_role

_READERS: Final[Mapping[str, Callable[[Mapping[str, Any], str], object]]] = {
    "roles.json": read_federation,
    "suspensions.json": read_denials,
    "limits.json": read_limits,
}


def federation_problems(folder: Path, regions: AbstractSet[str]) -> Iterator[TrustProblem]:
    """The federation's own documents: who keeps the roles, who is suspended, how old evidence may be."""
    for path in sorted(folder.rglob("*")):
        reader = _READERS.get(path.relative_to(folder).as_posix())
        if reader is None:
            code = "trust-private" if path.suffix in PRIVATE_SUFFIXES else "trust-stranger"
            yield TrustProblem(str(path), "", code, {})
            continue
        try:
            data, document = read_document(path)
            yield from private_members(document, path)
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


def denial_problems(folder: Path, regions: Sequence[Region]) -> Iterator[TrustProblem]:
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
        yield from differing_logs(folder, regions, denials)
