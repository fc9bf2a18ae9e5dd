"""Codes of holders: which kind each type code names, and what the code must look like (GB/T 36903, annex A)."""

import re
from collections.abc import Callable
from datetime import date
from typing import Final

from certx.licence.identifiers import CitizenNumber, CreditCode, Defect, IdentifierError

CREDIT_CODE: Final = "001"
CITIZEN_NUMBER: Final = "111"

_PATTERNS: Final = {
    "114": "(军字第)?[0-9A-Z一-龥]{4,18}号?",
    "115": "(武字第)?[0-9A-Z一-龥]{4,18}号?",
    "411": "DE?[0-9]{7,8}",
    "412": "SE?[0-9]{7,8}",
    "413": "PE?[0-9]{7,8}",
    "414": "(E[0-9]{8}|E[A-Z][0-9]{7}|G[0-9]{8}|1[45][0-9]{7})",
    "511": "[0-9]{8}",
    "516": "[HM][0-9]{8}([0-9]{2})?",
}


def _credit_code(text: str, _today: date | None) -> None:
    CreditCode.parse(text)


def _citizen_number(text: str, today: date | None) -> None:
    CitizenNumber.parse(text, today=today)


_CHECKS: Final[dict[str, Callable[[str, date | None], None]]] = {
    CREDIT_CODE: _credit_code,
    CITIZEN_NUMBER: _citizen_number,
}


def check_holder_code(text: str, code_type: str, *, today: date | None = None) -> None:
    """Raise `IdentifierError` if a holder's code is not of the kind that its type code names.

    Kinds without a published form (099, 118-122, 999 and unknown ones) are free text.
    """
    check = _CHECKS.get(code_type)
    if check is not None:
        check(text, today)
        return
    pattern = _PATTERNS.get(code_type)  # compiled when first used, and kept by `re`
    if pattern is not None and not re.fullmatch(pattern, text):
        raise IdentifierError(Defect.CHARACTERS)
