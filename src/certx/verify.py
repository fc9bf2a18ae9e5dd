"""START HERE: text → evidence → findings → verdict.

    parse    the text is taken apart; nothing is believed                            (certx.credential.parse)
    gather   the one step that looks anything up, through `Sources`; what cannot be had is `None`
    check    `CHECKS`: pure functions `Evidence → Finding`, each run only if its premises held
    judge    the worst outcome that a finding supports                               (certx.verdict)

A new rule is one function and one row in `CHECKS`. Bracketed numbers are those of docs/verifier-rules.md.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple, Protocol

from certx.credential.check import (
    check_claims,
    check_disclosures,
    check_header,
    check_key_binding,
    check_signature,
    check_validity,
)
from certx.credential.constants import ENVELOPE_CLAIMS
from certx.credential.errors import CredentialError
from certx.credential.parse import Unverified, parse
from certx.errors import CertxError, KeyFailureError
from certx.licence.model import Licence, LicenceType, day_ends_at
from certx.reason import Finding, Outcome, Reason, Result, failed, not_run, passed, undetermined, warned
from certx.recognition.agreement import Agreement
from certx.recognition.check import check_recognition
from certx.schema.catalogue import LicenceSchema, split_vct
from certx.schema.check import check_schema
from certx.schema.rules import Context
from certx.trust.check import check_entitlement, check_face, check_issuer, check_registry
from certx.trust.registry import Issuer, ListedKey, Region, Registry
from certx.verdict import CredentialFacts, RegistryFacts, Verdict, judge

UNREADABLE: Final = frozenset(reason for reason in Reason if reason.startswith("unreadable-"))
"""Reasons for which there is no verdict: the input is no credential."""


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
    def agreements(self) -> Sequence[Agreement] | None:
        """Every published agreement, in force or not; `None` if they cannot be had."""

    @property
    def context(self) -> Context:
        """What cross-field rules may know."""

    def schema(self, licence_type: str, major: int) -> LicenceSchema | None:
        """The highest minor of a licence schema."""


class Expectation(NamedTuple):
    """What the verifier decided before looking (RFC 9901, 9.5): a nonce or audience makes key binding required."""

    nonce: str | None = None
    audience: str | None = None
    max_age: float = float("inf")

    @property
    def demands_binding(self) -> bool:
        """Must there be a KB-JWT?"""
        return self.nonce is not None or self.audience is not None


NO_EXPECTATION: Final = Expectation()


class Evidence(NamedTuple):
    """All that the checks may look at; a verdict can be replayed from it."""

    credential: Unverified
    expectation: Expectation
    now: float
    region: str | None
    registry: Registry | None
    registry_error: CertxError | None
    issuing_region: Region | None
    issuer: Issuer | None
    key: ListedKey | None
    licence_type: str | None
    schema: LicenceSchema | None
    agreements: Sequence[Agreement] | None
    context: Context
    licence: Mapping[str, Any]
    """The disclosed claims of the licence, without those of its envelope."""

    @property
    def claims(self) -> dict[str, Any]:
        """The processed payload."""
        return self.credential.claims

    @property
    def listed_issuer(self) -> tuple[Region, Issuer]:
        """Who signed, and in which region; only for checks after "signature", whose premise it is."""
        assert self.issuing_region is not None  # noqa: S101 - gathered with the key that verified
        assert self.issuer is not None  # noqa: S101
        return self.issuing_region, self.issuer


def gather(
    credential: Unverified, sources: Sources, *, now: float, expectation: Expectation = NO_EXPECTATION
) -> Evidence:
    """Look up what the checks need: registry entry of issuer and key, schema of the type, agreements."""
    claims, registry = credential.claims, sources.registry
    listed = registry.find_issuer(claims.get("iss")) if registry is not None else None
    region, issuer = listed if listed is not None else (None, None)
    kid = credential.jws.header.get("kid")
    key = issuer.keys.get(kid) if issuer is not None and isinstance(kid, str) else None
    named = split_vct(claims.get("vct"))
    return Evidence(
        credential, expectation, now, sources.region, registry, sources.registry_error, region, issuer, key,
        named[0] if named is not None else None,
        sources.schema(*named) if named is not None else None,
        sources.agreements, sources.context,
        {name: value for name, value in claims.items() if name not in ENVELOPE_CLAIMS},
    )  # fmt: skip


def check_issuer_of(evidence: Evidence) -> Finding:
    """[4] Does the registry list the key, under this issuer?"""
    assert evidence.registry is not None  # noqa: S101 - the premise "registry" passed
    jws = evidence.credential.jws
    return check_issuer(
        evidence.registry, evidence.issuer, evidence.key,
        kid=jws.header.get("kid"), issued_at=jws.payload.get("iat"),
    )  # fmt: skip


def check_signature_by_listed_key(evidence: Evidence) -> Finding:
    """[3] The signature, by the listed key."""
    assert evidence.key is not None  # noqa: S101 - the premise "issuer" passed
    try:
        return check_signature(evidence.credential, evidence.key.public)
    except KeyFailureError as error:
        return undetermined("signature", Reason.KEY_UNUSABLE, defect=error.code)


def check_entitlement_of(evidence: Evidence) -> Finding:
    """[4] Might this key sign this type, at that time?"""
    assert evidence.key is not None  # noqa: S101 - the premise "signature" passed
    region, issuer = evidence.listed_issuer
    return check_entitlement(
        region, issuer, evidence.key, licence_type=evidence.licence_type, issued_at=evidence.claims.get("iat")
    )


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
    return _HOLDER_NOT_PROVEN


def check_dates(evidence: Evidence) -> Finding:
    """[11] `nbf`, `exp` and `iat`, and the last day on the face of the licence, which is inclusive."""
    finding = check_validity(evidence.claims, evidence.now)
    last_day = evidence.licence.get("expiringDate")
    if finding.reason is None and isinstance(last_day, str):
        with suppress(ValueError):  # whether it is a date is the schema's matter
            if evidence.now >= day_ends_at(last_day):
                return failed("validity", Reason.EXPIRED, at=day_ends_at(last_day))
    return finding


def check_content(evidence: Evidence) -> Finding:
    """[12] The licence has the shape of its type, and its face names the issuer that signed it."""
    schema, revealed = evidence.schema, evidence.credential.revealed
    if schema is None or revealed is None:
        return undetermined("schema", Reason.SCHEMA_UNAVAILABLE, type=evidence.licence_type or "?")
    finding = check_schema(schema, evidence.licence, evidence.context, partial=revealed.hidden > 0)
    if finding.reason is not None:
        return finding
    region, issuer = evidence.listed_issuer
    return check_face(evidence.licence, region, issuer, check="schema")


def check_status(evidence: Evidence) -> Finding:
    """[14] A credential that names a status list cannot be accepted while its status is unknown."""
    if "status" in evidence.claims:
        return undetermined("status", Reason.STATUS_UNAVAILABLE)
    return _NO_STATUS


def check_recognised(evidence: Evidence) -> Finding:
    """Does our region take licences of this type from theirs?"""
    issued_in, _issuer = evidence.listed_issuer
    return check_recognition(
        evidence.licence_type or "", issued_in.code, evidence.region, evidence.agreements, evidence.now
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
    Check("registry", lambda evidence: check_registry(evidence.registry, evidence.registry_error)),
    Check("issuer", check_issuer_of, ("registry",)),
    Check("signature", check_signature_by_listed_key, ("header", "issuer")),
    Check("entitlement", check_entitlement_of, ("signature", "claims")),
    Check("validity", check_dates, ("signature", "claims")),
    Check("key-binding", check_binding, ("signature", "claims")),
    Check("schema", check_content, ("signature", "claims")),
    Check("status", check_status, ("signature", "claims")),
    Check("recognition", check_recognised, ("signature", "claims")),
)
"""Every rule, in the order in which a verdict lists them; the first of equally bad findings decides."""

_PASSED: Final = Result.PASSED
_WARNED: Final = Result.WARNED


_REQUIRED: Final = frozenset(check.name for check in CHECKS) - {"status"}
"""Checks without which nothing is accepted; a licence may have no status reference."""


def run_checks(evidence: Evidence, checks: Sequence[Check] = CHECKS) -> tuple[Finding, ...]:
    """One finding for each check; a check whose premise does not hold is `not-run`."""
    findings = [passed(STRUCTURE)]
    holds = {STRUCTURE}
    for check in checks:
        if holds.issuperset(check.after):
            finding = check.run(evidence)
            if finding.result is _PASSED or finding.result is _WARNED:
                holds.add(check.name)
        else:
            premise = next(name for name in check.after if name not in holds)
            finding = not_run(check.name, Reason.PREMISE_FAILED, premise=premise)
        findings.append(finding)
    return tuple(findings)


def verify(text: str, sources: Sources, *, now: float, expectation: Expectation = NO_EXPECTATION) -> Verdict:
    """The verdict on a credential in text form at Unix time `now`.

    Raises `CredentialError` with an `unreadable-…` reason if the text is no credential at all; whatever else is
    wrong with it is in the verdict.
    """
    try:
        credential = parse(text)
    except CredentialError as error:
        if error.reason in UNREADABLE:
            raise
        return _broken(error, now)
    evidence = gather(credential, sources, now=now, expectation=expectation)
    findings = run_checks(evidence)
    return conclude(evidence, findings)


def conclude(evidence: Evidence, findings: tuple[Finding, ...]) -> Verdict:
    """Judge the findings; licence facts leave here only when accepted."""
    outcome, deciding = judge(findings, _REQUIRED)
    claims = evidence.claims
    proven = passed("signature") in findings
    facts = licence = None
    if proven and evidence.issuer is not None and evidence.issuing_region is not None:
        facts = CredentialFacts(
            type=evidence.licence_type or str(claims.get("vct")),
            licence_id=_of_type(claims.get("certificateIdentifier"), str),
            issuer=evidence.issuer.id,
            region=evidence.issuing_region.code,
            issued_at=_of_type(claims.get("iat"), int, float),
            issuer_name=evidence.issuer.name,
            region_name=evidence.issuing_region.name,
        )
    if outcome is Outcome.ACCEPTED and evidence.licence_type is not None:
        licence = Licence(LicenceType(evidence.licence_type), evidence.licence)
    registry = evidence.registry and RegistryFacts(
        evidence.registry.version,
        None if evidence.registry.signed_at is None else evidence.now - evidence.registry.signed_at,
        fresh=evidence.registry.signed_at is not None,
    )
    return Verdict(outcome, deciding, findings, facts, licence, registry, evidence.now)


def _of_type(value: Any, *types: type) -> Any:  # noqa: ANN401 - a claim that no check may have looked at
    return value if type(value) in types else None


def _broken(error: CredentialError, now: float) -> Verdict:
    """The verdict on what begins like a credential and does not decode: altered, or damaged on the way."""
    finding = failed(STRUCTURE, error.reason, **error.params)
    rest = [not_run(check.name, Reason.PREMISE_FAILED, premise=STRUCTURE) for check in CHECKS]
    return Verdict(Outcome.INVALID, finding, (finding, *rest), None, None, None, now)
