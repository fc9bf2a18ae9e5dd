"""How members of agreements and scenarios are read: each raises `TypeError` or `ValueError` on another form."""

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final

ID_FORM: Final = r"[a-z0-9][a-z0-9-]{0,63}"
"""What agreements and scenarios may be called: also a file name, on any file system."""

_ID: Final = re.compile(ID_FORM)
_DAY: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PROVINCE: Final = re.compile("[0-9]{2}0000")


def refuse_unknown(document: Mapping[str, Any], known: AbstractSet[str]) -> None:
    """Raises `KeyError` for a member that this certx does not know: it could narrow what the others say."""
    unknown = sorted(document.keys() - known)
    if unknown:
        raise KeyError(unknown[0])


def text(value: object) -> str:
    """A text."""
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def texts(value: object) -> list[str]:
    """The members of a list of texts; a text by itself is no list."""
    return [text(item) for item in items(value)]


def items(value: object) -> list[Any]:
    """The members of a list."""
    if not isinstance(value, list):
        raise TypeError(value)
    return value


def mapping(value: object) -> dict[str, Any]:
    """An object."""
    if not isinstance(value, dict):
        raise TypeError(value)
    return value


def ident(value: object) -> str:
    """An id."""
    if not isinstance(value, str) or _ID.fullmatch(value) is None:
        raise ValueError(value)
    return value


def regions(value: object) -> frozenset[str]:
    """Codes of provinces; what is meant for a city or county must not apply to all of its province."""
    codes = frozenset(texts(value))
    for code in codes:
        if _PROVINCE.fullmatch(code) is None:
            raise ValueError(code)
    return codes


def day(value: object) -> str:
    """A day as these documents write it: `date.fromisoformat` takes other forms too."""
    if not isinstance(value, str) or _DAY.fullmatch(value) is None:
        raise ValueError(value)
    return value


def whole(value: object) -> int:
    """A number of things, none at least."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(value)
    return value


def truth(value: object) -> bool:
    """Yes or no."""
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def words(value: object) -> Mapping[str, str]:
    """What it is called, by language: only shown, so one of another form is none."""
    return {name: said for name, said in value.items() if isinstance(said, str)} if isinstance(value, dict) else {}
