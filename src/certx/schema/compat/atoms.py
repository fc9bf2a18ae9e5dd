"""What schemas are made of: one named tuple for each thing that can be said of a JSON value.

An atom about one JSON type holds of every value of another type, as the assertions of JSON Schema do (validation,
section 6); its negation therefore also says which type the value has.
"""

from enum import StrEnum
from fractions import Fraction
from typing import Final, NamedTuple

from certx.schema.compat.answer import Step

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
