"""Members of our own formats, and documents shown to both sides.

What a format like `credit-code` takes, the engine cannot make up: its check digits are beyond regular languages. So
such a place is narrowed to a few known members. What is refuted for these is refuted: the document is shown to both
real schemas before anybody sees it.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

from certx.licence.identifiers import IdentifierError, LicenceIdentifier
from certx.schema.validate import Validator

_CREDIT_CODES: Final = ("11510100MB9X0A012X", "11510100MB9X0A039M")
_MEMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    "credit-code": _CREDIT_CODES,
    "citizen-number": ("110101187503071020", "110101188803072011"),
}
"""Fictional ones: bodies that are not there, and people born in the 19th century."""


def members_of(national_code: str) -> Mapping[str, tuple[str, ...]]:
    """A few members of each format; licence identifiers are of the type of this national code."""
    made: list[str] = []
    with suppress(IdentifierError):
        made += (str(LicenceIdentifier.make(national_code, _CREDIT_CODES[0], serial)) for serial in ("A1", "B2"))
    return {**_MEMBERS, "licence-identifier": tuple(made)}


def narrowed(schema: Any, members: Mapping[str, tuple[str, ...]]) -> Any:  # noqa: ANN401 - any part of a schema
    """The schema with each format replaced by its members here."""
    if isinstance(schema, list):
        return [narrowed(item, members) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    result = {key: narrowed(value, members) for key, value in schema.items()}
    if isinstance(schema.get("format"), str) and members.get(schema["format"]):
        del result["format"]
        result["allOf"] = [*result.get("allOf", ()), {"enum": list(members[schema["format"]])}]
    return result


def refuting(candidates: Iterable[object], accepts: Validator, refuses: Validator) -> Iterator[object]:
    """The candidates that one side accepts and the other refuses, by both validators."""
    for document in candidates:
        is_apart = accepts.is_valid(document) and not refuses.is_valid(document)
        if is_apart and not accepts.problems(document) and refuses.problems(document):
            yield document
