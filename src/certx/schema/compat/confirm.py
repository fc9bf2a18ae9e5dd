"""Is a document valid under one schema and invalid under another? Two validators are asked, and both must say so."""

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import jsonschema_rs
from jsonschema import FormatChecker
from referencing.exceptions import Unresolvable

from certx.errors import DocumentError
from certx.schema.compat.answer import Assumptions, Formats
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


class Witnessing:
    """Two schemas, ready to be tried on documents that may be valid under the left and invalid under the right."""

    def __init__(self, left: Any, right: Any, assumptions: Assumptions, resources: Mapping[str, Any]) -> None:  # noqa: ANN401 - schemas
        self._schemas, self._resources = (left, right), resources
        self._asserting = assumptions.formats is Formats.ASSERTION

    def refutes(self, document: Any) -> bool:  # noqa: ANN401 - any JSON
        """Does the compiled validator take it under the left schema and refuse it under the right one?"""
        if self._compiled is None:
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
            registry = jsonschema_rs.Registry(list(self._resources.items())) if self._resources else None
            left, right = (
                jsonschema_rs.Draft202012Validator(
                    schema,
                    formats=dict(FORMATS) if self._asserting else None,
                    validate_formats=self._asserting,
                    ignore_unknown_formats=True,
                    offline=True,
                    registry=registry,
                )
                for schema in self._schemas
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
            reference_validator(schema, self._resources, checker if self._asserting else None)
            for schema in self._schemas
        )
        return left, right
