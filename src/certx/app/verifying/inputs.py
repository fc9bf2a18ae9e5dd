"""What `certx verify` was given, as a stream of items: files of any size, folders, stdin, credentials themselves.

An item is not looked at here: it may be taken to another process first. At most one line and one block are held.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from stat import S_ISFIFO
from typing import BinaryIO, Final, NamedTuple

from certx.app.carrier.reading import read
from certx.carrier import MAX_FILE_BYTES, Carried, is_file_format, read_line, unfold
from certx.carrier.text import BOM, MAX_LINE_BYTES, begins_lines, is_text
from certx.credential.errors import CredentialError
from certx.errors import cause_of
from certx.reason import Reason

STDIN: Final = "-"
MOST_TOGETHER: Final = 64
"""Most credentials that are looked at together; of more, each is taken by itself."""
MAX_DOCUMENT_BYTES: Final = 256 * 1_048_576
"""Largest input that is one JSON document, which cannot be read line by line."""
_BLOCK_BYTES: Final = 1_048_576
_IN_FOLDERS: Final = frozenset(
    {".jsonl", ".txt", ".png", ".jpg", ".jpeg", ".pdf", ".gif", ".tif", ".tiff", ".webp", ".bmp", ".heic"}
)
"""Files of a folder that hold credentials; others are passed over."""
_INDEX, _FIRST_SHARD = "index.jsonl", "00000"
"""What `certx issue --explode` writes: see `certx.app.outputs.exploded`."""
_PACKED: Final = (".jsonl.zst", ".parquet")
"""Ends of names of files that are no lines of text, and hold credentials too."""
_MAX_DEPTH: Final = 32


class Item(NamedTuple):
    """One credential of an input: how it is called, its line (from 1), and its bytes, or why it has none."""

    label: str
    line: int
    data: bytes | Carried

    @property
    def size(self) -> int:
        """About how many bytes it holds."""
        return len(self.data if isinstance(self.data, bytes) else self.data.text or "")

    def read(self) -> Carried:
        """The text of the credential."""
        return read_line(self.line, self.data) if isinstance(self.data, bytes) else self.data


def open_inputs(inputs: Sequence[str]) -> Iterator[Item]:
    """Every credential of every input, in order; `-` is stdin, a credential may stand for itself, folders for files."""
    for name in inputs:
        if is_credential(name):
            yield from _labelled(f"{name[:16]}…", _whole(read(name.encode("utf-8", "replace"))))
        elif name != STDIN and os.path.isdir(name):  # noqa: PTH112 - which a name that no file can have does not disturb
            yield from _folder(name)
        else:
            yield from _labelled(_shown(name), _file(name))


def parts_joined(items: Sequence[Item]) -> Sequence[Item]:
    """The items, with those that hold parts of one credential as one."""
    if sum(isinstance(item.data, Carried) and bool(item.data.parts) for item in items) < 2:
        return items
    from certx.app.verifying.parts import join_inputs  # noqa: PLC0415 - seldom needed

    return join_inputs(items)


def is_credential(argument: str) -> bool:
    """Is a command-line argument a credential itself, and not the name of a file?"""
    return argument.startswith("eyJ") and argument.count(".") >= 2 and "~" in argument


_Entry = tuple[int, bytes | Carried]


def _labelled(shown: str, entries: Iterable[_Entry]) -> Iterator[Item]:
    """The only one of an input is called like it; of several, each has its line in its name."""
    waiting: _Entry | None = None
    several = False
    for entry in entries:
        if waiting is not None:
            several = True
            yield Item(f"{shown}:{waiting[0]}", *waiting)
        waiting = entry
    if waiting is not None:
        yield Item(f"{shown}:{waiting[0]}" if several else shown, *waiting)


def _shown(name: str) -> str:
    """A file name as text, whatever bytes it has."""
    return name.encode("utf-8", "backslashreplace").decode()


def _whole(found: Iterable[Carried]) -> Iterator[_Entry]:
    return ((carried.line, carried) for carried in found)


def _folder(name: str, depth: int = 0) -> Iterator[Item]:
    """The credentials of the files in a folder and in those below it, in the order of their names."""
    try:
        with os.scandir(name) as listing:
            inside = sorted(listing, key=lambda entry: entry.name)
    except OSError as error:
        yield Item(_shown(name), 1, _refuse_file(name, error))
        return
    found = False
    for entry in inside:
        if entry.is_dir(follow_symlinks=False) and depth < _MAX_DEPTH:
            for item in _folder(entry.path, depth + 1):
                found = True
                yield item
        elif _holds_credentials(entry.name, inside) and not _is_stdout(entry) and not _is_pipe(entry):
            found = True
            yield from _labelled(_shown(entry.path), _file(entry.path))
    if not found and not depth:
        yield Item(_shown(name), 1, Carried(1, None, CredentialError(Reason.UNREADABLE_EMPTY)))


def _holds_credentials(name: str, beside: Iterable["os.DirEntry[str]"]) -> bool:
    """Is it a file of credentials, by its name? The index of single files is none."""
    if name == _INDEX:
        return not any(entry.name == _FIRST_SHARD and entry.is_dir() for entry in beside)
    return os.path.splitext(name)[1].lower() in _IN_FOLDERS or name.lower().endswith(_PACKED)  # noqa: PTH122 - no path


def _is_stdout(entry: "os.DirEntry[str]") -> bool:
    """Is it the file that the verdicts are being written to? To read that would never end."""
    try:
        return sys.stdout is not None and os.path.samestat(Path(entry.path).stat(), os.fstat(sys.stdout.fileno()))
    except (OSError, ValueError):  # gone again, or no file at all
        return False


def _is_pipe(entry: "os.DirEntry[str]") -> bool:
    """Is it a named pipe, which is waited for until somebody writes? In a folder nobody meant it."""
    try:
        return S_ISFIFO(entry.stat().st_mode)
    except OSError:  # gone again, or a link to nothing: said when it is opened
        return False


def _file(name: str) -> Iterator[_Entry]:
    """The credentials of one file. Formats that are not lines of text are opened here, by the end of the name."""
    if name.lower().endswith(_PACKED):
        from certx.app.outputs.credential_files import open_credentials  # noqa: PLC0415 - rarely needed, and heavy

        try:
            yield from open_credentials(Path(name))
        except CredentialError as error:
            yield 1, Carried(1, None, error)
        return
    try:
        if name == STDIN and sys.stdin is not None:
            yield from _entries(sys.stdin.buffer)
        elif name == STDIN:
            yield from _whole(read(b""))
        else:
            with Path(name).open("rb") as file:
                yield from _entries(file)
    except (OSError, ValueError) as error:
        yield 1, _refuse_file(name, error)


def _refuse_file(name: str, error: OSError | ValueError) -> Carried:
    detail = cause_of(error)
    return Carried(1, None, CredentialError(Reason.UNREADABLE_FILE, path=_shown(name), detail=detail))


def _entries(file: BinaryIO) -> Iterator[_Entry]:
    """The credentials of an open input: of a small one as `read` has them, of a large one line by line."""
    head = file.read(_BLOCK_BYTES)
    if len(head) < _BLOCK_BYTES:
        return _whole(read(head))
    if is_file_format(head):
        return _whole(read(head + file.read(MAX_FILE_BYTES - len(head) + 1)))
    head = head.removeprefix(BOM)
    start = head[: 2 * MAX_LINE_BYTES].lstrip()
    lines = start.splitlines()[:-1] or [start]
    if start[:1] in {b"{", b"["} and not begins_lines(lines):
        data = head + file.read(MAX_DOCUMENT_BYTES - len(head) + 1)
        if len(data) > MAX_DOCUMENT_BYTES:
            too_large = CredentialError(Reason.UNREADABLE_TOO_LARGE, maximum=MAX_DOCUMENT_BYTES)
            return _whole([Carried(1, None, too_large)])
        return _whole(read(data))
    if not is_text(head) and not begins_lines(lines):
        return _whole([Carried(1, None, CredentialError(Reason.UNREADABLE_NOT_TEXT))])
    return unfold(_lines(head, file))


def _lines(head: bytes, file: BinaryIO) -> Iterator[bytes]:
    """The lines of an input that begins with `head`; of one that is too long, as much as shows that it is."""
    rest, block = b"", head
    while block:
        lines = (rest + block).splitlines(keepends=True)
        # A line that ends with the block may go on; so may one that ends with \r, as \r\n.
        rest = b"" if lines[-1].endswith(b"\n") else lines.pop()
        if len(rest) > MAX_LINE_BYTES:
            rest = rest[:MAX_LINE_BYTES] + rest[-1:]
        yield from lines
        block = file.read(_BLOCK_BYTES)
    if rest:
        yield rest
