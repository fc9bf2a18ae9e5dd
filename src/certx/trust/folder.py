"""An unsigned registry: a folder of the shape of `keys/`, one subfolder per region. For development and review.

<code>/keys.json               the region's issuers and keys
<code>/agreements/<id>.json    agreements that the region published
<code>/scenarios/<id>.json     scenarios of its counters
<code>/profile-<type>.json     its profile of a licence schema
catalogue/scenario-<id>.json   scenarios that all regions share
<code>/status/<name>.jwt       status lists of its issuers
<code>/<issuer>.checkpoint     the head of an issuer's log of what it issued
<code>/<issuer>.digests        all of that log
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from certx.errors import DocumentError, EnvironmentFailureError, UsageError, cause_of
from certx.trust.files import MAX_FILE_BYTES, HeldList, Regions, max_bytes, parse_document
from certx.trust.registry import Registry

_REGION: Final = re.compile(r"[0-9]{6}")
_PUBLISHED: Final = frozenset({".json", ".jwt", ".jws", ".checkpoint", ".digests"})
_SCOPED: Final = re.compile(r"(regions|status)/([0-9]{6})(/.+)?")


class _Digests(Mapping[str, str]):
    """Names and digests of files, each read when its digest is asked for."""

    def __init__(self, paths: Mapping[str, Path]) -> None:
        self._paths = paths

    def __getitem__(self, name: str) -> str:
        return sha256(read_file(self._paths[name])).hexdigest()

    def __contains__(self, name: object) -> bool:
        return name in self._paths

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


class FolderFiles:
    """The files of such a folder under the paths that a signed registry has for them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def regions(self) -> Sequence[str]:
        """The regions' codes, sorted; raises `EnvironmentFailureError` if the folder cannot be read."""
        return [entry.name for entry in region_folders(self._folder)]

    def left_out(self) -> Sequence[str]:
        """None: a folder is all that there is."""
        return ()

    def names(self, folder: str) -> Mapping[str, str]:
        """The files in a folder that are published, with the digests of their content."""
        place = self._place(folder)
        found = sorted(path for path in place.iterdir() if path.suffix in _PUBLISHED) if place.is_dir() else []
        return _Digests({path.name: path for path in found})

    def read(self, path: str) -> bytes | None:
        """The content of a file."""
        place = self._place(path)
        return read_file(place, maximum=max_bytes(path)) if place.exists() else None

    def read_list(self, path: str) -> HeldList | None:
        """A status list; deltas are for machines that keep what they had."""
        data = self.read(path)
        return None if data is None else HeldList(data)

    def _place(self, path: str) -> Path:
        match = _SCOPED.fullmatch(path)
        if match is None:
            return self._folder / path
        inside = "status" if match[1] == "status" else ""
        return self._folder / match[2] / inside / (match[3] or "").lstrip("/")


def region_folders(folder: Path) -> list[Path]:
    """The regions' subfolders, by code; raises `EnvironmentFailureError` if the folder cannot be read."""
    try:
        return sorted(entry for entry in folder.iterdir() if _REGION.fullmatch(entry.name) and entry.is_dir())
    except OSError as error:
        raise EnvironmentFailureError("registry-absent", hint="registry-missing", path=str(folder)) from error


def read_file(path: Path, *, maximum: int = MAX_FILE_BYTES) -> bytes:
    """A file that is not too large; raises `DocumentError` or `EnvironmentFailureError`."""
    try:
        if path.exists() and not path.is_file():
            raise DocumentError("document-not-a-file", path=str(path))
        with path.open("rb") as file:
            data = file.read(maximum + 1)
    except OSError as error:
        raise EnvironmentFailureError("file-unreadable", path=str(path), detail=cause_of(error)) from error
    if len(data) > maximum:
        raise DocumentError("document-too-large", path=str(path), maximum=maximum)
    return data


def read_document(path: Path) -> tuple[bytes, dict[str, Any]]:
    """A JSON object and its bytes; raises `DocumentError` or `EnvironmentFailureError`."""
    data = read_file(path)
    return data, parse_document(data, str(path))


def read_folder(folder: Path) -> Registry:
    """The registry in a folder, read whole; raises `DocumentError` or `EnvironmentFailureError`."""
    regions = Regions(FolderFiles(folder))
    if not regions and (folder / "metadata").is_dir():
        raise UsageError("registry-is-signed", hint="init-signed", path=str(folder))
    if not regions:
        raise DocumentError("registry-empty", hint="registry-missing", path=str(folder))
    digest = sha256()
    for code in regions:
        digest.update(read_file(folder / code / "keys.json"))
    return Registry(f"unsigned-{digest.hexdigest()[:12]}", {code: regions[code] for code in regions})
