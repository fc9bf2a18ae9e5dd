"""The file of rejected rows: the input's own format and columns, with what is wrong and how to mend it.

Rejected rows wait in a nameless file beside it until the run is over: memory stays bounded, and when the file is
written all its columns are known. Cells are written as they were read: one that begins with `=` is text in a
spreadsheet, but a spreadsheet program that opens a .csv may run it (docs/formats.md).
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO, Final

import orjson

from certx.app.files import replacing
from certx.errors import EnvironmentFailureError, cause_of
from certx.extras import extra_module
from certx.licence.rows import RowProblem
from certx.licence.tabular import Row
from certx.schema.shape import REJECT_COLUMNS

_PRIVATE: Final = 0o600
_BATCH: Final = 1_000
_CELL: Final = 32_767
"""So many characters has a cell of a spreadsheet."""

WriteReject = Callable[[Row, Sequence[RowProblem]], None]
"""Sets one row aside, with all that is wrong with it."""


@contextmanager
def reject_file(
    path: Path,
    table_format: str,
    header: Sequence[str] | None,
    *,
    describe: Callable[[RowProblem], str],
    advise: Callable[[RowProblem], str] = lambda _: "",
) -> Iterator[WriteReject]:
    """A file of rejected rows, whole and in its place when the block ends well.

    Without a rejected row there is no file, and what an earlier run left there is removed: it is not this run's.
    `describe` words a problem, `advise` says how to mend it. Raises `EnvironmentFailureError`, for a format whose
    library is missing at once.
    """
    write_as = _WRITERS[table_format]
    if table_format in _LIBRARIES:
        extra_module(_LIBRARIES[table_format][0], extra=table_format, package=_LIBRARIES[table_format][1])
    with closing(_Spool(path, header or ())) as spool:
        yield lambda row, problems: spool.add(marked(row, problems, describe, advise))
        if not spool.count:
            _remove(path)
            return
        with replacing(path, mode=_PRIVATE) as file:
            write_as(file, spool)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> EnvironmentFailureError:
    return EnvironmentFailureError("file-unwritable", hint="file-unwritable", path=str(path), detail=cause_of(error))


def marked(
    row: Row,
    problems: Sequence[RowProblem],
    describe: Callable[[RowProblem], str],
    advise: Callable[[RowProblem], str],
) -> dict[str, Any]:
    """A row with the columns that say what is wrong with it; those of an earlier run are left out."""
    line, column, reason, message, mend = REJECT_COLUMNS
    return {
        **{name: value for name, value in row.cells.items() if name not in REJECT_COLUMNS},
        line: row.line,
        column: "; ".join(problem.column for problem in problems),
        reason: "; ".join(problem.code for problem in problems),
        message: "; ".join(map(describe, problems)),
        mend: "; ".join(dict.fromkeys(filter(None, map(advise, problems)))),
    }


class _Spool:
    """Rows that wait on disk, and the names of all their columns, those of the table first."""

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = TemporaryFile(dir=path.parent)  # noqa: SIM115 - `close` does
        except OSError as error:
            raise _unwritable(path, error) from error
        self._path = path
        self._columns = dict.fromkeys(name for name in header if name not in REJECT_COLUMNS)
        self.count = 0

    def add(self, row: dict[str, Any]) -> None:
        """Set a row aside."""
        self._columns.update(dict.fromkeys(name for name in row if name not in REJECT_COLUMNS))
        self.count += 1
        try:
            self._file.write(orjson.dumps(row, default=str, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS))
        except OSError as error:
            raise _unwritable(self._path, error) from error

    def close(self) -> None:
        """Forget the rows."""
        self._file.close()

    @property
    def columns(self) -> list[str]:
        """The names of all columns."""
        return [*self._columns, *REJECT_COLUMNS]

    def lines(self) -> Iterator[bytes]:
        """The rows as JSON Lines."""
        self._file.seek(0)
        return iter(self._file)

    def rows(self) -> Iterator[dict[str, Any]]:
        """The rows in their order."""
        return map(orjson.loads, self.lines())

    def batches(self) -> Iterator[list[dict[str, Any]]]:
        """The rows, some at a time."""
        rows = self.rows()
        while batch := list(islice(rows, _BATCH)):
            yield batch


def _cell(value: object) -> object:
    """A value in a cell: text and numbers as they are, lists and objects as JSON."""
    return orjson.dumps(value).decode() if isinstance(value, dict | list) else value


def _write_csv(file: BinaryIO, spool: _Spool) -> None:
    text = io.TextIOWrapper(file, "utf-8-sig", newline="", write_through=False)
    writer = csv.writer(text, lineterminator="\n")
    columns = spool.columns
    writer.writerow(columns)
    writer.writerows([_cell(row.get(name, "")) for name in columns] for row in spool.rows())
    text.flush()
    text.detach()


def _write_json_lines(file: BinaryIO, spool: _Spool) -> None:
    file.writelines(spool.lines())


def _write_json(file: BinaryIO, spool: _Spool) -> None:
    before = b"["
    for row in spool.rows():
        file.write(before + orjson.dumps([row], option=orjson.OPT_INDENT_2)[1:-2])
        before = b","
    file.write(b"\n]")


def _write_xlsx(file: BinaryIO, spool: _Spool) -> None:
    from xlsxwriter import Workbook  # noqa: PLC0415 - an extra

    with Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        columns = spool.columns
        rows = chain([dict(zip(columns, columns, strict=True))], spool.rows())
        for line, row in enumerate(rows):
            values = [row.get(name) for name in columns]
            for place, value in enumerate(values):
                if value not in (None, ""):
                    sheet.write_string(line, place, str(_cell(value))[:_CELL])


def _write_parquet(file: BinaryIO, spool: _Spool) -> None:
    import pyarrow as pa  # noqa: PLC0415 - an extra
    from pyarrow import parquet  # noqa: PLC0415

    columns = spool.columns
    types = dict.fromkeys(columns, pa.null())
    for batch in spool.batches():
        for name in columns:
            types[name] = _wider(pa, types[name], [row.get(name) for row in batch])
    schema = pa.schema([(name, _storable(pa, kind)) for name, kind in types.items()])
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for batch in spool.batches():
            arrays = [_array(pa, [row.get(field.name) for row in batch], field.type) for field in schema]
            writer.write_batch(pa.record_batch(arrays, schema=schema))


def _wider(arrow: Any, kind: Any, values: list[Any]) -> Any:  # noqa: ANN401 - types of pyarrow
    """The type that holds these values too; text where no other does."""
    try:
        found = arrow.schema([("", arrow.infer_type(values))])
        return arrow.unify_schemas([arrow.schema([("", kind)]), found], promote_options="permissive").field(0).type
    except arrow.ArrowException:
        return arrow.string()


def _storable(arrow: Any, kind: Any) -> Any:  # noqa: ANN401
    """The type as a file can hold it: columns and members without any value, or without members, are text."""
    if arrow.types.is_null(kind) or (arrow.types.is_struct(kind) and kind.num_fields == 0):
        return arrow.string()
    if arrow.types.is_list(kind):
        return arrow.list_(_storable(arrow, kind.value_type))
    if arrow.types.is_struct(kind):
        return arrow.struct([(field.name, _storable(arrow, field.type)) for field in kind])
    return kind


def _array(arrow: Any, values: list[Any], kind: Any) -> Any:  # noqa: ANN401
    if arrow.types.is_string(kind):
        values = [_text(value) for value in values]
    return arrow.array(values, kind)


def _text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else orjson.dumps(value).decode()


_WRITERS: Final[dict[str, Callable[[BinaryIO, _Spool], None]]] = {
    "csv": _write_csv,
    "json": _write_json,
    "jsonl": _write_json_lines,
    "xlsx": _write_xlsx,
    "parquet": _write_parquet,
}
_LIBRARIES: Final = {"xlsx": ("xlsxwriter", "XlsxWriter"), "parquet": ("pyarrow.parquet", "pyarrow")}
