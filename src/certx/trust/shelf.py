"""The schemas and tables that the federation's catalogue role vouches for, in flat folders (TUF patterns do not nest).

catalogue/schemas/<type>-<major>.<minor>.json   one version of a licence schema; `core-1.0.json` what all share
catalogue/<table>.json                          divisions, statuses; `limits.json` is no table
catalogue/dictionary-<number>.bin               what symbols are packed with; one never changes
"""

import re
from typing import Any, Final

from certx.errors import DocumentError
from certx.schema.catalogue import SchemaVersion
from certx.trust.files import RegistryFiles, parse_document

_SCHEMA_FILE: Final = re.compile(r"([a-z][a-z0-9-]{0,63})-([0-9]{1,4})\.([0-9]{1,4})\.json")
_SCHEMAS: Final = "catalogue/schemas"


class RegistryShelf:
    """The documents of a signed registry's catalogue."""

    def __init__(self, files: RegistryFiles) -> None:
        self._files = files

    def _found(self) -> list[tuple[str, SchemaVersion]]:
        matches = [match for name in self._files.names(_SCHEMAS) if (match := _SCHEMA_FILE.fullmatch(name))]
        return sorted((match[1], SchemaVersion(int(match[2]), int(match[3]))) for match in matches)

    def types(self) -> list[str]:
        """The licence types that have a schema, sorted."""
        return sorted({name for name, _ in self._found()} - {"core"})

    def versions(self, licence_type: str) -> list[SchemaVersion]:
        """The versions of a type, oldest first."""
        return [version for name, version in self._found() if name == licence_type]

    def schema(self, name: str, version: SchemaVersion) -> dict[str, Any]:
        """A schema."""
        return self._read(schema_path(name, version))

    def data(self, name: str) -> dict[str, Any]:
        """A table."""
        return self._read(table_path(name))

    def dictionary(self, number: int) -> bytes | None:
        """A dictionary."""
        return self._files.read(dictionary_path(number))

    def _read(self, path: str) -> dict[str, Any]:
        data = self._files.read(path)
        if data is None:
            raise DocumentError("catalogue-incomplete", path=path)
        return parse_document(data, path)


def schema_path(name: str, version: SchemaVersion) -> str:
    """Where a schema is published."""
    return f"{_SCHEMAS}/{name}-{version}.json"


def dictionary_path(number: int) -> str:
    """Where a dictionary is published."""
    return f"catalogue/dictionary-{number}.bin"


def table_path(name: str) -> str:
    """Where a table is published."""
    return f"catalogue/{name}.json"
