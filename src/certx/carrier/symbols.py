"""A credential as the texts of one or more QR symbols, in either of two alphabets (docs/formats.md, "Symbols").

    CX1:DATA            DATA is base45, the alphabet of a symbol's alphanumeric mode
    CX1:2/3:ID:DATA     part 2 of 3; ID is the beginning of the SHA-256 of the whole, eight hexadecimal digits
    111DIGITS           the same in digits alone, which scanners type right whatever the keyboard is set to
    123IDDIGITS         part 2 of 3; ID as ten digits

`write` makes them. `join` makes one text of parts that were read in any order, `read` the credential of a text.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import islice, product
from typing import Final, NamedTuple

from certx.carrier.base45 import from_base45, to_base45
from certx.carrier.digits import from_digits, to_digits
from certx.carrier.packing import MAX_PACKED, Dictionaries, pack, unpack
from certx.carrier.text import BEGINNING
from certx.credential.errors import CredentialError
from certx.errors import UnreadableError
from certx.reason import Reason

MOST_PARTS: Final = 9
ROOM: Final = 744
"""Most bytes of a part: they and what stands before them fill a QR symbol of version 22, level M, in both alphabets."""
ROOM_ALONE: Final = 753
"""Most bytes of a symbol that has no other parts."""
_CHARACTERS: Final = (
    20, 38, 61, 90, 122, 154, 178, 221, 262, 311, 366,
    419, 483, 528, 600, 656, 734, 816, 909, 970, 1_035, 1_134,
)  # fmt: skip
"""Most alphanumeric characters of a symbol of each version, from 1 up to 22, at level M (ISO/IEC 18004, table 7)."""
_MOST_TRIES: Final = 4_096
"""Ways to put parts together that are tried where several claim the same place: 60 ms."""
_DIGITS_ALONE: Final = "111"
_LONGEST: Final = 3 * MAX_PACKED
_PART: Final = re.compile(r"CX1:([1-9])/([2-9]):([0-9A-F]{8}):(.+)", re.DOTALL)
_DIGIT_PART: Final = re.compile(r"1([1-9])([2-9])([0-9]{10})([0-9]+)")


class Part(NamedTuple):
    """One symbol of several; `number` counts from 1, `whole` names what it is a part of."""

    number: int
    total: int
    whole: int
    data: bytes


def write(credential: str, dictionaries: Dictionaries, *, digits: bool = False) -> list[str]:
    """The texts of the symbols for a credential: one if it fits version 22-M, else up to nine parts.

    Raises `UnreadableError` if that is too few.
    """
    packed = pack(credential, dictionaries)
    if len(packed) <= ROOM_ALONE:
        return [_alone(packed, digits=digits)]
    total = -(-len(packed) // ROOM)
    if total > MOST_PARTS:
        raise UnreadableError("symbols-too-large", hint="symbols-too-large")
    size, whole = -(-len(packed) // total), _name_of(packed)
    parts = [Part(number + 1, total, whole, packed[number * size : (number + 1) * size]) for number in range(total)]
    return [_text_of(part, digits=digits) for part in parts]


def version_of(text: str) -> int:
    """The version of the QR symbol, at level M, that one of the texts of `write` fills; not for digits alone."""
    return bisect_left(_CHARACTERS, len(text)) + 1


def part_of(text: str) -> Part | None:
    """The part of a credential that a symbol's text is, `None` if it is a whole one.

    Raises `CredentialError` if it cannot be read.
    """
    text = text[: _LONGEST + 1].upper()
    try:
        if (match := _PART.fullmatch(text)) is not None:
            part = Part(int(match[1]), int(match[2]), int(match[3], 16), from_base45(match[4]))
        elif (match := _DIGIT_PART.fullmatch(text)) is not None:
            part = Part(int(match[1]), int(match[2]), int(match[3]), from_digits(match[4]))
        else:
            return None
    except ValueError:
        raise CredentialError(Reason.UNREADABLE_SYMBOL) from None
    if part.number > part.total:
        raise CredentialError(Reason.UNREADABLE_SYMBOL)
    return part


def join(texts: Iterable[str]) -> str:
    """The text of one symbol that says what these parts say together, in whatever order, some perhaps twice.

    Raises `CredentialError`: parts are missing, belong to different credentials, or one of them is damaged.
    """
    texts = list(texts)
    parts = [part for text in texts if (part := part_of(text)) is not None]
    if not parts and len(set(texts)) == 1:
        return texts[0]
    if len(parts) < len(texts) or len({(part.whole, part.total) for part in parts}) != 1:
        raise CredentialError(Reason.UNREADABLE_PARTS_MIXED)
    return join_parts(parts)


def join_parts(parts: Sequence[Part]) -> str:
    """The same of parts of one credential.

    Of several that claim the same place, the one is taken that makes the whole: a forged or damaged part keeps nobody
    from reading the good ones.
    """
    total = parts[0].total
    places = [list(dict.fromkeys(part.data for part in parts if part.number == place + 1)) for place in range(total)]
    missing = [str(place) for place, candidates in enumerate(places, 1) if not candidates]
    if missing:
        raise CredentialError(Reason.UNREADABLE_PARTS_MISSING, missing=", ".join(missing), total=total)
    for chosen in islice(product(*places), _MOST_TRIES):
        packed = b"".join(chosen)
        if len(packed) <= MAX_PACKED and _name_of(packed) == parts[0].whole:
            return _alone(packed, digits=False)
    raise CredentialError(Reason.UNREADABLE_SYMBOL)


def read(text: str, dictionaries: Dictionaries) -> str:
    """The credential in the text of a symbol; raises `CredentialError`."""
    if part_of(text) is not None:
        text = join([text])
    if len(text) > _LONGEST:
        raise CredentialError(Reason.UNREADABLE_SYMBOL)
    text = text.upper()
    try:
        packed = from_base45(text[4:]) if text.startswith(BEGINNING) else from_digits(text.removeprefix(_DIGITS_ALONE))
    except ValueError:
        raise CredentialError(Reason.UNREADABLE_SYMBOL) from None
    return unpack(packed, dictionaries)


def _alone(packed: bytes, *, digits: bool) -> str:
    return _DIGITS_ALONE + to_digits(packed) if digits else BEGINNING + to_base45(packed)


def _text_of(part: Part, *, digits: bool) -> str:
    if digits:
        return f"1{part.number}{part.total}{part.whole:010d}{to_digits(part.data)}"
    return f"{BEGINNING}{part.number}/{part.total}:{part.whole:08X}:{to_base45(part.data)}"


def _name_of(packed: bytes) -> int:
    return int.from_bytes(sha256(packed).digest()[:4], "big")
