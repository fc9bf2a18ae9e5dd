"""Whom a registry lets a counter believe: is there anybody, and did some disappear since the registry before?"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final, NamedTuple

from certx.doctor.complaint import Ailment, Complaint, Severity, error, note, warning
from certx.trust.lifecycle import KeyPurpose
from certx.trust.registry import Issuer, ListedKey, Region, State
from certx.trust.rehearsal import key_lists

SOON: Final = 30 * 86_400.0
"""How long before its end something is told, seconds: as a finding if nothing takes over."""
_NAMED: Final = 3
"""How many of those that are gone are named."""


def review_anchors(regions: Sequence[Region], now: float) -> Iterator[Complaint]:
    """A registry that lists nobody verifies nothing, however fresh it is."""
    issuers = [issuer for region in regions for issuer in region.issuers.values()]
    if not regions:
        yield error(Ailment.REGIONS_NONE)
    elif not issuers:
        yield error(Ailment.ISSUERS_NONE)
    elif not any(_signs(key, now) for issuer in issuers for key in issuer.keys.values()):
        yield error(Ailment.KEYS_NONE)


class Listed(NamedTuple):
    """Whom a registry that was signed at Unix time `since` listed, as far as it can be read."""

    since: float
    regions: Sequence[Region]


def review_losses(regions: Sequence[Region], before: Iterable[Listed], unread: AbstractSet[str]) -> Iterator[Complaint]:
    """Who was listed by a registry of those before, newest first, and is no more: each once, by the last that had it.

    `unread`: codes of regions that cannot be read now; what they list is not known, and not gone.
    """
    told = set[tuple[Ailment, str]]()
    for listed in before:
        for code, names in _losses(regions, listed.regions, unread):
            lost = sorted(name for name in names if (code, name) not in told)
            told.update((code, name) for name in lost)
            if lost:
                shown = ", ".join(lost[:_NAMED]) + (", …" if len(lost) > _NAMED else "")
                yield warning(code, count=len(lost), names=shown, since=listed.since)


def _losses(
    regions: Sequence[Region], before: Sequence[Region], unread: AbstractSet[str]
) -> Iterator[tuple[Ailment, Iterable[str]]]:
    """Of those that are gone, the largest alone: an issuer and not its keys as well."""
    now_there = {region.code: region for region in regions}
    kept = [(region, now_there[region.code]) for region in before if region.code in now_there]
    yield Ailment.REGIONS_GONE, [region.code for region in before if region.code not in now_there.keys() | unread]
    yield Ailment.ISSUERS_GONE, [name for old, new in kept for name in old.issuers.keys() - new.issuers.keys()]
    pairs = [(old.issuers[name], new.issuers[name]) for old, new in kept for name in old.issuers if name in new.issuers]
    yield Ailment.KEYS_GONE, [kid for old, new in pairs for kid in _kids(old) - _kids(new)]


def _kids(issuer: Issuer) -> AbstractSet[str]:
    return {kid for _, keys in key_lists(issuer) for kid in keys}


def review_keys(regions: Iterable[Region], own: str | None, now: float) -> Iterator[Complaint]:
    """Issuers of these regions, and our counters, that cannot sign any more, or soon cannot: no key takes over.

    A key that ends and has a successor is noted.
    """
    for region in regions:
        issuers = [issuer for issuer in region.issuers.values() if issuer.state is State.ACTIVE]
        counters = region.counters.values() if region.code == own else ()
        for owner in (*issuers, *counters):
            for use, keys in key_lists(owner):
                if keys or use in _NEEDED:
                    is_error = region.code == own and use in _WORK_RESTS_ON
                    severity = Severity.ERROR if is_error else Severity.WARNING
                    yield from _ends(owner.id, keys, _ENDS[use], severity, now)


_ENDS: Final = {
    KeyPurpose.LICENCES: (Ailment.ISSUER_WITHOUT_KEY, Ailment.KEY_ENDS),
    KeyPurpose.STATUS: (Ailment.STATUS_KEY_NONE, Ailment.STATUS_KEY_ENDS),
    KeyPurpose.LOG: (Ailment.LOG_KEY_NONE, Ailment.LOG_KEY_ENDS),
    KeyPurpose.GRANTS: (Ailment.GRANT_KEY_NONE, Ailment.GRANT_KEY_ENDS),
    KeyPurpose.REQUESTS: (Ailment.COUNTER_WITHOUT_KEY, Ailment.COUNTER_KEY_ENDS),
}
"""What is said where no key of a kind may sign, and where one is the last."""
_NEEDED: Final = frozenset({KeyPurpose.LICENCES, KeyPurpose.REQUESTS})
"""Who is listed has a key for it; of the other kinds it may have none."""
_WORK_RESTS_ON: Final = frozenset({KeyPurpose.LICENCES, KeyPurpose.STATUS, KeyPurpose.LOG})


def _ends(
    issuer: str, keys: Mapping[str, ListedKey], codes: tuple[Ailment, Ailment], severity: Severity, now: float
) -> Iterator[Complaint]:
    none, ends = codes
    in_use = [key for key in keys.values() if _signs(key, now)]
    if not in_use:
        yield Complaint(none, severity, {"issuer": issuer})
    for key in in_use:
        if key.valid_to is not None and key.valid_to < now + SOON:
            tell, code = (note, Ailment.KEY_RELIEVED) if _has_successor(key, keys, now) else (warning, ends)
            yield tell(code, issuer=issuer, kid=key.kid, until=key.valid_to)


def _signs(key: ListedKey, now: float) -> bool:
    """May it sign something new at that time?"""
    return key.state is State.ACTIVE and key.is_in_use_at(now)


def _has_successor(key: ListedKey, keys: Mapping[str, ListedKey], now: float) -> bool:
    """Does another key sign from the end of this one on, for longer than is told ahead?"""
    assert key.valid_to is not None  # noqa: S101 - one that ends
    return any(
        other.state is State.ACTIVE
        and other.valid_from <= key.valid_to
        and (other.valid_to is None or other.valid_to >= now + SOON)
        for other in keys.values()
    )
