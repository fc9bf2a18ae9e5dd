"""[14] Is the licence still good, by its issuer's status list? (SD-JWT VC, 2.4; TSL, sections 7.1 and 8.3)."""

from typing import TYPE_CHECKING, Final

from certx.errors import KeyFailureError
from certx.reason import Finding, Reason, failed, passed, undetermined, warned
from certx.status.constants import REVOKED, SUPERSEDED, SUSPENDED, VALID
from certx.status.errors import StatusError
from certx.status.reference import read_reference
from certx.trust.registry import Issuer

if TYPE_CHECKING:
    from certx.status.payload import StatusList
    from certx.status.tokenlist import StatusToken

CHECK: Final = "status"
_REASONS: Final = {REVOKED: Reason.REVOKED, SUSPENDED: Reason.SUSPENDED, SUPERSEDED: Reason.SUPERSEDED}
ENDED: Final = frozenset(_REASONS.values())
"""What a list says against something."""


def check_status(  # noqa: PLR0911 - one return for each answer
    status: object, token: "StatusToken | None", issuer: Issuer, *, grace: float, now: float
) -> Finding:
    """What the entry says that a credential's `status` claim names, in the list that its issuer signed.

    `grace` is for how many seconds after its end a list may still be used. A list says that a licence is not valid
    whatever its age; only that one is valid is forgotten with time.
    """
    try:
        reference = read_reference(status)
    except StatusError as error:
        return failed(CHECK, error.reason)
    if reference is None or token is None:
        return undetermined(CHECK, Reason.STATUS_UNAVAILABLE)
    try:
        key = issuer.status_keys.get(token.kid or "")
        if key is None:
            return undetermined(CHECK, Reason.STATUS_KEY_NOT_LISTED)
        statuses = token.open(key.public, reference.uri)
    except (StatusError, KeyFailureError) as error:
        return _unusable(error)
    if not key.is_trusted_at(statuses.signed_at):
        return undetermined(CHECK, Reason.STATUS_KEY_NOT_IN_USE, kid=key.kid, state=key.state)
    try:
        value = statuses.get(reference.idx)
    except StatusError as error:
        return failed(CHECK, error.reason, **error.params)
    if value == VALID:
        return _still_valid(statuses, grace, now)
    if value in _REASONS:
        return failed(CHECK, _REASONS[value])
    return undetermined(CHECK, Reason.STATUS_VALUE_UNKNOWN, value=value)


_STILL_GOOD: Final = frozenset({None, Reason.STATUS_STALE, Reason.STATUS_EXPIRED})


def check_later_status(status: object, token: "StatusToken | None", issuer: Issuer) -> Finding:
    """Did a licence that a verdict of an earlier time is about end since, by the list of today? That verdict stands.

    However old today's list is: what it says of an end is so, and of the rest the verdict says of when it is.
    """
    found = check_status(status, token, issuer, grace=0.0, now=float("inf"))
    if found.reason in _STILL_GOOD:
        return passed("hindsight")
    if found.reason in ENDED:
        return warned("hindsight", Reason.LATER_ENDED, what=found.reason)
    return warned("hindsight", Reason.LATER_STATUS_UNKNOWN)


def _still_valid(statuses: "StatusList", grace: float, now: float) -> Finding:
    """An entry says valid: was that said recently enough?"""
    try:
        statuses.check_begun(now)
    except StatusError as error:
        return _unusable(error)
    end = statuses.end
    if now >= end + grace:
        return undetermined(CHECK, Reason.STATUS_EXPIRED, at=end)
    if now >= end:
        return warned(CHECK, Reason.STATUS_STALE, at=end, until=end + grace)
    return passed(CHECK)


def _unusable(error: StatusError | KeyFailureError) -> Finding:
    """A list that is there and cannot be relied on."""
    return undetermined(CHECK, Reason.STATUS_LIST_UNUSABLE, **{**error.params, "defect": error.code})
