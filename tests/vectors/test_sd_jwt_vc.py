"""The examples printed in the SD-JWT VC draft."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from certx.credential import verify_with_key
from certx.reason import Reason
from vectors.vector_files import BEFORE_EXPIRY, load, verify_refusal


@pytest.fixture(scope="module")
def examples(vectors: Path) -> list[dict[str, Any]]:
    return load(vectors / "sd-jwt-vc" / "sd-jwt-vc-16-examples.json")


@pytest.fixture(scope="module")
def bound(examples: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [example for example in examples if "kb" in example]


def expectations(example: dict[str, Any]) -> dict[str, Any]:
    payload = example["kb"]["payload"]
    return {
        "now": datetime.fromtimestamp(payload["iat"] + 60, UTC),
        "audience": payload["aud"],
        "nonce": payload["nonce"],
        "max_age": timedelta(seconds=60),
    }


def test_no_example_is_left_out(examples: list[dict[str, Any]], bound: list[dict[str, Any]]) -> None:
    assert (len(examples), len(bound)) == (5, 2)


def test_every_example_verifies_to_the_printed_payload(examples: list[dict[str, Any]]) -> None:
    for example in examples:
        claims = verify_with_key(example["compact"], example["issuer_jwk"], now=BEFORE_EXPIRY)
        assert claims == example["expected_processed_payload"]


def test_every_key_binding_verifies_for_the_audience_and_nonce_it_was_made_for(
    bound: list[dict[str, Any]],
) -> None:
    for example in bound:
        claims = verify_with_key(example["compact"], example["issuer_jwk"], **expectations(example))
        assert claims == example["expected_processed_payload"]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"audience": "https://example.com/other"}, Reason.KEY_BINDING_AUDIENCE_WRONG),
        ({"audience": ""}, Reason.KEY_BINDING_AUDIENCE_WRONG),
        ({"nonce": "0987654321"}, Reason.KEY_BINDING_NONCE_WRONG),
        ({"nonce": ""}, Reason.KEY_BINDING_NONCE_WRONG),
        ({"max_age": timedelta(seconds=59)}, Reason.KEY_BINDING_TOO_OLD),
    ],
)
def test_a_key_binding_made_for_something_else_is_refused(
    bound: list[dict[str, Any]], changed: dict[str, Any], reason: Reason
) -> None:
    for example in bound:
        expected = {**expectations(example), **changed}
        assert verify_refusal(example["compact"], example["issuer_jwk"], **expected) is reason


def test_an_example_without_key_binding_is_refused_where_one_is_demanded(
    examples: list[dict[str, Any]],
) -> None:
    unbound = [example for example in examples if "kb" not in example]
    assert len(unbound) == 3
    for example in unbound:
        found = verify_refusal(example["compact"], example["issuer_jwk"], nonce="1234567890")
        assert found is Reason.KEY_BINDING_MISSING


def test_no_example_verifies_with_the_key_of_its_holder(examples: list[dict[str, Any]]) -> None:
    with_holder = [example for example in examples if "cnf" in example["payload"]]
    assert with_holder
    for example in with_holder:
        found = verify_refusal(example["compact"], example["payload"]["cnf"]["jwk"])
        assert found is Reason.SIGNATURE_WRONG


def test_no_example_with_an_end_verifies_from_that_second_on(examples: list[dict[str, Any]]) -> None:
    ending = [example for example in examples if "exp" in example["payload"]]
    assert ending
    for example in ending:
        end = datetime.fromtimestamp(example["payload"]["exp"], UTC)
        assert verify_refusal(example["compact"], example["issuer_jwk"], now=end) is Reason.EXPIRED
