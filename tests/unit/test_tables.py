"""Tables as files: every format there and back, damage, and memory that does not grow with the table."""

import io
import os
import sys
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certx.app.issuing.rejects import reject_file
from certx.app.tables import spreadsheet_scan
from certx.app.tables.chunks import open_table
from certx.errors import CertxError, EnvironmentFailureError, UnreadableError, UsageError
from certx.licence import text_tables
from certx.licence.rows import RowProblem
from certx.licence.tabular import FORMATS, MAX_ROW_BYTES, RawChunk, Row, rows_of
from certx.licence.text_tables import read_rows, read_text_table

profile = settings(
    deadline=None, database=None, max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip


def rows(path: Path, size: int = 100) -> list[Row]:
    with open_table(str(path)) as table:
        return [row for chunk in table.chunks(lambda: size) for row in rows_of(chunk)]


def cells(path: Path) -> list[dict[str, Any]]:
    found = rows(path)
    assert [row.problem for row in found] == [None] * len(found)
    return [dict(row.cells) for row in found]


def refused(path: Path) -> CertxError:
    with pytest.raises(CertxError) as caught:
        rows(path)
    return caught.value


def workbook(path: Path, table: list[list[Any]], *, sheets: tuple[str, ...] = ("Sheet1",)) -> Path:
    """A workbook with the table in its last sheet."""
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name in sheets:
            sheet = book.add_worksheet(name)
        for line, row in enumerate(table):
            for place, value in enumerate(row):
                if isinstance(value, datetime | date):
                    sheet.write_datetime(line, place, value, day)
                elif value is ZeroDivisionError:
                    sheet.write_formula(line, place, "=1/0", None, "#DIV/0!")
                elif value == "":
                    continue
                elif isinstance(value, str):
                    sheet.write_string(line, place, value)
                else:
                    sheet.write(line, place, value)
    return path


# Chunks.


@pytest.mark.parametrize("table_format", ["csv", "jsonl", "json"])
def test_chunks_are_as_large_as_is_asked_and_the_order_is_kept(tmp_path: Path, table_format: str) -> None:
    path = tmp_path / f"t.{table_format}"
    path.write_text(
        {
            "csv": "a\n" + "".join(f"{n}\n" for n in range(500)),
            "jsonl": "".join(f'{{"a": "{n}"}}\n' for n in range(500)),
            "json": str([{"a": str(n)} for n in range(500)]).replace("'", '"'),
        }[table_format]
    )
    sizes = iter([1, 70, 300, 1000, 1000])
    with open_table(str(path)) as table:
        assert table.format == table_format
        assert table.header == (("a",) if table_format == "csv" else None)
        chunks = list(table.chunks(lambda: next(sizes)))
        assert table.done() == 1
    assert [len(chunk.data) for chunk in chunks] == [1, 70, 300, 129]
    assert [row.cells["a"] for chunk in chunks for row in rows_of(chunk)] == [str(n) for n in range(500)]


def test_a_chunk_travels_to_a_worker(tmp_path: Path) -> None:
    import pickle  # noqa: PLC0415 - what a pool does with chunks

    (tmp_path / "t.csv").write_bytes(b'a,b\n1,2\n"x"y,1\n3\n')
    with open_table(str(tmp_path / "t.csv")) as table:
        chunk = next(table.chunks(lambda: 10))
    again: RawChunk = pickle.loads(pickle.dumps(chunk))  # noqa: S301 - made a line above
    assert list(rows_of(again)) == list(rows_of(chunk))
    assert [row.problem and row.problem.code for row in rows_of(again)] == [None, "row-not-csv", "row-ragged"]


def test_large_rows_make_small_chunks(tmp_path: Path) -> None:
    line = b'{"a": "' + b"x" * 500_000 + b'"}\n'
    (tmp_path / "t.jsonl").write_bytes(line * 200)
    with open_table(str(tmp_path / "t.jsonl")) as table:
        sizes = [len(chunk.data) for chunk in table.chunks(lambda: 1_000)]
    assert sum(sizes) == 200
    assert max(sizes) <= 100


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_memory_does_not_grow_with_the_table(tmp_path: Path, suffix: str) -> None:
    line = {"csv": '成都,"高新区",1\n', "jsonl": '{"a": "成都", "b": "高新区"}\n'}[suffix].encode()
    peaks = []
    for count in (20_000, 200_000):
        path = tmp_path / f"{count}.{suffix}"
        path.write_bytes((b"a,b,c\n" if suffix == "csv" else b"") + line * count)
        tracemalloc.start()
        with open_table(str(path)) as table:
            assert sum(len(chunk.data) for chunk in table.chunks(lambda: 500)) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.5
    assert peaks[1] < 12_000_000


def test_stdin_has_no_share_that_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO('{"a": "甲"}\n'.encode())))
    with open_table("-") as table:
        assert table.done() is None
        assert [row.cells for chunk in table.chunks(lambda: 9) for row in rows_of(chunk)] == [{"a": "甲"}]


@pytest.mark.parametrize("mark", [b"PK\x03\x04", b"PAR1"])
def test_what_needs_a_file_is_refused_from_stdin(monkeypatch: pytest.MonkeyPatch, mark: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(mark + bytes(40))))
    with pytest.raises(UnreadableError, match="rows-stdin-format"), open_table("-"):
        pass


def test_an_error_of_the_one_who_reads_is_not_taken_for_an_unreadable_table(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"a\n1\n")
    with pytest.raises(OSError, match="disk full"), open_table(str(tmp_path / "t.csv")):
        raise OSError("disk full")


# Text, block by block.


@profile
@given(
    st.lists(st.lists(st.text('ab甲,"\n\r ', max_size=6), min_size=2, max_size=2), max_size=12),
    st.integers(min_value=1, max_value=9),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]),
)
def test_where_blocks_end_does_not_matter(table: list[list[str]], size: int, encoding: str) -> None:
    text = "x,y\n" + "".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\r\n" for row in table)
    data = text.encode(encoding)
    blocks = [data[start : start + size] for start in range(0, len(data), size)]
    found = read_text_table(blocks, "csv", name="t")
    read = list(rows_of(RawChunk("csv", found.header, list(found.rows))))
    expected = [{"x": x, "y": y} for x, y in table if x.strip() or y.strip()]
    assert [row.cells for row in read] == expected
    assert read == list(read_rows(data, "csv", name="t"))


def test_the_encoding_is_decided_where_the_first_chinese_is_however_late() -> None:
    head = b"a,b\n" + b"1,2\n" * 100_000
    for encoding in ("utf-8", "gb18030"):
        data = head + "3,重庆市\n".encode(encoding)
        blocks = [data[start : start + 65_536] for start in range(0, len(data), 65_536)]
        found = read_text_table(blocks, "csv", name="t")
        assert list(found.rows)[-1] == (100_002, ["3", "重庆市"])


def test_a_byte_that_is_damaged_later_is_told_with_line_and_offset_and_the_rest_is_read() -> None:
    for encoding, damage in (("utf-8", b"\xff"), ("gb18030", b"\xff\xff")):
        head = ("a,b\n" + "1,重庆市\n" * 50_000).encode(encoding)
        data = head + b"2,x" + damage + b"y\n" + "3,成都市\n".encode(encoding)
        blocks = [data[start : start + 65_536] for start in range(0, len(data), 65_536)]
        found = read_text_table(blocks, "csv", name="t")
        *_, bad, good = found.rows
        assert bad == Row(50_002, {"certx_raw": bad[1]["certx_raw"]}, bad[2])  # type: ignore[misc, index]
        assert bad[2].code == "row-not-text"  # type: ignore[misc]
        assert bad[2].params == {"offset": len(head) + 3}  # type: ignore[misc]
        assert good == (50_003, ["3", "成都市"])


def test_a_nul_is_no_table_at_the_beginning_and_a_damaged_row_later() -> None:
    with pytest.raises(UnreadableError, match="rows-not-text"):
        list(read_rows(b"a,b\n1,\0\n", "csv", name="t"))
    data = b"a,b\n" + b"1,2\n" * 2_000 + b"x\0,1\n7,8\n"
    *_, bad, good = read_rows(data, "csv", name="t")
    assert bad.problem == RowProblem("row-not-text", "", "", {"offset": 8_005})
    assert "\0" not in str(bad.cells)
    assert good == Row(2_003, {"a": "7", "b": "8"})


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_a_row_of_ten_megabytes_is_set_aside_and_the_next_is_read(end: bytes) -> None:
    huge = b"x" * (10 * MAX_ROW_BYTES)
    data = end.join([b"a,b", b"1,2", huge + b",3", b"4,5", b""])
    blocks = [data[start : start + 262_144] for start in range(0, len(data), 262_144)]
    tracemalloc.start()
    found = read_text_table(iter(blocks), "csv", name="t")
    first, bad, last = rows_of(RawChunk("csv", found.header, list(found.rows)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (first.line, last) == (2, Row(4, {"a": "4", "b": "5"}))
    assert bad.problem == RowProblem("row-too-long", "", "", {"maximum": MAX_ROW_BYTES})
    assert len(bad.cells["certx_raw_part"]) <= 4_096
    assert peak < 8 * MAX_ROW_BYTES


def test_a_long_line_of_json_lines_is_set_aside_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(b'{"a": 1}\n{"a": "' + b"x" * (10 * MAX_ROW_BYTES) + b'"}\n{"a": 2}\n')
    first, bad, last = rows(path)
    assert (first.cells, last.cells, last.line) == ({"a": 1}, {"a": 2}, 3)
    assert bad.line == 2
    assert bad.problem is not None
    assert bad.problem.code == "row-too-long"


def test_a_quote_that_is_never_closed_loses_no_row_without_a_word() -> None:
    for count in (3, 100_000, 400_000):  # of the table, of a cell, of a row: each has an end
        data = b'a,b\n1,"2\n' + b"3,4\n" * count
        bad, *rest = read_rows(data, "csv", name="t")
        assert (bad.line, bad.cells) == (2, {"certx_raw": '1,"2\n3,4'})  # the next line may be the rest of the cell
        assert bad.problem is not None
        assert bad.problem.code == "row-not-csv"
        assert rest == [Row(line, {"a": "3", "b": "4"}) for line in range(4, 3 + count)]


def test_a_cut_json_line_or_one_that_is_no_text_is_a_row_with_a_problem() -> None:
    data = '{"a": "甲乙丙"}\n'.encode() + b'{"a": "\xff"}\n{"a": "\n{"a": 1}'
    found = list(read_rows(data, "jsonl", name="t"))
    assert [(row.line, row.problem and row.problem.code) for row in found] == [
        (1, None), (2, "row-not-json"), (3, "row-not-json"), (4, None),
    ]  # fmt: skip
    assert found[1].cells == {"certx_raw": '{"a": "\\xff"}'}


def test_json_lines_in_gb18030_are_read() -> None:
    assert [row.cells for row in read_rows('{"a": "甲乙"}\n'.encode("gb18030"), "jsonl", name="t")] == [{"a": "甲乙"}]


def test_a_json_list_that_is_too_large_advises_json_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_tables, "MAX_JSON_BYTES", 100)
    (tmp_path / "t.json").write_text("[" + " " * 200 + "]")
    assert refused(tmp_path / "t.json").hint == "rows-json-large"


def test_a_header_that_cannot_be_read_is_told() -> None:
    with pytest.raises(UnreadableError, match="rows-header"):
        read_rows(b'"a"b,c\n1,2\n', "csv", name="t")


# Spreadsheets.


def test_cells_of_a_spreadsheet_become_the_text_that_a_clerk_sees(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "t.xlsx",
        [
            ["编号", "数", "日", "时", "是", "空"],
            ["0012", 42, date(2026, 11, 23), datetime(2026, 11, 23, 9, 30), True, ""],  # noqa: DTZ001
            [],
            ["=1+1", 0.5, "长期", "", False, "x"],
        ],
    )
    assert rows(path) == [
        Row(2, {"编号": "0012", "数": "42", "日": "2026-11-23", "时": "2026-11-23 09:30:00", "是": "true", "空": ""}),
        Row(4, {"编号": "=1+1", "数": "0.5", "日": "长期", "时": "", "是": "false", "空": "x"}),
    ]


def test_the_sheet_of_the_licences_is_read_else_the_first(tmp_path: Path) -> None:
    assert cells(workbook(tmp_path / "a.xlsx", [["a"], ["1"]], sheets=("说明", "证照"))) == [{"a": "1"}]
    assert refused(workbook(tmp_path / "b.xlsx", [["a"], ["1"]], sheets=("说明", "数据"))).code == "rows-empty"


def test_a_table_that_begins_lower_and_further_right_keeps_its_lines(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "t.xlsx", [[], [], ["", "", "a", "b"], ["", "", "1", ZeroDivisionError], ["", "", "2", "3"]]
    )
    bad, good = rows(path)
    assert bad == Row(4, {"a": "1", "b": "#N/A"}, RowProblem("cell-formula-error", "b", "", {}))
    assert good == Row(5, {"a": "2", "b": "3"})


def test_a_number_whose_last_digits_are_lost_is_not_taken(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", [["编号"], [51010000202600000001], [999_999_999_999_999]])
    bad, good = rows(path)
    assert bad.problem == RowProblem("cell-digits-lost", "编号", "", {})
    assert good.cells == {"编号": "999999999999999"}


def test_a_row_with_a_cell_too_many_is_ragged(tmp_path: Path) -> None:
    (bad,) = rows(workbook(tmp_path / "t.xlsx", [["a"], ["1", "2"]]))
    assert bad.problem == RowProblem("row-ragged", "", "", {"actual": 2, "expected": 1})
    assert bad.cells == {"a": "1", "certx_raw_part": "2"}


def rezip(source: Path, target: Path, change: Callable[[str, bytes], bytes]) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            new.writestr(member.filename, change(member.filename, old.read(member)))
    return target


@pytest.mark.parametrize("place", [b"XFD1", b"A1048576", b"CW2", b"A300000", b"zz9"])
def test_a_cell_far_away_is_refused_before_room_is_made_for_it(tmp_path: Path, place: bytes) -> None:
    good = workbook(tmp_path / "good.xlsx", [["a"], ["1"]])
    bomb = rezip(good, tmp_path / "bomb.xlsx", lambda _, data: data.replace(b'r="A2"', b'r="' + place + b'"'))
    assert refused(bomb).code == "rows-xlsx-large"


def test_a_place_that_is_written_unusually_is_refused(tmp_path: Path) -> None:
    good = workbook(tmp_path / "good.xlsx", [["a"], ["1"]])
    odd = rezip(good, tmp_path / "odd.xlsx", lambda _, data: data.replace(b'r="A2"', b"r='XFD1048576'"))
    assert refused(odd).code == "rows-xlsx-large"


def test_a_zip_bomb_is_refused_by_what_it_holds_and_by_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def padded(name: str, data: bytes) -> bytes:
        return data + b" " * 4_000_000 if name == "xl/workbook.xml" else data

    monkeypatch.setattr(spreadsheet_scan, "MAX_UNPACKED", 3_000_000)
    good = workbook(tmp_path / "good.xlsx", [["a"], ["1"]])
    bomb = rezip(good, tmp_path / "bomb.xlsx", padded)
    assert bomb.stat().st_size < 100_000
    assert refused(bomb).code == "rows-xlsx-large"
    data = bomb.read_bytes()
    with zipfile.ZipFile(bomb) as archive:
        size = archive.getinfo("xl/workbook.xml").file_size
    lying = tmp_path / "lying.xlsx"
    lying.write_bytes(data.replace(size.to_bytes(4, "little"), (9).to_bytes(4, "little")))
    assert refused(lying).code in {"rows-xlsx-large", "rows-not-xlsx"}


@pytest.mark.parametrize("kind", ["empty", "text", "cut", "flipped", "docx"])
def test_what_is_no_workbook_is_unreadable(tmp_path: Path, kind: str) -> None:
    good = workbook(tmp_path / "good.xlsx", [["a"], ["1"]]).read_bytes()
    path = tmp_path / "t.xlsx"
    path.write_bytes({"empty": b"", "text": b"a,b\n", "cut": good[:-200], "flipped": good, "docx": b""}[kind])
    if kind == "flipped":
        data = bytearray(good)
        data[60:90] = os.urandom(30)
        path.write_bytes(data)
    if kind == "docx":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("word/document.xml", "<a/>")
    assert refused(path).code == "rows-not-xlsx"


# Parquet.


def test_values_of_parquet_become_what_json_would_have(tmp_path: Path) -> None:
    table = pa.table(
        {
            "s": ["甲", None],
            "i": pa.array([1, 2], pa.int64()),
            "f": [2.0, float("nan")],
            "d": pa.array([Decimal("500.25"), Decimal("7.00")], pa.decimal128(12, 2)),
            "day": pa.array([date(2026, 11, 23), None], pa.date32()),
            "at": pa.array([datetime(2026, 11, 23), datetime(2026, 11, 23, 9, 30)], pa.timestamp("us")),  # noqa: DTZ001
            "b": [True, False],
            "l": [["a", "b"], []],
            "o": [{"name": "张示例", "code": None}, {"name": None, "code": "1"}],
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    assert rows(tmp_path / "t.parquet") == [
        Row(1, {"s": "甲", "i": 1, "f": 2, "d": 500.25, "day": "2026-11-23", "at": "2026-11-23", "b": True,
                "l": ["a", "b"], "o": {"name": "张示例"}}),
        Row(2, {"s": None, "i": 2, "f": None, "d": 7, "day": None, "at": "2026-11-23T09:30:00", "b": False,
                "l": [], "o": {"code": "1"}}),
    ]  # fmt: skip


def test_bytes_that_are_no_text_are_a_problem_of_their_row(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": pa.array([b"ok", b"\xff"], pa.binary())}), tmp_path / "t.parquet")
    good, bad = rows(tmp_path / "t.parquet")
    assert good.cells == {"a": "ok"}
    assert bad.problem == RowProblem("cell-not-text", "a", "", {})


def test_parquet_that_is_damaged_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"a": [str(n) * 20 for n in range(5_000)]}), path, compression="none", use_dictionary=False)
    good = path.read_bytes()
    for data in (b"", b"PAR1", os.urandom(500), good[:-50], good[: len(good) // 2] + good[-200:]):
        path.write_bytes(data)
        assert refused(path).code == "rows-not-parquet"


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    pq.write_table(pa.Table.from_arrays([pa.array(["1"]), pa.array(["2"])], names=["a", "a "]), tmp_path / "t.parquet")
    assert isinstance(refused(tmp_path / "t.parquet"), UsageError)


def test_a_library_that_is_missing_is_named_with_its_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for suffix, module in (("xlsx", "python_calamine"), ("parquet", "pyarrow")):
        monkeypatch.setitem(sys.modules, module, None)
        (tmp_path / f"t.{suffix}").write_bytes(b"x")
        error = refused(tmp_path / f"t.{suffix}")
        assert isinstance(error, EnvironmentFailureError)
        assert (error.code, error.params["extra"]) == ("extra-missing", suffix)


# Rejects: there, and back.


def say(problem: RowProblem) -> str:
    return f"{problem.code}!"


def write_rejects(path: Path, found: list[tuple[Row, list[RowProblem]]], header: tuple[str, ...] | None) -> None:
    with reject_file(path, path.suffix[1:], header, describe=say, advise=lambda _: "mend it") as write:
        for row, problems in found:
            write(row, problems)


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8).filter(lambda t: t.strip())


@pytest.mark.parametrize("table_format", FORMATS)
@profile
@given(table=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=5))
def test_rejects_are_read_back_as_they_were_set_aside(
    tmp_path: Path, table_format: str, table: list[tuple[str, str]]
) -> None:
    path = tmp_path / f"rejects.{table_format}"
    problem = RowProblem("cell-not-date", "a", "x", {})
    write_rejects(path, [(Row(n, {"a": a, "b": b}), [problem]) for n, (a, b) in enumerate(table, 2)], ("a", "b"))
    marks = {"certx_column": "a", "certx_reason": "cell-not-date", "certx_message": "cell-not-date!"}
    for (line, (a, b)), read in zip(enumerate(table, 2), cells(path), strict=True):
        assert str(read.pop("certx_line")) == str(line)
        assert read == {"a": a, "b": b, **marks, "certx_mend": "mend it"}


def test_rejects_of_parquet_keep_their_kinds(tmp_path: Path) -> None:
    path = tmp_path / "rejects.parquet"
    first = {
        "n": 1,
        "f": 0.5,
        "b": True,
        "l": [{"name": "张示例"}],
        "o": {},
        "none": None,
        "mixed": "x",
        "mixed_l": ["a"],
    }
    second = {"n": 2, "f": 1, "b": None, "l": [{"code": "1"}], "o": {}, "none": None, "mixed": 7, "mixed_l": "b"}
    write_rejects(path, [(Row(1, first), []), (Row(2, second), [])], tuple(first))
    read = cells(path)
    assert [row["l"] for row in read] == [[{"name": "张示例"}], [{"code": "1"}]]
    assert [(row["n"], row["f"], row["b"], row["mixed"]) for row in read] == [(1, 0.5, True, "x"), (2, 1, None, "7")]


def test_what_did_not_fit_has_columns_of_its_own_and_an_old_mark_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    ragged = Row(3, {"certx_raw": "1,2", "certx_reason": "old"}, None)
    write_rejects(
        path, [(Row(2, {"a": "x"}), []), (ragged, [RowProblem("row-ragged", "", "", {})])], ("a", "certx_reason")
    )
    assert path.read_text("utf-8-sig").splitlines() == [
        "a,certx_raw,certx_line,certx_column,certx_reason,certx_message,certx_mend",
        "x,,2,,,,",
        ',"1,2",3,,row-ragged,row-ragged!,mend it',
    ]


def test_without_a_rejected_row_there_is_no_file_not_even_an_old_one(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    path.write_text("of an earlier run")
    write_rejects(path, [], ("a",))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wrong", [ZeroDivisionError, 510_100_123_456_789_012, "a cell too many"])
def test_a_cell_that_cannot_be_taken_is_none_in_the_file_of_rejects_either(tmp_path: Path, wrong: Any) -> None:
    """Read again as it is it is refused again, and not taken for text or for nothing."""
    cells_of = [["a", "b"], ["1", wrong] if wrong != "a cell too many" else ["1", "2", wrong]]
    (bad,) = rows(workbook(tmp_path / "t.xlsx", cells_of))
    assert bad.problem is not None
    path = tmp_path / "rejects.xlsx"
    write_rejects(path, [(bad, [bad.problem])], ("a", "b"))
    (again,) = rows(path)
    if again.problem is None:
        assert again.cells["certx_raw_part"] == wrong
    else:
        assert again.problem == bad.problem
        assert again.cells["b"] == bad.cells["b"]


def test_a_run_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    path.write_text("of an earlier run")

    def fail() -> Iterator[tuple[Row, list[RowProblem]]]:
        yield Row(1, {"a": "1"}), []
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_rejects(path, fail(), ("a",))  # type: ignore[arg-type]
    assert [found.name for found in tmp_path.iterdir()] == ["rejects.csv"]
    assert path.read_text() == "of an earlier run"


def test_a_file_of_rejects_that_cannot_be_written_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentFailureError):
        write_rejects(tmp_path / "file" / "rejects.csv", [], ("a",))
