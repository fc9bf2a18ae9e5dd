"""Check characters against published ones and against an independent implementation."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_2 as stdnum_11_2
from stdnum.iso7064 import mod_37_36 as stdnum_37_36

from certx.licence.check_digits import (
    CREDIT_ALPHABET,
    DIGITS_AND_LETTERS,
    credit_check,
    mod_11_2,
    mod_37_36,
    mod_37_36_shifted,
    mod_37_36_state,
    organisation_check,
)
from certx.licence.identifiers import CreditCode, Defect, IdentifierError


def defect_of(text: str) -> Defect | None:
    """In which way a text is no credit code, `None` if it is one."""
    try:
        CreditCode.parse(text)
    except IdentifierError as error:
        return error.defect
    return None


@pytest.mark.parametrize(
    ("parts", "iso", "shifted"),
    [
        ("11100000000013338W011.11430000006122244L.20230000403.001", "U", "T"),
        ("11100000MB03271699022.340100.000000016.001", "9", "4"),
        ("11100000000013338W009.11330105002500287C.2025052201.002", "0", "Z"),
        ("11100000000013338W032.11220000013544541J.2430599.001", "F", "E"),
        ("11100000000013338W087.11370800MB28559184.37080001202411010001.001", "3", "G"),
        ("11100000000013661B006.113700000045046442.209FA4E88F9E4C878F3E9BED2CE7EA49.001", "D", "M"),
    ],
)
def test_the_check_characters_of_both_implementations_are_those_of_the_table(
    parts: str, iso: str, shifted: str
) -> None:
    body = parts.replace(".", "")
    assert (mod_37_36(body), mod_37_36_shifted(body)) == (iso, shifted)


def test_the_worked_example_is_worked_step_by_step() -> None:
    assert [mod_37_36_state("1"), mod_37_36_state("11"), mod_37_36_state("111")] == [2, 6, 14]
    assert mod_37_36("11100000MB0143028R00111510100MB9X0A012X20260101000001001") == "4"


@settings(deadline=None)
@given(st.text(DIGITS_AND_LETTERS, min_size=1, max_size=80))
def test_mod_37_36_agrees_with_an_independent_implementation(text: str) -> None:
    assert mod_37_36(text) == stdnum_37_36.calc_check_digit(text)


@settings(deadline=None)
@given(st.text("0123456789", min_size=17, max_size=17))
def test_mod_11_2_agrees_with_an_independent_implementation(text: str) -> None:
    assert mod_11_2(text) == stdnum_11_2.calc_check_digit(text)


@settings(deadline=None)
@given(st.text(CREDIT_ALPHABET, min_size=17, max_size=17))
def test_the_check_of_a_credit_code_agrees_with_an_independent_implementation(text: str) -> None:
    assert credit_check(text) == uscc.calc_check_digit(text)


@settings(deadline=None)
@given(st.from_regex(r"[1-9ANY][1-9][0-9]{6}[0-9A-HJ-NP-RTUW-Y]{8}", fullmatch=True), st.sampled_from(CREDIT_ALPHABET))
def test_whatever_is_taken_for_a_credit_code_is_one_for_stdnum_too(start: str, last: str) -> None:
    text = start + organisation_check(start[8:]) + last
    if defect_of(text) is None:
        assert uscc.is_valid(text) or not start[0].isdigit()
    else:
        assert defect_of(text) is Defect.CHECK
        assert not uscc.is_valid(text)


@pytest.mark.parametrize("strange", ["I", "Z", "_", "+", " ", "é", "１", "\ud800"])
def test_a_credit_code_has_no_other_characters(strange: str) -> None:
    assert defect_of("91510100MA9XQ000" + strange + "A") is Defect.CHARACTERS
    assert defect_of("9151" + strange + "100MA9XQ00012") is Defect.CHARACTERS
