"""A grant that names an entry of its grantor's status list is over once that list says so, at every site."""

from dataclasses import replace
from typing import Final

import pytest

from certx.errors import DocumentError
from certx.reason import Outcome, Reason
from certx.recognition.grant import read_grant
from certx.status.reference import Reference
from granting import Body, altered, by_body, granted, shown, used
from world import DAY, NOW, STATUS_URI, STRANGER, decision, finding_of, status_list

PLACE: Final = Reference(7, STATUS_URI)
GRANT: Final = by_body(place=PLACE)


def with_list(text: str | None) -> Body:
    return replace(Body(), status_lists={} if text is None else {STATUS_URI: text})


@pytest.mark.parametrize("value", [1, 2, 3])
def test_what_the_list_says_against_it_ends_it(value: int) -> None:
    verdict = used(shown(GRANT), world=with_list(status_list({7: value})))
    assert decision(verdict) == (Outcome.INVALID, Reason.GRANT_REVOKED, "grant-term")
    assert verdict.licence is None


def test_what_it_says_of_other_entries_does_not() -> None:
    assert decision(used(shown(GRANT), world=with_list(status_list({8: 1})))) == (Outcome.ACCEPTED, None, None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, Reason.STATUS_UNAVAILABLE),
        (status_list({}, signer=STRANGER), Reason.STATUS_KEY_NOT_LISTED),
        (status_list({7: 1}, signer=STRANGER), Reason.STATUS_KEY_NOT_LISTED),
        (status_list({}, issued_at=NOW - 30 * DAY), Reason.STATUS_EXPIRED),
        (status_list({}, uri=f"{STATUS_URI}2"), Reason.STATUS_LIST_UNUSABLE),
    ],
    ids=["none", "of a stranger", "against it, of a stranger", "old", "of another name"],
)
def test_without_a_list_to_be_believed_nobody_can_tell(text: str | None, reason: Reason) -> None:
    """A site that keeps the lists from itself would otherwise use what was revoked."""
    verdict = used(shown(GRANT), world=with_list(text))
    assert decision(verdict) == (Outcome.UNDETERMINED, Reason.GRANT_STATUS_UNKNOWN, "grant-term")
    assert finding_of(verdict, "grant-term").params == {"because": reason}


def test_an_entry_beyond_the_list_is_none() -> None:
    far = by_body(place=PLACE._replace(idx=64))
    verdict = used(shown(far), world=with_list(status_list({})))
    assert decision(verdict) == (Outcome.INVALID, Reason.STATUS_INDEX_OUT_OF_RANGE, "grant-term")


def test_what_its_dates_say_comes_first() -> None:
    verdict = used(shown(GRANT), world=with_list(None), revoked=True)
    assert finding_of(verdict, "grant-term").reason is Reason.GRANT_REVOKED


def test_one_of_a_holder_that_names_a_list_is_held_to_it() -> None:
    held = shown(granted(place=PLACE))
    assert decision(used(held, world=with_list(status_list({7: 1}))))[1] is Reason.GRANT_REVOKED
    assert decision(used(held, world=with_list(status_list({}))))[0] is Outcome.ACCEPTED


@pytest.mark.parametrize(
    "status",
    [
        None, "valid", {}, {"other_mechanism": {}}, {"status_list": []}, {"status_list": {"idx": 7}},
        {"status_list": {"idx": "7", "uri": STATUS_URI}}, {"status_list": {"idx": -1, "uri": STATUS_URI}},
    ],
)  # fmt: skip
def test_a_status_that_is_not_understood_is_not_passed_over(status: object) -> None:
    with pytest.raises(DocumentError) as caught:
        read_grant(altered(GRANT, status=status))
    assert caught.value.code == "grant-form"
