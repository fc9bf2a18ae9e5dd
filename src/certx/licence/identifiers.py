"""Identifiers, parsed once into their own types: holding one is the proof that it is well-formed.

Each type has `parse(text)`, which raises `IdentifierError` with a `Defect` that tells the kinds of wrong apart.
"""

from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from certx.errors import CertxError, Exit
from certx.licence.check_digits import (
    CREDIT_ALPHABET,
    credit_check,
    mod_11_2,
    mod_37_36,
    mod_37_36_shifted,
    mod_37_36_state,
    organisation_check,
)

LICENCE_OID: Final = "1.2.156.3005.2"
"""Root of every licence identifier (GB/T 36904)."""

_DIGITS: Final = frozenset("0123456789")
_SERIAL: Final = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_CREDIT: Final = CREDIT_ALPHABET.encode()
_SERIAL_MAX: Final = 32


class Defect(StrEnum):
    """What is wrong with an identifier; also the code of its words."""

    LENGTH = "identifier-length"
    CHARACTERS = "identifier-characters"
    CHECK = "identifier-check"
    CHECK_VARIANT_KNOWN = "identifier-check-variant-known"
    OID = "identifier-oid"
    PARTS = "identifier-parts"
    TYPE_CODE = "identifier-type-code"
    ISSUER_CODE = "identifier-issuer-code"
    SERIAL = "identifier-serial"
    VERSION = "identifier-version"
    CREDIT_CODE = "identifier-credit-code"
    ORGANISATION_CHECK = "identifier-organisation-check"
    DATE = "identifier-date"


class IdentifierError(CertxError):
    """The text is not an identifier of that kind; `defect` says in which way."""

    exit = Exit.REJECTED_ROWS

    def __init__(self, defect: Defect, **params: object) -> None:
        super().__init__(defect, hint=None, **params)
        self.defect = defect


class CreditCode(NamedTuple):
    """统一社会信用代码, 18 characters (GB 32100-2015), its inner organisation code checked too (GB 11714)."""

    text: str

    @classmethod
    def parse(cls, text: str) -> "CreditCode":
        """Check length, alphabet (no I O S V Z), check character and inner check digit; never folds case."""
        if len(text) != 18:
            raise IdentifierError(Defect.LENGTH, expected=18, actual=len(text))
        data = text.encode("ascii", "replace")
        if data.translate(None, _CREDIT) or not data[2:8].isdigit():
            raise IdentifierError(Defect.CHARACTERS)
        if organisation_check(text[8:16]) != text[16]:
            raise IdentifierError(Defect.ORGANISATION_CHECK)
        if credit_check(text[:17]) != text[17]:
            raise IdentifierError(Defect.CHECK)
        return cls(text)

    @property
    def division(self) -> str:
        """The division of the registering body (GB/T 2260, six digits)."""
        return self.text[2:8]

    def __str__(self) -> str:
        return self.text


class CitizenNumber(NamedTuple):
    """公民身份号码, 18 characters (GB 11643-1999).

    The place is not checked: numbers outlive division codes, and residents of Hong Kong, Macao and Taiwan have
    their own. Whether it is known is a matter for a warning (`certx.schema.rules`).
    """

    text: str
    birth_date: date

    @classmethod
    def parse(cls, text: str, *, today: date | None = None) -> "CitizenNumber":
        """Check form, MOD 11-2, that the birth date exists and, given `today`, that it is not in the future."""
        if len(text) != 18:
            raise IdentifierError(Defect.LENGTH, expected=18, actual=len(text))
        if not (text.isascii() and text[:17].isdigit() and (text[17].isdigit() or text[17] == "X")):
            raise IdentifierError(Defect.CHARACTERS)
        if mod_11_2(text[:17]) != text[17]:
            raise IdentifierError(Defect.CHECK)
        try:
            born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
        except ValueError:
            raise IdentifierError(Defect.DATE) from None
        if today is not None and born > today:
            raise IdentifierError(Defect.DATE)
        return cls(text, born)

    @property
    def division(self) -> str:
        """The division where the number was given (six digits)."""
        return self.text[:6]

    @property
    def sex(self) -> str:
        """GB/T 2261.1: "1" male, "2" female."""
        return "1" if int(self.text[16]) % 2 else "2"

    def __str__(self) -> str:
        return self.text


class LicenceIdentifier(NamedTuple):
    """电子证照标识 (GB/T 36904): root, type code, issuer code, serial, version and check character."""

    type_code: str
    issuer_code: str
    serial: str
    version: str
    check: str

    @classmethod
    def parse(cls, text: str) -> "LicenceIdentifier":
        """Check the root, each part by itself, and the check character by ISO 7064 MOD 37,36.

        The check character is taken over the parts without dots, so a character moved across a dot is caught
        by the parts' own checks alone.
        """
        head = LICENCE_OID + "."
        if not text.startswith(head):
            raise IdentifierError(Defect.OID, expected=LICENCE_OID)
        parts = text[len(head) :].split(".")
        if len(parts) != 5:
            raise IdentifierError(Defect.PARTS, expected=5, actual=len(parts))
        type_code, issuer_code, serial, version, check = parts
        state = _check_parts(type_code, issuer_code, serial, version)
        if mod_37_36(serial + version, state) != check:
            body = type_code + issuer_code + serial + version
            known = check in (mod_37_36_shifted(body), mod_37_36(LICENCE_OID.replace(".", "") + body))
            raise IdentifierError(Defect.CHECK_VARIANT_KNOWN if known else Defect.CHECK)
        return cls(type_code, issuer_code, serial, version, check)

    @classmethod
    def make(cls, type_code: str, issuer_code: str, serial: str, version: int = 1) -> "LicenceIdentifier":
        """A new identifier with its check character; raises `IdentifierError` on a bad part."""
        digits = f"{version:03d}"
        state = _check_parts(type_code, issuer_code, serial, digits)
        return cls(type_code, issuer_code, serial, digits, mod_37_36(serial + digits, state))

    def __str__(self) -> str:
        return f"{LICENCE_OID}.{self.type_code}.{self.issuer_code}.{self.serial}.{self.version}.{self.check}"


def _check_parts(type_code: str, issuer_code: str, serial: str, version: str) -> int:
    """Check each part by itself; answer the running product over type and issuer."""
    if len(type_code) != 21 or not _DIGITS.issuperset(type_code[18:]):
        raise IdentifierError(Defect.TYPE_CODE)
    if not (len(issuer_code) == 6 and _DIGITS.issuperset(issuer_code)) and len(issuer_code) != 18:
        raise IdentifierError(Defect.ISSUER_CODE)
    if not (1 <= len(serial) <= _SERIAL_MAX and _SERIAL.issuperset(serial)):
        raise IdentifierError(Defect.SERIAL, maximum=_SERIAL_MAX)
    if len(version) != 3 or not _DIGITS.issuperset(version) or version == "000":
        raise IdentifierError(Defect.VERSION)
    return _state_of_known_parts(type_code, issuer_code)


@lru_cache(maxsize=4096)
def _state_of_known_parts(type_code: str, issuer_code: str) -> int:
    """Check the credit codes in an identifier; answer the running product over both parts.

    Remembered, for types and issuers are few.
    """
    for code, part in ((type_code[:18], "type"), (issuer_code, "issuer")):
        _parse_inner_credit_code(code, part)
    return mod_37_36_state(type_code + issuer_code)


def _parse_inner_credit_code(code: str, part: str) -> None:
    if len(code) == 6:  # some regions name the issuer by its division code
        return
    try:
        CreditCode.parse(code)
    except IdentifierError as error:
        raise IdentifierError(Defect.CREDIT_CODE, part=part) from error
