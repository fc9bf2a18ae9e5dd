"""Getting the static files of a registry: from a folder, a bundle file (zip), or a web server.

Nothing that comes from here is believed; it is bounded in length and in time, and `certx.trust.tuf` verifies it.
"""

import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, BinaryIO, Final
from urllib.parse import urlsplit
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from tuf.api.exceptions import DownloadError, DownloadHTTPError
from tuf.ngclient.fetcher import FetcherInterface

from certx.errors import EnvironmentFailureError, UsageError, cause_of

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

BASE: Final = "registry:/"
"""Stands before the name of every file, since python-tuf deals in addresses."""
PATIENCE: Final = 60.0
"""Seconds that one file may take, however slowly it comes."""

_CHUNK: Final = 65_536
_OK: Final = 200
_HEADERS: Final = {"User-Agent": "certx", "Accept-Encoding": "identity"}
_WHOLE: Final = 15
"""A whole sync from a web server may take so many times the patience for one file."""
_LOOPBACK: Final = re.compile(r"localhost|127\.[0-9.]+|\[?::1\]?")


@contextmanager
def open_source(source: str, *, patience: float = PATIENCE) -> Iterator[FetcherInterface]:
    """The source of a registry; raises `UsageError` or `EnvironmentFailureError` if it is none."""
    path = Path(source)
    if re.match("(?i)[a-z][a-z0-9+.-]*://", source):
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
    except (BadZipFile, NotImplementedError, ValueError, OverflowError, struct.error) as error:
        raise EnvironmentFailureError("bundle-form", hint="registry-source", path=source) from error


def check_address(address: str) -> None:
    """Raise `UsageError` if an address is neither https nor on this machine."""
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise UsageError("source-not-https", hint="registry-source", source=address) from error
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
        kinds = {ZIP_STORED, ZIP_DEFLATED}
        self._zip = archive
        self._names = frozenset(entry.filename for entry in archive.infolist() if entry.compress_type in kinds)

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
        self._end = monotonic() + _WHOLE * patience
        timeout = urllib3.Timeout(connect=min(10.0, patience), read=min(20.0, patience))
        retries = urllib3.Retry(connect=1, read=0, status=0, other=0, redirect=3, respect_retry_after_header=False)
        self._how: dict[str, Any] = {"timeout": timeout, "retries": retries, "headers": _HEADERS}
        self._pool = urllib3.ProxyManager(proxy) if proxy else urllib3.PoolManager()

    def _fetch(self, url: str) -> Iterator[bytes]:
        end = min(monotonic() + self._patience, self._end)
        response = self._answer(f"{self._base}/{_name(url)}", end)
        if response.status != _OK:
            response.close()
            raise DownloadHTTPError(f"status {response.status}", response.status)
        return self._received(response, end)

    def _answer(self, address: str, end: float) -> "BaseHTTPResponse":
        """The answer up to its headers. In a thread, for a server may take for ever over these, a byte at a time."""
        found: list[BaseHTTPResponse | Exception] = []

        def ask() -> None:
            try:
                answer = self._pool.request("GET", address, preload_content=False, **self._how)
                if monotonic() > end:  # nobody waits for it any more
                    answer.close()
                found.append(answer)
            except Exception as error:  # noqa: BLE001 - raised below, where it is awaited
                found.append(error)

        asking = Thread(target=ask, daemon=True)
        asking.start()
        asking.join(max(0.0, end - monotonic()))
        answer = found[0] if found else DownloadError(f"took more than {self._patience:g} s")
        if isinstance(answer, Exception):
            raise answer if isinstance(answer, DownloadError) else DownloadError(_plain(answer)) from answer
        return answer

    def _received(self, response: "BaseHTTPResponse", end: float) -> Iterator[bytes]:
        """What comes, as it comes: a drop now and then does not keep a sync waiting for ever."""
        import urllib3  # noqa: PLC0415

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
        raise DownloadError(cause_of(error)) from error
