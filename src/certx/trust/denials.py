"""The deny overlay (`federation/suspensions.json`): what the federation's duty desk put out of use, at any hour.

A denial only ever takes trust away. It holds for as long as it is published, also after the overlay has expired.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from certx.errors import DocumentError
from certx.keys.encoding import EncodingError, from_base64url
from certx.merkle import HASH_BYTES
from certx.trust.checkpoint import MAX_LOG_SIZE, LogHead
from certx.trust.registry import Issuer, ListedKey, Region, State, read_state, read_time

_SEVERITY: Final = (State.ACTIVE, State.RETIRED, State.SUSPENDED, State.COMPROMISED)


class Denial(NamedTuple):
    """One region, issuer or key that is under inquiry or, a key, in wrong hands. `since`: Unix time.

    `witnessed` is the head of the issuer's log in the last registry that was published before that.
    """

    kind: str
    name: str
    state: State
    since: float | None
    witnessed: LogHead | None = None


def read_denials(document: Mapping[str, Any], path: str) -> tuple[Denial, ...]:
    """The denials of an overlay; raises `DocumentError` naming the place in `path` that is wrong."""
    rows = document.get("denials")
    if not isinstance(rows, list):
        raise DocumentError("document-member", at=f"{path}: denials", expected="list")
    return tuple(_denial(row, f"{path}: denials[{index}]") for index, row in enumerate(rows))


def _denial(row: Any, at: str) -> Denial:  # noqa: ANN401 - not looked at yet
    kinds = [kind for kind in ("region", "issuer", "key") if isinstance(row, dict) and isinstance(row.get(kind), str)]
    if len(kinds) != 1:
        raise DocumentError("document-member", at=at, expected="region, issuer or key")
    state = read_state(row, at, State.SUSPENDED)
    if state is not State.SUSPENDED and (kinds[0] != "key" or state is not State.COMPROMISED):
        raise DocumentError("document-member", at=f"{at}.state", expected="state")
    since = read_time(row, "since", at)
    witnessed = _head(row["checkpoint"], f"{at}.checkpoint") if "checkpoint" in row else None
    if witnessed is not None and (state is not State.COMPROMISED or since is None):
        raise DocumentError("document-member", at=f"{at}.since", expected="time of the compromise")
    return Denial(kinds[0], row[kinds[0]], state, since, witnessed)


def _head(value: Any, at: str) -> LogHead:  # noqa: ANN401 - not looked at yet
    size, text = (value.get("size"), value.get("root")) if isinstance(value, dict) else (None, None)
    try:
        root = from_base64url(text.encode("ascii")) if isinstance(text, str) else b""
    except (EncodingError, UnicodeEncodeError):
        root = b""
    if type(size) is not int or not 0 <= size <= MAX_LOG_SIZE or len(root) != HASH_BYTES:
        raise DocumentError("document-member", at=at, expected="size and root")
    return LogHead(size, root)


def deny(region: Region, denials: tuple[Denial, ...]) -> Region:
    """A region as the denials leave it."""
    named: dict[tuple[str, str], Denial] = {}
    for denial in denials:
        place = (denial.kind, denial.name)
        named[place] = _worse(named[place], denial) if place in named else denial
    if ("region", region.code) in named:
        region = region._replace(state=State.SUSPENDED)
    issuers = {issuer_id: _deny_issuer(issuer, named) for issuer_id, issuer in region.issuers.items()}
    return region._replace(issuers=issuers)


def _deny_issuer(issuer: Issuer, named: Mapping[tuple[str, str], Denial]) -> Issuer:
    if ("issuer", issuer.id) in named or ("issuer", issuer.credit_code) in named:
        issuer = issuer._replace(state=State.SUSPENDED)
    return issuer._replace(
        keys=_deny_keys(issuer.keys, named),
        status_keys=_deny_keys(issuer.status_keys, named),
        log_keys=_deny_keys(issuer.log_keys, named),
    )


def _deny_keys(keys: Mapping[str, ListedKey], named: Mapping[tuple[str, str], Denial]) -> Mapping[str, ListedKey]:
    if not any(("key", kid) in named for kid in keys):
        return keys
    return {kid: _deny_key(key, named.get(("key", kid))) for kid, key in keys.items()}


def _worse(one: Denial, other: Denial) -> Denial:
    """The worse of two states; of two compromises, the earlier (without a time: always) with what it witnessed.

    Of two that witnessed something at the same time, the one that witnessed less.
    """
    if one.state is not other.state:
        return max(one, other, key=lambda denial: _SEVERITY.index(denial.state))
    return min(one, other, key=_earliness)


def _earliness(denial: Denial) -> tuple[float, float]:
    since = float("-inf") if denial.since is None else denial.since
    return since, float("inf") if denial.witnessed is None else denial.witnessed.size


def _deny_key(key: ListedKey, denial: Denial | None) -> ListedKey:
    """A key as a denial leaves it; what was retired stays so from then on."""
    if denial is None:
        return key
    condemned = None
    if denial.state is State.COMPROMISED:
        condemned = float("-inf") if denial.since is None else denial.since
    denial, valid_to = _worse(denial, Denial("key", key.kid, key.state, key.since)), key.valid_to
    if key.state is State.RETIRED and key.since is not None:
        valid_to = key.since if valid_to is None else min(valid_to, key.since)
    return ListedKey(
        key.kid, key.jwk, key.valid_from, valid_to,
        state=denial.state, since=denial.since, types=key.types, witnessed=denial.witnessed,
        condemned_since=condemned,
    )  # fmt: skip
