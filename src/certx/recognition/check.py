"""Is a licence of their region recognised in ours? The first form: by agreement, without scenario."""

from collections.abc import Sequence

from certx.reason import Finding, Reason, Result, failed, undetermined
from certx.recognition.agreement import Agreement

CHECK = "recognition"


def check_recognition(  # noqa: PLR0911 - one return for each answer
    licence_type: str,
    issued_in: str,
    accepted_in: str | None,
    agreements: Sequence[Agreement] | None,
    now: float,
) -> Finding:
    """A region recognises its own licences; those of others need an agreement that both published and is current.

    Regions are province-level codes; `agreements` is `None` if they could not be read. A finding that passed names
    the agreement it rests on.
    """
    if accepted_in is None:
        return undetermined(CHECK, Reason.REGION_NOT_SET)
    if accepted_in == issued_in:
        return Finding(CHECK, Result.PASSED, Reason.OWN_REGION, {"region": accepted_in})
    if agreements is None:
        return undetermined(CHECK, Reason.REGISTRY_UNREADABLE, defect="agreements-unreadable")
    covering = [a for a in agreements if a.covers(licence_type, issued_in, accepted_in)]
    mutual = [a for a in covering if a.is_mutual(issued_in, accepted_in)]
    for agreement in mutual:
        if agreement.is_current(now):
            facts = {"agreement": agreement.id, "version": agreement.version}
            return Finding(CHECK, Result.PASSED, Reason.AGREEMENT, facts)
    terms = {"type": licence_type, "issued_in": issued_in, "accepted_in": accepted_in}
    if mutual:
        return failed(CHECK, Reason.AGREEMENT_OUT_OF_DATE, agreement=mutual[0].id, **terms)
    if covering:
        return failed(CHECK, Reason.AGREEMENT_NOT_MUTUAL, agreement=covering[0].id, **terms)
    return failed(CHECK, Reason.NO_AGREEMENT, **terms)
