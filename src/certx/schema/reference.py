"""The reference validator: jsonschema, with the formats of `certx.schema.formats` and ECMA-262 patterns."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.validators import extend
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from certx.errors import DocumentError
from certx.schema.formats import FORMATS

_CHECKER = FormatChecker(formats=())
for _name, _predicate in FORMATS.items():
    _CHECKER.checks(_name)(_predicate)


@lru_cache(maxsize=1024)
def _ecma(pattern: str) -> re.Pattern[str]:
    r"""A pattern as ECMA-262 reads it: `$` only at the very end, \d and \w only ASCII.

    Python's `$` also matches before a final line feed, and its \\d takes any digit of Unicode.
    """
    translated, in_class, escaped = "", False, False
    for char in pattern:
        if char == "$" and not (in_class or escaped):
            translated += r"\Z"
        else:
            translated += char
        in_class = (in_class or char == "[") and not (char == "]" and not escaped) if not escaped else in_class
        escaped = char == "\\" and not escaped
    try:
        return re.compile(translated, re.ASCII)
    except re.error as error:
        raise DocumentError("schema-not-a-schema", detail=f"{pattern}: {error}") from error


def _pattern(_validator: object, pattern: str, instance: object, _schema: object) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not _ecma(pattern).search(instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


_Reference = extend(Draft202012Validator, {"pattern": _pattern})


def reference_validator(
    schema: Mapping[str, Any] | bool,
    resources: Mapping[str, Any] | None = None,
    checker: FormatChecker | None = _CHECKER,
) -> Any:  # noqa: ANN401 - a class made at run time
    """A jsonschema validator of the schema; references lead into the `resources` by their `$id` and nowhere else."""
    known = ((uri, DRAFT202012.create_resource(contents)) for uri, contents in (resources or {}).items())
    return _Reference(schema, registry=Registry().with_resources(known), format_checker=checker)


def metaschema_problems(schema: object) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Place and description of everything that keeps a document from being a JSON Schema of draft 2020-12."""
    meta = Draft202012Validator(Draft202012Validator.META_SCHEMA)
    for error in meta.iter_errors(schema):
        yield tuple(error.absolute_path), error.message
