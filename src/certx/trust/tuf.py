"""What a source serves, verified by python-tuf before any of it is kept: the client workflow of the TUF specification.

The top-level roles go through python-tuf's `Updater` (roots, rollback, freeze, mix-and-match: sections 5.3 to 5.6);
the roles below them are walked by `certx.trust.tuf_roles`.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

from tuf.api import exceptions as tuf_errors
from tuf.api.metadata import Metadata, MetaFile, Root, TargetFile, Timestamp
from tuf.ngclient import Updater, UpdaterConfig
from tuf.ngclient.fetcher import FetcherInterface

from certx.errors import CertxError, DocumentError, EnvironmentFailureError
from certx.trust.chain import ISSUED, MAX_ROOTS
from certx.trust.fetch import BASE
from certx.trust.metadata import MAX_METADATA_BYTES, moment

_CONFIG: Final = UpdaterConfig(max_root_rotations=MAX_ROOTS, targets_max_length=MAX_METADATA_BYTES)
_TOP: Final = ("timestamp", "snapshot", "targets")

Cached = Callable[[str], bytes | None]
"""Metadata that was verified before, by file name."""


def refresh_top_level(source: FetcherInterface, pinned: bytes, cached: Cached) -> dict[str, bytes]:
    """The newest top-level metadata, by file name, with every root after the pinned one.

    `cached` is what this machine verified last; older versions than those are refused. Raises `DocumentError` if what
    the source serves cannot be relied on, `EnvironmentFailureError` if it cannot be had.
    """
    with TemporaryDirectory(prefix="certx-") as folder:  # python-tuf makes a link here, which a home need not allow
        cache = Path(folder)
        first = parse(pinned, "root.json").signed.version
        known = _fill(cache, cached, first)
        watched = _Watched(source)
        try:
            Updater(folder, f"{BASE}metadata/", fetcher=watched, config=_CONFIG, bootstrap=pinned).refresh()
        except (tuf_errors.RepositoryError, tuf_errors.DownloadError, RecursionError) as error:
            raise failure(error, watched.last) from error
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
    timestamp = typed(parse(data, "timestamp.json"), Timestamp)
    return Stamp(timestamp.version, moment(timestamp.unrecognized_fields.get(ISSUED), "timestamp.json"))


def download(source: FetcherInterface, name: str, meta: MetaFile | TargetFile, limit: int) -> bytes:
    """A file of a source that has the length and hashes it must; raises `DocumentError`, `EnvironmentFailureError`."""
    length = meta.length or limit if isinstance(meta, MetaFile) else meta.length
    try:
        data = source.download_bytes(f"{BASE}{name}", length)
        meta.verify_length_and_hashes(data)
    except (tuf_errors.RepositoryError, tuf_errors.DownloadError) as error:
        raise failure(error, name) from error
    return data


def served_root(source: FetcherInterface, version: int) -> bytes | None:
    """A version of the root as a source serves it, not yet believed; `None` if it serves none."""
    try:
        return source.download_bytes(f"{BASE}metadata/{version}.root.json", _CONFIG.root_max_length)
    except tuf_errors.DownloadHTTPError:
        return None
    except tuf_errors.DownloadError as error:
        raise failure(error, f"{version}.root.json") from error


def check_root(data: bytes, file: str) -> None:
    """Raise `DocumentError` if this is no root that its own keys signed (section 5.2)."""
    document = parse(data, file)
    if not isinstance(document.signed, Root):
        raise DocumentError("root-form", hint="root-not-given", path=file)
    root: Root = document.signed
    try:
        root.verify_delegate(Root.type, document.signed_bytes, document.signatures)
    except tuf_errors.RepositoryError as error:
        raise failure(error, file) from error


def parse(data: bytes, file: str) -> Metadata[Any]:
    """Metadata of any role, its form checked and nothing else; raises `DocumentError` naming `file`."""
    try:
        return Metadata.from_bytes(data)
    except tuf_errors.RepositoryError as error:  # also a key type that this machine does not know
        raise failure(error, file) from error


def typed(document: Metadata[Any], kind: type) -> Any:  # noqa: ANN401 - of that kind
    """What was signed, if it is of that kind; raises `DocumentError`."""
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


def failure(error: Exception, file: str) -> CertxError:
    """What python-tuf found, as an error that names the file."""
    for kind, code in _CODES:
        if isinstance(error, kind):
            return DocumentError(code, hint="sync-kept", file=file, detail=str(error))
    if isinstance(error, tuf_errors.DownloadHTTPError):
        return EnvironmentFailureError("sync-not-there", hint="sync-kept", file=file, status=error.status_code)
    if isinstance(error, tuf_errors.DownloadError):
        return EnvironmentFailureError("sync-download", hint="sync-kept", file=file, detail=str(error))
    return DocumentError("sync-unreliable", hint="sync-kept", file=file, detail=str(error))
