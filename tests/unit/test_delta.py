"""The delta of a status list: what it leads from and to, and each thing that can be wrong with it."""

import itertools
import random
import zlib
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, Final

import pytest

from certx.keys import read_public_key
from certx.keys.encoding import base64url
from certx.reason import Reason
from certx.status import StatusError, StatusList
from certx.status.changes import apply_changes, changes_between, digest_of
from certx.status.constants import MAX_CHANGES_BYTES, MAX_DELTA_CHARACTERS, MAX_STEPS
from certx.status.delta import patched_token
from certx.status.earlier import read_earlier, write_delta
from certx.status.listing import Signing, pack, write_token
from certx.status.tokenlist import StatusToken
from unit.crafting import HOLDER, ISSUER, MOMENT, STRANGER, segment

URI: Final = "urn:certx:status:510000:11510100MB9X0A012X:1"
SIZE: Final = 1 << 16
KEY: Final = read_public_key(ISSUER.public_jwk)
MARKED: Final = dict.fromkeys(random.Random(4).sample(range(SIZE), 900), 1)  # noqa: S311 - the same every day


def signing(at: int = MOMENT) -> Signing:
    return Signing(URI, ISSUER, at, at + 600, 60)


def token_of(entries: bytes, at: int = MOMENT) -> str:
    return write_token(entries, **signing(at)._asdict())


def digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def state(*also: int, value: int = 1) -> bytes:
    return pack(MARKED | dict.fromkeys(also, value), size=SIZE)


def payload(delta: str) -> dict[str, Any]:
    found: dict[str, Any] = StatusToken(delta).jws.payload
    return found


OLD, NEW = state(), state(5, 70, 71, 40_000, value=3)
OLD_TOKEN, NEW_TOKEN = token_of(OLD), token_of(NEW, MOMENT + 100)


def write(entries: bytes, token: str, earlier: str, delta: str | None = None, at: int = MOMENT + 100) -> str | None:
    return write_delta(entries, read_earlier(earlier, delta, URI), token, signing(at))


def written(*given: Any, **more: Any) -> str:
    found = write(*given, **more)
    assert found is not None
    return found


DELTA = written(NEW, NEW_TOKEN, OLD_TOKEN)


def patched(delta: str = DELTA, earlier: str = OLD_TOKEN, stands_for: str = digest(NEW_TOKEN)) -> StatusList:
    return patched_token(earlier, delta, stands_for=stands_for).open(KEY, URI)


def refusal(delta: str = DELTA, **more: Any) -> Reason:
    with pytest.raises(StatusError) as caught:
        patched(delta, **more)
    return caught.value.reason


def crafted(change: Callable[[dict[str, Any]], object] = id, *, signer: Any = ISSUER, **header: Any) -> str:
    """The delta with something else in it, signed again."""
    claims = payload(DELTA)
    change(claims)
    head = {"alg": signer.algorithm, "typ": "statuslist-delta+jwt", "kid": signer.kid, **header}
    signing_input = f"{segment({k: v for k, v in head.items() if v is not ...})}.{segment(claims)}"
    return f"{signing_input}.{base64url(signer.sign(signing_input.encode()))}"


def inside(**members: Any) -> str:
    return crafted(lambda claims: claims["status_list_delta"].update(members))


def test_an_earlier_list_and_its_delta_say_what_the_list_says() -> None:
    found, whole = patched(), StatusToken(NEW_TOKEN).open(KEY, URI)
    assert bytes(found.entries) == whole.entries == NEW
    assert (found.bits, found.issued_at, found.expires_at, found.ttl) == (
        whole.bits, whole.issued_at, whole.expires_at, whole.ttl,
    )  # fmt: skip
    assert found.issued_at.timestamp() == MOMENT + 100
    assert len(DELTA) < len(NEW_TOKEN) // 2
    assert len(written(NEW, NEW_TOKEN, OLD_TOKEN)) < MAX_DELTA_CHARACTERS


def test_what_is_up_to_date_but_for_its_end_is_renewed() -> None:
    renewed = token_of(NEW, MOMENT + 500)
    delta = written(NEW, renewed, NEW_TOKEN, DELTA, at=MOMENT + 500)
    for earlier in (OLD_TOKEN, NEW_TOKEN):
        found = patched(delta, earlier, digest(renewed))
        assert (bytes(found.entries), found.issued_at.timestamp()) == (NEW, MOMENT + 500)
    assert payload(delta)["status_list_delta"]["steps"] == payload(DELTA)["status_list_delta"]["steps"]
    alone = payload(written(NEW, renewed, NEW_TOKEN))["status_list_delta"]
    assert (alone["steps"], alone["base"]) == ([], alone["result"])


def test_every_state_of_the_latest_month_leads_to_the_present_one() -> None:
    size = 1 << 20
    marked = dict.fromkeys(random.Random(5).sample(range(size), 80_000), 1)  # noqa: S311
    states = [pack(marked | dict.fromkeys(range(1, 4_000 * day, 400), 2), size=size) for day in range(1, 36)]
    tokens = [token_of(entries, MOMENT + day) for day, entries in enumerate(states)]
    delta = None
    for day in range(1, len(states)):
        delta = written(states[day], tokens[day], tokens[day - 1], delta, at=MOMENT + day)
    assert delta is not None
    steps = payload(delta)["status_list_delta"]["steps"]
    assert len(steps) == MAX_STEPS
    assert len(delta) * 8 <= len(tokens[-1])
    for token in (tokens[-MAX_STEPS - 1], tokens[-9], tokens[-1]):
        assert bytes(patched(delta, token, digest(tokens[-1])).entries) == states[-1]
    too_old = tokens[-MAX_STEPS - 2]
    assert refusal(delta, earlier=too_old, stands_for=digest(tokens[-1])) is Reason.STATUS_LIST_MALFORMED


def test_of_a_small_list_the_latest_step_alone_is_kept() -> None:
    middle, later = state(9), state(9, 10)
    first = written(middle, token_of(middle), OLD_TOKEN)
    steps = payload(written(later, token_of(later), token_of(middle), first))["status_list_delta"]["steps"]
    assert [step["base"] for step in steps] == [digest_of(middle)]


def test_a_state_that_comes_back_is_no_loop() -> None:
    """Suspended, reinstated, suspended: the same entries again, and still only forward."""
    tokens = [token_of(OLD, MOMENT), token_of(NEW, MOMENT + 1), token_of(OLD, MOMENT + 2), token_of(NEW, MOMENT + 3)]
    delta = None
    for number in range(1, 4):
        entries = (OLD, NEW)[number % 2]
        delta = written(entries, tokens[number], tokens[number - 1], delta, at=MOMENT + number)
        for earlier in (OLD_TOKEN, NEW_TOKEN):
            assert bytes(patched(delta, earlier, digest(tokens[number])).entries) == entries


def test_what_was_cut_off_between_its_two_files_is_taken_up() -> None:
    """The delta is replaced first: it leads beyond the list that still lies there."""
    middle = state(9)
    first = written(middle, token_of(middle), OLD_TOKEN)
    cut_off = written(NEW, NEW_TOKEN, token_of(middle), first)
    again = written(NEW, NEW_TOKEN, token_of(middle), cut_off)
    assert payload(again)["status_list_delta"] == payload(cut_off)["status_list_delta"]


@pytest.mark.parametrize("delta", ["", "x", "a.b.c", OLD_TOKEN, DELTA[:-9], "A" * (MAX_DELTA_CHARACTERS + 1)])
def test_what_is_no_delta_is_not_taken_up(delta: str) -> None:
    later = state(5, 6)
    found = payload(written(later, token_of(later), NEW_TOKEN, delta))["status_list_delta"]
    assert [step["base"] for step in found["steps"]] == [digest_of(NEW)]


def test_where_a_delta_is_of_no_use_there_is_none() -> None:
    all_changed = pack(dict.fromkeys(range(0, SIZE, 2), 1), size=SIZE)
    small = pack({}, size=64)
    assert write(all_changed, token_of(all_changed), OLD_TOKEN) is None
    assert write(small, token_of(small), token_of(small)) is None
    assert write(small, token_of(small), OLD_TOKEN) is None  # another size


def test_more_changes_than_a_counter_would_inflate_are_no_delta() -> None:
    size = 1 << 23
    before, after = pack({}, size=size), b"\x55" * (size // 4)
    assert len(changes_between(before, after, 2)) > MAX_CHANGES_BYTES
    assert write(after, token_of(after), token_of(before)) is None


# Each thing wrong


def test_the_crafted_delta_is_good_before_anything_is_changed() -> None:
    assert bytes(patched(crafted()).entries) == NEW


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"typ": "statuslist+jwt"}, Reason.TYPE_HEADER_WRONG),
        ({"typ": ...}, Reason.TYPE_HEADER_WRONG),
        ({"alg": "none"}, Reason.ALGORITHM_NOT_ALLOWED),
        ({"alg": "Ed25519"}, Reason.ALGORITHM_NOT_ALLOWED),
        ({"crit": []}, Reason.HEADER_CRITICAL),
    ],
)
def test_another_header_is_refused(header: dict[str, Any], reason: Reason) -> None:
    assert refusal(crafted(**header)) is reason


@pytest.mark.parametrize("signer", [STRANGER, HOLDER])
def test_a_delta_of_another_key_is_refused(signer: Any) -> None:
    assert refusal(crafted(signer=signer, alg="ES256")) is Reason.SIGNATURE_WRONG


def test_a_list_and_a_delta_are_not_taken_for_each_other() -> None:
    with pytest.raises(StatusError) as caught:
        StatusToken(DELTA).open(KEY, URI)
    assert caught.value.reason is Reason.TYPE_HEADER_WRONG
    assert refusal(NEW_TOKEN) is Reason.TYPE_HEADER_WRONG


@pytest.mark.parametrize("name", ["sub", "iat", "status_list_delta"])
def test_what_must_be_there_is_missed(name: str) -> None:
    assert refusal(crafted(lambda claims: claims.pop(name))) is Reason.CLAIM_REQUIRED


@pytest.mark.parametrize("name", ["iat", "exp", "nbf", "ttl", "status_list_delta"])
@pytest.mark.parametrize("value", ["1", True, None, []])
def test_a_claim_of_another_type_is_refused(name: str, value: Any) -> None:
    assert refusal(crafted(lambda claims: claims.update({name: value}))) is Reason.CLAIM_TYPE_WRONG


def test_the_delta_of_another_list_is_refused() -> None:
    assert refusal(crafted(lambda claims: claims.update(sub=URI + "0"))) is Reason.STATUS_LIST_OF_ANOTHER


STEP: Final[Mapping[str, str]] = payload(DELTA)["status_list_delta"]["steps"][0]
CHANGES: Final = changes_between(OLD, NEW, 2)


def step(changes: bytes) -> list[dict[str, str]]:
    return [{"base": STEP["base"], "changes": base64url(zlib.compress(changes, 9))}]


@pytest.mark.parametrize(
    "members",
    [
        {"bits": 1}, {"bits": 4}, {"bits": True}, {"bits": "2"}, {"bits": None}, {"bits": 3},
        {"token": None}, {"token": ""}, {"token": digest(OLD_TOKEN)}, {"token": digest(NEW_TOKEN).upper()},
        {"base": None}, {"base": digest_of(NEW)}, {"base": ""},
        {"result": None}, {"result": ""}, {"result": digest_of(NEW) + "="},
        {"steps": None}, {"steps": {}}, {"steps": []}, {"steps": [None]}, {"steps": [{}]},
        {"steps": [dict(STEP)] * (MAX_STEPS + 1)},
        {"steps": [{"base": STEP["base"]}]}, {"steps": [{**STEP, "changes": 7}]}, {"steps": [{**STEP, "base": 7}]},
        {"steps": [{**STEP, "changes": ""}]}, {"steps": [{**STEP, "changes": "A"}]},
        {"steps": [{**STEP, "changes": base64url(CHANGES)}]},
        {"steps": step(CHANGES[:-1])}, {"steps": step(CHANGES + b"\x05")}, {"steps": step(b"")},
        {"steps": step(b"\x80")}, {"steps": step(b"\x00")}, {"steps": step(b"\x03")},
        {"steps": step(b"\xff" * 40 + b"\x01")}, {"steps": step(b"\xff\xff\xff\xff\x0f")},
    ],
)  # fmt: skip
def test_content_that_is_none_is_refused(members: dict[str, Any]) -> None:
    assert refusal(inside(**members)) is Reason.STATUS_LIST_MALFORMED


def test_a_bomb_is_refused_before_it_is_inflated() -> None:
    bomb = zlib.compress(bytes(64 * MAX_CHANGES_BYTES), 9)
    assert refusal(inside(steps=[{**STEP, "changes": base64url(bomb)}])) is Reason.STATUS_LIST_TOO_LARGE
    assert refusal("A" * (MAX_DELTA_CHARACTERS + 1)) is Reason.STATUS_LIST_TOO_LARGE


def test_many_steps_together_are_bounded_too() -> None:
    """Each step alone may be inflated; both of them may not."""
    count, size = MAX_CHANGES_BYTES // 2 + 1, 1 << 20
    states = [pack(dict.fromkeys(range(count), value), size=size) for value in (0, 1, 2)]
    steps = [
        {"base": digest_of(before), "changes": base64url(zlib.compress(changes_between(before, after, 2)))}
        for before, after in itertools.pairwise(states)
    ]
    last = {"base": steps[1]["base"], "result": digest_of(states[2]), "steps": steps[1:]}
    assert bytes(patched(inside(**last), token_of(states[1])).entries) == states[2]
    both = {"base": steps[0]["base"], "result": digest_of(states[2]), "steps": steps}
    assert refusal(inside(**both), earlier=token_of(states[0])) is Reason.STATUS_LIST_TOO_LARGE


@pytest.mark.parametrize("earlier", ["", "x", DELTA, token_of(state(1)), token_of(pack({}, size=64))])
def test_from_another_list_it_leads_nowhere(earlier: str) -> None:
    with pytest.raises(StatusError):
        patched(earlier=earlier)


def test_an_earlier_list_of_another_width_is_refused() -> None:
    claims = StatusToken(OLD_TOKEN).jws.payload
    claims["status_list"]["bits"] = 1
    other = f"{OLD_TOKEN.split('.')[0]}.{segment(claims)}.AA"
    assert refusal(earlier=other) is Reason.STATUS_LIST_MALFORMED


def test_nobody_need_have_signed_what_it_leads_from() -> None:
    """Its entries are what the delta names, or they are not."""
    header, claims, _ = OLD_TOKEN.split(".")
    assert bytes(patched(earlier=f"{header}.{claims}.AAAA").entries) == NEW


def test_changes_outside_of_the_list_are_refused() -> None:
    entries = bytearray(2)
    apply_changes(entries, bytes([8 << 2 | 1]), 2)
    assert entries == bytes([0, 0x40])
    with pytest.raises(StatusError):
        apply_changes(entries, bytes([9 << 2 | 1]), 2)
    with pytest.raises(ValueError, match="1"):
        changes_between(b"a", b"ab", 2)


def test_once_open_it_keeps_the_entries_alone() -> None:
    token = patched_token(OLD_TOKEN, DELTA, stands_for=digest(NEW_TOKEN))
    assert (token.kid, token.uri, token.issued_at, token.age_at(MOMENT + 130)) == (ISSUER.kid, URI, MOMENT + 100, 30)
    token.open(KEY, URI)
    assert (token._compact, token._jws) == ("", None)
    assert (token.kid, token.uri, token.issued_at) == (ISSUER.kid, URI, MOMENT + 100)
