"""The file of rejected rows: the input's own format and columns, with what is wrong and how to mend it.

Rejected rows wait in a nameless file beside it until the run is over: memory stays bounded, and when the file is
written all its columns are known. Cells are written as they were read: one that begins with `=` is text in a
spreadsheet, but a spreadsheet program that opens a .csv may run it (docs/formats.md).
"""

import csv
import io
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from itertools import chain, islice
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import Any, BinaryIO, Final

import orjson

from certx.app.machine.files import replacing
from certx.app.tables.spreadsheet import FORMULA_ERROR
from certx.errors import EnvironmentFailureError, UsageError, cause_of
from certx.extras import extra_module
from certx.licence.rejects import REJECT_COLUMNS
from certx.licence.rows import RowProblem
from certx.licence.tabular import FORMATS, Row

_PRIVATE: Final = 0o600
_BATCH: Final = 1_000
_FIRST_MARK: Final = b',"' + REJECT_COLUMNS[0].encode() + b'":'
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
    """A file of rejected rows (`-`: stdout), whole and in its place when the block ends well.

    Without a rejected row there is no file, and what an earlier run left there is removed: it is not this run's.
    `describe` words a problem, `advise` says how to mend it. Raises `EnvironmentFailureError`, for a format whose
    library is missing at once.
    """
    write_as = _WRITERS[table_format]
    if table_format in _LIBRARIES:
        extra_module(_LIBRARIES[table_format][0], extra=table_format, package=_LIBRARIES[table_format][1])
    with closing(_Spool(path, header or ())) as spool:
        yield lambda row, problems: spool.add(row, marks_of(row, problems, describe, advise))
        if spool.count:
            with _stdout() if _is_stdout(path) else replacing(path, mode=_PRIVATE) as file:
                write_as(file, spool)
        elif not _is_stdout(path):
            _remove(path)


def check_reject_file(name: str, table_format: str) -> None:
    """Raise `UsageError` if a file of that name would be read back as a table of another format."""
    suffix = Path(name).suffix[1:].lower()
    if suffix in FORMATS and suffix != table_format:
        raise UsageError("rejects-format", hint="rejects-format", path=name, format=table_format)


def _is_stdout(path: Path) -> bool:
    return str(path) == "-"


@contextmanager
def _stdout() -> Iterator[BinaryIO]:
    """A file to write; it goes to stdout when the block ends well."""
    try:
        with TemporaryFile() as file:
            yield file
            file.seek(0)
            copyfileobj(file, sys.stdout.buffer)
            sys.stdout.buffer.flush()
    except OSError as error:
        raise _unwritable(Path("-"), error) from error


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> EnvironmentFailureError:
    return EnvironmentFailureError("file-unwritable", hint="file-unwritable", path=str(path), detail=cause_of(error))


def marks_of(
    row: Row,
    problems: Sequence[RowProblem],
    describe: Callable[[RowProblem], str],
    advise: Callable[[RowProblem], str],
) -> dict[str, Any]:
    """The columns that say what is wrong with a row."""
    line, column, reason, message, mend = REJECT_COLUMNS
    return {
        line: row.line,
        column: "; ".join(problem.column for problem in problems),
        reason: "; ".join(problem.code for problem in problems),
        message: "; ".join(map(describe, problems)),
        mend: "; ".join(dict.fromkeys(filter(None, map(advise, problems)))),
    }


def _unmarked(row: Row) -> bytes:
    """A row as JSON, without the marks of an earlier run: as it stood, wherever that can be said."""
    own = {name: value for name, value in row.cells.items() if name not in REJECT_COLUMNS}
    if len(own) == len(row.cells):
        return row.text.strip() or _json(own)
    before, _, _ = row.text.rpartition(_FIRST_MARK)
    try:
        return before + b"}" if orjson.loads(before + b"}") == own else _json(own)
    except orjson.JSONDecodeError:  # somebody has put the marks elsewhere
        return _json(own)


def _json(value: object) -> bytes:
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS)


class _Spool:
    """Rows that wait on disk, and the names of all their columns, those of the table first."""

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        try:
            if not _is_stdout(path):
                path.parent.mkdir(parents=True, exist_ok=True)
            self._file = TemporaryFile(dir=None if _is_stdout(path) else path.parent)  # noqa: SIM115 - `close` does
        except OSError as error:
            raise _unwritable(path, error) from error
        self._path = path
        self._columns = dict.fromkeys(name for name in header if name not in REJECT_COLUMNS)
        self.count = 0

    def add(self, row: Row, marks: dict[str, Any]) -> None:
        """Set a row aside, with its marks behind."""
        self._columns.update(dict.fromkeys(name for name in row.cells if name not in REJECT_COLUMNS))
        self.count += 1
        unmarked = _unmarked(row)[:-1]
        try:
            self._file.write(unmarked + (b"," if unmarked != b"{" else b"") + _json(marks)[1:] + b"\n")
        except OSError as error:
            raise _unwritable(self._path, error) from error

    def close(self) -> None:
        """Forget the rows."""
        with suppress(OSError):  # a full disk was told of when they were written
            self._file.close()

    @property
    def columns(self) -> list[str]:
        """The names of all columns."""
        return [*self._columns, *REJECT_COLUMNS]

    def lines(self) -> Iterator[bytes]:
        """The rows as JSON Lines."""
        try:
            self._file.seek(0)
        except OSError as error:  # the last rows do not fit on the disk
            raise _unwritable(self._path, error) from error
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
    writer = csv.writer(text)  # ends lines with CR LF, and so quotes cells with either
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
                if value == FORMULA_ERROR:
                    sheet.write_formula(line, place, "=NA()", None, FORMULA_ERROR)
                elif isinstance(value, float):  # one that has lost digits, or it would be text
                    sheet.write_number(line, place, value)
                elif value not in (None, ""):
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
