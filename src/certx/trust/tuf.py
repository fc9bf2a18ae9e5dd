"""What a source serves, verified by python-tuf before any of it is kept: the client workflow of the TUF specification.

The top-level roles go through python-tuf's `Updater` (roots, rollback, freeze, mix-and-match: sections 5.3 to 5.6);
the delegated ones through its metadata API with the same rules, so that one region whose file is at fault does not
take the others down, and so that roles can be listed.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

from tuf.api import exceptions as tuf_errors
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp
from tuf.ngclient import Updater, UpdaterConfig
from tuf.ngclient.fetcher import FetcherInterface

from certx.errors import CertxError, DocumentError, EnvironmentFailureError
from certx.trust.chain import ISSUED, MAX_ROOTS
from certx.trust.extent import EXTENT, MAX_BYTES, Extent
from certx.trust.fetch import BASE
from certx.trust.metadata import MAX_METADATA_BYTES, moment
from certx.trust.reports import Problem
from certx.trust.roles import is_region_role, may_sign, patterns_of, region_of

MAX_TARGET_BYTES: Final = 64 * 1_048_576
MAX_TARGETS: Final = 100_000
_CONFIG: Final = UpdaterConfig(max_root_rotations=MAX_ROOTS, targets_max_length=MAX_METADATA_BYTES)
_TOP: Final = ("timestamp", "snapshot", "targets")
_DIGEST: Final = re.compile("[0-9a-f]{64}")

Cached = Callable[[str], bytes | None]
"""Metadata that was verified before, by file name."""


class Wanted(NamedTuple):
    """A file that a role vouches for."""

    path: str
    role: str
    target: TargetFile

    @property
    def sha256(self) -> str:
        """The digest that names it."""
        return str(self.target.hashes["sha256"])


class Walked(NamedTuple):
    """Verified metadata, files by name; what its roles vouch for; what is at fault in it; regions left out of it."""

    metadata: dict[str, bytes]
    wanted: tuple[Wanted, ...]
    problems: tuple[Problem, ...]
    left_out: tuple[str, ...] = ()


def refresh_top_level(source: FetcherInterface, pinned: bytes, cached: Cached) -> dict[str, bytes]:
    """The newest top-level metadata, by file name, with every root after the pinned one.

    `cached` is what this machine verified last; older versions than those are refused. Raises `DocumentError` if what
    the source serves cannot be relied on, `EnvironmentFailureError` if it cannot be had.
    """
    with TemporaryDirectory(prefix="certx-") as folder:  # python-tuf makes a link here, which a home need not allow
        cache = Path(folder)
        first = _parse(pinned, "root.json").signed.version
        known = _fill(cache, cached, first)
        watched = _Watched(source)
        try:
            Updater(folder, f"{BASE}metadata/", fetcher=watched, config=_CONFIG, bootstrap=pinned).refresh()
        except (tuf_errors.RepositoryError, tuf_errors.DownloadError, RecursionError) as error:
            raise _failure(error, watched.last) from error
        found = {f"{name}.json": (cache / f"{name}.json").read_bytes() for name in _TOP}
        history = sorted((cache / "root_history").glob("*.root.json"))
        roots = {path.name: path.read_bytes() for path in history if int(path.name.split(".")[0]) > first}
    for name, data in known.items():  # a root that was trusted once is never left again (section 5.3.8)
        if roots.get(name) != data:
            raise DocumentError("sync-rollback", hint="sync-kept", file=f"metadata/{name}")
    return found | roots


def _fill(cache: Path, cached: Cached, first: int) -> dict[str, bytes]:
    """What this machine verified before, where python-tuf looks for it; the roots among it, by file name."""
    for name in _TOP:
        data = cached(f"{name}.json")
        if data is not None:
            (cache / f"{name}.json").write_bytes(data)
    (cache / "root_history").mkdir()
    roots: dict[str, bytes] = {}
    for version in range(first + 1, first + MAX_ROOTS):
        data = cached(f"{version}.root.json")
        if data is None:
            break
        roots[f"{version}.root.json"] = data
        (cache / "root_history" / f"{version}.root.json").write_bytes(data)
    return roots


class _Watched(FetcherInterface):
    """A source that remembers which file was asked for last, for errors to name."""

    def __init__(self, source: FetcherInterface) -> None:
        self._source, self.last = source, ""

    def _fetch(self, url: str) -> Iterator[bytes]:
        self.last = url.removeprefix(BASE)
        return self._source.fetch(url)


class Stamp(NamedTuple):
    """What a verified timestamp says: its version, and when it was signed (Unix time)."""

    version: int
    issued: float


def read_stamp(data: bytes) -> Stamp:
    """The stamp of a `timestamp.json`; raises `DocumentError` if it does not say when it was signed."""
    timestamp = _typed(_parse(data, "timestamp.json"), Timestamp)
    return Stamp(timestamp.version, moment(timestamp.unrecognized_fields.get(ISSUED), "timestamp.json"))


def walk(source: FetcherInterface, top: dict[str, bytes], cached: Cached) -> Walked:
    """Every delegated role below verified top-level metadata, with the list of files that they vouch for."""
    snapshot = _typed(_parse(top["snapshot.json"], "snapshot.json"), Snapshot)
    targets = _typed(_parse(top["targets.json"], "targets.json"), Targets)
    metadata, wanted, problems = dict(top), list[Wanted](), list[Problem]()
    extent, left_out = Extent(lambda: _said_extent(source)), list[str]()
    for name in targets.delegations.roles if targets.delegations and targets.delegations.roles else ():
        if not patterns_of(name):
            continue  # a role of a later version of certx
        file = f"{name}.json"
        meta = snapshot.meta.get(file)
        if meta is None:
            problems.append(Problem(name, DocumentError("tuf-not-listed", hint="sync", file=file)))
            continue
        try:
            data = _role_bytes(source, meta, file, cached)
        except CertxError:
            if not extent.leaves_out(name):
                raise
            left_out.append(name)
            continue
        try:
            role = verify_role(data, name, meta, targets)
        except DocumentError as error:
            problems.append(Problem(name, error))
            continue
        metadata[file] = data
        wanted += _in_scope(role, name, targets, problems)
    if len(wanted) > MAX_TARGETS:
        raise DocumentError("tuf-too-many", hint="sync", file="targets", maximum=MAX_TARGETS)
    regions = tuple(code for role in left_out if is_region_role(role) and (code := region_of(role)) is not None)
    return Walked(metadata, tuple(wanted), tuple(problems), regions)


def _said_extent(source: FetcherInterface) -> bytes | None:
    try:
        return source.download_bytes(f"{BASE}{EXTENT}", MAX_BYTES)
    except tuf_errors.DownloadError:
        return None


def _role_bytes(source: FetcherInterface, meta: MetaFile, file: str, cached: Cached) -> bytes:
    """The file of a role: the one verified before if the snapshot still means it, else from the source."""
    data = cached(file)
    if data is not None and _is(meta, data):
        return data
    return download(source, f"metadata/{meta.version}.{file}", meta, MAX_METADATA_BYTES)


def verify_role(data: bytes, name: str, meta: MetaFile, targets: Targets) -> Targets:
    """A delegated role (section 5.6); age apart, which is judged when a verdict relies on it.

    Raises `DocumentError` if signatures or version are not what the federation and the snapshot say.
    """
    file = f"{name}.json"
    document = _parse(data, file)
    try:
        targets.verify_delegate(name, document.signed_bytes, document.signatures)
    except (tuf_errors.RepositoryError, RecursionError) as error:
        raise _failure(error, file) from error
    role: Targets = _typed(document, Targets)
    if role.version != meta.version:
        raise DocumentError("tuf-version", hint="sync", file=file, expected=meta.version, found=role.version)
    return role


def _in_scope(role: Targets, name: str, targets: Targets, problems: list[Problem]) -> Iterator[Wanted]:
    """The files of a role that it may sign; others are told and left out."""
    assert targets.delegations is not None  # noqa: S101 - the role came out of them
    assert targets.delegations.roles is not None  # noqa: S101
    delegation = targets.delegations.roles[name]
    for path, target in role.targets.items():
        if not may_sign(name, path) or not delegation.is_delegated_path(path):
            problems.append(
                Problem(name, DocumentError("tuf-scope", hint="sync", file=f"{name}.json", path=path[:160]))
            )
        elif not _DIGEST.fullmatch(str(target.hashes.get("sha256"))) or target.length > MAX_TARGET_BYTES:
            problems.append(Problem(name, DocumentError("tuf-form", hint="sync", file=f"{name}.json")))
        else:
            yield Wanted(path, name, target)


def download_target(source: FetcherInterface, wanted: Wanted) -> bytes:
    """The content of a file, verified; raises as `download` does."""
    folder, _, name = wanted.path.rpartition("/")
    return download(source, f"targets/{folder}/{wanted.sha256}.{name}", wanted.target, MAX_TARGET_BYTES)


def download(source: FetcherInterface, name: str, meta: MetaFile | TargetFile, limit: int) -> bytes:
    """A file of a source that has the length and hashes it must; raises `DocumentError`, `EnvironmentFailureError`."""
    length = meta.length or limit if isinstance(meta, MetaFile) else meta.length
    try:
        data = source.download_bytes(f"{BASE}{name}", length)
        meta.verify_length_and_hashes(data)
    except (tuf_errors.RepositoryError, tuf_errors.DownloadError) as error:
        raise _failure(error, name) from error
    return data


def served_root(source: FetcherInterface, version: int) -> bytes | None:
    """A version of the root as a source serves it, not yet believed; `None` if it serves none."""
    try:
        return source.download_bytes(f"{BASE}metadata/{version}.root.json", _CONFIG.root_max_length)
    except tuf_errors.DownloadHTTPError:
        return None
    except tuf_errors.DownloadError as error:
        raise _failure(error, f"{version}.root.json") from error


def check_root(data: bytes, file: str) -> None:
    """Raise `DocumentError` if this is no root that its own keys signed (section 5.2)."""
    document = _parse(data, file)
    if not isinstance(document.signed, Root):
        raise DocumentError("root-form", hint="root-not-given", path=file)
    root: Root = document.signed
    try:
        root.verify_delegate(Root.type, document.signed_bytes, document.signatures)
    except tuf_errors.RepositoryError as error:
        raise _failure(error, file) from error


def _is(meta: MetaFile, data: bytes) -> bool:
    try:
        meta.verify_length_and_hashes(data)
    except tuf_errors.LengthOrHashMismatchError:
        return False
    return bool(meta.hashes)


def _parse(data: bytes, file: str) -> Metadata[Any]:
    try:
        return Metadata.from_bytes(data)
    except tuf_errors.RepositoryError as error:  # also a key type that this machine does not know
        raise _failure(error, file) from error


def _typed(document: Metadata[Any], kind: type) -> Any:  # noqa: ANN401 - of that kind
    if not isinstance(document.signed, kind):
        raise DocumentError("tuf-form", hint="sync", file=kind.type)  # type: ignore[attr-defined]
    return document.signed


_CODES: Final[tuple[tuple[type[Exception], str], ...]] = (
    (tuf_errors.UnsignedMetadataError, "sync-signatures"),
    (tuf_errors.BadVersionNumberError, "sync-rollback"),
    (tuf_errors.ExpiredMetadataError, "sync-expired"),
    (tuf_errors.LengthOrHashMismatchError, "tuf-content"),
    (tuf_errors.DownloadLengthMismatchError, "sync-too-long"),
)


def _failure(error: Exception, file: str) -> CertxError:
    """What python-tuf found, as an error that names the file."""
    for kind, code in _CODES:
        if isinstance(error, kind):
            return DocumentError(code, hint="sync-kept", file=file, detail=str(error))
    if isinstance(error, tuf_errors.DownloadHTTPError):
        return EnvironmentFailureError("sync-not-there", hint="sync-kept", file=file, status=error.status_code)
    if isinstance(error, tuf_errors.DownloadError):
        return EnvironmentFailureError("sync-download", hint="sync-kept", file=file, detail=str(error))
    return DocumentError("sync-unreliable", hint="sync-kept", file=file, detail=str(error))
