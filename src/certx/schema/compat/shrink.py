"""Shrinking: a smallest document near a witness that still is one, so that a reader sees at once what it shows."""

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

from certx.schema.compat.budget import Deadline
from certx.schema.compat.confirm import Witnessing

Keeps = Callable[[Any], bool]
"""Does the document still show what it shall with this value in its place?"""

_PLAIN: Final[tuple[Any, ...]] = (None, False, 0, "", [], {})
"""What nothing is simpler than, simplest first."""
_NUMBERS: Final = (1, 2, -1, 0.5, 10, 100, 1000)
_LARGE: Final = 1e15
_LETTERS: Final = "a0A"
_MAX_CUTS: Final = 256
"""Pieces of one size that are cut away singly."""
_MAX_LETTERS: Final = 64
"""Characters of one text that are tried singly."""

_Part = TypeVar("_Part", str, list[Any])


class _TimeUpError(Exception):
    """No more documents are tried."""


def shrink(document: Any, trial: Witnessing, deadline: Deadline) -> Any:  # noqa: ANN401 - any JSON
    """A witness that is this one or smaller; confirmed if this one is.

    The compiled validator guides; only where it was alone in its opinion is each step asked of both.
    """
    small = _settled(document, trial.refutes, deadline)
    return small if trial.confirms(small) else _settled(document, trial.confirms, deadline)


def _settled(document: Any, shows: Keeps, deadline: Deadline) -> Any:  # noqa: ANN401 - any JSON
    """Reduced until there is nothing left to reduce, or no time."""
    best = before = document

    def keeps(value: Any) -> bool:  # noqa: ANN401 - any JSON
        nonlocal best
        if deadline():
            raise _TimeUpError
        if not shows(value):
            return False
        best = value
        return True

    try:
        _reduced(best, keeps)
        while best is not before:
            before = best
            _reduced(best, keeps)
    except _TimeUpError:
        pass
    return best


def _reduced(value: Any, keeps: Keeps) -> Any:  # noqa: ANN401 - any JSON
    """A simpler value, from the outside to the inside."""
    if value in _PLAIN:
        return value
    for plain in _PLAIN:
        if keeps(plain):
            return plain
    match value:
        case dict():
            places = _cut(list(value), lambda kept: keeps({name: value[name] for name in kept}))
            value = {name: value[name] for name in places}
        case list():
            value = _cut(value, keeps)
            places = list(range(len(value)))
        case str():
            return _text(_cut(value, keeps), keeps)
        case _:
            return next((number for number in _simpler_numbers(value) if keeps(number)), value)
    for place in places:
        value = _reduced_at(value, place, keeps)
    return value


def _reduced_at(value: Any, place: str | int, keeps: Keeps) -> Any:  # noqa: ANN401 - an array or object
    def put(inner: Any) -> Any:  # noqa: ANN401 - any JSON
        changed = value.copy()
        changed[place] = inner
        return changed

    return put(_reduced(value[place], lambda inner: keeps(put(inner))))


def _cut(whole: _Part, keeps: Keeps) -> _Part:
    """As little of a text or a list as may be: halves are cut away first, then quarters, down to single parts."""
    size = (len(whole) + 1) // 2
    while size and len(whole) <= size * _MAX_CUTS:
        for end in range(len(whole), 0, -size):
            shorter = whole[: max(end - size, 0)] + whole[end:]
            if keeps(shorter):
                whole = shorter
        size //= 2
    return whole


def _text(text: str, keeps: Keeps) -> str:
    """Letters that read well in place of those that do not."""
    for place in range(min(len(text), _MAX_LETTERS)):
        if text[place] not in _LETTERS:
            plainer = (text[:place] + char + text[place + 1 :] for char in _LETTERS)
            text = next(filter(keeps, plainer), text)
    return text


def _simpler_numbers(value: float) -> Iterator[float]:
    nearer = (int(value), round(value, 1), int(value / 2)) if abs(value) < _LARGE else ()
    return (number for number in (*_NUMBERS, *nearer) if _reading(number) < _reading(value))


def _reading(value: float) -> tuple[int, float]:
    return len(repr(value)), abs(value)
