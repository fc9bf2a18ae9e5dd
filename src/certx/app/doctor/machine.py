"""Gathers for `certx doctor` what disk, key files and ledger of this machine are like."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from certx.doctor.complaint import Complaint
from certx.doctor.machine import FileFacts, Kind, review_disk, review_files
from certx.errors import CertxError
from certx.keys.pem import is_encrypted, is_plain
from certx.settings import Settings
from certx.trust.generations import Generations

_MAX_KEY_BYTES: Final = 65_536


def look_at_disk(settings: Settings) -> Iterator[Complaint]:
    """Is there room for the next generation of the registry?"""
    place = settings.home
    while not place.exists() and place != place.parent:
        place = place.parent
    yield from review_disk(str(place), shutil.disk_usage(place).free, _registry_size(settings))


def _registry_size(settings: Settings) -> int:
    """Bytes of the registry in use; what cannot be measured is not counted."""
    generations = Generations(settings.generations)
    try:
        current = generations.current()
    except CertxError:  # told by whoever reads it
        return 0
    if current is None or not current.folder.is_dir():
        return 0
    paths = [*current.folder.iterdir(), *(generations.objects / digest for digest in current.objects())]
    return sum(path.stat().st_size for path in paths if path.is_file())


def folders_and_ledger(settings: Settings) -> Iterator[FileFacts]:
    """Home, key folder, and the files of the ledger."""
    folders = [(Kind.FOLDER, path) for path in (settings.home, settings.keys)]
    ledger = [(Kind.LEDGER, path) for path in sorted(settings.home.glob(f"{settings.ledger.name}*"))]
    for kind, path in (*folders, *ledger):
        if path.exists():
            yield FileFacts(kind, str(path), _mode(path.stat()))


def key_files(settings: Settings) -> list[Path]:
    """The private keys of this machine."""
    return sorted(settings.keys.glob("*.pem"))


def look_at_key(path: Path) -> Iterator[Complaint]:
    """Is it one, and may others read it, or anybody who has the disk?"""
    if not path.is_file():  # a folder, a link to nowhere, a pipe that would never end
        yield from review_files([FileFacts(Kind.KEY, str(path), None, is_usable=False)])
        return
    with path.open("rb") as file:
        data = file.read(_MAX_KEY_BYTES)
        mode = _mode(os.fstat(file.fileno()))
    yield from review_files([FileFacts(Kind.KEY, str(path), mode, is_plain(data), is_encrypted(data))])


def _mode(stat: os.stat_result) -> int | None:
    return stat.st_mode & 0o777 if sys.platform != "win32" else None
