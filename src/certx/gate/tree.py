"""The files of a repository in memory, by path, read as a shelf of schemas and as the files of a registry."""

import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final, NamedTuple

from certx.schema.catalogue import SchemaVersion
from certx.schema.documents import NOT_TYPES
from certx.trust.files import HeldList, parse_document

Tree = Mapping[str, bytes]
"""Content by path, with `/` between names."""

_VERSION_FILE: Final = re.compile(r"([a-z][a-z0-9-]{0,63})/([0-9]{1,4})\.([0-9]{1,4})\.json")
_OF_REGION: Final = re.compile(r"regions/([0-9]{6}(?:/.+)?)")


class Layout(NamedTuple):
    """Which folders of a repository hold what; an empty name is its top."""

    schemas: str = "schemas"
    keys: str = "keys"

    def on(self, tree: Tree) -> "Layout":
        """The layout of a tree that may be the folder of schemas itself."""
        is_bare = not any(map(below(self.schemas).match, tree)) and any(map(_VERSION_FILE.fullmatch, tree))
        return self._replace(schemas="") if is_bare else self

    def schema(self, name: str, version: SchemaVersion) -> str:
        """Where a version of a schema lies."""
        return join(self.schemas, f"{name}/{version}.json")


def join(folder: str, path: str) -> str:
    """A path below a folder."""
    return f"{folder}/{path}" if folder else path


def below(folder: str) -> re.Pattern[str]:
    """Matches the beginning of the paths below a folder."""
    return re.compile(re.escape(f"{folder}/") if folder else "")


class TreeShelf:
    """The documents of a folder of schemas (see `certx.schema.documents`)."""

    def __init__(self, tree: Tree, layout: Layout) -> None:
        self._tree, self._layout = tree, layout
        prefix = below(layout.schemas)
        inside = [path[found.end() :] for path in tree if (found := prefix.match(path))]
        matches = [match for path in inside if (match := _VERSION_FILE.fullmatch(path))]
        self._versions: dict[str, list[SchemaVersion]] = {}
        for name, major, minor in sorted((m[1], int(m[2]), int(m[3])) for m in matches):
            self._versions.setdefault(name, []).append(SchemaVersion(major, minor))

    def types(self) -> list[str]:
        """The licence types that have a schema, sorted."""
        return [name for name in self._versions if name not in NOT_TYPES]

    def versions(self, licence_type: str) -> list[SchemaVersion]:
        """The versions of a type, oldest first."""
        return self._versions.get(licence_type, [])

    def schema(self, name: str, version: SchemaVersion) -> Any:  # noqa: ANN401 - any JSON document
        """A schema."""
        return self._read(f"{name}/{version}.json")

    def data(self, name: str) -> Any:  # noqa: ANN401 - any JSON document
        """A table."""
        return self._read(f"data/{name}.json")

    def dictionary(self, number: int) -> bytes | None:
        """A dictionary."""
        return self._tree.get(join(self._layout.schemas, f"dictionaries/{number}.bin"))

    def _read(self, path: str) -> dict[str, Any]:
        place = join(self._layout.schemas, path)
        return parse_document(self._tree.get(place, b""), place)


class TreeFiles:
    """The files of a reviewed source of trust (a folder like `keys/`) under the paths that a registry has for them."""

    def __init__(self, tree: Tree, folder: str) -> None:
        self._tree, self._folder = tree, folder

    def regions(self) -> Sequence[str]:
        """The regions' codes, sorted."""
        found = re.compile(re.escape(join(self._folder, "")) + "([0-9]{6})/")
        return sorted({match[1] for path in self._tree if (match := found.match(path))})

    def left_out(self) -> Sequence[str]:
        """None: a repository is all that there is."""
        return ()

    def names(self, folder: str) -> Mapping[str, str]:
        """The files right in a folder, with the digests of their content."""
        place = self.place(folder)
        inside = {path: data for path, data in self._tree.items() if path.rpartition("/")[0] == place}
        return {path.rpartition("/")[2]: sha256(data).hexdigest() for path, data in inside.items()}

    def read(self, path: str) -> bytes | None:
        """The content of a file."""
        return self._tree.get(self.place(path))

    def read_list(self, path: str) -> HeldList | None:  # noqa: ARG002 - no schema gate reads a status list
        """Status lists are not looked at."""
        return None

    def place(self, path: str) -> str:
        """Where a file or folder of the registry lies in the repository."""
        match = _OF_REGION.fullmatch(path)
        return join(self._folder, match[1] if match else path)


def documents_below(tree: Tree, folder: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The JSON documents right in a folder, by file name without its suffix; raises `DocumentError`."""
    for path in sorted(tree):
        if path.rpartition("/")[0] == folder and path.endswith(".json"):
            yield path.rpartition("/")[2].removesuffix(".json"), parse_document(tree[path], path)
