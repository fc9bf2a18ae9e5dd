"""Columns of a terminal: Chinese characters take two; long values are folded, never cut."""

from collections.abc import Iterator
from unicodedata import east_asian_width

LONGEST_SHOWN = 2_000
"""Characters of one value that a screen shows."""


def printable(text: str) -> str:
    """Text from elsewhere, made safe for a terminal: bounded, and no control characters (SD-JWT VC, 7.6)."""
    shown = text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"
    return shown if shown.isprintable() else "".join(char if char.isprintable() else "�" for char in shown)


def cells(text: str) -> int:
    """How many terminal columns a text takes."""
    return len(text) if text.isascii() else sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def fold(label: str, text: str, *, label_width: int, width: int) -> Iterator[str]:
    """Lines of a labelled value: the label on the first, the value folded into the columns after it."""
    label, text = printable(label), printable(text)
    room = max(width - label_width - 4, 16)
    gap = " " * max(label_width - cells(label), 0)
    head = f"  {label}{gap}  "
    for line in _wrapped(text, room):
        yield head + line
        head = " " * (label_width + 4)


def _wrapped(text: str, room: int) -> Iterator[str]:
    """Lines of at most `room` columns, broken at a space where the last third of a line has one."""
    while cells(text) > room:
        cut, used = 0, 0
        while used + cells(text[cut]) <= room:
            used += cells(text[cut])
            cut += 1
        space = text.rfind(" ", cut - cut // 3, cut + 1)
        end = space if space > 0 else cut
        yield text[:end]
        text = text[end:].lstrip(" ")
    yield text
