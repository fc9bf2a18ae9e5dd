"""Keys: thumbprints, files, and JWKs that are for something else."""

import copy
import pickle
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from certx.errors import Exit, KeyFailureError, UsageError
from certx.keys import ALGORITHMS, new_signer, read_public_key, thumbprint
from certx.keys.algorithms import P256Signer
from certx.keys.encoding import EncodingError, base64url, base64url_each, from_base64url
from certx.keys.pem import PASSPHRASE_MIN, read_private_key, write_private_key

PASSPHRASE = b"correct horse"
SIGNERS = {name: new_signer(name) for name in ALGORITHMS}
FILES = {name: write_private_key(signer, PASSPHRASE) for name, signer in SIGNERS.items()}


def refusal(data: bytes, passphrase: bytes = PASSPHRASE) -> str:
    with pytest.raises(KeyFailureError) as caught:
        read_private_key(data, passphrase, name="k")
    assert caught.value.exit is Exit.KEY
    assert caught.value.params.get("key", "k") == "k"
    return caught.value.code


def jwk_refusal(jwk: dict[str, Any]) -> str:
    with pytest.raises(KeyFailureError) as caught:
        read_public_key(jwk)
    return caught.value.code


def test_the_thumbprint_of_rfc_8037_appendix_a_3_comes_out() -> None:
    jwk = {"crv": "Ed25519", "kty": "OKP", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    assert thumbprint(jwk) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


@pytest.mark.parametrize("name", SIGNERS)
def test_a_thumbprint_does_not_depend_on_other_members_or_their_order(name: str) -> None:
    jwk = SIGNERS[name].public_jwk
    shuffled = {"use": "sig", **dict(reversed(jwk.items())), "d": "secret"}
    assert thumbprint(shuffled) == thumbprint(jwk) == SIGNERS[name].kid == jwk["kid"]


@pytest.mark.parametrize("name", SIGNERS)
def test_a_key_survives_its_file(name: str) -> None:
    signer = read_private_key(FILES[name], PASSPHRASE, name="k")
    assert (signer.kid, signer.algorithm, signer.public_jwk) == (
        SIGNERS[name].kid, SIGNERS[name].algorithm, SIGNERS[name].public_jwk,
    )  # fmt: skip
    assert read_public_key(SIGNERS[name].public_jwk).verify(signer.sign(b"data"), b"data")


@pytest.mark.parametrize("name", SIGNERS)
def test_a_file_holds_the_key_encrypted_and_differently_each_time(name: str) -> None:
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in FILES[name]
    assert write_private_key(SIGNERS[name], PASSPHRASE) != FILES[name]


@pytest.mark.parametrize("passphrase", [b"wrong horse", b"", PASSPHRASE + b"\n"])
def test_a_wrong_passphrase_is_told_apart_from_a_damaged_file(passphrase: bytes) -> None:
    assert refusal(FILES["ES256"], passphrase) == "passphrase-wrong"


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_truncated_file_is_damaged(share: float) -> None:
    data = FILES["ES256"]
    assert refusal(data[: int(len(data) * share)]) == "key-damaged"


@pytest.mark.parametrize(
    "data", [b"hello", b"\x00\xff" * 40, b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_what_is_no_key_file_is_damaged(data: bytes) -> None:
    assert refusal(data) == "key-damaged"


def _pem(key: Any, private_format: PrivateFormat, *, encrypted: bool = False) -> bytes:
    protection = BestAvailableEncryption(PASSPHRASE) if encrypted else NoEncryption()
    return bytes(key.private_bytes(Encoding.PEM, private_format, protection))


P256 = ec.generate_private_key(ec.SECP256R1())


@pytest.mark.parametrize(
    "data",
    [
        _pem(P256, PrivateFormat.PKCS8),
        _pem(P256, PrivateFormat.TraditionalOpenSSL),
        _pem(ed25519.Ed25519PrivateKey.generate(), PrivateFormat.PKCS8),
        FILES["ES256"] + _pem(P256, PrivateFormat.PKCS8),
    ],
    ids=["pkcs8", "sec1", "ed25519", "behind another"],
)
def test_a_key_that_lies_there_unencrypted_is_refused(data: bytes) -> None:
    assert refusal(data) == "key-not-encrypted"


@pytest.mark.parametrize(
    ("key", "code"),
    [(rsa.generate_private_key(65537, 2048), "key-kind"), (ec.generate_private_key(ec.SECP384R1()), "key-curve")],
    ids=["rsa", "p-384"],
)
def test_a_key_that_cannot_sign_here_is_refused_by_kind(key: Any, code: str) -> None:
    assert refusal(_pem(key, PrivateFormat.PKCS8, encrypted=True)) == code


def test_a_passphrase_has_a_least_length() -> None:
    with pytest.raises(KeyFailureError) as caught:
        write_private_key(SIGNERS["ES256"], b"x" * (PASSPHRASE_MIN - 1))
    assert caught.value.code == "passphrase-short"
    assert write_private_key(SIGNERS["ES256"], b"x" * PASSPHRASE_MIN)


def test_a_key_that_lives_elsewhere_has_no_file() -> None:
    class Elsewhere:
        algorithm, kid, public_jwk = "ES256", "k", {"kty": "EC"}

        def sign(self, data: bytes) -> bytes:
            return data

    with pytest.raises(KeyFailureError) as caught:
        write_private_key(Elsewhere(), PASSPHRASE)
    assert caught.value.code == "key-not-exportable"


@pytest.mark.parametrize("name", SIGNERS)
def test_a_signer_does_not_travel(name: str) -> None:
    for carry in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(KeyFailureError) as caught:
            carry(SIGNERS[name])
        assert caught.value.code == "key-not-portable"


@pytest.mark.parametrize("name", SIGNERS)
def test_a_signer_shows_nothing_but_its_public_name(name: str) -> None:
    assert repr(SIGNERS[name]) == f"<{type(SIGNERS[name]).__name__} {SIGNERS[name].kid}>"
    assert "d" not in SIGNERS[name].public_jwk


def test_what_a_caller_does_to_a_public_key_does_not_change_the_signer() -> None:
    jwk = SIGNERS["ES256"].public_jwk
    jwk["kid"] = "other"
    assert SIGNERS["ES256"].kid != "other"


def test_a_key_of_an_unknown_algorithm_is_not_made() -> None:
    with pytest.raises(UsageError) as caught:
        new_signer("RS256")
    assert caught.value.params == {"name": "RS256", "known": "ES256, Ed25519"}


@pytest.mark.parametrize("name", SIGNERS)
@pytest.mark.parametrize(
    "purpose", [{"use": "sig"}, {"key_ops": ["verify"]}, {"key_ops": ["sign", "verify"]}, {"alg": None}]
)
def test_a_jwk_for_checking_signatures_is_read(name: str, purpose: dict[str, Any]) -> None:
    jwk = {key: value for key, value in {**SIGNERS[name].public_jwk, **purpose}.items() if value is not None}
    assert read_public_key(jwk).verify(SIGNERS[name].sign(b"x"), b"x")


@pytest.mark.parametrize(
    "purpose",
    [{"use": "enc"}, {"use": None}, {"key_ops": ["sign"]}, {"key_ops": []}, {"key_ops": "verify"},
     {"alg": "ES384"}, {"alg": "Ed25519"}, {"alg": 7}],
)  # fmt: skip
def test_a_jwk_for_another_purpose_is_refused(purpose: dict[str, Any]) -> None:
    assert jwk_refusal({**SIGNERS["ES256"].public_jwk, **purpose}) == "jwk-purpose"


def test_the_old_name_of_ed25519_is_read_too() -> None:
    key = read_public_key({**SIGNERS["Ed25519"].public_jwk, "alg": "EdDSA"})
    assert key.algorithms == {"Ed25519", "EdDSA"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kty": "RSA"}, "jwk-kind"),
        ({"crv": "P-384"}, "jwk-kind"),
        ({"kty": None}, "jwk-kind"),
        ({"kty": ["EC"]}, "jwk-kind"),
        ({"x": "AA"}, "jwk-coordinate"),
        ({"x": None}, "jwk-coordinate"),
        ({"x": 7}, "jwk-coordinate"),
        ({"x": "é" * 43}, "jwk-coordinate"),
        ({"x": base64url(bytes(32)) + "="}, "jwk-coordinate"),
        ({"y": base64url(bytes(33))}, "jwk-coordinate"),
        ({"y": base64url(bytes(32))}, "jwk-not-on-curve"),
        ({"x": base64url(b"\xff" * 32)}, "jwk-not-on-curve"),
    ],
)
def test_a_jwk_that_is_no_key_is_refused(change: dict[str, Any], code: str) -> None:
    assert jwk_refusal({**SIGNERS["ES256"].public_jwk, **change}) == code


@pytest.mark.parametrize("name", SIGNERS)
@pytest.mark.parametrize("wrong", [b"", b"x", bytes(64), b"\xff" * 64, bytes(63), bytes(65)])
def test_no_bytes_are_a_signature_by_accident_and_none_raise(name: str, wrong: bytes) -> None:
    key = read_public_key(SIGNERS[name].public_jwk)
    signature = SIGNERS[name].sign(b"data")
    assert len(signature) == 64
    assert not key.verify(wrong, b"data")
    assert not key.verify(signature, b"datb")
    assert not key.verify(signature + b"\0", b"data")
    assert key.verify(signature, b"data")


def test_a_p256_signer_takes_no_other_curve() -> None:
    with pytest.raises(KeyFailureError) as caught:
        P256Signer(ec.generate_private_key(ec.SECP384R1()))
    assert caught.value.code == "key-curve"


@settings(deadline=None)
@given(st.binary(max_size=70))
def test_base64url_is_one_text_for_one_value(data: bytes) -> None:
    text = base64url(data)
    assert from_base64url(text.encode()) == data
    assert not set(text) & set("+/=")


@settings(deadline=None)
@given(st.binary(max_size=12))
def test_a_text_that_decodes_is_the_text_of_what_it_decodes_to(text: bytes) -> None:
    try:
        data = from_base64url(text)
    except EncodingError:
        return
    assert base64url(data).encode() == text


@settings(deadline=None)
@given(st.lists(st.binary(min_size=16, max_size=16), min_size=1, max_size=9), st.binary(min_size=32, max_size=32))
def test_many_blocks_are_encoded_as_each_by_itself(blocks: list[bytes], digest: bytes) -> None:
    assert base64url_each(blocks, 16) == [base64url(block) for block in blocks]
    assert base64url_each([digest, digest[::-1]], 32) == [base64url(digest), base64url(digest[::-1])]
