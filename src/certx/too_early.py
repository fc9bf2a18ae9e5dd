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
    ground = evidence.ground
    registry = ground.registry
    signed_at = latest_signed(registry) if registry is not None else None
    if registry is None or signed_at is None or ground.now >= signed_at:
        return findings
    by = float("inf") if is_clock_wrong(registry, ground.limits, ground.now) else signed_at
    return tuple(
        undetermined(finding.check, Reason.CLOCK_WRONG, signed_at=signed_at, at=ground.now)
        if finding.result is Result.FAILED and any(begins <= by for begins in _beginnings(finding, evidence))
        else finding
        for finding in findings
    )


def _beginnings(finding: Finding, evidence: Evidence) -> Iterator[float]:
    """The times (Unix) from which on a failed check would not fail, or not thus."""
    ground, at = evidence.ground, finding.params.get("at")
    if finding.reason in _TOO_EARLY and isinstance(at, int | float):
        yield at
    if finding.check == "recognition" and ground.listing.region is not None and ground.region is not None:
        pair = (ground.listing.region.code, ground.region)
        for agreement in ground.agreements or ():
            if (
                isinstance(agreement, Agreement)
                and ground.now < agreement.since
                and agreement.covers(ground.licence_type or "", *pair)
                and agreement.is_mutual(*pair)
                and not agreement.is_withdrawn(*pair)
            ):
                yield agreement.since
    if finding.reason is Reason.SCENARIO_OUT_OF_DATE:
        scenario = ground.scenario
        if isinstance(scenario, Scenario) and scenario.since is not None and ground.now < scenario.since:
            yield scenario.since
