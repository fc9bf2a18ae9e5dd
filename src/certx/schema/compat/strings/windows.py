"""Lengths apart from what the characters are, so that a `maxLength` of a million costs no million states."""

from itertools import product
from math import prod
from typing import Final

from certx.schema.compat.strings.kinds import EVERYTHING, Both, Either, Loop, Term
from certx.schema.compat.strings.terms import both, is_length

Span = tuple[int, int | None]
"""Least and greatest length; None is without end."""

_ALL: Final[Span] = (0, None)
_MAX_WINDOWS: Final = 64


def windows(term: Term) -> list[tuple[Term, list[Span]]]:
    """The term as a union: of each part a term, and the lengths (ascending) that its texts may have."""
    spans: dict[Term, list[Span]] = {}
    for core, span in _windows(term):
        spans.setdefault(core, []).append(span)
    return [(core, sorted(known, key=lambda span: span[0])) for core, known in spans.items()]


def _windows(term: Term) -> list[tuple[Term, Span]]:
    """The parts of the union; the term itself if it does not speak of lengths, or of too many."""
    if isinstance(term, Loop) and is_length(term):
        return [(EVERYTHING, (term.least, term.most))]
    if not _measures(term) or not isinstance(term, Both | Either):
        return [(term, _ALL)]
    inner = [_windows(part) for part in term.parts]
    if (sum if isinstance(term, Either) else prod)(map(len, inner)) > _MAX_WINDOWS:
        return [(term, _ALL)]
    if isinstance(term, Either):
        return [window for part in inner for window in part]
    chosen = [tuple(zip(*windows, strict=True)) for windows in product(*inner)]
    return [(both(cores), common) for cores, spans in chosen if (common := _common(spans)) is not None]


def _measures(term: Term) -> bool:
    """Does a length stand in it that can be taken out?"""
    if isinstance(term, Both | Either):
        return any(map(_measures, term.parts))
    return isinstance(term, Loop) and is_length(term)


def _common(spans: tuple[Span, ...]) -> Span | None:
    least = max(least for least, _ in spans)
    most = min((most for _, most in spans if most is not None), default=None)
    return None if most is not None and most < least else (least, most)
