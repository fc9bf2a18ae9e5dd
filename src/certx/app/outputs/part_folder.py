"""A folder of parts `part-00000.jsonl.zst` of at most 50,000 licences each, and a manifest of the whole."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from certx.app.machine.files import replace_file, sync_folder
from certx.app.outputs.chunk_file import FOLDER, PRIVATE, ChunkFile, file_digest, names_in, unreadable, unwritable
from certx.app.outputs.compression import Packing, ZstdFrames
from certx.batch.output import Knows, Placed, knows_none
from certx.errors import UsageError

PART_LINES: Final = 50_000
MANIFEST: Final = "manifest.json"
PART: Final = re.compile(r"part-([0-9]{5,})\.jsonl\.zst")
_INDENTED: Final = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE


class PartFolder:
    """An `Output` in parts.

    Its manifest always speaks of a whole output: it goes before the first chunk of a run and comes with `finish`.
    """

    def __init__(self, folder: Path, packing: Packing | None = None) -> None:
        """Nothing is made yet; raises `EnvironmentFailureError` if zstandard is not installed."""
        self._folder = folder
        self._packing = packing or ZstdFrames()
        self._part: ChunkFile | None = None
        self._next = 0
        self._counts: Counter[str] | None = None
        """Licences in each part."""

    def resume(self, committed: Sequence[Placed], knows: Knows = knows_none) -> list[bool]:
        """See `Output`. New chunks go to a new part if one of the last part is not whole."""
        self.close()
        found = parts_of(self._folder)
        of_part = dict[str, list[int]]()
        for number, placed in enumerate(committed):
            of_part.setdefault(placed.file, []).append(number)
        self._refuse_strangers(found, of_part)
        whole = [False] * len(committed)
        last = max(of_part, key=_number, default=None)
        self._next = 0 if last is None else _number(last) + 1
        foreign: UsageError | None = None
        for name, numbers in of_part.items():
            part = self._file(name)
            try:
                results = part.resume([committed[number] for number in numbers], knows)
            except UsageError as error:  # nothing of the part is whole; that of others may be
                foreign = error
                continue
            if not any(results):
                part.remove()
            for number, is_whole in zip(numbers, results, strict=True):
                whole[number] = is_whole
            if name == last and all(results):
                self._part = part
            else:
                part.close()
        if foreign is not None and not any(whole):
            raise foreign
        self._remove_unknown([name for name in found if name not in of_part])
        self._counts = Counter()
        for placed, is_whole in zip(committed, whole, strict=True):
            self._counts[placed.file] += placed.count * is_whole
        return whole

    def _refuse_strangers(self, found: Sequence[str], of_part: Collection[str]) -> None:
        """A run begins in an empty folder, and goes on in one that holds a part of it."""
        if any(name in of_part for name in found):
            return
        own = {*found, MANIFEST} if of_part else set(found)  # a manifest of parts that are lost is no stranger
        if any(name not in own and not name.startswith(".") for name in names_in(self._folder)):
            raise UsageError("output-exists", hint="output-exists", path=str(self._folder))

    def _remove_unknown(self, names: Sequence[str]) -> None:
        for name in names:
            part = self._file(name)
            part.resume(())  # raises if it is not a first chunk of ours
            part.remove()

    def append(self, lines: Sequence[bytes]) -> Placed:
        """See `Output`."""
        if self._counts is None:
            self.resume(())
        counts = self._counts if self._counts is not None else Counter[str]()
        with unwritable(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True, mode=FOLDER)
            if (self._folder / MANIFEST).exists():
                (self._folder / MANIFEST).unlink()
                sync_folder(self._folder)
        if self._part is None or counts[self._part.path.name] + len(lines) > PART_LINES:
            self._rotate()
        part = self._part or self._rotate()
        placed = part.append(lines)
        counts[placed.file] += placed.count
        return placed

    def _rotate(self) -> ChunkFile:
        if self._part is not None:
            self._part.finish()
            self._part.close()
        self._part = self._file(f"part-{self._next:05}.jsonl.zst")
        self._next += 1
        return self._part

    def cut(self, placed: Placed) -> None:
        """See `Output`."""
        if self._part is None or self._counts is None or self._part.path.name != placed.file:
            raise ValueError(placed)
        self._part.cut(placed)
        if placed.start == 0:
            self._part.remove()
        self._counts[placed.file] -= placed.count

    def finish(self) -> None:
        """Write the manifest: name, licences, bytes and SHA-256 of each part, and their sums."""
        if self._part is not None:
            self._part.finish()
        counts = self._counts
        if not counts or not counts.total() or (self._folder / MANIFEST).exists():
            return
        parts = [self._described(name, counts[name]) for name in parts_of(self._folder)]
        totals = {name: sum(part[name] for part in parts) for name in ("licences", "bytes")}
        document = {"parts": parts, **totals}
        replace_file(self._folder / MANIFEST, orjson.dumps(document, option=_INDENTED), mode=PRIVATE)

    def lines(self, placed: Placed) -> Iterator[bytes]:
        """See `Output`."""
        return self._file(placed.file).lines(placed)

    def close(self) -> None:
        """See `Output`."""
        if self._part is not None:
            self._part.close()
        self._part = self._counts = None

    def _file(self, name: str) -> ChunkFile:
        return ChunkFile(self._folder / name, self._packing, name=name)

    def _described(self, name: str, licences: int) -> dict[str, Any]:
        path = self._folder / name
        with unreadable(path), path.open("rb") as file:
            size = path.stat().st_size
            digest = file_digest(file, size)
        return {"name": name, "licences": licences, "bytes": size, "sha256": digest.hex()}


def parts_of(folder: Path) -> list[str]:
    """The parts in a folder, in their order."""
    return sorted(filter(PART.fullmatch, names_in(folder)), key=_number)


def _number(name: str) -> int:
    return int(name[len("part-") :].split(".", maxsplit=1)[0])
