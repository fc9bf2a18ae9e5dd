"""An unsigned registry: a folder of the shape of `keys/`, one subfolder per region. For development and review.

<code>/keys.json               the region's issuers and keys
<code>/agreements/<id>.json    agreements that the region published
"""

import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import orjson

from certx.errors import DocumentError, EnvironmentFailureError
from certx.licence.paths import is_deeper_than
from certx.trust.registry import Region, Registry, make_registry, read_region

_REGION: Final = re.compile(r"[0-9]{6}")
MAX_DEPTH: Final = 16
MAX_FILE_BYTES: Final = 4 * 1_048_576

Published = Mapping[str, Mapping[str, tuple[bytes, Mapping[str, Any]]]]
"""What regions published: region → file name → (bytes, document)."""


def region_folders(folder: Path) -> list[Path]:
    """The regions' subfolders, by code; raises `EnvironmentFailureError` if the folder cannot be read."""
    try:
        return sorted(entry for entry in folder.iterdir() if _REGION.fullmatch(entry.name) and entry.is_dir())
    except OSError as error:
        raise EnvironmentFailureError("registry-absent", hint="registry-missing", path=str(folder)) from error


def read_document(path: Path) -> tuple[bytes, dict[str, Any]]:
    """A JSON object and its bytes; raises `DocumentError` if it is too large or is none."""
    try:
        if path.exists() and not path.is_file():
            raise DocumentError("document-not-a-file", path=str(path))
        if path.stat().st_size > MAX_FILE_BYTES:
            raise DocumentError("document-too-large", path=str(path), maximum=MAX_FILE_BYTES)
        data = path.read_bytes()
    except OSError as error:
        raise EnvironmentFailureError("file-unreadable", path=str(path), detail=error.strerror or "?") from error
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise DocumentError("document-not-json", path=str(path), detail=str(error)) from error
    if not isinstance(document, dict):
        raise DocumentError("document-not-json", path=str(path), detail="not an object")
    if is_deeper_than(document, MAX_DEPTH):
        raise DocumentError("document-too-deep", path=str(path), maximum=MAX_DEPTH)
    return data, document


def read_folder(folder: Path) -> Registry:
    """The registry in a folder; raises `DocumentError` or `EnvironmentFailureError`."""
    digest = sha256()
    regions: list[Region] = []
    for entry in region_folders(folder):
        path = entry / "keys.json"
        data, document = read_document(path)
        digest.update(data)
        region = read_region(document, str(path))
        if region.code != entry.name:
            raise DocumentError("registry-folder-name", path=str(path), region=region.code)
        regions.append(region)
    if not regions:
        raise DocumentError("registry-empty", hint="registry-missing", path=str(folder))
    return make_registry(f"unsigned-{digest.hexdigest()[:12]}", regions)


def read_published_agreements(folder: Path) -> Published:
    """Every agreement file of every region."""
    return {
        entry.name: {path.name: read_document(path) for path in sorted((entry / "agreements").glob("*.json"))}
        for entry in region_folders(folder)
    }
