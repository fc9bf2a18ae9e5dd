"""Kinds of terms, and the one object that each term is: equal terms are compared and hashed in no time."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeVar, cast
from weakref import WeakValueDictionary

from certx.schema.compat.strings.characters import Characters
from certx.schema.compat.strings.pattern import Node

_MAX_DEPTH: Final = 100


class TooLarge(Exception):  # noqa: N818 - a budget, not a fault
    """The question takes more states, or a longer text, than its budget allows: the answer is not known."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Term:
    """What all terms have: may the text end here, and how deep do terms lie in it?"""

    nullable: bool
    depth: int


@dataclass(frozen=True, slots=True, eq=False)
class End(Term):
    """Nothing more."""


@dataclass(frozen=True, slots=True, eq=False)
class Step(Term):
    """One of the characters, then the rest."""

    characters: Characters
    then: Term


@dataclass(frozen=True, slots=True, eq=False)
class Loop(Term):
    """The body between `least` and `most` times (None: without end), then the rest.

    A round that takes nothing counts only while rounds are owed (ECMA-262, RepeatMatcher, step 2.b).
    """

    body: Node
    least: int
    most: int | None
    then: Term


@dataclass(frozen=True, slots=True, eq=False)
class Both(Term):
    """All of the parts at once; of none: every text."""

    parts: frozenset[Term]


@dataclass(frozen=True, slots=True, eq=False)
class Either(Term):
    """Any of the parts; of none: no text."""

    parts: frozenset[Term]


@dataclass(frozen=True, slots=True, eq=False)
class Other(Term):
    """Every text but those of the term."""

    term: Term


_T = TypeVar("_T", bound=Term)
_KNOWN: Final[WeakValueDictionary[tuple[object, ...], Term]] = WeakValueDictionary()


def one(kind: type[_T], *fields: object, nullable: bool, inner: Iterable[Term] = ()) -> _T:
    """The one term of this kind and these fields; `inner` are the terms in it that are read at the same time."""
    if (known := _KNOWN.get((kind, *fields))) is not None:
        return cast("_T", known)
    depth = 1 + max((term.depth for term in inner), default=0)
    if depth > _MAX_DEPTH:
        raise TooLarge
    return cast("_T", _KNOWN.setdefault((kind, *fields), kind(nullable, depth, *fields)))


END: Final = one(End, nullable=True)
EVERYTHING: Final = one(Both, frozenset(), nullable=True)
NOTHING: Final = one(Either, frozenset(), nullable=False)
