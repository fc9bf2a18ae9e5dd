"""What a verification looks at: `gather` is the only step that looks anything up, through one `Sources`."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from certx.credential.constants import ENVELOPE_CLAIMS
from certx.credential.parse import Unverified
from certx.errors import CertxError
from certx.licence.model import day_of
from certx.recognition.agreement import Agreement, UnreadAgreement
from certx.schema.catalogue import LicenceSchema, split_vct
from certx.schema.rules import Context
from certx.trust.checkpoint import LogHead
from certx.trust.freshness import Limits, latest_signed
from certx.trust.registry import Issuer, ListedKey, Listing, Region, Registry
from certx.trust.roles import roles_behind

if TYPE_CHECKING:
    from certx.recognition.grant_check import Use
    from certx.recognition.request import Asked
    from certx.recognition.scenario import Scenario
    from certx.status.tokenlist import StatusToken
    from certx.trust.receipt import Receipts


class Hindsight(NamedTuple):
    """What today's registry says, beside the one of the time that a verdict is about; `None`: it cannot be read."""

    registry: Registry | None = None


class Sources(Protocol):
    """Where evidence comes from. Nothing here raises for what is merely absent."""

    @property
    def region(self) -> str | None:
        """Province-level code of the accepting region, `None` if this machine has not been told."""

    @property
    def registry(self) -> Registry | None:
        """The registry snapshot."""

    @property
    def registry_error(self) -> CertxError | None:
        """Why there is no registry although one was named."""

    @property
    def hindsight(self) -> Hindsight | None:
        """Today's registry, if all else here is that of an earlier time; `None` if it is that of today."""

    @property
    def limits(self) -> Limits:
        """How old evidence may be here."""

    @property
    def context(self) -> Context:
        """What cross-field rules may know."""

    def dictionary(self, number: int) -> bytes | None:
        """What a symbol of this number is packed with."""

    def schema(self, licence_type: str, major: int) -> LicenceSchema | None:
        """The highest minor of a licence schema."""

    def agreements_between(
        self, issued_in: str, accepted_in: str, licence_type: str
    ) -> Sequence[Agreement | UnreadAgreement] | None:
        """What either region published that bears on the type, in force or not; `None` if it cannot be had."""

    def scenario(self, region: str, scenario_id: str) -> "Scenario | CertxError | None":
        """A region's scenario, `None` if it has none of that id, the error if it cannot be read."""

    def status_token(self, region: str, uri: str) -> "StatusToken | None":
        """The status list of this name that the region published; the same object for each credential that asks."""

    def later_status_token(self, region: str, uri: str) -> "StatusToken | None":
        """Of the same name, the list that is published today, where all else is that of an earlier time."""

    def is_logged(self, region: str, issuer: Issuer, head: LogHead, digest: bytes) -> bool:
        """Did the issuer's log, in a published copy that was seen to have this head, have a licence of this digest?"""


_NO_RECEIPTS: "Receipts" = {}
"""Never changed; a `MappingProxyType` could not travel to a worker process."""


class Expectation(NamedTuple):
    """What the verifier decided before looking (RFC 9901, 9.5): a nonce or audience makes key binding required.

    `scenario` is the id of the matter at hand, `None` if none was named. `receipts` are those that were shown. `asked`
    is the request that was made, and `query` the one of its queries that a credential was given as an answer to.
    `grant` is what is to be used instead of asking the holder.
    """

    nonce: str | None = None
    audience: str | None = None
    max_age: float = float("inf")
    scenario: str | None = None
    receipts: "Receipts" = _NO_RECEIPTS
    asked: "Asked | None" = None
    query: str | None = None
    grant: "Use | None" = None

    @property
    def uses_up(self) -> bool:
        """Does a good verdict use something up?"""
        return self.nonce is not None or self.grant is not None

    @property
    def demands_binding(self) -> bool:
        """Must there be a KB-JWT?"""
        return self.nonce is not None or self.audience is not None


NO_EXPECTATION: Final = Expectation()


class Ground(NamedTuple):
    """What evidence rests on besides the credential: the same for all of one key, type and status list."""

    expectation: Expectation
    now: float
    region: str | None
    registry: Registry | None
    registry_error: CertxError | None
    listing: Listing
    licence_type: str | None
    schema: LicenceSchema | None
    agreements: Sequence[Agreement | UnreadAgreement] | None
    context: Context
    """What rules may know; its today is not before what was signed, whatever the clock says."""
    limits: Limits
    expiries: Mapping[str, float]
    """Until when the signatures of each registry role behind this verdict are good."""
    status_token: "StatusToken | None"
    """The status list that is named, unproven."""
    scenario: "Scenario | CertxError | None"
    """What the accepting region asks for in the matter that was named."""
    hindsight: Hindsight | None
    """Today's registry, if `now` is an earlier time."""
    later_status: "StatusToken | None"
    """Then too, the status list of that name that is published today, unproven."""
    grant_status: "StatusToken | None"
    """The status list that the grant names, unproven."""
    is_behind: bool
    """Is `now` before a time that something was signed at?"""

    @property
    def listed(self) -> tuple[Region, Issuer, ListedKey]:
        """Region, issuer and key that sign, by the registry; only for checks after "issuer", whose premise it is."""
        region, issuer, key, _owner, _unread = self.listing
        assert region is not None and issuer is not None and key is not None  # noqa: S101, PT018 - see above
        return region, issuer, key


class Evidence(NamedTuple):
    """All that the checks may look at; a verdict can be replayed from it."""

    credential: Unverified
    claims: Mapping[str, Any]
    """The processed payload."""
    licence: Mapping[str, Any]
    """The disclosed claims of the licence, without those of its envelope."""
    ground: Ground
    is_logged: bool
    """Did its issuer log it before its key fell into wrong hands, by the log that the region published?"""


def gather(
    credential: Unverified, sources: Sources, *, now: float, expectation: Expectation = NO_EXPECTATION
) -> Evidence:
    """Look up what the checks need: registry entry of issuer and key, schema of the type, agreements, scenario."""
    return gather_each([(credential, expectation)], sources, now=now)[0]


def gather_each(many: Sequence[tuple[Unverified, Expectation]], sources: Sources, *, now: float) -> list[Evidence]:
    """What `gather` finds for each credential and what is expected of it; the ground of several is looked up once."""
    grounds: dict[tuple[object, ...], Ground] = {}
    found = []
    for credential, expectation in many:
        claims = credential.claims
        names = (
            _text(claims.get("iss")), _text(credential.jws.header.get("kid")), _text(claims.get("vct")),
            _status_uri(claims),
        )  # fmt: skip
        ground = grounds.get((id(expectation), names))
        if ground is None:
            ground = grounds[id(expectation), names] = _look_up(_Named(*names), sources, now, expectation)
        licence = claims.copy()
        for name in ENVELOPE_CLAIMS:
            licence.pop(name, None)
        found.append(Evidence(credential, claims, licence, ground, _is_logged(credential, ground, sources)))
    return found


class _Named(NamedTuple):
    """What a credential names, unproven; `None` for what is no text."""

    issuer: str | None
    kid: str | None
    vct: str | None
    status_list: str | None


def _look_up(named: _Named, sources: Sources, now: float, expectation: Expectation) -> Ground:
    registry, here, hindsight, uri = sources.registry, sources.region, sources.hindsight, named.status_list
    listing = Listing() if registry is None else registry.find(named.issuer, named.kid)
    there = listing.region.code if listing.region is not None else None
    kind = split_vct(named.vct)
    agreements: Sequence[Agreement | UnreadAgreement] | None = ()
    if here is not None and there is not None and here != there:
        agreements = sources.agreements_between(there, here, kind[0] if kind is not None else "")
    expiries = registry.expiries if registry is not None else {}
    place = None if expectation.grant is None else expectation.grant.grant.place
    roles = roles_behind(there, here, has_status=uri is not None or place is not None)
    status_token = later_status = grant_status = None
    if place is not None and there is not None:
        grant_status = sources.status_token(there, place.uri)
    if uri is not None and there is not None:
        status_token = sources.status_token(there, uri)
        later_status = sources.later_status_token(there, uri) if hindsight is not None else None
    latest = (registry and latest_signed(registry)) or now
    context = sources.context
    if latest > now:
        context = context._replace(today=max(context.today, day_of(latest)))
    return Ground(
        expectation, now, here, registry, sources.registry_error, listing,
        kind[0] if kind is not None else None,
        sources.schema(*kind) if kind is not None else None,
        agreements, context, sources.limits,
        {role: end for role in roles if (end := expiries.get(role)) is not None},
        status_token,
        matter_of(expectation, sources),
        hindsight, later_status, grant_status,
        is_behind=latest > now,
    )  # fmt: skip


def matter_of(expectation: Expectation, sources: Sources) -> "Scenario | CertxError | None":
    """The scenario that an answer is judged by: that by which it was asked for, else that of the accepting region."""
    if expectation.scenario is None:
        return None
    document = None if expectation.asked is None else expectation.asked.document
    if document is None:
        return None if sources.region is None else sources.scenario(sources.region, expectation.scenario)
    from certx.recognition.scenario import scenario_in  # noqa: PLC0415 - only where something was asked for

    try:
        return scenario_in(document)
    except CertxError as error:
        return error


def _is_logged(credential: Unverified, ground: Ground, sources: Sources) -> bool:
    """Looked up only where a compromise makes it matter."""
    region, issuer, key, _owner, _unread = ground.listing
    if region is None or issuer is None or key is None or key.witnessed is None:
        return False
    return sources.is_logged(region.code, issuer, key.witnessed, credential.jws.digest)


def _status_uri(claims: Mapping[str, Any]) -> str | None:
    """The name of the status list in claims that nothing is proven of."""
    status = claims.get("status")
    named = status.get("status_list") if isinstance(status, dict) else None
    uri = named.get("uri") if isinstance(named, dict) else None
    return uri if isinstance(uri, str) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
