"""Getting the static files of a registry: from a folder, a bundle file (zip), or a web server.

Nothing that comes from here is believed; it is bounded in length and in time, and `certx.trust.tuf` verifies it.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any, BinaryIO, Final
from urllib.parse import urlsplit
from zipfile import BadZipFile, ZipFile

from tuf.api.exceptions import DownloadError, DownloadHTTPError
from tuf.ngclient.fetcher import FetcherInterface

from certx.errors import EnvironmentFailureError, UsageError

BASE: Final = "registry:/"
"""Stands before the name of every file, since python-tuf deals in addresses."""
PATIENCE: Final = 60.0
"""Seconds that one file may take, however slowly it comes."""

_CHUNK: Final = 65_536
_HEADERS: Final = {"User-Agent": "certx", "Accept-Encoding": "identity"}
_LOOPBACK: Final = re.compile(r"localhost|127\.[0-9.]+|\[?::1\]?")


@contextmanager
def open_source(source: str, *, patience: float = PATIENCE) -> Iterator[FetcherInterface]:
    """The source of a registry; raises `UsageError` or `EnvironmentFailureError` if it is none."""
    path = Path(source)
    if re.match("[a-z]+://", source):
        check_address(source)
        yield WebSource(source, patience)
    elif path.is_dir():
        yield FolderSource(path)
    elif path.is_file():
        with path.open("rb") as file:  # ours to close: an entry that was not read to its end would keep it open
            yield BundleSource(_open_bundle(file, source))
    else:
        raise EnvironmentFailureError("registry-absent", hint="registry-source", path=source)


def _open_bundle(file: BinaryIO, source: str) -> ZipFile:
    try:
        return ZipFile(file)
    except BadZipFile as error:
        raise EnvironmentFailureError("bundle-form", hint="registry-source", path=source) from error


def check_address(address: str) -> None:
    """Raise `UsageError` if an address is neither https nor on this machine."""
    parts = urlsplit(address)
    is_near = _LOOPBACK.fullmatch(parts.hostname or "") is not None
    if parts.scheme != "https" and not (parts.scheme == "http" and is_near):
        raise UsageError("source-not-https", hint="registry-source", source=address)


class FolderSource(FetcherInterface):
    """A folder, on this machine or a stick."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _fetch(self, url: str) -> Iterator[bytes]:
        path = self._folder / _name(url)
        if not path.is_file():
            raise DownloadHTTPError("not there", 404)
        return _chunks(path)


class BundleSource(FetcherInterface):
    """One zip file."""

    def __init__(self, archive: ZipFile) -> None:
        self._zip, self._names = archive, frozenset(archive.namelist())

    def _fetch(self, url: str) -> Iterator[bytes]:
        name = _name(url)
        if name not in self._names:
            raise DownloadHTTPError("not there", 404)
        return self._inflated(name)

    def _inflated(self, name: str) -> Iterator[bytes]:
        """Chunk by chunk, so that what asks for it stops at its limit and not at the size that the zip claims."""
        try:
            with self._zip.open(name) as file:
                while chunk := file.read(_CHUNK):
                    yield chunk
        except (BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError) as error:
            raise DownloadError(str(error)) from error
        except Exception as error:
            if type(error).__module__ != "zlib":
                raise
            raise DownloadError(str(error)) from error


class WebSource(FetcherInterface):
    """A web server; proxies as the environment says."""

    def __init__(self, address: str, patience: float) -> None:
        from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415 - for this kind of source only

        import urllib3  # noqa: PLC0415

        self._base, self._patience = address.rstrip("/"), patience
        parts = urlsplit(address)
        proxy = None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)
        timeout, retries = urllib3.Timeout(connect=10.0, read=min(20.0, patience)), urllib3.Retry(2, redirect=3)
        self._how: dict[str, Any] = {"timeout": timeout, "retries": retries, "headers": _HEADERS}
        self._pool = urllib3.ProxyManager(proxy) if proxy else urllib3.PoolManager()

    def _fetch(self, url: str) -> Iterator[bytes]:
        import urllib3  # noqa: PLC0415

        try:
            response = self._pool.request("GET", f"{self._base}/{_name(url)}", preload_content=False, **self._how)
        except urllib3.exceptions.HTTPError as error:
            raise DownloadError(_plain(error)) from error
        if response.status != 200:
            response.drain_conn()
            raise DownloadHTTPError(f"status {response.status}", response.status)
        return self._received(response)

    def _received(self, response: "urllib3.BaseHTTPResponse") -> Iterator[bytes]:  # type: ignore[name-defined]  # noqa: F821
        """What comes, as it comes: a drop now and then does not keep a sync waiting for ever."""
        import urllib3  # noqa: PLC0415

        end = monotonic() + self._patience
        try:
            while chunk := response.read1(_CHUNK, decode_content=False):
                yield chunk
                if monotonic() > end:
                    raise DownloadError(f"took more than {self._patience:g} s")
        except urllib3.exceptions.HTTPError as error:
            raise DownloadError(_plain(error)) from error
        finally:
            response.close()


def _name(url: str) -> str:
    return url.removeprefix(BASE)


def _plain(error: Exception) -> str:
    """What went wrong, without the objects that urllib3 puts into its messages."""
    return str(getattr(error, "reason", None) or type(error).__name__).rpartition(">: ")[2]


def _chunks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    except OSError as error:
        raise DownloadError(error.strerror or "?") from error
