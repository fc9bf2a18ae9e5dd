"""`certx schema docs`: pages and type metadata of licence types, as files."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson

from certx.app.machine.files import replace_file
from certx.app.schema.editions import open_edition
from certx.errors import EnvironmentFailureError
from certx.gate.edition import Edition
from certx.i18n import Words
from certx.render.schema_page import type_page
from certx.schema.catalogue import LicenceSchema, require
from certx.schema.metadata import type_metadata
from certx.settings import Settings


def write_docs(source: str, types: Sequence[str], out: Path, settings: Settings) -> list[Path]:
    """Write a page in each language and the metadata of each type (all if none is named); raises `CertxError`."""
    folder = Path(source) if Path(source).is_dir() else Path()
    with open_edition(source, folder, settings) as edition:
        if not edition.shelf.types():
            raise EnvironmentFailureError("no-schemas", hint="no-schemas", path=source)
        schemas = [require(edition.catalogue, name) for name in types or edition.shelf.types()]
        files = [file for schema in schemas for file in _files(schema, edition)]
    for name, data in files:
        replace_file(out / name, data)
    return [out / name for name, _ in files]


def _files(schema: LicenceSchema, edition: Edition) -> Iterator[tuple[str, bytes]]:
    example = next((e.document for e in edition.examples(schema.type, "valid")), None)
    for words in (Words("zh"), Words("en")):
        yield f"{schema.type}.{words.language}.md", type_page(schema, example, words).encode()
    metadata = orjson.dumps(type_metadata(schema), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    yield f"{schema.type}-{schema.version.major}.vct.json", metadata
