"""Schemas in a folder: `<type>/<major>.<minor>.json`, `core/1.0.json`, and `data/`, `dictionaries/`, `documents/`."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import orjson

from certx.errors import DocumentError, EnvironmentFailureError
from certx.schema.catalogue import SchemaVersion
from certx.schema.documents import NOT_TYPES, DocumentCatalogue

_VERSION_FILE: Final = re.compile(r"([0-9]{1,4})\.([0-9]{1,4})\.json")


class FolderCatalogue(DocumentCatalogue):
    """The catalogue of a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(FolderShelf(folder))
        self.folder = folder

    def document_schema(self, name: str) -> Any:  # noqa: ANN401 - any JSON document
        """The schema of one of our own documents, such as `region-keys`."""
        return _load(self.folder / "documents" / f"{name}.json")


class FolderShelf:
    """The documents of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def types(self) -> list[str]:
        """The subfolders that hold schemas of a licence type."""
        names = sorted(entry.name for entry in self._folder.iterdir() if entry.is_dir())
        return [name for name in names if name not in NOT_TYPES and self.versions(name)]

    def versions(self, licence_type: str) -> list[SchemaVersion]:
        """The versions in a subfolder, oldest first."""
        folder = self._folder / licence_type
        files = folder.iterdir() if folder.is_dir() else ()
        matches = [match for file in files if (match := _VERSION_FILE.fullmatch(file.name))]
        return sorted(SchemaVersion(int(match[1]), int(match[2])) for match in matches)

    def schema(self, name: str, version: SchemaVersion) -> Any:  # noqa: ANN401 - any JSON document
        """A schema."""
        return _load(self._folder / name / f"{version}.json")

    def data(self, name: str) -> Any:  # noqa: ANN401 - any JSON document
        """A table."""
        return _load(self._folder / "data" / f"{name}.json")

    def dictionary(self, number: int) -> bytes | None:
        """A dictionary."""
        path = self._folder / "dictionaries" / f"{number}.bin"
        return path.read_bytes() if path.is_file() else None


@lru_cache(maxsize=256)
def _load(path: Path) -> Any:  # noqa: ANN401 - any JSON document
    try:
        return orjson.loads(path.read_bytes())
    except OSError as error:
        raise EnvironmentFailureError("schemas-missing", hint="schemas-missing", path=str(path)) from error
    except orjson.JSONDecodeError as error:
        raise DocumentError("document-not-json", path=str(path), detail=str(error)) from error


def shipped_schemas() -> FolderCatalogue:
    """The schemas that came with this copy of certx: in the wheel, or beside the sources."""
    package = Path(__file__).resolve().parent.parent
    packed = package / "_data" / "schemas"
    return FolderCatalogue(packed if packed.is_dir() else package.parent.parent / "schemas")
