"""Findings → a verdict: the worst outcome that any finding supports, and the finding that decided it."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from types import MappingProxyType
from typing import Final, NamedTuple

from certx.credential.errors import CredentialError
from certx.errors import Exit
from certx.licence.model import Licence
from certx.reason import Finding, Outcome, Reason, Result

_RANK: Final = {outcome: rank for rank, outcome in enumerate(Outcome)}

# A failed check establishes invalidity, unless its reason only says that this side does not take the licence.
_NOT_ACCEPTABLE: Final = frozenset(
    {
        Reason.NO_AGREEMENT,
        Reason.AGREEMENT_NOT_MUTUAL,
        Reason.AGREEMENT_OUT_OF_DATE,
        Reason.AGREEMENT_SUPERSEDED,
        Reason.AGREEMENT_WITHDRAWN,
        Reason.AGREEMENT_OTHER_MATTER,
        Reason.REMAINING_TOO_SHORT,
        Reason.SCENARIO_OUT_OF_DATE,
        Reason.SCENARIO_QUERY_UNKNOWN,
        Reason.SCENARIO_TYPE,
        Reason.SCENARIO_NOT_MET,
        Reason.SCENARIO_REMAINING_TOO_SHORT,
        Reason.SCENARIO_HOLDER_NOT_PROVEN,
        Reason.ANSWER_INCOMPLETE,
        Reason.CLAIM_MISSING,
        Reason.GRANT_NOT_YET,
        Reason.GRANT_OTHER_SITE,
        Reason.GRANT_OTHER_TYPE,
        Reason.GRANT_OTHER_LICENCE,
        Reason.GRANT_OTHER_MATTER,
        Reason.GRANT_BEYOND,
        Reason.GRANT_CLAIM_MISSING,
        Reason.GRANT_EXHAUSTED,
        Reason.GRANT_EXHAUSTED_TODAY,
    }
)

EXIT_OF: Final[Mapping[Outcome, Exit]] = {
    Outcome.INVALID: Exit.INVALID,
    Outcome.UNDETERMINED: Exit.UNDETERMINED,
    Outcome.NOT_ACCEPTABLE: Exit.NOT_ACCEPTABLE,
    Outcome.ACCEPTED: Exit.OK,
}


_NO_NAME: Final[Mapping[str, str]] = MappingProxyType({})


class CredentialFacts(NamedTuple):
    """What is proven about the credential itself; shown whatever the outcome.

    `previous` is the identifier of the licence that it says it supersedes.
    """

    type: str
    licence_id: str | None
    issuer: str
    region: str
    issued_at: float | None
    issuer_name: Mapping[str, str] = _NO_NAME
    region_name: Mapping[str, str] = _NO_NAME
    previous: str | None = None


class RegistryFacts(NamedTuple):
    """Which registry the verdict rests on; `signed_at` in Unix time, `None` if nobody signed it."""

    version: str
    age_seconds: float | None
    fresh: bool
    signed_at: float | None = None


class AgreementFacts(NamedTuple):
    """The agreement that recognition rests on, or fails by; `parties` by code, `until` in Unix time, `None` open."""

    id: str
    version: int
    parties: Mapping[str, Mapping[str, str]]
    until: float | None


class Basis(NamedTuple):
    """What a proven verdict rests on, for people who look: the key with its window, the agreement, what is hidden.

    `valid_from` and `valid_to` are Unix times, `valid_to` exclusive, `None` open. `hidden` counts the digests that
    nothing disclosed answers; those of decoys are among them.
    """

    kid: str
    valid_from: float
    valid_to: float | None
    agreement: AgreementFacts | None = None
    hidden: int = 0


class Presented(NamedTuple):
    """What was presented in answer to a request: to which of its queries, and what tells it from others (SHA-256).

    `credential` is that of what the issuer signed, whatever of it is disclosed.
    """

    query: str
    presentation: bytes
    credential: bytes


class Verdict(NamedTuple):
    """The answer about one credential.

    `licence` is set only when accepted, `credential` only when its signature was proven. `deciding` is the finding
    that the outcome rests on, `None` when all passed. `historical`: as of `checked_at`, by the evidence of that time.
    `status_signed_at` is the signed time of the status list that was looked at, if its signature was proven.
    `basis` is set where `credential` is, `presented` where something was asked for too.
    """

    outcome: Outcome
    deciding: Finding | None
    findings: tuple[Finding, ...]
    credential: CredentialFacts | None
    licence: Licence | None
    registry: RegistryFacts | None
    checked_at: float
    scenario: str | None = None
    historical: bool = False
    status_signed_at: float | None = None
    basis: Basis | None = None
    presented: Presented | None = None

    @property
    def exit(self) -> Exit:
        """The exit status of a command that judged this alone."""
        return EXIT_OF[self.outcome]


class Answer(NamedTuple):
    """What became of one credential of one input: a verdict, or the error that kept it from being read."""

    input: str
    verdict: Verdict | None
    error: CredentialError | None = None

    @property
    def exit(self) -> Exit:
        """The exit status of this answer alone."""
        return self.verdict.exit if self.verdict is not None else Exit.UNREADABLE


_FAILED: Final = Result.FAILED
_UNDETERMINED: Final = Result.UNDETERMINED
_NOT_RUN: Final = Result.NOT_RUN


def outcome_of(finding: Finding) -> Outcome:
    """The best outcome that a finding still allows."""
    match finding.result:
        case Result.FAILED:
            unacceptable = finding.reason in _NOT_ACCEPTABLE
            return Outcome.NOT_ACCEPTABLE if unacceptable else Outcome.INVALID
        case Result.UNDETERMINED:
            return Outcome.UNDETERMINED
        case Result.PASSED | Result.WARNED | Result.NOT_RUN:
            return Outcome.ACCEPTED


def judge(findings: Sequence[Finding], required: AbstractSet[str] = frozenset()) -> tuple[Outcome, Finding | None]:
    """The worst outcome among the findings, and the first finding that has it (`None` if accepted).

    A check that was not run changes nothing, for its premise is a finding of its own; but without the `required`
    ones nothing is accepted, whatever kept them from running.
    """
    worst, deciding = Outcome.ACCEPTED, None
    for finding in findings:
        if finding.result is _FAILED or finding.result is _UNDETERMINED:
            outcome = outcome_of(finding)
        elif finding.result is _NOT_RUN and finding.check in required:
            outcome = Outcome.UNDETERMINED
        else:
            continue
        if _RANK[outcome] < _RANK[worst]:
            worst, deciding = outcome, finding
    return worst, deciding


# Several inputs end with the worst of their exit statuses, in this order (docs/exit-status.md).
_WORST_FIRST: Final = (
    Exit.BUG, Exit.ENVIRONMENT, Exit.KEY, Exit.INVALID, Exit.UNREADABLE,
    Exit.UNDETERMINED, Exit.NOT_ACCEPTABLE, Exit.REJECTED_ROWS, Exit.OK,
)  # fmt: skip


def worst(statuses: Iterable[Exit]) -> Exit:
    """The exit status of a run over several inputs."""
    return min(statuses, key=_WORST_FIRST.index, default=Exit.OK)
