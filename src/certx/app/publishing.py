"""`certx trust publish`, `sign`, `status`, `bundle`: the registry's files on disk.

<repository>/metadata/    what is served, as TUF names it; `timestamp.json` is replaced last
<repository>/targets/     the files that roles vouch for, by digest
<repository>/staged/      what waits for signatures; custodians sign these files
"""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from tuf.api.metadata import Metadata, Targets
from tuf.api.serialization import DeserializationError
from tuf.ngclient.fetcher import FetcherInterface

from certx.app.files import replace_file, replacing
from certx.app.lock import exclusive
from certx.app.stores import review_trust, schemas
from certx.app.trust_review import TrustReview
from certx.errors import DocumentError, EnvironmentFailureError, UnreadableError
from certx.keys import Signer
from certx.trust.ceremony import Ceremony, Document, Read, sign_metadata, to_bytes, tuf_key
from certx.trust.federation import ROLES_FILE, Federation, read_federation
from certx.trust.fetch import BASE, FolderSource
from certx.trust.files import parse_document
from certx.trust.folder import FolderFiles, read_file
from certx.trust.publish import Desk, target_path
from certx.trust.reports import Pending, SignedFile
from certx.trust.roles import CATALOGUE, DUTY, LIMITS, SUSPENSIONS, region_role, status_role
from certx.trust.shelf import table_path
from certx.trust.tuf import download_target, refresh_top_level, walk

_TABLES: Final = ("divisions", "holder-code-types", "statuses", "types")
_NOBODY_DENIED: Final = b'{"denials": []}\n'
_REGION_FOLDERS: Final = ("", "/agreements", "/scenarios")


class Publication(NamedTuple):
    """What became of a publication: the version that is served, `None` if nothing new is, and what still waits."""

    version: int | None
    pending: tuple[Pending, ...]
    review: TrustReview


def publish(
    source: Path, repository: Path, signers: Sequence[Signer], *, now: float, without: Sequence[str] = ()
) -> Publication:
    """Turn the reviewed source into the repository, as far as these keys may.

    What too few have signed is left in `staged/`; roles that are complete are published without waiting for others.
    Nothing is served before the whole tree was checked as a counter would check it. Raises `CertxError`.
    """
    review = review_trust(source)
    if review.obstacles:
        return Publication(None, (), review)
    federation = read_federation(parse_document(read_file(source / ROLES_FILE), ROLES_FILE))
    with exclusive(repository / ".lock", code="publish-busy"):
        ceremony = Ceremony(reader(repository), staged_files(repository))
        desk = Desk(federation, content_of(source, federation), ceremony, now=now)
        desk.plan()
        desk.sign(signers)
        _write_staged(repository, ceremony.staged)
        pending = tuple(ceremony.pending())
        if any(row.role not in ceremony.current and row.role not in without for row in pending):
            return Publication(None, pending, review)
        version = _serve(repository, desk, signers, without)
        waiting = {row.role for row in pending}
        _write_staged(repository, {role: doc for role, doc in ceremony.staged.items() if role in waiting})
    return Publication(version, pending, review)


def content_of(source: Path, federation: Federation) -> dict[str, dict[str, bytes]]:
    """What each role is to vouch for: the files of its folders, the shared schemas and tables."""
    files, content = FolderFiles(source), dict[str, dict[str, bytes]]()
    for code in federation.regions():
        places = [f"regions/{code}{inside}" for inside in _REGION_FOLDERS]
        content[region_role(code)] = _files_in(files, places)
        content[status_role(code)] = _files_in(files, [f"status/{code}"])
    content[DUTY] = {SUSPENSIONS: files.read(SUSPENSIONS) or _NOBODY_DENIED}
    content[CATALOGUE] = _catalogue()
    limits = files.read("federation/limits.json")
    if limits is not None:
        content[CATALOGUE][LIMITS] = limits
    return {role: listed for role, listed in content.items() if role in federation.roles}


def _files_in(files: FolderFiles, folders: Sequence[str]) -> dict[str, bytes]:
    paths = [f"{folder}/{name}" for folder in folders for name in files.names(folder)]
    return {path: files.read(path) or b"" for path in paths}


def _catalogue() -> dict[str, bytes]:
    """The shared schemas and tables that came with this copy of certx."""
    shipped = schemas()
    found = {table_path(name): read_file(shipped.folder / "data" / f"{name}.json") for name in _TABLES}
    for name in ("core", *shipped.types()):
        for path in sorted((shipped.folder / name).glob("*.json")):
            found[f"catalogue/schemas/{name}-{path.name}"] = read_file(path)
    return found


def reader(repository: Path) -> Read:
    """Reads files of a repository by name."""

    def read(name: str) -> bytes | None:
        path = repository / name
        return read_file(path) if path.is_file() else None

    return read


def staged_files(repository: Path) -> dict[str, Document]:
    """What waits for signatures, by role; raises `DocumentError` on a file that is no metadata."""
    return {path.stem: _parse(path) for path in sorted((repository / "staged").glob("*.json"))}


def _parse(path: Path) -> Document:
    try:
        return Metadata.from_bytes(read_file(path))
    except DeserializationError as error:
        raise DocumentError("staged-form", path=str(path)) from error


def _write_staged(repository: Path, staged: Mapping[str, Document]) -> None:
    """Exactly these files are staged afterwards."""
    for role, document in staged.items():
        replace_file(repository / "staged" / f"{role}.json", to_bytes(document))
    for path in (repository / "staged").glob("*.json"):
        if path.stem not in staged:
            path.unlink()


def _serve(repository: Path, desk: Desk, signers: Sequence[Signer], without: Sequence[str]) -> int:
    """Snapshot; the tree checked; timestamp; checked as two counters would; then served, the timestamp last."""
    below, published = FolderSource(repository), reader(repository)
    effective = desk.effective(without=without)
    snapshot = desk.snapshot(effective, signers)
    named = {role: doc for role, doc in {**effective, "snapshot": snapshot}.items() if role != "timestamp"}
    fresh = {f"metadata/{doc.signed.version}.{role}.json": to_bytes(doc) for role, doc in named.items()}
    for listed in desk.content.values():
        fresh |= {target_path(path, sha256(data).hexdigest()): data for path, data in listed.items()}
    top = {f"{role}.json": to_bytes(named[role]) for role in ("snapshot", "targets")}
    _check(_Overlay(fresh, below), top, without)
    timestamp = desk.timestamp(snapshot, signers)
    served = _Overlay({**fresh, "metadata/timestamp.json": to_bytes(timestamp)}, below)
    first = to_bytes(desk.ceremony.roots[0] if desk.ceremony.roots else effective["root"])
    known = {f"{role}.json": to_bytes(doc) for role, doc in desk.ceremony.current.items()}
    for cached in ({}, known):
        refresh_top_level(served, first, cached.get)
    for name, data in fresh.items():
        if published(name) != data:
            replace_file(repository / name, data)
    replace_file(repository / "metadata" / "timestamp.json", to_bytes(timestamp))
    return int(timestamp.signed.version)


def _check(source: FetcherInterface, top: dict[str, bytes], without: Sequence[str]) -> None:
    """Every role and every file, as a counter comes to them; raises the first thing that is wrong."""
    walked = walk(source, top, lambda _: None)
    for problem in walked.problems:
        if problem.role not in without:
            raise problem.error
    for wanted in walked.wanted:
        download_target(source, wanted)


class _Overlay(FetcherInterface):
    """What is served, with what is about to be."""

    def __init__(self, fresh: Mapping[str, bytes], below: FetcherInterface) -> None:
        self._fresh, self._below = fresh, below

    def _fetch(self, url: str) -> Iterator[bytes]:
        data = self._fresh.get(url.removeprefix(BASE))
        return iter((data,)) if data is not None else self._below.fetch(url)


def read_staged(path: Path) -> tuple[Document, SignedFile]:
    """A staged file, and what a custodian should know of it before signing; raises `DocumentError`."""
    document = _parse(path)
    signed = document.signed
    targets = sorted(signed.targets) if isinstance(signed, Targets) else ()
    delegated = signed.delegations.roles if isinstance(signed, Targets) and signed.delegations else ()
    return document, SignedFile(
        path.stem, signed.type, signed.version, signed.expires.timestamp(), tuple(targets), tuple(delegated or ())
    )


def sign_file(path: Path, signer: Signer) -> SignedFile:
    """Add a custodian's signature to a staged file."""
    document, facts = read_staged(path)
    sign_metadata(document, tuf_key(signer.public_jwk, ""), signer)
    replace_file(path, to_bytes(document))
    return facts


def standing(repository: Path) -> list[Pending]:
    """Every staged role of a repository: who has signed and who still has to."""
    ceremony = Ceremony(reader(repository), staged_files(repository))
    return [ceremony.standing(role) for role in ceremony.staged]


def bundle(repository: Path, out: Path) -> int:
    """The whole registry in one file, for machines without a network; how many files it holds.

    The same registry gives the same bytes. Raises `CertxError`.
    """
    read = reader(repository)
    names = sorted(_bundled(Ceremony(read, {})))
    if "metadata/timestamp.json" not in names:
        raise EnvironmentFailureError("registry-absent", hint="registry-source", path=str(repository))
    with replacing(out) as file, ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name in names:
            data = read(name)
            if data is None:
                raise UnreadableError("publish-missing", path=name)
            info = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = ZIP_DEFLATED
            archive.writestr(info, data)
    return len(names)


def _bundled(ceremony: Ceremony) -> Iterator[str]:
    """The files that a fresh counter needs: every root, and all that the timestamp leads to."""
    for root in ceremony.roots:
        yield f"metadata/{root.signed.version}.root.json"
    for role, document in ceremony.current.items():
        if role == "timestamp":
            yield "metadata/timestamp.json"
        elif role != "root":
            yield f"metadata/{document.signed.version}.{role}.json"
        if isinstance(document.signed, Targets):
            yield from (target_path(path, t.hashes["sha256"]) for path, t in document.signed.targets.items())
