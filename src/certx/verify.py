"""START HERE: text → evidence → findings → verdict.

    parse    the text is taken apart; nothing is believed                            (certx.credential.parse)
    gather   the one step that looks anything up; what cannot be had is `None`       (certx.evidence)
    check    `CHECKS`: pure functions `Evidence → Finding`, each run only if its premises held     (certx.checks)
    judge    the worst outcome that a finding supports                               (certx.verdict)

A new rule is one function and one row in `CHECKS`. Bracketed numbers are those of docs/verifier-rules.md.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import Any, Final, NamedTuple

from certx.carrier.text import is_symbol
from certx.checks import (
    allowed_claims,
    check_age,
    check_binding,
    check_content,
    check_dates,
    check_entitlement_of,
    check_issuer_of,
    check_matter,
    check_recognised,
    check_registry_of,
    check_request_of,
    check_shown,
    check_signature_by_listed_key,
    check_since,
    check_status,
)
from certx.credential.check import check_claims, check_disclosures, check_header
from certx.credential.errors import CredentialError
from certx.credential.parse import Unverified, parse
from certx.errors import CertxError
from certx.evidence import NO_EXPECTATION, Evidence, Expectation, Hindsight, Sources, gather
from certx.licence.model import Licence, LicenceType
from certx.licence.versions import PREVIOUS
from certx.reason import Finding, Outcome, Reason, Result, failed, not_run, passed, undetermined
from certx.recognition.agreement import Agreement, UnreadAgreement
from certx.trust.freshness import latest_signed
from certx.verdict import AgreementFacts, Basis, CredentialFacts, Presented, RegistryFacts, Verdict, judge, outcome_of

UNREADABLE: Final = frozenset(reason for reason in Reason if reason.startswith("unreadable-"))
"""Reasons for which there is no verdict: the input is no credential."""


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
IN_A_REQUEST: Final = (Check("request", check_request_of, ("key-binding",)),)
"""Further rules, where a presentation was asked for."""
LOOKING_BACK: Final = (Check("hindsight", check_since, ("signature",)),)
"""Further rules of a verdict about an earlier time."""

REPLAY: Final = "replay"
COMPLETENESS: Final = "completeness"
GRANT_USE: Final = "grant-use"
USED_UP: Final = (REPLAY, COMPLETENESS, GRANT_USE)
"""What is found once an answer to a request, or a use of a grant, was put down (`certx.app.consuming`)."""

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
    texts: Sequence[str],
    sources: Sources,
    *,
    now: float,
    expectation: Expectation = NO_EXPECTATION,
    queries: Sequence[str | None] = (),
) -> list[Verdict | CredentialError]:
    """What `verify` says of each text, or would raise; `queries` are those that each is said to answer, if any is.

    Each step is taken for all of them before the next: the processor then has its code and tables at hand, which saves
    a third of the time. Some dozens are best; the parsed form of all is held at once.
    """
    parsed = [_parse(text, sources) for text in texts]
    expected = [expectation._replace(query=query) for query in queries] or [expectation] * len(texts)
    evidence = [
        gather(credential, sources, now=now, expectation=each)
        for credential, each in zip(parsed, expected, strict=True)
        if not isinstance(credential, CredentialError)
    ]
    matter = () if expectation.scenario is None else IN_A_MATTER
    asked = () if expectation.nonce is None else IN_A_REQUEST
    granted = () if expectation.grant is None else _by_a_grant()
    since = () if sources.hindsight is None else LOOKING_BACK
    findings = run_checks_on(evidence, (*CHECKS, *matter, *asked, *granted, *since))
    verdicts = iter([*map(conclude, evidence, findings)])
    return [
        next(verdicts) if not isinstance(credential, CredentialError)
        else credential if credential.reason in UNREADABLE
        else _broken(credential, now, sources.hindsight)
        for credential in parsed
    ]  # fmt: skip


def _by_a_grant() -> tuple[Check, ...]:
    """Further rules, where a grant is used."""
    from certx.by_grant import RULES  # noqa: PLC0415 - only where there is one

    return tuple(Check(*rule) for rule in RULES)


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
        licence = Licence(LicenceType(evidence.licence_type), _to_show(evidence, findings))
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
        presented=_presented(evidence, findings) if proven and evidence.expectation.uses_up else None,
    )  # fmt: skip


def judge_again(verdict: Verdict, finding: Finding) -> Verdict:
    """The verdict with one more finding, on what came of using up what it rests on."""
    findings = (*verdict.findings, finding)
    outcome, deciding = judge(findings, _REQUIRED)
    licence = verdict.licence if outcome is Outcome.ACCEPTED else None
    return verdict._replace(outcome=outcome, deciding=deciding, findings=findings, licence=licence)


def _to_show(evidence: Evidence, findings: Sequence[Finding]) -> Mapping[str, Any]:
    """The claims of the licence, without those that the matter may not ask for; by a grant, those asked for alone."""
    is_more = any(finding.reason is Reason.OVER_DISCLOSED for finding in findings)
    claims = allowed_claims(evidence) if is_more else evidence.licence
    if evidence.expectation.grant is None:
        return claims
    from certx.by_grant import asked_claims  # noqa: PLC0415 - only where there is a grant

    return asked_claims(evidence, claims)


def _presented(evidence: Evidence, findings: Sequence[Finding]) -> Presented:
    """What was presented; without a matter, or in one that asks for one licence, the query has no name."""
    held = evidence.credential
    named = next((finding.params.get("query") for finding in findings if finding.check == "scenario"), None)
    text = held.presented + (held.key_binding or "")
    return Presented(str(named or ""), sha256(text.encode("ascii", "replace")).digest(), held.jws.digest)


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
    return AgreementFacts(agreement.id, agreement.version, names, agreement.until)


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
