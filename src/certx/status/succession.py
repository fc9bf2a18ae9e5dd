"""Credentials shown together: one may prove which newer version took the place of another (原证照标识)."""

from collections.abc import Sequence
from typing import Final

from certx.reason import Reason, Result, failed
from certx.verdict import Answer, CredentialFacts, Verdict

_PROOFS: Final = frozenset({"signature", "entitlement", "schema"})
"""Checks that hold of a credential whose word on what it supersedes is taken."""


def name_successors(answers: Sequence[Answer]) -> list[Answer]:
    """The answers, those on superseded licences with the identifier of the newer version where another proves it.

    The outcome of none of them changes: whether a licence is superseded is for its issuer's status list to say. A newer
    version is of the same type and, where several say that they are it, of the same issuer; if even then there is
    more than one, none is named.
    """
    proven = [facts for answer in answers if (facts := _proven(answer.verdict)) is not None]
    return [_with_successor(answer, proven) for answer in answers]


def _proven(verdict: Verdict | None) -> CredentialFacts | None:
    """What a credential says of itself, if it names what it supersedes and may be believed."""
    if verdict is None or verdict.credential is None or verdict.credential.previous is None:
        return None
    held = {found.check for found in verdict.findings if found.result in (Result.PASSED, Result.WARNED)}
    return verdict.credential if held >= _PROOFS else None


def _with_successor(answer: Answer, proven: Sequence[CredentialFacts]) -> Answer:
    verdict = answer.verdict
    if verdict is None or verdict.credential is None:
        return answer
    superseded = next((found for found in verdict.findings if found.reason is Reason.SUPERSEDED), None)
    successor = _successor_of(verdict.credential, proven)
    if superseded is None or successor is None:
        return answer
    named = failed(superseded.check, Reason.SUPERSEDED_BY, licence_id=successor)
    findings = tuple(named if found is superseded else found for found in verdict.findings)
    deciding = named if verdict.deciding is superseded else verdict.deciding
    return answer._replace(verdict=verdict._replace(findings=findings, deciding=deciding))


def _successor_of(old: CredentialFacts, proven: Sequence[CredentialFacts]) -> str | None:
    """The identifier of the newer version, `None` if it is not known or not one."""
    if old.licence_id is None:
        return None
    claiming = [new for new in proven if new.previous == old.licence_id and new.type == old.type]
    of_its_issuer = [new for new in claiming if new.issuer == old.issuer]
    named = {new.licence_id for new in of_its_issuer or claiming}
    return named.pop() if len(named) == 1 else None
