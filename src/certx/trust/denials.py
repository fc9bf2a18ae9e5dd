"""The deny overlay (`federation/suspensions.json`): what the federation's duty desk put out of use, at any hour.

A denial only ever takes trust away. It holds for as long as it is published, also after the overlay has expired.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from certx.errors import DocumentError
from certx.keys.encoding import EncodingError, from_base64url
from certx.merkle import HASH_BYTES
from certx.trust.checkpoint import MAX_LOG_SIZE, LogHead
from certx.trust.region_document import read_state, read_time
from certx.trust.registry import Issuer, ListedKey, Region, State

_SEVERITY: Final = (State.ACTIVE, State.RETIRED, State.SUSPENDED, State.COMPROMISED)


class Denial(NamedTuple):
    """One region, issuer or key that is under inquiry or, a key, in wrong hands. `since`: Unix time.

    `witnessed` is the head of the issuer's log in a registry that was published before that; `witnessed_at` is when
    that one was signed (Unix time), `None` if all that is known is that it was before `since`.
    """

    kind: str
    name: str
    state: State
    since: float | None
    witnessed: LogHead | None = None
    witnessed_at: float | None = None


_Named = Mapping[tuple[str, str], Sequence[Denial]]
"""The denials of each kind and name."""


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
    if "checkpoint" not in row:
        return Denial(kinds[0], row[kinds[0]], state, since)
    witnessed = _head(row["checkpoint"], f"{at}.checkpoint")
    if state is not State.COMPROMISED or since is None:
        raise DocumentError("document-member", at=f"{at}.since", expected="time of the compromise")
    witnessed_at = read_time(row["checkpoint"], "at", f"{at}.checkpoint")
    if witnessed_at is not None and witnessed_at >= since:
        raise DocumentError("document-member", at=f"{at}.checkpoint.at", expected="time before since")
    return Denial(kinds[0], row[kinds[0]], state, since, witnessed, witnessed_at)


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
    named: dict[tuple[str, str], list[Denial]] = {}
    for denial in denials:
        named.setdefault((denial.kind, denial.name), []).append(denial)
    if ("region", region.code) in named:
        region = region._replace(state=State.SUSPENDED)
    issuers = {issuer_id: _deny_issuer(issuer, named) for issuer_id, issuer in region.issuers.items()}
    suspended = frozenset(
        denial.name for denial in denials if denial.kind != "region" and denial.state is State.SUSPENDED
    )
    counters = {
        name: counter._replace(request_keys=_deny_keys(counter.request_keys, named))
        for name, counter in region.counters.items()
    }
    return region._replace(issuers=issuers, suspended=suspended, condemned=_condemned(named), counters=counters)


def _condemned(named: _Named) -> Mapping[str, float | None]:
    """Since when keys are called compromised, whoever lists them."""
    records = {name: _merged(rows) for (kind, name), rows in named.items() if kind == "key"}
    return {name: record.since for name, record in records.items() if record.state is State.COMPROMISED}


def _deny_issuer(issuer: Issuer, named: _Named) -> Issuer:
    if ("issuer", issuer.id) in named or ("issuer", issuer.credit_code) in named:
        issuer = issuer._replace(state=State.SUSPENDED)
    return issuer._replace(
        keys=_deny_keys(issuer.keys, named),
        status_keys=_deny_keys(issuer.status_keys, named),
        log_keys=_deny_keys(issuer.log_keys, named),
        grant_keys=_deny_keys(issuer.grant_keys, named),
    )


def _deny_keys(keys: Mapping[str, ListedKey], named: _Named) -> Mapping[str, ListedKey]:
    if not any(("key", kid) in named for kid in keys):
        return keys
    return {kid: _deny_key(key, named.get(("key", kid), ())) for kid, key in keys.items()}


def _merged(records: Sequence[Denial]) -> Denial:
    """What several records of one name come to: the worst state and, of that, the earliest (without a time: always).

    What a registry witnessed still counts if it did so before that; of several heads, the one of the shortest log.
    """
    state = max((record.state for record in records), key=_SEVERITY.index)
    worst = [record for record in records if record.state is state]
    first = min(worst, key=lambda record: _began(record.since))
    pins = [record for record in worst if record.witnessed is not None and _is_before(record, first.since)]
    pin = min(pins, key=_size_witnessed, default=None)
    if pin is None:
        return first._replace(witnessed=None, witnessed_at=None)
    return first._replace(witnessed=pin.witnessed, witnessed_at=pin.witnessed_at)


def _began(since: float | None) -> float:
    return float("-inf") if since is None else since


def _is_before(record: Denial, since: float | None) -> bool:
    """Was what this record names witnessed before a theft at that time?"""
    if since is None or record.witnessed_at is None:
        return since is not None and record.since == since
    return record.witnessed_at < since


def _size_witnessed(record: Denial) -> tuple[int, bytes]:
    return record.witnessed or LogHead(0, b"")


def _deny_key(key: ListedKey, denials: Sequence[Denial]) -> ListedKey:
    """A key as the denials leave it; what was retired stays so from then on."""
    if not denials:
        return key
    began = [_began(denial.since) for denial in denials if denial.state is State.COMPROMISED]
    denial, valid_to = _merged([*denials, Denial("key", key.kid, key.state, key.since)]), key.valid_to
    if key.state is State.RETIRED and key.since is not None:
        valid_to = key.since if valid_to is None else min(valid_to, key.since)
    return ListedKey(
        key.kid, key.jwk, key.valid_from, valid_to,
        state=denial.state, since=denial.since, types=key.types, witnessed=denial.witnessed,
        condemned_since=min(began, default=None),
    )  # fmt: skip
