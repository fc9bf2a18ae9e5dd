"""Credentials made by the reference implementation sd-jwt 0.10.4 from its own test cases."""

import json
from pathlib import Path
from typing import Any

import pytest

from certx.credential import CredentialError
from certx.credential.check import check_key_binding, check_signature
from certx.credential.parse import parse
from certx.credential.reveal import digest_of
from certx.keys import read_public_key
from certx.reason import Finding, Reason, Result
from vectors.vector_files import load, to_compact, verify_refusal


@pytest.fixture(scope="module")
def cases(vectors: Path) -> list[dict[str, Any]]:
    return load(vectors / "sd-jwt-python" / "generated-testcases.json")


def compact_of(text: str) -> str:
    """A case's credential in compact form; two of the cases are in JWS JSON Serialization."""
    return to_compact(json.loads(text)) if text.startswith("{") else text


def specified(case: dict[str, Any]) -> dict[str, Any]:
    """All claims of a case: those of its user, and those that the generator adds."""
    added = {name: case["sd_jwt_payload"][name] for name in ("iss", "iat", "exp")}
    if "cnf" in case["sd_jwt_payload"]:
        added["cnf"] = case["sd_jwt_payload"]["cnf"]
    return {**case["user_claims"], **added}


def test_no_case_is_left_out(cases: list[dict[str, Any]], vectors: Path) -> None:
    specifications = vectors / "sd-jwt-python" / "tests" / "testcases"
    assert sorted(case["name"] for case in cases) == sorted(
        folder.name for folder in specifications.iterdir() if folder.is_dir()
    )
    assert len(cases) == 17


def test_every_issued_credential_reveals_all_claims_of_its_user(cases: list[dict[str, Any]]) -> None:
    for case in cases:
        credential = parse(compact_of(case["sd_jwt_issuance"]))
        assert credential.defect is None, case["name"]
        assert credential.claims == specified(case), case["name"]


def test_every_presentation_reveals_what_the_reference_verified(cases: list[dict[str, Any]]) -> None:
    for case in cases:
        credential = parse(compact_of(case["sd_jwt_presentation"]))
        assert credential.defect is None, case["name"]
        assert credential.claims == case["verified_contents"], case["name"]


def test_every_signature_verifies(cases: list[dict[str, Any]]) -> None:
    for case in cases:
        for text in (case["sd_jwt_issuance"], case["sd_jwt_presentation"]):
            found = check_signature(parse(compact_of(text)), read_public_key(case["issuer_jwk"]))
            assert found.result is Result.PASSED, case["name"]


def binding_finding(case: dict[str, Any], **changed: Any) -> Finding:
    expected = {"audience": case["aud"], "nonce": case["nonce"], "max_age": 1, **changed}
    credential = parse(compact_of(case["sd_jwt_presentation"]))
    return check_key_binding(credential, case["kb_jwt_payload"]["iat"] + 1, **expected)


def test_every_key_binding_is_accepted_for_its_audience_and_nonce(cases: list[dict[str, Any]]) -> None:
    bound = [case for case in cases if case["name"] in {"header_mod", "key_binding"}]
    assert len(bound) == 2
    for case in bound:
        assert binding_finding(case).result is Result.PASSED
        assert binding_finding(case, nonce="1").reason is Reason.KEY_BINDING_NONCE_WRONG
        assert binding_finding(case, audience="1").reason is Reason.KEY_BINDING_AUDIENCE_WRONG


def test_a_key_binding_over_the_json_text_is_refused(cases: list[dict[str, Any]]) -> None:
    # sd-jwt 0.10.4 hashes the JSON text; RFC 9901, section 8.1 wants the compact form hashed.
    bound = [case for case in cases if case["sd_jwt_presentation"].startswith("{")]
    assert len(bound) == 2
    for case in bound:
        assert binding_finding(case).reason is Reason.KEY_BINDING_HASH_WRONG
        json_text_hashed = f"{case['sd_jwt_jws_part']}~" + "".join(
            f"{text}~" for text in json.loads(case["sd_jwt_presentation"])["disclosures"]
        )
        assert digest_of(json_text_hashed) == case["kb_jwt_payload"]["sd_hash"]


def test_no_case_is_a_credential_for_it_is_typed_otherwise(cases: list[dict[str, Any]]) -> None:
    for case in cases:
        found = verify_refusal(compact_of(case["sd_jwt_issuance"]), case["issuer_jwk"])
        assert found is Reason.TYPE_HEADER_WRONG, case["name"]


def test_the_json_serialization_itself_is_not_taken(cases: list[dict[str, Any]]) -> None:
    texts = [case["sd_jwt_issuance"] for case in cases if case["sd_jwt_issuance"].startswith("{")]
    assert len(texts) == 2
    for text in texts:
        with pytest.raises(CredentialError) as caught:
            parse(text)
        assert caught.value.reason is Reason.UNREADABLE_NOT_A_CREDENTIAL
