"""Project Wycheproof: signatures, JSON Web Signatures and JSON Web Keys made to be accepted wrongly."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from certx.keys import read_public_key
from certx.keys.algorithms import ALLOWED
from certx.keys.encoding import EncodingError, base64url, from_base64url
from certx.reason import Reason
from vectors.vector_files import jws_refusal, key_refusal, load, signature_stands

Case = tuple[dict[str, Any], dict[str, Any]]
"""A group, which holds the key, and one test of it."""

ES256_GROUPS = frozenset({"es256", "SpecialCaseEs256"})
P1363 = "ecdsa_secp256r1_sha256_p1363_test.json"
NOT_BASE64URL = frozenset(range(360, 376)) - {367, 370}
"""Cases of the group `base64` with letters or bits that may not be there (367 and 370 have none)."""


def cases_of(vectors: Path, name: str) -> list[Case]:
    document = load(vectors / "wycheproof" / name)
    cases = [(group, test) for group in document["testGroups"] for test in group["tests"]]
    assert len(cases) == document["numberOfTests"]
    return cases


def keys_of(group: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The key of a group as given; if that is a set, also each key in it."""
    given = group.get("public") or group["private"]
    yield given
    yield from given.get("keys", ())


def p256_jwk(group: dict[str, Any]) -> dict[str, str]:
    """A group's key by its coordinates: some groups have no JWK."""
    return {
        "kty": "EC",
        "crv": "P-256",
        **{name: base64url(int(group["publicKey"][f"w{name}"], 16).to_bytes(32, "big")) for name in ("x", "y")},
    }


def verifies(test: dict[str, Any], jwk: dict[str, Any]) -> bool:
    return read_public_key(jwk).verify(bytes.fromhex(test["sig"]), bytes.fromhex(test["msg"]))


@pytest.fixture(scope="module")
def signatures(vectors: Path) -> list[Case]:
    return cases_of(vectors, "json_web_signature_test.json")


@pytest.fixture(scope="module")
def jwk_cases(vectors: Path) -> list[Case]:
    return cases_of(vectors, "json_web_key_test.json")


@pytest.fixture(scope="module")
def crypto(vectors: Path) -> list[Case]:
    return cases_of(vectors, "json_web_crypto_test.json")


def of_es256(signatures: list[Case]) -> list[Case]:
    return [case for case in signatures if case[0]["comment"] in ES256_GROUPS]


def test_the_json_web_signatures_are_all_there(signatures: list[Case]) -> None:
    assert Counter(group["comment"] for group, _ in signatures) == {
        "hs256": 17, "es256": 15, "rs256": 231, "rs384": 4, "rs512": 4, "ps256": 48, "ps384": 5, "ps512": 20,
        "rfc7520": 5, "rfc7520WithKeyOps": 3, "rsa_encryption": 2, "ec_key_for_encryption": 2, "base64": 21,
        "SpecialCaseEs256": 24,
    }  # fmt: skip


def test_every_valid_es256_signature_stands_and_no_invalid_one(signatures: list[Case]) -> None:
    cases = of_es256(signatures)
    assert Counter(test["result"] for _, test in cases) == {"valid": 2, "invalid": 37}
    wrong = [
        (test["tcId"], test["comment"])
        for group, test in cases
        if signature_stands(test["jws"], group["public"]) != (test["result"] == "valid")
    ]
    assert wrong == []


def test_every_other_algorithm_is_off_the_list_and_so_is_its_key(signatures: list[Case]) -> None:
    others = [case for case in signatures if case[0]["comment"] not in {*ES256_GROUPS, "ec_key_for_encryption"}]
    assert len(others) == 401 - 39 - 2
    for group, test in others:
        assert key_refusal(next(keys_of(group))) == "jwk-kind", test["tcId"]
        assert (next(keys_of(group))).get("alg", "RSA1_5") not in ALLOWED, test["tcId"]
        assert not signature_stands(test["jws"], next(keys_of(group))), test["tcId"]


def test_no_signature_by_another_algorithm_stands_under_an_es256_key(signatures: list[Case]) -> None:
    keys = [group["public"] for group, _ in of_es256(signatures)]
    others = [test for group, test in signatures if group["comment"] not in ES256_GROUPS]
    standing = [test["comment"] for test in others if signature_stands(test["jws"], keys[0])]
    # Two credentials signed rightly by that very key, which their own group calls a key for encryption.
    assert standing == ["rejectWrongUse", "rejectWrongKeyOps"]


def test_a_p256_key_for_encryption_verifies_nothing(signatures: list[Case]) -> None:
    cases = [case for case in signatures if case[0]["comment"] == "ec_key_for_encryption"]
    assert len(cases) == 2
    for group, _ in cases:
        assert key_refusal(group["public"]) == "jwk-purpose"


def test_no_case_whose_payload_is_no_json_object_is_taken_for_a_jws(signatures: list[Case]) -> None:
    reasons = Counter(jws_refusal(test["jws"]) for _, test in signatures)
    assert reasons.keys() == {Reason.JSON_MALFORMED, Reason.ENCODING_MALFORMED}
    assert sum(reasons.values()) == 401


def test_segments_that_are_not_base64url_are_not_decoded(
    signatures: list[Case],
) -> None:
    refused = set()
    cases = [test for group, test in signatures if group["comment"] == "base64"]
    for test in cases:
        try:
            for segment in test["jws"].split("."):
                from_base64url(segment.encode())
        except EncodingError:
            refused.add(test["tcId"])
    assert len(cases) == 21
    assert refused == NOT_BASE64URL


def test_the_json_web_key_cases_are_all_there(jwk_cases: list[Case], crypto: list[Case]) -> None:
    assert (len(jwk_cases), len(crypto)) == (26, 83)


def test_nothing_stands_with_a_key_or_key_set_made_to_confuse(jwk_cases: list[Case]) -> None:
    for group, test in jwk_cases:
        for jwk in keys_of(group):
            assert not signature_stands(test["jws"], jwk), test["tcId"]


def test_every_key_made_to_confuse_is_refused_for_what_is_wrong_with_it(jwk_cases: list[Case]) -> None:
    singles = {test["tcId"]: list(keys_of(group))[1:] for group, test in jwk_cases}
    refusals = {number: {key_refusal(jwk) for jwk in keys} for number, keys in singles.items()}
    assert {number: codes for number, codes in refusals.items() if codes != {"jwk-kind"}} == {
        1: {"jwk-kind", None},  # beside a symmetric key, a right one that did not sign
        19: {"jwk-purpose"},  # alg ES521 on P-256
        20: {"jwk-purpose"},  # alg ES224 on P-256
        21: {"jwk-purpose"},  # use enc
        22: {"jwk-not-on-curve"},
    }


def test_of_all_json_web_crypto_cases_only_the_valid_es256_one_stands(crypto: list[Case]) -> None:
    standing = [
        (group["comment"], test["comment"])
        for group, test in crypto
        for jwk in keys_of(group)
        if signature_stands(test.get("jws", test.get("jwe")), jwk)
    ]
    assert standing == [("jws_ec", "acceptsValid")]


def test_every_set_of_keys_is_refused_as_a_key(jwk_cases: list[Case], crypto: list[Case]) -> None:
    sets = [next(keys_of(group)) for group, _ in (*jwk_cases, *crypto) if "keys" in next(keys_of(group))]
    assert len(sets) == 26 + 3
    assert {key_refusal(jwk) for jwk in sets} == {"jwk-kind"}


def test_encrypted_tokens_and_their_keys_are_refused(crypto: list[Case]) -> None:
    encrypted = [(group, test["jwe"]) for group, test in crypto if "jwe" in test]
    assert len(encrypted) == 34
    for group, jwe in encrypted:
        assert key_refusal(next(keys_of(group))) in {"jwk-kind", "jwk-purpose"}
        assert not isinstance(jwe, str) or jws_refusal(jwe) is not None


def test_every_raw_es256_signature_is_judged_as_wycheproof_does(vectors: Path) -> None:
    cases = cases_of(vectors, P1363)
    assert Counter(test["result"] for _, test in cases) == {"valid": 173, "invalid": 89}
    wrong = [
        (test["tcId"], test["comment"])
        for group, test in cases
        if verifies(test, p256_jwk(group)) != (test["result"] == "valid")
    ]
    assert wrong == []


def test_the_jwks_of_wycheproof_are_the_keys_by_their_coordinates(vectors: Path) -> None:
    groups = load(vectors / "wycheproof" / P1363)["testGroups"]
    written = [group for group in groups if "publicKeyJwk" in group]
    assert (len(groups), len(written)) == (112, 103)
    assert all(p256_jwk(group).items() <= group["publicKeyJwk"].items() for group in written)


def test_no_der_signature_verifies_valid_or_not(vectors: Path) -> None:
    cases = cases_of(vectors, "ecdsa_secp256r1_sha256_test.json")
    assert len(cases) == 484
    assert [test["tcId"] for group, test in cases if verifies(test, p256_jwk(group))] == []


def test_every_ed25519_signature_is_judged_as_wycheproof_does(vectors: Path) -> None:
    cases = cases_of(vectors, "ed25519_test.json")
    assert Counter(test["result"] for _, test in cases) == {"valid": 88, "invalid": 63}
    wrong = [
        (test["tcId"], test["comment"])
        for group, test in cases
        if verifies(test, group["publicKeyJwk"]) != (test["result"] == "valid")
    ]
    assert wrong == []
