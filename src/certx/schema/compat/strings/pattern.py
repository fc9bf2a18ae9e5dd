"""Patterns: the regular expressions of ECMA-262 with the `u` flag, read into a tree (JSON Schema core, section 6.4).

What a finite automaton cannot say, or what engines read differently, is `UnsupportedPattern`, never a guess.
"""

import re
from dataclasses import dataclass
from typing import Final

from certx.schema.compat.strings.characters import DIGITS, LINE_ENDS, SPACE, WORD, Characters, by_property

_MAX_LENGTH: Final = 4_096
_MAX_NESTING: Final = 64
_MAX_ASSERTIONS: Final = 32
_MAX_COUNT: Final = 1_000_000_000


class UnsupportedPattern(Exception):  # noqa: N818 - a limit of this reader, not an error of the schema
    """A pattern that is not decided here; `construct` is the part that is not."""

    def __init__(self, construct: str) -> None:
        super().__init__(construct)
        self.construct = construct


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other; of none: the empty text."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Any one of them."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """The body again and again; `most` of None is without end."""

    body: "Node"
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Look:
    """A look ahead: what follows begins with the body (or does not)."""

    body: "Node"
    negated: bool


@dataclass(frozen=True, slots=True)
class Edge:
    """`^` or `$`: the very beginning or the very end of the text."""

    at_start: bool


Node = Characters | Sequence | Choice | Repeat | Look | Edge


def parse(source: str) -> Node:
    """The tree of a pattern. Raises `UnsupportedPattern`."""
    if len(source) > _MAX_LENGTH:
        raise UnsupportedPattern(f"longer than {_MAX_LENGTH} characters")
    reader = _Reader(source)
    tree = reader.choice(0)
    if reader.rest:
        raise UnsupportedPattern(reader.rest[:1])
    return tree


_HEX: Final = "[0-9A-Fa-f]"
_CODE_POINT: Final = re.compile(
    rf"u(?P<high>[dD][89abAB]{_HEX}{{2}})\\u(?P<low>[dD][c-fC-F]{_HEX}{{2}})"
    rf"|u(?P<four>{_HEX}{{4}})|u\{{(?P<any>{_HEX}{{1,6}})\}}|x(?P<two>{_HEX}{{2}})"
)
_PROPERTY: Final = re.compile(r"([pP])\{([A-Za-z0-9_=]+)\}")
_COUNT: Final = re.compile(r"\{([0-9]+)(,?)([0-9]*)\}")
_LOOKS_COUNTED: Final = re.compile(r"\{[0-9]*,?[0-9]*\}")
_GROUP: Final = re.compile(r"\((?:\?(?::|(?P<look>[=!])|<[A-Za-z_$][A-Za-z0-9_$]*>))?(?!\?)")
_CONTROLS: Final = {"t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r"}
_CLASSES: Final = {"d": DIGITS, "w": WORD, "s": SPACE, "D": ~DIGITS, "W": ~WORD, "S": ~SPACE}


class _Reader:
    """A recursive descent over one pattern."""

    def __init__(self, source: str) -> None:
        self._source, self._at, self._assertions = source, 0, 0

    @property
    def rest(self) -> str:
        return self._source[self._at :]

    def _peek(self) -> str:
        return self._source[self._at : self._at + 1]

    def _take(self) -> str:
        char = self._peek()
        self._at += 1
        return char

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        if found := pattern.match(self._source, self._at):
            self._at = found.end()
        return found

    def choice(self, depth: int) -> Node:
        if depth > _MAX_NESTING:
            raise UnsupportedPattern(f"groups nested more than {_MAX_NESTING} deep")
        parts = [self._sequence(depth)]
        while self._peek() == "|":
            self._at += 1
            parts.append(self._sequence(depth))
        return parts[0] if len(parts) == 1 else Choice(tuple(parts))

    def _sequence(self, depth: int) -> Node:
        parts: list[Node] = []
        while (char := self._peek()) and char not in "|)":
            atom = self._atom(depth)
            parts.append(self._quantified(atom))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _atom(self, depth: int) -> Node:
        match self._peek():
            case "(":
                return self._group(depth)
            case "[":
                self._at += 1
                return self._class()
            case "^" | "$":
                self._count_assertion()
                return Edge(at_start=self._take() == "^")
            case ".":
                self._at += 1
                return ~LINE_ENDS
            case "\\":
                self._at += 1
                return self._escape(in_class=False)
            case "*" | "+" | "?" as char:
                raise UnsupportedPattern(f"{char} with nothing to repeat")
            case "{" if _LOOKS_COUNTED.match(self._source, self._at):
                raise UnsupportedPattern("{ with nothing to repeat")
            case _:
                return Characters.of(self._take())

    def _count_assertion(self) -> None:
        self._assertions += 1
        if self._assertions > _MAX_ASSERTIONS:
            raise UnsupportedPattern(f"more than {_MAX_ASSERTIONS} assertions")

    def _group(self, depth: int) -> Node:
        opening = self._match(_GROUP)
        if opening is None:
            raise UnsupportedPattern(self.rest[:4])
        inner = self.choice(depth + 1)
        if self._take() != ")":
            raise UnsupportedPattern("( without )")
        if opening["look"] is None:
            return Sequence((inner,)) if isinstance(inner, Look | Edge) else inner
        self._count_assertion()
        return Look(inner, negated=opening["look"] == "!")

    def _quantified(self, atom: Node) -> Node:
        match self._peek():
            case "*" | "+" | "?" as char:
                self._at += 1
                least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}[char]
            case "{" if found := self._match(_COUNT):
                least = int(found[1])
                most = None if found[2] and not found[3] else int(found[3] or found[1])
                if max(least, most or 0) > _MAX_COUNT or (most is not None and most < least):
                    raise UnsupportedPattern(found[0])
            case "{" if _LOOKS_COUNTED.match(self._source, self._at):
                raise UnsupportedPattern("{,n}")  # a count to Python, plain characters to ECMA-262
            case _:
                return atom
        if isinstance(atom, Look | Edge):
            raise UnsupportedPattern("a repeated assertion")
        if self._peek() == "?":
            self._at += 1  # lazy: the same texts match
        if self._peek() in {"+", "*"} or _COUNT.match(self._source, self._at):
            raise UnsupportedPattern("a quantifier after a quantifier")
        return Repeat(atom, least, most)

    def _class(self) -> Node:
        negated = self._peek() == "^"
        self._at += negated
        spans = Characters(())
        while (char := self._peek()) != "]":
            if not char:
                raise UnsupportedPattern("[ without ]")
            first = self._class_atom()
            if self._peek() == "-" and self._source[self._at + 1 : self._at + 2] not in {"]", ""}:
                self._at += 1
                spans |= _range(first, self._class_atom())
            else:
                spans |= first
        self._at += 1
        return ~spans if negated else spans

    def _class_atom(self) -> Characters:
        char = self._take()
        return self._escape(in_class=True) if char == "\\" else Characters.of(char)

    def _escape(self, *, in_class: bool) -> Characters:
        if found := self._match(_CODE_POINT):
            return _code_point(found)
        if found := self._match(_PROPERTY):
            characters = by_property(found[2])
            if characters is None:
                raise UnsupportedPattern(f"\\{found[0]}")
            return ~characters if found[1] == "P" else characters
        char = self._take()
        if char in _CLASSES:
            return _CLASSES[char]
        if char == "b" and in_class:
            char = "\b"
        elif char == "0" and not self._peek().isdigit():
            char = "\0"
        elif char == "c" and self._peek().isascii() and self._peek().isalpha():
            char = chr(ord(self._take()) % 32)
        elif not char or (char.isalnum() and char not in _CONTROLS):
            raise UnsupportedPattern(f"\\{char}")
        return Characters.of(_CONTROLS.get(char, char))


def _range(first: Characters, last: Characters) -> Characters:
    if len(first) != 1 or len(last) != 1 or first.spans[0] > last.spans[0]:
        raise UnsupportedPattern("a range of a class without two ends in order")
    return Characters([(first.spans[0][0], last.spans[0][0])])


def _code_point(found: re.Match[str]) -> Characters:
    if found["high"]:
        point = 0x10000 + ((int(found["high"], 16) & 0x3FF) << 10) + (int(found["low"], 16) & 0x3FF)
    else:
        point = int(found["four"] or found["any"] or found["two"], 16)
    if point > 0x10FFFF or 0xD800 <= point <= 0xDFFF:
        raise UnsupportedPattern(f"\\{found[0]}")
    return Characters.of(chr(point))
