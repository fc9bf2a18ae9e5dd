"""The rules of a verdict: pure functions `Evidence → Finding`, in the order in which `certx.verify.CHECKS` has them.

Each says what one matter comes to, if its premises held; bracketed numbers are those of docs/verifier-rules.md.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from certx.credential.check import check_key_binding, check_signature, check_validity
from certx.errors import CertxError, KeyFailureError
from certx.evidence import Evidence, Ground
from certx.licence.model import day_ends_at
from certx.licence.paths import without
from certx.reason import Finding, Reason, Result, failed, not_run, undetermined, warned
from certx.recognition.check import check_recognition
from certx.recognition.matter import (
    NO_SCENARIO,
    Shown,
    check_extent,
    check_scenario,
    demand_holder,
    needless_in,
    query_of,
)
from certx.schema.check import check_schema
from certx.trust.check import (
    Proof,
    check_entitlement,
    check_face,
    check_hindsight,
    check_issuer,
    check_registry,
    is_suspended,
    unreadable,
)
from certx.trust.freshness import check_freshness
from certx.trust.registry import ListedKey

if TYPE_CHECKING:
    from certx.status.tokenlist import StatusToken


def check_registry_of(evidence: Evidence) -> Finding:
    """Is there a registry, of the time that the verdict is about?"""
    ground = evidence.ground
    past = ground.now if ground.hindsight is not None else None
    return check_registry(ground.registry, ground.registry_error, past=past)


def check_age(evidence: Evidence) -> Finding:
    """Is the registry recent enough, by a clock that can be right?"""
    ground = evidence.ground
    assert ground.registry is not None  # noqa: S101 - the premise "registry" passed
    return check_freshness(ground.registry, ground.expiries, ground.limits, ground.now)


def check_issuer_of(evidence: Evidence) -> Finding:
    """[4] Does the registry list the key, under this issuer?"""
    ground, jws = evidence.ground, evidence.credential.jws
    assert ground.registry is not None  # noqa: S101 - the premise "registry" passed
    return check_issuer(
        ground.registry, ground.listing,
        iss=jws.payload.get("iss"), kid=jws.header.get("kid"), issued_at=jws.payload.get("iat"),
    )  # fmt: skip


def check_signature_by_listed_key(evidence: Evidence) -> Finding:
    """[3] The signature, by the listed key."""
    _region, _issuer, key = evidence.ground.listed
    try:
        return check_signature(evidence.credential, key.public)
    except KeyFailureError as error:
        return unreadable("signature", Reason.KEY_UNUSABLE, error)


def check_entitlement_of(evidence: Evidence) -> Finding:
    """[4] Might this key sign this type, at that time?"""
    region, issuer, key = evidence.ground.listed
    return check_entitlement(
        region, issuer, key,
        licence_type=evidence.ground.licence_type, issued_at=evidence.claims.get("iat"),
        proof=_proof_of_age(evidence, key),
    )  # fmt: skip


def _proof_of_age(evidence: Evidence, key: ListedKey) -> Proof:
    """What proves that the licence is older than the compromise of its key, where there was one."""
    if key.witnessed is None:
        return Proof.NOTHING
    digest = evidence.credential.jws.digest
    shown = evidence.ground.expectation.receipts
    receipts = shown.get(digest, ())
    if any(receipt.proves(digest, key.witnessed) for receipt in receipts):
        return Proof.RECEIPT
    if evidence.is_logged:
        return Proof.LOG
    if receipts:
        return Proof.ANOTHER_RECEIPT
    return Proof.RECEIPT_OF_ANOTHER if shown else Proof.NOTHING


_HOLDER_NOT_PROVEN: Final = warned("key-binding", Reason.HOLDER_NOT_PROVEN)
_GRANT_STANDS_IN: Final = Finding("key-binding", Result.PASSED, Reason.GRANT_STANDS_IN)
_NO_STATUS: Final = not_run("status", Reason.NO_STATUS_REFERENCE)


def check_binding(evidence: Evidence) -> Finding:
    """[13] A KB-JWT that is there is verified; without a nonce of ours it does not prove who stands here.

    One that is missing is so by the matter's leave, if the matter does not need it.
    """
    expected, scenario = evidence.ground.expectation, evidence.ground.scenario
    if evidence.credential.key_binding is not None or (expected.demands_binding and not _may_be_unbound(evidence)):
        finding = check_key_binding(
            evidence.credential, evidence.ground.now,
            audience=expected.audience, nonce=expected.nonce, max_age=expected.max_age,
        )  # fmt: skip
        if finding.reason is not None or expected.nonce is not None:
            return finding
    if expected.grant is not None:
        return _GRANT_STANDS_IN
    if scenario is None:
        return _HOLDER_NOT_PROVEN
    return demand_holder(_HOLDER_NOT_PROVEN, scenario, _shown(evidence))


def _may_be_unbound(evidence: Evidence) -> bool:
    query = query_of(evidence.ground.scenario, _shown(evidence))
    return query is not None and not query.holder_binding


def check_dates(evidence: Evidence) -> Finding:
    """[11] `nbf`, `exp` and `iat`, and the last day on the face of the licence, which is inclusive."""
    now, hindsight = evidence.ground.now, evidence.ground.hindsight
    finding = check_validity(evidence.claims, now)
    if finding.reason is not None:
        issued_at = evidence.claims.get("iat")
        too_early = finding.reason is Reason.ISSUED_IN_FUTURE or finding.reason is Reason.NOT_YET_VALID
        if too_early and hindsight is not None and issued_at is not None and issued_at > now:
            return undetermined("validity", Reason.ISSUED_LATER, at=issued_at)
        return finding
    last_day = evidence.licence.get("expiringDate")
    if last_day is not None and "expiringDate" not in evidence.credential.jws.payload:
        return failed("validity", Reason.CLAIM_MUST_BE_PLAIN, name="expiringDate")
    if isinstance(last_day, str):
        with suppress(ValueError):  # whether it is a date is the schema's matter
            if now >= day_ends_at(last_day):
                return failed("validity", Reason.EXPIRED, at=day_ends_at(last_day))
    return warned("validity", Reason.END_UNKNOWN) if _may_hide_its_end(evidence) else finding


def _may_hide_its_end(evidence: Evidence) -> bool:
    """Is no end shown, and something concealed that may be the last day?

    An issuer that keeps to the schemas has the last day always disclosed, so that none shown means 长期. Of another
    issuer it cannot be known, which a counter is told.
    """
    revealed = evidence.credential.revealed
    ends = "exp" in evidence.claims or "expiringDate" in evidence.licence
    return not ends and revealed is not None and () in revealed.short


def check_content(evidence: Evidence) -> Finding:
    """[12] The licence has the shape of its type, and its face names the issuer that signed it."""
    schema, revealed = evidence.ground.schema, evidence.credential.revealed
    if schema is None or revealed is None:
        return undetermined("schema", Reason.SCHEMA_UNAVAILABLE, type=evidence.ground.licence_type or "?")
    try:
        finding = check_schema(schema, evidence.licence, evidence.ground.context, partial=revealed.hidden > 0)
    except CertxError:  # a table that its rules need cannot be had
        return undetermined("schema", Reason.SCHEMA_UNAVAILABLE, type=schema.type)
    if finding.reason is not None:
        return finding
    region, issuer, _key = evidence.ground.listed
    return check_face(evidence.licence, region, issuer, check="schema")


def check_status(evidence: Evidence) -> Finding:
    """[14] A credential that names a status list cannot be accepted while its status is unknown."""
    if "status" not in evidence.claims:
        return _NO_STATUS
    return listed_status(evidence, evidence.claims["status"], evidence.ground.status_token)


def listed_status(evidence: Evidence, status: Mapping[str, Any], token: "StatusToken | None") -> Finding:
    """What a `status` claim comes to, of a licence or of its issuer's grant, by a list that the issuer signed.

    What the list of a suspended region says against either proves nothing: who signs it is the region's own word.
    """
    from certx.status.check import check_status as check_listed_status  # noqa: PLC0415 - only where there is one

    ground = evidence.ground
    region, issuer, _key = ground.listed
    finding = check_listed_status(status, token, issuer, grace=ground.limits.grace, now=ground.now)
    malformed = finding.reason is Reason.STATUS_REFERENCE_MALFORMED
    if finding.result is Result.FAILED and not malformed and is_suspended(region):
        return undetermined("status", Reason.REGION_SUSPENDED, name=region.code)
    return finding


def check_recognised(evidence: Evidence) -> Finding:
    """Does our region take licences of this type from theirs?"""
    ground = evidence.ground
    issued_in, _issuer, _key = ground.listed
    return check_recognition(
        ground.licence_type or "", issued_in.code, ground.region, ground.agreements, ground.now,
        scenario=ground.expectation.scenario, ends_at=_end_of(evidence), status_age=_status_age(ground),
    )  # fmt: skip


def _status_age(ground: Ground) -> float | None:
    """Seconds since the status list that is named says that it was signed; `None` if there is none or it does not."""
    return None if ground.status_token is None else ground.status_token.age_at(ground.now)


def _end_of(evidence: Evidence) -> float | None:
    """When the licence ends: by `exp` or by the last day on its face, whichever is earlier; `None` for 长期."""
    ends_at: float | None = evidence.claims.get("exp")
    last_day = evidence.licence.get("expiringDate")
    if isinstance(last_day, str):
        with suppress(ValueError):  # whether it is a date is the schema's matter
            last = day_ends_at(last_day)
            return last if ends_at is None else min(ends_at, last)
    return ends_at


def check_since(evidence: Evidence) -> Finding:
    """What became of issuer, key and licence since the time that the verdict is about?"""
    ground = evidence.ground
    assert ground.hindsight is not None  # noqa: S101 - not run otherwise
    _region, issuer, key = ground.listed
    today = ground.hindsight.registry
    finding = check_hindsight(today, issuer, key)
    if today is None or finding.reason is not None or "status" not in evidence.claims:
        return finding
    from certx.status.check import check_later_status  # noqa: PLC0415 - only where there is one

    there = today.find(issuer.id, key.kid).issuer
    return finding if there is None else check_later_status(evidence.claims["status"], ground.later_status, there)


def check_matter(evidence: Evidence) -> Finding:
    """Does it show what our region asks for in this matter?"""
    ground = evidence.ground
    asked = ground.expectation.scenario
    return NO_SCENARIO if asked is None else check_scenario(asked, ground.scenario, _shown(evidence), ground.now)


def check_shown(evidence: Evidence) -> Finding:
    """Does it show more than this matter allows?"""
    from certx.credential.present import disclosed_in  # noqa: PLC0415 - only where a matter is named

    return check_extent(evidence.ground.scenario, _shown(evidence), disclosed_in(evidence.credential))


def check_request_of(evidence: Evidence) -> Finding:
    """Was it made for this request, and is that still open?"""
    from certx.recognition.request import check_request  # noqa: PLC0415 - only where something was asked for

    expected = evidence.ground.expectation
    ours = {"scenario": expected.scenario, "query": expected.query, "request": expected.asked and expected.asked.digest}
    return check_request(expected.asked, ours, evidence.credential.binding, evidence.ground.now)


def allowed_claims(evidence: Evidence) -> Mapping[str, Any]:
    """The claims of the licence without those that the holder showed and the matter may not ask for."""
    from certx.credential.present import disclosed_in  # noqa: PLC0415 - only where a matter is named

    needless = needless_in(evidence.ground.scenario, _shown(evidence), disclosed_in(evidence.credential))
    return without(evidence.licence, needless) if needless else evidence.licence


def _query_named(evidence: Evidence) -> str | None:
    """The query that the holder's proof says it answers, else the one that it was given for."""
    named = evidence.credential.binding.get("query", evidence.ground.expectation.query)
    return named if named is None or isinstance(named, str) else repr(named)


def _shown(evidence: Evidence) -> Shown:
    ground, revealed = evidence.ground, evidence.credential.revealed
    signed_at = ground.registry.signed_at if ground.registry is not None else None
    return Shown(
        ground.licence_type,
        evidence.licence,
        ends_at=_end_of(evidence),
        status_age=_status_age(ground),
        registry_age=None if signed_at is None else ground.now - signed_at,
        query=_query_named(evidence),
        short=frozenset() if revealed is None else revealed.short,
    )
