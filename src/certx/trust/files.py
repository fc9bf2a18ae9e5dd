"""The files of a registry, by their path in it, whoever holds them: a development folder or a verified generation."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

import orjson

from certx.errors import DocumentError
from certx.licence.paths import is_deeper_than
from certx.trust.region_document import read_region
from certx.trust.registry import Region

MAX_DEPTH: Final = 16
MAX_FILE_BYTES: Final = 4 * 1_048_576
MAX_DIGESTS_BYTES: Final = 64 * 1_048_576
"""All of a log of two million licences; of a longer one, holders show receipts."""
_LIST: Final = ".jwt"
_DELTA: Final = ".delta.jwt"


NOT_HELD: Final = "region-left-out"
"""The code of a region of which nothing is here, for what was synced is a bundle for others."""


class HeldList(NamedTuple):
    """A status list as it is held: the file itself, or an earlier one with the delta that leads from it.

    With a delta, `stands_for` is the SHA-256, hex, of the file that the region's role vouches for, and `token` is not
    proven: what the delta promises proves what comes out.
    """

    token: bytes
    delta: bytes | None = None
    stands_for: str = ""


class RegistryFiles(Protocol):
    """Read access to a registry; what cannot be relied on raises `CertxError`, what is not there is `None`."""

    def regions(self) -> Sequence[str]:
        """The codes of the regions that take part."""

    def left_out(self) -> Sequence[str]:
        """Those of them of which nothing is here: a bundle may be for some regions alone."""

    def names(self, folder: str) -> Mapping[str, str]:
        """The files right in a folder such as `regions/510000/agreements`: name → SHA-256 of the content, hex."""

    def read(self, path: str) -> bytes | None:
        """The content of a file such as `regions/510000/keys.json`."""

    def read_list(self, path: str) -> HeldList | None:
        """The status list at a path such as `status/510000/<name>.jwt`."""


def parse_document(data: bytes, path: str) -> dict[str, Any]:
    """A JSON object; raises `DocumentError` naming `path` if it is too large, too deep or none."""
    if len(data) > MAX_FILE_BYTES:
        raise DocumentError("document-too-large", path=path, maximum=MAX_FILE_BYTES)
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise DocumentError("document-not-json", path=path, detail=str(error)) from error
    if not isinstance(document, dict):
        raise DocumentError("document-not-json", path=path, detail="not an object")
    if is_deeper_than(document, MAX_DEPTH):
        raise DocumentError("document-too-deep", path=path, maximum=MAX_DEPTH)
    return document


def max_bytes(path: str) -> int:
    """The most bytes that a file of this name may have."""
    return MAX_DIGESTS_BYTES if path.endswith(".digests") else MAX_FILE_BYTES


def is_list(path: str) -> bool:
    """Is it the path of a status list? Of a whole one, not of a delta."""
    return path.startswith("status/") and path.endswith(_LIST) and not path.endswith(_DELTA)


def is_delta(path: str) -> bool:
    """Is it the path of what leads from an earlier state of a status list to the present one?"""
    return path.startswith("status/") and path.endswith(_DELTA)


def delta_path(path: str) -> str:
    """Where the delta of a status list lies: beside it."""
    return path.removesuffix(_LIST) + _DELTA


def list_of_delta(file: str) -> str:
    """The list that a delta of this name lies beside."""
    return file.removesuffix(_DELTA) + _LIST


def keys_path(code: str) -> str:
    """Where a region lists its issuers and keys."""
    return f"regions/{code}/keys.json"


class Regions(Mapping[str, Region]):
    """The regions of a registry, each read when it is first asked for and as the federation's denials leave it.

    `regions[code]` raises `CertxError` for a region that cannot be relied on, each time anew.
    """

    def __init__(self, files: RegistryFiles, amend: Callable[[Region], Region] = lambda region: region) -> None:
        self._files, self._amend = files, amend
        self._codes = tuple(files.regions())
        self._read: dict[str, Region] = {}

    def __getitem__(self, code: str) -> Region:
        region = self._read.get(code)
        if region is None:
            if code not in self._codes:
                raise KeyError(code)
            path = keys_path(code)
            data = self._files.read(path)
            if data is None:
                raise DocumentError("registry-region-empty", path=path, region=code)
            region = read_region(parse_document(data, path), path)
            if region.code != code:
                raise DocumentError("registry-folder-name", path=path, region=region.code)
            region = self._read[code] = self._amend(region)
        return region

    def __contains__(self, code: object) -> bool:
        return code in self._codes

    def __iter__(self) -> Iterator[str]:
        return iter(self._codes)

    def __len__(self) -> int:
        return len(self._codes)
