"""The columns of a table under other names than the type has: which column is which claim.

A mapping is a JSON object, written by hand or begun by `certx issue --map-template`: the name of a column, and the
claim or column name that the type knows, or `null` for a column that is left out.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson

from certx.errors import UsageError
from certx.licence.paths import format_path
from certx.licence.rejects import is_own
from certx.licence.rows import Field, RowProblem, RowShape

MAX_MAPPING_BYTES: Final = 1_048_576


class ColumnMapping(NamedTuple):
    """Which column of a table stands for which column of the type; `None`: it is left out. `name` is the file's."""

    name: str
    columns: Mapping[str, str | None]

    def check(self, shape: RowShape, header: Sequence[str] | None) -> None:
        """Raise `UsageError` if the type lacks a name, two columns are one claim, or the table lacks a column.

        `header` is `None` where rows have no common columns; then each row has what it has.
        """
        unknown, taken = [], dict[object, str]()
        for column, meaning in self.columns.items():
            if meaning is None or meaning in shape.reserved:
                continue
            field = shape.find(meaning)
            if field is None:
                unknown.append(meaning)
            elif field.path in taken:
                raise UsageError("map-collide", hint="map", path=self.name, first=taken[field.path], second=column)
            else:
                taken[field.path] = column
        if unknown:
            raise UsageError("map-unknown", hint="map", path=self.name, names="、".join(unknown))
        if header is not None:
            missing = [column for column in self.columns if column not in header]
            if missing:
                raise UsageError("map-missing", hint="map", path=self.name, columns="、".join(missing))

    def header(self, names: Iterable[str]) -> list[str]:
        """The column names as the type has them, without those that are left out."""
        found = (self.columns.get(name, name) for name in names)
        return [name for name in found if name is not None]

    def apply(self, cells: Mapping[str, Any]) -> dict[str, Any]:
        """A row with its cells under the names that the type knows; raises `UsageError` if two have the same."""
        columns, mapped, kept = self.columns, dict[str, Any](), 0
        for name, cell in cells.items():
            known = columns.get(name, name)
            if known is not None:
                mapped[known] = cell
                kept += 1
        if kept != len(mapped):
            first, second = self._same(cells)
            raise UsageError("columns-collide", hint="columns-collide", first=first, second=second)
        return mapped

    def _same(self, names: Iterable[str]) -> tuple[str, str]:
        """Two columns that have the same name once they are mapped."""
        seen: dict[str, str] = {}
        for name in names:
            known = self.columns.get(name, name)
            if known is not None and seen.setdefault(known, name) != name:
                return seen[known], name
        raise AssertionError  # pragma: no cover - asked only where there are two

    def told(self, problems: Iterable[RowProblem]) -> tuple[RowProblem, ...]:
        """Problems of a mapped row, with the names that the table has for its columns."""
        own = {meaning: column for column, meaning in self.columns.items() if meaning is not None}
        return tuple(problem._replace(column=own.get(problem.column, problem.column)) for problem in problems)


def read_mapping(data: bytes, name: str) -> ColumnMapping:
    """The mapping of a file; raises `UsageError` if it is none, or not yet filled in."""
    if len(data) > MAX_MAPPING_BYTES:
        raise UsageError("map-form", hint="map", path=name, detail=f"> {MAX_MAPPING_BYTES}")
    try:
        document = orjson.loads(data.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise UsageError("map-form", hint="map", path=name, detail=str(error)) from error
    if not isinstance(document, dict):
        raise UsageError("map-form", hint="map", path=name, detail="{…}")
    wrong = [column for column, meaning in document.items() if not isinstance(meaning, str | None)]
    if wrong:
        raise UsageError("map-form", hint="map", path=name, detail="、".join(wrong))
    empty = [column for column, meaning in document.items() if meaning == ""]
    if empty:
        raise UsageError("map-open", hint="map-open", path=name, columns="、".join(empty))
    return ColumnMapping(name, {column.strip(): meaning and meaning.strip() for column, meaning in document.items()})


def template(shape: RowShape, header: Sequence[str] | None = None) -> dict[str, str]:
    """A mapping to be filled in: the columns of a table, or without one all those of the type by their Chinese names.

    A column of the table that is not recognised means the empty text, which `read_mapping` does not take.
    """
    if header is None:
        return {column: _claim(field) for column, field in shape.columns.items() if column != _claim(field)}
    alike = {_plain(column): field for column, field in shape.columns.items()}
    found: dict[str, str] = {}
    taken: set[object] = set()
    for column in header:
        if column in shape.reserved or not is_own(column):
            continue
        field = shape.find(column) or alike.get(_plain(column))
        if field is None or field.path in taken:
            found[column] = ""
        else:
            taken.add(field.path)
            found[column] = column if shape.find(column) else _claim(field)
    return found


def _claim(field: Field) -> str:
    return format_path(field.path)


def _plain(name: str) -> str:
    """A column name without what people write differently: width, case, spaces, marks."""
    return "".join(char for char in unicodedata.normalize("NFKC", name).casefold() if char.isalnum())
