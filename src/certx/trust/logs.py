"""Published logs of issued licences, and which of them were seen to have the head that the federation witnessed.

To compute the root of a long log takes a second or more, so `certx sync` does it once for each file and notes the heads
that it found beside the generation; the next sync takes over what is noted of a file that is published unchanged. What
is noted is of the file's digest, which every verification checks again.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import orjson

from certx.errors import CertxError, DocumentError
from certx.merkle import root_of
from certx.trust.checkpoint import DIGEST_BYTES, LogHead, digests_path

if TYPE_CHECKING:
    from certx.trust.files import RegistryFiles
    from certx.trust.registry import Region

PROVEN: Final = "proven"
"""The file in a generation: SHA-256 of a log's file, hex → size and root (hex) of each head that it has."""


class ProvenLogs:
    """The logs of a generation whose heads were seen."""

    def __init__(self, files: "RegistryFiles", proven: bytes | None) -> None:
        """`proven` is the content of that file."""
        self._files, self._heads = files, _read_proven(proven)
        self._read = lru_cache(maxsize=4)(self._read_whole)

    def has(self, region: str, credit_code: str, head: LogHead, digest: bytes) -> bool:
        """Is a licence of this digest among those that the issuer's log had when its head was this?"""
        with suppress(CertxError):
            data = self._read(digests_path(region, credit_code), head)
            return data is not None and _find(data, digest)
        return False

    def review(self, regions: Mapping[str, "Region"]) -> Iterator[tuple[str, CertxError | None]]:
        """The published logs that prove nothing here: which file, and why; `None` if only the note of it is missing."""
        for region, credit_code, head in _witnessed(regions):
            path = digests_path(region, credit_code)
            try:
                data = self._files.read(path)
                if data is not None and not _is_noted(self._files, path, head, self._heads):
                    check_head(data, head, path)
                    yield path, None
            except CertxError as error:
                yield path, error

    def _read_whole(self, path: str, head: LogHead) -> bytes | None:
        if not _is_noted(self._files, path, head, self._heads):
            return None
        data = self._files.read(path)
        return None if data is None else data[: head.size * DIGEST_BYTES]


def _find(data: bytes, digest: bytes) -> bool:
    """Is it one of the digests, and not only somewhere in the bytes of two of them?"""
    place = data.find(digest)
    while place >= 0 and place % DIGEST_BYTES:
        place = data.find(digest, place + 1)
    return place >= 0


def _read_proven(data: bytes | None) -> Mapping[str, frozenset[LogHead]]:
    with suppress(orjson.JSONDecodeError, AttributeError, TypeError, ValueError):
        rows: dict[str, list[Any]] = orjson.loads(data or b"{}")
        return {
            name: frozenset(LogHead(size, bytes.fromhex(root)) for size, root in heads) for name, heads in rows.items()
        }
    return {}


def _is_noted(files: "RegistryFiles", path: str, head: LogHead, noted: Mapping[str, frozenset[LogHead]]) -> bool:
    """Was the log that is published there seen to have this head?"""
    return head in noted.get(_listed(files, path) or "", ())


def _listed(files: "RegistryFiles", path: str) -> str | None:
    """The digest of the file that is published there."""
    folder, _, name = path.rpartition("/")
    return files.names(folder).get(name)


def prove_logs(
    regions: Mapping[str, "Region"], files: "RegistryFiles", noted: bytes | None = None
) -> tuple[bytes | None, list[tuple[str, CertxError]]]:
    """Look at the log of each key whose compromise names a head: what was proven, and by path what is at fault.

    `noted` is what was proven before: a file that was seen to have a head is not looked at again.
    """
    proven: dict[str, list[tuple[int, str]]] = {}
    faulty: list[tuple[str, CertxError]] = []
    known = _read_proven(noted)
    for region, credit_code, head in _witnessed(regions):
        path = digests_path(region, credit_code)
        try:
            listed = _listed(files, path)
            if listed is None:
                continue
            if head not in known.get(listed, ()):
                data = files.read(path)
                if data is None:
                    continue
                check_head(data, head, path)
        except CertxError as error:
            faulty.append((path, error))
            continue
        proven.setdefault(listed, []).append((head.size, head.root.hex()))
    return (orjson.dumps(proven) if proven else None), faulty


def check_head(data: bytes, head: LogHead, path: str) -> None:
    """Raise `DocumentError` naming `path` if the log does not begin with the entries that have this head."""
    whole = data[: head.size * DIGEST_BYTES]
    if len(whole) != head.size * DIGEST_BYTES or head_of(whole) != head:
        raise DocumentError("log-differs", hint="log-differs", path=path, size=head.size)


def head_of(digests: bytes) -> LogHead:
    """The head of a log of these digests, 32 bytes each."""
    each = (digests[place : place + DIGEST_BYTES] for place in range(0, len(digests), DIGEST_BYTES))
    return LogHead(len(digests) // DIGEST_BYTES, root_of(each))


def _witnessed(regions: Mapping[str, "Region"]) -> Iterator[tuple[str, str, LogHead]]:
    """Region, issuer and head of each compromise for which one was witnessed."""
    found: dict[tuple[str, str, LogHead], None] = {}
    for code in regions:
        with suppress(CertxError):  # a region that is at fault is told of already
            for issuer in regions[code].issuers.values():
                for key in issuer.keys.values():
                    if key.witnessed is not None:
                        found[code, issuer.credit_code, key.witnessed] = None
    yield from found
