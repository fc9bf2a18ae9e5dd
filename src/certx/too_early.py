"""What fails only because it is too early by a clock that is behind is not known to fail: the clock is.

What is over by that clock stays over, for the true time is later still.
"""

from collections.abc import Iterator
from typing import Final

from certx.evidence import Evidence
from certx.reason import Finding, Reason, Result, undetermined
from certx.recognition.agreement import Agreement
from certx.recognition.scenario import Scenario
from certx.trust.freshness import is_clock_wrong, latest_signed

_TOO_EARLY: Final = frozenset({Reason.NOT_YET_VALID, Reason.ISSUED_IN_FUTURE, Reason.KEY_BINDING_IN_FUTURE})


def doubt_clock(findings: tuple[Finding, ...], evidence: Evidence) -> tuple[Finding, ...]:
    """The findings, with `clock-wrong` for each that fails for being too early, where the clock can be why.

    It can if it is as wrong as "freshness" tells; and however little it is behind, where the registry was signed when
    the time that it is too early for had come.
    """
    registry = evidence.registry
    signed_at = latest_signed(registry) if registry is not None else None
    if registry is None or signed_at is None or evidence.now >= signed_at:
        return findings
    by = float("inf") if is_clock_wrong(registry, evidence.limits, evidence.now) else signed_at
    return tuple(
        undetermined(finding.check, Reason.CLOCK_WRONG, signed_at=signed_at, at=evidence.now)
        if finding.result is Result.FAILED and any(begins <= by for begins in _beginnings(finding, evidence))
        else finding
        for finding in findings
    )


def _beginnings(finding: Finding, evidence: Evidence) -> Iterator[float]:
    """The times (Unix) from which on a failed check would not fail, or not thus."""
    at = finding.params.get("at")
    if finding.reason in _TOO_EARLY and isinstance(at, int | float):
        yield at
    if finding.check == "recognition" and evidence.listing.region is not None and evidence.region is not None:
        pair = (evidence.listing.region.code, evidence.region)
        for agreement in evidence.agreements or ():
            if (
                isinstance(agreement, Agreement)
                and evidence.now < agreement.since
                and agreement.covers(evidence.licence_type or "", *pair)
                and agreement.is_mutual(*pair)
                and not agreement.is_withdrawn(*pair)
            ):
                yield agreement.since
    if finding.reason is Reason.SCENARIO_OUT_OF_DATE:
        scenario = evidence.scenario
        if isinstance(scenario, Scenario) and scenario.since is not None and evidence.now < scenario.since:
            yield scenario.since
