"""The formats that licence schemas assert, one predicate each, used by both validators."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import Final

from certx.licence.identifiers import CitizenNumber, CreditCode, IdentifierError, LicenceIdentifier

_DIGITS: Final = frozenset("0123456789")
_VIN: Final = frozenset("0123456789ABCDEFGHJKLMNPRSTUVWXYZ")


def is_date(text: object) -> bool:
    """A calendar date as RFC 3339 full-date, nothing else that Python would take."""
    if not isinstance(text, str):
        return True
    if len(text) != 10 or text[4] != "-" or text[7] != "-":  # fromisoformat also takes 20260131 and week dates
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_vin(text: object) -> bool:
    """车辆识别代号: 17 characters without I, O and Q (GB 16735); its check digit is not asserted."""
    return not isinstance(text, str) or (len(text) == 17 and _VIN.issuperset(text))


def is_division_code(text: object) -> bool:
    """Six digits (GB/T 2260); whether the division exists is a matter for a warning."""
    return not isinstance(text, str) or (len(text) == 6 and _DIGITS.issuperset(text))


def _parses(parse: Callable[[str], object]) -> Callable[[object], bool]:
    def check(text: object) -> bool:
        if not isinstance(text, str):
            return True
        try:
            parse(text)
        except IdentifierError:
            return False
        return True

    return check


_known_credit_code = lru_cache(maxsize=4096)(_parses(CreditCode.parse))


def _is_credit_code(text: object) -> bool:
    """Remembered, for the bodies that issue are few."""
    return not isinstance(text, str) or _known_credit_code(text)


FORMATS: Final[Mapping[str, Callable[[object], bool]]] = {
    "date": is_date,
    "vin": is_vin,
    "division-code": is_division_code,
    "credit-code": _is_credit_code,
    "citizen-number": _parses(CitizenNumber.parse),
    "licence-identifier": _parses(LicenceIdentifier.parse),
}

REGULAR: Final[Mapping[str, str]] = {
    "date": "^([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])-[0-9]{2}-[0-9]{2}$",
    "vin": "^[0-9A-HJ-NPR-Z]{17}$",
    "division-code": "^[0-9]{6}$",
}
"""Formats that the compiled validator checks as patterns (for `date`, beside its own check of the calendar)."""

PARSERS: Final[Mapping[str, Callable[[str], object]]] = {
    "credit-code": CreditCode.parse,
    "citizen-number": CitizenNumber.parse,
    "licence-identifier": LicenceIdentifier.parse,
}
"""Formats whose parser can say in which way a value is wrong."""
