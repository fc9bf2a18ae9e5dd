"""The examples printed in RFC 9901."""

from pathlib import Path
from typing import Any

import pytest

from certx.credential import CredentialError, verify_with_key
from certx.credential.check import check_disclosures, check_key_binding, check_signature
from certx.credential.jws import parse_jws
from certx.credential.parse import parse
from certx.credential.reveal import digest_of, read_disclosures
from certx.keys import read_public_key
from certx.reason import Finding, Reason, Result
from vectors.vector_files import BEFORE_EXPIRY, load, to_compact, verify_refusal


@pytest.fixture(scope="module")
def compact_examples(vectors: Path) -> list[dict[str, Any]]:
    return load(vectors / "rfc9901" / "rfc9901-compact-examples.json")


@pytest.fixture(scope="module")
def json_examples(vectors: Path) -> list[dict[str, Any]]:
    return load(vectors / "rfc9901" / "rfc9901-json-serialization-examples.json")


def with_disclosures(examples: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [example for example in examples if example["kind"] != "jwt"]


def bound(examples: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [example for example in examples if "kb" in example]


def binding_finding(compact: str, payload: dict[str, Any], **other: Any) -> Finding:
    expected = {"audience": payload["aud"], "nonce": payload["nonce"], "max_age": 60, **other}
    return check_key_binding(parse(compact), payload["iat"] + 60, **expected)


def test_no_example_is_left_out(compact_examples: list[dict[str, Any]], json_examples: list[dict[str, Any]]) -> None:
    kinds = [example["kind"] for example in compact_examples]
    assert {kind: kinds.count(kind) for kind in kinds} == {"jwt": 1, "sd-jwt": 5, "sd-jwt+kb": 3}
    assert len(json_examples) == 3


def test_every_example_is_taken_apart_as_printed(compact_examples: list[dict[str, Any]]) -> None:
    for example in with_disclosures(compact_examples):
        credential = parse(example["compact"])
        assert credential.jws.header == example["header"]
        assert credential.jws.payload == example["payload"]
        printed = [disclosure["disclosure"] for disclosure in example["disclosures"]]
        assert list(credential.disclosures) == printed


def test_every_signature_of_the_examples_verifies(compact_examples: list[dict[str, Any]]) -> None:
    for example in compact_examples:
        jws = parse_jws(example["compact"].partition("~")[0])
        assert read_public_key(example["issuer_jwk"]).verify(jws.signature, jws.signing_input)
        assert not read_public_key(example["issuer_jwk"]).verify(jws.signature, jws.signing_input + b"A")


def test_every_example_has_the_printed_processed_payload(compact_examples: list[dict[str, Any]]) -> None:
    for example in with_disclosures(compact_examples):
        credential = parse(example["compact"])
        assert check_disclosures(credential).result is Result.PASSED
        assert credential.claims == example["expected_processed_payload"]


def test_every_disclosure_has_the_printed_contents_and_digest(
    compact_examples: list[dict[str, Any]],
) -> None:
    disclosures = [item for example in compact_examples for item in example.get("disclosures", ())]
    assert len(disclosures) == 70
    for item in disclosures:
        assert read_disclosures([item["disclosure"]]) == [item["contents"]]
        assert digest_of(item["disclosure"]) == item["digest"]


def test_every_key_binding_of_the_examples_is_accepted(compact_examples: list[dict[str, Any]]) -> None:
    for example in bound(compact_examples):
        payload = example["kb"]["payload"]
        assert binding_finding(example["compact"], payload).result is Result.PASSED


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"audience": "https://other.example.org"}, Reason.KEY_BINDING_AUDIENCE_WRONG),
        ({"nonce": "1234567891"}, Reason.KEY_BINDING_NONCE_WRONG),
        ({"max_age": 59}, Reason.KEY_BINDING_TOO_OLD),
    ],
)
def test_a_key_binding_of_the_examples_is_refused_where_another_was_expected(
    compact_examples: list[dict[str, Any]], changed: dict[str, Any], reason: Reason
) -> None:
    for example in bound(compact_examples):
        assert binding_finding(example["compact"], example["kb"]["payload"], **changed).reason is reason


def test_a_key_binding_of_the_examples_does_not_cover_fewer_disclosures(
    compact_examples: list[dict[str, Any]],
) -> None:
    for example in bound(compact_examples):
        jwt, *disclosures, kb_jwt = example["compact"].split("~")
        fewer = "~".join((jwt, *disclosures[:-1], kb_jwt))
        found = binding_finding(fewer, example["kb"]["payload"])
        assert found.reason is Reason.KEY_BINDING_HASH_WRONG


def test_examples_typed_otherwise_than_a_credential_are_refused(
    compact_examples: list[dict[str, Any]],
) -> None:
    others = [e for e in with_disclosures(compact_examples) if e["header"]["typ"] == "example+sd-jwt"]
    assert len(others) == 6
    for example in others:
        found = verify_refusal(example["compact"], example["issuer_jwk"])
        assert found is Reason.TYPE_HEADER_WRONG


def test_the_two_examples_typed_as_a_credential_verify(compact_examples: list[dict[str, Any]]) -> None:
    typed = [e for e in with_disclosures(compact_examples) if e["header"]["typ"] == "dc+sd-jwt"]
    assert [example["section"] for example in typed] == ["A.3", "A.3"]
    for example in typed:
        claims = verify_with_key(example["compact"], example["issuer_jwk"], now=BEFORE_EXPIRY)
        assert claims == example["expected_processed_payload"]


def test_a_bare_jwt_without_any_tilde_is_refused_as_truncated(
    compact_examples: list[dict[str, Any]],
) -> None:
    bare = [example["compact"] for example in compact_examples if example["kind"] == "jwt"]
    for text in bare:
        with pytest.raises(CredentialError) as caught:
            parse(text)
        assert caught.value.reason is Reason.UNREADABLE_TRUNCATED


def test_json_serializations_say_the_same_in_compact_form(json_examples: list[dict[str, Any]]) -> None:
    for example in json_examples:
        key = read_public_key(example["issuer_jwk"])
        forms = [to_compact(example["json"], i) for i in range(len(example["signature_valid"]))]
        verified = [check_signature(parse(form), key).result is Result.PASSED for form in forms]
        assert verified == example["signature_valid"]
        assert parse(forms[0]).claims == example["expected_processed_payload"]


def test_key_bindings_of_json_serializations_cover_the_compact_form(
    json_examples: list[dict[str, Any]],
) -> None:
    examples = bound(json_examples)
    assert len(examples) == 2
    for example in examples:
        found = binding_finding(to_compact(example["json"]), example["kb"]["payload"])
        assert found.result is Result.PASSED
