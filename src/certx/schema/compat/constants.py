"""`const` and `enum`: JSON values as terms (validation, sections 6.1.2 and 6.1.3)."""

import math
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from certx.schema.compat.answer import Rule
from certx.schema.compat.terms import (
    FALSE,
    Booleans,
    Has,
    Item,
    Items,
    Kind,
    Members,
    Numbers,
    Rest,
    Strings,
    Terms,
)

_LARGEST_EXPONENT: Final = 400


def exact(number: float | Decimal) -> Fraction | None:
    """A number as its decimal literal says it; none if it is not finite or too large to calculate with."""
    if isinstance(number, int):
        return Fraction(number)
    if isinstance(number, float):
        return Fraction(repr(number)) if math.isfinite(number) else None
    return Fraction(number) if number.is_finite() and abs(number.adjusted()) < _LARGEST_EXPONENT else None


def one_of(terms: Terms, values: Iterable[Any], place: str) -> int:
    """The value equals one of these; scalars are told apart by type, so that only arrays and objects need cases."""
    kinds: set[Kind] = set()
    numbers: set[Fraction] = set()
    strings: set[str] = set()
    booleans: set[bool] = set()
    others: list[int] = []
    for value in values:
        match value:
            case None:
                kinds.add(Kind.NULL)
            case bool():
                booleans.add(value)
            case str():
                strings.add(value)
            case list() | dict():
                others.append(_compound(terms, value, place))
            case _:
                number = exact(value)
                if number is None:
                    return terms.unknown(Rule.KEYWORD, place, "const", repr(value))
                numbers.add(number)
    parts: list[int] = []
    for kind, atom in (
        (Kind.BOOLEAN, terms.atom(Booleans(next(iter(booleans)))) if len(booleans) == 1 else 1),
        (Kind.NUMBER, terms.atom(Numbers(frozenset(numbers)))),
        (Kind.STRING, terms.atom(Strings(frozenset(strings)))),
    ):
        if {Kind.BOOLEAN: booleans, Kind.NUMBER: numbers, Kind.STRING: strings}[kind]:
            kinds.add(kind)
            parts.append(atom)
    scalar = terms.all_of(terms.types(*kinds), *parts) if kinds else FALSE
    return terms.any_of(scalar, *others)


def _compound(terms: Terms, value: list[Any] | dict[str, Any], place: str) -> int:
    if isinstance(value, list):
        size = len(value)
        return terms.all_of(
            terms.types(Kind.ARRAY),
            terms.atom(Items(size, 1)),
            terms.atom(Rest(size, FALSE)),
            *(terms.atom(Item(i, one_of(terms, [item], place))) for i, item in enumerate(value)),
        )
    return terms.all_of(
        terms.types(Kind.OBJECT),
        terms.atom(Members(-terms.names(value), FALSE)),
        *(terms.atom(Has(name)) for name in value),
        *(terms.atom(Members(terms.names([name]), one_of(terms, [v], place))) for name, v in value.items()),
    )
