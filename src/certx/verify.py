"""START HERE: text → evidence → findings → verdict.

    parse    the text is taken apart; nothing is believed                            (certx.credential.parse)
    gather   the one step that looks anything up; what cannot be had is `None`       (certx.evidence)
    check    `CHECKS`: pure functions `Evidence → Finding`, each run only if its premises held
    judge    the worst outcome that a finding supports                               (certx.verdict)

A new rule is one function and one row in `CHECKS`. Bracketed numbers are those of docs/verifier-rules.md.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

from certx.carrier.text import is_symbol
from certx.credential.check import (
    check_claims,
    check_disclosures,
    check_header,
    check_key_binding,
    check_signature,
    check_validity,
)
from certx.credential.errors import CredentialError
from certx.credential.parse import Unverified, parse
from certx.errors import CertxError, KeyFailureError
from certx.evidence import NO_EXPECTATION, Evidence, Expectation, Hindsight, Sources, gather
from certx.licence.model import Licence, LicenceType, day_ends_at, day_of
from certx.licence.versions import PREVIOUS
from certx.reason import Finding, Outcome, Reason, Result, failed, not_run, passed, undetermined, warned
from certx.recognition.agreement import Agreement, UnreadAgreement
from certx.recognition.check import check_recognition
from certx.recognition.matter import Shown, check_extent, check_scenario, demand_holder
from certx.schema.check import check_schema
from certx.schema.rules import Context
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
from certx.trust.freshness import check_freshness, latest_signed
from certx.trust.registry import ListedKey
from certx.verdict import AgreementFacts, Basis, CredentialFacts, RegistryFacts, Verdict, judge, outcome_of

UNREADABLE: Final = frozenset(reason for reason in Reason if reason.startswith("unreadable-"))
"""Reasons for which there is no verdict: the input is no credential."""


def check_registry_of(evidence: Evidence) -> Finding:
    """Is there a registry, of the time that the verdict is about?"""
    past = evidence.now if evidence.hindsight is not None else None
    return check_registry(evidence.registry, evidence.registry_error, past=past)


def check_age(evidence: Evidence) -> Finding:
    """Is the registry recent enough, by a clock that can be right?"""
    assert evidence.registry is not None  # noqa: S101 - the premise "registry" passed
    return check_freshness(evidence.registry, evidence.expiries, evidence.limits, evidence.now)


def check_issuer_of(evidence: Evidence) -> Finding:
    """[4] Does the registry list the key, under this issuer?"""
    assert evidence.registry is not None  # noqa: S101 - the premise "registry" passed
    jws = evidence.credential.jws
    return check_issuer(
        evidence.registry, evidence.listing,
        iss=jws.payload.get("iss"), kid=jws.header.get("kid"), issued_at=jws.payload.get("iat"),
    )  # fmt: skip


def check_signature_by_listed_key(evidence: Evidence) -> Finding:
    """[3] The signature, by the listed key."""
    _region, _issuer, key = evidence.listed
    try:
        return check_signature(evidence.credential, key.public)
    except KeyFailureError as error:
        return unreadable("signature", Reason.KEY_UNUSABLE, error)


def check_entitlement_of(evidence: Evidence) -> Finding:
    """[4] Might this key sign this type, at that time?"""
    region, issuer, key = evidence.listed
    return check_entitlement(
        region, issuer, key,
        licence_type=evidence.licence_type, issued_at=evidence.claims.get("iat"), proof=_proof_of_age(evidence, key),
    )  # fmt: skip


def _proof_of_age(evidence: Evidence, key: ListedKey) -> Proof:
    """What proves that the licence is older than the compromise of its key, where there was one."""
    if key.witnessed is None:
        return Proof.NOTHING
    digest = evidence.credential.jws.digest
    shown = evidence.expectation.receipts
    receipts = shown.get(digest, ())
    if any(receipt.proves(digest, key.witnessed) for receipt in receipts):
        return Proof.RECEIPT
    if evidence.is_logged:
        return Proof.LOG
    if receipts:
        return Proof.ANOTHER_RECEIPT
    return Proof.RECEIPT_OF_ANOTHER if shown else Proof.NOTHING


_HOLDER_NOT_PROVEN: Final = warned("key-binding", Reason.HOLDER_NOT_PROVEN)
_NO_STATUS: Final = not_run("status", Reason.NO_STATUS_REFERENCE)


def check_binding(evidence: Evidence) -> Finding:
    """[13] A KB-JWT that is there is verified; without a nonce of ours it does not prove who stands here."""
    expected = evidence.expectation
    if evidence.credential.key_binding is not None or expected.demands_binding:
        finding = check_key_binding(
            evidence.credential, evidence.now,
            audience=expected.audience, nonce=expected.nonce, max_age=expected.max_age,
        )  # fmt: skip
        if finding.reason is not None or expected.nonce is not None:
            return finding
    if evidence.scenario is None:
        return _HOLDER_NOT_PROVEN
    return demand_holder(_HOLDER_NOT_PROVEN, evidence.scenario, _shown(evidence))


def check_dates(evidence: Evidence) -> Finding:
    """[11] `nbf`, `exp` and `iat`, and the last day on the face of the licence, which is inclusive."""
    finding = check_validity(evidence.claims, evidence.now)
    issued_at = evidence.claims.get("iat")
    too_early = finding.reason is Reason.ISSUED_IN_FUTURE or finding.reason is Reason.NOT_YET_VALID
    if too_early and evidence.hindsight is not None and issued_at is not None and issued_at > evidence.now:
        return undetermined("validity", Reason.ISSUED_LATER, at=issued_at)
    last_day = evidence.licence.get("expiringDate")
    if finding.reason is None and last_day is not None and "expiringDate" not in evidence.credential.jws.payload:
        return failed("validity", Reason.CLAIM_MUST_BE_PLAIN, name="expiringDate")
    if finding.reason is None and isinstance(last_day, str):
        with suppress(ValueError):  # whether it is a date is the schema's matter
            if evidence.now >= day_ends_at(last_day):
                return failed("validity", Reason.EXPIRED, at=day_ends_at(last_day))
    if finding.reason is None and _may_hide_its_end(evidence):
        return warned("validity", Reason.END_UNKNOWN)
    return finding


def _may_hide_its_end(evidence: Evidence) -> bool:
    """Is no end shown, and something concealed that may be the last day?

    An issuer that keeps to the schemas has the last day always disclosed, so that none shown means 长期. Of another
    issuer it cannot be known, which a counter is told.
    """
    revealed = evidence.credential.revealed
    ends = "exp" in evidence.claims or "expiringDate" in evidence.licence
    return not ends and revealed is not None and revealed.hidden_names > 0


def check_content(evidence: Evidence) -> Finding:
    """[12] The licence has the shape of its type, and its face names the issuer that signed it."""
    schema, revealed = evidence.schema, evidence.credential.revealed
    if schema is None or revealed is None:
        return undetermined("schema", Reason.SCHEMA_UNAVAILABLE, type=evidence.licence_type or "?")
    try:
        finding = check_schema(schema, evidence.licence, _context_of(evidence), partial=revealed.hidden > 0)
    except CertxError:  # a table that its rules need cannot be had
        return undetermined("schema", Reason.SCHEMA_UNAVAILABLE, type=schema.type)
    if finding.reason is not None:
        return finding
    region, issuer, _key = evidence.listed
    return check_face(evidence.licence, region, issuer, check="schema")


def _context_of(evidence: Evidence) -> Context:
    """What rules may know; today is not before what was signed, whatever the clock says."""
    registry = evidence.registry
    latest = (registry and latest_signed(registry)) or evidence.now
    if latest <= evidence.now:
        return evidence.context
    return evidence.context._replace(today=max(evidence.context.today, day_of(latest)))


def check_status(evidence: Evidence) -> Finding:
    """[14] A credential that names a status list cannot be accepted while its status is unknown.

    What the list of a suspended region says against a licence proves nothing: who signs it is the region's own word.
    """
    if "status" not in evidence.claims:
        return _NO_STATUS
    from certx.status.check import check_status as check_listed_status  # noqa: PLC0415 - only where there is one

    region, issuer, _key = evidence.listed
    finding = check_listed_status(
        evidence.claims["status"], evidence.status_token, issuer, grace=evidence.limits.grace, now=evidence.now
    )
    malformed = finding.reason is Reason.STATUS_REFERENCE_MALFORMED
    if finding.result is Result.FAILED and not malformed and is_suspended(region):
        return undetermined("status", Reason.REGION_SUSPENDED, name=region.code)
    return finding


def check_recognised(evidence: Evidence) -> Finding:
    """Does our region take licences of this type from theirs?"""
    issued_in, _issuer, _key = evidence.listed
    return check_recognition(
        evidence.licence_type or "", issued_in.code, evidence.region, evidence.agreements, evidence.now,
        scenario=evidence.expectation.scenario, ends_at=_end_of(evidence),
        status_age=None if evidence.status_token is None else evidence.status_token.age_at(evidence.now),
    )  # fmt: skip


def _end_of(evidence: Evidence) -> float | None:
    """When the licence ends: by `exp` or by the last day on its face, whichever is earlier; `None` for 长期."""
    ends = [evidence.claims["exp"]] if "exp" in evidence.claims else []
    last_day = evidence.licence.get("expiringDate")
    if isinstance(last_day, str):
        with suppress(ValueError):  # whether it is a date is the schema's matter
            ends.append(day_ends_at(last_day))
    return min(ends, default=None)


def check_since(evidence: Evidence) -> Finding:
    """What became of issuer, key and licence since the time that the verdict is about?"""
    assert evidence.hindsight is not None  # noqa: S101 - not run otherwise
    _region, issuer, key = evidence.listed
    today = evidence.hindsight.registry
    finding = check_hindsight(today, issuer, key)
    if today is None or finding.reason is not None or "status" not in evidence.claims:
        return finding
    from certx.status.check import check_later_status  # noqa: PLC0415 - only where there is one

    there = today.find(issuer.id, key.kid).issuer
    return finding if there is None else check_later_status(evidence.claims["status"], evidence.later_status, there)


def check_matter(evidence: Evidence) -> Finding:
    """Does it show what our region asks for in this matter?"""
    return check_scenario(evidence.expectation.scenario, evidence.scenario, _shown(evidence), evidence.now)


def check_shown(evidence: Evidence) -> Finding:
    """Does it show more than this matter allows?"""
    from certx.credential.present import disclosed_in  # noqa: PLC0415 - only where a matter is named

    return check_extent(evidence.scenario, _shown(evidence), disclosed_in(evidence.credential))


def _shown(evidence: Evidence) -> Shown:
    revealed, token, registry = evidence.credential.revealed, evidence.status_token, evidence.registry
    signed_at = registry.signed_at if registry is not None else None
    return Shown(
        evidence.licence_type,
        evidence.licence,
        is_partial=revealed is None or revealed.hidden > 0,
        ends_at=_end_of(evidence),
        status_age=None if token is None else token.age_at(evidence.now),
        registry_age=None if signed_at is None else evidence.now - signed_at,
    )


class Check(NamedTuple):
    """One rule: what it is called, its function, and which others must have held before it says anything."""

    name: str
    run: Callable[[Evidence], Finding]
    after: tuple[str, ...] = ()


STRUCTURE: Final = "structure"

CHECKS: Final = (
    Check("header", lambda evidence: check_header(evidence.credential)),
    Check("disclosures", lambda evidence: check_disclosures(evidence.credential)),
    Check("claims", lambda evidence: check_claims(evidence.credential), ("disclosures",)),
    Check("registry", check_registry_of),
    Check("freshness", check_age, ("registry",)),
    Check("issuer", check_issuer_of, ("registry",)),
    Check("signature", check_signature_by_listed_key, ("header", "issuer")),
    Check("entitlement", check_entitlement_of, ("signature", "claims")),
    Check("validity", check_dates, ("signature", "claims")),
    Check("key-binding", check_binding, ("signature", "claims")),
    Check("schema", check_content, ("signature", "claims")),
    Check("status", check_status, ("signature", "claims")),
    Check("recognition", check_recognised, ("signature", "claims")),
    Check("scenario", check_matter, ("signature", "claims")),
)
"""Every rule, in the order in which a verdict lists them; the first of equally bad findings decides."""

IN_A_MATTER: Final = (Check("extent", check_shown, ("signature", "claims")),)
"""Further rules, where a matter was named."""
LOOKING_BACK: Final = (Check("hindsight", check_since, ("signature",)),)
"""Further rules of a verdict about an earlier time."""

_PASSED: Final = Result.PASSED
_WARNED: Final = Result.WARNED


_REQUIRED: Final = frozenset(check.name for check in CHECKS) - {"freshness", "status", "scenario"}
"""Checks without which nothing is accepted; an unsigned registry has no age, a licence may have no status reference, a
counter need not name the matter."""


def run_checks(evidence: Evidence, checks: Sequence[Check] = CHECKS) -> tuple[Finding, ...]:
    """One finding for each check; a check whose premise does not hold is `not-run`."""
    return run_checks_on([evidence], checks)[0]


def run_checks_on(many: Sequence[Evidence], checks: Sequence[Check] = CHECKS) -> list[tuple[Finding, ...]]:
    """The findings on each evidence; a check is run on all of them before the next is."""
    structure = passed(STRUCTURE)
    rows = [(evidence, [structure], {STRUCTURE}) for evidence in many]
    for name, run, after in checks:
        for evidence, findings, holds in rows:
            if holds.issuperset(after):
                finding = run(evidence)
                result = finding.result
                if result is _PASSED or result is _WARNED:
                    holds.add(name)
            else:
                premise = next(missing for missing in after if missing not in holds)
                finding = not_run(name, Reason.PREMISE_FAILED, premise=premise)
            findings.append(finding)
    return [_doubt_clock(tuple(findings), evidence) for evidence, findings, _ in rows]


def _doubt_clock(findings: tuple[Finding, ...], evidence: Evidence) -> tuple[Finding, ...]:
    registry = evidence.registry
    if registry is None or evidence.now >= (latest_signed(registry) or 0.0):
        return findings
    from certx.too_early import doubt_clock  # noqa: PLC0415 - only where the clock is behind what was signed

    return doubt_clock(findings, evidence)


def verify(text: str, sources: Sources, *, now: float, expectation: Expectation = NO_EXPECTATION) -> Verdict:
    """The verdict on a credential in text form at Unix time `now`.

    Raises `CredentialError` with an `unreadable-…` reason if the text is no credential at all; whatever else is
    wrong with it is in the verdict.
    """
    verdict = verify_each([text], sources, now=now, expectation=expectation)[0]
    if isinstance(verdict, CredentialError):
        raise verdict
    return verdict


def verify_each(
    texts: Sequence[str], sources: Sources, *, now: float, expectation: Expectation = NO_EXPECTATION
) -> list[Verdict | CredentialError]:
    """What `verify` says of each text, or would raise.

    Each step is taken for all of them before the next: the processor then has its code and tables at hand, which saves
    a third of the time. Some dozens are best; the parsed form of all is held at once.
    """
    parsed = [_parse(text, sources) for text in texts]
    evidence = [
        gather(credential, sources, now=now, expectation=expectation)
        for credential in parsed
        if not isinstance(credential, CredentialError)
    ]
    matter = () if expectation.scenario is None else IN_A_MATTER
    since = () if sources.hindsight is None else LOOKING_BACK
    findings = run_checks_on(evidence, (*CHECKS, *matter, *since))
    verdicts = iter([*map(conclude, evidence, findings)])
    return [
        next(verdicts) if not isinstance(credential, CredentialError)
        else credential if credential.reason in UNREADABLE
        else _broken(credential, now, sources.hindsight)
        for credential in parsed
    ]  # fmt: skip


def _parse(text: str, sources: Sources) -> Unverified | CredentialError:
    try:
        return parse(text if text.startswith("eyJ") else _unpacked(text, sources))
    except CredentialError as error:
        return error


def _unpacked(text: str, sources: Sources) -> str:
    """The credential that the text of a symbol packs; any other text as it is."""
    if not is_symbol(text):
        return text
    from certx.carrier.symbols import read  # noqa: PLC0415 - only for what came as a symbol

    return read(text, sources.dictionary)


def conclude(evidence: Evidence, findings: tuple[Finding, ...]) -> Verdict:
    """Judge the findings; licence facts leave here only when accepted."""
    outcome, deciding = judge(findings, _REQUIRED)
    claims = evidence.claims
    proven = passed("signature") in findings
    facts = licence = basis = None
    if proven:
        region, issuer, _key = evidence.listed
        basis = _basis(evidence, findings)
        facts = CredentialFacts(
            type=evidence.licence_type or str(claims.get("vct")),
            licence_id=_of_type(claims.get("certificateIdentifier"), str),
            issuer=issuer.id,
            region=region.code,
            issued_at=_of_type(claims.get("iat"), int, float),
            issuer_name=issuer.name,
            region_name=region.name,
            previous=_of_type(claims.get(PREVIOUS), str),
        )
    if outcome is Outcome.ACCEPTED and evidence.licence_type is not None:
        licence = Licence(LicenceType(evidence.licence_type), evidence.licence)
    registry = evidence.registry and RegistryFacts(
        evidence.registry.version,
        None if evidence.registry.signed_at is None else evidence.now - evidence.registry.signed_at,
        fresh=passed("freshness") in findings,
        signed_at=evidence.registry.signed_at,
    )
    matter, token = evidence.expectation.scenario, evidence.status_token
    return Verdict(
        outcome, deciding, findings, facts, licence, registry, evidence.now, matter,
        historical=evidence.hindsight is not None,
        status_signed_at=token.issued_at if token is not None and _tells_status(findings) else None,
        basis=basis,
    )  # fmt: skip


def _basis(evidence: Evidence, findings: Sequence[Finding]) -> Basis:
    """What the verdict on a proven credential rests on."""
    _region, _issuer, key = evidence.listed
    named = next((finding.params.get("agreement") for finding in findings if finding.check == "recognition"), None)
    revealed, agreement = evidence.credential.revealed, None
    if named is not None:
        agreement = next(
            (_agreement_facts(one, evidence) for one in evidence.agreements or () if one.id == named), None
        )
    return Basis(key.kid, key.valid_from, key.valid_to, agreement, 0 if revealed is None else revealed.hidden)


def _agreement_facts(agreement: Agreement | UnreadAgreement, evidence: Evidence) -> AgreementFacts | None:
    """An agreement as people know it; `None` for one that cannot be read."""
    if isinstance(agreement, UnreadAgreement):
        return None
    names = dict[str, Mapping[str, str]]()
    for code in sorted(agreement.parties):
        names[code] = {}
        with suppress(CertxError):  # a region that cannot be read is shown by its code
            if evidence.registry is not None and code in evidence.registry.regions:
                names[code] = evidence.registry.regions[code].name
    return AgreementFacts(agreement.id, agreement.version, agreement.title, names, agreement.until)


_TOLD_BY_STATUS_LIST: Final = frozenset(
    {
        None, Reason.REVOKED, Reason.SUSPENDED, Reason.SUPERSEDED, Reason.STATUS_STALE, Reason.STATUS_EXPIRED,
        Reason.STATUS_VALUE_UNKNOWN,
    }
)  # fmt: skip


def _tells_status(findings: Sequence[Finding]) -> bool:
    """Did a status list say something, signed by the issuer?"""
    return any(finding.check == "status" and finding.reason in _TOLD_BY_STATUS_LIST for finding in findings)


def _of_type(value: Any, *types: type) -> Any:  # noqa: ANN401 - a claim that no check may have looked at
    return value if type(value) in types else None


def _broken(error: CredentialError, now: float, hindsight: Hindsight | None) -> Verdict:
    """The verdict on what is a credential and cannot be decoded: altered, damaged, or packed in a way unknown here."""
    is_unknown = error.reason is Reason.DICTIONARY_UNKNOWN
    finding = (undetermined if is_unknown else failed)(STRUCTURE, error.reason, **error.params)
    rest = [not_run(check.name, Reason.PREMISE_FAILED, premise=STRUCTURE) for check in CHECKS]
    is_past = hindsight is not None
    return Verdict(outcome_of(finding), finding, (finding, *rest), None, None, None, now, historical=is_past)
