"""`certx trust bundle`: a registry in one file, all of it or what the counters of some regions need."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from tuf.api.metadata import Targets

from certx.app.machine.files import replacing
from certx.app.registry.repository import reader
from certx.errors import DocumentError, EnvironmentFailureError, UsageError
from certx.licence.divisions import province_of
from certx.recognition.published import agreements_folder
from certx.trust.ceremony import Ceremony, Document, Read, to_bytes
from certx.trust.extent import EXTENT, extent_bytes
from certx.trust.files import parse_document
from certx.trust.publish import target_path
from certx.trust.roles import is_region_role, region_of, region_role
from certx.trust.tuf import read_stamp


class Bundle(NamedTuple):
    """What was packed: how many files, for which regions, the registry's version, when it was signed and for how long.

    Times are Unix seconds. `regions` is empty if none was chosen: then all are in it.
    """

    files: int
    regions: tuple[str, ...]
    version: int
    signed_at: float
    until: float


def bundle(repository: Path, out: Path, chosen: Sequence[str] | None = None) -> Bundle:
    """Pack the registry into one file, for machines without a network.

    With `chosen`, region codes, only these regions and those that have an agreement with one of them; a counter knows
    nothing of the others. The same registry gives the same bytes. Raises `CertxError`.
    """
    read = reader(repository)
    ceremony = Ceremony(read, {})
    timestamp = ceremony.current.get("timestamp")
    if timestamp is None:
        raise EnvironmentFailureError("registry-absent", hint="registry-source", path=str(repository))
    regions = _with_partners(ceremony, read, chosen) if chosen is not None else frozenset[str]()
    names = sorted(_names(ceremony, regions))
    with replacing(out) as file, ZipFile(file, "w", ZIP_DEFLATED) as archive:
        if regions:
            _add(archive, EXTENT, extent_bytes(regions))
        for name in names:
            _add(archive, name, _published(read, name))
    stamp = read_stamp(to_bytes(timestamp))
    until = timestamp.signed.expires.timestamp()
    return Bundle(len(names), tuple(sorted(regions)), stamp.version, stamp.issued, until)


def _add(archive: ZipFile, name: str, data: bytes) -> None:
    info = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.compress_type = ZIP_DEFLATED
    archive.writestr(info, data)


def _published(read: Read, name: str) -> bytes:
    data = read(name)
    if data is None:
        raise DocumentError("publish-missing", path=name)
    return data


def _names(ceremony: Ceremony, regions: AbstractSet[str]) -> Iterator[str]:
    """The files that a fresh counter needs: every root, and all that the timestamp leads to, of these regions."""
    for root in ceremony.roots:
        yield f"metadata/{root.signed.version}.root.json"
    for role, document in ceremony.current.items():
        code = region_of(role)
        if regions and code is not None and code not in regions:
            continue
        if role == "timestamp":
            yield "metadata/timestamp.json"
        elif role != "root":
            yield f"metadata/{document.signed.version}.{role}.json"
        yield from _targets(document).values()


def _targets(document: Document) -> dict[str, str]:
    """Where each file lies that a role vouches for, by the path that the role gives it."""
    if not isinstance(document.signed, Targets):
        return {}
    return {path: target_path(path, target.hashes["sha256"]) for path, target in document.signed.targets.items()}


def _with_partners(ceremony: Ceremony, read: Read, chosen: Sequence[str]) -> frozenset[str]:
    """These regions and the parties of their agreements; raises `UsageError` on none, or one that takes no part."""
    known = {region_of(role) or "" for role in ceremony.current if is_region_role(role)}
    told = ", ".join(sorted(known))
    if not chosen:
        raise UsageError("bundle-regions-none", hint="bundle-region", known=told)
    found = set[str]()
    for region in chosen:
        code = province_of(region)
        if code not in known:
            raise UsageError("bundle-region", hint="bundle-region", region=region, known=told)
        found.add(code)
        for path, name in _targets(ceremony.current[region_role(code)]).items():
            if path.startswith(f"{agreements_folder(code)}/"):
                parties = parse_document(_published(read, name), path).get("parties")
                found |= known.intersection(parties if isinstance(parties, list) else ())
    return frozenset(found)
