"""A folder into which a camera or document scanner drops files: each is told once, when it is complete."""

import os
from collections.abc import Iterator
from pathlib import Path
from stat import S_ISREG
from typing import Final, NamedTuple

from certx.errors import EnvironmentFailureError, cause_of

POLL_SECONDS: Final = 0.5
_MOST_FILES: Final = 10_000
_UNFINISHED: Final = (".part", ".tmp", ".crdownload", ".download", ".filepart")


class _Look(NamedTuple):
    """What a file looks like; one that is being written looks different each time."""

    size: int
    changed_at: int
    inode: int


class FolderWatch:
    """Looks at a folder again and again; what lies there at the beginning is not new."""

    def __init__(self, folder: Path) -> None:
        """Raises `EnvironmentFailureError` if it is no folder that can be read."""
        self._folder = folder
        try:
            self._told = self._looks()
        except OSError as error:
            raise EnvironmentFailureError("file-unreadable", path=str(folder), detail=cause_of(error)) from error
        self._seen = dict(self._told)

    def poll(self) -> Iterator[Path]:
        """The files that are complete since the last look: they have not changed from that look to this one.

        A file that is replaced by another of its name is a new one. Raises `OSError` while the folder cannot be read.
        """
        looks = self._looks()
        for name, look in sorted(looks.items(), key=lambda item: (item[1].changed_at, item[0])):
            if look.size and look == self._seen.get(name) and look != self._told.get(name):
                self._told[name] = look
                yield self._folder / name
        self._seen = looks
        self._told = {name: look for name, look in self._told.items() if name in looks}

    def _looks(self) -> dict[str, _Look]:
        found: dict[str, _Look] = {}
        with os.scandir(self._folder) as listing:
            for entry in listing:
                if len(found) >= _MOST_FILES:
                    break
                if entry.name.startswith((".", "~")) or entry.name.lower().endswith(_UNFINISHED):
                    continue
                try:
                    stat = entry.stat(follow_symlinks=False)
                except OSError:  # gone again
                    continue
                if S_ISREG(stat.st_mode):
                    found[entry.name] = _Look(stat.st_size, stat.st_mtime_ns, stat.st_ino)
        return found
