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
    line, used = "", 0
    for char in text:
        size = cells(char)
        if used + size > room:
            yield head + line
            head, line, used = " " * (label_width + 4), "", 0
        line, used = line + char, used + size
    yield head + line
