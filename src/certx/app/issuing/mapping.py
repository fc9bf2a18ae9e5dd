"""Columns of a table that are named otherwise than a type names them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from certx.app.machine.shipped import schemas
from certx.app.tables.chunks import open_table
from certx.errors import UnreadableError, cause_of
from certx.issue import IssuePlan
from certx.licence.mapping import MAX_MAPPING_BYTES, ColumnMapping, read_mapping, template
from certx.licence.tabular import rows_of
from certx.schema.catalogue import require

_CHUNK: Final = 1_000


def check_columns(plan: IssuePlan, header: Sequence[str] | None, mapping: ColumnMapping | None) -> None:
    """Raise `UsageError` on a mapping or a header that does not fit the type."""
    if mapping is not None:
        mapping.check(plan.schema.shape, header)
    if header is not None:
        plan.check_header(header if mapping is None else mapping.header(header))


def read_map(path: Path | None) -> ColumnMapping | None:
    """The mapping of a file; raises `UsageError` or `UnreadableError`."""
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            data = file.read(MAX_MAPPING_BYTES + 1)
    except OSError as error:
        raise UnreadableError("rows-unreadable", path=str(path), detail=cause_of(error)) from error
    return read_mapping(data, str(path))


def map_template(rows: str | None, licence_type: str) -> dict[str, str]:
    """A mapping to be filled in, for a table or (`None`) for any; raises `UnreadableError` or `UsageError`."""
    shape = require(schemas(), licence_type).shape
    if rows is None:
        return template(shape)
    with open_table(rows) as table:
        header = table.header
        if header is None:
            first = next(table.chunks(lambda: _CHUNK), None)
            rows_read = () if first is None else rows_of(first)
            header = tuple(dict.fromkeys(name for row in rows_read if row.problem is None for name in row.cells))
        return template(shape, header)
