"""certx and PyPI's sd-jwt and openvc-core, both ways."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest

from certx.app.machine.clock import now as wall_clock
from certx.credential import CredentialError, verify_with_key
from certx.credential.present import bind, select
from certx.reason import Reason
from peers.cases import (
    ALGORITHMS,
    ALWAYS_SEEN,
    AUDIENCE,
    CONTENT,
    FLAT_SHAPES,
    HOLDERS,
    ISSUERS,
    LICENCE_TYPES,
    MOMENT,
    NONCE,
    NOW,
    PAIRS,
    SHAPES,
    SHOWINGS,
    certx_credential,
    confirmation,
    envelope,
    sample_licences,
)

pytestmark = pytest.mark.peers
RECURSIVE = SHAPES["recursive"]
WANTED = {"audience": AUDIENCE, "nonce": NONCE}
OTHER_REQUESTS = [
    ({"audience": "https://another.example", "nonce": NONCE}, Reason.KEY_BINDING_AUDIENCE_WRONG),
    ({"audience": AUDIENCE, "nonce": "another"}, Reason.KEY_BINDING_NONCE_WRONG),
]

Verify = Callable[..., dict[str, Any]]


@pytest.fixture(params=["reference", "openvc"])
def verify(request: pytest.FixtureRequest) -> Verify:
    """Each of the two verifiers."""
    peer: ModuleType = request.getfixturevalue(request.param)
    return peer.verify


def certx_presentation(issuer: str, holder: str, showing: str) -> str:
    """What a holder with certx shows of a credential made by certx."""
    signer = HOLDERS[holder]
    credential, _ = certx_credential(RECURSIVE, issuer, cnf=confirmation(signer.public_jwk))
    return bind(select(credential, SHOWINGS[showing].paths), signer, **WANTED, issued_at=MOMENT)


def refusal_now(presentation: str, jwk: Mapping[str, object], **expected: Any) -> Reason | None:
    """Why certx does not accept a presentation made this minute, `None` if it does."""
    moment = datetime.fromtimestamp(wall_clock(), UTC)
    try:
        verify_with_key(presentation, jwk, now=moment, max_age=timedelta(minutes=5), **expected)
    except CredentialError as error:
        return error.reason
    return None


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("shape", SHAPES)
def test_both_find_the_same_claims_in_a_credential_of_certx(verify: Verify, shape: str, algorithm: str) -> None:
    credential, claims = certx_credential(SHAPES[shape], algorithm)
    assert verify(credential, ISSUERS[algorithm].public_jwk) == claims


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_both_refuse_a_credential_of_certx_under_another_key(verify: Verify, algorithm: str) -> None:
    credential, _ = certx_credential(RECURSIVE, algorithm)
    with pytest.raises(Exception, match=r"(?i)signature"):
        verify(credential, HOLDERS[algorithm].public_jwk)


@pytest.mark.parametrize("licence_type", LICENCE_TYPES)
def test_both_find_the_claims_of_every_licence_type(verify: Verify, licence_type: str) -> None:
    for licence in sample_licences(licence_type):
        assert verify(licence.credential, ISSUERS["ES256"].public_jwk) == licence.claims


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("shape", SHAPES)
def test_certx_finds_the_same_claims_in_a_credential_of_sd_jwt(
    reference: ModuleType, shape: str, algorithm: str
) -> None:
    key, claims = reference.new_key(algorithm), {**envelope(), **CONTENT}
    credential = reference.issue(claims, SHAPES[shape], key, algorithm)
    assert verify_with_key(credential, reference.public_jwk(key), now=NOW) == claims


@pytest.mark.parametrize("algorithm", [*ALGORITHMS, "EdDSA"])
@pytest.mark.parametrize("shape", FLAT_SHAPES)
def test_certx_finds_the_same_claims_in_a_credential_of_openvc(openvc: ModuleType, shape: str, algorithm: str) -> None:
    key, claims = openvc.new_key(algorithm), {**envelope(), **CONTENT}
    credential = openvc.issue(claims, SHAPES[shape], key)
    assert verify_with_key(credential, key.public_jwk(), now=NOW) == claims


@pytest.mark.parametrize("name", ["sha-256", "sha-384", "sha-512"])
def test_certx_knows_the_strong_hashes_of_openvc(openvc: ModuleType, name: str) -> None:
    key, claims = openvc.new_key("ES256"), {**envelope(), **CONTENT}
    credential = openvc.issue(claims, SHAPES["flat"], key, hash_name=name)
    assert verify_with_key(credential, key.public_jwk(), now=NOW) == claims


@pytest.mark.parametrize("showing", SHOWINGS)
@pytest.mark.parametrize(("issuer", "holder"), PAIRS)
def test_certx_accepts_what_a_holder_with_sd_jwt_shows(
    reference: ModuleType, issuer: str, holder: str, showing: str
) -> None:
    key, own = reference.new_key(issuer), reference.new_key(holder)
    credential = reference.issue({**envelope(), **CONTENT}, RECURSIVE, key, issuer, holder=own)
    presentation = reference.present(credential, SHOWINGS[showing].reference, own, holder, **WANTED)
    jwk, moment = reference.public_jwk(key), datetime.fromtimestamp(wall_clock(), UTC)
    claims = verify_with_key(presentation, jwk, now=moment, max_age=timedelta(minutes=5), **WANTED)
    bound = {"cnf": {"jwk": reference.public_jwk(own)}}
    assert claims == {**envelope(), **bound, **ALWAYS_SEEN, **SHOWINGS[showing].seen}


@pytest.mark.parametrize(("expected", "reason"), OTHER_REQUESTS)
def test_certx_refuses_what_a_holder_with_sd_jwt_shows_for_another_request(
    reference: ModuleType, expected: dict[str, str], reason: Reason
) -> None:
    key, own = reference.new_key("ES256"), reference.new_key("ES256")
    credential = reference.issue({**envelope(), **CONTENT}, RECURSIVE, key, "ES256", holder=own)
    presentation = reference.present(credential, SHOWINGS["a claim"].reference, own, "ES256", **WANTED)
    assert refusal_now(presentation, reference.public_jwk(key), **WANTED) is None
    assert refusal_now(presentation, reference.public_jwk(key), **expected) is reason


@pytest.mark.parametrize(("issuer", "holder"), [*PAIRS, ("EdDSA", "EdDSA")])
def test_certx_accepts_what_a_holder_with_openvc_shows(openvc: ModuleType, issuer: str, holder: str) -> None:
    key, own = openvc.new_key(issuer), openvc.new_key(holder)
    credential = openvc.issue({**envelope(), **CONTENT}, SHAPES["flat"], key, holder=own.public_jwk())
    presentation = openvc.present(credential, own, **WANTED)
    assert refusal_now(presentation, key.public_jwk(), **WANTED) is None
    for expected, reason in OTHER_REQUESTS:
        assert refusal_now(presentation, key.public_jwk(), **expected) is reason


@pytest.mark.parametrize("showing", SHOWINGS)
@pytest.mark.parametrize("issuer", ALGORITHMS)
def test_sd_jwt_accepts_what_a_holder_with_certx_shows(reference: ModuleType, issuer: str, showing: str) -> None:
    """Its verifier takes only ES256 from a holder."""
    presentation = certx_presentation(issuer, "ES256", showing)
    claims = reference.verify(presentation, ISSUERS[issuer].public_jwk, **WANTED)
    own = {"cnf": confirmation(HOLDERS["ES256"].public_jwk)}
    assert claims == {**envelope(), **own, **ALWAYS_SEEN, **SHOWINGS[showing].seen}


@pytest.mark.parametrize("showing", SHOWINGS)
@pytest.mark.parametrize(("issuer", "holder"), PAIRS)
def test_openvc_accepts_what_a_holder_with_certx_shows(
    openvc: ModuleType, issuer: str, holder: str, showing: str
) -> None:
    presentation = certx_presentation(issuer, holder, showing)
    claims = openvc.verify(presentation, ISSUERS[issuer].public_jwk, **WANTED, now=NOW)
    own = {"cnf": confirmation(HOLDERS[holder].public_jwk)}
    assert claims == {**envelope(), **own, **ALWAYS_SEEN, **SHOWINGS[showing].seen}


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        ({"audience": "https://another.example", "nonce": NONCE}, "audience|aud does not match"),
        ({"audience": AUDIENCE, "nonce": "another"}, "nonce"),
    ],
)
def test_both_refuse_what_a_holder_with_certx_shows_for_another_request(
    reference: ModuleType, openvc: ModuleType, expected: dict[str, str], words: str
) -> None:
    presentation, jwk = certx_presentation("ES256", "ES256", "a claim"), ISSUERS["ES256"].public_jwk
    with pytest.raises(ValueError, match=words):
        reference.verify(presentation, jwk, **expected)
    with pytest.raises(Exception, match=words):
        openvc.verify(presentation, jwk, **expected, now=NOW)


@pytest.mark.parametrize("licence_type", LICENCE_TYPES)
def test_both_accept_one_claim_shown_of_every_licence_type(
    reference: ModuleType, openvc: ModuleType, licence_type: str
) -> None:
    jwk = ISSUERS["ES256"].public_jwk
    for licence in sample_licences(licence_type):
        chosen = select(licence.credential, [(licence.shown,)])
        presentation = bind(chosen, HOLDERS["ES256"], **WANTED, issued_at=MOMENT)
        assert reference.verify(presentation, jwk, **WANTED) == licence.seen
        assert openvc.verify(presentation, jwk, **WANTED, now=NOW) == licence.seen
