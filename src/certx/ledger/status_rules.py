"""Which changes of status a ledger refuses, whatever its database."""

from collections.abc import Mapping, Sequence

from certx.errors import UsageError
from certx.ledger.protocol import EntryState
from certx.licence.status import CanonicalStatus

Found = tuple[str, int] | None
"""A licence for which there is something later, and when that was (Unix time)."""


def fixed_for(wanted: CanonicalStatus) -> list[str]:
    """The statuses that can never become this one."""
    return [status.value for status in CanonicalStatus if status is not wanted and not status.may_become(wanted)]


def refuse_fixed(
    licence_ids: Sequence[str], bad: Mapping[str, tuple[str | None, str | None]], wanted: CanonicalStatus
) -> None:
    """Raise `UsageError` on the first licence that is bad: by its state not issued here, by its status fixed."""
    first = next((licence_id for licence_id in licence_ids if licence_id in bad), None)
    if first is None:
        return
    state, status = bad[first]
    if state != EntryState.ISSUED:
        raise UsageError("licence-unknown", hint="licence-unknown", licence_id=first)
    raise UsageError("status-fixed", hint="status-fixed", licence_id=first, status=status, wanted=wanted)


def refuse_earlier(issued: Found, changed: Found) -> None:
    """Raise `UsageError` if a licence was issued later than its status is to begin, or something became of it later."""
    for code, found in (("status-before-issue", issued), ("status-before-last", changed)):
        if found is not None:
            raise UsageError(code, hint="status-before-last", licence_id=found[0], at=found[1])
