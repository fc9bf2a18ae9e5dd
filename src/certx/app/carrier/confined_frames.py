"""How a confined process and the one that started it talk: frames of a kind, a size and so many bytes.

Nothing is unpickled: whoever took over the process that opens hostile files could not make this one do anything.
"""

from collections.abc import Iterator
from enum import IntEnum
from struct import Struct
from typing import IO, Final

_HEAD: Final = Struct("<BI")
_MOST_BYTES: Final = 64 * 1_048_576
"""Of all that an answer has."""


class Kind(IntEnum):
    """What a frame holds."""

    FILE = 1  # to open: the only one that is sent to the process
    ATTACHED = 2
    CODE = 3  # its text
    UNREAD = 4  # a code that cannot be read
    REFUSED = 5  # the reason, and after a space the most that there may be, if it is too much of something
    MISSING = 6  # the package that is not installed
    BUG = 7  # the traceback
    END = 8


def send(line: IO[bytes], kind: Kind, data: bytes = b"") -> None:
    """Write a frame; raises `OSError` if nobody is there to read it."""
    line.write(_HEAD.pack(kind, len(data)))
    line.write(data)


def receive(line: IO[bytes]) -> tuple[Kind, bytes] | None:
    """The next frame, `None` if there is none any more; raises `ValueError` if it has not the form of one."""
    head = line.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    kind, size = _HEAD.unpack(head)
    if size > _MOST_BYTES:
        raise ValueError("a frame that is too large")
    data = line.read(size)
    return (Kind(kind), data) if len(data) == size else None


def answer(line: IO[bytes]) -> Iterator[tuple[Kind, bytes]]:
    """The frames of an answer; raises `EOFError` if it breaks off, `ValueError` if it is none."""
    size = 0
    while (frame := receive(line)) is not None:
        kind, data = frame
        size += len(data) + _HEAD.size
        if size > _MOST_BYTES:
            raise ValueError("an answer that is too large")
        if kind is Kind.END:
            return
        yield frame
    raise EOFError
