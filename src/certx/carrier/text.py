"""Credentials as text: one a line, or in the JSON that `certx issue` writes; the text of a symbol is one too."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from certx.credential.constants import MAX_CHARACTERS
from certx.credential.errors import CredentialError
from certx.reason import Reason

MAX_LINE_BYTES: Final = MAX_CHARACTERS + 65_536
"""A line of output: a credential of full size and what stands around it."""

BOM: Final = b"\xef\xbb\xbf"
BEGINNING: Final = "CX1:"
"""How the text of a symbol begins (see `certx.carrier.symbols`), where it is not digits alone."""
_FEWEST_DIGITS: Final = 100
"""No packed credential has fewer; bar codes of goods and citizens' numbers do."""
_JOSE: Final = b"eyJ"
"""How a JOSE header in base64url begins."""
_DOTS: Final = 2
_WIDE: Final = {0x3000: " ", **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}}
"""What a Chinese input method that was left on makes of a scanner's keys."""
_WIDE_BYTES: Final = (b"\xef\xbc", b"\xef\xbd", b"\xe3\x80\x80")
"""How these begin in UTF-8."""
_BINARY: Final = bytes(set(range(32)) - {9, 10, 12, 13})


class Carried(NamedTuple):
    """One credential text found in an input, or why none could be read there. `line` counts from 1.

    The text may be that of a symbol, which `certx.carrier.symbols.read` unpacks. `copies` are what is printed beside an
    attached one, held by `certx.carrier.copies.compare` against it and all that are attached `beside` it. `parts` are
    the texts of some parts of a credential, if others are missing here or one is damaged. `query` is what it was
    given as an answer to.
    """

    line: int
    text: str | None
    error: CredentialError | None = None
    copies: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    query: str | None = None


def read_text(data: bytes) -> list[Carried]:
    """Every credential in the bytes of one input of text, in order.

    Text holds credentials, each beginning on a line of its own. JSON holds an object with a member `credential`, a
    list of them, one a line, or presentations by the query that they answer (`vp_token`, OpenID4VP 1.0, section 8.1).
    What cannot be read is an item with an error, so that the others are still there.
    """
    data = _as_typed(data.removeprefix(BOM))
    if not data.strip():
        return [_refuse(1, Reason.UNREADABLE_EMPTY)]
    if data.lstrip()[:1] in b"{[":
        whole = _whole_document(data)
        if whole is not None:
            return whole
    lines = data.splitlines()
    if not is_text(data) and not begins_lines(lines):
        return [_refuse(1, Reason.UNREADABLE_NOT_TEXT)]
    return joined([read_line(number, line) for number, line in unfold(lines)])


def joined(found: list[Carried]) -> list[Carried]:
    """The same with parts of one credential, in whatever order they are among the others, made one."""
    if not any(carried.text is not None and is_symbol(carried.text) for carried in found):
        return found
    from certx.carrier.parts import join_parts  # noqa: PLC0415 - only for symbols

    return join_parts(found)


def half_width(text: str) -> str:
    """Text as it was meant to be typed."""
    return text.translate(_WIDE)


def _as_typed(data: bytes) -> bytes:
    """Bytes of text likewise. JSON is left as it is: nobody types it, and its values may be Chinese."""
    if data.lstrip()[:1] in b"{[" or not any(begin in data for begin in _WIDE_BYTES):
        return data
    return half_width(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


def is_symbol(text: str) -> bool:
    """Does it look like the text of a symbol of ours? A shift lock that is on turns its letters small."""
    return text[:4].upper() == BEGINNING or (len(text) >= _FEWEST_DIGITS and text[:1] == "1" and text.isdigit())


def is_text(data: bytes) -> bool:
    """Is it without the bytes that no text has?"""
    return data.translate(None, _BINARY) == data


def begins_lines(lines: Sequence[bytes]) -> bool:
    """Does the first line that is not empty hold something of itself, so that what follows is read line by line?"""
    first = next((stripped for line in lines if (stripped := line.strip())), b"")
    if not is_text(first):
        return False
    return (first[:1] == b"{" and first[-1:] == b"}") or (first.startswith(_JOSE) and first.count(b".") >= _DOTS)


def _whole_document(data: bytes) -> list[Carried] | None:
    """The credentials of a file that is one JSON document, `None` if it is not one."""
    import orjson  # noqa: PLC0415 - not for what has no JSON, such as the reading of pages

    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    answers = _answers_in(document)
    if answers is not None:
        return [_refuse(1, Reason.UNREADABLE_ANSWER_TWICE)] if _is_told_twice(document, data) else answers
    items = document if isinstance(document, list) else [document]
    return [_from_json(number, item) for number, item in enumerate(items, 1)] or [_refuse(1, Reason.UNREADABLE_EMPTY)]


def _answers_in(document: Any) -> list[Carried] | None:  # noqa: ANN401 - any JSON value
    """The presentations of a set, by query; `None` if the document is none."""
    if not isinstance(document, dict) or "credential" in document:
        return None
    rows = [(query, texts) for query, texts in document.items() if isinstance(texts, list) and texts]
    if not rows or len(rows) < len(document) or not all(isinstance(text, str) for _, texts in rows for text in texts):
        return None
    return [Carried(number, texts[0].strip(), query=query) for number, (query, texts) in enumerate(rows, 1)]


def _is_told_twice(answers: Mapping[str, Sequence[str]], data: bytes) -> bool:
    """Has a set more than one presentation for a query, in one list or by naming the query again?

    No request of ours asks for `multiple`. Of a member that is there twice a parser keeps the last alone: its quotes
    are then more than those of what was kept.
    """
    return any(len(texts) > 1 for texts in answers.values()) or data.count(b'"') != 4 * len(answers)


def unfold(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """The number and bytes of each line that begins a credential, joined with those that go on with it (folded text).

    Each is bounded, whatever it was joined from: what is cut off was too large before.
    """
    first, parts, size, dots = 0, list[bytes](), 0, 0
    for number, line in enumerate(lines, 1):
        stripped = line.strip()
        if not stripped:
            continue
        # Neither JSON nor a symbol's text is ever folded.
        is_whole = stripped[:1] == b"{" or (stripped[:1] in b"Cc1" and is_symbol(stripped.decode("ascii", "replace")))
        # A JOSE payload begins like a header, so that one line is new only after the two dots of the one before.
        is_new = is_whole or (stripped[:3] == _JOSE and (dots >= _DOTS or (parts and parts[0][:3] != _JOSE)))
        if parts and is_new:
            yield first, b"".join(parts)
            parts, size, dots = [], 0, 0
        if is_whole:
            yield number, stripped
            continue
        if not parts:
            first = number
        if size <= MAX_LINE_BYTES:  # what is longer is refused whatever follows
            parts.append(stripped)
        size += len(stripped)
        dots += stripped.count(b".")
    if parts:
        yield first, b"".join(parts)


def read_line(number: int, line: bytes) -> Carried:
    """The credential on one non-empty line."""
    if len(line) > MAX_LINE_BYTES:
        return _refuse(number, Reason.UNREADABLE_TOO_LARGE, maximum=MAX_CHARACTERS)
    if line[:1] == b"{":
        import orjson  # noqa: PLC0415 - likewise

        try:
            return _from_json(number, orjson.loads(line))
        except orjson.JSONDecodeError:
            return _refuse_line(number, line)
    try:
        text = line.decode("ascii")
    except UnicodeDecodeError:
        return _refuse_line(number, line)
    return Carried(number, text) if is_text(line) else _refuse_line(number, line)


def _refuse_line(number: int, line: bytes) -> Carried:
    return _refuse(number, Reason.UNREADABLE_NOT_A_CREDENTIAL if is_text(line) else Reason.UNREADABLE_NOT_TEXT)


def _from_json(number: int, item: Any) -> Carried:  # noqa: ANN401 - any JSON value
    text = item.get("credential") if isinstance(item, dict) else item
    if not isinstance(text, str):
        return _refuse(number, Reason.UNREADABLE_NOT_A_CREDENTIAL)
    return Carried(number, text.strip())


def _refuse(line: int, reason: Reason, **params: object) -> Carried:
    return Carried(line, None, CredentialError(reason, **params))
