"""Verified generations of a registry on disk: readers follow a pointer file and never see a mixture.

root.json                        the pinned root
current                          the name of the generation in use, and the latest signed time ever seen
generations/<name>/<role>.json   metadata, with `<version>.root.json` from the pinned root on
generations/<name>/objects       the digests of its files, one a line
generations/<name>/until         when its successor was signed, once it has one (Unix time)
generations/<name>/lists         what this machine holds of each status list, and how new it was (see `ListNote`)
objects/<sha256>                 the files themselves, shared between generations

Nothing here needs links or a rename of folders that are in use, so any file system will do.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

import orjson

from certx.errors import CertxError, DocumentError, EnvironmentFailureError, UsageError, cause_of
from certx.trust.chain import Chain
from certx.trust.files import Regions
from certx.trust.logs import PROVEN, ProvenLogs
from certx.trust.metadata import Target
from certx.trust.registry import Region
from certx.trust.signed import SignedFiles, SignedRegistry

_NAME: Final = re.compile(r"[0-9]{8}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class Pointer(NamedTuple):
    """Which generation is in use, and the latest signed time that this machine ever saw (Unix time)."""

    generation: str
    seen_at: float


class ListNote(NamedTuple):
    """What a machine notes of a status list: the latest signed time it saw (Unix), and the digest of the file it holds.

    The file is that of the list itself, or of an earlier one that the list's delta leads on from. Nobody vouches for
    the note: it says where to look, and what is found there must prove itself.
    """

    issued_at: float
    token: str


class Generation:
    """One verified generation."""

    def __init__(self, folder: Path, objects: Path) -> None:
        self.folder, self._objects = folder, str(objects)

    @property
    def name(self) -> str:
        """Its number."""
        return self.folder.name

    def read(self, name: str) -> bytes | None:
        """A file of metadata by name."""
        return read_whole(self.folder / name)

    def metadata(self) -> dict[str, bytes]:
        """All its files of metadata, by name."""
        return {path.name: path.read_bytes() for path in self.folder.glob("*.json")}

    def content(self, _path: str, target: Target) -> bytes | None:
        """The content of a target; whoever asks checks it."""
        return read_whole(f"{self._objects}/{target.sha256}")

    def earlier(self, path: str) -> bytes | None:
        """The status list that this machine held already under a path; whoever asks checks what becomes of it."""
        note = self.lists().get(path)
        return None if note is None else read_whole(f"{self._objects}/{note.token}")

    def lists(self) -> dict[str, ListNote]:
        """What is noted of each status list, by path; of what cannot be read, nothing."""
        try:
            rows = orjson.loads(read_whole(self.folder / "lists") or b"{}")
            return {path: _note(row["iat"], row["token"]) for path, row in rows.items()}
        except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError):
            return {}

    def objects(self) -> frozenset[str]:
        """The digests of its files."""
        return frozenset((read_whole(self.folder / "objects") or b"").decode("ascii", "replace").split())


def _note(issued_at: object, token: object) -> ListNote:
    """A note as it was read; raises `TypeError` if it is none."""
    if not isinstance(issued_at, int | float) or not isinstance(token, str) or not _DIGEST.fullmatch(token):
        raise TypeError(token)
    return ListNote(issued_at, token)


class Generations:
    """The registry folder of one machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def pinned_root(self, fingerprint: str) -> bytes:
        """The root that this machine was told to trust; raises `DocumentError` if its digest is another."""
        data = read_whole(self.folder / "root.json")
        if data is None:
            raise DocumentError("root-missing", hint="init-again", path=str(self.folder / "root.json"))
        if fingerprint_of(data) != fingerprint:
            raise DocumentError("root-differs", hint="init-again", path=str(self.folder / "root.json"))
        return data

    @property
    def objects(self) -> Path:
        """Where the files of all generations are, by digest."""
        return self.folder / "objects"

    def pointer(self) -> Pointer | None:
        """What the pointer file says, `None` before the first sync."""
        path = self.folder / "current"
        data = read_whole(path)
        if data is None:
            return None
        try:
            document = orjson.loads(data)
            name, seen_at = document["generation"], document["seen_at"]
            if _NAME.fullmatch(name) and type(seen_at) in {int, float}:
                return Pointer(name, seen_at)
        except (orjson.JSONDecodeError, KeyError, TypeError):
            pass
        raise DocumentError("pointer-damaged", hint="sync", path=str(path))

    def names(self) -> list[str]:
        """The generations that are there, oldest first."""
        folder = self.folder / "generations"
        found = folder.iterdir() if folder.is_dir() else ()
        return sorted(entry.name for entry in found if _NAME.fullmatch(entry.name))

    def current(self) -> Generation | None:
        """The generation in use."""
        pointer = self.pointer()
        return self.generation(pointer.generation) if pointer is not None else None

    def generation(self, name: str) -> Generation:
        """A generation by name."""
        return Generation(self.folder / "generations" / name, self.objects)


def read_signed(folder: Path, fingerprint: str, *, at: float | None = None) -> SignedRegistry:
    """The registry of a machine's current generation, checked from the pinned root down.

    With `at`, a Unix time, of the generation that was in force then: see `certx.trust.kept`. Raises `UsageError` before
    the first sync, `DocumentError` if it cannot be relied on, `EnvironmentFailureError`.
    """
    generations = Generations(folder)
    pinned, pointer = generations.pinned_root(fingerprint), generations.pointer()
    if pointer is None:
        raise UsageError("registry-not-synced", hint="sync")
    generation, seen_at = generations.generation(pointer.generation), pointer.seen_at
    if at is not None:
        from certx.trust.kept import generation_at  # noqa: PLC0415 - for a question about an earlier time

        generation, seen_at = generation_at(generations, pinned, at, newest=pointer.generation), 0.0
    chain = Chain(pinned, generation.read)
    if chain.issued < seen_at:  # the files of an older generation in the place of this one
        raise DocumentError("registry-older", hint="sync", signed_at=chain.issued, at=seen_at)
    files = SignedFiles(chain, generation.content, generation.earlier)
    logs = ProvenLogs(files, generation.read(PROVEN))
    before = partial(regions_before, generations, pinned, generation.name)
    return SignedRegistry(chain, files, seen_at=seen_at, logs=logs, before=before)


def regions_before(generations: Generations, pinned: bytes, name: str, code: str) -> Iterator[Region]:
    """A region as the kept generations before the one of this name listed it, newest first.

    Each is verified from the pinned root down; those that cannot be relied on are left out.
    """
    for earlier in reversed([other for other in generations.names() if other < name]):
        with suppress(CertxError):
            generation = generations.generation(earlier)
            yield Regions(SignedFiles(Chain(pinned, generation.read), generation.content))[code]


def fingerprint_of(root: bytes) -> str:
    """What a root is compared by: `sha256:` and the SHA-256 of its file, hex."""
    return f"sha256:{sha256(root).hexdigest()}"


def read_whole(path: Path | str) -> bytes | None:
    """A file, `None` if it is not there; raises `EnvironmentFailureError`."""
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - a thousand at a time, as text
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise EnvironmentFailureError("file-unreadable", path=str(path), detail=cause_of(error)) from error
