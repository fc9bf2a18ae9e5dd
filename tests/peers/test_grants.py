"""Grants are SD-JWT VCs like any other: the peers verify ours, and a grantee may make the proof with theirs."""

from dataclasses import replace
from typing import Any

import pytest

from certx.credential.parse import parse
from certx.reason import Outcome
from certx.recognition.grant import HOLDER_PREFIX, make_grant
from granting import HOLDER, SITE, TERMS, granted, shown, used
from peers.npm import NpmPeer
from world import NOW, WORLD

pytestmark = pytest.mark.peers


def test_the_reference_verifies_a_use_of_a_grant(reference: Any) -> None:
    found = reference.verify(shown(granted()), HOLDER.public_jwk, audience=SITE, nonce="n")
    assert {name: found[name] for name in parse(granted()).claims} == parse(granted()).claims


def test_npm_verifies_a_use_of_a_grant(npm: NpmPeer) -> None:
    text = shown(granted(), claims=["certificateName"])
    found = npm.ask("verify", credential=text, jwk=HOLDER.public_jwk, now=int(NOW), nonce="n")
    assert (found["claims"], found["binding"]) == (parse(text).claims, parse(text).binding)


def test_certx_takes_a_use_that_was_made_with_the_reference(reference: Any) -> None:
    key, grantor = reference.new_key("ES256"), HOLDER_PREFIX + HOLDER.kid
    grant = make_grant(
        TERMS._replace(until=2**40), reference.public_jwk(key), HOLDER, grantor=grantor, issued_at=int(NOW), unique="u"
    )
    text = reference.present(grant, {}, key, "ES256", audience=SITE, nonce="n")
    moment = float(parse(text).binding["iat"])
    assert used(text, now=moment, world=replace(WORLD, signed_at=moment)).outcome is Outcome.ACCEPTED
