"""Attacks known in the field, on the signature and what is around it: one test each.

RFC 8725; RFC 7515; RFC 7518, section 3.4; RFC 9901, 7.1 steps 1 and 2; SD-JWT VC, 2.2.1.
"""

import hmac
import json
import tracemalloc
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certx.credential.constants import MAX_CHARACTERS, MAX_DEPTH
from certx.keys import new_signer
from certx.keys.algorithms import P256Signer
from certx.keys.encoding import base64url
from certx.reason import Reason
from unit.crafting import (
    ISSUER,
    STRANGER,
    claims,
    credential,
    disclosure,
    header,
    refusal,
    segment,
    shown,
    sign,
)

UNSIGNED = f"{segment(header())}.{segment(claims())}"
GOOD = credential(claims())
SIGNATURE = ISSUER.sign(UNSIGNED.encode())


def test_a_credential_with_nothing_wrong_is_believed() -> None:
    assert shown(GOOD) == claims()


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", ""])
def test_an_unsigned_credential_is_refused_however_none_is_spelt(algorithm: str) -> None:
    text = f"{segment(header(alg=algorithm))}.{segment(claims())}.~"
    assert refusal(text) is Reason.ALGORITHM_NOT_ALLOWED


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS256", "PS256", "ES384", "ES256K", "es256"])
def test_a_good_signature_under_another_algorithm_name_is_refused(algorithm: str) -> None:
    assert refusal(credential(claims(), alg=algorithm)) is Reason.ALGORITHM_NOT_ALLOWED


@pytest.mark.parametrize("algorithm", [None, 7, ["ES256"], {"ES256": 1}, True])
def test_an_algorithm_that_is_not_a_string_is_refused(algorithm: object) -> None:
    assert refusal(credential(claims(), alg=algorithm)) is Reason.ALGORITHM_NOT_ALLOWED


def test_a_header_without_algorithm_is_refused() -> None:
    assert refusal(sign({"typ": "dc+sd-jwt"}, claims()) + "~") is Reason.ALGORITHM_NOT_ALLOWED


@pytest.mark.parametrize("form", ["pem", "jwk", "point"])
def test_an_hmac_keyed_with_the_public_key_is_refused(form: str) -> None:
    assert isinstance(ISSUER, P256Signer)
    public = ISSUER.key.public_key()
    secret = {
        "pem": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "jwk": json.dumps(ISSUER.public_jwk).encode(),
        "point": public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint),
    }[form]
    signing_input = f"{segment(header(alg='HS256'))}.{segment(claims())}"
    mac = base64url(hmac.digest(secret, signing_input.encode(), "sha256"))
    assert refusal(f"{signing_input}.{mac}~") is Reason.ALGORITHM_NOT_ALLOWED


@pytest.mark.parametrize("kind", ["ES256", "Ed25519"])
def test_a_key_is_not_used_under_the_algorithm_of_the_other_kind(kind: str) -> None:
    signer = new_signer(kind)
    other = {"ES256": ["Ed25519", "EdDSA"], "Ed25519": ["ES256"]}[kind]
    for algorithm in other:
        text = credential(claims(), signer=signer, alg=algorithm)
        assert refusal(text, signer.public_jwk) is Reason.ALGORITHM_NOT_ALLOWED


def test_an_ed25519_key_is_used_under_both_of_its_names() -> None:
    signer = new_signer("Ed25519")
    for algorithm in ("Ed25519", "EdDSA"):
        assert refusal(credential(claims(), signer=signer, alg=algorithm), signer.public_jwk) is None


@pytest.mark.parametrize("member", ["jwk", "jku", "x5c", "x5u", "kid"])
def test_a_key_that_the_header_brings_along_is_not_used(member: str) -> None:
    brought: dict[str, Any] = {
        "jwk": STRANGER.public_jwk,
        "jku": "https://stranger.example/jwks",
        "x5c": ["MIIB"],
        "x5u": "https://stranger.example/chain",
        "kid": STRANGER.kid,
    }
    text = credential(claims(), signer=STRANGER, **{member: brought[member]})
    assert refusal(text) is Reason.SIGNATURE_WRONG


@pytest.mark.parametrize("critical", [["exp"], ["b64"], ["urn:unknown"], [], "exp", None])
def test_a_critical_extension_is_refused_even_if_the_list_is_empty(critical: object) -> None:
    assert refusal(credential(claims(), crit=critical, b64=False)) is Reason.HEADER_CRITICAL


def test_a_der_signature_is_refused() -> None:
    assert isinstance(ISSUER, P256Signer)
    der = ISSUER.key.sign(UNSIGNED.encode(), ec.ECDSA(SHA256()))
    assert refusal(f"{UNSIGNED}.{base64url(der)}~") is Reason.SIGNATURE_WRONG


@pytest.mark.parametrize(
    "signature",
    [
        b"",
        SIGNATURE[:63],
        SIGNATURE[1:],
        SIGNATURE + b"\0",
        b"\0" + SIGNATURE,
        SIGNATURE[:32] + b"\0" + SIGNATURE[32:],
        SIGNATURE * 2,
    ],
    ids=["empty", "63", "63, first cut", "65", "65, zero first", "65, zero between", "twice"],
)
def test_an_es256_signature_of_another_length_than_64_is_refused(signature: bytes) -> None:
    assert refusal(f"{UNSIGNED}.{base64url(signature)}~") is Reason.SIGNATURE_WRONG


@pytest.mark.parametrize("length", [0, 32, 63, 65, 128])
def test_an_ed25519_signature_of_another_length_than_64_is_refused(length: int) -> None:
    signer = new_signer("Ed25519")
    signing_input = f"{segment(header(signer))}.{segment(claims())}"
    signature = (signer.sign(signing_input.encode()) * 2)[:length]
    text = f"{signing_input}.{base64url(signature)}~"
    assert refusal(text, signer.public_jwk) is Reason.SIGNATURE_WRONG


@pytest.mark.parametrize("algorithm", ["ES256", "Ed25519"])
def test_a_signature_of_zeros_is_refused(algorithm: str) -> None:
    signer = new_signer(algorithm)
    signing_input = f"{segment(header(signer))}.{segment(claims())}"
    text = f"{signing_input}.{base64url(bytes(64))}~"
    assert refusal(text, signer.public_jwk) is Reason.SIGNATURE_WRONG


def test_a_payload_changed_after_signing_is_refused() -> None:
    head, _, signature = GOOD.split(".")
    assert refusal(f"{head}.{segment(claims(iss='x'))}.{signature}") is Reason.SIGNATURE_WRONG


def test_a_header_changed_after_signing_is_refused() -> None:
    _, payload, signature = GOOD.split(".")
    assert refusal(f"{segment(header(kid='x'))}.{payload}.{signature}") is Reason.SIGNATURE_WRONG


@pytest.mark.parametrize("stray", ["=", "==", " ", "\n", "\t", "+", "/", "é", "\0", "%3D"])
@pytest.mark.parametrize("part", [1, 2])
def test_payload_and_signature_take_no_padding_white_space_or_foreign_letter(part: int, stray: str) -> None:
    parts = GOOD.removesuffix("~").split(".")
    parts[part] += stray
    assert refusal(".".join(parts) + "~") is Reason.ENCODING_MALFORMED


@pytest.mark.parametrize("stray", ["=", " ", "\n", "+", "é"])
@pytest.mark.parametrize("place", ["before", "after"])
def test_a_header_that_cannot_be_decoded_is_none(place: str, stray: str) -> None:
    head, rest = GOOD.split(".", 1)
    text = f"{stray}{head}.{rest}" if place == "before" else f"{head}{stray}.{rest}"
    assert refusal(text) is Reason.UNREADABLE_NOT_A_CREDENTIAL


def test_unused_bits_of_a_signature_must_be_zero() -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    body, last = GOOD[:-2], alphabet.index(GOOD[-2])
    assert last % 16 == 0
    for bits in range(1, 16):
        assert refusal(f"{body}{alphabet[last + bits]}~") is Reason.ENCODING_MALFORMED


@pytest.mark.parametrize("wrong", ["vc+sd-jwt", "JWT", "application/dc+sd-jwt", "kb+jwt", "", None, ["dc+sd-jwt"]])
def test_a_token_of_another_type_is_refused(wrong: object) -> None:
    assert refusal(credential(claims(), typ=wrong)) is Reason.TYPE_HEADER_WRONG


def test_a_token_without_a_type_is_refused() -> None:
    assert refusal(sign({"alg": "ES256"}, claims()) + "~") is Reason.TYPE_HEADER_WRONG


@pytest.mark.parametrize("kid", [7, None, ["a"], {"a": "b"}])
def test_a_key_name_that_is_not_a_string_is_refused(kid: object) -> None:
    assert refusal(credential(claims(), kid=kid)) is Reason.HEADER_MALFORMED


@pytest.mark.parametrize(
    "payload",
    [
        b"[]",
        b"null",
        b'"text"',
        b"7",
        b"",
        b"{",
        b"{}{}",
        b'{"vct": NaN}',
        b'{"vct": "\xff"}',
        b'{"vct": "\\ud800"}',
    ],
)
def test_a_payload_that_is_not_one_json_object_in_utf_8_is_refused(payload: bytes) -> None:
    assert refusal(credential(payload)) is Reason.JSON_MALFORMED


def test_a_header_that_is_not_a_json_object_is_none() -> None:
    assert refusal(sign(["alg", "ES256"], claims()) + "~") is Reason.UNREADABLE_NOT_A_CREDENTIAL


@pytest.mark.parametrize("more", [".", ".AAAA", "..", f".{segment({})}.AAAA"])
def test_a_token_of_more_than_three_parts_is_refused(more: str) -> None:
    assert refusal(GOOD.removesuffix("~") + more + "~") is Reason.ENCODING_MALFORMED


def test_a_token_of_less_than_three_parts_is_refused() -> None:
    assert refusal(UNSIGNED + "~") is Reason.ENCODING_MALFORMED


def test_a_credential_without_its_final_tilde_is_refused() -> None:
    assert refusal(GOOD.removesuffix("~")) is Reason.UNREADABLE_TRUNCATED


def test_a_credential_with_disclosures_but_no_final_tilde_is_refused() -> None:
    text = credential(claims(), disclosure("salt", "name", 1))
    assert refusal(text.removesuffix("~")) is Reason.UNREADABLE_TRUNCATED


@pytest.mark.parametrize("stray", ["\n", " ", "\r\n", "x"])
def test_nothing_may_stand_behind_the_final_tilde_but_a_key_binding(stray: str) -> None:
    assert refusal(GOOD + stray) is Reason.UNREADABLE_TRUNCATED


def test_a_credential_in_json_serialization_is_not_taken() -> None:
    head, payload, signature = GOOD.removesuffix("~").split(".")
    document = {"protected": head, "payload": payload, "signature": signature}
    assert refusal(json.dumps(document)) is Reason.UNREADABLE_NOT_A_CREDENTIAL


@pytest.mark.parametrize("text", ["", "~", "~~", ".", "..", "..~", "a.b.c~", "hello"])
def test_a_text_that_does_not_begin_like_a_credential_is_called_that(text: str) -> None:
    assert refusal(text) is Reason.UNREADABLE_NOT_A_CREDENTIAL


def nested(depth: int) -> bytes:
    return b'{"vct": "urn:example:licence", "deep": ' + b"[" * depth + b"]" * depth + b"}"


def test_values_may_be_nested_up_to_the_limit_and_no_deeper() -> None:
    assert refusal(credential(nested(MAX_DEPTH))) is None
    assert refusal(credential(nested(MAX_DEPTH + 1))) is Reason.TOO_DEEP


@pytest.mark.parametrize(("depth", "reason"), [(1_000, Reason.TOO_DEEP), (100_000, Reason.JSON_MALFORMED)])
def test_deeply_nested_json_ends_in_a_refusal(depth: int, reason: Reason) -> None:
    assert refusal(credential(nested(depth))) is reason


def test_a_text_over_the_size_limit_is_refused_unread() -> None:
    assert refusal("~" * (MAX_CHARACTERS + 1)) is Reason.UNREADABLE_TOO_LARGE
    assert refusal(GOOD + "A" * MAX_CHARACTERS) is Reason.UNREADABLE_TOO_LARGE


def test_a_large_text_within_the_limit_is_read() -> None:
    large = credential(claims(blob="x" * (MAX_CHARACTERS // 2)))
    assert len(large) > MAX_CHARACTERS // 2
    assert refusal(large) is None


def test_headers_of_refused_texts_do_not_stay_in_memory() -> None:
    pads = [f"{number:02}" * 200_000 for number in range(40)]
    texts = [f"{segment(header(alg='none', pad=pad))}.e30.~" for pad in pads]
    tracemalloc.start()
    reasons = {refusal(text) for text in texts}
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert reasons == {Reason.ALGORITHM_NOT_ALLOWED}
    assert kept < 8 * 2**20
