"""Is a document valid under one schema and invalid under another? Two validators are asked, and both must say so."""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property, partial
from typing import Any, NamedTuple

import jsonschema_rs
from jsonschema import FormatChecker, ValidationError
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from certx.errors import DocumentError
from certx.schema.compat.answer import Formats
from certx.schema.compat.effort import Effort
from certx.schema.compat.formats import KNOWN, is_of
from certx.schema.compat.load import Sources
from certx.schema.compat.scalars import language
from certx.schema.formats import FORMATS
from certx.schema.reference import Reference

_CANNOT = (
    DocumentError,
    OverflowError,
    RecursionError,
    Unresolvable,
    ValueError,
    jsonschema_rs.ReferencingError,
    re.error,
)
"""What a validator raises for a pattern, reference, number or nesting that is beyond it: it then confirms nothing."""


def _pattern(validator: Any, pattern: str, value: object, schema: object) -> Iterator[ValidationError]:  # noqa: ANN401
    """The keyword `pattern` by an automaton: the matcher of the library may take for ever."""
    known = language(pattern)
    if known is None:
        yield from Reference.VALIDATORS["pattern"](validator, pattern, value, schema)
    elif isinstance(value, str) and value not in known:
        yield ValidationError(pattern)


_Linear: Any = extend(Reference, {"pattern": _pattern})


class Subject(NamedTuple):
    """One schema of a question, and the schemas by `$id` that it may refer to."""

    sources: Sources
    resources: Mapping[str, Any]

    @property
    def schema(self) -> Any:  # noqa: ANN401 - a schema
        """The schema itself."""
        return self.sources.root.contents


class Witnessing:
    """Two schemas, ready to be tried on documents that may be valid under the left and invalid under the right."""

    def __init__(self, left: Subject, right: Subject, formats: Formats) -> None:
        self.subjects, self._asserting = (left, right), formats is Formats.ASSERTION
        self.efforts = Effort(left.sources), Effort(right.sources)

    def refutes(self, document: Any) -> bool:  # noqa: ANN401 - any JSON
        """Does the compiled validator take it under the left schema and refuse it under the right one?"""
        if self._compiled is None or not all(effort.is_bearable(document) for effort in self.efforts):
            return False
        left, right = self._compiled
        try:
            return bool(left.is_valid(document)) and not right.is_valid(document)
        except _CANNOT:
            return False

    def confirms(self, document: Any) -> bool:  # noqa: ANN401 - any JSON
        """Do both validators?"""
        if not self.refutes(document):
            return False
        try:
            left, right = self._references
            return bool(left.is_valid(document)) and not right.is_valid(document)
        except _CANNOT:
            return False

    @cached_property
    def _compiled(self) -> tuple[Any, Any] | None:
        try:
            left, right = (
                jsonschema_rs.Draft202012Validator(
                    subject.schema,
                    formats=dict(FORMATS) if self._asserting else None,
                    validate_formats=self._asserting,
                    ignore_unknown_formats=True,
                    offline=True,
                    registry=jsonschema_rs.Registry(list(subject.resources.items())) if subject.resources else None,
                )
                for subject in self.subjects
            )
        except _CANNOT:
            return None
        return left, right

    @cached_property
    def _references(self) -> tuple[Any, Any]:
        checker = FormatChecker()
        for name in KNOWN:
            checker.checks(name)(partial(is_of, name))
        asserted = checker if self._asserting else None
        left, right = (
            _Linear(subject.schema, registry=_registry(subject.resources), format_checker=asserted)
            for subject in self.subjects
        )
        return left, right


def _registry(resources: Mapping[str, Any]) -> Any:  # noqa: ANN401 - of the library
    return Registry().with_resources((uri, DRAFT202012.create_resource(schema)) for uri, schema in resources.items())
