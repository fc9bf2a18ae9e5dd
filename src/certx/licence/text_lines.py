"""Blocks of bytes → whole lines, and what encoding they are in.

The encoding is decided once, by the first block that has more than ASCII in it (so nothing before it depends on the
decision), and never again: what does not decode after that is a damaged row, told with the offset of its first
damaged byte.
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from certx.errors import UnreadableError
from certx.licence.tabular import MAX_ROW_BYTES, RAW_SHOWN

_TELLING: Final = 3
"""So many Chinese characters do not come out of GB18030 read as UTF-8."""
BOM: Final = b"\xef\xbb\xbf"
_NUL_TELLS: Final = 4_096
"""A NUL among so many first bytes: this is no text at all. One that comes later damages its row."""


class Block(NamedTuple):
    """Whole lines: their bytes, the number of the first, and the offset of its first byte in the table.

    `cut`: it begins a line that is too long to be kept; the rest of that line is left out.
    """

    data: bytes
    line: int
    offset: int
    cut: bool = False


def whole_lines(blocks: Iterable[bytes], *, by_cr: bool) -> Iterator[Block]:
    """Blocks that end where lines end; of a line longer than `MAX_ROW_BYTES` only the beginning is handed out.

    `by_cr`: a CR alone ends a line too.
    """
    line, offset, left, in_cut = 1, 0, b"", False
    for block in blocks:
        data = left + block
        if in_cut:
            end = _first_end(data, by_cr=by_cr)
            left, offset = b"", offset + (end or len(data))
            if not end:
                continue
            data, line, in_cut = data[end:], line + 1, False
        end = data.rfind(b"\n") + 1
        if not end and by_cr:
            end = data.rfind(b"\r", 0, -1) + 1
        if end:
            yield Block(data[:end], line, offset)
            line += _line_ends(data[:end], by_cr=by_cr)
            offset += end
        left = data[end:]
        if len(left) > MAX_ROW_BYTES:
            yield Block(left[:RAW_SHOWN], line, offset, cut=True)
            offset, left, in_cut = offset + len(left), b"", True
    if left:
        yield Block(left, line, offset)


def _first_end(data: bytes, *, by_cr: bool) -> int:
    """Where the first line ends, 0 if it does not."""
    end = data.find(b"\n") + 1
    alone = data.find(b"\r", 0, end - 2 if end else None) + 1 if by_cr else 0
    return alone or end


def _line_ends(data: bytes, *, by_cr: bool) -> int:
    """How many lines end in these bytes: at LF, CR LF, or CR alone."""
    count = data.count(b"\n")
    if by_cr and b"\r" in data:
        count += data.count(b"\r") - data.count(b"\r\n")
    return count


class Decoder:
    """Turns blocks into text."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.encoding: str | None = None

    def text(self, block: Block) -> str | None:
        """The text of a block, `None` if some of it is damaged; raises `UnreadableError` if it is no text at all."""
        data = block.data.removeprefix(BOM) if block.offset == 0 else block.data
        zero = block.data.find(b"\0")
        if zero >= 0 and block.offset + zero < _NUL_TELLS:
            raise self._refusal(block.offset + zero)
        if self.encoding is None and not data.isascii():
            self.encoding = self._decide(data, block.offset + len(block.data) - len(data))
        try:
            return data.decode(self.encoding or "ascii") if zero < 0 else None
        except UnicodeDecodeError:
            return None

    def _decide(self, data: bytes, offset: int) -> str:
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as error:
            # Chinese that reads as UTF-8 up to here is UTF-8 with a damaged byte: as GB18030 it would be other words.
            if sum(char >= "\u2e80" for char in data[: error.start].decode("utf-8")) >= _TELLING:
                return "utf-8"
            try:
                data.decode("gb18030")
            except UnicodeDecodeError:
                if offset > len(BOM):  # text so far
                    return "utf-8"
                raise self._refusal(offset + error.start) from None
            return "gb18030"
        return "utf-8"

    def _refusal(self, offset: int) -> UnreadableError:
        return UnreadableError("rows-not-text", hint="rows-not-text", path=self._name, offset=offset)

    def damage_in(self, line: bytes) -> int | None:
        """The position of the first byte of a line that is no text, `None` if all of it is."""
        zero = line.find(b"\0")
        try:
            line.decode(self.encoding or "ascii")
        except UnicodeDecodeError as error:
            return error.start if zero < 0 else min(zero, error.start)
        return None if zero < 0 else zero
