"""The reference validator: jsonschema, with the formats of `certx.schema.formats` and ECMA-262 patterns."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.validators import extend
from referencing import Registry

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


Reference: Any = extend(Draft202012Validator, {"pattern": _pattern})


def reference_validator(schema: Mapping[str, Any] | bool) -> Any:  # noqa: ANN401 - a class made at run time
    """A jsonschema validator of the schema; it fetches nothing."""
    return Reference(schema, registry=Registry(), format_checker=_CHECKER)
