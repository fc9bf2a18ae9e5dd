"""What a row of JSON may hold that its reader takes without a word: a name twice, of which the last counts; U+0000."""

from typing import Any


class _TwiceError(Exception):
    """A name that stands twice in one object."""


def unsound(item: dict[str, Any], line: bytes) -> tuple[str, dict[str, object]] | None:
    """Why the row that was read from a line is not taken: a code and its parameters.

    A name has one colon behind it, and a line seldom other ones behind a quote: it is read again only where these are
    not as many as the names that were read.
    """
    if rb"\u0000" in line and _has_null(item):
        return "row-null-character", {}
    names = len(item) if line.count(b"{") == 1 else _names_in(item)
    if line.count(b":") == names or (line.count(b'":') == names and not _is_spaced(line)):
        return None
    name = _name_twice(line)
    return None if name is None else ("row-name-twice", {"name": name})


def _is_spaced(line: bytes) -> bool:
    """May white space stand between a name and its colon?"""
    return b" :" in line or b"\t:" in line or b"\r:" in line


def _members(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _names_in(value: Any) -> int:  # noqa: ANN401
    own = len(value) if isinstance(value, dict) else 0
    return own + sum(map(_names_in, _members(value)))


def _has_null(value: Any) -> bool:  # noqa: ANN401
    if isinstance(value, str):
        return "\0" in value
    return (isinstance(value, dict) and any("\0" in name for name in value)) or any(map(_has_null, _members(value)))


def _name_twice(line: bytes) -> str | None:
    import json  # noqa: PLC0415 - of a few rows

    def once(pairs: list[tuple[str, Any]]) -> None:
        seen = set[str]()
        for name, _ in pairs:
            if name in seen:
                raise _TwiceError(name)
            seen.add(name)

    try:
        json.loads(line, object_pairs_hook=once, parse_int=str, parse_float=str)
    except _TwiceError as error:
        return str(error)
    return None
