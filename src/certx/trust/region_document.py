"""The document of one region (`keys.json`): its issuers and counters, and the keys that it lists for them.

It is the same in the reviewed source (`keys/<code>/`) and in a published registry (`regions/<code>/`): see
docs/formats.md. Everything here raises `DocumentError` naming the place that is wrong.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from certx.errors import DocumentError
from certx.trust.registry import Counter, Issuer, ListedKey, Region, State


def read_region(document: Mapping[str, Any], source: str = "keys.json") -> Region:
    """The region of a `keys.json` document; raises `DocumentError` naming the place in `source` that is wrong."""
    root = f"{source}:"
    code = _need(document, "region", str, root)
    issuers = [
        _issuer(row, f"{root} issuers[{index}]") for index, row in enumerate(_need(document, "issuers", list, root))
    ]
    by_id = {issuer.id: issuer for issuer in issuers}
    if len(by_id) != len(issuers):
        raise DocumentError("registry-issuer-twice", issuer=code)
    rows = _need(document, "counters", list, root) if "counters" in document else []
    counters = [_counter(row, f"{root} counters[{index}]") for index, row in enumerate(rows)]
    found = {counter.id: counter for counter in counters}
    if len(found) != len(counters):
        raise DocumentError("registry-counter-twice", region=code)
    return Region(code, _name(document, root), by_id, read_state(document, root), counters=found)


def _issuer(row: object, at: str) -> Issuer:
    row = _object(row, at)
    return Issuer(
        _need(row, "id", str, at),
        _name(row, at),
        _need(row, "creditCode", str, at),
        _need(row, "area", str, at),
        _texts(row, "types", at),
        _keys(row, "keys", at),
        read_state(row, at),
        _keys(row, "statusKeys", at) if "statusKeys" in row else {},
        _keys(row, "logKeys", at) if "logKeys" in row else {},
        _keys(row, "grantKeys", at) if "grantKeys" in row else {},
    )


def _counter(row: object, at: str) -> Counter:
    row = _object(row, at)
    return Counter(_need(row, "id", str, at), _name(row, at), _keys(row, "requestKeys", at))


def _keys(row: Mapping[str, Any], name: str, at: str) -> Mapping[str, ListedKey]:
    keys = [_key(key, f"{at}.{name}[{index}]") for index, key in enumerate(_need(row, name, list, at))]
    by_kid = {key.kid: key for key in keys}
    if len(by_kid) != len(keys):
        raise DocumentError("registry-key-twice", at=at)
    return by_kid


def _key(row: object, at: str) -> ListedKey:
    row = _object(row, at)
    valid_from = read_time(row, "from", at)
    if valid_from is None:
        raise _misfit(at, "from", "time")
    return ListedKey(
        _need(row, "kid", str, at),
        _need(row, "jwk", dict, at),
        valid_from,
        read_time(row, "to", at),
        state=read_state(row, at),
        since=read_time(row, "since", at),
        types=_texts(row, "types", at) if "types" in row else None,
    )


def _misfit(at: str, name: str, expected: str) -> DocumentError:
    place = f"{at} {name}" if at.endswith(":") else f"{at}.{name}"
    return DocumentError("document-member", at=place, expected=expected)


def _object(row: object, at: str) -> Mapping[str, Any]:
    if not isinstance(row, dict):
        raise DocumentError("document-member", at=at, expected="object")
    return row


def _need(row: Mapping[str, Any], name: str, kind: type, at: str) -> Any:  # noqa: ANN401 - checked right here
    value = row.get(name)
    if not isinstance(value, kind):
        raise _misfit(at, name, kind.__name__)
    return value


def _texts(row: Mapping[str, Any], name: str, at: str) -> frozenset[str]:
    values = _need(row, name, list, at)
    if not all(isinstance(value, str) for value in values):
        raise _misfit(at, name, "list of texts")
    return frozenset(values)


def _name(row: Mapping[str, Any], at: str) -> Mapping[str, str]:
    """A name in Chinese and English."""
    name: dict[str, str] = _need(row, "name", dict, at)
    for language in ("zh", "en"):
        if not isinstance(name.get(language), str):
            raise _misfit(at, f"name.{language}", "str")
    return name


def read_state(row: Mapping[str, Any], at: str, default: State = State.ACTIVE) -> State:
    """The state in a row of a document; raises `DocumentError` naming the place."""
    try:
        return State(row.get("state", default))
    except ValueError:
        raise _misfit(at, "state", "state") from None


def read_time(row: Mapping[str, Any], name: str, at: str) -> float | None:
    """A time with its offset, as Unix time, `None` if it is not there; raises `DocumentError` naming the place."""
    text = row.get(name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.utcoffset() is None:
        raise _misfit(at, name, "time")
    return moment.timestamp()
