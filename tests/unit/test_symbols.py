"""What a QR symbol carries: a credential packed, byte for byte the same when it is unpacked, on any of the ways."""

import random
import re
import zlib
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from itertools import permutations
from time import perf_counter
from typing import Final

import pytest

import world
from certx.app.carrier.symbol_parts import SymbolParts
from certx.carrier import read as read_carrier
from certx.carrier import symbols
from certx.carrier.apart import Apart, put_together, take_apart
from certx.carrier.base45 import from_base45, to_base45
from certx.carrier.digits import from_digits
from certx.carrier.packing import LAST_DICTIONARY, MAX_TEXT, pack, unpack
from certx.carrier.text import is_symbol
from certx.credential.errors import CredentialError
from certx.credential.issue import issue as sign_claims
from certx.credential.present import bind, select
from certx.credential.sdjwt import random_salts
from certx.errors import CertxError, UnreadableError
from certx.i18n import Words
from certx.keys import new_signer
from certx.reason import Outcome, Reason
from certx.schema.frame import Frame
from issued import DICTIONARIES, EXAMPLES, Example
from unit import crafting

ALPHANUMERIC_22_M: Final = 1_134
NUMERIC_22_M: Final = 1_872
"""Characters that a QR symbol of version 22, level M, holds (ISO/IEC 18004, table 7)."""
BUSINESS: Final = world.issue()
HOLDER: Final = new_signer("ES256")


def by_name(example: Example) -> str:
    return f"{example.type}-{example.name}"


def reason_of(text: str) -> Reason:
    with pytest.raises(CredentialError) as refused:
        symbols.read(text, DICTIONARIES)
    return refused.value.reason


@pytest.mark.parametrize("digits", [False, True], ids=["base45", "digits"])
@pytest.mark.parametrize("example", EXAMPLES, ids=by_name)
def test_each_example_comes_back_from_symbols_of_version_22_at_most(example: Example, *, digits: bool) -> None:
    texts = symbols.write(example.credential, DICTIONARIES, digits=digits)
    assert max(map(len, texts)) <= (NUMERIC_22_M if digits else ALPHANUMERIC_22_M)
    assert symbols.read(symbols.join(texts), DICTIONARIES) == example.credential


def test_one_symbol_is_enough_for_all_but_a_certificate_of_two_owners() -> None:
    several = {by_name(one) for one in EXAMPLES if len(symbols.write(one.credential, DICTIONARIES)) > 1}
    assert several == {"real-estate-certificate-full"}


def test_no_example_is_packed_as_plain_text() -> None:
    for example in EXAMPLES:
        assert len(pack(example.credential, DICTIONARIES)) < len(example.credential) / 3


def test_the_dictionary_never_changes() -> None:
    data = DICTIONARIES(1)
    assert data is not None
    assert sha256(data).hexdigest() == "784e5793453dd136283bb433dd7045765e7744db05265e59283721b42ca89144"
    assert len(data) <= 32_768, "deflate looks back no farther"
    assert DICTIONARIES(2) is None


@pytest.mark.parametrize("shown", [[], ["address"], ["address", "legalRepresentative"]], ids=len)
def test_what_is_hidden_travels_as_its_digest(shown: list[str]) -> None:
    partial = select(BUSINESS, [(name,) for name in shown])
    text = symbols.write(partial, DICTIONARIES)[0]
    assert symbols.read(text, DICTIONARIES) == partial
    assert take_apart(partial.encode()).text.count(b"_sd") == 2
    assert len(pack(partial, DICTIONARIES)) < len(partial) / 2


def nested() -> str:
    """Claims inside claims, elements one by one, and decoys."""
    inner = Frame(frozenset({"b", "c"}), decoys=2)
    frame = Frame(frozenset({"a", "e"}), frozenset({"d"}), {"a": inner, "f": inner}, decoys=3)
    claims = {"vct": "x", "a": {"b": 1, "c": [2]}, "d": ["x", {"y": 1}, []], "e": "z", "f": {"b": {}, "c": None}}
    return sign_claims(claims, frame=frame, signer=world.KEY, salts=random_salts())


def bound() -> str:
    held = sign_claims(
        {"vct": "x", "cnf": {"jwk": HOLDER.public_jwk}, "a": 1}, frame=Frame(frozenset({"a"})),
        signer=world.KEY, salts=random_salts(),
    )  # fmt: skip
    return bind(held, HOLDER, audience="https://counter.example", nonce="n-1", issued_at=int(world.NOW))


@pytest.mark.parametrize("make", [nested, bound])
def test_nested_claims_decoys_and_a_proof_of_possession_are_taken_apart_too(make: Callable[[], str]) -> None:
    credential = make()
    raw = take_apart(credential.encode()).text
    assert not re.search(rb"[\w-]{43}", raw), "a digest was left as text"
    assert unpack(pack(credential, DICTIONARIES), DICTIONARIES) == credential


ODD: Final = {
    "no credential": "eyJ",
    "no disclosures": BUSINESS.partition("~")[0] + "~",
    "a disclosure twice": BUSINESS + BUSINESS.split("~")[1] + "~",
    "disclosures turned round": "~".join([(parts := BUSINESS.split("~"))[0], *reversed(parts[1:-1]), ""]),
    "a disclosure that is not base64url": BUSINESS + "A~",
    "white space in the header": crafting.sign(b'{"alg": "ES256"}', {}) + "~",
    "a new line in the payload": crafting.sign({"alg": "ES256"}, b'{"a":\n1}') + "~",
    "marks in the payload": crafting.sign({"alg": "ES256"}, b'{"a":"\x02\x010;"}') + "~",
    "no signature": crafting.sign({"alg": "ES256"}, {}).rpartition(".")[0] + ".~",
    "a disclosure without a salt": crafting.sign({"alg": "ES256"}, {}) + "~" + crafting.disclosure("x") + "~",
    "a salt that is not canonical": (
        crafting.sign({"alg": "ES256"}, {}) + "~" + crafting.disclosure("A" * 21 + "B", "a", 1) + "~"
    ),
    "unsorted digests": crafting.sign({"alg": "ES256"}, {"_sd": ["B" * 42 + "A", "A" * 43, "_" * 43]}) + "~",
    "a payload that is no JSON": crafting.sign({"alg": "ES256"}, b"no JSON") + "~",
}


@pytest.mark.parametrize("credential", ODD.values(), ids=ODD.keys())
def test_text_of_another_form_comes_back_as_it_was(credential: str) -> None:
    packed = pack(credential, DICTIONARIES)
    assert unpack(packed, DICTIONARIES) == credential


def test_without_a_dictionary_it_is_packed_without_one() -> None:
    packed = pack(BUSINESS, lambda _: None)
    assert packed[0] == 0
    assert unpack(packed, lambda _: None) == BUSINESS


@cache
def big(size: int) -> str:
    """A credential with so many random digits in it."""
    digits = "".join(random.Random(size).choices("0123456789", k=size))  # noqa: S311 - the same each time
    return sign_claims({"vct": "x", "a": digits}, frame=Frame(), signer=world.KEY, salts=random_salts())


@pytest.mark.parametrize("digits", [False, True], ids=["base45", "digits"])
def test_parts_are_read_in_any_order_and_twice(*, digits: bool) -> None:
    credential = big(4_000)
    parts = symbols.write(credential, DICTIONARIES, digits=digits)
    assert len(parts) == 3
    for order in permutations(parts):
        assert symbols.read(symbols.join([*order, order[0]]), DICTIONARIES) == credential


def test_a_missing_part_is_named() -> None:
    parts = symbols.write(big(4_000), DICTIONARIES)
    with pytest.raises(CredentialError) as refused:
        symbols.join([parts[2], parts[0], parts[0]])
    assert (refused.value.reason, refused.value.params) == (
        Reason.UNREADABLE_PARTS_MISSING, {"missing": "2", "total": 3},
    )  # fmt: skip
    assert reason_of(parts[1]) is Reason.UNREADABLE_PARTS_MISSING


def test_parts_of_two_credentials_are_not_mixed() -> None:
    first, second = symbols.write(big(4_000), DICTIONARIES), symbols.write(big(4_001), DICTIONARIES)
    with pytest.raises(CredentialError) as refused:
        symbols.join([first[0], second[1], first[2]])
    assert refused.value.reason is Reason.UNREADABLE_PARTS_MIXED


def test_a_part_that_was_changed_is_noticed() -> None:
    parts = symbols.write(big(4_000), DICTIONARIES)
    changed = parts[1][:-3] + "000"
    assert changed != parts[1]
    with pytest.raises(CredentialError) as refused:
        symbols.join([parts[0], changed, parts[2]])
    assert refused.value.reason is Reason.UNREADABLE_SYMBOL


def test_a_damaged_part_beside_a_good_one_blocks_no_order() -> None:
    credential = big(4_000)
    parts = symbols.write(credential, DICTIONARIES)
    forged = [part[:-3] + "000" for part in parts[:2]]
    for order in permutations([*parts, *forged]):
        assert symbols.read(symbols.join(order), DICTIONARIES) == credential
        (found,) = read_carrier("\n".join(order).encode())
        assert found.text == symbols.join(parts)


def test_how_often_parts_are_put_together_is_bounded() -> None:
    many = [
        f"CX1:{place}/9:00000000:{to_base45(bytes([place, number]))}" for place in range(1, 10) for number in range(9)
    ]
    start = perf_counter()
    with pytest.raises(CredentialError, match=Reason.UNREADABLE_SYMBOL):
        symbols.join(many)
    assert perf_counter() - start < 1


def test_a_counter_reads_a_set_once_all_good_parts_were_scanned() -> None:
    parts = symbols.write(big(4_000), DICTIONARIES)
    forged = parts[0][:-3] + "000"
    for order in permutations([*parts, forged]):
        scanned, told = SymbolParts(), list[object]()
        for text in order:
            try:
                told.append(scanned.add(text))
            except CredentialError as error:
                told.append(error.reason)
        whole = symbols.join(parts)
        assert told.count(whole) == 1
        assert told.index(whole) == max(map(order.index, parts))
        assert set(told) <= {whole, (1, 3), (2, 3), Reason.UNREADABLE_SYMBOL}


def test_what_is_too_large_for_nine_symbols_is_refused() -> None:
    for digits in (20_000, 60_000):  # too large for nine, and too large to be packed at all
        with pytest.raises(UnreadableError, match="symbols-too-large"):
            symbols.write(big(digits), DICTIONARIES)


@pytest.mark.parametrize(
    ("text", "code"),
    [("e" * MAX_TEXT, "symbols-too-large"), ("eyJé", Reason.ENCODING_MALFORMED)],
    ids=["too long", "not ASCII"],
)
def test_what_would_not_come_back_is_not_packed(text: str, code: str) -> None:
    with pytest.raises(CertxError) as refused:
        pack(text, DICTIONARIES)
    assert refused.value.code == code


def test_no_whole_symbol_begins_like_a_part() -> None:
    for number in range(LAST_DICTIONARY + 1):
        for second in range(256):
            assert to_base45(bytes([number, second]))[2] not in "23456789", "CX1:n/m: has its m there"


def test_an_unknown_dictionary_cannot_be_judged_and_calls_for_a_sync() -> None:
    packed = bytes([2]) + pack(BUSINESS, DICTIONARIES)[1:]
    verdict = world.verify("CX1:" + to_base45(packed))
    assert world.decision(verdict) == (Outcome.UNDETERMINED, Reason.DICTIONARY_UNKNOWN, "structure")
    assert verdict.deciding is not None
    assert verdict.deciding.params == {"number": 2}
    for words in map(Words, ("zh", "en")):
        assert "certx sync" in words.reason(verdict.deciding)[1]


@pytest.mark.parametrize("digits", [False, True], ids=["base45", "digits"])
def test_a_symbol_is_verified_like_the_credential_in_it(*, digits: bool) -> None:
    text = symbols.write(BUSINESS, DICTIONARIES, digits=digits)[0]
    assert world.verify(text) == world.verify(BUSINESS)
    assert world.verify(text.lower()).outcome is Outcome.ACCEPTED, "a shift lock was on"


def bombs() -> list[bytes]:
    zeros = zlib.compressobj(9, zlib.DEFLATED, -15)
    swollen = zeros.compress(b"\0" + b"e" * MAX_TEXT) + zeros.flush()
    plain = zlib.compressobj(9, zlib.DEFLATED, -15)
    trailing = plain.compress(b"\0eyJ") + plain.flush() + b"more"
    return [b"\0" + swollen, b"\0" + trailing, b"", b"\0", b"\0\0", bytes([LAST_DICTIONARY + 1]) + trailing]


@pytest.mark.parametrize("packed", bombs(), ids=lambda packed: str(len(packed)))
def test_damage_is_named_and_nothing_swells(packed: bytes) -> None:
    with pytest.raises(CredentialError) as refused:
        unpack(packed, DICTIONARIES)
    assert refused.value.reason is Reason.UNREADABLE_SYMBOL


MARKED: Final = [
    b"{}", b"{}\n\x01", b"{}\n\x020,1,0;", b"{}\n\x030;", b"{}\n\x04", b"{}\n\x02", b"{}\n\x07",
    b'{}\n\x05["",1]\n\x030;\x030;', b'{}\n\x05["",1]\n\x020,9999,0;', b"{}\n\x020,0,9999;", b"{}\n{}\n\x06\n",
]  # fmt: skip


@pytest.mark.parametrize("text", MARKED, ids=repr)
def test_marks_that_lead_nowhere_are_damage(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        put_together(Apart(text, b"\x01s"))


@pytest.mark.parametrize("text", ["AAA ", "GGW0", ":::", "A", "a1", "Ä0"])
def test_base45_is_strict(text: str) -> None:
    with pytest.raises(ValueError, match="base45"):
        from_base45(text)


def test_base45_of_the_standard() -> None:
    known = {b"AB": "BB8", b"Hello!!": "%69 VD92EX0", b"base-45": "UJCLQE7W581", b"ietf!": "QED8WEX0"}
    assert {data: to_base45(data) for data in known} == known, "RFC 9285, sections 4.3 and 4.4"
    assert {from_base45(text): text for text in known.values()} == known


@pytest.mark.parametrize("text", ["9" * 17, "1", "256", "12a", "١٢٣", "0" * 18])
def test_digits_are_strict(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_digits(text)


@pytest.mark.parametrize("text", ["6901234567892", "510104188801010013", "9" * 200, "https://example.com/1"])
def test_codes_of_other_things_are_not_symbols(text: str) -> None:
    found = world.verify
    with pytest.raises(CredentialError) as refused:
        found(text)
    assert refused.value.reason is Reason.UNREADABLE_NOT_A_CREDENTIAL


def test_lines_of_a_scanner_are_read_among_others() -> None:
    parts = symbols.write(big(4_000), DICTIONARIES)
    small = symbols.write(BUSINESS, DICTIONARIES, digits=True)
    lines = [parts[2], small[0], BUSINESS[:500], BUSINESS[500:], parts[0], "{}", parts[1], parts[1]]
    found = read_carrier("\r\n".join(lines).encode())
    texts = [text and (symbols.read(text, DICTIONARIES) if is_symbol(text) else text) for _, text, *_ in found]
    assert texts == [big(4_000), BUSINESS, BUSINESS, None]
    assert [carried.line for carried in found] == [1, 2, 3, 6]


def test_parts_that_are_left_over_say_what_is_missing() -> None:
    parts = symbols.write(big(4_000), DICTIONARIES)
    found = read_carrier(f"{parts[0]}\n{parts[2]}\nCX1:1/2:00000000:A\n".encode())
    assert [carried.error and carried.error.reason for carried in found] == [
        Reason.UNREADABLE_PARTS_MISSING, Reason.UNREADABLE_SYMBOL,
    ]  # fmt: skip
