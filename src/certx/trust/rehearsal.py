"""What a change to the registry would do to the licences that are out there: rehearsed by the very rules of a verdict.

The rules look at when a licence was signed. So for each key that a change touches, the time line is cut wherever a rule
could change its mind, and the rules are asked once for each piece, before and after the change.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from math import inf
from typing import Final, NamedTuple, Protocol

from certx.reason import Finding, Outcome, Reason, passed, undetermined
from certx.trust.check import check_entitlement
from certx.trust.lifecycle import KeyPurpose
from certx.trust.registry import Counter, Issuer, ListedKey, Region, State
from certx.verdict import outcome_of


class Use(Protocol):
    """How far a key was used, as a ledger tells it: licences that still stand, times of issue (Unix seconds)."""

    @property
    def kid(self) -> str | None:
        """The key, `None` for licences of which the ledger does not know it."""

    @property
    def live(self) -> int:
        """How many licences that it signed still stand."""

    @property
    def newest(self) -> int | None:
        """When the last of them was issued."""


class Uses(Protocol):
    """The part of a ledger that a rehearsal asks."""

    def uses(self, credit_code: str) -> Sequence[Use]:
        """The keys of an issuer; empty if it issued nothing here."""

    def live_since(self, credit_code: str, kid: str, at: int) -> int:
        """How many live licences a key signed at or after a time."""


class Effect(NamedTuple):
    """What becomes of licences signed from `since` to before `until` (`None`: open); `live`: how many are known."""

    outcome: Outcome
    reason: Reason | None
    since: float
    until: float | None
    live: int | None


class KeyEffects(NamedTuple):
    """A key that a change touches: how many live licences rest on it (`None`: not known here), what becomes of them.

    `newest`: when the last of them was issued. For a status key, licences are those whose lists it signed. `unknown`:
    so many more live licences of the issuer may be of this key, since the ledger does not know theirs. `unproven`: how
    many entries of its issuer's log proved a licence older than a theft, and will not.
    """

    region: str
    issuer: str
    kid: str
    use: KeyPurpose
    live: int | None
    newest: int | None
    unknown: int
    effects: tuple[Effect, ...]
    unproven: int = 0


def rehearse(before: Region, after: Region, uses: Uses | None) -> list[KeyEffects]:
    """Every key of a region of which others will think otherwise, and what that does to licences."""
    of_counters = [
        KeyEffects(before.code, counter.id, key.kid, KeyPurpose.REQUESTS, None, None, 0, ())
        for counter in before.counters.values()
        for key in counter.request_keys.values()
        if _facts(key) != _facts(after.counters[counter.id].request_keys[key.kid])
    ]
    return of_counters + [
        found
        for issuer in before.issuers.values()
        for use, keys in key_lists(issuer)
        for key in keys.values()
        if (found := _rehearse_key(before, after, issuer, key, use, uses)) is not None
    ]


def key_lists(owner: Issuer | Counter) -> tuple[tuple[KeyPurpose, Mapping[str, ListedKey]], ...]:
    """The keys of an issuer or a counter by what they sign."""
    if isinstance(owner, Counter):
        return ((KeyPurpose.REQUESTS, owner.request_keys),)
    issuer = owner
    return (
        (KeyPurpose.LICENCES, issuer.keys),
        (KeyPurpose.STATUS, issuer.status_keys),
        (KeyPurpose.LOG, issuer.log_keys),
        (KeyPurpose.GRANTS, issuer.grant_keys),
    )


_NO_LICENCES: Final = frozenset({KeyPurpose.LOG, KeyPurpose.GRANTS})
"""What these keys sign is not what a licence rests on."""


def _rehearse_key(  # noqa: PLR0917 - one key in two worlds
    before: Region, after: Region, issuer: Issuer, key: ListedKey, use: KeyPurpose, uses: Uses | None
) -> KeyEffects | None:
    issuer_after = after.issuers[issuer.id]
    key_after = dict(key_lists(issuer_after))[use][key.kid]
    worlds = ((before, issuer, key), (after, issuer_after, key_after))
    unproven = _proven_by(key) - _proven_by(key_after) if key_after.state is State.COMPROMISED else 0
    if unproven <= 0 and _standing(*worlds[0], use) == _standing(*worlds[1], use):
        return None
    known = {row.kid: row for row in uses.uses(issuer.credit_code)} if uses is not None else {}
    counts = _Counts(uses, issuer.credit_code, key.kid, use, known) if uses is not None and known else None
    effects = [] if use in _NO_LICENCES else list(_effects(worlds, use, counts))
    live, newest, unknown = (counts.live, counts.newest, counts.unknown) if counts is not None else (None, None, 0)
    return KeyEffects(
        before.code, issuer.id, key.kid, use, live, newest, unknown, tuple(effects), unproven=max(unproven, 0)
    )


def _proven_by(key: ListedKey) -> int:
    """Of how many entries of its issuer's log it is known that they are older than the theft of this key."""
    return 0 if key.witnessed is None else key.witnessed.size


def _standing(region: Region, issuer: Issuer, key: ListedKey, use: KeyPurpose) -> tuple[object, ...]:
    """All that the rules look at."""
    of_key = _facts(key)
    return (*of_key, issuer.state, region.state) if use is KeyPurpose.LICENCES else of_key


def _facts(key: ListedKey) -> tuple[object, ...]:
    return (key.state, key.since, key.valid_from, key.valid_to, key.types, key.condemned_since)


class _Counts:
    """How many live licences a key signed, or a status key speaks for: all of its issuer's."""

    def __init__(
        self, uses: Uses, credit_code: str, kid: str, use: KeyPurpose, known: Mapping[str | None, Use]
    ) -> None:
        self._uses, self._credit_code, self._kid = uses, credit_code, kid
        rows = list(known.values())
        self.unknown = 0
        if use is KeyPurpose.LICENCES:
            rows = [known[kid]] if kid in known else []
            self.unknown = known[None].live if None in known else 0
        self._use = use
        self.live = sum(row.live for row in rows) if use not in _NO_LICENCES else 0
        self.newest = max((row.newest for row in rows if row.newest is not None), default=None)

    def between(self, since: float, until: float) -> int:
        """Those signed in a piece of the time line."""
        if self._use is not KeyPurpose.LICENCES:
            return self.live
        later = self._uses.live_since(self._credit_code, self._kid, int(until)) if until != inf else 0
        return self._uses.live_since(self._credit_code, self._kid, int(since)) - later


_World = tuple[Region, Issuer, ListedKey]
_START: Final = 0.0


def _effects(worlds: tuple[_World, _World], use: KeyPurpose, counts: _Counts | None) -> Iterator[Effect]:
    bounds = {_START} | {
        bound
        for _, _, key in worlds
        for bound in (key.valid_from, key.valid_to, key.since, key.condemned_since)
        if bound is not None and bound > _START
    }
    cuts = sorted(bounds)
    for change, piece in groupby(pairwise([*cuts, inf]), lambda ends: _change(worlds, use, ends[0])):
        ends = [end for pair in piece for end in pair]
        since, until = ends[0], ends[-1]
        if change is not None:
            live = counts.between(since, until) if counts is not None else None
            yield Effect(*change, since, until if until != inf else None, live)


def _change(worlds: tuple[_World, _World], use: KeyPurpose, moment: float) -> tuple[Outcome, Reason | None] | None:
    """What will be said of something signed at that time, `None` if that is what is said of it now, or no better."""
    was, will_be = (_judge(world, use, moment) for world in worlds)
    outcome = outcome_of(will_be)
    stays = (outcome_of(was), was.reason) == (outcome, will_be.reason) or outcome_of(was) is outcome is Outcome.INVALID
    return None if stays else (outcome, will_be.reason)


def _judge(world: _World, use: KeyPurpose, moment: float) -> Finding:
    """What the rules say of something that a key signed at a time."""
    region, issuer, key = world
    if use is KeyPurpose.STATUS:
        if key.is_trusted_at(moment):
            return passed("status")
        return undetermined("status", Reason.STATUS_KEY_NOT_IN_USE, kid=key.kid, state=key.state)
    types = issuer.types if key.types is None else issuer.types & key.types
    return check_entitlement(region, issuer, key, licence_type=min(types, default=None), issued_at=moment)
