"""The life of a listed key: what its row in `keys.json` says after it was rotated, retired, suspended, compromised.

Each step takes a row and gives the new one, with a line in its `history`; nothing ever gives back trust that another
step took, but for the end of a suspension. Times are Unix seconds. Raises `UsageError` where a step does not fit.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from certx.errors import UsageError
from certx.licence.model import time_text
from certx.trust.region_document import read_state, read_time
from certx.trust.registry import State

Row = Mapping[str, Any]

MAX_WHY: Final = 400
"""Characters of a reason."""
_ORDER: Final = ("kid", "jwk", "from", "to", "state", "since", "types", "history")


class KeyPurpose(StrEnum):
    """What a listed key signs, and as what the row of its issuer or counter lists it."""

    LICENCES = "keys"
    STATUS = "statusKeys"
    LOG = "logKeys"
    GRANTS = "grantKeys"
    REQUESTS = "requestKeys"


class Step(StrEnum):
    """What became of a key."""

    ADDED = "added"
    ROTATED = "rotated"
    RETIRED = "retired"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    COMPROMISED = "compromised"


def new_row(jwk: Mapping[str, str], since: str, now: float, types: object = None) -> dict[str, Any]:
    """The row of a key that is listed from a time on, as people write it; `types` narrows what it may sign."""
    row: dict[str, Any] = {"kid": jwk["kid"], "jwk": dict(jwk), "from": since, "state": State.ACTIVE.value}
    if types is not None:
        row["types"] = types
    return _noted(row, Step.ADDED, now)


def rotate(row: Row, until: float, now: float) -> dict[str, Any]:
    """Another key takes its place: from `until` on it signs nothing; what it signed before stays good."""
    state = _state(row)
    if state in {State.RETIRED, State.COMPROMISED}:
        raise _unfit(row, state)
    end = _earlier(_time(row, "to"), until)
    return _noted({**row, "to": time_text(end)}, Step.ROTATED, now, since=end)


def retire(row: Row, at: float, now: float, why: str | None = None) -> dict[str, Any]:
    """It signs nothing from a time on. Until a time that is to come it stays in use, with an end."""
    state = _state(row)
    if state is not State.ACTIVE:
        raise _unfit(row, state)
    if at > now:
        changed = {**row, "to": time_text(_earlier(_time(row, "to"), at))}
    else:
        changed = {**row, "state": State.RETIRED.value, "since": time_text(at)}
    return _noted(changed, Step.RETIRED, now, since=at, why=why)


def suspend(row: Row, since: float, now: float, why: str) -> dict[str, Any]:
    """It is under inquiry: nobody can tell what its signatures are worth."""
    state = _state(row)
    if state in {State.SUSPENDED, State.COMPROMISED}:
        raise _unfit(row, state)
    check_past(since, now)
    return _noted(_in_state(row, State.SUSPENDED, since), Step.SUSPENDED, now, since=since, why=check_why(why))


def reinstate(row: Row, now: float, why: str | None = None) -> dict[str, Any]:
    """The inquiry is over and found nothing."""
    if _state(row) is not State.SUSPENDED:
        raise UsageError("key-not-suspended", hint="key-not-suspended", kid=row["kid"], state=_state(row))
    changed = {name: value for name, value in row.items() if name != "since"}
    return _noted({**changed, "state": State.ACTIVE.value}, Step.REINSTATED, now, why=why)


def compromise(row: Row, since: float | None, now: float, why: str) -> dict[str, Any]:
    """It must be assumed in wrong hands since a time, `None`: as long as it was in use."""
    began = _time(row, "from") or 0.0
    known = began if since is None else since
    check_past(known, now)
    if _state(row) is State.COMPROMISED and known >= (_time(row, "since") or 0.0):
        raise _unfit(row, State.COMPROMISED)
    changed = _in_state(row, State.COMPROMISED, known)
    return _noted(changed, Step.COMPROMISED, now, since=known, why=check_why(why))


def check_why(why: str | None) -> str:
    """A reason that people can read; raises `UsageError` if there is none."""
    text = (why or "").strip()
    if not text or not text.isprintable() or len(text) > MAX_WHY:
        raise UsageError("why-form", hint="why-form", most=MAX_WHY)
    return text


def check_past(since: float, now: float) -> None:
    """Refuse a beginning that is still to come."""
    if since > now:
        raise UsageError("since-future", at=since)


def _in_state(row: Row, state: State, since: float) -> dict[str, Any]:
    """The row in another state; what was retired stays so, by the end of its use."""
    changed = {**row, "state": state.value, "since": time_text(since)}
    if _state(row) is State.RETIRED and (retired := _time(row, "since")) is not None:
        changed["to"] = time_text(_earlier(_time(row, "to"), retired))
    return changed


def _noted(row: Row, step: Step, now: float, *, since: float | None = None, why: str | None = None) -> dict[str, Any]:
    event = {"at": time_text(now), "what": step.value}
    if since is not None:
        event["since"] = time_text(since)
    if why is not None:
        event["why"] = check_why(why)
    full = {**row, "history": [*row.get("history", ()), event]}
    return {name: full[name] for name in sorted(full, key=lambda name: _ORDER.index(name) if name in _ORDER else 99)}


def _state(row: Row) -> State:
    return read_state(row, str(row["kid"]))


def _time(row: Row, name: str) -> float | None:
    return read_time(row, name, str(row["kid"]))


def _earlier(one: float | None, other: float) -> float:
    return other if one is None else min(one, other)


def _unfit(row: Row, state: State) -> UsageError:
    return UsageError("key-life", hint="key-life", kid=row["kid"], state=state, since=_time(row, "since"))
