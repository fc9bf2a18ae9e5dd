"""A cell of a table becomes a JSON value, in one spelling of dates, numbers and lists."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Final

LONG_TERM: Final = frozenset({"长期", "长期有效", "long-term", "永久"})
_LIST_SEPARATORS: Final = re.compile("[;；]")
_DATE: Final = re.compile(r"([0-9]{4})(?:[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?|([0-9]{2})([0-9]{2}))")
_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,10})?")
_BOOLEANS: Final = {"true": True, "false": False, "是": True, "否": False, "1": True, "0": False}


class Kind(StrEnum):
    """The JSON type that a cell becomes."""

    TEXT = "text"
    DATE = "date"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    OBJECT = "object"
    UNREAD = "unread"


class CellError(ValueError):
    """A cell does not have the form of its kind."""


def mask(value: object) -> str:
    """A value as it may be shown in messages: first and last character, the rest starred (at most six)."""
    text = str(value)
    if len(text) < 3:
        return "*" if len(text) == 1 else text[:1] + "*" * (len(text) - 1)
    return f"{text[0]}{'*' * min(len(text) - 2, 6)}{text[-1]}"


def _date(cell: str) -> str | None:
    if len(cell) == 10 and cell[4] == cell[7] == "-":
        return cell
    if cell in LONG_TERM:
        return None
    match = _DATE.fullmatch(cell)
    if match is None:
        raise CellError
    try:
        return date(int(match[1]), int(match[2] or match[4]), int(match[3] or match[5])).isoformat()
    except ValueError:
        raise CellError from None


def _number(cell: str) -> int | float:
    if not _NUMBER.fullmatch(cell):
        raise CellError
    value = float(cell)
    return int(value) if value.is_integer() else value


def _integer(cell: str) -> int:
    value = _number(cell)
    if isinstance(value, float):
        raise CellError
    return value


def _boolean(cell: str) -> bool:
    try:
        return _BOOLEANS[cell.lower()]
    except KeyError:
        raise CellError from None


def _object(_cell: str) -> object:
    raise CellError


_CONVERT: Final[Mapping[Kind, Callable[[str], object] | None]] = {
    Kind.TEXT: None,
    Kind.DATE: _date,
    Kind.INTEGER: _integer,
    Kind.NUMBER: _number,
    Kind.BOOLEAN: _boolean,
    Kind.OBJECT: _object,
    Kind.UNREAD: None,
}


def converter(kind: Kind, *, many: bool) -> Callable[[str], object] | None:
    """How a stripped, non-empty cell becomes its JSON value, `None`: as it is; the function raises `CellError`.

    `many`: a list of such values, parted by semicolons.
    """
    one = _CONVERT[kind]
    if not many or kind is Kind.OBJECT:
        return one

    def each(cell: str) -> list[object]:
        parts = [part.strip() for part in _LIST_SEPARATORS.split(cell)]
        return [one(part) if one is not None else part for part in parts if part]

    return each
