"""The further rules of a verdict where a grant is used: pure functions `Evidence → Finding`, as in `certx.checks`."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from certx.checks import listed_status
from certx.evidence import Evidence
from certx.reason import Finding, Reason, Result, failed, undetermined
from certx.recognition import grant_check
from certx.recognition.grant_check import TERM, Use
from certx.status.check import ENDED


def _use_of(evidence: Evidence) -> Use:
    use = evidence.ground.expectation.grant
    assert use is not None  # noqa: S101 - not run otherwise
    return use


def check_grantor(evidence: Evidence) -> Finding:
    """Did the holder, or the body that issued the licence, grant this?"""
    _region, issuer, _key = evidence.ground.listed
    return grant_check.check_grantor(_use_of(evidence), issuer, evidence.claims.get("cnf"))


def check_term(evidence: Evidence) -> Finding:
    """Is the grant in force: by its dates, by what this site was told, and by the status list that it names?"""
    use = _use_of(evidence)
    finding = grant_check.check_term(use, evidence.ground.now)
    if finding.reason is not None or use.grant.place is None:
        return finding
    listed = listed_status(evidence, use.grant.held.claims["status"], evidence.ground.grant_status)
    if listed.reason in ENDED:
        return failed(TERM, Reason.GRANT_REVOKED)
    if listed.result is Result.UNDETERMINED:
        return undetermined(TERM, Reason.GRANT_STATUS_UNKNOWN, because=listed.reason)
    return listed._replace(check=TERM)


def check_grantee(evidence: Evidence) -> Finding:
    """Is it used by whom it is for, where it is for?"""
    return grant_check.check_grantee(_use_of(evidence), evidence.ground.now)


def check_scope(evidence: Evidence) -> Finding:
    """Is what is asked for part of what was granted?"""
    credential = evidence.credential
    short = frozenset() if credential.revealed is None else credential.revealed.short
    return grant_check.check_scope(
        _use_of(evidence), evidence.ground.licence_type, credential.jws.digest, evidence.licence, short
    )


RULES: Final[tuple[tuple[str, Callable[[Evidence], Finding], tuple[str, ...]], ...]] = (
    (grant_check.GRANTOR, check_grantor, ("signature", "claims")),
    (TERM, check_term, (grant_check.GRANTOR,)),
    (grant_check.GRANTEE, check_grantee, (grant_check.GRANTOR,)),
    (grant_check.SCOPE, check_scope, (grant_check.GRANTEE,)),
)
"""What each is called, its function, and which others must have held before it says anything."""


def asked_claims(evidence: Evidence, claims: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of these claims those that were asked for, and no others."""
    return grant_check.asked_claims(_use_of(evidence), claims)
