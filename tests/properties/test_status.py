"""What holds of status lists whatever somebody puts into one."""

import zlib
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from certx.keys.encoding import base64url
from certx.status import StatusError, read_token
from certx.status.changes import apply_changes, changes_between
from certx.status.constants import BITS_ALLOWED, MAX_STEPS
from certx.status.delta import read_delta
from certx.status.listing import pack, write_token
from certx.status.reference import list_file, read_reference
from unit.crafting import ISSUER, MOMENT, NOW, segment

URI = "urn:certx:status:510000:11510100MB9X0A012X:1"
profile = settings(deadline=None, database=None, max_examples=300)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
GOOD = write_token(pack({}, size=64), uri=URI, signer=ISSUER, issued_at=MOMENT, expires_at=MOMENT + 9, ttl=1)


def read(text: str) -> None:
    """Whatever the text is, the only error is `StatusError`."""
    with suppress(StatusError):
        found = read_token(text, ISSUER.public_jwk, uri=URI, now=NOW)
        for index in (0, len(found) - 1, len(found)):
            with suppress(StatusError):
                assert 0 <= found.get(index) < 1 << found.bits


def sign(header: Any, payload: Any) -> str:
    signing_input = f"{segment(header)}.{segment(payload)}"
    return f"{signing_input}.{base64url(ISSUER.sign(signing_input.encode()))}"


@profile
@given(st.dictionaries(st.integers(0, 255), st.integers(0, 3)))
def test_there_and_back(values: Mapping[int, int]) -> None:
    text = write_token(pack(values, size=256), uri=URI, signer=ISSUER, issued_at=MOMENT, expires_at=MOMENT + 1, ttl=1)
    found = read_token(text, ISSUER.public_jwk, uri=URI, now=NOW)
    assert [found.get(index) for index in range(256)] == [values.get(index, 0) for index in range(256)]


@profile
@given(st.sampled_from(BITS_ALLOWED), st.data())
def test_every_width_packs_and_unpacks(bits: int, data: st.DataObject) -> None:
    values = data.draw(st.dictionaries(st.integers(0, 63), st.integers(0, (1 << bits) - 1)))
    packed = pack(values, size=64, bits=bits)
    assert len(packed) == 8 * bits
    whole = int.from_bytes(packed, "little")
    assert {i: whole >> (i * bits) & ((1 << bits) - 1) for i in range(64)} == {i: values.get(i, 0) for i in range(64)}


@profile
@given(st.text() | st.text("abcdefgh.-_~=0").map(lambda text: f"eyJ{text}"))
@example("\ud800")
def test_any_text_is_read_or_refused(text: str) -> None:
    read(text)


@profile
@given(st.integers(0, len(GOOD) - 1), st.characters(), st.booleans())
def test_a_token_with_one_character_changed_is_refused_or_says_the_same(at: int, to: str, insert: bool) -> None:  # noqa: FBT001
    changed = GOOD[:at] + to + GOOD[at + (not insert) :]
    if changed != GOOD:
        try:
            read_token(changed, ISSUER.public_jwk, uri=URI, now=NOW)
        except StatusError:
            return
        raise AssertionError(changed)


MEMBERS = ["sub", "iat", "exp", "nbf", "ttl", "status_list", "bits", "lst"]


@profile
@given(
    st.dictionaries(st.sampled_from(["typ", "crit", "kid", "alg"]), JSON, max_size=1), st.sampled_from(MEMBERS), JSON
)
def test_any_signed_content_is_read_or_refused(header: dict[str, Any], name: str, value: Any) -> None:
    status_list: dict[str, Any] = {"bits": 2, "lst": base64url(zlib.compress(b"abc"))}
    claims: dict[str, Any] = {"sub": URI, "iat": MOMENT, "status_list": status_list}
    (status_list if name in {"bits", "lst"} else claims)[name] = value
    read(sign({"alg": "ES256", "typ": "statuslist+jwt", **header}, claims))


@profile
@given(st.binary(max_size=200))
def test_any_compressed_bytes_are_read_or_refused(data: bytes) -> None:
    for lst in (data, zlib.compress(data), zlib.compress(data) + data):
        claims = {"sub": URI, "iat": MOMENT, "status_list": {"bits": 1, "lst": base64url(lst)}}
        read(sign({"alg": "ES256", "typ": "statuslist+jwt"}, claims))


@profile
@given(st.dictionaries(st.sampled_from(["status_list", "x"]), JSON | st.fixed_dictionaries({"idx": JSON, "uri": JSON})))
def test_any_reference_is_read_or_refused(status: dict[str, Any]) -> None:
    with suppress(StatusError):
        reference = read_reference(status)
        assert reference is None or reference.idx >= 0


@profile
@given(st.text() | st.from_regex(r"(urn:certx:status:|https://)[0-9A-Z:/.j-]{0,60}"))
def test_a_name_leads_to_a_file_in_its_region_or_nowhere(uri: str) -> None:
    place = list_file(uri)
    if place is not None:
        region, name = place
        assert region.isdigit()
        assert "/" not in name
        assert not name.startswith(".")


@profile
@given(st.sampled_from(BITS_ALLOWED), st.data())
def test_changes_lead_from_any_state_to_any_other(bits: int, data: st.DataObject) -> None:
    values = st.dictionaries(st.integers(0, 4_095), st.integers(0, (1 << bits) - 1), max_size=40)
    earlier, later = (pack(data.draw(values), size=4_096, bits=bits) for _ in range(2))
    entries = bytearray(earlier)
    apply_changes(entries, changes_between(earlier, later, bits), bits)
    assert entries == later


@profile
@given(st.binary(max_size=60), st.sampled_from(BITS_ALLOWED))
def test_any_bytes_are_changes_or_refused(changes: bytes, bits: int) -> None:
    entries = bytearray(64)
    with suppress(StatusError):
        apply_changes(entries, changes, bits)
    assert len(entries) == 64


@profile
@given(st.sampled_from(["bits", "token", "base", "result", "steps"]), JSON)
def test_any_content_of_a_delta_is_read_or_refused(name: str, value: Any) -> None:
    content = {"bits": 2, "token": "x", "base": "y", "result": "y", "steps": [], name: value}
    with suppress(StatusError):
        found = read_delta({"sub": URI, "iat": MOMENT, "status_list_delta": content}, URI)
        assert len(found.steps) <= MAX_STEPS
