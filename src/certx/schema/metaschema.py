"""What keeps a document from being a JSON Schema of draft 2020-12."""

from collections.abc import Iterator

from jsonschema import Draft202012Validator

from certx.licence.paths import Path


def metaschema_problems(schema: object) -> Iterator[tuple[Path, str]]:
    """Place and description of everything that the metaschema refuses."""
    for error in Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(schema):
        yield tuple(error.absolute_path), error.message
