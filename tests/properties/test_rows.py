"""Whatever is in a table, it becomes claims or one of the errors that rows may have."""

import json
import random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certx.errors import UnreadableError, UsageError
from certx.licence.cells import LONG_TERM
from certx.licence.rejects import as_it_stood, damage_in, noted
from certx.licence.rows import RowError, RowReader
from certx.licence.tabular import TEXT_FORMATS as FORMATS
from certx.licence.text_tables import read_rows
from certx.schema.catalogue import require
from unit.mutating import mutated
from world import CATALOGUE, TYPES, draft_row, full_row, table_rows

profile = settings(deadline=None, database=None, max_examples=400, suppress_health_check=[HealthCheck.too_slow])

COLUMNS = sorted(
    {name for licence_type in TYPES for name in require(CATALOGUE, licence_type).shape.columns}
    | {"holders[0].name", "holders[0].code", "holders[1].code", "holders[99].name", "term.from", "x", "", "holderKey"}
    | {"holders[*].name", "holders[*].code", "mother.name", "specialities[0].name", "useTerms[1].from", "holders.name"}
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
SOUND = TEXT.filter(lambda text: "\0" not in text)  # a row of JSON Lines with U+0000 is rejected
CELLS = st.one_of(
    st.sampled_from(
        [*LONG_TERM, "2026-01-05", "2026年1月5日", "500", "5.0", "是", "a；b;", "；", " ", "张示例", "001", "\u0000"]
    ),
    st.text(max_size=12),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "code", "from"]), inner),
        max_leaves=6,
    ),
)


@profile
@given(st.sampled_from(TYPES), st.dictionaries(st.sampled_from(COLUMNS), CELLS, max_size=8))
def test_any_row_is_read_or_refused(licence_type: str, row: dict[str, Any]) -> None:
    try:
        claims = RowReader(require(CATALOGUE, licence_type).shape).read(row)
    except (RowError, UsageError):
        return
    assert all(isinstance(name, str) for name in claims)


@profile
@given(
    st.sampled_from(TYPES),
    st.dictionaries(st.text("holders[0*].名称name称 ", max_size=14), st.text(max_size=6), max_size=3),
)
def test_any_header_is_read_or_refused(licence_type: str, row: dict[str, str]) -> None:
    try:
        RowReader(require(CATALOGUE, licence_type).shape).read(row)
    except (RowError, UsageError):
        return


@profile
@given(st.sampled_from(TYPES), st.integers(min_value=0))
def test_any_mutation_of_a_good_row_is_drafted_or_refused(licence_type: str, seed: int) -> None:
    row = mutated(full_row(licence_type), random.Random(seed))  # noqa: S311 - not for secrets
    try:
        draft = draft_row(licence_type, row)
    except (RowError, UsageError):
        return
    assert require(CATALOGUE, licence_type).closed.is_valid(draft.claims)


@profile
@given(st.sampled_from(TYPES), st.data())
def test_any_cell_of_a_sample_row_may_be_anything(licence_type: str, data: st.DataObject) -> None:
    row = dict(data.draw(st.sampled_from(table_rows(licence_type))))
    column = data.draw(st.sampled_from(sorted(row)))
    row[column] = data.draw(CELLS)
    try:
        draft_row(licence_type, row)
    except (RowError, UsageError):
        return


@profile
@given(
    st.one_of(st.binary(max_size=60), st.text('a,b"\n\r{}[]: 1;', max_size=40).map(str.encode)),
    st.sampled_from(FORMATS),
)
def test_any_bytes_are_rows_or_unreadable(data: bytes, table_format: str) -> None:
    try:
        rows = list(read_rows(data, table_format, name="t"))
    except (UnreadableError, UsageError):
        return
    for row in rows:
        assert row.line >= 1
        assert row.problem is not None or isinstance(row.cells, dict)


@profile
@given(st.lists(st.dictionaries(SOUND, SOUND, min_size=1), max_size=5))
def test_rows_of_json_come_out_as_they_went_in(rows: list[dict[str, str]]) -> None:
    document = json.dumps(rows).encode()
    lines = "\n".join(json.dumps(row) for row in rows).encode() or b"{}"
    assert [row.cells for row in read_rows(document, "json", name="t")] == rows
    assert [row.cells for row in read_rows(lines, "jsonl", name="t")] == (rows or [{}])


@profile
@given(data=st.one_of(st.binary(max_size=40), st.from_regex(rb"(\\|x|4|1|\xe9|\x00|a){0,12}", fullmatch=True)))
def test_what_is_noted_of_a_row_is_text_and_says_all_of_it(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    note = noted(text)
    assert b"\0" not in note.encode("utf-8")
    assert as_it_stood(note) == text
    offset = damage_in(text)
    assert offset is None or "\0" in data[: offset + 1].decode("utf-8", "replace").replace("\ufffd", "\0")
    assert offset is not None or data.decode("utf-8") == text
