"""Tables as bytes: encodings, line ends, quoting, and what to do with the rows that break."""

import codecs

import pytest

from certx.errors import UnreadableError
from certx.licence.rows import RowProblem
from certx.licence.tabular import MAX_ROW_BYTES, Row, guess_format
from certx.licence.text_tables import read_rows


def rows(data: bytes, table_format: str = "csv") -> list[Row]:
    return list(read_rows(data, table_format, name="t"))


def refused(data: bytes, table_format: str = "csv") -> str:
    with pytest.raises(UnreadableError) as caught:
        rows(data, table_format)
    return caught.value.code


TABLE = "名称,注册资本\n甲,1\n乙,2\n"
EXPECTED = [Row(2, {"名称": "甲", "注册资本": "1"}), Row(3, {"名称": "乙", "注册资本": "2"})]


@pytest.mark.parametrize(
    "data",
    [
        TABLE.encode(),
        codecs.BOM_UTF8 + TABLE.encode(),
        TABLE.encode("gb18030"),
        TABLE.encode("gbk"),
        TABLE.replace("\n", "\r\n").encode(),
        TABLE.rstrip("\n").encode(),
        TABLE.replace(",", " ,").encode().replace("甲 ".encode(), "甲".encode()).replace("乙 ".encode(), "乙".encode()),
        TABLE.replace("甲", '"甲"').encode(),
    ],
    ids=["utf-8", "bom", "gb18030", "gbk", "crlf", "no last newline", "padded header", "quoted"],
)
def test_a_table_reads_the_same_however_it_was_saved(data: bytes) -> None:
    assert rows(data) == EXPECTED


def test_characters_outside_the_basic_plane_survive_gb18030() -> None:
    assert rows("名称\n𠮷野\n".encode("gb18030"))[0].cells == {"名称": "𠮷野"}


def test_a_cell_may_hold_commas_quotes_and_lines() -> None:
    found = rows(b'a,b\n"1,""x""\n2",3\n4,5\n')
    assert found == [Row(3, {"a": '1,"x"\n2', "b": "3"}), Row(4, {"a": "4", "b": "5"})]


def test_empty_lines_are_no_rows_but_are_counted() -> None:
    assert [row.line for row in rows(b"\na,b\n\n1,2\n,\n3,4\n")] == [4, 6]


@pytest.mark.parametrize(("line", "actual"), [("1", 1), ("1,2,3", 3)])
def test_a_ragged_row_is_set_aside_and_the_next_is_read(line: str, actual: int) -> None:
    first, second = rows(f"a,b\n{line}\n8,9\n".encode())
    assert first.problem is not None
    assert (first.problem.code, first.problem.params) == ("row-ragged", {"actual": actual, "expected": 2})
    assert first.cells == {"certx_raw": line}
    assert second == Row(3, {"a": "8", "b": "9"})


def test_a_quote_that_never_closes_is_a_problem_and_not_a_crash() -> None:
    found = rows(b'a,b\n1,2\n"3,4\n')
    assert found[0].problem is None
    assert [row.problem.code for row in found if row.problem] == ["row-not-csv"]


@pytest.mark.parametrize(
    "broken", ['"x\ny,2,3', '"x\ny\nz,2,3', '1,"x\ny,3', '"x,w\ny,2,3', '"x,1,2\ny,2,3', '"x\ny"z,2,3']
)
def test_no_half_of_a_row_with_an_open_quote_is_a_row(broken: str) -> None:
    first, *others = rows(f"a,b,c\n{broken}\n7,8,9\n7,8,9\n".encode())
    assert first.problem is not None
    assert (first.problem.code, first.cells) == ("row-not-csv", {"certx_raw": broken})
    assert [list(row.cells.values()) for row in others] == [["7", "8", "9"]] * 2


def test_text_behind_a_closing_quote_is_a_problem_of_its_row_alone() -> None:
    found = rows(b'a,b\n"1"x,2\n3,4\n')
    assert [row.problem.code for row in found if row.problem] == ["row-not-csv"]
    assert found[-1].cells == {"a": "3", "b": "4"}


@pytest.mark.parametrize("data", [b"", b"  \n\n", codecs.BOM_UTF8], ids=["nothing", "white space", "bom"])
@pytest.mark.parametrize("table_format", ["csv", "json", "jsonl"])
def test_an_empty_table_is_unreadable(data: bytes, table_format: str) -> None:
    assert refused(data, table_format) == "rows-empty"


@pytest.mark.parametrize(
    ("data", "offset"),
    [(b"PK\x03\x04\x00\x00", 4), (b"a,b\n\xff\xff\xff\n", 4), ("名称\n".encode("utf-16-le"), 5)],
    ids=["zip", "no encoding", "utf-16"],
)
def test_what_is_not_text_is_unreadable_at_an_offset(data: bytes, offset: int) -> None:
    with pytest.raises(UnreadableError) as caught:
        rows(data)
    assert caught.value.code == "rows-not-text"
    assert caught.value.params["offset"] == offset


def test_one_damaged_byte_does_not_turn_a_utf_8_table_into_other_words() -> None:
    damaged = "certificateNumber,address\n1,四川省成都市".encode() + b"\xe9a\n" + "2,重庆市\n".encode()
    bad, good = rows(damaged)
    assert bad == Row(2, {"certx_raw": "1,四川省成都市\\xe9a"}, RowProblem("row-not-text", "", "", {"offset": 46}))
    assert good == Row(3, {"certificateNumber": "2", "address": "重庆市"})


def test_a_json_list_has_its_rows_by_position() -> None:
    found = rows('[{"名称": "甲"}, 7, {"注册资本": 1}]'.encode(), "json")
    assert [(row.line, dict(row.cells)) for row in found] == [
        (1, {"名称": "甲"}),
        (2, {"certx_raw": "7"}),
        (3, {"注册资本": 1}),
    ]
    assert found[1].problem is not None
    assert found[1].problem.code == "row-not-object"


def test_one_json_object_is_one_row() -> None:
    assert rows(b'{"a": {"b": [1]}}', "json") == [Row(1, {"a": {"b": [1]}})]


def test_a_broken_json_file_is_unreadable_at_its_line() -> None:
    with pytest.raises(UnreadableError) as caught:
        rows(b'[\n{"a": 1},\n{"a" 2}]', "json")
    assert caught.value.code == "rows-not-json"
    assert caught.value.params["line"] == 3


def test_a_broken_line_of_json_lines_is_set_aside_and_the_next_is_read() -> None:
    found = rows(b'{"a": 1}\r\n\n{"a": \n[1]\n{"a": 2}', "jsonl")
    assert [(row.line, row.problem and row.problem.code) for row in found] == [
        (1, None),
        (3, "row-not-json"),
        (4, "row-not-object"),
        (5, None),
    ]


def test_a_line_that_is_too_long_is_not_parsed() -> None:
    found = rows(b'{"a": "' + b"x" * MAX_ROW_BYTES + b'"}\n{"a": 1}\n', "jsonl")
    assert found[0].problem is not None
    assert found[0].problem.code == "row-too-long"
    assert found[1].cells == {"a": 1}


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.csv", b"{", "csv"),
        ("A.JSON", b"", "json"),
        ("dir.d/a.jsonl", b"", "jsonl"),
        ("-", b' \n[{"a": 1}]', "json"),
        ("-", b'{"a": 1}\n', "jsonl"),
        ("-", codecs.BOM_UTF8 + b'{"a": 1}\n', "jsonl"),
        ("-", "名称,住所\n".encode(), "csv"),
        ("-", b"", "csv"),
    ],
)
def test_the_format_is_that_of_the_name_and_for_stdin_that_of_the_first_character(
    name: str, data: bytes, expected: str
) -> None:
    assert guess_format(name, data) == expected


@pytest.mark.parametrize("name", ["rows.xls", "rows", "rows.csv.gz", "csv"])
def test_a_file_of_another_kind_is_refused_by_name(name: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        guess_format(name, b"a,b\n1,2\n")
    assert caught.value.code == "rows-format"


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (b'{"a":"1","a":"2"}', "row-name-twice"),
        (b'{"a" : "1", "b":"2", "b":"3"}', "row-name-twice"),
        (b'{"a":{"b":1,"b":2}}', "row-name-twice"),
        (b'{"a":"10:30","\\u0061":"2"}', "row-name-twice"),
        (b'{"a":"x\\u0000y"}', "row-null-character"),
        (b'{"a":[{"b":"\\u0000"}]}', "row-null-character"),
        (b'{"a":"\\":10:30","b" :{"a":1},"c":[{"a":2},{"a":3}]}', None),
        (b'{"a":"\\\\u0000"}', None),
    ],
)
def test_a_row_of_json_says_each_name_once_and_no_null(row: bytes, code: str | None) -> None:
    (found,) = read_rows(row, "jsonl", name="t")
    assert (found.problem and found.problem.code) == code
    if code is not None:
        assert found.cells == {"certx_raw": row.decode()}
