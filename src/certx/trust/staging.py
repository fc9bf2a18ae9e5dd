"""Writing generations: beside the one in use, then one pointer file is replaced. See `certx.trust.generations`."""

import os
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Final

import orjson

from certx.errors import DocumentError, EnvironmentFailureError
from certx.trust.generations import Generation, Generations, ListNote, read_whole
from certx.trust.kept import UNTIL, needed_for_the_past, until_text
from certx.trust.logs import PROVEN

KEPT: Final = 5
"""How many old generations stay, besides those that questions about earlier days need."""
_SETTLED_SECONDS: Final = 86_400.0
"""A generation is not removed before its successor has been in use for so long: a long run may still read it."""


def find_object(generations: Generations, digest: str) -> bytes | None:
    """A file by its digest, if it is there and whole; one that the disk does not give back is not."""
    data = None
    with suppress(EnvironmentFailureError):
        data = read_whole(generations.objects / digest)
    return data if data is not None and sha256(data).hexdigest() == digest else None


def put_object(generations: Generations, digest: str, data: bytes) -> None:
    """Keep a verified file under its digest."""
    generations.objects.mkdir(parents=True, exist_ok=True, mode=0o700)
    _replace(generations.objects / digest, data)


def stage(
    generations: Generations,
    metadata: Mapping[str, bytes],
    objects: Iterable[str],
    lists: Mapping[str, ListNote] = MappingProxyType({}),
    proven: bytes | None = None,
) -> Generation:
    """Write a new generation beside the one in use; its files are kept already. `proven`: see `certx.trust.logs`."""
    names = generations.names()
    name = f"{int(names[-1]) + 1 if names else 1:08d}"
    part = generations.folder / "generations" / f"{name}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True, mode=0o700)
    for file, data in metadata.items():
        (part / file).write_bytes(data)
    if proven is not None:
        (part / PROVEN).write_bytes(proven)
    (part / "objects").write_text("".join(f"{digest}\n" for digest in sorted(objects)), encoding="ascii")
    notes = {path: {"iat": note.issued_at, "token": note.token} for path, note in sorted(lists.items())}
    (part / "lists").write_bytes(orjson.dumps(notes))
    return Generation(part, generations.objects)


def discard(generations: Generations) -> None:
    """Remove what a sync that failed had written; a full disk is not left full."""
    for part in (generations.folder / "generations").glob("*.part"):
        shutil.rmtree(part, ignore_errors=True)
    with suppress(OSError):
        _sweep(generations)


def switch(generations: Generations, staged: Generation, seen_at: float) -> Generation:
    """Make a staged generation the one in use, with all of it on disk before; then remove what is too old."""
    folder = staged.folder.with_suffix("")
    staged.folder.replace(folder)
    _note_successor(generations, folder.name)
    _make_durable(folder, generations.objects)
    seen_before = 0.0
    with suppress(DocumentError):  # a damaged pointer is replaced
        pointer = generations.pointer()
        seen_before = pointer.seen_at if pointer is not None else 0.0
    document = {"generation": folder.name, "seen_at": max(seen_at, seen_before)}
    _replace(generations.folder / "current", orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE), durable=True)
    _sweep(generations)
    return generations.generation(folder.name)


def _note_successor(generations: Generations, name: str) -> None:
    """Write beside the generation before this one when this one was signed: that is until when it was in force."""
    before = [other for other in generations.names() if other < name]
    text = until_text(generations.generation(name)) if before else None
    if text is not None:
        _replace(generations.generation(before[-1]).folder / UNTIL, text)


def _sweep(generations: Generations) -> None:
    """Remove generations that nobody reads or asks about any more, and files that none of the others has."""
    names = generations.names()
    born = {name: generations.generation(name).folder.stat().st_mtime for name in names}
    needed = needed_for_the_past(generations, names)
    for name, successor in pairwise(names[:-KEPT]):
        if name not in needed and born[names[-1]] - born[successor] >= _SETTLED_SECONDS:
            shutil.rmtree(generations.generation(name).folder, ignore_errors=True)
    wanted = frozenset[str]().union(*(generations.generation(name).objects() for name in generations.names()))
    for entry in generations.objects.iterdir() if generations.objects.is_dir() else ():
        if entry.name not in wanted:
            with suppress(OSError):
                entry.unlink()


def _replace(path: Path, data: bytes, *, durable: bool = False) -> None:
    temporary = path.with_name(f".{path.name}.part")
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        if durable:
            os.fsync(file.fileno())
    temporary.replace(path)


def _make_durable(*folders: Path) -> None:
    """All that was written is on disk: by one call for a thousand files, where the system has one."""
    if hasattr(os, "sync"):
        os.sync()
        return
    for folder in folders:
        for path in folder.iterdir():
            with path.open("rb+") as file:
                os.fsync(file.fileno())
