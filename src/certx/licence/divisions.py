"""Administrative divisions (GB/T 2260) in a small dated table."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple


class Division(NamedTuple):
    """One code: its names, the days between which it was in use (`None`: open or unknown), what came after it."""

    code: str
    zh: str
    en: str
    valid_from: date | None = None
    valid_to: date | None = None
    successor: str | None = None


class Divisions(NamedTuple):
    """The table; a code that it does not know is a reason to warn, never to reject."""

    by_code: Mapping[str, Division]

    def get(self, code: str) -> Division | None:
        """The division of a six-digit code."""
        return self.by_code.get(code)

    def is_known(self, code: str) -> bool:
        """Is the code, in use or historical, in the table?"""
        return code in self.by_code

    @classmethod
    def from_document(cls, document: Mapping[str, Mapping[str, str | None]]) -> "Divisions":
        """Read the `divisions` object of `schemas/data/divisions.json`."""
        return cls({code: _division(code, row) for code, row in document.items()})


def _division(code: str, row: Mapping[str, str | None]) -> Division:
    def day(name: str) -> date | None:
        text = row.get(name)  # some changes are only known to the year: "1988" is its first day
        return date.fromisoformat(text if len(text) == 10 else f"{text[:4]}-01-01") if text else None

    return Division(code, row["zh"] or code, row["en"] or code, day("from"), day("to"), row.get("successor"))


def province_of(code: str) -> str:
    """The province-level code of any division: counties and cities resolve to it."""
    return code[:2] + "0000"


def is_known_place(code: str) -> bool:
    """Is a six-digit code in python-stdnum's table of places, which covers the country but has no dates?"""
    from stdnum import numdb  # noqa: PLC0415 - 40 ms, and most codes are in our own table

    return any("county" in facts for _, facts in numdb.get("cn/loc").info(code))
