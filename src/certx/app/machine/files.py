"""Files written whole or not at all."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO, Final

from certx.app.machine.clock import now
from certx.errors import EnvironmentFailureError, cause_of

_PRIVATE: Final = 0o600
_STALE_SECONDS: Final = 3_600
_TEMPORARY: Final = re.compile(r"\.([1-9][0-9]*)-[0-9a-f]{8}\.part")


@contextmanager
def replacing(path: Path, *, mode: int = 0o644, folder_mode: int = 0o777, sweep: bool = True) -> Iterator[BinaryIO]:
    """A file to write; it takes the place of `path` when the block ends well, on disk by then, else it vanishes.

    A link stays one: what it leads to is replaced. Whoever else writes the same file at once has a temporary file of
    their own, and the last one stands; what a process that was killed left is swept away by the next, unless the
    caller did that for the whole folder (`sweep_folder`). Raises `EnvironmentFailureError` if it cannot be written.
    """
    target = path.resolve()
    temporary = target.with_name(f".{target.name}.{os.getpid()}-{token_hex(4)}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=folder_mode)
        if sweep:
            _sweep(target)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        descriptor = os.open(temporary, flags, _PRIVATE)
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            temporary.chmod(mode)
            temporary.replace(target)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
        sync_folder(target.parent)
    except OSError as error:
        raise EnvironmentFailureError(
            "file-unwritable", hint="file-unwritable", path=str(path), detail=cause_of(error)
        ) from error


def replace_file(path: Path, data: bytes, *, mode: int = 0o644, folder_mode: int = 0o777, sweep: bool = True) -> None:
    """Write a whole file at once; see `replacing`."""
    with replacing(path, mode=mode, folder_mode=folder_mode, sweep=sweep) as file:
        file.write(data)


def sweep_folder(folder: Path) -> None:
    """What `_sweep` does for one file, for every file of a folder: once, where thousands are about to be written."""
    for left in folder.glob(".*.part"):
        found = _TEMPORARY.search(left.name)
        if found is not None and found.end() == len(left.name):
            _remove_stale(left, int(found[1]))


def _sweep(target: Path) -> None:
    """Remove temporary files of this target whose process is over, or that are older than an hour."""
    for left in target.parent.glob(f".{escape(target.name)}.*.part"):
        found = _TEMPORARY.fullmatch(left.name.removeprefix(f".{target.name}"))
        if found is not None:
            _remove_stale(left, int(found[1]))


def _remove_stale(left: Path, process: int) -> None:
    with suppress(OSError):
        if not _is_alive(process) or left.stat().st_mtime < now() - _STALE_SECONDS:
            left.unlink()


def _is_alive(process: int) -> bool:
    """Does a process of this number run here? Where that cannot be asked without ending it, it does."""
    if sys.platform == "win32":
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


def sync_folder(folder: Path) -> None:
    """Make a new name in it durable, where folders can be synced."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
