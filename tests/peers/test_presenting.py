"""Answers to a counter's request, made by certx for the peers and by the peers for certx."""

from datetime import UTC, datetime
from typing import Any, Final

import pytest

import world
from certx.credential.parse import parse
from certx.evidence import Expectation
from certx.keys import new_signer
from certx.keys.encoding import base64url
from certx.present import Purpose, answer, choose
from certx.reason import Outcome, Reason
from certx.recognition.request import Asked, Request, make_request
from certx.recognition.scenario import read_scenario
from certx.trust.counters import counter_id
from certx.verdict import Verdict
from peers.npm import NpmPeer

pytestmark = pytest.mark.peers
COUNTER: Final = counter_id(world.CHONGQING, "hall")
NOW: Final = int(world.NOW)
REQUEST: Final = make_request(Request("", COUNTER, "n" * 22, NOW, NOW + 600, "renewal", 1), new_signer("ES256"))
SCENARIO: Final = read_scenario(
    {
        "id": "renewal", "version": 1, "matter": "example", "types": ["driving-licence"],
        "requires": ["fileNumber", "holders[*].name"],
    },
    "renewal.json",
)  # fmt: skip
BINDING: Final = {"iat": NOW, "aud": COUNTER, "nonce": REQUEST.nonce}
NPM_FRAME: Final = {"fileNumber": True, "holders": {"0": True}}


def card(jwk: Any) -> str:
    return world.issue_row("driving-licence", {**world.full_row("driving-licence"), "holderKey": jwk})


def judged(text: str, nonce: str = REQUEST.nonce) -> Verdict:
    asked = Asked(REQUEST.expires, base64url(REQUEST.digest))
    expectation = Expectation(nonce, COUNTER, 600, "renewal", asked=asked)
    return world.verify(text, expectation=expectation, scenarios={"renewal": SCENARIO})


def ours() -> tuple[str, Any]:
    """What a holder with certx shows, and all that whoever it is shown to sees."""
    holder = new_signer("ES256")
    offers = choose([card(holder.public_jwk)], SCENARIO)
    purpose = Purpose(COUNTER, REQUEST.nonce, SCENARIO.id, REQUEST.digest)
    (made,) = answer(offers, purpose, {holder.kid: holder}.get, issued_at=NOW)
    return made.text, parse(made.text).claims


def test_npm_verifies_an_answer_of_certx_and_sees_for_what_it_is(npm: NpmPeer) -> None:
    text, claims = ours()
    jwk = world.KEY.public_jwk
    found = npm.ask("verify", credential=text, jwk=jwk, now=NOW, nonce=REQUEST.nonce)
    assert found["claims"] == claims
    assert found["binding"] == parse(text).binding
    assert found["binding"]["request"] == base64url(REQUEST.digest)


@pytest.mark.parametrize("algorithm", ["ES256", "Ed25519"])
def test_certx_takes_an_answer_that_was_made_with_npm(npm: NpmPeer, algorithm: str) -> None:
    key = npm.ask("key", algorithm=algorithm)
    members = {"frame": NPM_FRAME, "key": key["private"], "algorithm": algorithm}
    text = npm.ask("present", credential=card(key["public"]), binding=BINDING, **members)
    verdict = judged(text)
    assert verdict.outcome is Outcome.ACCEPTED
    assert world.finding_of(verdict, "extent").reason is None
    late = npm.ask("present", credential=card(key["public"]), binding={**BINDING, "nonce": "old"}, **members)
    assert world.decision(judged(late)) == (Outcome.INVALID, Reason.KEY_BINDING_NONCE_WRONG, "key-binding")


def test_the_reference_verifies_an_answer_of_certx(reference: Any) -> None:
    text, claims = ours()
    found = reference.verify(text, world.KEY.public_jwk, audience=COUNTER, nonce=REQUEST.nonce)
    assert {name: value for name, value in found.items() if name in claims} == claims


def test_certx_takes_an_answer_that_was_made_with_the_reference(reference: Any) -> None:
    key = reference.new_key("ES256")
    shown = {"fileNumber": True, "holders": [True]}
    text = reference.present(
        card(reference.public_jwk(key)), shown, key, "ES256", audience=COUNTER, nonce=REQUEST.nonce
    )
    moment = parse(text).binding["iat"]
    asked = Asked(int(moment) + 600, base64url(REQUEST.digest))
    expectation = Expectation(REQUEST.nonce, COUNTER, 600, "renewal", asked=asked)
    verdict = world.verify(
        text, now=float(moment), signed_at=float(moment), expectation=expectation, scenarios={"renewal": SCENARIO}
    )
    assert verdict.outcome is Outcome.ACCEPTED


def test_openvc_verifies_an_answer_of_certx(openvc: Any) -> None:
    text, claims = ours()
    found = openvc.verify(
        text, world.KEY.public_jwk, audience=COUNTER, nonce=REQUEST.nonce, now=datetime.fromtimestamp(NOW, UTC)
    )
    assert found == claims
