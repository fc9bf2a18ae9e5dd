"""The files of a published registry, by their names in its repository."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from tuf.api.metadata import Targets

from certx.trust.ceremony import Ceremony, Read
from certx.trust.files import max_bytes
from certx.trust.folder import read_file


def reader(repository: Path) -> Read:
    """Reads files of a repository by name."""

    def read(name: str) -> bytes | None:
        path = repository / name
        return read_file(path, maximum=max_bytes(name)) if path.is_file() else None

    return read


def published_digest(repository: Path) -> Callable[[str], str | None]:
    """Tells the SHA-256 (hex) of what is published under a path; raises `CertxError` if that cannot be read."""

    @cache
    def listed() -> Mapping[str, str]:
        found = Ceremony(reader(repository), {}).current.values()
        targets = [document.signed.targets for document in found if isinstance(document.signed, Targets)]
        return {path: str(t.hashes["sha256"]) for each in targets for path, t in each.items()}

    return lambda path: listed().get(path)


def stamp_name(version: int) -> str:
    """Where a timestamp stays that is no longer the newest: what had been published by then is witnessed by it."""
    return f"metadata/{version}.timestamp.json"
