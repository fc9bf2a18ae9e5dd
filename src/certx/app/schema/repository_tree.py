"""The files of a schema repository on disk, bounded, in memory."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from certx.errors import EnvironmentFailureError, UnreadableError, cause_of
from certx.gate.tree import Layout
from certx.trust.files import MAX_FILE_BYTES
from certx.trust.folder import read_file

MOST_FILES: Final = 20_000
MOST_BYTES: Final = 128 * 1_048_576
_SUFFIXES: Final = (".json", ".bin")


def folder_tree(folder: Path, layout: Layout) -> dict[str, bytes]:
    """The schemas and what belongs to them below a folder, by path; links and hidden files are left out.

    Raises `EnvironmentFailureError` if it cannot be read, `UnreadableError` if there is too much.
    """
    if not folder.is_dir():
        raise EnvironmentFailureError("tree-absent", hint="tree-absent", path=str(folder))
    tree: dict[str, bytes] = {}
    total = 0
    for path in _files(folder, layout):
        name = path.relative_to(folder).as_posix()
        if not is_read(name) or path.is_symlink():
            continue
        if not path.is_file():
            raise UnreadableError("schema-file", path=str(path))
        tree[name] = read_file(path)
        total += len(tree[name])
        check_count(str(folder), len(tree), total)
    return tree


def _files(folder: Path, layout: Layout) -> Iterator[Path]:
    """Every file of the layout's folders; of the whole folder, if it has none for schemas."""
    is_laid_out = (folder / layout.schemas).is_dir()
    tops = [name for name in dict.fromkeys(layout) if (folder / name).is_dir()] if is_laid_out else [""]
    for top in tops:
        for at, folders, files in os.walk(folder / top, onerror=_refuse):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            yield from (Path(at, name) for name in sorted(files))


def _refuse(error: OSError) -> None:
    """A folder that cannot be listed would look as one that is empty."""
    raise EnvironmentFailureError("file-unreadable", path=str(error.filename), detail=cause_of(error)) from error


def is_of(path: str, layout: Layout) -> bool:
    """Does a path lie in one of the layout's folders?"""
    return any(path.startswith(f"{folder}/") for folder in layout)


def is_read(path: str) -> bool:
    """Is it a file that the gate reads?"""
    return path.endswith(_SUFFIXES) and not any(part.startswith(".") for part in path.split("/"))


def check_count(source: str, files: int, size: int) -> None:
    """Raise `UnreadableError` if a repository is too large to be one of schemas."""
    if files > MOST_FILES or size > MOST_BYTES:
        raise UnreadableError("tree-too-large", path=source, files=MOST_FILES, size=MOST_BYTES)


def check_size(path: str, size: int) -> None:
    """Raise `UnreadableError` on a file that is too large to be a schema."""
    if size > MAX_FILE_BYTES:
        raise UnreadableError("document-too-large", path=path, maximum=MAX_FILE_BYTES)
