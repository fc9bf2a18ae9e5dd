"""`certx trust publish`: from the reviewed source to the registry's files on disk.

<repository>/metadata/    what is served, as TUF names it; `timestamp.json` is replaced last
<repository>/targets/     the files that roles vouch for, by digest
<repository>/staged/      what waits for signatures; custodians sign these files
"""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from tuf.ngclient.fetcher import FetcherInterface

from certx.app.machine.files import replace_file
from certx.app.machine.lock import exclusive
from certx.app.machine.shipped import schemas
from certx.app.registry.list_sync import check_order
from certx.app.registry.repository import published_digest, reader, stamp_name
from certx.app.trust.review.folder import review_trust
from certx.app.trust.review.lists import excuse_published
from certx.app.trust.review.problem import TrustReview
from certx.app.trust.staged import staged_files, write_staged
from certx.errors import UsageError
from certx.keys import Signer
from certx.recognition.scenario import shared_id
from certx.trust.ceremony import Ceremony, Document, Read, to_bytes
from certx.trust.chain import Chain
from certx.trust.federation import ROLES_FILE, Federation, read_federation
from certx.trust.fetch import BASE, FolderSource
from certx.trust.files import is_list, parse_document
from certx.trust.folder import FolderFiles, read_file
from certx.trust.publish import Desk, target_path
from certx.trust.reports import Pending
from certx.trust.roles import (
    CATALOGUE,
    DUTY,
    LIMITS,
    SUSPENSIONS,
    region_role,
    status_role,
)
from certx.trust.shelf import dictionary_path, table_path
from certx.trust.tuf import refresh_top_level
from certx.trust.tuf_roles import download_target, walk

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
    review = excuse_published(review_trust(source), source, published_digest(repository))
    if review.obstacles:
        return Publication(None, (), review)
    federation = read_federation(parse_document(read_file(source / ROLES_FILE), ROLES_FILE))
    for role in without:
        if role not in federation.roles:
            raise UsageError(
                "publish-without", hint="publish-without", role=role, known=", ".join(federation.delegated())
            )
    with exclusive(repository / "staged" / ".lock", code="publish-busy", folder_mode=0o777):
        ceremony = Ceremony(reader(repository), staged_files(repository))
        content = content_of(source, federation)
        _check_order(content, ceremony, reader(repository))
        desk = Desk(federation, content, ceremony, now=now)
        desk.plan()
        desk.sign(signers)
        write_staged(repository, ceremony.staged)
        pending = tuple(ceremony.pending())
        version = _serve(repository, desk, signers, without)
        if version is not None:
            served = {to_bytes(document) for document in Ceremony(reader(repository), {}).current.values()}
            waiting = {role: doc for role, doc in ceremony.staged.items() if to_bytes(doc) not in served}
            write_staged(repository, waiting)
    return Publication(version, pending, review)


def content_of(source: Path, federation: Federation) -> dict[str, dict[str, bytes]]:
    """What each role is to vouch for: the files of its folders, the shared schemas and tables."""
    files, content = FolderFiles(source), dict[str, dict[str, bytes]]()
    for code in federation.regions():
        places = [f"regions/{code}{inside}" for inside in _REGION_FOLDERS]
        content[region_role(code)] = _files_in(files, places)
        content[status_role(code)] = _files_in(files, [f"status/{code}"])
    content[DUTY] = {SUSPENSIONS: files.read(SUSPENSIONS) or _NOBODY_DENIED}
    shared = [path for name in files.names(CATALOGUE) if shared_id(name) and (path := f"{CATALOGUE}/{name}")]
    content[CATALOGUE] = _catalogue() | {path: files.read(path) or b"" for path in shared}
    limits = files.read("federation/limits.json")
    if limits is not None:
        content[CATALOGUE][LIMITS] = limits
    return {role: listed for role, listed in content.items() if role in federation.roles}


def _check_order(content: Mapping[str, Mapping[str, bytes]], ceremony: Ceremony, read: Read) -> None:
    """Refuse status lists that are older than those that are published."""
    for role, files in content.items():
        lists = [path for path in files if is_list(path)]
        current = ceremony.current.get(role) if lists else None
        listed = current.signed.targets if current is not None else {}
        digests = {path: str(listed[path].hashes["sha256"]) for path in lists if path in listed}
        changed = [path for path, digest in digests.items() if sha256(files[path]).hexdigest() != digest]
        published = {path: read(target_path(path, digests[path])) or b"" for path in changed}
        check_order(role, files, published)


def _files_in(files: FolderFiles, folders: Sequence[str]) -> dict[str, bytes]:
    paths = [f"{folder}/{name}" for folder in folders for name in files.names(folder)]
    return {path: files.read(path) or b"" for path in paths}


def _catalogue() -> dict[str, bytes]:
    """The shared schemas, tables and dictionaries that came with this copy of certx."""
    shipped = schemas()
    found = {table_path(name): read_file(shipped.folder / "data" / f"{name}.json") for name in _TABLES}
    for name in ("core", *shipped.types()):
        for path in sorted((shipped.folder / name).glob("*.json")):
            found[f"catalogue/schemas/{name}-{path.name}"] = read_file(path)
    for path in (shipped.folder / "dictionaries").glob("*.bin"):
        found[dictionary_path(int(path.stem))] = read_file(path)
    return found


def _serve(repository: Path, desk: Desk, signers: Sequence[Signer], without: Sequence[str]) -> int | None:
    """Snapshot; the tree checked; timestamp; checked as two counters would; then served, the timestamp last.

    The version that is served then, `None` if too few have signed for anything to be.
    """
    below, published = FolderSource(repository), reader(repository)
    effective = desk.effective(without=without)
    if effective is None:
        return None
    snapshot = desk.snapshot(effective, signers)
    named = {role: doc for role, doc in {**effective, "snapshot": snapshot}.items() if role != "timestamp"}
    fresh = _files_of(named, desk.content)
    top = {f"{role}.json": to_bytes(named[role]) for role in ("snapshot", "targets")}
    _check(_Overlay(fresh, below), top, without)
    timestamp = desk.timestamp(effective, snapshot, signers)
    served = _Overlay({**fresh, "metadata/timestamp.json": to_bytes(timestamp)}, below)
    first = to_bytes(desk.ceremony.roots[0] if desk.ceremony.roots else effective["root"])
    known = {f"{role}.json": to_bytes(doc) for role, doc in desk.ceremony.current.items()}
    known |= {f"{root.signed.version}.root.json": to_bytes(root) for root in desk.ceremony.roots[1:]}
    for cached in ({}, known):
        found = refresh_top_level(served, first, cached.get)
    _check_offline(first, {**found, **{f"{role}.json": to_bytes(doc) for role, doc in named.items()}}, without)
    for name in sorted(fresh, key=lambda name: name.endswith(".root.json")):  # a new root just before its timestamp
        if published(name) != fresh[name]:
            replace_file(repository / name, fresh[name])
    version = int(timestamp.signed.version)
    replace_file(repository / stamp_name(version), to_bytes(timestamp))
    replace_file(repository / "metadata" / "timestamp.json", to_bytes(timestamp))
    return version


def _files_of(named: Mapping[str, Document], content: Mapping[str, Mapping[str, bytes]]) -> dict[str, bytes]:
    """What is served: these roles, and of the content what they vouch for. A draft that waits stays at home."""
    fresh = {f"metadata/{doc.signed.version}.{role}.json": to_bytes(doc) for role, doc in named.items()}
    for role, listed in content.items():
        vouched = named[role].signed.targets if role in named else {}
        for path, data in listed.items():
            digest = sha256(data).hexdigest()
            if path in vouched and vouched[path].hashes["sha256"] == digest:
                fresh[target_path(path, digest)] = data
    return fresh


def _check_offline(first: bytes, metadata: Mapping[str, bytes], without: Sequence[str]) -> None:
    """Every role as the reader of a counter's every start comes to it."""
    chain = Chain(first, metadata.get)
    for role in chain.roles:
        if role not in without:
            chain.targets_of(role)


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
