"""What regions published of their agreements: which files, in the same bytes or not, and what they withdrew."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final, NamedTuple

from certx.errors import CertxError, DocumentError
from certx.recognition.agreement import Agreement, UnreadAgreement, read_agreement
from certx.trust.files import RegistryFiles, parse_document

SUFFIX: Final = ".json"


class Filing(NamedTuple):
    """One text under one file name, and the regions that published it so."""

    name: str
    listed_by: tuple[str, ...]

    @property
    def path(self) -> str:
        """Where one of them lists it."""
        return f"{agreements_folder(self.listed_by[0])}/{self.name}"


def agreements_folder(region: str) -> str:
    """Where a region lists its agreements."""
    return f"regions/{region}/agreements"


def withdrawn_path(region: str) -> str:
    """Where a region says which agreements it withdrew."""
    return f"regions/{region}/withdrawn.json"


def withdrawals_in(document: Mapping[str, Any], path: str) -> dict[str, Mapping[str, Any]]:
    """The entries of a `withdrawn.json` document by id; raises `DocumentError` naming `path`."""
    rows = document.get("agreements")
    if not isinstance(rows, list) or not all(isinstance(r, dict) and isinstance(r.get("id"), str) for r in rows):
        raise DocumentError("withdrawn-form", path=path)
    return {row["id"]: row for row in rows}


def withdrawals_of(files: RegistryFiles, regions: Iterable[str]) -> dict[str, Mapping[str, Mapping[str, Any]]]:
    """What each of these regions withdrew, by region and id; raises `CertxError` if that cannot be known."""
    found: dict[str, Mapping[str, Mapping[str, Any]]] = {}
    for region in regions:
        path = withdrawn_path(region)
        data = files.read(path)
        found[region] = withdrawals_in(parse_document(data, path), path) if data is not None else {}
    return found


def filings_of(files: RegistryFiles, regions: Iterable[str]) -> list[Filing]:
    """Every agreement file of these regions; files of one name that differ by a byte are different agreements."""
    listed: dict[tuple[str, str], list[str]] = {}
    for region in dict.fromkeys(regions):
        for name, digest in files.names(agreements_folder(region)).items():
            if name.endswith(SUFFIX):
                listed.setdefault((name, digest), []).append(region)
    return [Filing(name, tuple(listed_by)) for (name, _), listed_by in sorted(listed.items())]


def read_filing(
    files: RegistryFiles, filing: Filing, withdrawals: Mapping[str, Mapping[str, object]]
) -> Agreement | UnreadAgreement:
    """The agreement of a filing, or why it is none."""
    name, listed_by = filing.name.removesuffix(SUFFIX), frozenset(filing.listed_by)
    try:
        document = parse_document(files.read(filing.path) or b"", filing.path)
        agreement = read_agreement(document, filing.path, filing.listed_by)
    except CertxError as error:
        return UnreadAgreement(name, listed_by, error, _withdrawing(listed_by, {name}, withdrawals))
    if agreement.id != name:  # one text could be in force under several names, and be withdrawn under one
        defect = DocumentError("agreement-file-name", path=filing.path, agreement=agreement.id)
        return UnreadAgreement(name, listed_by, defect, _withdrawing(listed_by, {name, agreement.id}, withdrawals))
    withdrawn_by = _withdrawing(agreement.parties, {name}, withdrawals)
    return agreement._replace(withdrawn_by=withdrawn_by) if withdrawn_by else agreement


def _withdrawing(
    regions: Iterable[str], names: AbstractSet[str], withdrawals: Mapping[str, Mapping[str, object]]
) -> frozenset[str]:
    """Those of the regions that withdrew something of these names."""
    return frozenset(region for region in regions if not names.isdisjoint(withdrawals.get(region, ())))


def agreements_between(
    files: RegistryFiles, issued_in: str, accepted_in: str, licence_type: str
) -> Sequence[Agreement | UnreadAgreement]:
    """What bears on licences of a type between two regions.

    Files that both list come first. Those of one side are read only if no other covers the type, to say why not: a
    region lists some for every other region. Raises `CertxError` if what a region published cannot be relied on.
    """
    pair = (issued_in, accepted_in)
    theirs, ours = (files.names(agreements_folder(region)) for region in pair)
    shared = sorted(name for name in theirs.keys() & ours.keys() if name.endswith(SUFFIX))
    withdrawals = withdrawals_of(files, pair)
    both = [read_filing(files, Filing(name, pair), withdrawals) for name in shared if theirs[name] == ours[name]]
    if any(isinstance(a, Agreement) and a.covers(licence_type, issued_in, accepted_in) for a in both):
        return both
    alone = (read_filing(files, f, withdrawals) for f in filings_of(files, pair) if len(f.listed_by) == 1)
    return [*both, *(agreement for agreement in alone if isinstance(agreement, Agreement))]
