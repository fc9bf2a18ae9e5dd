"""Where an edition of the shared schemas comes from: a folder, a git ref, a registry, a bundle of one, a file."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile, ZipFile

import orjson

from certx.app.registry.repository import reader
from certx.app.registry.sources import open_registry
from certx.app.registry.witness import registry_under
from certx.app.schema.gate_settings import read_layout
from certx.app.schema.repository_tree import folder_tree
from certx.errors import DocumentError, EnvironmentFailureError, UnreadableError, UsageError
from certx.gate.edition import Edition
from certx.gate.tree import Layout, Tree, TreeFiles, TreeShelf, below
from certx.schema.catalogue import LicenceSchema, SchemaVersion
from certx.schema.files import shipped_schemas
from certx.settings import FILE_NAME, Settings
from certx.trust.ceremony import Read
from certx.trust.files import max_bytes, parse_document
from certx.trust.folder import read_file

GIT: Final = "git:"
REGISTRY: Final = "registry"
_ID: Final = re.compile(r"urn:certx:schema:([a-z][a-z0-9-]{0,63}):([0-9]{1,4})\.([0-9]{1,4})")


@contextmanager
def open_edition(source: str, home: Path, settings: Settings) -> Iterator[Edition]:
    """The edition of a source; `home` is the folder whose git repository a `git:REF` is of.

    A folder or a commit has its own `certx.toml`, which says where things lie in it. What a registry or a bundle
    vouches for is checked from its first root on. Raises `CertxError`.
    """
    if source.startswith(GIT):
        from certx.app.schema.git_tree import git_file, git_tree  # noqa: PLC0415 - one of several kinds

        ref = source.removeprefix(GIT)
        found = git_file(home, ref, FILE_NAME)
        layout = read_layout(found, f"{source}:{FILE_NAME}") if found is not None else Layout()
        yield _laid_out(source, git_tree(home, ref, layout), layout)
    elif source == REGISTRY:
        holding = open_registry(settings)
        if settings.root is None:
            raise UsageError("edition-unsigned", hint="edition-unsigned")
        yield Edition.of_registry(holding.registry.version, holding.files)
    elif (Path(source) / "metadata").is_dir():
        yield _published(source, reader(Path(source)))
    elif Path(source).is_dir():
        path = Path(source, FILE_NAME)
        layout = read_layout(read_file(path), str(path)) if path.is_file() else Layout()
        yield _laid_out(source, folder_tree(Path(source), layout), layout)
    elif Path(source).is_file():
        with _open_zip(source) as archive:
            yield _published(source, _zip_reader(archive))
    else:
        raise EnvironmentFailureError("tree-absent", hint="tree-absent", path=source)


def _laid_out(source: str, tree: Tree, layout: Layout) -> Edition:
    """The edition of a tree; raises `UsageError` if it lacks a folder that its `certx.toml` names."""
    for name, folder in layout._asdict().items():
        if folder != Layout._field_defaults[name] and not any(map(below(folder).match, tree)):
            raise UsageError("gate-folder-absent", hint="gate-settings", source=source, name=name, folder=folder)
    return Edition.of_tree(source, tree, layout)


def _published(source: str, read: Read) -> Edition:
    stamp = read("metadata/timestamp.json")
    if stamp is None:
        raise EnvironmentFailureError("registry-absent", hint="registry-source", path=source)
    return Edition.of_registry(source, registry_under(read, stamp).files)


@contextmanager
def _open_zip(source: str) -> Iterator[ZipFile]:
    try:
        with ZipFile(source) as archive:
            yield archive
    except BadZipFile as error:
        raise EnvironmentFailureError("bundle-form", hint="registry-source", path=source) from error


def _zip_reader(archive: ZipFile) -> Read:
    """Reads files of a bundle by name, none of them longer than it may be."""
    names = frozenset(archive.namelist())

    def read(name: str) -> bytes | None:
        if name not in names:
            return None
        with archive.open(name) as file:
            data = file.read(max_bytes(name) + 1)
        if len(data) > max_bytes(name):
            raise DocumentError("document-too-large", path=name, maximum=max_bytes(name))
        return data

    return read


def read_schema_file(path: Path) -> dict[str, Any]:
    """A schema in a file of its own; raises `UnreadableError` or `DocumentError`."""
    if not path.is_file():
        raise UnreadableError("schema-file", path=str(path))
    return parse_document(read_file(path), str(path))


def edition_of_file(path: Path, document: Mapping[str, Any]) -> tuple[Edition, LicenceSchema]:
    """A licence schema in a file, and the edition of what lies beside it as in a folder of schemas.

    What is not there (shared definitions, tables, dictionaries) is what came with certx. Raises `CertxError`.
    """
    match = _ID.fullmatch(str(document.get("$id", "")))
    if match is None:
        raise DocumentError("schema-id", path=str(path), id=str(document.get("$id", ""))[:120])
    name, version = match[1], SchemaVersion(int(match[2]), int(match[3]))
    layout = Layout(schemas="")
    tree = folder_tree(shipped_schemas().folder, layout)
    top = path.resolve().parent.parent
    if (top / "core").is_dir():
        beside = folder_tree(top, layout)
        tree = beside if "core/1.0.json" in beside else tree
    tree = {at: data for at, data in tree.items() if at.startswith(("core/", "data/", "dictionaries/", f"{name}/"))}
    tree[layout.schema(name, version)] = orjson.dumps(document)
    edition = Edition(
        str(path),
        TreeShelf(tree, layout),
        TreeFiles({}, ""),
        tree=tree,
        layout=layout,
        place=lambda _name, _version: str(path),
    )
    return edition, edition.read(name, version)
