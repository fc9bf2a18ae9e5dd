"""A note that says: this output was begun here, and no ledger knows of it yet."""

from pathlib import Path
from typing import Final

from certx.app.machine.files import replace_file

_NOTE_BYTES: Final = 64


class Beginning:
    """The note beside a first chunk, which without it would look like a file of somebody else.

    It names the file or folder (inode) and how much of it is ours, so that nothing else is ever cut off by it. It is
    written before the chunk and goes when a second one is written, for then the first was committed.
    """

    def __init__(self, path: Path) -> None:
        """The note of the file or folder at `path`; nothing is written yet."""
        self._path, self._note = path, path.with_name(f".{path.name}.begun")

    def write(self, amount: int) -> None:
        """So much of what is at `path` is ours; on disk when this returns."""
        replace_file(self._note, f"{self._path.stat().st_ino} {amount}\n".encode("ascii"), mode=0o600)

    def covers(self, amount: int) -> bool:
        """Is what is there, so much, a first chunk of ours or the beginning of one?"""
        try:
            inode, most = map(int, self._note.read_bytes()[:_NOTE_BYTES].split())
            return self._path.stat().st_ino == inode and amount <= most
        except (FileNotFoundError, ValueError):
            return False

    def forget(self) -> None:
        """The first chunk was committed, or is gone."""
        self._note.unlink(missing_ok=True)
