"""Credentials as text: one a line, or in the JSON that `certx issue` writes."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import orjson

from certx.credential.constants import MAX_CHARACTERS
from certx.credential.errors import CredentialError
from certx.reason import Reason

MAX_LINE_BYTES: Final = MAX_CHARACTERS + 65_536
"""A line of output: a credential of full size and what stands around it."""

_BOM: Final = b"\xef\xbb\xbf"
_BEGINNINGS: Final = (b"eyJ", b"{")
"""How a JOSE header in base64url, and a line of issue's output, begin."""
_BINARY: Final = bytes(set(range(32)) - {9, 10, 12, 13})


class Carried(NamedTuple):
    """One credential text found in an input, or why none could be read there. `line` counts from 1."""

    line: int
    text: str | None
    error: CredentialError | None = None


def read(data: bytes) -> list[Carried]:
    """Every credential in the bytes of one input, in order.

    Text holds credentials, each beginning on a line of its own. JSON holds an object with a member `credential`, a
    list of them, or one a line. What cannot be read is an item with an error, so that the others are still there.
    """
    data = data.removeprefix(_BOM)
    if not data.strip():
        return [_refuse(1, Reason.UNREADABLE_EMPTY)]
    if data.translate(None, _BINARY) != data:
        return [_refuse(1, Reason.UNREADABLE_NOT_TEXT)]
    if data.lstrip()[:1] in b"{[":
        whole = _whole_document(data)
        if whole is not None:
            return whole
    return list(_lines(data))


def _whole_document(data: bytes) -> list[Carried] | None:
    """The credentials of a file that is one JSON document, `None` if it is not one."""
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    items = document if isinstance(document, list) else [document]
    return [_from_json(number, item) for number, item in enumerate(items, 1)] or [_refuse(1, Reason.UNREADABLE_EMPTY)]


def _lines(data: bytes) -> Iterator[Carried]:
    """One credential for each line that begins one; a line that does not continues the one before (folded text)."""
    first, parts, size, dots = 0, list[bytes](), 0, 0
    for number, line in enumerate(data.splitlines(), 1):
        stripped = line.strip()
        if not stripped:
            continue
        # A JOSE payload begins like a header, so a line is new only after the two dots of the one before.
        goes_on = parts and not parts[0].startswith(b"{") and (dots < 2 or not stripped.startswith(_BEGINNINGS))
        if parts and not goes_on:
            yield read_line(first, b"".join(parts))
            parts, size, dots = [], 0, 0
        if not parts:
            first = number
        if size <= MAX_LINE_BYTES:  # what is longer is refused whatever follows
            parts.append(stripped)
        size += len(stripped)
        dots += stripped.count(b".")
    if parts:
        yield read_line(first, b"".join(parts))


def read_line(number: int, line: bytes) -> Carried:
    """The credential on one non-empty line."""
    if len(line) > MAX_LINE_BYTES:
        return _refuse(number, Reason.UNREADABLE_TOO_LARGE, maximum=MAX_CHARACTERS)
    if line[:1] == b"{":
        try:
            return _from_json(number, orjson.loads(line))
        except orjson.JSONDecodeError:
            return _refuse(number, Reason.UNREADABLE_NOT_A_CREDENTIAL)
    try:
        text = line.decode("ascii")
    except UnicodeDecodeError:
        return _refuse(number, Reason.UNREADABLE_NOT_A_CREDENTIAL)
    return Carried(number, text)


def _from_json(number: int, item: Any) -> Carried:  # noqa: ANN401 - any JSON value
    text = item.get("credential") if isinstance(item, dict) else item
    if not isinstance(text, str):
        return _refuse(number, Reason.UNREADABLE_NOT_A_CREDENTIAL)
    return Carried(number, text.strip())


def _refuse(line: int, reason: Reason, **params: object) -> Carried:
    return Carried(line, None, CredentialError(reason, **params))
