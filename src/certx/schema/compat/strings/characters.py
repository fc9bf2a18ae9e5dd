r"""Sets of characters as sorted spans of code points: what a class such as `[0-9A-Z]` or `\p{L}` stands for.

A character is a Unicode scalar value, as in a JSON string; lone surrogates are none (RFC 8259, section 8.2).
"""

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from functools import cache, lru_cache
from itertools import pairwise
from typing import Final
from weakref import WeakValueDictionary

Span = tuple[int, int]
"""First and last code point."""

_LAST: Final = 0x10FFFF
_SURROGATES: Final = (0xD800, 0xDFFF)
_KNOWN: Final[WeakValueDictionary[tuple[Span, ...], "Characters"]] = WeakValueDictionary()


class Characters:
    """A set of characters. Equal sets are one object, so that sets are compared and hashed in no time."""

    __slots__ = ("__weakref__", "spans")
    spans: tuple[Span, ...]

    def __new__(cls, spans: Iterable[Span]) -> "Characters":  # noqa: PYI034 - one class, no heirs
        """The characters of the spans, which may overlap and stand in any order."""
        merged: list[Span] = []
        for first, last in sorted(spans):
            if merged and first <= merged[-1][1] + 1:
                merged[-1] = (merged[-1][0], max(merged[-1][1], last))
            elif first <= last:
                merged.append((first, last))
        key = tuple(_scalars(merged))
        if (known := _KNOWN.get(key)) is not None:
            return known
        new = super().__new__(cls)
        new.spans = key
        return _KNOWN.setdefault(key, new)

    @classmethod
    def of(cls, text: str) -> "Characters":
        """Exactly the characters of the text."""
        return cls((ord(char), ord(char)) for char in text)

    def __repr__(self) -> str:
        return f"Characters({', '.join(f'{first:X}-{last:X}' for first, last in self.spans)})"

    def __len__(self) -> int:
        return sum(last - first + 1 for first, last in self.spans)

    def __contains__(self, char: str) -> bool:
        at = bisect_right(self.spans, (ord(char), _LAST))
        return at > 0 and ord(char) <= self.spans[at - 1][1]

    def __or__(self, other: "Characters") -> "Characters":
        return _union(self, other)

    def __and__(self, other: "Characters") -> "Characters":
        return _intersection(self, other)

    def __invert__(self) -> "Characters":
        return _complement(self)

    def __le__(self, other: "Characters") -> bool:
        return self & other is self

    def pick(self) -> str:
        """One that reads well: a letter or a digit if there is one."""
        for readable in _READABLE:
            if (common := self & readable).spans:
                return chr(common.spans[0][0])
        return chr(self.spans[0][0])

    def edges(self) -> list[str]:
        """The first and the last of each span, and one that reads well."""
        return list(dict.fromkeys([self.pick(), *(chr(point) for span in self.spans for point in span)]))


def _scalars(spans: Iterable[Span]) -> Iterable[Span]:
    """The spans without surrogates."""
    low, high = _SURROGATES
    for first, last in spans:
        if last < low or first > high:
            yield first, last
            continue
        if first < low:
            yield first, low - 1
        if last > high:
            yield high + 1, last


@lru_cache(maxsize=4096)
def _union(one: Characters, other: Characters) -> Characters:
    return Characters(one.spans + other.spans)


@lru_cache(maxsize=4096)
def _complement(one: Characters) -> Characters:
    starts = [0, *(last + 1 for _, last in one.spans)]
    ends = [*(first - 1 for first, _ in one.spans), _LAST]
    return Characters(zip(starts, ends, strict=True))


@lru_cache(maxsize=4096)
def _intersection(one: Characters, other: Characters) -> Characters:
    found, a, b = [], list(reversed(one.spans)), list(reversed(other.spans))
    while a and b:
        found.append((max(a[-1][0], b[-1][0]), min(a[-1][1], b[-1][1])))
        (a if a[-1][1] < b[-1][1] else b).pop()
    return Characters(found)


@lru_cache(maxsize=4096)
def partition(sets: frozenset[Characters]) -> tuple[Characters, ...]:
    """All characters, divided so that each set is a union of parts; parts that read well come first."""
    borders: dict[int, int] = {0: 0, _LAST + 1: 0}
    for number, characters in enumerate(sets):
        for first, last in characters.spans:
            borders[first] = borders.get(first, 0) ^ (1 << number)
            borders[last + 1] = borders.get(last + 1, 0) ^ (1 << number)
    parts: dict[int, list[Span]] = {}
    inside, points = 0, sorted(borders)
    for first, beyond in pairwise(points):
        inside ^= borders[first]
        parts.setdefault(inside, []).append((first, beyond - 1))
    blocks = [Characters(spans) for spans in parts.values()]
    return tuple(sorted((block for block in blocks if block.spans), key=_reads_well))


def _reads_well(block: Characters) -> tuple[int, str]:
    char = block.pick()
    return next((n for n, readable in enumerate(_READABLE) if char in readable), len(_READABLE)), char


NONE: Final = Characters(())
ANY: Final = ~NONE
DIGITS: Final = Characters([(0x30, 0x39)])
WORD: Final = DIGITS | Characters([(0x41, 0x5A), (0x61, 0x7A)]) | Characters.of("_")
LINE_ENDS: Final = Characters.of("\n\r\u2028\u2029")
SPACE: Final = LINE_ENDS | Characters.of("\t\v\f \u00a0\u1680\u202f\u205f\u3000\ufeff") | Characters([(0x2000, 0x200A)])
"""WhiteSpace and LineTerminator (ECMA-262, sections 12.2 and 12.3); more than Python or Rust take."""

_READABLE: Final = (
    Characters([(0x61, 0x7A)]),
    Characters([(0x41, 0x5A)]),
    DIGITS,
    Characters([(0x21, 0x7E)]),
    Characters([(0x4E00, 0x9FA5)]),
    Characters.of(" "),
    Characters([(0xC0, 0x24F), (0x3041, 0x30FE), (0xAC00, 0xD7A3), (0x1F300, 0x1F64F)]),
)

_MAJOR: Final = {
    "Letter": "L",
    "Cased_Letter": "LC",
    "Uppercase_Letter": "Lu",
    "Lowercase_Letter": "Ll",
    "Titlecase_Letter": "Lt",
    "Modifier_Letter": "Lm",
    "Other_Letter": "Lo",
    "Mark": "M",
    "Nonspacing_Mark": "Mn",
    "Spacing_Mark": "Mc",
    "Enclosing_Mark": "Me",
    "Number": "N",
    "Decimal_Number": "Nd",
    "digit": "Nd",
    "Letter_Number": "Nl",
    "Other_Number": "No",
    "Punctuation": "P",
    "punct": "P",
    "Connector_Punctuation": "Pc",
    "Dash_Punctuation": "Pd",
    "Open_Punctuation": "Ps",
    "Close_Punctuation": "Pe",
    "Initial_Punctuation": "Pi",
    "Final_Punctuation": "Pf",
    "Other_Punctuation": "Po",
    "Symbol": "S",
    "Math_Symbol": "Sm",
    "Currency_Symbol": "Sc",
    "Modifier_Symbol": "Sk",
    "Other_Symbol": "So",
    "Separator": "Z",
    "Space_Separator": "Zs",
    "Line_Separator": "Zl",
    "Paragraph_Separator": "Zp",
    "Control": "Cc",
    "Format": "Cf",
    "Private_Use": "Co",
}
_ASSIGNED: Final = (range(0xD800), range(0xE000, 0x33480), range(0xE0000, 0xE01F0))
"""Where characters are assigned, but for the private planes; the rest need not be asked for."""


@cache
def _categories() -> dict[str, Characters]:
    """General categories (Unicode 15 or what Python has); 40 ms, once, and only for patterns that name one."""
    points: dict[str, list[Span]] = {}
    for area in _ASSIGNED:
        for point in area:
            spans = points.setdefault(unicodedata.category(chr(point)), [])
            if spans and spans[-1][1] == point - 1:
                spans[-1] = (spans[-1][0], point)
            else:
                spans.append((point, point))
    points["Co"] += [(0xF0000, 0xFFFFD), (0x100000, 0x10FFFD)]
    del points["Cn"]
    return {name: Characters(spans) for name, spans in points.items()}


def by_property(name: str) -> Characters | None:
    r"""The characters of `\p{name}`: a general category, `Any` or `ASCII`; None if it is another property."""
    if name in {"Any", "ASCII"}:
        return ANY if name == "Any" else Characters([(0, 0x7F)])
    value = name.removeprefix("General_Category=").removeprefix("gc=")
    short, known = _MAJOR.get(value, value), _categories()
    wanted = ("Lu", "Ll", "Lt") if short == "LC" else [code for code in known if code == short or code[0] == short]
    if not wanted or short == "C":  # C holds the unassigned, which change with every version of Unicode
        return None
    return Characters(span for code in wanted for span in known[code].spans)
