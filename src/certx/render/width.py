"""Columns of a terminal: Chinese characters take two; long values are folded, never cut."""

import re
from collections.abc import Iterator
from typing import Final
from unicodedata import east_asian_width

LONGEST_SHOWN = 2_000
"""Characters of one value that a screen shows."""

_TWO_COLUMNS: Final = re.compile(r"( *\S+(?: \S+)* {2,})(\S.*)")
"""A line in columns: spaces, a few words, two spaces or more, text."""
_NEVER_FIRST: Final = frozenset("，。；：、！？）》」』”’%")
"""What no line begins with (GB/T 15834)."""
_NEVER_LAST: Final = frozenset("（《「『“‘")
"""What no line ends with."""


def printable(text: str) -> str:
    """Text from elsewhere, made safe for a terminal: bounded, and no control characters (SD-JWT VC, 7.6)."""
    shown = text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"
    return shown if shown.isprintable() else "".join(char if char.isprintable() else "�" for char in shown)


def cells(text: str) -> int:
    """How many terminal columns a text takes."""
    return len(text) if text.isascii() else sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def fold(label: str, text: str, *, label_width: int, width: int) -> Iterator[str]:
    """Lines of a labelled value: the label on the first, the value folded into the columns after it.

    A label that leaves it too little room has a line to itself.
    """
    label, text = printable(label), printable(text)
    room = max(width - label_width - 4, 16)
    gap = " " * max(label_width - cells(label), 0)
    head = f"  {label}{gap}  "
    lines = list(wrapped(text, room))
    if gap == "" and cells(head) + cells(lines[0]) > width:
        yield from (f"  {part}" for part in wrapped(label, max(width - 2, 16)))
        head = " " * (label_width + 4)
    for line in lines:
        yield head + line
        head = " " * (label_width + 4)


def hanging(line: str, width: int) -> Iterator[str]:
    """A line of two columns, the second one folded below itself; of one, the line folded."""
    columns = _TWO_COLUMNS.fullmatch(line)
    head, text = columns.groups() if columns else ("", line)
    indent = cells(head)
    for part in wrapped(text, max(width - indent, 16)):
        yield head + part
        head = " " * indent


def wrapped(text: str, room: int) -> Iterator[str]:
    """Lines of at most `room` columns, broken between words or Chinese characters, as people write them."""
    while cells(text) > room:
        cut, used = 0, 0
        while used + cells(text[cut]) <= room:
            used += cells(text[cut])
            cut += 1
        end = _break_before(text, cut)
        yield text[:end].rstrip(" ")
        text = text[end:].lstrip(" ")
    yield text


def _break_before(text: str, cut: int) -> int:
    """Where a line that has room for `cut` characters ends, if need be in the midst of a word."""
    if text[cut] in _NEVER_FIRST and cut > 1:
        cut -= 1
    if text[cut - 1] in _NEVER_LAST and cut > 1:
        cut -= 1
    start = cut
    while start and _is_of_word(text[start - 1]) and _is_of_word(text[cut]):
        start -= 1
    if start > cut // 3:
        return start - 1 if text[start - 1] in _NEVER_LAST else start
    inside = max(text.rfind(sign, cut - cut // 3, cut) for sign in ".-/") if start < cut else -1
    return cut if inside < 0 else inside + 1


def _is_of_word(char: str) -> bool:
    return (char.isascii() and char != " ") or char == "§"
