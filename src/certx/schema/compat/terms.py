"""Schemas as formulas: interned atoms and conjunctions, so that equal parts of two schemas are the same number.

A signed number is a term (`-t` is the negation of `t`), `TRUE` holds of every document and `FALSE` of none. A
disjunction is the negation of a conjunction, so that negation costs nothing and both kinds share one shape. An atom
about one JSON type holds of every value of another type, as the assertions of JSON Schema do (validation, section
6); its negation therefore also says which type the value has.
"""

from collections.abc import Iterable
from enum import StrEnum
from fractions import Fraction
from typing import Final, NamedTuple

from certx.schema.compat.answer import Rule, Step

TRUE: Final = 1
FALSE: Final = -1


class Kind(StrEnum):
    """The types of JSON; an integer is a number that is a multiple of one (core, section 4.2.1)."""

    NULL = "null"
    BOOLEAN = "boolean"
    NUMBER = "number"
    STRING = "string"
    ARRAY = "array"
    OBJECT = "object"


class Top(NamedTuple):
    """Holds of everything; number one."""


class And(NamedTuple):
    """All of them hold."""

    parts: frozenset[int]


class Types(NamedTuple):
    """The value is of one of these types."""

    kinds: frozenset[Kind]


class Opaque(NamedTuple):
    """What is not modelled; nothing is concluded from it but that it does not hold together with its negation."""

    step: Step
    detail: str = ""


class Reference(NamedTuple):
    """A part of a schema that is met again inside itself; the translation of its side says what it stands for."""

    side: str
    number: int


class Booleans(NamedTuple):
    """A boolean is this one."""

    value: bool


class Numbers(NamedTuple):
    """A number is one of these."""

    values: frozenset[Fraction]


class Above(NamedTuple):
    """A number is at least this, or more than this if `strict`."""

    limit: Fraction
    strict: bool


class Below(NamedTuple):
    """A number is at most this, or less than this if `strict`."""

    limit: Fraction
    strict: bool


class Multiple(NamedTuple):
    """A number divided by this is an integer."""

    of: Fraction


class Strings(NamedTuple):
    """A string is one of these."""

    values: frozenset[str]


class Longer(NamedTuple):
    """A string has at least this many characters."""

    length: int


class Matches(NamedTuple):
    """A string has a part that matches this pattern."""

    pattern: str


class Format(NamedTuple):
    """A string is of this format."""

    name: str


class Item(NamedTuple):
    """An array that long has this at the position."""

    position: int
    term: int


class Rest(NamedTuple):
    """Every item of an array from this index on is such."""

    start: int
    term: int


class Items(NamedTuple):
    """An array has at least this many items that are such."""

    number: int
    term: int


class Distinct(NamedTuple):
    """No two items of an array are equal."""


class Has(NamedTuple):
    """An object has a member of this name."""

    name: str


class Members(NamedTuple):
    """Every member of an object whose name is such (a term about strings) has a value that is such."""

    names: int
    term: int


class Count(NamedTuple):
    """An object has at least this many members."""

    number: int


Node = (
    Top
    | And
    | Types
    | Opaque
    | Reference
    | Booleans
    | Numbers
    | Above
    | Below
    | Multiple
    | Strings
    | Longer
    | Matches
    | Format
    | Item
    | Rest
    | Items
    | Distinct
    | Has
    | Members
    | Count
)

KIND_OF: Final[dict[type, Kind]] = {
    Booleans: Kind.BOOLEAN,
    **dict.fromkeys((Numbers, Above, Below, Multiple), Kind.NUMBER),
    **dict.fromkeys((Strings, Longer, Matches, Format), Kind.STRING),
    **dict.fromkeys((Item, Rest, Items, Distinct), Kind.ARRAY),
    **dict.fromkeys((Has, Members, Count), Kind.OBJECT),
}
"""The type an atom speaks about."""

_EVERY: Final = frozenset(Kind)
_NONE: Final[frozenset[Kind]] = frozenset()


class Terms:
    """The store of terms of one question: equal nodes get equal numbers."""

    def __init__(self) -> None:
        self.nodes: list[Node] = [Top(), Top()]
        self._numbers: dict[tuple[type, Node], int] = {(Top, Top()): TRUE}
        self.origins: dict[int, tuple[str, str]] = {}
        """Place and keyword that an atom or a part was first made of."""
        self._kinds: list[tuple[frozenset[Kind], frozenset[Kind]]] = [(_EVERY, _NONE)] * 2

    def __getitem__(self, term: int) -> Node:
        return self.nodes[abs(term)]

    def atom(self, node: Node) -> int:  # noqa: C901, PLR0911 - one return for each simplification
        """The number of an atom; those that say nothing or the impossible are simplified away."""
        match node:
            case Item(_, term) | Rest(_, term) | Members(_, term) if term == TRUE:
                return TRUE
            case Rest(start, term) if term == FALSE:
                return self.at_most(Kind.ARRAY, Items(start + 1, TRUE))
            case Item(index, term) if term == FALSE:
                return self.at_most(Kind.ARRAY, Items(index + 1, TRUE))
            case Items(count, term) if count <= 0:
                return TRUE
            case Items(count, term) if term == FALSE:
                return -self.types(Kind.ARRAY)
            case Members(names, _) if names == FALSE:
                return TRUE
            case Strings(values) if not values:
                return -self.types(Kind.STRING)
            case Longer(count) | Count(count) if count <= 0:
                return TRUE
            case Types(kinds) if len(kinds) == len(Kind):
                return TRUE
            case Types(kinds) if not kinds:
                return FALSE
            case _:
                return self._intern(node)

    def _intern(self, node: Node) -> int:
        key = (type(node), node)  # named tuples of different classes are equal when their fields are
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.nodes)
            self.nodes.append(node)
            self._kinds.append(self._settled(node))
        return number

    def types(self, *kinds: Kind) -> int:
        """The value is of one of these types."""
        return self.atom(Types(frozenset(kinds)))

    def names(self, names: Iterable[str]) -> int:
        """A name is one of these."""
        return self.atom(Strings(frozenset(names)))

    def at_most(self, kind: Kind, atom: Node) -> int:
        """A value of the kind does not reach the limit of the atom."""
        return self.any_of(-self.types(kind), -self.atom(atom))

    def all_of(self, *parts: int) -> int:
        """All of these hold."""
        flat: set[int] = set()
        for part in parts:
            node = self.nodes[abs(part)]
            if part > 0 and isinstance(node, And):
                flat |= node.parts
            else:
                flat.add(part)
        flat.discard(TRUE)
        if FALSE in flat or any(-part in flat for part in flat):
            return FALSE
        if len(flat) < 2:
            return next(iter(flat), TRUE)
        return self._intern(And(frozenset(flat)))

    def any_of(self, *parts: int) -> int:
        """At least one of these holds."""
        return -self.all_of(*(-part for part in parts))

    def unknown(self, rule: Rule, place: str, keyword: str, detail: str = "") -> int:
        """A term of which nothing is known."""
        return self._intern(Opaque(Step(rule, place, keyword), detail))

    def doubt(self, term: int) -> Step:
        """That a term could not be decided, and where it comes from."""
        node = self[term]
        if isinstance(node, Opaque):
            return node.step
        return Step(Rule.KEYWORD, *self.origins.get(abs(term), ("", type(node).__name__.lower())))

    def on(self, term: int, kind: Kind) -> int:
        """What is known of a term when the type of the value is: 1 it holds, -1 it does not, 0 that depends."""
        always, never = self._kinds[abs(term)]
        known = 1 if kind in always else -1 if kind in never else 0
        return known if term > 0 else -known

    def _settled(self, node: Node) -> tuple[frozenset[Kind], frozenset[Kind]]:
        """The types of which a node always holds, and those of which it never does."""
        match node:
            case Top():
                return _EVERY, _NONE
            case Types(kinds):
                return kinds, _EVERY - kinds
            case And(parts):
                each = [self._kinds[abs(part)][:: 1 if part > 0 else -1] for part in parts]
                return _EVERY.intersection(*(one[0] for one in each)), _NONE.union(*(one[1] for one in each))
            case Opaque() | Reference():
                return _NONE, _NONE
            case _:
                return _EVERY - {KIND_OF[type(node)]}, _NONE

    def atoms(self, terms: Iterable[int]) -> set[int]:
        """The numbers of all atoms inside conjunctions of these terms."""
        found: set[int] = set()
        seen: set[int] = set()
        todo = [abs(term) for term in terms]
        while todo:
            number = todo.pop()
            if number not in seen:
                seen.add(number)
                node = self.nodes[number]
                if isinstance(node, And):
                    todo.extend(map(abs, node.parts))
                else:
                    found.add(number)
        return found
