"""Evidence and findings → a verdict: licence facts leave here only when accepted.

What follows from the findings alone, or from them and the ground, is worked out once for all credentials of which it is
the same.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from hashlib import sha256
from typing import Any, Final, NamedTuple

from certx.checks import allowed_claims
from certx.errors import CertxError
from certx.evidence import Evidence, Ground
from certx.licence.model import Licence, LicenceType
from certx.licence.versions import PREVIOUS
from certx.reason import Finding, Outcome, Reason, passed
from certx.recognition.agreement import Agreement, UnreadAgreement
from certx.verdict import AgreementFacts, Basis, CredentialFacts, Presented, RegistryFacts, Verdict, judge


def conclude_each(
    many: Sequence[Evidence], findings: Sequence[tuple[Finding, ...]], required: AbstractSet[str]
) -> list[Verdict]:
    """The verdict on each evidence by its findings; without the `required` checks nothing is accepted."""
    gists: dict[int, _Gist] = {}
    frames: dict[tuple[int, int], _Frame] = {}
    verdicts = []
    for evidence, found in zip(many, findings, strict=True):
        ground = evidence.ground
        gist = gists.get(id(found))
        if gist is None:
            gist = gists[id(found)] = _gist_of(found, required)
        frame = frames.get((id(ground), id(found)))
        if frame is None:
            frame = frames[id(ground), id(found)] = _frame_of(ground, gist)
        verdicts.append(_conclude(evidence, gist, frame))
    return verdicts


class _Gist(NamedTuple):
    """What findings say, whatever they are about."""

    findings: tuple[Finding, ...]
    outcome: Outcome
    deciding: Finding | None
    is_proven: bool
    is_fresh: bool
    tells_status: bool
    """Did a status list say something, signed by the issuer?"""
    is_more: bool
    """Was more shown than the matter may ask for?"""
    agreement: object
    """The id of the agreement that is named, `None` if none is."""
    query: str
    """The one of the queries of a matter that was answered; empty if that asks for one licence, or there is none."""


_TOLD_BY_STATUS_LIST: Final = frozenset(
    {
        None, Reason.REVOKED, Reason.SUSPENDED, Reason.SUPERSEDED, Reason.STATUS_STALE, Reason.STATUS_EXPIRED,
        Reason.STATUS_VALUE_UNKNOWN,
    }
)  # fmt: skip


def _gist_of(findings: tuple[Finding, ...], required: AbstractSet[str]) -> _Gist:
    outcome, deciding = judge(findings, required)
    by_check = {finding.check: finding for finding in reversed(findings)}
    status, recognition, scenario = (by_check.get(name) for name in ("status", "recognition", "scenario"))
    return _Gist(
        findings, outcome, deciding,
        is_proven=passed("signature") in findings,
        is_fresh=passed("freshness") in findings,
        tells_status=status is not None and status.reason in _TOLD_BY_STATUS_LIST,
        is_more=any(finding.reason is Reason.OVER_DISCLOSED for finding in findings),
        agreement=None if recognition is None else recognition.params.get("agreement"),
        query="" if scenario is None else str(scenario.params.get("query") or ""),
    )  # fmt: skip


class _Frame(NamedTuple):
    """The parts of a verdict that are the same for all with these findings on this ground."""

    registry: RegistryFacts | None
    status_signed_at: float | None
    agreement: AgreementFacts | None


def _frame_of(ground: Ground, gist: _Gist) -> _Frame:
    registry, token = ground.registry, ground.status_token
    facts = None
    if registry is not None:
        signed_at = registry.signed_at
        age = None if signed_at is None else ground.now - signed_at
        facts = RegistryFacts(registry.version, age, fresh=gist.is_fresh, signed_at=signed_at)
    named = (one for one in ground.agreements or () if gist.is_proven and one.id == gist.agreement)
    agreement = next(named, None)
    return _Frame(
        facts,
        token.issued_at if token is not None and gist.tells_status else None,
        None if agreement is None else _agreement_facts(agreement, ground),
    )


def _agreement_facts(agreement: Agreement | UnreadAgreement, ground: Ground) -> AgreementFacts | None:
    """An agreement as people know it; `None` for one that cannot be read."""
    if isinstance(agreement, UnreadAgreement):
        return None
    names = dict[str, Mapping[str, str]]()
    for code in sorted(agreement.parties):
        names[code] = {}
        with suppress(CertxError):  # a region that cannot be read is shown by its code
            if ground.registry is not None and code in ground.registry.regions:
                names[code] = ground.registry.regions[code].name
    return AgreementFacts(agreement.id, agreement.version, names, agreement.until)


def _conclude(evidence: Evidence, gist: _Gist, frame: _Frame) -> Verdict:
    credential, claims, _licence, ground, _is_logged = evidence
    expectation, licence_type = ground.expectation, ground.licence_type
    facts = licence = basis = presented = None
    if gist.is_proven:
        region, issuer, key = ground.listed
        revealed = credential.revealed
        hidden = 0 if revealed is None else revealed.hidden
        basis = Basis(key.kid, key.valid_from, key.valid_to, frame.agreement, hidden)
        facts = CredentialFacts(
            licence_type or str(claims.get("vct")),
            _of_type(claims.get("certificateIdentifier"), str),
            issuer.id,
            region.code,
            _of_type(claims.get("iat"), int, float),
            issuer.name,
            region.name,
            _of_type(claims.get(PREVIOUS), str),
        )
        if expectation.uses_up:
            text = credential.presented + (credential.key_binding or "")
            digest = sha256(text.encode("ascii", "replace")).digest()
            presented = Presented(gist.query, digest, credential.jws.digest)
    if gist.outcome is Outcome.ACCEPTED and licence_type is not None:
        licence = Licence(LicenceType(licence_type), _to_show(evidence, is_more=gist.is_more))
    return Verdict(
        gist.outcome, gist.deciding, gist.findings, facts, licence, frame.registry, ground.now, expectation.scenario,
        ground.hindsight is not None, frame.status_signed_at, basis, presented,
    )  # fmt: skip


def _to_show(evidence: Evidence, *, is_more: bool) -> Mapping[str, Any]:
    """The claims of the licence, without those that the matter may not ask for; by a grant, those asked for alone."""
    claims = allowed_claims(evidence) if is_more else evidence.licence
    if evidence.ground.expectation.grant is None:
        return claims
    from certx.by_grant import asked_claims  # noqa: PLC0415 - only where there is a grant

    return asked_claims(evidence, claims)


def _of_type(value: Any, *types: type) -> Any:  # noqa: ANN401 - a claim that no check may have looked at
    return value if type(value) in types else None
