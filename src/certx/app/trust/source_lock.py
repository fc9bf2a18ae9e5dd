"""One change of a reviewed source at a time: what is read, changed and written again must not undo another's change."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from certx.app.machine.lock import exclusive
from certx.trust.federation import ROLES_FILE
from certx.trust.folder import region_folders

SOURCE_LOCK: Final = ".lock"
"""The file in a source; it is empty, is never published, and may be deleted while nobody is at work."""


@contextmanager
def changing(source: Path, *, dry: bool = False) -> Iterator[None]:
    """Keep others from changing a source for the block; of a `dry` run, or where no source is yet, nobody.

    Raises `EnvironmentFailureError` if another does not finish in time, or if the folder cannot be written.
    """
    if dry or not _is_source(source):  # nothing is put into a folder that was named by mistake
        yield
        return
    with exclusive(source / SOURCE_LOCK, code="source-busy"):
        yield


def _is_source(folder: Path) -> bool:
    return (folder / ROLES_FILE).is_file() or (folder.is_dir() and bool(region_folders(folder)))
