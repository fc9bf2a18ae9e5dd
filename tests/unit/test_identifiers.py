"""Identifiers against published ones, an independent implementation, and every way in which they can be wrong."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_2 as stdnum_11_2
from stdnum.iso7064 import mod_37_36 as stdnum_37_36

from certx.licence.check_digits import (
    DIGITS_AND_LETTERS,
)
from certx.licence.identifiers import (
    LICENCE_OID,
    CitizenNumber,
    CreditCode,
    Defect,
    IdentifierError,
    LicenceIdentifier,
)

WORKED = "1.2.156.3005.2.11100000MB0143028R001.11510100MB9X0A012X.20260101000001.001.4"
HEAD = f"{LICENCE_OID}."
TYPE = "11100000MB0143028R001"
ISSUER = "11510100MB9X0A012X"


def defect_of(parse: Callable[[str], object], text: str) -> Defect | None:
    """In which way a text is no identifier, `None` if it is one."""
    try:
        parse(text)
    except IdentifierError as error:
        return error.defect
    return None


@pytest.fixture(scope="session")
def domain(vectors: Path) -> Any:
    """The identifiers of the domain facts."""
    return json.loads((vectors.parent / "domain-vectors.json").read_bytes())


def test_every_credit_code_of_the_domain_facts_is_one(domain: Any) -> None:
    assert len(domain["org"]) == 6
    for text in domain["org"].values():
        assert CreditCode.parse(text).text == text
        assert uscc.is_valid(text)


def test_every_type_code_of_the_domain_facts_makes_an_identifier(domain: Any) -> None:
    for text in domain["types"].values():
        assert LicenceIdentifier.make(text, ISSUER, "1").type_code == text


def test_every_identifier_made_for_the_domain_facts_parses(domain: Any) -> None:
    for row in domain["made_ids"]:
        named = LicenceIdentifier.parse(row["id"])
        assert named.check == row["check"]
        assert str(named) == row["id"]
        assert named.type_code == domain["types"][row["type"]]


@pytest.mark.parametrize("variant", ["wrong_variant_check", "oid_included_check"])
def test_the_check_of_a_known_wrong_implementation_is_told_apart(domain: Any, variant: str) -> None:
    for row in domain["made_ids"]:
        text = row["id"][:-1] + row[variant]
        assert defect_of(LicenceIdentifier.parse, text) is Defect.CHECK_VARIANT_KNOWN


def test_every_published_identifier_is_read_as_its_note_says(domain: Any) -> None:
    for text, note in domain["published_ids"]:
        expected = Defect.CHECK_VARIANT_KNOWN if note.startswith("off-by-one") else None
        assert defect_of(LicenceIdentifier.parse, text) is expected, text


def test_every_substitution_of_one_character_is_caught() -> None:
    places = [at for at in range(len(HEAD), len(WORKED)) if WORKED[at] != "."]
    assert len(places) == 57
    caught = 0
    for at in places:
        for char in DIGITS_AND_LETTERS.replace(WORKED[at], ""):
            assert defect_of(LicenceIdentifier.parse, WORKED[:at] + char + WORKED[at + 1 :]) is not None
            caught += 1
    assert caught == 57 * 35


def test_every_swap_of_two_neighbours_is_caught() -> None:
    swaps = 0
    for at in range(len(HEAD), len(WORKED) - 1):
        if WORKED[at] != WORKED[at + 1]:
            swapped = WORKED[:at] + WORKED[at + 1] + WORKED[at] + WORKED[at + 2 :]
            assert defect_of(LicenceIdentifier.parse, swapped) is not None, swapped
            swaps += 1
    assert swaps > 40


def test_a_character_moved_across_a_dot_is_caught() -> None:
    for at in [at for at in range(len(HEAD), len(WORKED)) if WORKED[at] == "."]:
        for moved in (
            WORKED[: at - 1] + "." + WORKED[at - 1] + WORKED[at + 1 :],
            WORKED[:at] + WORKED[at + 1] + "." + WORKED[at + 2 :],
        ):
            assert defect_of(LicenceIdentifier.parse, moved) is not None, moved


@pytest.mark.parametrize(
    ("text", "defect"),
    [
        (WORKED.replace("3005.2", "3003.2"), Defect.OID),
        ("", Defect.OID),
        (WORKED.removeprefix(HEAD), Defect.OID),
        (f" {WORKED}", Defect.OID),
        (WORKED + ".1", Defect.PARTS),
        (HEAD + "1.2.3", Defect.PARTS),
        (WORKED.replace(TYPE, TYPE[:-1]), Defect.TYPE_CODE),
        (WORKED.replace(TYPE, TYPE[:-1] + "A"), Defect.TYPE_CODE),
        (WORKED.replace(TYPE, TYPE[:-1] + "١"), Defect.TYPE_CODE),
        (WORKED.replace(ISSUER, "51010"), Defect.ISSUER_CODE),
        (WORKED.replace(ISSUER, "51010A"), Defect.ISSUER_CODE),
        (WORKED.replace(ISSUER, ""), Defect.ISSUER_CODE),
        (WORKED.replace("20260101000001", ""), Defect.SERIAL),
        (WORKED.replace("20260101000001", "A" * 33), Defect.SERIAL),
        (WORKED.replace("20260101000001", "2026-1"), Defect.SERIAL),
        (WORKED.replace("20260101000001", "abc"), Defect.SERIAL),
        (WORKED.replace(".001.4", ".000.4"), Defect.VERSION),
        (WORKED.replace(".001.4", ".1.4"), Defect.VERSION),
        (WORKED.replace(".001.4", ".0A1.4"), Defect.VERSION),
        (WORKED.replace(TYPE, "11100000MB0143028S001"), Defect.CREDIT_CODE),
        (WORKED.replace(ISSUER, "11510100MB9X0A012Y"), Defect.CREDIT_CODE),
        (WORKED[:-1] + "44", Defect.CHECK),
        (WORKED[:-1] + "*", Defect.CHECK),
        (WORKED[:-1], Defect.CHECK),
        (WORKED[:-1] + "5", Defect.CHECK),
        (f"{WORKED}\n", Defect.CHECK),
        (WORKED.lower(), Defect.CREDIT_CODE),
    ],
)
def test_a_licence_identifier_is_wrong_in_the_way_that_it_is_wrong(text: str, defect: Defect) -> None:
    assert defect_of(LicenceIdentifier.parse, text) is defect


@pytest.mark.parametrize(
    ("text", "defect"),
    [
        ("91110000600037341L", None),
        ("91110000600037341M", Defect.CHECK),
        ("91110000600037341", Defect.LENGTH),
        ("91110000600037341LL", Defect.LENGTH),
        ("A1110000600037341l", Defect.CHARACTERS),
        ("91110000600037341l", Defect.CHARACTERS),
        ("9111000060003734IL", Defect.CHARACTERS),
        ("911100006000373410"[:17] + "O", Defect.CHARACTERS),
        ("911A0000600037341L", Defect.CHARACTERS),
        ("91110000600037342L", Defect.ORGANISATION_CHECK),
        ("９1110000600037341L", Defect.CHARACTERS),
    ],
)
def test_a_credit_code_is_wrong_in_the_way_that_it_is_wrong(text: str, defect: Defect | None) -> None:
    assert defect_of(CreditCode.parse, text) is defect


@pytest.mark.parametrize(
    ("text", "defect"),
    [
        ("11010519491231002X", None),
        ("110105194912310021", Defect.CHECK),
        ("11010519491231002x", Defect.CHARACTERS),
        ("1101051949123100X2", Defect.CHARACTERS),
        ("11010519491231002", Defect.LENGTH),
        ("", Defect.LENGTH),
        ("１10105194912310021", Defect.CHARACTERS),
    ],
)
def test_a_citizen_number_is_wrong_in_the_way_that_it_is_wrong(text: str, defect: Defect | None) -> None:
    assert defect_of(CitizenNumber.parse, text) is defect


def citizen(seventeen: str) -> str:
    """A citizen number with its check character, by the independent implementation."""
    return seventeen + stdnum_11_2.calc_check_digit(seventeen)


@pytest.mark.parametrize("born", ["18880230", "18881301", "18880100", "19000229", "00000101"])
def test_a_citizen_number_of_a_day_that_never_was_is_refused(born: str) -> None:
    assert defect_of(CitizenNumber.parse, citizen(f"510104{born}001")) is Defect.DATE


def test_a_citizen_number_of_a_day_to_come_is_refused_where_the_day_is_known() -> None:
    text = citizen("51010430000101001")
    assert defect_of(CitizenNumber.parse, text) is None
    today = date(2026, 6, 1)
    assert defect_of(lambda t: CitizenNumber.parse(t, today=today), text) is Defect.DATE
    newborn = citizen("51010420260601001")
    assert CitizenNumber.parse(newborn, today=today).birth_date == today


@pytest.mark.parametrize("place", ["330113", "510156", "510157", "500234", "500112"])
def test_a_citizen_number_of_a_place_that_stdnum_does_not_take_is_accepted(place: str) -> None:
    assert CitizenNumber.parse(citizen(f"{place}18880101001")).division == place


def test_the_numbers_of_the_domain_facts_and_the_standards_are_citizen_numbers(domain: Any) -> None:
    texts = [*domain["ric_syntactic"], *domain["hmt_permit_syntactic"], "440524188001010014", "11010519491231002X"]
    assert len(texts) == 7
    for text in texts:
        assert CitizenNumber.parse(text).text == text


def test_a_citizen_number_tells_birth_and_sex() -> None:
    number = CitizenNumber.parse("510104188801010013")
    assert (number.birth_date, number.sex, number.division) == (date(1888, 1, 1), "1", "510104")
    assert CitizenNumber.parse("500103188801010023").sex == "2"


@settings(deadline=None)
@given(
    st.sampled_from([ISSUER, "510100"]),
    st.text(DIGITS_AND_LETTERS, min_size=1, max_size=32),
    st.integers(min_value=1, max_value=999),
)
def test_what_was_made_parses_to_its_parts(issuer: str, serial: str, version: int) -> None:
    made = LicenceIdentifier.make(TYPE, issuer, serial, version)
    assert LicenceIdentifier.parse(str(made)) == made
    assert made[:4] == (TYPE, issuer, serial, f"{version:03d}")
    assert stdnum_37_36.is_valid(f"{TYPE}{issuer}{serial}{version:03d}{made.check}")


@pytest.mark.parametrize(
    ("issuer", "serial", "defect"),
    [
        ("11510100mb9x0a012x", "1", Defect.CREDIT_CODE),
        ("51-100", "1", Defect.ISSUER_CODE),
        (ISSUER, "abc", Defect.SERIAL),
        (ISSUER, "2026-1", Defect.SERIAL),
        (ISSUER, "", Defect.SERIAL),
        (ISSUER, "1" * 33, Defect.SERIAL),
    ],
)
def test_making_an_identifier_of_a_bad_part_says_which_part(issuer: str, serial: str, defect: Defect) -> None:
    assert defect_of(lambda _: LicenceIdentifier.make(TYPE, issuer, serial), "") is defect


@pytest.mark.parametrize("version", [0, 1000])
def test_there_are_999_versions(version: int) -> None:
    assert defect_of(lambda _: LicenceIdentifier.make(TYPE, ISSUER, "1", version), "") is Defect.VERSION


@settings(deadline=None)
@given(st.text(max_size=90))
def test_parsing_raises_nothing_but_its_own_error(text: str) -> None:
    for parse in (LicenceIdentifier.parse, CreditCode.parse, CitizenNumber.parse):
        defect_of(parse, text)
        defect_of(parse, HEAD + text)


def test_every_defect_is_reached() -> None:
    reached = {
        mark.args[1][index][1]
        for test in (
            test_a_licence_identifier_is_wrong_in_the_way_that_it_is_wrong,
            test_a_credit_code_is_wrong_in_the_way_that_it_is_wrong,
            test_a_citizen_number_is_wrong_in_the_way_that_it_is_wrong,
        )
        for mark in test.pytestmark  # type: ignore[attr-defined]
        for index in range(len(mark.args[1]))
    }
    assert set(Defect) - reached == {Defect.DATE, Defect.CHECK_VARIANT_KNOWN}, "which have tests of their own"
