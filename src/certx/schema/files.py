"""Schemas in a folder: `<type>/<major>.<minor>.json`, `core/1.0.json` and `data/`."""

import re
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from certx.errors import DocumentError, EnvironmentFailureError
from certx.licence.divisions import Divisions
from certx.licence.model import LicenceType
from certx.schema.catalogue import LicenceSchema, SchemaVersion

if TYPE_CHECKING:
    from certx.licence.status import StatusCodes

_VERSION_FILE: Final = re.compile(r"([0-9]{1,4})\.([0-9]{1,4})\.json")
_NOT_TYPES: Final = frozenset({"core", "data", "documents"})
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,63}")


class FolderCatalogue:
    """A catalogue read from files when asked, each file once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[tuple[str, SchemaVersion], LicenceSchema] = {}
        self._versions: dict[str, list[SchemaVersion]] = {}

    @cached_property
    def divisions(self) -> Divisions:
        """The division table."""
        return Divisions.from_document(self.data("divisions")["divisions"])

    @cached_property
    def status_codes(self) -> "StatusCodes":
        """The status codes of each type."""
        from certx.licence.status import StatusCodes  # noqa: PLC0415 - only issuers translate codes

        return StatusCodes(self.data("statuses")["types"])

    def data(self, name: str) -> Any:  # noqa: ANN401 - any JSON document
        """A data file beside the schemas."""
        return _load(self.folder / "data" / f"{name}.json")

    def document_schema(self, name: str) -> Any:  # noqa: ANN401 - any JSON document
        """The schema of one of our own documents, such as `region-keys`."""
        return _load(self.folder / "documents" / f"{name}.json")

    def types(self) -> list[LicenceType]:
        """Every licence type, sorted."""
        return [
            LicenceType(entry.name)
            for entry in sorted(self.folder.iterdir())
            if entry.is_dir() and self.versions(entry.name)
        ]

    def versions(self, licence_type: str) -> list[SchemaVersion]:
        """The versions of a type, oldest first."""
        known = self._versions.get(licence_type)
        if known is None:
            # The name comes from a credential: it must not lead out of the folder.
            is_type = licence_type not in _NOT_TYPES and _NAME.fullmatch(licence_type) is not None
            folder = self.folder / licence_type if is_type else None
            files = folder.iterdir() if folder is not None and folder.is_dir() else ()
            matches = [match for file in files if (match := _VERSION_FILE.fullmatch(file.name))]
            known = sorted(SchemaVersion(int(match[1]), int(match[2])) for match in matches)
            if folder is not None and known:
                self._versions[licence_type] = known
        return known

    def read(self, licence_type: str, version: SchemaVersion) -> LicenceSchema:
        """One version; raises `DocumentError` if the file is not a licence schema."""
        key = (licence_type, version)
        schema = self._read.get(key)
        if schema is None:
            document = _load(self.folder / licence_type / f"{version}.json")
            try:
                schema = LicenceSchema(document, _load(self.folder / "core" / "1.0.json"))
            except (KeyError, TypeError, ValueError) as error:
                raise DocumentError("schema-form", type=licence_type, version=str(version)) from error
            self._read[key] = schema
        return schema


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
