"""Paths into a document: `holders[0].name`."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

Path = tuple[str | int, ...]
"""Where a value stands: names and array positions (-1: each element, written `[*]`)."""


def is_deeper_than(value: object, limit: int) -> bool:
    """Is a JSON value nested more than `limit` levels deep?"""
    level = [value]
    for _ in range(limit + 1):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return True


def without(value: Any, paths: AbstractSet[Path], at: Path = ()) -> Any:  # noqa: ANN401 - any JSON value
    """A JSON value that stands at `at`, without what stands at any of these paths; -1 is each element."""
    if isinstance(value, dict):
        return {name: without(v, paths, (*at, name)) for name, v in value.items() if (*at, name) not in paths}
    if isinstance(value, list):
        return [] if (*at, -1) in paths else [without(element, paths, (*at, -1)) for element in value]
    return value


def only(value: Any, paths: Iterable[Path]) -> Any:  # noqa: ANN401 - any JSON value
    """Of a JSON value what stands at these paths, with all that is in it, and what leads there; -1 is each element."""
    wanted = tuple(paths)
    if not all(wanted):
        return value
    if isinstance(value, dict):
        below = {name: tuple(path[1:] for path in wanted if path[0] == name) for name in value}
        return {name: only(inner, below[name]) for name, inner in value.items() if below[name]}
    if isinstance(value, list):
        each = [tuple(path[1:] for path in wanted if path[0] in {-1, at}) for at in range(len(value))]
        return [only(element, rest) for element, rest in zip(value, each, strict=True) if rest]
    return None


def value_at(value: Any, path: Path) -> Any:  # noqa: ANN401 - any JSON value
    """What stands at a path, `None` if nothing does."""
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
            value = value[step]
        else:
            return None
    return value


def parse_path(text: str) -> Path:
    """The path of a text; raises `ValueError` if it is not one."""
    steps: list[str | int] = []
    for part in text.split("."):
        name, *positions = part.split("[")
        if not name or "]" in name:
            raise ValueError(text)
        steps.append(name)
        for position in positions:
            digits, bracket, rest = position.partition("]")
            if not bracket or rest or not (digits == "*" or (digits.isascii() and digits.isdigit())):
                raise ValueError(text)
            if len(digits) > 2:  # no licence has a hundred of anything
                raise ValueError(text)
            steps.append(-1 if digits == "*" else int(digits))
    return tuple(steps)


def format_path(path: Sequence[str | int]) -> str:
    """The text of a path, as `parse_path` reads it."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += "[*]" if step == -1 else f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text
