"""The rules of a verifier about the signed form, as pure functions `… → Finding`.

Numbers in brackets are those of the checklist in docs/verifier-rules.md, where each has its clause.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from certx.credential.constants import (
    CLOCK_SKEW,
    PLAIN_CLAIMS,
    TYP_CREDENTIAL,
    TYP_KEY_BINDING,
)
from certx.credential.errors import CredentialError
from certx.credential.jws import parse_jws
from certx.credential.parse import Unverified
from certx.credential.reveal import digest_of
from certx.errors import KeyFailureError
from certx.keys.algorithms import ALLOWED, read_public_key
from certx.reason import Finding, Reason, failed, passed

if TYPE_CHECKING:
    from certx.keys.protocols import PublicKey

NO_MAXIMUM = float("inf")


def check_header(credential: Unverified) -> Finding:
    """[2, 12] `alg` on the allow-list, no `crit`, `typ` dc+sd-jwt.

    RFC 9901, 7.1 step 2.a; RFC 8725, 3.1; RFC 7515, 4.1.11; SD-JWT VC, 2.2.1.
    """
    return _header("header", credential.jws.header, TYP_CREDENTIAL, Reason.TYPE_HEADER_WRONG)


def _header(check: str, header: Mapping[str, Any], typ: str, wrong_typ: Reason) -> Finding:
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in ALLOWED:
        return failed(check, Reason.ALGORITHM_NOT_ALLOWED)
    if "crit" in header:  # we understand no extension, so any that is critical is one too many
        return failed(check, Reason.HEADER_CRITICAL)
    if header.get("typ") != typ:
        return failed(check, wrong_typ, expected=typ)
    if not isinstance(header.get("kid", ""), str):
        return failed(check, Reason.HEADER_MALFORMED)
    return passed(check)


def check_signature(credential: Unverified, key: PublicKey) -> Finding:
    """[2, 3] The signature, by an algorithm that the key's own kind allows (RFC 9901, 7.1 step 2.b; RFC 8725, 3.1)."""
    jws = credential.jws
    if str(jws.header.get("alg")) not in key.algorithms:
        return failed("signature", Reason.ALGORITHM_NOT_ALLOWED)
    if not key.verify(jws.signature, jws.signing_input):
        return failed("signature", Reason.SIGNATURE_WRONG)
    return passed("signature")


def check_disclosures(credential: Unverified) -> Finding:
    """[1, 5-10] All rules on digests and Disclosures, worked through while parsing (RFC 9901, 7.1 steps 2.d to 5)."""
    if credential.defect is not None:
        return failed("disclosures", credential.defect.reason, **credential.defect.params)
    return passed("disclosures")


def check_claims(credential: Unverified) -> Finding:
    """[11, 12] `vct` present, registered claims of the right type and never concealed.

    SD-JWT VC, 2.2.2; RFC 7519, section 4.1; RFC 9901, 9.7.
    """
    payload, claims = credential.jws.payload, credential.claims
    for name, is_plain, is_typed in _TYPED_CLAIMS:
        if name not in claims:
            continue
        if is_plain and (name not in payload or payload[name] != claims[name]):  # a digest in it was worked in
            return failed("claims", Reason.CLAIM_MUST_BE_PLAIN, name=name)
        if not is_typed(claims[name]):
            return failed("claims", Reason.CLAIM_TYPE_WRONG, name=name)
    if not claims.get("vct"):
        return failed("claims", Reason.VCT_MISSING)
    return passed("claims")


def _is_number(value: object) -> bool:
    return type(value) is int or type(value) is float


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_text_or_texts(value: object) -> bool:
    return isinstance(value, str) or _is_texts(value)


_TYPES: Final[Mapping[str, Callable[[object], bool]]] = {
    "exp": _is_number, "nbf": _is_number, "iat": _is_number, "cnf": _is_object, "status": _is_object,
    "aka_vcts": _is_texts, "aud": _is_text_or_texts,
}  # fmt: skip
_TYPED_CLAIMS: Final = tuple(
    (name, name in PLAIN_CLAIMS, _TYPES.get(name, _is_text)) for name in sorted(PLAIN_CLAIMS | {"iat", "sub", "aud"})
)
"""Name, whether it must be plain, and what tells that it has its type, in the order in which they are looked at."""


def check_validity(claims: Mapping[str, Any], now: float, *, check: str = "validity") -> Finding:
    """[11] `nbf` ≤ now < `exp`, and not issued in the future (RFC 9901, 7.1 step 6; RFC 7519, 4.1.4 and 4.1.5).

    Takes processed claims whose types were checked, and Unix time. No leeway on `exp` and `nbf`.
    """
    expires, begins, issued = claims.get("exp"), claims.get("nbf"), claims.get("iat")
    if expires is not None and now >= expires:
        return failed(check, Reason.EXPIRED, at=expires)
    if begins is not None and now < begins:
        return failed(check, Reason.NOT_YET_VALID, at=begins)
    if issued is not None and issued > now + CLOCK_SKEW:
        return failed(check, Reason.ISSUED_IN_FUTURE, at=issued)
    return passed(check)


def check_key_binding(  # noqa: PLR0911 - one return for each rule of the clause
    credential: Unverified,
    now: float,
    *,
    audience: str | None = None,
    nonce: str | None = None,
    max_age: float = NO_MAXIMUM,
) -> Finding:
    """[13] The KB-JWT: key, signature, `typ`, `iat`, `nonce`, `aud`, `sd_hash` (RFC 9901, 7.3 step 5).

    Whether there must be one is the caller's policy, decided before looking. The disclosures must have passed.
    """
    check = "key-binding"
    if credential.key_binding is None:
        return failed(check, Reason.KEY_BINDING_MISSING)
    key = _holder_key(credential)
    if key is None:
        return failed(check, Reason.KEY_BINDING_NO_HOLDER_KEY)
    try:
        binding = parse_jws(credential.key_binding)
    except CredentialError:
        return failed(check, Reason.KEY_BINDING_MALFORMED)
    header = _header(check, binding.header, TYP_KEY_BINDING, Reason.KEY_BINDING_TYPE_WRONG)
    if header.reason is not None:
        return header
    if binding.header["alg"] not in key.algorithms or not key.verify(binding.signature, binding.signing_input):
        return failed(check, Reason.KEY_BINDING_SIGNATURE_WRONG)
    claims = binding.payload
    if not (
        _is_number(claims.get("iat"))
        and all(isinstance(claims.get(name), str) for name in ("aud", "nonce", "sd_hash"))
        and all(_is_number(claims.get(name, 0)) for name in ("exp", "nbf"))
    ):
        return failed(check, Reason.KEY_BINDING_MALFORMED)
    if audience is not None and claims["aud"] != audience:
        return failed(check, Reason.KEY_BINDING_AUDIENCE_WRONG)
    if nonce is not None and claims["nonce"] != nonce:
        return failed(check, Reason.KEY_BINDING_NONCE_WRONG)
    algorithm = credential.revealed.hash_algorithm if credential.revealed else "sha-256"
    if claims["sd_hash"] != digest_of(credential.presented, algorithm):
        return failed(check, Reason.KEY_BINDING_HASH_WRONG)
    return _binding_age(claims, now, max_age)


def _binding_age(claims: Mapping[str, Any], now: float, max_age: float) -> Finding:
    if claims["iat"] > now + CLOCK_SKEW:
        return failed("key-binding", Reason.KEY_BINDING_IN_FUTURE, at=claims["iat"])
    if now - claims["iat"] > max_age:
        return failed("key-binding", Reason.KEY_BINDING_TOO_OLD, at=claims["iat"], maximum=int(max_age))
    return check_validity(claims, now, check="key-binding")


def _holder_key(credential: Unverified) -> PublicKey | None:
    """The key in `cnf.jwk`; no other confirmation method and no remote key is taken (SD-JWT VC, 8.3)."""
    confirmation = credential.claims.get("cnf")
    jwk = confirmation.get("jwk") if isinstance(confirmation, dict) else None
    if not isinstance(jwk, dict):
        return None
    try:
        return read_public_key(jwk)
    except KeyFailureError:
        return None
