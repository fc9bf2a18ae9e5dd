"""Who may sign what: the rules of the registry, as pure functions `… → Finding`.

Numbers in brackets are those of the checklist in docs/verifier-rules.md.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from certx.errors import CertxError
from certx.licence.divisions import province_of
from certx.licence.identifiers import LICENCE_OID
from certx.reason import Finding, Reason, Result, failed, passed, undetermined, warned
from certx.trust.files import NOT_HELD
from certx.trust.registry import ISSUER_PREFIX, Issuer, ListedKey, Listing, Region, Registry, State

_AT_ANY_TIME: Final = frozenset({"root-missing", "root-differs", "pointer-damaged"})
"""What is wrong with the registry of a machine as a whole, whatever time is asked about."""


def check_registry(registry: Registry | None, error: CertxError | None, *, past: float | None = None) -> Finding:
    """Is there a registry to rely on, and who vouches for it? `error` is why one that was named cannot be read.

    `past` is the earlier time (Unix) of which the registry should be, `None` if it is that of today.
    """
    check = "registry"
    if registry is None:
        if error is not None and past is not None and error.code not in _AT_ANY_TIME:
            finding = unreadable(check, Reason.PAST_UNAVAILABLE, error)
            return finding._replace(params={**finding.params, "checked_at": past})
        if error is not None:
            return unreadable(check, Reason.REGISTRY_UNREADABLE, error)
        return undetermined(check, Reason.REGISTRY_MISSING)
    if registry.signed_at is None:
        return warned(check, Reason.UNSIGNED_REGISTRY, version=registry.version)
    return passed(check)


def unreadable(check: str, reason: Reason, error: CertxError) -> Finding:
    """The finding on something that is there and cannot be relied on, with the words of why."""
    return Finding(check, Result.UNDETERMINED, reason, {**error.params, "defect": error.code})


def check_issuer(  # noqa: PLR0911 - one return for each rule
    registry: Registry, listing: Listing, *, iss: object, kid: object, issued_at: object
) -> Finding:
    """[4] The registry, and nothing in the credential, says whose key this is (RFC 9901, 7.1 step 2.c).

    `listing` is what the registry says of `iss` and `kid`; these and `issued_at` are as the credential claims. That a
    region does not list something proves nothing while the region, the issuer or the key is suspended, nor of licences
    that may be older than the compromise of a key.
    """
    check = "issuer"
    if listing.key is not None:
        return passed(check)
    if listing.unread is not None:
        is_absent = listing.unread.code == NOT_HELD
        return unreadable(check, Reason.REGION_NOT_HELD if is_absent else Reason.REGION_UNREADABLE, listing.unread)
    signed_at, issuer = registry.signed_at, listing.issuer
    compromise = None
    if listing.owner is None:
        compromise = _compromise(check, listing.region or registry.home_of(iss), kid, issued_at)
    if compromise is not None and compromise.result is Result.FAILED:
        return compromise
    if signed_at is not None and isinstance(issued_at, int | float) and issued_at > signed_at:
        return undetermined(check, Reason.NOT_YET_LISTED, issued_at=issued_at, signed_at=signed_at)
    for region in (listing.region, registry.home_of(iss)):
        inquiry = _inquiry(check, region, iss, kid) if region is not None else None
        if inquiry is not None:
            return inquiry
    if compromise is not None:
        return compromise
    if issuer is None:
        return failed(check, Reason.ISSUER_NOT_LISTED)
    reason = Reason.KEY_NOT_LISTED if listing.owner is None else Reason.KEY_OF_ANOTHER_ISSUER
    return failed(check, reason, issuer=issuer.id, kid=kid)


def _compromise(check: str, region: Region | None, kid: object, issued_at: object) -> Finding | None:
    """What follows from the federation's record of a compromised key that nobody lists any more, by when it was."""
    if region is None or not isinstance(kid, str) or kid not in region.condemned:
        return None
    since = region.condemned[kid]
    if not isinstance(issued_at, int | float) or since is None or issued_at >= since:
        return failed(check, Reason.KEY_COMPROMISED, kid=kid, since=since)
    return undetermined(check, Reason.KEY_COMPROMISED_LATER, kid=kid, since=since)


def _inquiry(check: str, region: Region, iss: object, kid: object) -> Finding | None:
    """Why nothing can be said of an issuer or a key that a region does not list."""
    if is_suspended(region):
        return undetermined(check, Reason.REGION_SUSPENDED, name=region.code)
    if isinstance(kid, str) and kid in region.suspended:
        return undetermined(check, Reason.KEY_SUSPENDED, name=kid)
    issuer = region.issuers.get(iss) if isinstance(iss, str) else None
    names = {iss, iss.removeprefix(ISSUER_PREFIX)} if isinstance(iss, str) else set()
    if (issuer is not None and issuer.state not in _IN_GOOD_STANDING) or not region.suspended.isdisjoint(names):
        return undetermined(check, Reason.ISSUER_SUSPENDED, name=iss)
    return None


_IN_GOOD_STANDING: Final = (State.ACTIVE, State.RETIRED)
"""A retired key's old signatures stay good; of an issuer or region, anything else is a matter for its federation."""


def is_suspended(region: Region) -> bool:
    """Is what rests on this region's own word in doubt?"""
    return region.state not in _IN_GOOD_STANDING


class Proof(StrEnum):
    """What proves that a licence was issued before its key fell into wrong hands."""

    NOTHING = "nothing"
    RECEIPT = "receipt"
    LOG = "log"
    ANOTHER_RECEIPT = "another-receipt"
    """A receipt was shown, and it proves nothing here."""
    RECEIPT_OF_ANOTHER = "receipt-of-another"
    """Receipts were shown, and none of them is for this licence."""


def check_entitlement(  # noqa: PLR0911 - one return for each rule
    region: Region, issuer: Issuer, key: ListedKey, *,
    licence_type: str | None, issued_at: float | None, proof: Proof = Proof.NOTHING,
) -> Finding:  # fmt: skip
    """[4] Was this key in use at `iat`, may it sign this type, and is it in good standing?

    A key, issuer or region under inquiry makes the answer undetermined, never invalid: of a suspended region windows,
    types and states are its own word, so that only what the federation itself says of a key outweighs it. After a
    compromise at T what was issued at or after T is invalid, and what claims to be older needs proof of it: `proof` is
    what was found.
    """
    check = "entitlement"
    if issued_at is None:
        return failed(check, Reason.CLAIM_REQUIRED, name="iat")
    out_of_use = _out_of_use(check, region, issuer, key, issued_at)
    if out_of_use is not None:
        return out_of_use
    if not key.is_in_use_at(issued_at):
        return failed(check, Reason.KEY_OUTSIDE_WINDOW, kid=key.kid, issued_at=issued_at)
    if licence_type not in issuer.types or (key.types is not None and licence_type not in key.types):
        return failed(check, Reason.TYPE_NOT_ENTITLED, issuer=issuer.id, type=licence_type or "?")
    if key.state is State.COMPROMISED and proof is Proof.ANOTHER_RECEIPT:
        size = 0 if key.witnessed is None else key.witnessed.size
        return undetermined(check, Reason.RECEIPT_UNUSABLE, kid=key.kid, since=key.since, size=size)
    if key.state is State.COMPROMISED and proof is Proof.RECEIPT_OF_ANOTHER:
        return undetermined(check, Reason.RECEIPT_OF_ANOTHER, kid=key.kid, since=key.since)
    if key.state is State.COMPROMISED and proof is Proof.NOTHING:
        return undetermined(check, Reason.KEY_COMPROMISED_LATER, kid=key.kid, since=key.since)
    if key.state is State.COMPROMISED:
        return warned(check, Reason.KEY_COMPROMISED_PROVEN, kid=key.kid, since=key.since, proof=proof)
    return passed(check)


def _out_of_use(check: str, region: Region, issuer: Issuer, key: ListedKey, issued_at: float) -> Finding | None:
    """Compromise at `issued_at`, or an inquiry into region, key or issuer: whoever is believed more comes first."""
    if key.condemned_since is not None and issued_at >= key.condemned_since:
        return failed(check, Reason.KEY_COMPROMISED, kid=key.kid, since=key.since)
    if is_suspended(region):
        return undetermined(check, Reason.REGION_SUSPENDED, name=region.code)
    if key.state is State.COMPROMISED and (key.since is None or issued_at >= key.since):
        return failed(check, Reason.KEY_COMPROMISED, kid=key.kid, since=key.since)
    if key.state is State.SUSPENDED:
        return undetermined(check, Reason.KEY_SUSPENDED, name=key.kid)
    if issuer.state not in _IN_GOOD_STANDING:
        return undetermined(check, Reason.ISSUER_SUSPENDED, name=issuer.id)
    return None


def check_hindsight(today: Registry | None, issuer: Issuer, key: ListedKey) -> Finding:
    """Did today's registry turn against issuer or key of a verdict about an earlier time? That verdict stands."""
    check = "hindsight"
    if today is None:
        return warned(check, Reason.LATER_UNKNOWN)
    listing = today.find(issuer.id, key.kid)
    if listing.unread is not None:
        return warned(check, Reason.LATER_UNKNOWN)
    if listing.region is None or listing.issuer is None or listing.key is None:
        return warned(check, Reason.LATER_NOT_LISTED, kid=key.kid, issuer=issuer.id)
    for state, name in (
        (listing.key.state, listing.key.kid),
        (listing.issuer.state, listing.issuer.id),
        (listing.region.state, listing.region.code),
    ):
        if state not in _IN_GOOD_STANDING:
            return warned(check, Reason.LATER_DENIED, name=name, state=state)
    return passed(check)


def check_face(licence: Mapping[str, Any], region: Region, issuer: Issuer, *, check: str) -> Finding:
    """Nobody signs in another body's name: what the face says of its issuer is what the registry says of it.

    Takes licence claims that have the shape of their type; those not disclosed are not looked for. What a suspended
    region says of its issuers proves nothing against a licence.
    """
    found = _compare_face(licence, region, issuer, check)
    if found.result is Result.FAILED and is_suspended(region):
        return undetermined(check, Reason.REGION_SUSPENDED, name=region.code)
    return found


def _compare_face(licence: Mapping[str, Any], region: Region, issuer: Issuer, check: str) -> Finding:
    if licence.get("issuingAuthorityCode", issuer.credit_code) != issuer.credit_code:
        return failed(check, Reason.LICENCE_MALFORMED, at="issuingAuthorityCode", rule="issuer")
    # Some regions name the issuer by a division of theirs, in six digits.
    named = licence.get("certificateIdentifier", "").removeprefix(f"{LICENCE_OID}.").split(".")
    is_division = len(named) > 1 and len(named[1]) == 6 and province_of(named[1]) == region.code
    if len(named) > 1 and named[1] != issuer.credit_code and not is_division:
        return failed(check, Reason.LICENCE_MALFORMED, at="certificateIdentifier", rule="issuer")
    if province_of(licence.get("areaCode", region.code)) != region.code:
        return failed(check, Reason.LICENCE_MALFORMED, at="areaCode", rule="region")
    return passed(check)
