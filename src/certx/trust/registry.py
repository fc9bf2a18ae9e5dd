"""The registry of a federation: regions, their issuers, the issuers' keys; immutable once read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from certx.errors import CertxError, DocumentError, KeyFailureError, UsageError
from certx.keys.algorithms import read_public_key
from certx.keys.jwk import thumbprint
from certx.licence.divisions import province_of

if TYPE_CHECKING:
    from certx.keys.protocols import Jwk, PublicKey
    from certx.trust.checkpoint import LogHead

ISSUER_PREFIX: Final = "urn:certx:issuer:"


class State(StrEnum):
    """Whether a key, issuer or region is in good standing."""

    ACTIVE = "active"
    RETIRED = "retired"
    SUSPENDED = "suspended"
    COMPROMISED = "compromised"


class ListedKey:
    """A public key with what the registry says of it. Times are Unix seconds; `valid_to` is exclusive.

    `types` narrows what its issuer may sign. `since` is when the state began (compromise: when it must be assumed).
    `witnessed` is the head that the issuer's log had in a registry published before a compromise, as the federation
    found it: what that log has is genuine.
    `condemned_since`: from when on the federation itself calls it compromised, not the region alone (`-inf`: ever).
    """

    __slots__ = (
        "_public", "condemned_since", "jwk", "kid", "since", "state", "types", "valid_from", "valid_to", "witnessed",
    )  # fmt: skip

    def __init__(
        self,
        kid: str,
        jwk: Jwk,
        valid_from: float,
        valid_to: float | None = None,
        *,
        state: State = State.ACTIVE,
        since: float | None = None,
        types: frozenset[str] | None = None,
        witnessed: LogHead | None = None,
        condemned_since: float | None = None,
    ) -> None:
        self.kid, self.jwk = kid, jwk
        self.valid_from, self.valid_to = valid_from, valid_to
        self.state, self.since, self.types, self.witnessed = state, since, types, witnessed
        self.condemned_since = condemned_since
        self._public: PublicKey | None = None

    def is_in_use_at(self, moment: float) -> bool:
        """Might this key sign at that time, by its window and, if it was retired, by when that was?"""
        if moment < self.valid_from or (self.valid_to is not None and moment >= self.valid_to):
            return False
        return self.state is not State.RETIRED or (self.since is not None and moment < self.since)

    def is_trusted_at(self, moment: float) -> bool:
        """Is what it signed then, other than licences, to be relied on? They have rules of their own."""
        if self.state is State.SUSPENDED or self.state is State.COMPROMISED:
            return False
        return self.is_in_use_at(moment)

    @property
    def public(self) -> PublicKey:
        """The key itself, read once; raises `KeyFailureError` if the JWK cannot check signatures.

        It must be the key that its kid names, by RFC 7638: no region can put another in the place of one that
        credentials name, and have them fail.
        """
        if self._public is None:
            public = read_public_key(self.jwk)
            if thumbprint(self.jwk) != self.kid:
                raise KeyFailureError("trust-kid")
            self._public = public
        return self._public


class Issuer(NamedTuple):
    """A body that issues licences: `id` is what credentials carry as `iss`."""

    id: str
    name: Mapping[str, str]
    credit_code: str
    area: str
    types: frozenset[str]
    keys: Mapping[str, ListedKey]
    state: State = State.ACTIVE
    status_keys: Mapping[str, ListedKey] = MappingProxyType({})
    """The keys that sign its status lists, and nothing else."""
    log_keys: Mapping[str, ListedKey] = MappingProxyType({})
    """The keys that sign checkpoints of its log, and nothing else."""
    grant_keys: Mapping[str, ListedKey] = MappingProxyType({})
    """The keys that sign grants to those who use its licences, and nothing else."""


class Counter(NamedTuple):
    """A counter that asks holders for presentations: `id` is what its requests carry as `client_id`."""

    id: str
    name: Mapping[str, str]
    request_keys: Mapping[str, ListedKey]


class Region(NamedTuple):
    """One member of the federation, at province level (GB/T 2260).

    `suspended` are the issuers and keys, by the names that the federation's overlay gives them, that are under inquiry
    whether the region lists them or not; `condemned` says since when (Unix time,
    `None`: ever) it calls a key compromised, likewise.
    """

    code: str
    name: Mapping[str, str]
    issuers: Mapping[str, Issuer]
    state: State = State.ACTIVE
    suspended: frozenset[str] = frozenset()
    condemned: Mapping[str, float | None] = MappingProxyType({})
    counters: Mapping[str, Counter] = MappingProxyType({})

    @property
    def owners(self) -> list[Issuer | Counter]:
        """All whose keys it lists."""
        return [*self.issuers.values(), *self.counters.values()]


class Listing(NamedTuple):
    """What a registry says of an `iss` and a `kid`.

    `owner` is the issuer that lists the key if it is not the one named. `unread` is why a region that may list the
    issuer could not be looked at.
    """

    region: Region | None = None
    issuer: Issuer | None = None
    key: ListedKey | None = None
    owner: Issuer | None = None
    unread: CertxError | None = None


Dropped = Callable[[str, str, str], "ListedKey | None"]
"""From region, issuer and kid to a key that is not listed any more."""
_NO_EXPIRIES: Final[Mapping[str, float]] = MappingProxyType({})


class Registry(NamedTuple):
    """A snapshot. A signed one reads and verifies a region when it is first asked for.

    `regions[code]` raises `DocumentError` for a region that nobody vouches for just now. `signed_at` is the signed time
    of issue, `None` for an unsigned folder (development); `seen_at` the latest signed time that this machine ever saw.
    `expiries` says by role until when (Unix time) its signatures are good. `dropped` finds a key that a region listed
    in an earlier snapshot and lists no more, as the denials of today leave it.
    """

    version: str
    regions: Mapping[str, Region]
    signed_at: float | None = None
    seen_at: float | None = None
    expiries: Mapping[str, float] = _NO_EXPIRIES
    dropped: Dropped | None = None

    def find(self, iss: object, kid: object) -> Listing:
        """Who an `iss` is and which of its keys a `kid` is, as they stand in a credential, unproven.

        The region in whose division an issuer was registered speaks for it before any other does, so that no other
        region can put its own keys in that issuer's place. A key that the federation calls compromised is found also
        after its region took it away: licences are judged by when they were issued.
        """
        if not isinstance(iss, str):
            return Listing()
        region, unread = self._region_of(iss)
        if region is None:
            return Listing(unread=unread)
        issuer = region.issuers[iss]
        if not isinstance(kid, str):
            return Listing(region, issuer)
        key = issuer.keys.get(kid)
        owner = self._owner_of(kid) if key is None else None
        if key is None and owner is None and kid in region.condemned and self.dropped is not None:
            key = self.dropped(region.code, iss, kid)
        return Listing(region, issuer, key, owner)

    def home_of(self, iss: object) -> Region | None:
        """The region in whose division an issuer was registered; `None` if there is none that can be read."""
        home = _home_of(iss) if isinstance(iss, str) else ""
        with suppress(CertxError):
            return self.regions.get(home)
        return None

    def _region_of(self, issuer_id: str) -> tuple[Region | None, CertxError | None]:
        home, unread = _home_of(issuer_id), None
        try:
            if home in self.regions and issuer_id in self.regions[home].issuers:
                return self.regions[home], None
        except CertxError as error:
            return None, error
        found: list[Region] = []
        for code in self.regions:
            try:
                if issuer_id in self.regions[code].issuers:
                    found.append(self.regions[code])
            except CertxError as error:
                unread = error
        if len(found) > 1:
            return None, DocumentError("registry-issuer-twice", issuer=issuer_id)
        return (found[0], None) if found else (None, unread)

    def _owner_of(self, kid: str) -> Issuer | None:
        for code in self.regions:
            with suppress(CertxError):
                for issuer in self.regions[code].issuers.values():
                    if kid in issuer.keys:
                        return issuer
        return None

    def issuer_named(self, wanted: str) -> Issuer:
        """An issuer by its id or its credit code; raises `UsageError`."""
        issuer_id = wanted if wanted.startswith(ISSUER_PREFIX) else ISSUER_PREFIX + wanted
        listing = self.find(issuer_id, None)
        if listing.unread is not None:
            raise listing.unread
        if listing.issuer is None:
            raise UsageError("issuer-unknown", hint="issuer-unknown", issuer=wanted)
        return listing.issuer


def _home_of(issuer_id: str) -> str:
    """The region in which a body was registered: digits 3 to 8 of its credit code (GB 32100)."""
    return province_of(issuer_id.rpartition(":")[2][2:8])


def make_registry(version: str, regions: Iterable[Region], *, signed_at: float | None = None) -> Registry:
    """A snapshot of these regions."""
    return Registry(version, {region.code: region for region in regions}, signed_at)


def key_defect(key: ListedKey) -> KeyFailureError | None:
    """Why a listed key cannot be used, or `None`."""
    try:
        key.public  # noqa: B018 - reading it is the test
    except KeyFailureError as error:
        return error
    return None
