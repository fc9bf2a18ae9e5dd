"""Spreadsheets (.xlsx) through calamine: cells become the text that a clerk sees."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO, Final

from certx.app.tables.opened import Opened
from certx.app.tables.spreadsheet_scan import Place, not_a_workbook, scan_workbook
from certx.errors import UnreadableError
from certx.extras import extra_module
from certx.licence.rejects import RAW_PART
from certx.licence.rows import RowProblem
from certx.licence.tabular import RawRow, Row, header_of

SHEET: Final = "证照"
"""The sheet that is read if there is one of this name; else it is the first."""
FORMULA_ERROR: Final = "#N/A"
"""Stands for a cell whose formula has an error, whichever."""
_EXACT: Final = 10**15
"""A spreadsheet keeps 15 digits of a number: of a longer one the rest is lost."""


def read_spreadsheet(file: BinaryIO, name: str) -> Opened:
    """The rows of a workbook's sheet; raises `UnreadableError`."""
    calamine = extra_module("python_calamine", extra="xlsx", package="python-calamine")
    scan = scan_workbook(file, name)
    file.seek(0)
    try:
        book = calamine.CalamineWorkbook.from_filelike(file)
        titles = book.sheet_names
        title = SHEET if SHEET in titles else titles[0] if titles else None
        if title is None:
            raise UnreadableError("rows-empty", path=name)
        sheet = book.get_sheet_by_name(title)
    except calamine.CalamineError as error:
        raise not_a_workbook(name, error) from error
    if sheet.start is None:
        raise UnreadableError("rows-empty", path=name)
    first_column = sheet.start[1]
    total = sheet.total_height
    lines = enumerate(sheet.iter_rows(), 1)
    found = next(((line, cells) for line, cells in lines if any(cell != "" for cell in cells)), None)
    if found is None:
        raise UnreadableError("rows-empty", path=name)
    line = found[0]
    header = header_of(_without_tail([_text(cell) for cell in found[1]]))
    errors = _by_row(scan.errors.get(title, frozenset()), first_column)

    def rows() -> Iterator[RawRow]:
        nonlocal line
        for line, cells in lines:
            bad = errors.get(line)
            if bad is None and all(cell == "" for cell in cells):
                continue
            yield _row(line, cells, header, bad)

    return Opened(header, rows(), lambda: min(1.0, line / total) if total else 1.0)


def _without_tail(cells: list[str]) -> list[str]:
    """The cells up to the last one that is not empty."""
    while cells and not cells[-1].strip():
        cells.pop()
    return cells


def _by_row(places: frozenset[Place], first_column: int) -> dict[int, int]:
    """The first cell with an error of each row: its position among the row's cells."""
    found: dict[int, int] = {}
    for row, column in sorted(places, reverse=True):
        found[row] = column - 1 - first_column
    return found


def _row(line: int, cells: list[Any], header: tuple[str, ...], bad: int | None) -> RawRow:
    width = len(header)
    texts = [cell if type(cell) is str else _text(cell) for cell in cells]
    if len(texts) > width:
        texts = texts[:width] + _without_tail(texts[width:])
    elif len(texts) < width:
        texts += [""] * (width - len(texts))
    row = Row(line, dict(zip(header, texts, strict=False)))
    names = dict(enumerate(header))
    if bad is not None:
        return _refused(row, "cell-formula-error", names.get(bad, RAW_PART), FORMULA_ERROR)
    for place, cell in enumerate(cells):
        if type(cell) is float and not -_EXACT < cell < _EXACT:
            return _refused(row, "cell-digits-lost", names.get(place, RAW_PART), cell)
    if len(texts) > width:
        params = {"actual": len(texts), "expected": width}
        return Row(line, {**row.cells, RAW_PART: "; ".join(texts[width:])}, RowProblem("row-ragged", "", "", params))
    return line, texts


def _refused(row: Row, code: str, column: str, cell: str | float) -> Row:
    """A row with a cell that cannot be taken: it stands there as what it is, and not as text."""
    return row._replace(cells={**row.cells, column: cell}, problem=RowProblem(code, column, "", {}))


def _text(cell: Any) -> str:  # noqa: ANN401, PLR0911 - what calamine hands out; one line a kind
    """A cell as text: whole numbers without a point, days as 2026-11-23, yes and no as `true` and `false`."""
    match cell:
        case str():
            return cell
        case bool():
            return "true" if cell else "false"
        case float() | int():
            return str(int(cell)) if float(cell).is_integer() else repr(cell)
        case datetime():
            return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
        case date() | time():
            return cell.isoformat()
        case timedelta():
            return str(cell)
        case _:
            return str(cell)
