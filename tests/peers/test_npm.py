"""certx and npm's @sd-jwt/sd-jwt-vc, @sd-jwt/jwt-status-list and jose, both ways."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from certx.credential import CredentialError, verify_with_key
from certx.credential.parse import parse
from certx.credential.present import bind, select
from certx.reason import Reason
from certx.status import StatusError, read_token
from certx.status.listing import pack, write_token
from peers.cases import (
    ALGORITHMS,
    ALWAYS_SEEN,
    AUDIENCE,
    CONTENT,
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
from peers.npm import NpmPeer, PeerRefusedError, disclosure_frame

pytestmark = pytest.mark.peers
RECURSIVE = SHAPES["recursive"]
BINDING = {"iat": MOMENT, "aud": AUDIENCE, "nonce": NONCE}


def npm_claims(npm: NpmPeer, credential: str, jwk: Mapping[str, object]) -> Any:
    """The claims that @sd-jwt/sd-jwt-vc finds in a credential."""
    return npm.ask("verify", credential=credential, jwk=jwk, now=MOMENT)["claims"]


def jose_claims(npm: NpmPeer, jws: str, jwk: Mapping[str, object], typ: str, algorithm: str) -> Any:
    """The payload of a JWT as jose finds it."""
    return npm.ask("joseVerify", jws=jws, jwk=jwk, typ=typ, algorithm=algorithm, now=MOMENT)["claims"]


def npm_presentation(npm: NpmPeer, issuer: str, holder: str, showing: str) -> tuple[str, Any]:
    """What a holder with npm's library shows of a credential made with it, and the issuer's key."""
    key, own = npm.ask("key", algorithm=issuer), npm.ask("key", algorithm=holder)
    claims = {**envelope(cnf={"jwk": own["public"]}), **CONTENT}
    frame = disclosure_frame(claims, RECURSIVE)
    credential = npm.ask("issue", claims=claims, frame=frame, key=key["private"], algorithm=issuer)
    members = {"frame": SHOWINGS[showing].npm, "key": own["private"], "algorithm": holder, "binding": BINDING}
    return npm.ask("present", credential=credential, **members), key["public"]


def certx_presentation(issuer: str, holder: str, showing: str) -> str:
    """What a holder with certx shows of a credential made by certx."""
    signer = HOLDERS[holder]
    credential, _ = certx_credential(RECURSIVE, issuer, cnf=confirmation(signer.public_jwk))
    shown = select(credential, SHOWINGS[showing].paths)
    return bind(shown, signer, audience=AUDIENCE, nonce=NONCE, issued_at=MOMENT)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("shape", SHAPES)
def test_npm_finds_the_same_claims_in_a_credential_of_certx(npm: NpmPeer, shape: str, algorithm: str) -> None:
    credential, claims = certx_credential(SHAPES[shape], algorithm)
    assert npm_claims(npm, credential, ISSUERS[algorithm].public_jwk) == claims


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_npm_refuses_a_credential_of_certx_under_another_key(npm: NpmPeer, algorithm: str) -> None:
    credential, _ = certx_credential(RECURSIVE, algorithm)
    with pytest.raises(PeerRefusedError, match="Invalid JWT Signature"):
        npm_claims(npm, credential, HOLDERS[algorithm].public_jwk)


def test_npm_refuses_a_credential_of_certx_after_its_expiry(npm: NpmPeer) -> None:
    credential, claims = certx_credential(RECURSIVE, "ES256")
    jwk = ISSUERS["ES256"].public_jwk
    with pytest.raises(PeerRefusedError, match="expired"):
        npm.ask("verify", credential=credential, jwk=jwk, now=claims["exp"] + 1)


@pytest.mark.parametrize("licence_type", LICENCE_TYPES)
def test_npm_and_jose_find_the_claims_of_every_licence_type(npm: NpmPeer, licence_type: str) -> None:
    jwk = ISSUERS["ES256"].public_jwk
    for licence in sample_licences(licence_type):
        assert npm_claims(npm, licence.credential, jwk) == licence.claims
        payload = jose_claims(npm, licence.credential.partition("~")[0], jwk, "dc+sd-jwt", "ES256")
        assert payload == parse(licence.credential).jws.payload


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_jose_verifies_the_issuer_signed_jwt_of_certx(npm: NpmPeer, algorithm: str) -> None:
    credential, claims = certx_credential(SHAPES["plain"], algorithm)
    jws, jwk = credential.partition("~")[0], ISSUERS[algorithm].public_jwk
    assert jose_claims(npm, jws, jwk, "dc+sd-jwt", algorithm) == claims
    with pytest.raises(PeerRefusedError, match="signature verification failed"):
        jose_claims(npm, jws, HOLDERS[algorithm].public_jwk, "dc+sd-jwt", algorithm)


def test_npm_reads_the_status_reference_of_a_credential_of_certx(npm: NpmPeer) -> None:
    reference = {"idx": 4711, "uri": "https://status.example/1"}
    credential, claims = certx_credential(RECURSIVE, "ES256", status={"status_list": reference})
    assert npm_claims(npm, credential, ISSUERS["ES256"].public_jwk) == claims
    assert npm.ask("statusReference", credential=credential) == reference


@pytest.mark.parametrize("algorithm", [*ALGORITHMS, "EdDSA"])
@pytest.mark.parametrize("shape", SHAPES)
def test_certx_finds_the_same_claims_in_a_credential_of_npm(npm: NpmPeer, shape: str, algorithm: str) -> None:
    key, claims = npm.ask("key", algorithm=algorithm), {**envelope(), **CONTENT}
    frame = disclosure_frame(claims, SHAPES[shape])
    credential = npm.ask("issue", claims=claims, frame=frame, key=key["private"], algorithm=algorithm)
    assert verify_with_key(credential, key["public"], now=NOW) == claims


@pytest.mark.parametrize("name", ["sha-256", "sha-384", "sha-512"])
def test_certx_knows_the_strong_hashes_of_npm(npm: NpmPeer, name: str) -> None:
    key, claims = npm.ask("key", algorithm="ES256"), {**envelope(), **CONTENT}
    members = {"frame": disclosure_frame(claims, RECURSIVE), "key": key["private"], "algorithm": "ES256"}
    credential = npm.ask("issue", claims=claims, hash=name, **members)
    assert verify_with_key(credential, key["public"], now=NOW) == claims


def test_certx_passes_over_decoys_in_an_array_of_npm(npm: NpmPeer) -> None:
    key, claims = npm.ask("key", algorithm="ES256"), {**envelope(), **CONTENT}
    frame = {"scope": {"_sd": [0, 2], "_sd_decoy": 3}}
    credential = npm.ask("issue", claims=claims, frame=frame, key=key["private"], algorithm="ES256")
    assert verify_with_key(credential, key["public"], now=NOW) == claims


@pytest.mark.parametrize("algorithm", [*ALGORITHMS, "EdDSA"])
def test_certx_finds_the_claims_in_a_jwt_of_jose_without_disclosures(npm: NpmPeer, algorithm: str) -> None:
    key, claims = npm.ask("key", algorithm=algorithm), {**envelope(), **CONTENT}
    members = {"claims": claims, "typ": "dc+sd-jwt", "key": key["private"], "algorithm": algorithm}
    assert verify_with_key(npm.ask("joseSign", **members) + "~", key["public"], now=NOW) == claims


@pytest.mark.parametrize("showing", SHOWINGS)
@pytest.mark.parametrize(("issuer", "holder"), PAIRS)
def test_certx_accepts_what_a_holder_with_npm_shows(npm: NpmPeer, issuer: str, holder: str, showing: str) -> None:
    presentation, jwk = npm_presentation(npm, issuer, holder, showing)
    wanted = {"audience": AUDIENCE, "nonce": NONCE, "max_age": timedelta(minutes=5)}
    claims = verify_with_key(presentation, jwk, now=NOW, **wanted)
    del claims["cnf"]
    assert claims == {**envelope(), **ALWAYS_SEEN, **SHOWINGS[showing].seen}


@pytest.mark.parametrize(
    ("expected", "reason"),
    [
        ({"audience": "https://another.example", "nonce": NONCE}, Reason.KEY_BINDING_AUDIENCE_WRONG),
        ({"audience": AUDIENCE, "nonce": "another"}, Reason.KEY_BINDING_NONCE_WRONG),
        ({"now": NOW + timedelta(minutes=6), "max_age": timedelta(minutes=5)}, Reason.KEY_BINDING_TOO_OLD),
    ],
)
def test_certx_refuses_what_a_holder_with_npm_shows_for_another_request(
    npm: NpmPeer, expected: dict[str, Any], reason: Reason
) -> None:
    presentation, jwk = npm_presentation(npm, "ES256", "ES256", "a claim")
    with pytest.raises(CredentialError) as refusal:
        verify_with_key(presentation, jwk, **{"now": NOW, **expected})
    assert refusal.value.reason is reason


def test_certx_refuses_a_proof_of_npm_under_another_selection(npm: NpmPeer) -> None:
    presentation, jwk = npm_presentation(npm, "ES256", "ES256", "a claim")
    issuer_signed, _, proof = presentation.split("~")
    with pytest.raises(CredentialError) as refusal:
        verify_with_key(f"{issuer_signed}~{proof}", jwk, now=NOW, audience=AUDIENCE, nonce=NONCE)
    assert refusal.value.reason is Reason.KEY_BINDING_HASH_WRONG


@pytest.mark.parametrize("showing", SHOWINGS)
@pytest.mark.parametrize(("issuer", "holder"), PAIRS)
def test_npm_accepts_what_a_holder_with_certx_shows(npm: NpmPeer, issuer: str, holder: str, showing: str) -> None:
    presentation = certx_presentation(issuer, holder, showing)
    members = {"credential": presentation, "jwk": ISSUERS[issuer].public_jwk, "now": MOMENT}
    answer = npm.ask("verify", **members, nonce=NONCE)
    own = {"cnf": confirmation(HOLDERS[holder].public_jwk)}
    assert answer["claims"] == {**envelope(), **own, **ALWAYS_SEEN, **SHOWINGS[showing].seen}
    assert {**answer["binding"], "sd_hash": None} == {**BINDING, "sd_hash": None}
    with pytest.raises(PeerRefusedError, match="Invalid Nonce"):
        npm.ask("verify", **members, nonce="another")


@pytest.mark.parametrize("holder", ALGORITHMS)
def test_jose_verifies_the_proof_of_a_holder_with_certx(npm: NpmPeer, holder: str) -> None:
    proof = certx_presentation("ES256", holder, "nothing").rpartition("~")[2]
    claims = jose_claims(npm, proof, HOLDERS[holder].public_jwk, "kb+jwt", holder)
    assert {name: claims[name] for name in BINDING} == BINDING


@pytest.mark.parametrize("licence_type", LICENCE_TYPES)
def test_npm_accepts_one_claim_shown_of_every_licence_type(npm: NpmPeer, licence_type: str) -> None:
    for licence in sample_licences(licence_type):
        chosen = select(licence.credential, [(licence.shown,)])
        presentation = bind(chosen, HOLDERS["ES256"], audience=AUDIENCE, nonce=NONCE, issued_at=MOMENT)
        jwk = ISSUERS["ES256"].public_jwk
        answer = npm.ask("verify", credential=presentation, jwk=jwk, now=MOMENT, nonce=NONCE)
        assert answer["claims"] == licence.seen


STATUS_URI = "https://status.example/510000/11510100MB9X0A012X-1.jwt"
VALUES = {0: 1, 1: 2, 2: 3, 4711: 1, 8190: 2, 8191: 3}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_npm_and_jose_read_a_status_list_of_certx(npm: NpmPeer, algorithm: str) -> None:
    signer = ISSUERS[algorithm]
    token = write_token(
        pack(VALUES, size=8_192), uri=STATUS_URI, signer=signer, issued_at=MOMENT, expires_at=MOMENT + 60, ttl=30
    )
    answer = npm.ask("readStatusList", token=token, indexes=[*VALUES, 3, 5_000])
    assert answer == {"bits": 2, "values": [*VALUES.values(), 0, 0]}
    claims = jose_claims(npm, token, signer.public_jwk, "statuslist+jwt", algorithm)
    assert (claims["sub"], claims["exp"], claims["ttl"]) == (STATUS_URI, MOMENT + 60, 30)


@pytest.mark.parametrize("every", [2, 7, 1_000])
def test_npm_reads_a_list_of_certx_however_much_is_marked(npm: NpmPeer, every: int) -> None:
    """Where much is marked, it is compressed in another way."""
    signer, values = ISSUERS["ES256"], {index: 1 + index % 3 for index in range(0, 65_536, every)}
    token = write_token(
        pack(values, size=65_536), uri=STATUS_URI, signer=signer, issued_at=MOMENT, expires_at=MOMENT + 60, ttl=30
    )
    indexes = [*range(64), *range(65_472, 65_536)]
    answer = npm.ask("readStatusList", token=token, indexes=indexes)
    assert answer == {"bits": 2, "values": [values.get(index, 0) for index in indexes]}


@pytest.mark.parametrize("algorithm", [*ALGORITHMS, "EdDSA"])
@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_certx_reads_a_status_list_of_npm(npm: NpmPeer, bits: int, algorithm: str) -> None:
    key = npm.ask("key", algorithm="Ed25519" if algorithm == "EdDSA" else algorithm)
    values = [index * 7 % (1 << bits) for index in range(1_000)]
    claims = {"sub": STATUS_URI, "iat": MOMENT, "exp": MOMENT + 60, "ttl": 30}
    members = {"values": values, "bits": bits, "key": key["private"], "algorithm": algorithm}
    token = npm.ask("writeStatusList", claims=claims, **members)
    found = read_token(token, key["public"], uri=STATUS_URI, now=NOW)
    assert [found.get(index) for index in range(1_000)] == values
    assert (found.bits, found.expires_at) == (bits, NOW + timedelta(seconds=60))


def test_certx_refuses_a_status_list_of_npm_under_another_name(npm: NpmPeer) -> None:
    """What npm's library lets pass: `sub` is not looked at there."""
    key = npm.ask("key", algorithm="ES256")
    claims = {"sub": "https://other.example/1", "iat": MOMENT}
    token = npm.ask("writeStatusList", values=[0] * 8, bits=1, claims=claims, key=key["private"], algorithm="ES256")
    with pytest.raises(StatusError) as refusal:
        read_token(token, key["public"], uri=STATUS_URI, now=NOW)
    assert refusal.value.reason is Reason.STATUS_LIST_OF_ANOTHER
