"""Rows: how columns are found and cells become JSON values."""

import copy
from typing import Any

import pytest

from certx.errors import UsageError
from certx.licence.cells import Kind, mask
from certx.licence.rows import Field, RowError, RowReader, RowShape
from certx.licence.text_tables import read_rows
from certx.schema.catalogue import require
from world import CATALOGUE, full_row, table_rows

FIELDS = {
    ("day",): Field(("day",), Kind.DATE),
    ("name",): Field(("name",), Kind.TEXT, personal=True),
    ("count",): Field(("count",), Kind.INTEGER),
    ("size",): Field(("size",), Kind.NUMBER),
    ("isNew",): Field(("isNew",), Kind.BOOLEAN),
    ("scope",): Field(("scope",), Kind.TEXT, many=True),
    ("days",): Field(("days",), Kind.DATE, many=True),
    ("sizes",): Field(("sizes",), Kind.NUMBER, many=True),
    ("holders",): Field(("holders",), Kind.OBJECT, many=True, personal=True),
    ("holders", -1, "name"): Field(("holders", -1, "name"), Kind.TEXT, personal=True),
    ("holders", -1, "codeType"): Field(("holders", -1, "codeType"), Kind.TEXT),
    ("term",): Field(("term",), Kind.OBJECT),
    ("term", "from"): Field(("term", "from"), Kind.DATE),
}
SHAPE = RowShape(
    {
        **{str(path[0]): field for path, field in FIELDS.items() if len(path) == 1},
        "名称": FIELDS["name",],
        "期限自": FIELDS["term", "from"],
    },
    FIELDS,
    (("holders", "codeType", "111"),),
    frozenset({"holderKey"}),
)


def read(row: dict[str, object]) -> dict[str, Any]:
    return RowReader(SHAPE).read(row)


def problems(row: dict[str, object]) -> list[tuple[str, str, str]]:
    with pytest.raises(RowError) as caught:
        read(row)
    return [(problem.code, problem.column, problem.value) for problem in caught.value.problems]


@pytest.mark.parametrize(
    "cell",
    ["2026-01-05", "2026-1-5", "2026/01/05", "2026/1/5", "2026.01.05", "2026.1.5", "20260105", "2026年1月5日",
     "2026年01月05日",
     " 2026-01-05 ", "2026年1月5"],
)  # fmt: skip
def test_a_date_is_read_however_it_is_written(cell: str) -> None:
    assert read({"day": cell}) == {"day": "2026-01-05"}


@pytest.mark.parametrize("cell", ["长期", "长期有效", "永久", "long-term", "", "   ", None])
def test_no_end_and_no_value_are_no_claim(cell: object) -> None:
    assert read({"day": cell, "count": "1"}) == {"count": 1}


@pytest.mark.parametrize(
    "cell",
    [
        "2026-02-30/x",
        "2026/2/30",
        "20261301",
        "26-1-5",
        "今天",
        "2026",
        "2026-01",
        "1/5/2026",
        "２０２６-1-5",
        "2026-1-5 10:00",
    ],
)
def test_what_is_no_date_is_a_problem_of_its_cell(cell: str) -> None:
    assert problems({"day": cell}) == [("cell-not-date", "day", cell)]


@pytest.mark.parametrize("cell", ["202611", "2026111", "2026-111"])
def test_digits_that_could_be_two_dates_are_not_guessed_at(cell: str) -> None:
    assert problems({"day": cell}) == [("cell-not-date", "day", cell)]


@pytest.mark.parametrize(
    ("cell", "value"),
    [("500", 500), ("0", 0), ("-3", -3), ("500.0", 500), ("12.5", 12.5), (" 7 ", 7), ("0.10", 0.1),
     ("999999999999999", 999999999999999)],
)  # fmt: skip
def test_a_number_is_read_as_it_is_written(cell: str, value: float) -> None:
    claims = read({"size": cell})
    assert claims == {"size": value}
    assert type(claims["size"]) is type(value)


@pytest.mark.parametrize(
    "cell", ["1,000", "1e3", "5万", "０", "+1", ".5", "5.", "NaN", "inf", "0x10", "1_000", "1" * 16, "--1"]
)
def test_what_is_no_plain_number_is_a_problem(cell: str) -> None:
    assert problems({"size": cell}) == [("cell-not-number", "size", cell)]


def test_an_integer_has_no_fraction() -> None:
    assert read({"count": "4.0"}) == {"count": 4}
    assert problems({"count": "4.5"}) == [("cell-not-integer", "count", "4.5")]


@pytest.mark.parametrize(("cell", "value"), [("是", True), ("否", False), ("TRUE", True), ("0", False), ("1", True)])
def test_yes_and_no_are_read_in_both_languages(cell: str, *, value: bool) -> None:
    assert read({"isNew": cell}) == {"isNew": value}


def test_what_is_neither_yes_nor_no_is_a_problem() -> None:
    assert problems({"isNew": "maybe"}) == [("cell-not-boolean", "isNew", "maybe")]


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        ("scope", "热食类；冷食类;糕点类", ["热食类", "冷食类", "糕点类"]),
        ("scope", " 热食类 ；；", ["热食类"]),
        ("scope", "货物专用运输(冷藏、集装箱)", ["货物专用运输(冷藏、集装箱)"]),
        ("days", "2026-01-05；2027/1/5", ["2026-01-05", "2027-01-05"]),
        ("sizes", "1;2.5", [1, 2.5]),
    ],
)
def test_a_list_is_parted_at_semicolons(column: str, cell: str, value: list[object]) -> None:
    assert read({column: cell}) == {column: value}


def test_a_wrong_item_is_a_problem_of_the_whole_cell() -> None:
    assert problems({"sizes": "1;x"}) == [("cell-not-number", "sizes", "1;x")]


def test_columns_reach_into_objects_and_arrays() -> None:
    row = {"holders[1].name": "乙", "holders[0].name": "甲", "holders[1].codeType": "414", "期限自": "2026.1.5"}
    assert read(row) == {
        "holders": [{"name": "甲", "codeType": "111"}, {"name": "乙", "codeType": "414"}],
        "term": {"from": "2026-01-05"},
    }


def test_a_column_may_be_called_by_its_chinese_or_its_english_name() -> None:
    assert read({"名称": "甲"}) == read({"name": "甲"}) == read({" name ": "甲"}) == {"name": "甲"}


@pytest.mark.parametrize(
    "column", ["姓名", "holders.name", "holders[x].name", "holders[0].sex", "term[0]", "", "name[0]", "scope[0]"]
)
def test_an_unknown_column_stops_the_run_and_is_named(column: str) -> None:
    with pytest.raises(UsageError) as caught:
        read({"name": "甲", column: "x"})
    assert caught.value.code == "columns-unknown"
    assert caught.value.params == {"columns": column}


def test_every_unknown_column_is_named_at_once() -> None:
    with pytest.raises(UsageError) as caught:
        read({"name": "甲", "a": "x", "b": "x"})
    assert caught.value.params == {"columns": "a、b"}


@pytest.mark.parametrize(
    ("first", "second"), [("name", "名称"), ("term.from", "期限自"), ("holders[0].name", "holders[00].name")]
)
def test_two_columns_for_one_claim_stop_the_run(first: str, second: str) -> None:
    with pytest.raises(UsageError) as caught:
        read({first: "x", second: "x"})
    assert caught.value.code == "columns-collide"
    assert caught.value.params == {"first": first, "second": second}


@pytest.mark.parametrize("column", ["holders[*].name", "holders[*].codeType"])
def test_a_column_for_every_holder_at_once_is_no_column(column: str) -> None:
    with pytest.raises((UsageError, RowError)):
        read({column: "x"})


def test_a_table_that_names_a_column_twice_is_refused_and_neither_cell_is_dropped() -> None:
    with pytest.raises(UsageError) as caught:
        list(read_rows("name,name\n甲,乙\n".encode(), "csv", name="t.csv"))
    assert caught.value.code == "columns-same-name"


def test_columns_that_certx_uses_itself_are_no_claims() -> None:
    assert read({"name": "甲", "holderKey": "{}"}) == {"name": "甲"}


def test_all_problems_of_a_row_are_found_at_once() -> None:
    found = problems({"day": "x", "count": "y", "name": "甲", "isNew": "z"})
    assert [code for code, _, _ in found] == ["cell-not-date", "cell-not-integer", "cell-not-boolean"]


def test_an_object_does_not_fit_into_a_cell() -> None:
    assert problems({"term": "x"}) == [("cell-not-object", "term", "x")]
    code, _, shown = problems({"holders": "张示例"})[0]
    assert (code, shown) == ("cell-not-object", mask("张示例"))


def test_values_that_are_json_already_stay_as_they_are() -> None:
    row = {"count": 4, "isNew": False, "scope": ["a"], "term": {"from": "x"}, "size": 0}
    assert read(row) == row


def test_reading_leaves_the_row_as_it_was() -> None:
    row = {"holders": [{"name": "甲"}], "term": {"from": "2026-01-05"}}
    before = copy.deepcopy(row)
    read(row)
    assert row == before


@pytest.mark.parametrize("value", ["", "甲", "甲乙", "张示例", "510104188801010013", "a" * 300, 12345, ["张示例"]])
def test_a_mask_never_shows_a_whole_value(value: object) -> None:
    shown = mask(value)
    assert shown != str(value) or not value
    assert len(shown) <= 8
    assert sum(char != "*" for char in shown) <= 2


def test_the_sample_tables_bind_once_and_read_every_row() -> None:
    reader = RowReader(require(CATALOGUE, "business-licence").shape)
    rows = table_rows("business-licence")
    assert reader.bind(tuple(rows[0])) is reader.bind(tuple(rows[1]))
    assert reader.read(rows[0])["registeredCapital"] == 500
    assert "registeredCapital" not in reader.read(rows[1])


def test_the_shape_of_a_type_takes_the_claims_of_its_full_example_as_columns() -> None:
    row = full_row("real-estate-certificate")
    assert RowReader(require(CATALOGUE, "real-estate-certificate").shape).read(row) == row
