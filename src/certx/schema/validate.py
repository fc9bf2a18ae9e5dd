"""Validation: a compiled validator answers yes or no in microseconds, jsonschema says what is wrong.

Both take the same formats and the same regular expressions (ECMA-262 as far as `_ecma` goes); where they could
still differ is in docs/adr/0002-validators.md and held by a differential test.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from certx.errors import DocumentError
from certx.licence.identifiers import IdentifierError
from certx.licence.paths import Path
from certx.schema.formats import FORMATS, PARSERS, REGULAR

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"


class SchemaProblem(NamedTuple):
    """One thing wrong with a document: the keyword that says so, where, and what its words need."""

    keyword: str
    at: Path
    value: object
    params: Mapping[str, object]

    @property
    def code(self) -> str:
        """The code of its words."""
        return "schema-identifier" if "defect" in self.params else f"schema-{self.keyword}"


class Validator:
    """One schema, compiled when first used. Raises `DocumentError` if it is not a schema.

    A `foreign` schema is not ours to review: it may follow no references, and its patterns take linear time and little
    memory.
    """

    __slots__ = ("_compiled", "_foreign", "_is_valid", "_reference", "schema")

    def __init__(self, schema: Mapping[str, Any] | bool, *, foreign: bool = False) -> None:
        self.schema, self._foreign = schema, foreign
        self._compiled: Any = None
        self._is_valid: Any = None
        self._reference: Any = None

    def is_valid(self, document: object) -> bool:
        """Does the document obey the schema, formats included? By the compiled validator."""
        if self._is_valid is None:
            self._is_valid = self._ready().is_valid
        return bool(self._is_valid(document))

    def defects(self, document: object) -> list[tuple[Path, str]]:
        """Place and keyword of everything that is wrong, by the compiled validator."""
        return [(tuple(e.instance_path), str(e.schema_path[-1])) for e in self._ready().iter_errors(document)]

    def _ready(self) -> Any:  # noqa: ANN401 - of the compiled library
        if self._compiled is None:
            self._compiled = _compile(self.schema, foreign=self._foreign)
        return self._compiled

    def problems(self, document: object) -> list[SchemaProblem]:
        """Everything that is wrong, in document order (jsonschema, the reference)."""
        if self._reference is None:
            self._reference = _reference(self.schema)
        errors = sorted(self._reference.iter_errors(document), key=lambda e: list(map(str, e.absolute_path)))
        return [_problem(error) for error in errors]


_REFERENCES: Final = frozenset({"$ref", "$dynamicRef", "$recursiveRef"})


def _refers(node: object) -> bool:
    if isinstance(node, Mapping):
        return not _REFERENCES.isdisjoint(node) or any(map(_refers, node.values()))
    return isinstance(node, list) and any(map(_refers, node))


_PATTERN_BYTES: Final = 262_144
"""Memory that one foreign pattern may take once compiled; a class of Unicode takes a tenth of it."""
_MAX_PATTERNS: Final = 64
_MAX_PATTERN_CHARACTERS: Final = 4_096
_MAX_REPETITION: Final = 200
_COUNTED: Final = re.compile(r"\{\s*([0-9]*)\s*,?\s*([0-9]*)\s*\}")


def _refuse_costly(schema: Mapping[str, Any] | bool) -> None:
    """Refuse a foreign schema that could take seconds or gigabytes to compile."""
    if _refers(schema):  # a chain of forty that each refer twice takes for ever
        raise DocumentError("schema-not-a-schema", detail="$ref")
    patterns = list(_patterns(schema))
    if len(patterns) > _MAX_PATTERNS or sum(map(len, patterns)) > _MAX_PATTERN_CHARACTERS:
        raise DocumentError("schema-not-a-schema", detail="pattern: too many")
    counts = (count for pattern in patterns for found in _COUNTED.findall(pattern) for count in found)
    if any(len(count) > 3 or int(count or 0) > _MAX_REPETITION for count in counts):
        raise DocumentError("schema-not-a-schema", detail=f"pattern: repeats more than {_MAX_REPETITION} times")


def _patterns(node: object) -> Iterator[str]:
    """Every text that may become a regular expression; formats do."""
    if isinstance(node, Mapping):
        yield from (node[name] for name in ("pattern", "format") if isinstance(node.get(name), str))
        by_pattern = node.get("patternProperties")
        yield from by_pattern if isinstance(by_pattern, Mapping) else ()
    for inner in node.values() if isinstance(node, Mapping) else node if isinstance(node, list) else ():
        yield from _patterns(inner)


def _compile(schema: Mapping[str, Any] | bool, *, foreign: bool) -> Any:  # noqa: ANN401 - of the compiled library
    import jsonschema_rs  # noqa: PLC0415 - 20 ms that only some commands need

    if foreign:
        _refuse_costly(schema)
    try:
        return jsonschema_rs.Draft202012Validator(
            with_regular_formats(schema),
            formats={name: check for name, check in FORMATS.items() if name not in REGULAR},
            validate_formats=True,
            ignore_unknown_formats=True,
            offline=True,
            pattern_options=jsonschema_rs.RegexOptions(_PATTERN_BYTES, _PATTERN_BYTES) if foreign else None,
        )
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        raise DocumentError("schema-not-a-schema", detail=str(error)) from error


def with_regular_formats(node: Any) -> Any:  # noqa: ANN401 - any part of a schema
    """A schema in which formats that are regular are patterns: the compiled validator calls Python for none of them.

    `date` stays beside its pattern: the pattern leaves out what the compiled one wrongly takes (signs, year 0).
    """
    if isinstance(node, list):
        return [with_regular_formats(item) for item in node]
    if not isinstance(node, Mapping):
        return node
    result = {key: with_regular_formats(value) for key, value in node.items()}
    if isinstance(node.get("format"), str) and node["format"] not in FORMATS:
        del result["format"]  # an annotation to us; the compiled validator would assert formats of its own
    pattern = REGULAR.get(node["format"]) if isinstance(node.get("format"), str) else None
    if pattern is not None:
        result["allOf"] = [*result.get("allOf", ()), {"pattern": pattern}]
    return result


def _reference(schema: Mapping[str, Any] | bool) -> Any:  # noqa: ANN401 - jsonschema builds its classes at run time
    from certx.schema.reference import reference_validator  # noqa: PLC0415 - jsonschema costs 100 ms

    return reference_validator(schema)


def _problem(error: Any) -> SchemaProblem:  # noqa: ANN401 - jsonschema.ValidationError
    keyword, path, value = str(error.validator), tuple(error.absolute_path), error.instance
    params: dict[str, object] = {"limit": error.validator_value}
    match keyword:
        case "required":
            missing = [name for name in error.validator_value if name not in value]
            # jsonschema reports each missing name in an error of its own; its message begins with the name.
            name = next((n for n in missing if error.message.startswith(repr(n))), missing[0])
            return SchemaProblem(keyword, (*path, name), None, {"name": name})
        case "additionalProperties":
            extra = sorted(set(value) - set(error.schema.get("properties", {})))
            return SchemaProblem(keyword, (*path, extra[0]), value[extra[0]], {"names": "、".join(extra)})
        case "format" if error.validator_value in PARSERS:
            try:
                PARSERS[error.validator_value](value)
            except IdentifierError as wrong:
                params = {"limit": error.validator_value, "defect": wrong.code, **wrong.params}
        case "enum":
            params = {"limit": "、".join(map(str, error.validator_value[:12]))}
        case _:
            pass
    return SchemaProblem(keyword, path, value, params)
