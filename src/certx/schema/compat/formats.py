"""Formats where they assert: one predicate for each, given to both validators and to the proof, and examples.

The formats are those of the dialect (validation, section 7.3), as the compiled validator checks them, and those of
`certx.schema.formats`. A format that nobody knows asserts nothing (validation, section 7.2.3).
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import jsonschema_rs

from certx.schema.formats import FORMATS

EXAMPLES: Final[Mapping[str, tuple[str, ...]]] = {
    "date": ("2026-01-31", "1999-12-01"),
    "time": ("12:00:00Z", "23:59:59+08:00"),
    "date-time": ("2026-01-31T12:00:00Z", "1999-12-01T23:59:59+08:00"),
    "duration": ("P1D", "PT1H"),
    "email": ("a@example.org", "somebody.with.a.longer.name@mail.example.com"),
    "idn-email": ("a@example.org", "实例@example.org"),
    "hostname": ("example.org", "a"),
    "idn-hostname": ("example.org", "实例.example"),
    "ipv4": ("127.0.0.1", "10.0.0.1"),
    "ipv6": ("::1", "2001:db8::1"),
    "uri": ("urn:a:b", "https://example.org/a/longer/path?with=a&query"),
    "uri-reference": ("a", "https://example.org"),
    "iri": ("https://example.org", "https://example.org/实例"),
    "iri-reference": ("a", "实例"),
    "uuid": ("00000000-0000-0000-0000-000000000000", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"),
    "uri-template": ("a", "https://example.org/{a}"),
    "json-pointer": ("", "/a"),
    "relative-json-pointer": ("0", "1/a"),
    "regex": ("a", "^a$"),
    "vin": ("LSVAU2180N2183294",),
    "division-code": ("500000", "510100"),
}
"""Strings of each format, to be shown as documents."""
KNOWN: Final = frozenset(EXAMPLES) | FORMATS.keys()


def is_of(name: str, text: object) -> bool:
    """Is a string of this format? What is no string is of every one; half of a surrogate pair is in none."""
    own = FORMATS.get(name)
    try:
        return own(text) if own is not None else bool(_compiled(name).is_valid(text))
    except UnicodeEncodeError:
        return False


@lru_cache(maxsize=64)
def _compiled(name: str) -> Any:  # noqa: ANN401 - of the compiled library
    return jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True)
