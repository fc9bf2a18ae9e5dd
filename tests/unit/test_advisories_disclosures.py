"""Attacks known in the field, on digests, Disclosures and the claims behind them: one test each.

RFC 9901, 7.1 steps 2.d to 6; SD-JWT VC, 2.2.2.
"""

from typing import Any

import pytest

from certx.credential.constants import MAX_DEPTH, MAX_DISCLOSURES, PLAIN_CLAIMS
from certx.reason import Reason
from unit.crafting import (
    MOMENT,
    claims,
    credential,
    digest,
    disclosure,
    element,
    refusal,
    segment,
    shown,
)

NAME = disclosure("salt 1", "name", "Zhang")
PLACE = disclosure("salt 2", "place", "Chengdu")
WORD = disclosure("salt 3", "word")
ABSENT = digest("a Disclosure that nobody shows")


def revealing(text: str, *others: str, **more: object) -> str:
    """A credential with one digest at the top, and its Disclosure."""
    return credential(claims(_sd=[digest(text)], **more), text, *others)


def test_disclosures_of_members_and_elements_are_worked_in() -> None:
    text = credential(claims(_sd=[digest(NAME), ABSENT], list=[element(WORD), "b"]), NAME, WORD)
    assert shown(text) == claims(name="Zhang", list=["word", "b"])


def test_what_is_not_disclosed_leaves_no_trace() -> None:
    text = credential(claims(_sd=[digest(NAME)], list=[element(WORD), "b"], _sd_alg="sha-256"))
    assert shown(text) == claims(list=["b"])


def test_a_disclosure_shown_twice_is_refused() -> None:
    assert refusal(revealing(NAME, NAME)) is Reason.DIGEST_REPEATED


def test_a_disclosure_that_no_digest_names_is_refused_and_not_dropped() -> None:
    assert refusal(revealing(NAME, PLACE)) is Reason.DISCLOSURE_UNREFERENCED
    assert refusal(credential(claims(), NAME)) is Reason.DISCLOSURE_UNREFERENCED


def test_a_disclosure_with_another_value_than_was_signed_is_refused() -> None:
    other = disclosure("salt 1", "name", "Wang")
    assert refusal(credential(claims(_sd=[digest(NAME)]), other)) is Reason.DISCLOSURE_UNREFERENCED


def test_a_child_disclosure_without_its_parent_is_refused() -> None:
    parent = disclosure("salt", "address", {"_sd": [digest(PLACE)]})
    payload = claims(_sd=[digest(parent)])
    assert refusal(credential(payload, parent, PLACE)) is None
    assert refusal(credential(payload, PLACE)) is Reason.DISCLOSURE_UNREFERENCED


def test_a_disclosure_that_names_only_itself_cannot_be_reached() -> None:
    circle = disclosure("salt", "a", {"_sd": [ABSENT]})
    assert refusal(credential(claims(), circle)) is Reason.DISCLOSURE_UNREFERENCED


@pytest.mark.parametrize("disclosed", [True, False])
@pytest.mark.parametrize("place", ["same list", "another object", "inside a Disclosure"])
def test_a_digest_of_a_member_in_two_places_is_refused_disclosed_or_not(place: str, *, disclosed: bool) -> None:
    repeated = digest(NAME)
    outer = disclosure("salt", "outer", {"_sd": [repeated]})
    payload = {
        "same list": claims(_sd=[repeated, repeated]),
        "another object": claims(_sd=[repeated], other={"_sd": [repeated]}),
        "inside a Disclosure": claims(_sd=[repeated, digest(outer)]),
    }[place]
    shown_outer = [outer] if place == "inside a Disclosure" else []
    text = credential(payload, *shown_outer, *([NAME] if disclosed else []))
    assert refusal(text) is Reason.DIGEST_REPEATED


@pytest.mark.parametrize("disclosed", [True, False])
def test_a_digest_of_an_element_in_two_places_is_refused_disclosed_or_not(*, disclosed: bool) -> None:
    shown_words = [WORD] if disclosed else []
    for payload in (
        claims(list=[element(WORD), element(WORD)]),
        claims(list=[element(WORD)], other={"list": [element(WORD)]}),
        claims(list=[element(WORD)], _sd=[digest(WORD)]),
    ):
        assert refusal(credential(payload, *shown_words)) is Reason.DIGEST_REPEATED


@pytest.mark.parametrize("value", ["text", 7, None, {}, {"a": "b"}, True])
@pytest.mark.parametrize("nested", [False, True])
def test_a_list_of_digests_that_is_no_list_is_refused(value: object, *, nested: bool) -> None:
    payload = claims(inner={"_sd": value}) if nested else claims(_sd=value)
    assert refusal(credential(payload)) is Reason.DIGEST_MALFORMED


@pytest.mark.parametrize("value", [7, None, ["a"], {"a": "b"}, True])
def test_a_digest_that_is_no_string_is_refused(value: object) -> None:
    assert refusal(credential(claims(_sd=[value]))) is Reason.DIGEST_MALFORMED
    assert refusal(credential(claims(list=[{"...": value}]))) is Reason.DIGEST_MALFORMED


def test_the_place_of_an_element_may_hold_nothing_but_its_digest() -> None:
    for place in ({**element(WORD), "more": 1}, {**element(WORD), "_sd": []}):
        assert refusal(credential(claims(list=[place]), WORD)) is Reason.DIGEST_MALFORMED


def test_three_dots_are_no_name_of_a_member() -> None:
    assert refusal(credential(claims(**element(WORD)), WORD)) is Reason.DIGEST_MALFORMED
    assert refusal(credential(claims(inner={"a": element(WORD)}), WORD)) is Reason.DIGEST_MALFORMED
    inside = disclosure("salt", "name", {"...": "a"})
    assert refusal(revealing(inside)) is Reason.DIGEST_MALFORMED


def test_a_disclosure_of_an_element_does_not_serve_as_one_of_a_member() -> None:
    assert refusal(revealing(WORD)) is Reason.DISCLOSURE_MALFORMED


def test_a_disclosure_of_a_member_does_not_serve_as_one_of_an_element() -> None:
    text = credential(claims(list=[element(NAME)]), NAME)
    assert refusal(text) is Reason.DISCLOSURE_MALFORMED


@pytest.mark.parametrize("name", ["_sd", "...", "_sd_alg"])
def test_a_disclosed_member_may_not_have_a_name_of_the_format(name: str) -> None:
    assert refusal(revealing(disclosure("salt", name, [ABSENT]))) is Reason.DISCLOSURE_NAME_FORBIDDEN


@pytest.mark.parametrize("name", [7, None, True, ["name"], {"a": "b"}])
def test_a_disclosed_member_must_have_a_string_for_a_name(name: object) -> None:
    assert refusal(revealing(disclosure("salt", name, 1))) is Reason.DISCLOSURE_MALFORMED


def test_a_disclosed_member_does_not_overwrite_a_plain_one() -> None:
    assert refusal(revealing(NAME, name="Wang")) is Reason.DISCLOSURE_NAME_TAKEN


def test_two_disclosures_of_one_name_are_refused() -> None:
    other = disclosure("salt 9", "name", "Wang")
    text = credential(claims(_sd=[digest(NAME), digest(other)]), NAME, other)
    assert refusal(text) is Reason.DISCLOSURE_NAME_TAKEN


@pytest.mark.parametrize("salt", [7, None, True, ["salt"], {}])
def test_a_salt_that_is_no_string_is_refused(salt: object) -> None:
    assert refusal(revealing(disclosure(salt, "name", 1))) is Reason.DISCLOSURE_MALFORMED


@pytest.mark.parametrize(
    "raw",
    [
        b"[]",
        b'["s"]',
        b'["s", "n", 1, 2]',
        b'{"a": "b"}',
        b'"s"',
        b"",
        b"[",
        b'["s", "n", 1]]',
        b'["s", "n", NaN]',
    ],
)
def test_a_disclosure_that_is_not_a_list_of_two_or_three_is_refused(raw: bytes) -> None:
    assert refusal(revealing(segment(raw))) is Reason.DISCLOSURE_MALFORMED


@pytest.mark.parametrize("raw", [b'["s", "name", "\xff"]', b'["s", "n\xc0\xaf", 1]', b'["s", "name", "\\udc00"]'])
def test_a_disclosure_that_is_not_utf_8_is_refused(raw: bytes) -> None:
    assert refusal(revealing(segment(raw))) is Reason.DISCLOSURE_MALFORMED


@pytest.mark.parametrize("stray", ["=", " ", "\n", "+", "é", "."])
def test_a_disclosure_takes_no_padding_white_space_or_foreign_letter(stray: str) -> None:
    payload = claims(_sd=[digest(NAME), digest(NAME + stray)])
    assert refusal(credential(payload, NAME + stray)) is Reason.DISCLOSURE_MALFORMED


def test_an_empty_disclosure_is_refused_wherever_it_stands() -> None:
    good = revealing(NAME)
    assert refusal(good + "~") is Reason.DISCLOSURE_MALFORMED
    assert refusal(good.replace("~", "~~", 1)) is Reason.DISCLOSURE_MALFORMED
    assert refusal(credential(claims(), "")) is Reason.DISCLOSURE_MALFORMED


@pytest.mark.parametrize("name", ["md5", "sha-1", "sha-256-32", "SHA-256", "sha256", "", 7, None, ["sha-256"], {}])
def test_a_hash_that_is_unknown_or_weak_is_refused(name: object) -> None:
    assert refusal(credential(claims(_sd_alg=name))) is Reason.HASH_NOT_ALLOWED


@pytest.mark.parametrize("name", ["sha-256", "sha-384", "sha-512"])
def test_a_strong_hash_is_used_for_all_digests(name: str) -> None:
    hashed = digest(NAME, name.replace("-", ""))
    assert shown(credential(claims(_sd=[hashed], _sd_alg=name), NAME)) == claims(name="Zhang")


def test_a_disclosure_hashed_otherwise_than_is_said_is_refused() -> None:
    text = credential(claims(_sd=[digest(NAME)], _sd_alg="sha-512"), NAME)
    assert refusal(text) is Reason.DISCLOSURE_UNREFERENCED


def test_the_hash_may_be_named_at_the_top_only() -> None:
    inside = disclosure("salt", "name", {"_sd_alg": "sha-256"})
    for text in (credential(claims(inner={"_sd_alg": "sha-256"})), revealing(inside)):
        assert refusal(text) is Reason.HASH_NOT_ALLOWED


def chain(length: int) -> str:
    """A credential with Disclosures of which each holds the digest of the one before."""
    links = [disclosure("salt", "link", "end")]
    for _ in range(length - 1):
        links.append(disclosure("salt", "link", {"_sd": [digest(links[-1])]}))
    return credential(claims(_sd=[digest(links[-1])]), *links)


def test_disclosures_may_hold_each_other_up_to_the_limit_and_no_deeper() -> None:
    assert refusal(chain(MAX_DEPTH + 1)) is None
    assert refusal(chain(MAX_DEPTH + 2)) is Reason.TOO_DEEP
    assert refusal(chain(MAX_DISCLOSURES)) is Reason.TOO_DEEP


@pytest.mark.parametrize(("depth", "reason"), [(1_000, Reason.TOO_DEEP), (50_000, Reason.DISCLOSURE_MALFORMED)])
def test_a_deeply_nested_disclosure_ends_in_a_refusal(depth: int, reason: Reason) -> None:
    raw = b'["salt", "name", ' + b"[" * depth + b"]" * depth + b"]"
    assert refusal(revealing(segment(raw))) is reason


def test_disclosures_may_be_as_many_as_the_limit_and_no_more() -> None:
    many = [disclosure("salt", f"claim {number}", number) for number in range(MAX_DISCLOSURES + 1)]
    payload = claims(_sd=[digest(text) for text in many])
    assert refusal(credential(payload, *many[:-1])) is None
    assert refusal(credential(payload, *many)) is Reason.TOO_MANY_DISCLOSURES


@pytest.mark.parametrize("name", sorted(PLAIN_CLAIMS))
def test_a_claim_that_must_stay_plain_is_refused_from_a_disclosure(name: str) -> None:
    values: dict[str, Any] = {"exp": MOMENT + 9, "nbf": 0, "cnf": {}, "status": {}, "aka_vcts": []}
    payload = claims()
    payload.pop(name, None)
    hidden = disclosure("salt", name, values.get(name, "text"))
    text = credential({**payload, "_sd": [digest(hidden)]}, hidden)
    assert refusal(text) is Reason.CLAIM_MUST_BE_PLAIN


PART = disclosure("salt", "part", {"kty": "OKP"})


@pytest.mark.parametrize("disclosures", [(PART,), ()], ids=["disclosed", "undisclosed"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cnf", {"_sd": [digest(PART)]}),
        ("cnf", {"jwk": {"kty": "OKP", "_sd": [digest(PART)]}}),
        ("status", {"_sd": [digest(PART)]}),
        ("status", {"status_list": {"_sd": [digest(PART)]}}),
        ("iss", {"_sd": [digest(PART)]}),
    ],
)
def test_no_part_of_a_plain_claim_may_be_concealed(name: str, value: object, disclosures: tuple[str, ...]) -> None:
    assert refusal(credential(claims(**{name: value}), *disclosures)) is Reason.CLAIM_MUST_BE_PLAIN


def test_no_element_of_a_plain_claim_may_be_concealed() -> None:
    payload = claims(aka_vcts=["urn:a", element(WORD)])
    for disclosures in ((WORD,), ()):
        assert refusal(credential(payload, *disclosures)) is Reason.CLAIM_MUST_BE_PLAIN
