"""Writing the reviewed source of a registry: roles, regions, issuers, keys. People review what it writes."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from certx.app.machine.files import replace_file
from certx.app.machine.keystore import read_public
from certx.app.machine.shipped import schemas
from certx.errors import DocumentError, KeyFailureError, UsageError, cause_of
from certx.keys.jwk import thumbprint
from certx.licence.divisions import province_of
from certx.licence.identifiers import CreditCode, IdentifierError
from certx.trust.counters import counter_id, region_of_counter
from certx.trust.federation import ROLES_FILE, read_federation
from certx.trust.folder import read_document
from certx.trust.region_document import read_region
from certx.trust.registry import ISSUER_PREFIX
from certx.trust.roles import CATALOGUE, DUTY, region_role, status_role

_PUBLIC: Final = ("kty", "crv", "x", "y", "kid", "alg")


class Keeper(NamedTuple):
    """A public key and what people call it."""

    name: str
    jwk: Mapping[str, str]


def find_keepers(references: Sequence[str], folder: Path) -> list[Keeper]:
    """Public keys by the name of one of ours, or by a `.jwk.json` file; raises `KeyFailureError`."""
    return [_keeper(reference.strip(), folder) for reference in references]


def _keeper(reference: str, folder: Path) -> Keeper:
    path = Path(reference)
    if path.suffix != ".json":
        key = read_public(reference, folder)
        return Keeper(key.name, {name: key.jwk[name] for name in _PUBLIC if name in key.jwk})
    try:
        jwk = orjson.loads(path.read_bytes())
        if "d" in jwk:
            raise KeyFailureError("jwk-private", hint="jwk-private")
        jwk["kid"] = thumbprint(jwk)
    except OSError as error:
        raise KeyFailureError("key-unreadable", key=reference, detail=cause_of(error)) from error
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise KeyFailureError("key-unreadable", key=reference, detail="not a public JWK") from error
    return Keeper(path.name.removesuffix(".json").removesuffix(".jwk"), {n: jwk[n] for n in _PUBLIC if n in jwk})


def found_federation(source: Path, roles: Mapping[str, Sequence[Keeper]], thresholds: Mapping[str, int]) -> Path:
    """Write `federation/roles.json`; a threshold not given is the majority. Raises `UsageError` if it exists."""
    path = source / ROLES_FILE
    if path.exists():
        raise UsageError("federation-exists", hint="federation-exists", path=str(path))
    for role in thresholds:
        if role not in roles:
            raise UsageError("publish-without", hint="publish-without", role=role, known=", ".join(roles))
    document: dict[str, Any] = {"keys": [], "roles": {}}
    for role, keepers in roles.items():
        keep_role(document, role, keepers, thresholds.get(role))
    return write_roles(source, document)


def add_region(
    source: Path, code: str, keepers: Sequence[Keeper], status_keepers: Sequence[Keeper], threshold: int | None
) -> Path:
    """Let a region take part: its roles, and an empty list of issuers if it has none yet. Raises `UsageError`."""
    division = schemas().divisions.get(code)
    if division is None or province_of(code) != code:
        raise UsageError("region-not-province", hint="region-unknown", region=code)
    document = read_roles(source)
    if region_role(code) in document["roles"]:
        raise UsageError("region-exists", region=code)
    keep_role(document, region_role(code), keepers, threshold)
    keep_role(document, status_role(code), status_keepers or keepers[:1], 1)
    keys = source / code / "keys.json"
    if not keys.exists():
        _write(keys, {"region": code, "name": {"zh": division.zh, "en": division.en}, "issuers": []})
    return write_roles(source, document)


def add_issuer(
    source: Path, code: str, credit_code: str, *, name: Mapping[str, str], area: str, types: Sequence[str]
) -> Path:
    """List an issuer in its region (its keys: `certx.app.trust.key_life`).

    Raises `UsageError` if it is there, or something about it is wrong.
    """
    try:
        CreditCode.parse(credit_code)
    except IdentifierError as error:
        raise UsageError("trust-credit-code", defect=error.defect) from error
    known = {str(licence_type) for licence_type in schemas().types()}
    for wrong in sorted(set(types) - known):
        raise UsageError("type-unknown", hint="type-unknown", type=wrong, known=", ".join(sorted(known)))
    if province_of(area) != code:
        raise UsageError("trust-area", area=area, region=code)
    path, document = read_keys(source, code)
    if any(row["creditCode"] == credit_code for row in document["issuers"]):
        raise UsageError("registry-issuer-twice", issuer=credit_code)
    row = {"id": ISSUER_PREFIX + credit_code, "name": name, "creditCode": credit_code, "area": area}
    document["issuers"].append({**row, "types": list(types), "keys": []})
    return write_keys(path, document)


def add_counter(source: Path, code: str, called: str, *, name: Mapping[str, str]) -> tuple[Path, str]:
    """List a counter in its region (its keys: `certx.app.trust.key_life`); where, and the id that it has.

    Raises `UsageError` if it is there, or cannot be called so.
    """
    found = counter_id(code, called)
    if region_of_counter(found) != code:
        raise UsageError("counter-id", hint="counter-id", counter=found)
    path, document = read_keys(source, code)
    rows = document.setdefault("counters", [])
    if any(row["id"] == found for row in rows):
        raise UsageError("registry-counter-twice", region=code)
    rows.append({"id": found, "name": name, "requestKeys": []})
    return write_keys(path, document), found


def standard_roles(
    root: Sequence[Keeper], federation: Sequence[Keeper], online: Sequence[Keeper],
    catalogue: Sequence[Keeper], duty: Sequence[Keeper],
) -> dict[str, Sequence[Keeper]]:  # fmt: skip
    """Who keeps which role of the federation; the last of several online keys is the timestamp's alone."""
    return {
        "root": root, "targets": federation, "snapshot": online[:1], "timestamp": online[-1:],
        CATALOGUE: catalogue or federation, DUTY: duty or federation,
    }  # fmt: skip


def keep_role(document: dict[str, Any], role: str, keepers: Sequence[Keeper], threshold: int | None) -> None:
    """Give a role of the federation's document its custodians; a threshold not given is the majority."""
    known = {thumbprint(row["jwk"]) for row in document["keys"]}
    for keeper in keepers:
        if keeper.jwk["kid"] not in known:
            document["keys"].append({"name": keeper.name, "jwk": dict(keeper.jwk)})
            known.add(keeper.jwk["kid"])
    majority = len(keepers) // 2 + 1
    kids = [keeper.jwk["kid"] for keeper in keepers]
    document["roles"][role] = {"keys": kids, "threshold": threshold if threshold is not None else majority}


def read_roles(source: Path) -> dict[str, Any]:
    """The federation's document; raises `UsageError` if there is none, `DocumentError` if it has a mistake."""
    path = source / ROLES_FILE
    if not path.exists():
        raise UsageError("federation-missing", hint="federation-missing", path=str(path))
    _, document = read_document(path)
    read_federation(document, str(path))
    return document


def write_roles(source: Path, document: Mapping[str, Any]) -> Path:
    """Put the federation's document in its place; raises `DocumentError` on one that has a mistake."""
    path = source / ROLES_FILE
    read_federation(document, str(path))
    _write(path, document)
    return path


def read_keys(source: Path, code: str) -> tuple[Path, dict[str, Any]]:
    """A region's `keys.json`, and where it lies; raises `DocumentError`."""
    path = source / code / "keys.json"
    if not path.exists():
        raise DocumentError("registry-region-empty", path=str(path), region=code)
    _, document = read_document(path)
    read_region(document, str(path))
    return path, document


def write_keys(path: Path, document: Mapping[str, Any]) -> Path:
    """Put a region's `keys.json` in its place; raises `DocumentError` on one that has a mistake."""
    read_region(document, str(path))
    _write(path, document)
    return path


def _write(path: Path, document: Mapping[str, Any]) -> None:
    replace_file(path, orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
