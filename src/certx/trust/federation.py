"""The federation's own document, `federation/roles.json` in the reviewed source: who keeps which role."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from certx.errors import DocumentError, KeyFailureError
from certx.keys import read_public_key
from certx.keys.jwk import thumbprint
from certx.keys.protocols import Jwk
from certx.trust.roles import CATALOGUE, DUTY, TOP_LEVEL, patterns_of, region_of

ROLES_FILE: Final = "federation/roles.json"
_DAYS: Final = {
    "root": 365, "targets": 180, "snapshot": 30, "timestamp": 7, CATALOGUE: 365, DUTY: 30, "region": 180, "status": 7,
}  # fmt: skip
"""How long signatures of a role live, in days, where the document does not say."""
MAX_DAYS: Final = 3_650


class Custodian(NamedTuple):
    """Somebody who keeps a key of the federation or of a region."""

    kid: str
    jwk: Jwk
    name: str


class RoleRule(NamedTuple):
    """Who keeps a role, how many of them must sign, and for how many days a signature lives."""

    custodians: tuple[Custodian, ...]
    threshold: int
    days: int


class Federation(NamedTuple):
    """The roles of a registry by name."""

    roles: Mapping[str, RoleRule]

    def delegated(self) -> Iterator[str]:
        """The roles below the federation's own `targets`."""
        return (name for name in self.roles if name not in TOP_LEVEL)

    def regions(self) -> list[str]:
        """The codes of the regions that take part."""
        return sorted({code for name in self.roles if (code := region_of(name)) is not None})


def read_federation(document: Mapping[str, Any], path: str = ROLES_FILE) -> Federation:
    """The federation of a document; raises `DocumentError` naming the place in `path` that is wrong.

    Thresholds count keys, so the same key must not be there twice, under whatever name.
    """
    keys = _keys(document, path)
    rows = document.get("roles")
    if not isinstance(rows, dict):
        raise _misfit(path, "roles", "object")
    missing = [name for name in TOP_LEVEL if name not in rows]
    if missing:
        raise _misfit(path, f"roles.{missing[0]}", "object")
    return Federation({name: _rule(name, row, keys, path) for name, row in rows.items()})


def _keys(document: Mapping[str, Any], path: str) -> dict[str, Custodian]:
    found: dict[str, Custodian] = {}
    rows = document.get("keys")
    for index, row in enumerate(rows if isinstance(rows, list) else ()):
        at = f"keys[{index}]"
        jwk = row.get("jwk") if isinstance(row, dict) else None
        name = row.get("name") if isinstance(row, dict) else None
        if not isinstance(jwk, dict) or not isinstance(name, str):
            raise _misfit(path, at, "jwk and name")
        try:
            read_public_key(jwk)
        except KeyFailureError as error:
            raise DocumentError("federation-key", at=f"{path}: {at}", defect=error.code) from error
        if "d" in jwk:
            raise DocumentError("trust-private", path=path)
        custodian = Custodian(thumbprint(jwk), jwk, name)
        if custodian.kid in found:
            first = found[custodian.kid].name
            raise DocumentError("federation-key-twice", at=f"{path}: {at}", first=first, name=name)
        found[custodian.kid] = custodian
    return found


def _rule(name: str, row: object, keys: Mapping[str, Custodian], path: str) -> RoleRule:
    at = f"roles.{name}"
    if name not in TOP_LEVEL and not patterns_of(name):
        raise DocumentError("federation-role", at=f"{path}: {at}", role=name[:80])
    kids, threshold = (row.get("keys"), row.get("threshold", 1)) if isinstance(row, dict) else (None, None)
    if not isinstance(kids, list) or not kids or not all(isinstance(kid, str) for kid in kids):
        raise _misfit(path, f"{at}.keys", "list of key ids")
    unknown = [kid for kid in kids if kid not in keys]
    if unknown:
        raise DocumentError("federation-key-unknown", at=f"{path}: {at}.keys", kid=unknown[0][:80])
    if len(set(kids)) != len(kids):
        raise DocumentError("federation-key-twice", at=f"{path}: {at}.keys", first=name, name=name)
    if type(threshold) is not int or not 1 <= threshold <= len(kids):
        raise _misfit(path, f"{at}.threshold", f"1 to {len(kids)}")
    kind = name if name in _DAYS else name.partition("-")[0]
    days = row.get("days", _DAYS[kind]) if isinstance(row, dict) else None
    if type(days) is not int or not 1 <= days <= MAX_DAYS:
        raise _misfit(path, f"{at}.days", f"1 to {MAX_DAYS}")
    return RoleRule(tuple(keys[kid] for kid in kids), threshold, days)


def _misfit(path: str, at: str, expected: str) -> DocumentError:
    return DocumentError("document-member", at=f"{path}: {at}", expected=expected)
