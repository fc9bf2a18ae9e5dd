"""A signed registry: the chain of signatures seen as files, regions and limits."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import Final

from certx.errors import CertxError
from certx.trust.chain import Chain
from certx.trust.denials import Denial, deny, read_denials
from certx.trust.files import HeldList, Regions, delta_path, parse_document
from certx.trust.freshness import DEFAULT_LIMITS, Limits, read_limits
from certx.trust.logs import ProvenLogs
from certx.trust.metadata import Target, check_target, unreliable
from certx.trust.registry import ListedKey, Region, Registry
from certx.trust.roles import (
    CATALOGUE,
    DUTY,
    LIMITS,
    SUSPENSIONS,
    TOP_LEVEL,
    is_region_role,
    region_of,
    region_role,
    role_for,
)

_KEPT_DROPPED: Final = 256
"""For how many keys it is remembered whether a region listed them before: credentials of anybody ask."""


class SignedFiles:
    """The files that the roles of a chain vouch for; each is checked against its role when it is read."""

    def __init__(
        self,
        chain: Chain,
        content: Callable[[str, Target], bytes | None],
        earlier: Callable[[str], bytes | None] = lambda _: None,
    ) -> None:
        """`content` gets the bytes of a target, by path, `earlier` the status list that a delta may lead on from.

        What either gives is not yet believed.
        """
        self._chain, self._content, self._earlier = chain, content, earlier
        self._listed: dict[str, dict[str, Target]] = {}

    def regions(self) -> Sequence[str]:
        """The regions that take part or took part: one that the federation has put out cannot be relied on."""
        codes = {region_of(role) for role in self._chain.known_roles if is_region_role(role)}
        codes |= {region_of(role) for role in self._chain.roles if is_region_role(role)}
        return sorted(code for code in codes if code is not None)

    def left_out(self) -> Sequence[str]:
        """The regions of which this machine was given nothing."""
        return [code for code in self.regions() if not self._chain.holds(region_role(code))]

    def names(self, folder: str) -> Mapping[str, str]:
        """The files right in a folder, with their digests."""
        listed = self._targets(role_for(f"{folder}/x"))
        return {
            path.rpartition("/")[2]: target.sha256
            for path, target in listed.items()
            if path.rpartition("/")[0] == folder
        }

    def read(self, path: str) -> bytes | None:
        """The content of a file, as its role vouches for it."""
        target = self._targets(role_for(path)).get(path)
        if target is None:
            return None
        data = self._content(path, target)
        if data is None:
            raise unreliable("tuf-missing", path)
        check_target(data, target, path)
        return data

    def read_list(self, path: str) -> HeldList | None:
        """A status list: the file that its role vouches for if it is held whole, else an earlier one and its delta."""
        target = self._targets(role_for(path)).get(path)
        if target is None:
            return None
        data = self._content(path, target)
        if data is not None and sha256(data).hexdigest() == target.sha256:
            check_target(data, target, path)
            return HeldList(data)
        earlier = self._earlier(path)
        delta = self.read(delta_path(path)) if earlier is not None and earlier != data else None
        if earlier is not None and delta is not None:
            return HeldList(earlier, delta, target.sha256)
        if data is not None:
            check_target(data, target, path)
        raise unreliable("tuf-missing", path)

    def _targets(self, role: str | None) -> dict[str, Target]:
        """What a role lists. A role of the catalogue, duty or status that there is not lists nothing."""
        if role is None or (role not in self._chain.roles and not is_region_role(role)):
            return {}
        if role not in self._listed:
            self._listed[role] = self._chain.targets_of(role)
        return self._listed[role]


class SignedRegistry:
    """What a verification wants of a verified generation, each part read when it is asked for."""

    def __init__(
        self,
        chain: Chain,
        files: SignedFiles,
        *,
        seen_at: float,
        logs: ProvenLogs | None = None,
        before: Callable[[str], Iterator[Region]] = lambda _: iter(()),
    ) -> None:
        """`before` gives a region as the verified generations before this one had it, newest first."""
        self.files, self.logs = files, logs
        self._chain, self._seen_at, self._before = chain, seen_at, before
        self._dropped = lru_cache(maxsize=_KEPT_DROPPED)(self._find_dropped)

    @cached_property
    def registry(self) -> Registry:
        """The snapshot; raises `DocumentError` if the federation's own files cannot be relied on."""
        return Registry(
            version=str(self._chain.timestamp.version),
            regions=self._regions(),
            signed_at=self._chain.issued,
            seen_at=self._seen_at,
            expiries=_Expiries(self._chain),
            dropped=self._dropped,
        )

    def _regions(self) -> Regions:
        """The regions, as the denials leave them."""
        denials = self._denials
        return Regions(self.files, lambda region: deny(region, denials)) if denials else Regions(self.files)

    @cached_property
    def _denials(self) -> tuple[Denial, ...]:
        """Where there is a duty desk, its overlay cannot be done without."""
        if DUTY not in self._chain.roles:
            return ()
        data = self.files.read(SUSPENSIONS)
        if data is None:
            raise unreliable("tuf-missing", SUSPENSIONS)
        return read_denials(parse_document(data, SUSPENSIONS), SUSPENSIONS)

    def _find_dropped(self, code: str, iss: str, kid: str) -> ListedKey | None:
        """A key as the last generation had it in which the region listed it, under the denials of this one."""
        for region in self._before(code):
            issuer = region.issuers.get(iss)
            if issuer is not None and kid in issuer.keys:
                return deny(region, self._denials).issuers[iss].keys[kid]
        return None

    @cached_property
    def limits(self) -> Limits:
        """How old evidence may be, as the federation says."""
        data = self.files.read(LIMITS) if CATALOGUE in self._chain.roles else None
        return read_limits(parse_document(data, LIMITS), LIMITS) if data is not None else DEFAULT_LIMITS


class _Expiries(Mapping[str, float]):
    """Until when each role's signatures are good; a role that cannot be relied on is not in it."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._known: dict[str, float] = {name: getattr(chain, name).expires for name in TOP_LEVEL}

    def __getitem__(self, role: str) -> float:
        if role not in self._known:
            try:
                self._known[role] = self._chain.role(role).expires
            except CertxError as error:
                raise KeyError(role) from error
        return self._known[role]

    def __iter__(self) -> Iterator[str]:
        return iter((*TOP_LEVEL, *self._chain.roles))

    def __len__(self) -> int:
        return len(TOP_LEVEL) + len(self._chain.roles)
