"""Attacks known in the field, on the proof that the holder is there: one test each.

RFC 9901, section 4.3 and 7.3 step 5; SD-JWT VC, 8.3.
"""

from datetime import timedelta
from typing import Any

import pytest

from certx.credential.constants import CLOCK_SKEW
from certx.keys import new_signer
from certx.keys.encoding import base64url
from certx.reason import Reason
from unit.crafting import (
    AUDIENCE,
    HOLDER,
    ISSUER,
    MOMENT,
    NONCE,
    STRANGER,
    bind,
    bound_claims,
    claims,
    credential,
    digest,
    disclosure,
    refusal,
    segment,
    sign,
)

NAME = disclosure("salt 1", "name", "Zhang")
PLACE = disclosure("salt 2", "place", "Chengdu")
BOTH = credential(bound_claims(_sd=[digest(NAME), digest(PLACE)]), NAME, PLACE)
BOUND = credential(bound_claims())
WANTED: dict[str, Any] = {"audience": AUDIENCE, "nonce": NONCE, "max_age": timedelta(minutes=5)}


def bound_refusal(compact: str, **changed: Any) -> Reason | None:
    return refusal(compact, **{**WANTED, **changed})


def test_a_presentation_with_nothing_wrong_is_believed() -> None:
    assert bound_refusal(bind(BOUND)) is None
    assert bound_refusal(bind(BOTH)) is None


def test_a_key_of_either_kind_may_be_the_holders() -> None:
    signer = new_signer("ES256")
    text = credential(bound_claims(cnf={"jwk": signer.public_jwk}))
    assert bound_refusal(bind(text, signer=signer)) is None


@pytest.mark.parametrize("demand", [{"audience": AUDIENCE}, {"nonce": NONCE}, WANTED])
def test_a_stripped_key_binding_is_missed(demand: dict[str, Any]) -> None:
    assert refusal(BOUND, **demand) is Reason.KEY_BINDING_MISSING


@pytest.mark.parametrize("wrong", ["JWT", "dc+sd-jwt", "application/kb+jwt", "", None, ["kb+jwt"]])
def test_a_key_binding_of_another_type_is_refused(wrong: object) -> None:
    assert bound_refusal(bind(BOUND, typ=wrong)) is Reason.KEY_BINDING_TYPE_WRONG


def test_a_key_binding_without_a_type_is_refused() -> None:
    payload = {"iat": MOMENT, "aud": AUDIENCE, "nonce": NONCE, "sd_hash": digest(BOUND)}
    text = BOUND + sign({"alg": "Ed25519"}, payload, HOLDER)
    assert bound_refusal(text) is Reason.KEY_BINDING_TYPE_WRONG


@pytest.mark.parametrize("wrong", ["https://other.example", "", AUDIENCE + "/", AUDIENCE.upper()])
def test_a_key_binding_for_another_audience_is_refused(wrong: str) -> None:
    text = bind(BOUND, changed={"aud": wrong})
    assert bound_refusal(text) is Reason.KEY_BINDING_AUDIENCE_WRONG


@pytest.mark.parametrize("wrong", [[AUDIENCE], [AUDIENCE, "https://other.example"], 7, None, {}, True])
def test_an_audience_that_is_not_one_string_is_refused(wrong: object) -> None:
    assert bound_refusal(bind(BOUND, changed={"aud": wrong})) is Reason.KEY_BINDING_MALFORMED


@pytest.mark.parametrize("wrong", ["another", "", NONCE + "x", NONCE.lower()])
def test_a_key_binding_with_another_nonce_is_refused(wrong: str) -> None:
    assert bound_refusal(bind(BOUND, changed={"nonce": wrong})) is Reason.KEY_BINDING_NONCE_WRONG


@pytest.mark.parametrize("wrong", [7, None, [NONCE], {}, True])
def test_a_nonce_that_is_no_string_is_refused(wrong: object) -> None:
    assert bound_refusal(bind(BOUND, changed={"nonce": wrong})) is Reason.KEY_BINDING_MALFORMED


@pytest.mark.parametrize("name", ["iat", "aud", "nonce", "sd_hash"])
def test_a_key_binding_without_one_of_its_claims_is_refused_even_if_nothing_was_expected(
    name: str,
) -> None:
    text = bind(BOUND, without=name)
    assert bound_refusal(text) is Reason.KEY_BINDING_MALFORMED
    assert refusal(text) is Reason.KEY_BINDING_MALFORMED


@pytest.mark.parametrize("wrong", [str(MOMENT), None, True, [MOMENT], {}])
def test_a_time_of_key_binding_that_is_no_number_is_refused(wrong: object) -> None:
    assert bound_refusal(bind(BOUND, changed={"iat": wrong})) is Reason.KEY_BINDING_MALFORMED


def test_a_key_binding_from_the_future_is_refused_beyond_the_skew_of_clocks() -> None:
    assert bound_refusal(bind(BOUND, changed={"iat": MOMENT + CLOCK_SKEW})) is None
    late = bind(BOUND, changed={"iat": MOMENT + CLOCK_SKEW + 1})
    assert bound_refusal(late) is Reason.KEY_BINDING_IN_FUTURE


def test_a_key_binding_older_than_allowed_is_refused() -> None:
    assert bound_refusal(bind(BOUND, changed={"iat": MOMENT - 300})) is None
    old = bind(BOUND, changed={"iat": MOMENT - 301})
    assert bound_refusal(old) is Reason.KEY_BINDING_TOO_OLD
    assert refusal(old, audience=AUDIENCE, nonce=NONCE) is None


@pytest.mark.parametrize("name", ["exp", "nbf"])
def test_a_key_binding_is_held_to_its_own_dates(name: str) -> None:
    outside = {"exp": (MOMENT, Reason.EXPIRED), "nbf": (MOMENT + 1, Reason.NOT_YET_VALID)}
    moment, reason = outside[name]
    assert bound_refusal(bind(BOUND, changed={name: moment})) is reason
    assert bound_refusal(bind(BOUND, changed={name: str(moment)})) is Reason.KEY_BINDING_MALFORMED


@pytest.mark.parametrize(
    "shown", [(), (NAME,), (PLACE,), (PLACE, NAME)], ids=["none", "first", "second", "turned round"]
)
def test_a_key_binding_over_another_set_of_disclosures_is_refused(shown: tuple[str, ...]) -> None:
    jwt = BOTH.partition("~")[0]
    text = bind("~".join((jwt, *shown, "")), covered=BOTH)
    assert bound_refusal(text) is Reason.KEY_BINDING_HASH_WRONG


def test_a_key_binding_taken_from_another_credential_is_refused() -> None:
    other = credential(bound_claims(vct="urn:example:other"))
    assert bound_refusal(bind(BOUND, covered=other)) is Reason.KEY_BINDING_HASH_WRONG


@pytest.mark.parametrize("cut", [BOUND.removesuffix("~"), BOUND + "~", ""], ids=["shorter", "longer", "empty"])
def test_a_key_binding_over_another_cut_of_the_text_is_refused(cut: str) -> None:
    assert bound_refusal(bind(BOUND, covered=cut)) is Reason.KEY_BINDING_HASH_WRONG


def test_a_key_binding_is_hashed_as_the_credential_says() -> None:
    text = credential(bound_claims(_sd_alg="sha-512"))
    assert bound_refusal(bind(text)) is Reason.KEY_BINDING_HASH_WRONG
    assert bound_refusal(bind(text, changed={"sd_hash": digest(text, "sha512")})) is None


@pytest.mark.parametrize("wrong", [7, None, [digest(BOUND)], {}])
def test_a_hash_that_is_no_string_is_refused(wrong: object) -> None:
    assert bound_refusal(bind(BOUND, changed={"sd_hash": wrong})) is Reason.KEY_BINDING_MALFORMED


@pytest.mark.parametrize(
    "signer",
    [STRANGER, ISSUER, new_signer("Ed25519")],
    ids=["stranger", "issuer", "stranger of the same kind"],
)
def test_a_key_binding_signed_by_another_key_is_refused_even_if_nothing_was_expected(
    signer: Any,
) -> None:
    text = bind(BOUND, signer=signer)
    assert bound_refusal(text) is Reason.KEY_BINDING_SIGNATURE_WRONG
    assert refusal(text) is Reason.KEY_BINDING_SIGNATURE_WRONG


def test_a_key_that_the_key_binding_brings_along_is_not_used() -> None:
    text = bind(BOUND, signer=STRANGER, jwk=STRANGER.public_jwk, kid=STRANGER.kid)
    assert bound_refusal(text) is Reason.KEY_BINDING_SIGNATURE_WRONG


@pytest.mark.parametrize(
    "confirmation",
    [
        {},
        {"kid": HOLDER.kid},
        {"jku": "https://holder.example/jwks"},
        {"jku": "https://holder.example/jwks", "kid": HOLDER.kid},
        {"jwks": {"keys": [HOLDER.public_jwk]}},
        {"jkt": HOLDER.kid},
        {"jwk": None},
        {"jwk": HOLDER.kid},
        {"jwk": [HOLDER.public_jwk]},
        {"jwk": {}},
        {"jwk": {"kty": "oct", "k": "AAAA"}},
        {"jwk": {**HOLDER.public_jwk, "use": "enc"}},
        {"jwk": {**HOLDER.public_jwk, "alg": ["Ed25519"]}},
        {"jwk": {**HOLDER.public_jwk, "x": "AAAA"}},
    ],
)
def test_a_holder_without_a_key_in_the_credential_proves_nothing(confirmation: object) -> None:
    text = credential(bound_claims(cnf=confirmation))
    assert bound_refusal(bind(text)) is Reason.KEY_BINDING_NO_HOLDER_KEY


def test_a_credential_without_any_holder_cannot_be_bound() -> None:
    assert bound_refusal(bind(credential(claims()))) is Reason.KEY_BINDING_NO_HOLDER_KEY


def test_a_holder_key_from_a_disclosure_is_not_used() -> None:
    hidden = disclosure("salt", "cnf", {"jwk": STRANGER.public_jwk})
    text = credential(claims(_sd=[digest(hidden)]), hidden)
    assert bound_refusal(bind(text, signer=STRANGER)) is Reason.CLAIM_MUST_BE_PLAIN


@pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "", None, ["Ed25519"]])
def test_a_key_binding_by_no_or_another_algorithm_is_refused(algorithm: object) -> None:
    assert bound_refusal(bind(BOUND, alg=algorithm)) is Reason.ALGORITHM_NOT_ALLOWED


def test_a_holder_key_is_not_used_under_the_algorithm_of_the_other_kind() -> None:
    assert bound_refusal(bind(BOUND, alg="ES256")) is Reason.KEY_BINDING_SIGNATURE_WRONG


def test_an_unsigned_key_binding_is_refused() -> None:
    payload = {"iat": MOMENT, "aud": AUDIENCE, "nonce": NONCE, "sd_hash": digest(BOUND)}
    text = f"{BOUND}{segment({'alg': 'none', 'typ': 'kb+jwt'})}.{segment(payload)}."
    assert bound_refusal(text) is Reason.ALGORITHM_NOT_ALLOWED


def test_a_key_binding_with_a_critical_extension_is_refused() -> None:
    assert bound_refusal(bind(BOUND, crit=["exp"])) is Reason.HEADER_CRITICAL


@pytest.mark.parametrize("text", ["a.b.c", "..", "e30.e30.", "e30.W10.AAAA", "e30=.e30.AAAA", "é.é.é"])
def test_a_key_binding_that_cannot_be_decoded_is_refused(text: str) -> None:
    wanted = Reason.ALGORITHM_NOT_ALLOWED if text == "e30.e30." else Reason.KEY_BINDING_MALFORMED
    assert bound_refusal(BOUND + text) is wanted


@pytest.mark.parametrize("stray", ["=", " ", "\n"])
def test_a_key_binding_takes_no_padding_or_white_space(stray: str) -> None:
    assert bound_refusal(bind(BOUND) + stray) is Reason.KEY_BINDING_MALFORMED


@pytest.mark.parametrize("length", [0, 63, 65])
def test_a_key_binding_signature_of_another_length_is_refused(length: int) -> None:
    head, _, _ = bind(BOUND).rpartition(".")
    text = f"{head}.{base64url(bytes(length))}"
    assert bound_refusal(text) is Reason.KEY_BINDING_SIGNATURE_WRONG


def test_two_key_bindings_are_one_too_many() -> None:
    twice = bind(bind(BOUND) + "~")
    assert bound_refusal(twice) is Reason.DISCLOSURE_MALFORMED


def test_a_presentation_cut_within_its_key_binding_is_refused() -> None:
    whole = bind(BOUND)
    assert bound_refusal(whole[: whole.rindex(".")]) is Reason.UNREADABLE_TRUNCATED
    assert bound_refusal(whole[:-6]) is Reason.KEY_BINDING_SIGNATURE_WRONG
