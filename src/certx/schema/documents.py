"""A catalogue over documents, wherever they lie: each is read when it is asked for, and once."""

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Protocol

from certx.errors import DocumentError
from certx.licence.divisions import Divisions
from certx.licence.model import LicenceType
from certx.schema.catalogue import LicenceSchema, SchemaVersion

if TYPE_CHECKING:
    from certx.licence.status import StatusCodes

CORE: Final = SchemaVersion(1, 0)
_TYPE_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,63}")
NOT_TYPES: Final = frozenset({"core", "data", "dictionaries", "documents"})


class Shelf(Protocol):
    """Where documents lie; raises `CertxError` on one that is not there or cannot be relied on."""

    def types(self) -> list[str]:
        """The licence types that have a schema, sorted."""

    def versions(self, licence_type: str) -> list[SchemaVersion]:
        """The versions of a type, oldest first; empty if it is not known."""

    def schema(self, name: str, version: SchemaVersion) -> Any:  # noqa: ANN401 - any JSON document
        """The schema of a licence type, or the definitions that all share, `core`."""

    def data(self, name: str) -> Any:  # noqa: ANN401 - any JSON document
        """A table beside the schemas, such as `divisions`."""

    def dictionary(self, number: int) -> bytes | None:
        """The dictionary of a number, which symbols are packed with (`certx.carrier.packing`)."""


class DocumentCatalogue:
    """The catalogue of a shelf."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._read: dict[tuple[str, SchemaVersion], LicenceSchema] = {}
        self._versions: dict[str, list[SchemaVersion]] = {}

    @cached_property
    def divisions(self) -> Divisions:
        """The division table."""
        return Divisions.from_document(self.data("divisions")["divisions"])

    @cached_property
    def status_codes(self) -> "StatusCodes":
        """The status codes of each type, and what the canonical statuses are called."""
        from certx.licence.status import StatusCodes  # noqa: PLC0415 - only issuers translate codes

        table = self.data("statuses")
        words = {row["zh"]: name for name, row in table.get("statuses", {}).items()}
        return StatusCodes(table["types"], words)

    def data(self, name: str) -> Any:  # noqa: ANN401 - any JSON document
        """A table beside the schemas."""
        return self._shelf.data(name)

    def dictionary(self, number: int) -> bytes | None:
        """The dictionary of a number, `None` if there is none here."""
        return self._shelf.dictionary(number)

    def types(self) -> list[LicenceType]:
        """Every licence type, sorted."""
        return [LicenceType(name) for name in self._shelf.types()]

    def versions(self, licence_type: str) -> list[SchemaVersion]:
        """The versions of a type, oldest first."""
        known = self._versions.get(licence_type)
        if known is None:
            # The name comes from a credential: it must not lead elsewhere.
            is_type = licence_type not in NOT_TYPES and _TYPE_NAME.fullmatch(licence_type) is not None
            known = self._shelf.versions(licence_type) if is_type else []
            if known:
                self._versions[licence_type] = known
        return known

    def read(self, licence_type: str, version: SchemaVersion) -> LicenceSchema:
        """One version; raises `DocumentError` if the file is not a licence schema."""
        key = (licence_type, version)
        schema = self._read.get(key)
        if schema is None:
            document = self._shelf.schema(licence_type, version)
            try:
                schema = LicenceSchema(document, self._shelf.schema("core", CORE))
            except (KeyError, TypeError, ValueError) as error:
                raise DocumentError("schema-form", type=licence_type, version=str(version)) from error
            self._read[key] = schema
        return schema
