"""Columns under other names: what a mapping says, what it may not say, and how one is begun."""

import json
from typing import Any

import pytest

from certx.errors import UsageError
from certx.licence.mapping import MAX_MAPPING_BYTES, ColumnMapping, read_mapping, template
from certx.licence.rows import RowProblem, RowReader
from certx.schema.catalogue import require
from world import CATALOGUE, TYPES

SHAPE = require(CATALOGUE, "business-licence").shape
HEADER = ("公司", "备注", "住所")


def mapping(**columns: str | None) -> ColumnMapping:
    return read_mapping(json.dumps(columns).encode(), "map.json")


def complaint(data: bytes) -> UsageError:
    with pytest.raises(UsageError) as caught:
        read_mapping(data, "map.json")
    return caught.value


def unfit(header: tuple[str, ...] | None = HEADER, **columns: str | None) -> dict[str, Any]:
    with pytest.raises(UsageError) as caught:
        mapping(**columns).check(SHAPE, header)
    return {"code": caught.value.code, **caught.value.params}


def test_a_mapped_row_has_the_names_of_the_type_and_lacks_what_is_left_out() -> None:
    found = mapping(公司="名称", 备注=None)
    found.check(SHAPE, HEADER)
    assert found.apply({"公司": "甲", "备注": "x", "住所": "成都"}) == {"名称": "甲", "住所": "成都"}
    assert found.header(HEADER) == ["名称", "住所"]
    assert RowReader(SHAPE).bind(found.header(HEADER))


def test_names_may_be_claims_aliases_paths_and_reserved_ones() -> None:
    mapping(公司="holders[0].name", 备注="holderKey", 住所="经营场所").check(SHAPE, HEADER)


def test_problems_are_told_under_the_names_of_the_table() -> None:
    problems = [RowProblem("x", "名称", "", {}), RowProblem("y", "address", "", {})]
    assert [problem.column for problem in mapping(公司="名称").told(problems)] == ["公司", "address"]


def test_a_name_that_the_type_lacks_is_told() -> None:
    assert unfit(公司="店名") == {"code": "map-unknown", "path": "map.json", "names": "店名"}


def test_two_columns_for_one_claim_are_told_though_they_name_it_differently() -> None:
    assert unfit(公司="住所", 备注="address") == {
        "code": "map-collide", "path": "map.json", "first": "公司", "second": "备注",
    }  # fmt: skip


def test_a_column_that_the_table_lacks_is_told_where_rows_have_a_header() -> None:
    assert unfit(店="住所") == {"code": "map-missing", "path": "map.json", "columns": "店"}
    mapping(店="住所").check(SHAPE, None)


def test_a_mapped_and_an_own_column_for_one_claim_are_refused() -> None:
    with pytest.raises(UsageError, match="columns-collide") as caught:
        mapping(公司="住所").apply({"公司": "a", "住所": "b"})
    assert caught.value.params == {"first": "公司", "second": "住所"}
    with pytest.raises(UsageError, match="columns-collide"):
        RowReader(SHAPE).bind(mapping(公司="住所").header(HEADER))


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b'{"a": 1}', b'{"a": ["b"]}', b'{"a": "b"', b"\xff", b" " * (MAX_MAPPING_BYTES + 1)],
    ids=["nothing", "a list", "a number", "a list of names", "cut", "no text", "large"],
)
def test_what_is_no_mapping_is_refused(data: bytes) -> None:
    assert complaint(data).code == "map-form"


def test_a_template_is_not_taken_before_it_is_filled_in() -> None:
    error = complaint(json.dumps({"公司": "", "住所": "住所"}).encode())
    assert (error.code, error.params["columns"]) == ("map-open", "公司")


@pytest.mark.parametrize("licence_type", TYPES)
def test_the_template_of_a_type_names_every_claim_that_a_row_may_fill(licence_type: str) -> None:
    shape = require(CATALOGUE, licence_type).shape
    found = template(shape)
    assert all(shape.find(column) == shape.find(claim) for column, claim in found.items())
    assert {shape.find(claim) for claim in found.values()} == set(shape.columns.values())
    assert not any(column.isascii() for column in found)


def test_the_template_of_a_table_is_filled_in_where_names_are_recognised() -> None:
    header = ("名称", "Certificate Number", "住 所", "经营场所", "店名", "certx_line")
    assert template(SHAPE, header) == {
        "名称": "名称",
        "Certificate Number": "certificateNumber",
        "住 所": "address",
        "经营场所": "",  # the same claim as 住 所: one of them is to be left out
        "店名": "",
    }


def test_the_template_of_a_file_of_rejects_leaves_out_what_it_has_beside_the_table() -> None:
    header = ("公司", "certx_raw", "certx_raw_part", "certx_line", "certx_mend")
    assert template(SHAPE, header) == {"公司": ""}
