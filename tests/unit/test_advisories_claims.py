"""Attacks known in the field, on the registered claims of a credential: one test each.

RFC 7519, section 4.1; RFC 9901, 7.1 step 6 and 9.7; SD-JWT VC, 2.2.2.
"""

from datetime import datetime, timedelta
from typing import Any

import pytest

from certx.credential import CredentialError
from certx.credential.constants import CLOCK_SKEW
from certx.credential.issue import issue
from certx.credential.sdjwt import random_salts
from certx.reason import Reason
from certx.schema.frame import Frame
from unit.crafting import ISSUER, MOMENT, NOW, claims, credential, digest, disclosure, refusal

ABSENT = digest("a Disclosure that nobody shows")


def without(name: str) -> dict[str, object]:
    return {key: value for key, value in claims().items() if key != name}


@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
@pytest.mark.parametrize("value", ["0", str(MOMENT), True, False, None, [MOMENT], {}, "2099-01-01T00:00:00Z"])
def test_a_date_that_is_no_number_is_refused(name: str, value: object) -> None:
    assert refusal(credential(claims(**{name: value}))) is Reason.CLAIM_TYPE_WRONG


def test_a_credential_is_expired_in_the_second_of_its_end() -> None:
    assert refusal(credential(claims(exp=MOMENT))) is Reason.EXPIRED
    assert refusal(credential(claims(exp=MOMENT + 1))) is None
    assert refusal(credential(claims(exp=MOMENT + 0.5))) is None


@pytest.mark.parametrize("end", [0, -1, -1.5, 1])
def test_an_end_that_a_careless_reader_takes_for_none_is_an_end(end: float) -> None:
    assert refusal(credential(claims(exp=end))) is Reason.EXPIRED


def test_a_credential_begins_in_the_second_of_its_beginning() -> None:
    assert refusal(credential(claims(nbf=MOMENT))) is None
    assert refusal(credential(claims(nbf=MOMENT + 1))) is Reason.NOT_YET_VALID


def test_a_credential_from_the_future_is_refused_beyond_the_skew_of_clocks() -> None:
    assert refusal(credential(claims(iat=MOMENT + CLOCK_SKEW))) is None
    assert refusal(credential(claims(iat=MOMENT + CLOCK_SKEW + 1))) is Reason.ISSUED_IN_FUTURE


def test_an_end_hidden_in_a_disclosure_is_not_a_way_around_it() -> None:
    hidden = disclosure("salt", "exp", MOMENT + 99)
    payload = {**without("exp"), "_sd": [digest(hidden)]}
    assert refusal(credential(payload, hidden)) is Reason.CLAIM_MUST_BE_PLAIN


def test_a_disclosed_end_does_not_replace_a_plain_one() -> None:
    later = disclosure("salt", "exp", MOMENT + 99)
    text = credential(claims(exp=MOMENT, _sd=[digest(later)]), later)
    assert refusal(text) is Reason.DISCLOSURE_NAME_TAKEN


@pytest.mark.parametrize("name", ["iat", "sub", "aud"])
def test_a_claim_that_may_be_disclosed_must_still_be_of_its_type(name: str) -> None:
    hidden = disclosure("salt", name, {"a": 1})
    text = credential({**without(name), "_sd": [digest(hidden)]}, hidden)
    assert refusal(text) is Reason.CLAIM_TYPE_WRONG


def test_a_disclosed_time_of_issue_is_checked_like_a_plain_one() -> None:
    hidden = disclosure("salt", "iat", MOMENT + 99_999)
    text = credential({**without("iat"), "_sd": [digest(hidden)]}, hidden)
    assert refusal(text) is Reason.ISSUED_IN_FUTURE


def test_a_credential_without_a_type_is_refused() -> None:
    assert refusal(credential(without("vct"))) is Reason.VCT_MISSING
    assert refusal(credential(claims(vct=""))) is Reason.VCT_MISSING


@pytest.mark.parametrize("value", [7, None, True, ["urn:example:licence"], {"a": "b"}])
def test_a_credential_whose_type_is_no_string_is_refused(value: object) -> None:
    assert refusal(credential(claims(vct=value))) is Reason.CLAIM_TYPE_WRONG


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("iss", 7),
        ("iss", None),
        ("iss", ["https://issuer.example"]),
        ("sub", 7),
        ("aud", 7),
        ("aud", [7]),
        ("aud", {"a": "b"}),
        ("cnf", "key"),
        ("cnf", [{}]),
        ("status", "valid"),
        ("status", 0),
        ("aka_vcts", "urn:a"),
        ("aka_vcts", [7]),
        ("vct#integrity", 7),
    ],
)
def test_a_registered_claim_of_another_type_is_refused(name: str, value: object) -> None:
    assert refusal(credential(claims(**{name: value}))) is Reason.CLAIM_TYPE_WRONG


def test_the_signature_is_checked_before_anything_is_said_about_the_content() -> None:
    head, _, signature = credential(claims()).split(".")
    _, expired, _ = credential(claims(exp=0, vct="")).split(".")
    assert refusal(f"{head}.{expired}.{signature}") is Reason.SIGNATURE_WRONG


def test_a_clock_without_a_time_zone_is_refused() -> None:
    naive = datetime(2026, 6, 1)  # noqa: DTZ001
    assert refusal(credential(claims()), now=naive) is Reason.CLOCK_NOT_AWARE


def test_the_time_zone_of_the_clock_does_not_matter() -> None:
    there = NOW.astimezone(tz=None)
    assert refusal(credential(claims(exp=MOMENT)), now=there) is Reason.EXPIRED
    assert refusal(credential(claims(exp=MOMENT)), now=there - timedelta(seconds=1)) is None


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": "oct", "k": "AAAA"},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        {"kty": "EC", "crv": "P-256"},
        {**ISSUER.public_jwk, "crv": "P-384"},
        {**ISSUER.public_jwk, "use": "enc"},
        {**ISSUER.public_jwk, "key_ops": ["sign"]},
        {**ISSUER.public_jwk, "key_ops": "verify"},
        {**ISSUER.public_jwk, "alg": "ES384"},
        {**ISSUER.public_jwk, "x": ISSUER.public_jwk["y"]},
        {**ISSUER.public_jwk, "x": ISSUER.public_jwk["x"] + "="},
        {**ISSUER.public_jwk, "x": "AAAA"},
        {"keys": [ISSUER.public_jwk]},
    ],
)
def test_a_key_that_is_not_one_for_signatures_is_refused(jwk: dict[str, object]) -> None:
    assert refusal(credential(claims()), jwk) is Reason.KEY_UNUSABLE


@pytest.mark.parametrize("member", ["kty", "crv", "x", "y", "use", "key_ops", "alg"])
@pytest.mark.parametrize("value", [[], {}, 7, None, ["ES256"]])
def test_a_key_with_a_member_of_another_type_is_refused(member: str, value: object) -> None:
    wrong = {**ISSUER.public_jwk, member: value}
    tolerated = member == "key_ops" and value is None
    assert refusal(credential(claims()), wrong) is (None if tolerated else Reason.KEY_UNUSABLE)


@pytest.mark.parametrize("frame", [Frame(selective=frozenset({"exp"})), Frame(children={"cnf": Frame()})])
def test_certx_does_not_conceal_a_claim_that_must_stay_plain(frame: Frame) -> None:
    with pytest.raises(CredentialError) as caught:
        issue(claims(cnf={}), frame=frame, signer=ISSUER, salts=random_salts())
    assert caught.value.reason is Reason.CLAIM_MUST_BE_PLAIN


@pytest.mark.parametrize(
    "more",
    [
        {"_sd": [ABSENT]},
        {"inner": {"_sd": [ABSENT]}},
        {"list": [{"...": ABSENT}]},
        {"inner": {"_sd_alg": "md5"}},
    ],
)
def test_certx_does_not_sign_names_of_the_format_that_somebody_put_among_the_claims(
    more: dict[str, Any],
) -> None:
    with pytest.raises(CredentialError) as caught:
        issue(claims(**more), frame=Frame(), signer=ISSUER, salts=random_salts())
    assert caught.value.reason is Reason.DISCLOSURE_NAME_FORBIDDEN
