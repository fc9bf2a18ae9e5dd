"""Values at which two schemas may part: their constants, both sides of every bound, texts of their patterns."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from fractions import Fraction
from functools import reduce
from itertools import islice
from operator import and_
from typing import Any, Final

from certx.schema.compat.constants import exact
from certx.schema.compat.strings import Language, TooLarge, UnsupportedPattern

Schema = dict[str, Any]

_ORDINARY: Final[tuple[Any, ...]] = (None, False, True, 0, 1, -1, 0.5, -0.5, "", "a", [], {})
_MAX_CONSTANTS: Final = 100
_MAX_LENGTH: Final = 5_000
_SAMPLES: Final = 8
_BOUNDS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_STEPS: Final = 2_000
"""Of the automaton, for one sample."""


def boundaries(left: list[Schema], right: list[Schema]) -> Iterator[Any]:
    """Scalars, and constants of every type, from what both sides say about one place; those that tell most first."""
    facts = [*left, *right]
    for contents in facts:
        yield from islice(contents.get("enum", ()), _MAX_CONSTANTS)
        yield from (contents[keyword] for keyword in ("const", "default") if keyword in contents)
        yield from islice(contents.get("examples", ()), _SAMPLES)
    yield from _texts(left, facts)
    yield from _numbers(facts)
    yield from _ORDINARY


def sizes(facts: list[Schema], least: str, most: str) -> list[int]:
    """Sizes on both sides of the bounds that these keywords set."""
    bounds = {int(contents[keyword]) for contents in facts for keyword in (least, most) if keyword in contents}
    return sorted({size + step for size in bounds for step in (-1, 0, 1) if size + step >= 0})


def _numbers(facts: list[Schema]) -> Iterator[float]:
    """Bounds, their neighbours, and multiples near them (validation, section 6.2)."""
    bounds = {*_fractions(facts, *_BOUNDS), Fraction(0)}
    steps = {*_fractions(facts, "multipleOf"), Fraction(1)} - {Fraction(0)}
    for bound in sorted(bounds, key=abs, reverse=True):
        for step in steps:
            nearest = bound // step * step
            around = (nearest + count * step for count in (0, 1, -1, 2, 3))
            yield from _present(map(_json, (bound, bound + step, bound - step, *around, nearest + step / 2)))


def _present(numbers: Iterable[float | None]) -> Iterator[float]:
    return (number for number in numbers if number is not None)


def _fractions(facts: list[Schema], *keywords: str) -> list[Fraction]:
    numbers = (exact(contents[keyword]) for contents in facts for keyword in keywords if keyword in contents)
    return [number for number in numbers if number is not None]


def _json(value: Fraction) -> float | None:
    """The number as JSON has it, if a float says exactly this decimal."""
    if value.denominator == 1:
        return int(value)
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if exact(number) == value else None


def _texts(left: list[Schema], facts: list[Schema]) -> Iterator[str]:
    """Texts on both sides of every pattern and length, and what one pattern takes and another does not."""
    lengths = [size for size in sizes(facts, "minLength", "maxLength") if size <= _MAX_LENGTH]
    window = Language.lengths(
        max((int(contents["minLength"]) for contents in left if "minLength" in contents), default=0),
        min((int(contents["maxLength"]) for contents in left if "maxLength" in contents), default=None),
    )
    all_of = _languages(facts)
    ours = [reduce(and_, _languages(left), window), *_languages(left)] if all_of else []
    for language in ours:
        yield from _shortest(language - other for other in all_of if other is not language)
        yield from _shortest(language & Language.lengths(size, size) for size in lengths)
    for language in all_of:
        yield from language.samples(_SAMPLES, _STEPS)
        yield from _shortest([~language])
    yield from ("a" * size for size in lengths)


def _languages(facts: list[Schema]) -> list[Language]:
    """The texts of each pattern that can be read."""
    found: list[Language] = []
    for contents in facts:
        with suppress(UnsupportedPattern):
            found += [Language.pattern(contents["pattern"])] if "pattern" in contents else []
    return found


def _shortest(languages: Iterable[Language]) -> Iterator[str]:
    for language in languages:
        with suppress(TooLarge):
            if (text := language.shortest(_STEPS)) is not None:
                yield text
