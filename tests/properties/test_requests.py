"""Requests from strangers: none but our own error comes of reading one, and none that was altered is believed."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certx.credential.jws import encode_segment
from certx.errors import DocumentError, RefusedError
from certx.keys import new_signer
from certx.recognition.request import Request, believe_request, make_request, read_request
from certx.trust.counters import counter_id
from certx.trust.registry import Counter, ListedKey, Region, make_registry

NOW: Final = 1_795_438_753
HALL: Final = counter_id("500000", "hall")
KEY: Final = new_signer("Ed25519")
GOOD: Final = make_request(Request("", HALL, "n" * 22, NOW, NOW + 600, "renewal", 1), KEY)
COUNTER: Final = Counter(HALL, {}, {KEY.kid: ListedKey(KEY.kid, KEY.public_jwk, NOW - 9)})
REGISTRY: Final = make_registry("1", [Region("500000", {}, {}, counters={HALL: COUNTER})])
VALUES: Final = st.one_of(st.none(), st.booleans(), st.integers(-(2**62), 2**62), st.text(max_size=9), st.floats())
CLAIMS: Final = st.dictionaries(
    st.sampled_from(["client_id", "nonce", "scenario", "iat", "exp", "version", "x"]), VALUES
)


@given(st.text(max_size=200))
def test_any_text_is_a_request_or_is_told_to_be_none(text: str) -> None:
    with pytest.raises(DocumentError):
        read_request(text)


@given(CLAIMS)
def test_any_claims_are_a_request_that_is_refused_or_none_at_all(claims: dict[str, object]) -> None:
    header = encode_segment({"alg": "Ed25519", "typ": "oauth-authz-req+jwt", "kid": KEY.kid})
    text = f"{header}.{encode_segment(claims)}.AAAA"
    with pytest.raises((DocumentError, RefusedError)):
        believe_request(read_request(text), REGISTRY, NOW)


@given(st.integers(0, len(GOOD.text) - 1), st.sampled_from("Aa0-_.~"))
def test_a_request_of_which_a_character_was_changed_is_not_believed(place: int, other: str) -> None:
    assert believe_request(GOOD, REGISTRY, NOW).counter == COUNTER
    text = GOOD.text[:place] + other + GOOD.text[place + 1 :]
    if text != GOOD.text:
        with pytest.raises((DocumentError, RefusedError)):
            believe_request(read_request(text), REGISTRY, NOW)
