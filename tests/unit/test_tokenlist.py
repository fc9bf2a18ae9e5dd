"""Reading and writing status list tokens: each rule broken once."""

import tracemalloc
import zlib
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

import certx.status
from certx.credential.constants import CLOCK_SKEW
from certx.keys import new_signer
from certx.keys.encoding import base64url
from certx.reason import Reason
from certx.status import StatusError, StatusList, read_token
from certx.status.constants import LIFE, MAX_LIST_BYTES, MAX_TOKEN_CHARACTERS
from certx.status.listing import pack, write_token
from certx.status.reference import list_file, list_uri, series_of
from certx.status.tokenlist import StatusToken
from unit.crafting import HOLDER, ISSUER, MOMENT, NOW, STRANGER, segment

URI = "urn:certx:status:510000:11510100MB9X0A012X:1"
ENTRIES = pack({0: 1, 3: 2, 7: 3, 15: 1}, size=16)
NORMAL = zlib.compress(ENTRIES)


def claims(**more: Any) -> dict[str, Any]:
    """A payload in which nothing is wrong yet; `...` leaves a member out."""
    given = {
        "sub": URI,
        "iat": MOMENT - 60,
        "exp": MOMENT + 60,
        "ttl": 60,
        "status_list": {"bits": 2, "lst": base64url(NORMAL)},
        **more,
    }
    return {name: value for name, value in given.items() if value is not ...}


def token(payload: Any = None, *, header: Mapping[str, Any] | None = None, signer: Any = ISSUER) -> str:
    head = {"alg": signer.algorithm, "typ": "statuslist+jwt", "kid": signer.kid, **(header or {})}
    head = {name: value for name, value in head.items() if value is not ...}
    signing_input = f"{segment(head)}.{segment(claims() if payload is None else payload)}"
    return f"{signing_input}.{base64url(signer.sign(signing_input.encode()))}"


def listed(**status_list: Any) -> str:
    given = {"bits": 2, "lst": base64url(NORMAL), **status_list}
    return token(claims(status_list={name: value for name, value in given.items() if value is not ...}))


def read(text: Any, *, jwk: Any = ISSUER.public_jwk, uri: Any = URI, now: Any = NOW) -> StatusList:
    return read_token(text, jwk, uri=uri, now=now)


def refusal(text: Any, **more: Any) -> tuple[Reason, Mapping[str, object]]:
    with pytest.raises(StatusError) as caught:
        read(text, **more)
    assert caught.value.code == caught.value.reason
    return caught.value.reason, caught.value.params


def test_a_list_says_what_was_put_into_it() -> None:
    found = read(token())
    assert [found.get(index) for index in range(16)] == [1, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1]
    assert (len(found), found.bits) == (16, 2)
    assert found.issued_at == NOW - timedelta(seconds=60)
    assert found.expires_at == NOW + timedelta(seconds=60)
    assert found.ttl == timedelta(seconds=60)


def test_the_public_names_are_there_and_no_others() -> None:
    assert certx.status.read_token is read_token
    assert set(certx.status.__all__) == {"StatusError", "StatusList", "read_token"}
    with pytest.raises(AttributeError):
        certx.status.pack  # noqa: B018 - the point


@pytest.mark.parametrize("algorithm", ["ES256", "Ed25519"])
def test_what_we_write_we_read(algorithm: str) -> None:
    signer = new_signer(algorithm)
    text = write_token(pack({1: 3}, size=8), uri=URI, signer=signer, issued_at=MOMENT, expires_at=MOMENT + 9, ttl=5)
    found = read(text, jwk=signer.public_jwk)
    assert [found.get(index) for index in range(8)] == [0, 3, 0, 0, 0, 0, 0, 0]
    assert (found.expires_at, found.ttl) == (NOW + timedelta(seconds=9), timedelta(seconds=5))


@pytest.mark.parametrize(("bits", "data"), [(1, "b9a3"), (2, "c944f9"), (4, "21436587"), (8, "00ff80")])
def test_the_lowest_bits_come_first(bits: int, data: str) -> None:
    raw = bytes.fromhex(data)
    found = read(listed(bits=bits, lst=base64url(zlib.compress(raw))))
    expected = [byte >> shift & ((1 << bits) - 1) for byte in raw for shift in range(0, 8, bits)]
    values = dict(enumerate(expected))
    assert [found.get(index) for index in values] == expected
    assert pack(values, size=len(values), bits=bits) == raw


@pytest.mark.parametrize(("index", "value"), [(-1, 0), (16, 0), (0, 4), (0, -1)])
def test_what_does_not_fit_is_not_packed(index: int, value: int) -> None:
    with pytest.raises(ValueError, match=str(value)):
        pack({index: value}, size=16)


@pytest.mark.parametrize("index", [16, -1, 2**70, True, 1.0, "1", None])
def test_an_entry_that_is_not_there_is_an_error(index: Any) -> None:
    with pytest.raises(StatusError) as caught:
        read(token()).get(index)
    assert (caught.value.reason, caught.value.params) == (Reason.STATUS_INDEX_OUT_OF_RANGE, {"size": 16})


def test_an_empty_list_has_no_entry() -> None:
    found = read(listed(lst=base64url(zlib.compress(b""))))
    assert len(found) == 0
    with pytest.raises(StatusError):
        found.get(0)


@pytest.mark.parametrize(
    "typ", ["JWT", "dc+sd-jwt", "statuslist+cwt", "application/statuslist+jwt", "STATUSLIST+JWT", None, 7, ...]
)
def test_another_type_of_token_is_refused(typ: Any) -> None:
    reason, params = refusal(token(header={"typ": typ}))
    assert (reason, params) == (Reason.TYPE_HEADER_WRONG, {"expected": "statuslist+jwt"})


@pytest.mark.parametrize("crit", [["exp"], [], None, "x"])
def test_a_critical_extension_is_refused(crit: Any) -> None:
    assert refusal(token(header={"crit": crit}))[0] is Reason.HEADER_CRITICAL


@pytest.mark.parametrize(
    "alg", ["none", "None", "HS256", "RS256", "ES384", "Ed25519", "EdDSA", "", None, 7, ["ES256"], ...]
)
def test_an_algorithm_that_is_not_the_keys_own_is_refused(alg: Any) -> None:
    assert refusal(token(header={"alg": alg}))[0] is Reason.ALGORITHM_NOT_ALLOWED


def test_the_old_name_of_edwards_signatures_is_read() -> None:
    assert read(token(signer=HOLDER, header={"alg": "EdDSA"}), jwk=HOLDER.public_jwk).get(0) == 1


def test_a_signature_by_another_key_is_refused() -> None:
    assert refusal(token(signer=STRANGER))[0] is Reason.SIGNATURE_WRONG
    assert refusal(token(), jwk=STRANGER.public_jwk)[0] is Reason.SIGNATURE_WRONG


def test_a_payload_changed_after_signing_is_refused() -> None:
    header, _, signature = token().split(".")
    assert refusal(f"{header}.{segment(claims(exp=MOMENT + 61))}.{signature}")[0] is Reason.SIGNATURE_WRONG


def test_a_key_in_the_header_is_not_used() -> None:
    text = token(signer=STRANGER, header={"jwk": STRANGER.public_jwk, "jku": "https://x.example", "x5c": ["AA"]})
    assert refusal(text)[0] is Reason.SIGNATURE_WRONG


@pytest.mark.parametrize(
    "uri", [URI[:-1], URI + "0", URI.lower(), "", f" {URI}", "https://status.example/510000/11510100MB9X0A012X-1.jwt"]
)
def test_a_list_under_another_name_is_refused(uri: str) -> None:
    assert refusal(token(), uri=uri)[0] is Reason.STATUS_LIST_OF_ANOTHER
    assert refusal(token(claims(sub=uri)))[0] is Reason.STATUS_LIST_OF_ANOTHER


@pytest.mark.parametrize("sub", [None, 7, [URI], {"uri": URI}])
def test_a_name_that_is_no_text_is_refused(sub: Any) -> None:
    assert refusal(token(claims(sub=sub)))[0] is Reason.STATUS_LIST_OF_ANOTHER


@pytest.mark.parametrize("name", ["sub", "iat", "status_list"])
def test_what_must_be_there_is_missed(name: str) -> None:
    assert refusal(token(claims(**{name: ...}))) == (Reason.CLAIM_REQUIRED, {"name": name})


@pytest.mark.parametrize("name", ["iat", "exp", "nbf", "ttl"])
@pytest.mark.parametrize("value", ["1", True, None, [], {}])
def test_a_time_that_is_no_number_is_refused(name: str, value: Any) -> None:
    assert refusal(token(claims(**{name: value}))) == (Reason.CLAIM_TYPE_WRONG, {"name": name})


@pytest.mark.parametrize("name", ["iat", "exp", "nbf"])
@pytest.mark.parametrize("value", [1e300, -1e300, 2**63, 1e15])
def test_a_time_of_no_calendar_is_refused(name: str, value: float) -> None:
    assert refusal(token(claims(**{name: value}))) == (Reason.CLAIM_TYPE_WRONG, {"name": name})


@pytest.mark.parametrize("ttl", [0, -1, 1e300])
def test_a_time_to_live_that_is_none_is_refused(ttl: float) -> None:
    assert refusal(token(claims(ttl=ttl))) == (Reason.CLAIM_TYPE_WRONG, {"name": "ttl"})


def test_a_list_need_not_say_its_end_nor_its_time_to_live() -> None:
    found = read(token(claims(exp=..., ttl=..., iat=MOMENT - 10 * LIFE)))
    assert (found.expires_at, found.ttl) == (None, None)
    assert found.end == MOMENT - 9 * LIFE


@pytest.mark.parametrize("exp", [MOMENT, MOMENT - 1, MOMENT - 0.5, 0])
def test_a_list_past_its_end_is_refused(exp: float) -> None:
    assert refusal(token(claims(exp=exp))) == (Reason.STATUS_EXPIRED, {"at": exp})


def test_the_end_is_exclusive_and_times_may_have_fractions() -> None:
    assert read(token(claims(exp=MOMENT + 0.5))).get(0) == 1


def test_a_list_signed_in_the_future_is_refused() -> None:
    assert read(token(claims(iat=MOMENT + CLOCK_SKEW, exp=MOMENT + LIFE))).get(0) == 1
    assert refusal(token(claims(iat=MOMENT + CLOCK_SKEW + 1, exp=MOMENT + LIFE)))[0] is Reason.ISSUED_IN_FUTURE


def test_a_list_that_does_not_begin_yet_is_refused() -> None:
    assert read(token(claims(nbf=MOMENT))).get(0) == 1
    assert refusal(token(claims(nbf=MOMENT + 1)))[0] is Reason.NOT_YET_VALID


@pytest.mark.parametrize("bits", [0, 3, 16, -1, True, 2.0, "2", None, [2], ...])
def test_another_number_of_bits_is_refused(bits: Any) -> None:
    assert refusal(listed(bits=bits))[0] is Reason.STATUS_LIST_MALFORMED


@pytest.mark.parametrize("status_list", [None, [], "x", 7])
def test_a_list_that_is_no_object_is_refused(status_list: Any) -> None:
    assert refusal(token(claims(status_list=status_list))) == (Reason.CLAIM_TYPE_WRONG, {"name": "status_list"})


TEXT = base64url(NORMAL)


@pytest.mark.parametrize(
    "lst",
    [
        ..., None, 7, "", "A", [TEXT], TEXT + "=", TEXT + "\n", " " + TEXT, TEXT[:-1] + "+", TEXT + "é",
        base64url(NORMAL[:-1]),
        base64url(NORMAL + b"\0"),
        base64url(NORMAL + NORMAL),
        base64url(NORMAL[:-4] + b"\0\0\0\0"),
        base64url(zlib.compress(ENTRIES, wbits=-15)),
        base64url(zlib.compress(ENTRIES, wbits=31)),
        base64url(ENTRIES),
        base64url(zlib.compressobj(zdict=b"x" * 32).flush()),
    ],
)  # fmt: skip
def test_what_is_not_one_whole_zlib_stream_in_strict_base64url_is_refused(lst: Any) -> None:
    assert refusal(listed(lst=lst))[0] is Reason.STATUS_LIST_MALFORMED


def test_stray_bits_in_the_last_character_are_refused() -> None:
    data = next(base64url(d) for n in range(9) if len(d := zlib.compress(bytes(range(n)))) % 3)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    stray = data[:-1] + letters[letters.index(data[-1]) + 1]
    assert refusal(listed(lst=stray))[0] is Reason.STATUS_LIST_MALFORMED


def test_a_bomb_is_refused_before_it_is_inflated() -> None:
    stream = zlib.compressobj(9)
    bomb = b"".join(stream.compress(bytes(1_048_576)) for _ in range(512)) + stream.flush()
    text = listed(lst=base64url(bomb))
    tracemalloc.start()
    try:
        assert refusal(text) == (Reason.STATUS_LIST_TOO_LARGE, {"maximum": MAX_LIST_BYTES})
        assert tracemalloc.get_traced_memory()[1] < 4 * MAX_LIST_BYTES
    finally:
        tracemalloc.stop()


def test_the_largest_list_is_read() -> None:
    found = read(listed(bits=1, lst=base64url(zlib.compress(bytes(MAX_LIST_BYTES)))))
    assert len(found) == MAX_LIST_BYTES * 8
    too_large = listed(bits=1, lst=base64url(zlib.compress(bytes(MAX_LIST_BYTES + 1))))
    assert refusal(too_large)[0] is Reason.STATUS_LIST_TOO_LARGE


def test_a_text_that_is_too_long_is_not_looked_at() -> None:
    assert refusal("A" * (MAX_TOKEN_CHARACTERS + 1)) == (
        Reason.STATUS_LIST_TOO_LARGE, {"maximum": MAX_TOKEN_CHARACTERS},
    )  # fmt: skip


@pytest.mark.parametrize(
    "text", ["", ".", "..", "a.b.c", "€.€.€", token() + ".", token() + "~", token()[:-1], "e30.W10.AA"]
)
def test_what_is_no_token_is_refused(text: str) -> None:
    assert refusal(text)[0] is Reason.STATUS_LIST_MALFORMED


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"now": datetime(2026, 6, 1)}, Reason.CLOCK_NOT_AWARE),  # noqa: DTZ001 - the point
        ({"now": MOMENT}, Reason.CLOCK_NOT_AWARE),
        ({"now": None}, Reason.CLOCK_NOT_AWARE),
        ({"uri": None}, Reason.UNREADABLE_NOT_TEXT),
        ({"uri": URI.encode()}, Reason.UNREADABLE_NOT_TEXT),
        ({"jwk": None}, Reason.UNREADABLE_NOT_TEXT),
        ({"jwk": "x"}, Reason.UNREADABLE_NOT_TEXT),
        ({"jwk": {}}, Reason.KEY_UNUSABLE),
        ({"jwk": {**ISSUER.public_jwk, "use": "enc"}}, Reason.KEY_UNUSABLE),
    ],
)
def test_what_is_given_wrong_is_told(change: dict[str, Any], reason: Reason) -> None:
    assert refusal(token(), **change)[0] is reason


def test_a_text_of_bytes_is_no_text() -> None:
    assert refusal(token().encode())[0] is Reason.UNREADABLE_NOT_TEXT


def test_the_clock_may_be_in_any_zone() -> None:
    assert read(token(), now=NOW.astimezone(timezone(timedelta(hours=8)))).get(0) == 1


def test_a_token_is_opened_once_for_a_key_and_a_name() -> None:
    from certx.keys import read_public_key  # noqa: PLC0415 - only here

    key, opened = read_public_key(ISSUER.public_jwk), StatusToken(token())
    assert opened.open(key, URI) is opened.open(key, URI)
    with pytest.raises(StatusError):
        opened.open(key, URI + "0")
    with pytest.raises(StatusError):
        opened.open(read_public_key(STRANGER.public_jwk), URI)
    assert opened.open(key, URI).get(3) == 2


# Names of lists


def test_a_list_has_a_name_and_a_place() -> None:
    name = list_uri(series_of("510000", "11510100MB9X0A012X"), 12)
    assert name == "urn:certx:status:510000:11510100MB9X0A012X:12"
    assert list_file(name) == ("510000", "11510100MB9X0A012X-12.jwt")
    for front in ("https://status.example", "https://s.example:8443/a/b", "https://u@s.example/510000"):
        assert list_file(f"{front}/510000/11510100MB9X0A012X-12.jwt") == ("510000", "11510100MB9X0A012X-12.jwt")


@pytest.mark.parametrize(
    "uri",
    [
        "", "x", "urn:certx:status:510000:11510100MB9X0A012X", "urn:certx:status:510000:11510100MB9X0A012X:0",
        "urn:certx:status:510000:11510100MB9X0A012X:01", "urn:certx:status:510000:11510100MB9X0A012X:-1",
        "urn:certx:status:510000:11510100MB9X0A012X:1/..", "urn:certx:status:510000:11510100MB9X0A012X:1\n",
        "urn:certx:status:51000:11510100MB9X0A012X:1", "urn:certx:status:510000:../../../keys:1",
        "urn:certx:status:510000:11510100MB9X0A012X:١", "URN:certx:status:510000:11510100MB9X0A012X:1",
        "urn:certx:status:510000:11510100MB9X0A012X:1234567890",
        "http://s.example/510000/11510100MB9X0A012X-1.jwt", "file:///510000/11510100MB9X0A012X-1.jwt",
        "https://510000/11510100MB9X0A012X-1.jwt", "https://s.example/510000/11510100MB9X0A012X-1.jwt?x=1",
        "https://s.example/510000/11510100MB9X0A012X-1.jwt#x", "https://s.example/510000/11510100MB9X0A012X-1.jwt/",
        "https://s.example/510000/../11510100MB9X0A012X-1.jwt", "https://s.example/510000%2F11510100MB9X0A012X-1.jwt",
        "https://s.example/510000/11510100MB9X0A012X-1", "https://s.example/510000\\11510100MB9X0A012X-1.jwt",
    ],
)  # fmt: skip
def test_any_other_name_has_no_place(uri: str) -> None:
    assert list_file(uri) is None
