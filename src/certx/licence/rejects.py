r"""What a file of rejected rows has beside a row's own columns, and how a row is written that has no columns.

What could not be read stands in one cell, as it stood in its table, and is read again from there: it is mended there.
A byte that is no text is written `\xe9` and never becomes text; a backslash that looks as if it began one is `\x5c`.
"""

import re
from typing import Final

REJECT_COLUMNS: Final = ("certx_line", "certx_column", "certx_reason", "certx_message", "certx_mend")
"""Columns that say what is wrong; ignored when the file is fed back."""
RAW: Final = "certx_raw"
"""A row as it stood, where it could not be put into columns; it is read in the place of the columns."""
RAW_PART: Final = "certx_raw_part"
"""What could not be kept whole or in its column; the row is refused until this is empty."""

_UNTOLD: Final = re.compile(r"\\(?=x[0-9a-f]{2})|[\udc80-\udcff\0]")
_TOLD: Final = re.compile(r"\\x([0-9a-f]{2})")
_DAMAGE: Final = re.compile(r"[\udc80-\udcff\0]")


def is_own(column: str) -> bool:
    """Is it a column of the row, and none of those above?"""
    return column not in REJECT_COLUMNS and not column.startswith(RAW)


def noted(text: str) -> str:
    """Text with bytes that are none (`surrogateescape`) in the notation above."""
    return _UNTOLD.sub(lambda found: f"\\x{ord(found[0]) & 0xFF:02x}", text)


def as_it_stood(note: str) -> str:
    """The same back."""
    return _TOLD.sub(lambda found: _byte(int(found[1], 16)), note)


def _byte(value: int) -> str:
    return chr(value) if value < 0x80 else chr(0xDC00 + value)


def damage_in(text: str) -> int | None:
    """The position, in bytes, of the first byte of a text that is none; `None` if all of it is text."""
    found = _DAMAGE.search(text)
    return None if found is None else len(text[: found.start()].encode("utf-8"))
