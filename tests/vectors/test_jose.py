"""Examples of RFC 7515, RFC 8037 and the JOSE cookbook (RFC 7520)."""

from pathlib import Path
from typing import Any

import pytest

from certx.credential.jws import parse_jws
from certx.keys import read_public_key, thumbprint
from certx.keys.algorithms import ALLOWED
from certx.keys.encoding import base64url
from certx.reason import Reason
from vectors.vector_files import jws_refusal, key_refusal, load, signature_stands


@pytest.fixture(scope="module")
def rfc(vectors: Path) -> dict[str, dict[str, Any]]:
    cases = load(vectors / "jose-rfc" / "rfc7515-rfc8037-jws.json")
    assert len(cases) == 4
    return {case["alg"]: case for case in cases}


@pytest.fixture(scope="module")
def cookbook(vectors: Path) -> Path:
    return vectors / "jose-cookbook"


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_the_es256_example_of_rfc_7515_verifies(rfc: dict[str, dict[str, Any]]) -> None:
    case = rfc["ES256"]
    jws = parse_jws(case["jws"])
    assert jws.header == {"alg": "ES256"}
    assert jws.payload == {"iss": "joe", "exp": 1300819380, "http://example.com/is_root": True}
    assert read_public_key(case["jwk"]).verify(jws.signature, jws.signing_input)
    assert signature_stands(case["jws"], case["jwk"])


def test_the_hs256_example_of_rfc_7515_is_refused_by_algorithm_and_key(
    rfc: dict[str, dict[str, Any]],
) -> None:
    assert parse_jws(rfc["HS256"]["jws"]).header["alg"] not in ALLOWED
    assert key_refusal(rfc["HS256"]["jwk"]) == "jwk-kind"


def test_the_unsecured_example_of_rfc_7515_is_refused_with_any_key(
    rfc: dict[str, dict[str, Any]],
) -> None:
    assert parse_jws(rfc["none"]["jws"]).header["alg"] not in ALLOWED
    assert not any(signature_stands(rfc["none"]["jws"], rfc[name]["jwk"]) for name in ("ES256", "EdDSA"))


def test_the_ed25519_example_of_rfc_8037_verifies(rfc: dict[str, dict[str, Any]]) -> None:
    assert signature_stands(rfc["EdDSA"]["jws"], rfc["EdDSA"]["jwk"])


def test_a_payload_that_is_no_json_object_is_refused_however_well_signed(
    rfc: dict[str, dict[str, Any]],
) -> None:
    assert jws_refusal(rfc["EdDSA"]["jws"]) is Reason.JSON_MALFORMED


def test_the_keys_of_rfc_7515_and_rfc_8037_do_not_verify_each_others_examples(
    rfc: dict[str, dict[str, Any]],
) -> None:
    assert not signature_stands(rfc["ES256"]["jws"], rfc["EdDSA"]["jwk"])
    assert not signature_stands(rfc["EdDSA"]["jws"], rfc["ES256"]["jwk"])


def test_the_thumbprint_of_rfc_8037_is_the_same(rfc: dict[str, dict[str, Any]]) -> None:
    assert thumbprint(rfc["EdDSA"]["jwk"]) == rfc["EdDSA"]["jwk_thumbprint_sha256"]


def test_the_ed25519_example_of_the_cookbook_verifies(cookbook: Path) -> None:
    case = load(cookbook / "curve25519" / "jws.json")
    assert signature_stands(case["output"]["compact"], case["input"]["key"])
    assert case["output"]["compact"].split(".")[1] == base64url(case["input"]["payload"].encode())


def test_no_key_of_the_cookbook_is_of_a_kind_that_certx_takes(cookbook: Path) -> None:
    keys = [load(path) for path in sorted((cookbook / "jwk").glob("*.json"))]
    assert [(key["kty"], key.get("crv")) for key in keys] == [
        ("EC", "P-521"), ("EC", "P-521"), ("RSA", None), ("RSA", None), ("oct", None), ("oct", None),
    ]  # fmt: skip
    assert {key_refusal(key) for key in keys} == {"jwk-kind"}


def test_no_signature_of_the_cookbook_is_by_an_algorithm_that_certx_takes(cookbook: Path) -> None:
    algorithms = []
    for path in sorted((cookbook / "jws").glob("*.json")):
        case = load(path)
        algorithms += as_list(case["input"]["alg"])
        assert all(key_refusal(key) == "jwk-kind" for key in as_list(case["input"]["key"])), path.name
    assert sorted(algorithms) == sorted(
        ["RS256", "PS384", "ES512", "HS256", "HS256", "HS256", "HS256", "RS256", "ES512", "HS256"]
    )
    assert not ALLOWED & set(algorithms)


def test_no_compact_signature_of_the_cookbook_stands(cookbook: Path) -> None:
    cases = [load(path) for path in sorted((cookbook / "jws").glob("*.json"))]
    compact = [case for case in cases if "compact" in case["output"]]
    assert (len(cases), len(compact)) == (8, 5)
    for case in compact:
        assert not signature_stands(case["output"]["compact"], case["input"]["key"])
        assert jws_refusal(case["output"]["compact"]) is Reason.JSON_MALFORMED
