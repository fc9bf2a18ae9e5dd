"""Is a document valid under one schema and invalid under another? Two validators are asked, and both must say so."""

import re
from collections.abc import Mapping
from functools import cached_property
from itertools import islice
from typing import Any, NamedTuple

import jsonschema_rs
from jsonschema import FormatChecker
from referencing.exceptions import Unresolvable

from certx.errors import DocumentError
from certx.schema.compat.answer import Formats
from certx.schema.compat.budget import MAX_DOCUMENT
from certx.schema.formats import FORMATS
from certx.schema.reference import reference_validator

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


class Subject(NamedTuple):
    """One schema of a question, what it is called in answers, and the schemas by `$id` that it may refer to."""

    name: str
    schema: Any
    resources: Mapping[str, Any]


class Witnessing:
    """Two schemas, ready to be tried on documents that may be valid under the left and invalid under the right."""

    def __init__(self, left: Subject, right: Subject, formats: Formats) -> None:
        self._subjects, self._asserting = (left, right), formats is Formats.ASSERTION

    def refutes(self, document: Any) -> bool:  # noqa: ANN401 - any JSON
        """Does the compiled validator take it under the left schema and refuse it under the right one?"""
        if self._compiled is None or _weight(document) > MAX_DOCUMENT:
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
                for subject in self._subjects
            )
        except _CANNOT:
            return None
        return left, right

    @cached_property
    def _references(self) -> tuple[Any, Any]:
        checker = FormatChecker()
        for name, check in FORMATS.items():
            checker.checks(name)(check)
        left, right = (
            reference_validator(subject.schema, subject.resources, checker if self._asserting else None)
            for subject in self._subjects
        )
        return left, right


def _weight(document: Any) -> int:  # noqa: ANN401 - any JSON
    """How many values there are in a document, up to a few more than are looked at."""
    weight, todo = 0, [document]
    while todo and weight <= MAX_DOCUMENT:
        value = todo.pop()
        weight += 1
        if isinstance(value, list | dict):
            weight += max(0, len(value) - MAX_DOCUMENT)
            todo.extend(islice(value.values() if isinstance(value, dict) else value, MAX_DOCUMENT))
    return weight
