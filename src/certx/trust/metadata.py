"""One file of TUF metadata: its form, its signatures, what it says of other files. Pure, and lean to import.

Clauses: TUF specification 1.0.33. See `certx.trust.chain` for how files vouch for each other.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from hashlib import sha256, sha512
from typing import Any, Final, NamedTuple

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from certx.errors import DocumentError

MAX_METADATA_BYTES: Final = 5_000_000
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_HASHES: Final = {"sha256": sha256, "sha512": sha512}


class Target(NamedTuple):
    """A file that a role vouches for: its length in bytes and digests, hex, by algorithm."""

    length: int
    hashes: Mapping[str, str]

    @property
    def sha256(self) -> str:
        """The digest that names it."""
        return self.hashes["sha256"]


class Role(NamedTuple):
    """One verified file of metadata: its role, version, end of life (Unix time), and content."""

    name: str
    version: int
    expires: float
    signed: Mapping[str, Any]


class Delegation(NamedTuple):
    """Whose signatures a role needs: public keys by key id, how many, and for which paths."""

    keys: Mapping[str, Any]
    threshold: int
    paths: tuple[str, ...] = ()


def unreliable(code: str, file: str, **params: object) -> DocumentError:
    """The error on a file of a registry that cannot be relied on."""
    return DocumentError(code, hint="sync", file=file, **params)


def parse_metadata(data: bytes, file: str) -> dict[str, Any]:
    """The JSON of a file, with `signed` and `signatures`."""
    if len(data) > MAX_METADATA_BYTES:
        raise unreliable("tuf-form", file)
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise unreliable("tuf-form", file) from error
    if not isinstance(document, dict) or not isinstance(document.get("signed"), dict):
        raise unreliable("tuf-form", file)
    return document


def role_of(kind: str, document: Mapping[str, Any], file: str) -> Role:
    """The content of a document whose `_type` is `kind`; its other members are looked at where they are used."""
    signed = document["signed"]
    version, members = signed.get("version"), _MEMBERS[kind]
    if (
        signed.get("_type") != kind
        or not str(signed.get("spec_version")).startswith("1.")
        or type(version) is not int
        or version < 1
        or not all(isinstance(signed.get(name), dict) for name in members)
    ):
        raise unreliable("tuf-form", file)
    return Role(kind, version, moment(signed.get("expires"), file), signed)


_MEMBERS: Final = {"root": ("keys", "roles"), "timestamp": ("meta",), "snapshot": ("meta",), "targets": ("targets",)}


def moment(text: object, file: str) -> float:
    """A time of the form `2026-11-23T04:00:00Z` (section 4.2.1), as Unix time."""
    try:
        if isinstance(text, str) and _TIME.fullmatch(text):
            return datetime.fromisoformat(text).timestamp()
    except ValueError:
        pass
    raise unreliable("tuf-form", file)


def check_meta(data: bytes, meta: Mapping[str, Any], file: str) -> None:
    """Length and hashes of a file, where they are said (section 5.5.2)."""
    try:
        if meta.get("length", len(data)) != len(data):
            raise unreliable("tuf-content", file)
        _check_hashes(data, meta.get("hashes", {}), file)
    except (AttributeError, TypeError) as error:
        raise unreliable("tuf-form", file) from error


def _check_hashes(data: bytes, hashes: Mapping[str, str], file: str) -> None:
    for algorithm, digest in hashes.items():
        make = _HASHES.get(algorithm)
        if make is None or make(data).hexdigest() != digest:
            raise unreliable("tuf-content", file)


def check_target(data: bytes, target: Target, path: str) -> None:
    """Raise `DocumentError` if the content of a file is not what its role vouches for (section 5.7.4)."""
    if len(data) != target.length:
        raise unreliable("tuf-content", path)
    _check_hashes(data, target.hashes, path)


def target_of(row: Any, role: str) -> Target:  # noqa: ANN401 - not looked at yet
    """A row of a role's `targets` (section 4.5)."""
    try:
        target = Target(row["length"], row["hashes"])
        if type(target.length) is int and target.length >= 0 and re.fullmatch("[0-9a-f]{64}", target.sha256):
            return target
    except (KeyError, TypeError):
        pass
    raise unreliable("tuf-form", f"{role}.json")


def covers(pattern: str, path: str) -> bool:
    """Does a pattern cover a path? `*` does not cross `/` (section 4.5)."""
    if pattern == f"{path.rpartition('/')[0]}/*":
        return True
    ours, theirs = pattern.split("/"), path.split("/")
    return len(ours) == len(theirs) and all(map(fnmatchcase, theirs, ours))


def delegations_of(targets: Mapping[str, Any]) -> dict[str, Delegation]:
    """The delegations of the federation; a form other than by name and paths is none of ours."""
    file, found = "targets.json", dict[str, Delegation]()
    given = targets.get("delegations", {})
    try:
        for row in given.get("roles", ()):
            name = row["name"]
            if name in found or "path_hash_prefixes" in row:
                raise unreliable("tuf-form", file)
            found[name] = delegation_of(given, row, file)._replace(paths=tuple(row["paths"]))
    except (AttributeError, KeyError, TypeError) as error:
        raise unreliable("tuf-form", file) from error
    return found


def delegation_of(signed: Mapping[str, Any], role: Any, file: str) -> Delegation:  # noqa: ANN401 - not looked at yet
    """Whose signatures a role needs, by the metadata that delegates to it (sections 4.3 and 4.5)."""
    try:
        key_ids, threshold = role["keyids"], role["threshold"]
        keys = {key_id: signed["keys"][key_id] for key_id in key_ids if key_id in signed["keys"]}
        if type(threshold) is int and threshold >= 1 and len(set(key_ids)) == len(key_ids):
            return Delegation(keys, threshold)
    except (KeyError, TypeError):
        pass
    raise unreliable("tuf-form", file)


def check_signatures(document: Mapping[str, Any], delegation: Delegation, file: str) -> None:
    """Enough different keys signed (section 4.2.1): one key under two ids counts once."""
    try:
        payload, good = canonical(document["signed"]), set[bytes]()
        given = {row["keyid"]: row["sig"] for row in document["signatures"]}
        if len(given) != len(document["signatures"]):
            raise unreliable("tuf-form", file)
        for key_id, key in delegation.keys.items():
            material = _verifying_key(key, given[key_id], payload) if key_id in given else None
            if material is not None:
                good.add(material)
                if len(good) >= delegation.threshold:
                    return
    except (AttributeError, KeyError, TypeError) as error:
        raise unreliable("tuf-form", file) from error
    raise unreliable("tuf-signatures", file, needed=delegation.threshold, found=len(good))


def _verifying_key(key: Mapping[str, Any], signature: str, payload: bytes) -> bytes | None:
    """The key's material if it made the signature, else `None`; a kind that this reader does not know made none."""
    try:
        public = key["keyval"]["public"]
        if (key["keytype"], key["scheme"]) == ("ed25519", "ed25519"):
            material = bytes.fromhex(public)
            Ed25519PublicKey.from_public_bytes(material).verify(bytes.fromhex(signature), payload)
            return material
        if key["scheme"] == "ecdsa-sha2-nistp256" and key["keytype"] in {"ecdsa", "ecdsa-sha2-nistp256"}:
            return _verifying_p256(public, bytes.fromhex(signature), payload)
    except (InvalidSignature, ValueError, TypeError, KeyError, AttributeError):
        pass  # a row of any other form is no signature
    return None


def _verifying_p256(pem: str, signature: bytes, payload: bytes) -> bytes | None:
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - custodians with HSMs
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        Encoding,
        PublicFormat,
        load_pem_public_key,
    )

    key = load_pem_public_key(pem.encode())
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
        return None
    key.verify(signature, payload, ec.ECDSA(SHA256()))
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


_ESCAPE: Final = re.compile(rb'\\(["\\bfnrt]|u[0-9a-f]{4})')
_PLAIN: Final = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}


def canonical(signed: Mapping[str, Any]) -> bytes:
    r"""OLPC canonical JSON, over which signatures are made: sorted names, no white space, only `"` and `\` escaped."""
    data = orjson.dumps(signed, option=orjson.OPT_SORT_KEYS)  # TypeError: deeper than anything of ours
    return _ESCAPE.sub(_unescaped, data) if b"\\" in data else data


def _unescaped(match: re.Match[bytes]) -> bytes:
    what = match[1]
    if what in {b'"', b"\\"}:
        return match[0]
    return _PLAIN.get(what) or bytes([int(what[1:], 16)])
