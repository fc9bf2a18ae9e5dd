"""How old may evidence be? Age only weakens good answers: what is invalid stays invalid, however old the registry."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from certx.errors import DocumentError
from certx.reason import Finding, Reason, not_run, passed, undetermined, warned
from certx.trust.registry import Registry

_DAY: Final = 86_400.0
_LONGEST_DAYS: Final = 90


class Limits(NamedTuple):
    """How far past its expiry evidence may be used, and how far a clock may be behind signed times; seconds.

    The federation signs them (`catalogue/limits.json`); a counter may tighten and never loosen them.
    """

    grace: float = 7 * _DAY
    clock_behind: float = _DAY


DEFAULT_LIMITS: Final = Limits()
_MEMBERS: Final = {"graceDays": "grace", "clockBehindDays": "clock_behind"}


def read_limits(document: Mapping[str, Any], path: str) -> Limits:
    """Limits as the federation signed them, in days; raises `DocumentError` on one that is none."""
    given: dict[str, float] = {}
    for name, field in _MEMBERS.items():
        days = document.get(name)
        if days is not None:
            if type(days) not in {int, float} or not 0 <= days <= _LONGEST_DAYS:
                raise DocumentError("document-member", at=f"{path}: {name}", expected=f"0 to {_LONGEST_DAYS} days")
            given[field] = days * _DAY
    return Limits(**given)


def latest_signed(registry: Registry) -> float | None:
    """The latest signed time that this machine knows of: it cannot be earlier now. `None` if nothing was signed."""
    return None if registry.signed_at is None else max(registry.signed_at, registry.seen_at or 0.0)


def is_clock_wrong(registry: Registry, limits: Limits, now: float) -> bool:
    """Is the clock further behind what was signed than may be?"""
    latest = latest_signed(registry)
    return latest is not None and now < latest - limits.clock_behind


def check_freshness(registry: Registry, expiries: Mapping[str, float], limits: Limits, now: float) -> Finding:
    """Is what the verdict relies on recent enough, by a clock that can be right?

    `expiries`: the end of each role relied on, Unix time. A clock that is earlier than what was already signed cannot
    tell what has expired.
    """
    check = "freshness"
    if registry.signed_at is None:
        return not_run(check, Reason.REGISTRY_UNDATED)
    if is_clock_wrong(registry, limits, now):
        return undetermined(check, Reason.CLOCK_WRONG, signed_at=latest_signed(registry), at=now)
    if expiries:
        role, end = min(expiries.items(), key=lambda item: item[1])
        if now >= end + limits.grace:
            return undetermined(check, Reason.REGISTRY_EXPIRED, role=role, at=end)
        if now >= end:
            return warned(check, Reason.REGISTRY_STALE, role=role, at=end, until=end + limits.grace)
    return passed(check)
