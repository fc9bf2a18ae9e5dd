"""What is other in one accepting region (差异化), from `CODE:TERM=VALUE` to `perRegion` of an agreement."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from certx.errors import UsageError

_TRUTH: Final = {"true": True, "false": False}


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(text)
    return int(text)


_CONDITIONS: Final[Mapping[str, Callable[[str], object]]] = {"minRemainingDays": _days, "maxStatusAgeDays": _days}
_READERS: Final[Mapping[str, Callable[[str], object]]] = {
    **_CONDITIONS,
    "scenarios": lambda text: sorted(set(text.split(","))),
    "paperWaived": _TRUTH.__getitem__,
    "mode": str,
}
"""How each is read that may differ; whether the value is one that an agreement may have is for its schema to say."""


def read_per_region(texts: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The terms by region; raises `UsageError` on a text of another form, and a term that is there twice."""
    found: dict[str, dict[str, Any]] = {}
    for text in texts:
        place, _, value = text.partition("=")
        region, _, term = place.partition(":")
        terms = found.setdefault(region, {})
        if term in _CONDITIONS:
            terms = terms.setdefault("conditions", {})
        try:
            if term in terms or not value:
                raise ValueError(text)  # noqa: TRY301 - told like every other defect of form
            terms[term] = _READERS[term](value)
        except (KeyError, ValueError) as error:
            raise UsageError("agreement-term", hint="agreement-term", text=text, known=", ".join(_READERS)) from error
    return dict(sorted(found.items()))
