"""Holder codes, divisions, statuses, days and paths."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certx.licence.divisions import Divisions, province_of
from certx.licence.holder_codes import check_holder_code
from certx.licence.identifiers import Defect, IdentifierError
from certx.licence.model import Licence, LicenceType, day_ends_at, day_of, day_starts_at
from certx.licence.paths import format_path, parse_path
from certx.licence.status import CanonicalStatus, StatusCodes
from world import CATALOGUE, TYPES

STATUSES = CATALOGUE.data("statuses")
SAFETY_OFFICER = STATUSES["other"]["11100000000013338W011"]["codes"]
DIVISIONS = CATALOGUE.divisions


@pytest.mark.parametrize(
    ("code_type", "good", "bad"),
    [
        ("001", "91110000600037341L", "91110000600037341M"),
        ("111", "510104188801010013", "510104188801010014"),
        ("114", "军字第0123456号", "字"),
        ("115", "武字第0123456号", "号"),
        ("411", "D1234567", "E1234567"),
        ("411", "DE12345678", "DE123456789"),
        ("412", "SE1234567", "PE1234567"),
        ("413", "P12345678", "P123456"),
        ("414", "E12345678", "E1234567"),
        ("414", "EA1234567", "Ea1234567"),
        ("414", "G12345678", "H12345678"),
        ("414", "141234567", "161234567"),
        ("511", "12345678", "123456789"),
        ("516", "H12345678", "C12345678"),
        ("516", "M1234567801", "M123456780"),
    ],
)
def test_a_holder_code_has_the_form_of_its_type(code_type: str, good: str, bad: str) -> None:
    check_holder_code(good, code_type)
    for wrong in (bad, good + "\n", f" {good}"):
        with pytest.raises(IdentifierError):
            check_holder_code(wrong, code_type)


@pytest.mark.parametrize("code_type", ["099", "118", "119", "120", "122", "999", "777"])
def test_a_holder_code_without_a_published_form_is_free_text(code_type: str) -> None:
    check_holder_code("任意 1", code_type)


def test_a_holder_born_tomorrow_is_refused() -> None:
    check_holder_code("810000188803120013", "111", today=date(1888, 3, 12))
    with pytest.raises(IdentifierError) as caught:
        check_holder_code("810000188803120013", "111", today=date(1888, 3, 11))
    assert caught.value.defect is Defect.DATE


def test_the_holder_code_types_of_the_schemas_are_those_of_the_data_file() -> None:
    schema = CATALOGUE.read("business-licence", CATALOGUE.versions("business-licence")[0])
    core = schema.resolve({"$ref": "urn:certx:schema:core:1.0#/$defs/holderCodeType"})
    assert core["enum"] == sorted(CATALOGUE.data("holder-code-types"))


def test_a_division_that_was_abolished_names_its_dates_and_its_successor() -> None:
    old = DIVISIONS.get("510132")
    assert old is not None
    assert (old.zh, old.valid_to, old.successor) == ("新津县", date(2020, 1, 1), "510118")
    new = DIVISIONS.get("510118")
    assert new is not None
    assert (new.valid_from, new.valid_to, new.successor) == (date(2020, 1, 1), None, None)


def test_every_successor_of_a_division_is_known() -> None:
    for division in DIVISIONS.by_code.values():
        assert division.successor is None or DIVISIONS.is_known(division.successor)
        if division.valid_from is not None and division.valid_to is not None:
            assert division.valid_from <= division.valid_to


@pytest.mark.parametrize("code", ["510156", "000000", "", "51010"])
def test_a_division_that_is_not_in_the_table_is_unknown(code: str) -> None:
    assert not DIVISIONS.is_known(code)
    assert DIVISIONS.get(code) is None


def test_a_division_may_be_dated_to_the_day_or_to_the_year() -> None:
    rows = {"510132": {"zh": "甲", "en": None, "from": "1988", "to": "2020-06-05", "successor": None}}
    division = Divisions.from_document(rows).get("510132")
    assert division is not None
    assert (division.en, division.valid_from, division.valid_to) == ("510132", date(1988, 1, 1), date(2020, 6, 5))


def test_counties_and_cities_resolve_to_their_province() -> None:
    assert {province_of(code) for code in ("510104", "510100", "510000")} == {"510000"}
    for code in DIVISIONS.by_code:
        assert DIVISIONS.is_known(province_of(code))


@pytest.mark.parametrize("licence_type", sorted({*STATUSES["types"], *TYPES}))
def test_every_status_code_of_every_type_has_a_canonical_status(licence_type: str) -> None:
    codes = CATALOGUE.status_codes
    assert codes.by_type[licence_type]
    for code, meaning in STATUSES["types"][licence_type].items():
        assert codes.canonical(licence_type, code) is CanonicalStatus(meaning)


def test_the_same_number_means_different_things_in_different_types() -> None:
    codes = StatusCodes({**CATALOGUE.status_codes.by_type, "safety-officer": SAFETY_OFFICER})
    assert codes.canonical("safety-officer", "03") is CanonicalStatus.WITHDRAWN
    assert codes.canonical("special-operation-qualification", "03") is CanonicalStatus.REVOKED_PENALTY


def test_a_status_code_that_is_not_listed_is_other() -> None:
    assert CATALOGUE.status_codes.canonical("business-licence", "02") is CanonicalStatus.OTHER
    assert StatusCodes({}).canonical("business-licence", "存续") is CanonicalStatus.OTHER


def test_a_status_has_the_codes_that_mean_it() -> None:
    codes = CATALOGUE.status_codes
    assert codes.codes("special-operation-qualification", CanonicalStatus.SUSPENDED) == ("02",)
    assert codes.codes("business-licence", CanonicalStatus.VALID) == ("存续", "在业", "开业")
    assert codes.codes("business-licence", CanonicalStatus.SUSPENDED) == ()
    for licence_type, known in codes.by_type.items():
        named = [code for status in CanonicalStatus for code in codes.codes(licence_type, status)]
        assert sorted(named) == sorted(known)


def test_every_canonical_status_has_a_value_in_the_status_list() -> None:
    assert set(STATUSES["statuses"]) == set(CanonicalStatus)
    values = {name: row["listValue"] for name, row in STATUSES["statuses"].items()}
    assert values["valid"] == 0
    assert [name for name, value in values.items() if value == 0] == ["valid"]
    assert (values["suspended"], values["superseded"]) == (2, 3)
    assert set(values.values()) == {0, 1, 2, 3}
    assert {status: status.list_value for status in CanonicalStatus} == values


@pytest.mark.parametrize("status", CanonicalStatus)
def test_only_what_is_valid_or_suspended_can_become_something_else(status: CanonicalStatus) -> None:
    becomes = {wanted for wanted in CanonicalStatus if status.may_become(wanted)}
    settable = set(CanonicalStatus) - {CanonicalStatus.OTHER}
    is_open = status in {CanonicalStatus.VALID, CanonicalStatus.SUSPENDED}
    assert becomes == (settable - {status} if is_open else set())


def test_a_day_begins_at_midnight_in_china() -> None:
    assert day_starts_at("1970-01-01") == -8 * 3_600
    assert day_starts_at("2026-06-01") == 1_780_243_200
    assert day_of(1_780_243_200) == date(2026, 6, 1)
    assert day_of(1_780_243_199.999) == date(2026, 5, 31)


def test_a_last_day_ends_with_the_next() -> None:
    assert day_ends_at("2028-02-28") == day_starts_at("2028-02-29")
    assert day_ends_at("2028-02-29") == day_starts_at("2028-03-01")
    assert day_ends_at("2026-02-28") == day_starts_at("2026-03-01")
    assert day_ends_at("9999-12-31") - day_starts_at("9999-12-31") == 86_400


@pytest.mark.parametrize("text", ["2026-02-29", "2026-13-01", "2026-1-1", "长期", "", "2026-06-01T00:00:00"])
def test_what_is_no_day_has_no_beginning(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        day_starts_at(text)


@settings(deadline=None)
@given(st.dates(), st.integers(min_value=0, max_value=86_399))
def test_every_second_of_a_day_is_of_that_day(day: date, second: int) -> None:
    start = day_starts_at(day.isoformat())
    assert day_of(start + second) == day
    assert day_ends_at(day.isoformat()) == start + 86_400
    if day < date.max:
        assert day_starts_at((day + timedelta(days=1)).isoformat()) == day_ends_at(day.isoformat())


def test_a_licence_is_named_by_its_identifier() -> None:
    assert Licence(LicenceType("x"), {"certificateIdentifier": "1.2.3"}).identifier == "1.2.3"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a", ("a",)),
        ("a.b", ("a", "b")),
        ("holders[0].name", ("holders", 0, "name")),
        ("holders[*].name", ("holders", -1, "name")),
        ("a[1][2]", ("a", 1, 2)),
        ("a[99]", ("a", 99)),
    ],
)
def test_a_path_reads_and_writes_as_the_same_text(text: str, path: tuple[str | int, ...]) -> None:
    assert parse_path(text) == path
    assert format_path(path) == text


@pytest.mark.parametrize(
    "text",
    ["", ".", "a.", ".a", "a..b", "[0]", "a[", "a[]", "a]", "a[0", "a[0]b", "a[-1]", "a[x]", "a[100]", "a[٣]", "a[²]"],
)
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_path(text)


STEPS = st.lists(
    st.one_of(st.from_regex(r"[A-Za-z一-龥]{1,8}", fullmatch=True), st.integers(min_value=-1, max_value=99)), max_size=6
)


@settings(deadline=None)
@given(st.from_regex(r"[a-z]{1,8}", fullmatch=True), STEPS)
def test_every_path_survives_being_written(first: str, steps: list[str | int]) -> None:
    path = (first, *steps)
    assert parse_path(format_path(path)) == path


@settings(deadline=None)
@given(st.text("ab.[]*01٣-", max_size=12))
def test_a_text_is_a_path_or_a_value_error(text: str) -> None:
    try:
        path = parse_path(text)
    except ValueError:
        return
    assert parse_path(format_path(path)) == path
