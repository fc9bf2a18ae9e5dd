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
from certx.errors import CertxError, Exit, KeyFailureError
from certx.licence.divisions import province_of
from certx.licence.identifiers import LICENCE_OID
from certx.licence.model import Licence, LicenceType, day_ends_at
from certx.licence.paths import format_path
from certx.reason import (
    Finding,
    Outcome,
    Reason,
    Result,
    failed,
    not_run,
    passed,
    undetermined,
    warned,
)
from certx.recognition.agreement import Agreement
from certx.recognition.check import check_recognition
from certx.schema.catalogue import LicenceSchema, split_vct
from certx.schema.rules import Context
from certx.trust.registry import Issuer, ListedKey, Region, Registry, State
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


def check_registry(evidence: Evidence) -> Finding:
    """Is there a registry to rely on, and who vouches for it?"""
    if evidence.registry is None:
        error = evidence.registry_error
        if error is not None:
            params = {**error.params, "defect": error.code}
            return Finding("registry", Result.UNDETERMINED, Reason.REGISTRY_UNREADABLE, params)
        return undetermined("registry", Reason.REGISTRY_MISSING)
    if evidence.registry.signed_at is None:
        return warned("registry", Reason.UNSIGNED_REGISTRY, version=evidence.registry.version)
    return passed("registry")


def check_issuer(evidence: Evidence) -> Finding:
    """[4] The registry, and nothing in the credential, says whose key this is (RFC 9901, 7.1 step 2.c)."""
    registry, kid = evidence.registry, evidence.credential.jws.header.get("kid")
    if evidence.key is not None or registry is None:
        return passed("issuer")
    issued_at = evidence.credential.jws.payload.get("iat")
    signed_at = registry.signed_at
    if signed_at is not None and isinstance(issued_at, int | float) and issued_at > signed_at:
        return undetermined("issuer", Reason.NOT_YET_LISTED, issued_at=issued_at, signed_at=signed_at)
    if evidence.issuer is None:
        return failed("issuer", Reason.ISSUER_NOT_LISTED)
    if isinstance(kid, str) and registry.owner_of(kid) is not None:
        return failed("issuer", Reason.KEY_OF_ANOTHER_ISSUER, issuer=evidence.issuer.id, kid=kid)
    return failed("issuer", Reason.KEY_NOT_LISTED, issuer=evidence.issuer.id)


def check_signature_by_listed_key(evidence: Evidence) -> Finding:
    """[3] The signature, by the listed key."""
    assert evidence.key is not None  # noqa: S101 - the premise "issuer" passed
    try:
        return check_signature(evidence.credential, evidence.key.public)
    except KeyFailureError as error:
        return undetermined("signature", Reason.KEY_UNUSABLE, defect=error.code)


_IN_GOOD_STANDING: Final = (State.ACTIVE, State.RETIRED)
"""A retired key's old signatures stay good; of an issuer or region, anything else is a matter for its federation."""


def check_entitlement(evidence: Evidence) -> Finding:  # noqa: PLR0911 - one return for each rule
    """[4] Was this key in use at `iat`, may it sign this type, and is it in good standing?

    A key, issuer or region under inquiry makes the answer undetermined, never invalid; after a compromise at T
    what was issued at or after T is invalid, and what claims to be older needs proof of it.
    """
    check, key, issuer = "entitlement", evidence.key, evidence.issuer
    assert key is not None  # noqa: S101 - the premise "signature" passed
    assert issuer is not None  # noqa: S101
    assert evidence.issuing_region is not None  # noqa: S101
    issued_at = evidence.claims.get("iat")
    if issued_at is None:
        return failed(check, Reason.CLAIM_REQUIRED, name="iat")
    if key.state is State.COMPROMISED and (key.since is None or issued_at >= key.since):
        return failed(check, Reason.KEY_COMPROMISED, kid=key.kid, since=key.since)
    if not key.is_in_use_at(issued_at):
        return failed(check, Reason.KEY_OUTSIDE_WINDOW, kid=key.kid, issued_at=issued_at)
    licence_type = evidence.licence_type
    if licence_type not in issuer.types or (key.types is not None and licence_type not in key.types):
        return failed(check, Reason.TYPE_NOT_ENTITLED, issuer=issuer.id, type=licence_type or "?")
    if key.state is State.COMPROMISED:
        return undetermined(check, Reason.KEY_COMPROMISED_LATER, kid=key.kid, since=key.since)
    for state, reason, name in (
        (key.state, Reason.KEY_SUSPENDED, key.kid),
        (issuer.state, Reason.ISSUER_SUSPENDED, issuer.id),
        (evidence.issuing_region.state, Reason.REGION_SUSPENDED, evidence.issuing_region.code),
    ):
        if state not in _IN_GOOD_STANDING:
            return undetermined(check, reason, name=name)
    return passed(check)


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


def check_schema(evidence: Evidence) -> Finding:
    """[12] The licence has the shape of its type, as far as it is disclosed: unknown claims are ignored."""
    schema, revealed = evidence.schema, evidence.credential.revealed
    if schema is None or revealed is None:
        return undetermined("schema", Reason.SCHEMA_UNAVAILABLE, type=evidence.licence_type or "?")
    claims = evidence.licence
    validator = schema.partial if revealed.hidden else schema.open
    if not validator.is_valid(claims):
        problems = validator.problems(claims)
        at, keyword = (problems[0].at, problems[0].keyword) if problems else ((), "schema")
        return failed("schema", Reason.LICENCE_MALFORMED, at=format_path(at), rule=keyword)
    violations = schema.violations(claims, schema.rules, evidence.context)
    if violations:
        return failed("schema", Reason.LICENCE_MALFORMED, at=format_path(violations[0].at), rule=violations[0].rule)
    identifier = claims.get("certificateIdentifier")
    if identifier is not None and not identifier.startswith(f"{LICENCE_OID}.{schema.national_code}."):
        return failed("schema", Reason.LICENCE_MALFORMED, at="certificateIdentifier", rule="type-code")
    return _names_its_issuer(claims, evidence)


def _names_its_issuer(claims: Mapping[str, Any], evidence: Evidence) -> Finding:
    """Nobody signs in another body's name: what the face says of its issuer is what the registry says of it."""
    issuer, region = evidence.issuer, evidence.issuing_region
    assert issuer is not None  # noqa: S101 - the premise "signature" passed
    assert region is not None  # noqa: S101
    if claims.get("issuingAuthorityCode", issuer.credit_code) != issuer.credit_code:
        return failed("schema", Reason.LICENCE_MALFORMED, at="issuingAuthorityCode", rule="issuer")
    # Some regions name the issuer by a division of theirs, in six digits.
    named = claims.get("certificateIdentifier", "").removeprefix(f"{LICENCE_OID}.").split(".")
    is_division = len(named) > 1 and len(named[1]) == 6 and province_of(named[1]) == region.code
    if len(named) > 1 and named[1] != issuer.credit_code and not is_division:
        return failed("schema", Reason.LICENCE_MALFORMED, at="certificateIdentifier", rule="issuer")
    if province_of(claims.get("areaCode", region.code)) != region.code:
        return failed("schema", Reason.LICENCE_MALFORMED, at="areaCode", rule="region")
    return passed("schema")


def check_status(evidence: Evidence) -> Finding:
    """[14] A credential that names a status list cannot be accepted while its status is unknown."""
    if "status" in evidence.claims:
        return undetermined("status", Reason.STATUS_UNAVAILABLE)
    return _NO_STATUS


def check_recognised(evidence: Evidence) -> Finding:
    """Does our region take licences of this type from theirs?"""
    assert evidence.issuing_region is not None  # noqa: S101 - the premise "signature" passed
    return check_recognition(
        evidence.licence_type or "", evidence.issuing_region.code, evidence.region,
        evidence.agreements, evidence.now,
    )  # fmt: skip


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
    Check("registry", check_registry),
    Check("issuer", check_issuer, ("registry",)),
    Check("signature", check_signature_by_listed_key, ("header", "issuer")),
    Check("entitlement", check_entitlement, ("signature", "claims")),
    Check("validity", check_dates, ("signature", "claims")),
    Check("key-binding", check_binding, ("signature", "claims")),
    Check("schema", check_schema, ("signature", "claims")),
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


class Answer(NamedTuple):
    """What became of one credential of one input: a verdict, or the error that kept it from being read."""

    input: str
    verdict: Verdict | None
    error: CredentialError | None = None

    @property
    def exit(self) -> Exit:
        """The exit status of this answer alone."""
        return self.verdict.exit if self.verdict is not None else Exit.UNREADABLE
