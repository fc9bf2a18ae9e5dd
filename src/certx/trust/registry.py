"""The registry of a federation: regions, their issuers, the issuers' keys; immutable once read.

The document of one region (`keys.json`) is the same in the reviewed source (`keys/<code>/`) and in a published
registry (`regions/<code>/`): see docs/formats.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from certx.errors import DocumentError, KeyFailureError
from certx.keys.algorithms import read_public_key

if TYPE_CHECKING:
    from certx.keys.protocols import Jwk, PublicKey

ISSUER_PREFIX: Final = "urn:certx:issuer:"


class State(StrEnum):
    """Whether a key, issuer or region is in good standing."""

    ACTIVE = "active"
    RETIRED = "retired"
    SUSPENDED = "suspended"
    COMPROMISED = "compromised"


class ListedKey:
    """A public key with what the registry says of it. Times are Unix seconds; `valid_to` is exclusive.

    `types` narrows what its issuer may sign. `since` is when the state began (compromise: when it must be assumed).
    """

    __slots__ = ("_public", "jwk", "kid", "since", "state", "types", "valid_from", "valid_to")

    def __init__(
        self,
        kid: str,
        jwk: Jwk,
        valid_from: float,
        valid_to: float | None = None,
        *,
        state: State = State.ACTIVE,
        since: float | None = None,
        types: frozenset[str] | None = None,
    ) -> None:
        self.kid, self.jwk = kid, jwk
        self.valid_from, self.valid_to = valid_from, valid_to
        self.state, self.since, self.types = state, since, types
        self._public: PublicKey | None = None

    def is_in_use_at(self, moment: float) -> bool:
        """Might this key sign at that time, by its window and, if it was retired, by when that was?"""
        if moment < self.valid_from or (self.valid_to is not None and moment >= self.valid_to):
            return False
        return self.state is not State.RETIRED or (self.since is not None and moment < self.since)

    @property
    def public(self) -> PublicKey:
        """The key itself, read once; raises `KeyFailureError` if the JWK cannot check signatures."""
        if self._public is None:
            self._public = read_public_key(self.jwk)
        return self._public


class Issuer(NamedTuple):
    """A body that issues licences: `id` is what credentials carry as `iss`."""

    id: str
    name: Mapping[str, str]
    credit_code: str
    area: str
    types: frozenset[str]
    keys: Mapping[str, ListedKey]
    state: State = State.ACTIVE


class Region(NamedTuple):
    """One member of the federation, at province level (GB/T 2260)."""

    code: str
    name: Mapping[str, str]
    issuers: Mapping[str, Issuer]
    state: State = State.ACTIVE


class Registry(NamedTuple):
    """A snapshot. `signed_at` is its signed issue time, `None` for an unsigned folder (development)."""

    version: str
    regions: Mapping[str, Region]
    signed_at: float | None = None
    region_of: Mapping[str, Region] = MappingProxyType({})
    """Region by issuer id."""

    def find_issuer(self, iss: object) -> tuple[Region, Issuer] | None:
        """The region and issuer of an `iss` claim."""
        region = self.region_of.get(iss) if isinstance(iss, str) else None
        return (region, region.issuers[str(iss)]) if region is not None else None

    def owner_of(self, kid: str) -> Issuer | None:
        """The issuer that lists a key."""
        for region in self.regions.values():
            for issuer in region.issuers.values():
                if kid in issuer.keys:
                    return issuer
        return None


def make_registry(version: str, regions: Sequence[Region], *, signed_at: float | None = None) -> Registry:
    """A snapshot of these regions; raises `DocumentError` if two regions list the same issuer."""
    region_of: dict[str, Region] = {}
    for region in regions:
        for issuer_id in region.issuers:
            if issuer_id in region_of:
                raise DocumentError("registry-issuer-twice", issuer=issuer_id)
            region_of[issuer_id] = region
    return Registry(version, {region.code: region for region in regions}, signed_at, region_of)


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
    return Region(code, _name(document, root), by_id, _state(document, root))


def _issuer(row: object, at: str) -> Issuer:
    row = _object(row, at)
    keys = [_key(key, f"{at}.keys[{index}]") for index, key in enumerate(_need(row, "keys", list, at))]
    by_kid = {key.kid: key for key in keys}
    if len(by_kid) != len(keys):
        raise DocumentError("registry-key-twice", at=at)
    return Issuer(
        _need(row, "id", str, at),
        _name(row, at),
        _need(row, "creditCode", str, at),
        _need(row, "area", str, at),
        _texts(row, "types", at),
        by_kid,
        _state(row, at),
    )


def _key(row: object, at: str) -> ListedKey:
    row = _object(row, at)
    valid_from = _time(row, "from", at)
    if valid_from is None:
        raise _misfit(at, "from", "time")
    return ListedKey(
        _need(row, "kid", str, at),
        _need(row, "jwk", dict, at),
        valid_from,
        _time(row, "to", at),
        state=_state(row, at),
        since=_time(row, "since", at),
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


def _state(row: Mapping[str, Any], at: str) -> State:
    try:
        return State(row.get("state", State.ACTIVE))
    except ValueError:
        raise _misfit(at, "state", "state") from None


def _time(row: Mapping[str, Any], name: str, at: str) -> float | None:
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


def key_defect(key: ListedKey) -> KeyFailureError | None:
    """Why a listed key cannot be used, or `None`."""
    try:
        key.public  # noqa: B018 - reading it is the test
    except KeyFailureError as error:
        return error
    return None
