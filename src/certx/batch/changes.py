"""What a row says otherwise than the licence that was issued under its number."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from certx.credential.parse import parse
from certx.licence.cells import mask
from certx.licence.versions import PREVIOUS
from certx.schema.catalogue import LicenceSchema

_SHOWN: Final = 80
_OWN: Final = frozenset({"certificateIdentifier", PREVIOUS})


def changes_since(credential: str, claims: Mapping[str, Any], schema: LicenceSchema) -> str:
    """Each claim with its value in the credential and in the row; personal values are masked."""
    return "; ".join(_told(parse(credential).claims, claims, schema))


def _told(before: Mapping[str, Any], after: Mapping[str, Any], schema: LicenceSchema) -> Iterator[str]:
    derived = {row.claim for row in schema.derivations}
    for name in schema.document["properties"]:
        if name not in _OWN and name not in derived and before.get(name) != after.get(name):
            field = schema.shape.fields.get((name,))
            is_personal = field is None or field.personal
            yield f"{name}: {_shown(before.get(name), is_personal)} → {_shown(after.get(name), is_personal)}"


def _shown(value: object, is_personal: bool) -> str:  # noqa: FBT001 - private
    if value is None:
        return "–"
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return mask(text) if is_personal else text[:_SHOWN]
