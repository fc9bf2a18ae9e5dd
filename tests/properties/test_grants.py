"""Grants from strangers: none but our own error comes of reading one, and none that was altered is used."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certx.credential.jws import encode_segment
from certx.credential.parse import parse
from certx.errors import DocumentError
from certx.licence.paths import only
from certx.reason import Outcome
from certx.recognition.grant import read_grant
from certx.recognition.grant_revocation import TYPE, read_revocation
from certx.status.reference import Reference
from granting import granted, shown, used
from world import STATUS_URI, WORLD, status_list

GRANT = granted(place=Reference(7, STATUS_URI))
GOOD = shown(GRANT)
CLAIMS = parse(GRANT).claims
LISTED = replace(WORLD, status_lists={STATUS_URI: status_list({})})
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**62), 2**62), st.text(max_size=9), st.floats()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=5,
)


@given(st.text(max_size=200))
def test_any_text_is_told_to_be_no_grant_and_no_revocation(text: str) -> None:
    for read in (read_grant, read_revocation):
        with pytest.raises(DocumentError):
            read(text)


@given(st.dictionaries(st.sampled_from([*CLAIMS, "daily", "x"]), JSON, min_size=1, max_size=3), st.text(max_size=9))
def test_any_members_are_a_grant_that_nobody_signed_or_none_at_all(changes: dict[str, Any], proof: str) -> None:
    header, _, signature = GRANT.removesuffix("~").split(".")
    text = f"{header}.{encode_segment({**CLAIMS, **changes})}.{signature}~{proof}"
    try:
        grant = read_grant(text)
    except DocumentError:
        return
    assert grant.asked is None or grant.asked
    if {**CLAIMS, **changes} != CLAIMS:
        assert used(text, world=LISTED).outcome is not Outcome.ACCEPTED


@given(st.dictionaries(st.sampled_from(["grant", "cnf", "iat"]), JSON))
def test_any_members_are_no_revocation(members: dict[str, Any]) -> None:
    header = encode_segment({"alg": "ES256", "typ": TYPE, "kid": "x"})
    with pytest.raises(DocumentError):
        read_revocation(f"{header}.{encode_segment(members)}.AAAA")


@given(st.integers(0, len(GOOD) - 1), st.sampled_from("Aa0-_.~"))
def test_a_grant_of_which_a_character_was_changed_is_not_used(place: int, other: str) -> None:
    assert used(GOOD, world=LISTED).outcome is Outcome.ACCEPTED
    text = GOOD[:place] + other + GOOD[place + 1 :]
    if text == GOOD:
        return
    try:
        outcome = used(text, world=LISTED).outcome
    except DocumentError:
        return
    assert outcome is not Outcome.ACCEPTED


@given(JSON, st.lists(st.lists(st.one_of(st.text(max_size=4), st.integers(-1, 3)), max_size=3).map(tuple), max_size=3))
def test_what_is_left_of_a_value_was_in_it(value: Any, paths: list[tuple[str | int, ...]]) -> None:
    left = only(value, paths)
    assert only(left, paths) == left or any(isinstance(step, int) and step > 0 for path in paths for step in path)
    if isinstance(value, dict) and all(paths):
        assert set(left) <= {path[0] for path in paths}
