"""`certx trust publish`, `sign`, `status`, `bundle`: the registry's files on disk.

<repository>/metadata/    what is served, as TUF names it; `timestamp.json` is replaced last
<repository>/targets/     the files that roles vouch for, by digest
<repository>/staged/      what waits for signatures; custodians sign these files
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from tuf.api.metadata import Key, Role, Root, Targets
from tuf.ngclient.fetcher import FetcherInterface

from certx.app.files import replace_file, replacing
from certx.app.list_review import excuse_published
from certx.app.list_sync import check_order
from certx.app.lock import exclusive
from certx.app.stores import review_trust, schemas
from certx.app.trust_review import TrustReview
from certx.errors import DocumentError, EnvironmentFailureError, KeyFailureError, UsageError
from certx.keys import Signer
from certx.recognition.scenario import shared_id
from certx.trust.ceremony import Ceremony, Document, Read, name_of, parse, sign_metadata, to_bytes, tuf_key
from certx.trust.chain import Chain
from certx.trust.federation import ROLES_FILE, Federation, read_federation
from certx.trust.fetch import BASE, FolderSource
from certx.trust.files import is_list, max_bytes, parse_document
from certx.trust.folder import FolderFiles, read_file
from certx.trust.publish import Desk, target_path
from certx.trust.reports import Pending, SignedFile
from certx.trust.roles import (
    CATALOGUE,
    DUTY,
    LIMITS,
    SUSPENSIONS,
    TOP_LEVEL,
    patterns_of,
    region_role,
    status_role,
)
from certx.trust.shelf import dictionary_path, table_path
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
        _write_staged(repository, ceremony.staged)
        pending = tuple(ceremony.pending())
        version = _serve(repository, desk, signers, without)
        if version is not None:
            served = {to_bytes(document) for document in Ceremony(reader(repository), {}).current.values()}
            waiting = {role: doc for role, doc in ceremony.staged.items() if to_bytes(doc) not in served}
            _write_staged(repository, waiting)
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


def reader(repository: Path) -> Read:
    """Reads files of a repository by name."""

    def read(name: str) -> bytes | None:
        path = repository / name
        return read_file(path, maximum=max_bytes(name)) if path.is_file() else None

    return read


def published_digest(repository: Path) -> Callable[[str], str | None]:
    """Tells the SHA-256 (hex) of what is published under a path; raises `CertxError` if that cannot be read."""

    @cache
    def listed() -> Mapping[str, str]:
        found = Ceremony(reader(repository), {}).current.values()
        targets = [document.signed.targets for document in found if isinstance(document.signed, Targets)]
        return {path: str(t.hashes["sha256"]) for each in targets for path, t in each.items()}

    return lambda path: listed().get(path)


def stamp_name(version: int) -> str:
    """Where a timestamp stays that is no longer the newest: what had been published by then is witnessed by it."""
    return f"metadata/{version}.timestamp.json"


def staged_files(repository: Path) -> dict[str, Document]:
    """What waits for signatures, by role; raises `DocumentError` on a file that is not what its name says.

    Files that are named otherwise are left alone.
    """
    paths = sorted((repository / "staged").glob("*.json"))
    return {path.stem: _parse(path) for path in paths if path.stem in TOP_LEVEL or patterns_of(path.stem)}


def _parse(path: Path) -> Document:
    document = parse(read_file(path), str(path), "staged-form")
    if path.stem in TOP_LEVEL and document.signed.type != path.stem:
        raise DocumentError("staged-form", path=str(path))
    return document


def _write_staged(repository: Path, staged: Mapping[str, Document]) -> None:
    """Exactly these files are staged afterwards."""
    for role, document in staged.items():
        replace_file(repository / "staged" / f"{role}.json", to_bytes(document))
    for role in staged_files(repository):
        if role not in staged:
            (repository / "staged" / f"{role}.json").unlink()


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


def read_staged(path: Path) -> tuple[Document, SignedFile]:
    """A staged file, and what a custodian should know of it before signing; raises `DocumentError`."""
    document = _parse(path)
    signed = document.signed
    says: list[str] = []
    if isinstance(signed, Targets):
        says += [f"{path}  sha256:{target.hashes.get('sha256', '?')[:16]}…" for path, target in signed.targets.items()]
        given = signed.delegations
        says += [_rule(name, role, given.keys) for name, role in (given.roles or {}).items()] if given else []
    if isinstance(signed, Root):
        says += [_rule(name, role, signed.keys) for name, role in signed.roles.items()]
    expires = signed.expires.timestamp()
    return document, SignedFile(path.stem, signed.type, signed.version, expires, tuple(sorted(says)))


def _rule(name: str, role: Role, keys: Mapping[str, Key]) -> str:
    """Who keeps a role: names, and the beginnings of their key ids, which are digests of the keys."""
    keepers = ", ".join(f"{name_of(keys[key_id])} {key_id[:8]}…" for key_id in role.keyids)
    return f"{name}: {role.threshold} of {keepers}"


def sign_file(path: Path, signer: Signer | None, copies: Sequence[Path] = ()) -> SignedFile:
    """Add a custodian's signature to a staged file, and those of other copies of it.

    Raises `DocumentError` if a copy says something else, `UsageError` on a file that is served already,
    `KeyFailureError` if the file lies beside its registry and the key is nobody's there.
    """
    if path.parent.name == "metadata":
        raise UsageError("staged-served", hint="staged-served", path=str(path))
    with exclusive(path.parent / ".lock", code="publish-busy", folder_mode=0o777):
        document, facts = read_staged(path)
        for copy in copies:
            other = _parse(copy)
            if other.signed_bytes != document.signed_bytes:
                raise DocumentError("staged-differs", path=str(copy), other=str(path))
            document.signatures.update(other.signatures)
        if signer is not None:
            key = tuf_key(signer.public_jwk, "")
            _check_custodian(path, key, signer)
            sign_metadata(document, key, signer)
        replace_file(path, to_bytes(document))
    return facts


def _check_custodian(path: Path, key: Key, signer: Signer) -> None:
    """Refuse a signature that would not count, where that can be known."""
    if path.parent.name != "staged":
        return
    repository = path.parent.parent
    ceremony = Ceremony(reader(repository), staged_files(repository))
    keepers = ceremony.keepers(path.stem) if path.stem in ceremony.staged else set()
    if keepers and key.keyid not in keepers:
        raise KeyFailureError("signer-not-custodian", hint="signer-not-custodian", kid=signer.kid, role=path.stem)


def standing(repository: Path) -> list[Pending]:
    """Every staged role of a repository: who has signed and who still has to."""
    if not (repository / "staged").is_dir() and not (repository / "metadata").is_dir():
        raise EnvironmentFailureError("registry-absent", hint="registry-source", path=str(repository))
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
                raise DocumentError("publish-missing", path=name)
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
