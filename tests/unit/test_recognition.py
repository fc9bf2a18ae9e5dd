"""Agreements: who listed them, what they cover, and on which days."""

import json
from typing import Any

import pytest

from certx.errors import DocumentError
from certx.licence.model import day_ends_at, day_starts_at
from certx.reason import Finding, Reason, Result
from certx.recognition.agreement import Agreement, agreements_of
from certx.recognition.check import check_recognition
from world import CHONGQING, NOW, SICHUAN, MemoryFiles

YUNNAN = "530000"
TYPE = "identity-card"
NAME = "agr-1.json"
DOCUMENT = {
    "id": "agr-1",
    "version": 3,
    "parties": [CHONGQING, SICHUAN],
    "types": [TYPE],
    "issuedIn": [CHONGQING, SICHUAN],
    "acceptedIn": [CHONGQING, SICHUAN],
    "from": "2026-01-01",
    "to": "2026-12-31",
}


def path_in(region: str, name: str = NAME) -> str:
    return f"regions/{region}/agreements/{name}"


def publish(by: dict[str, dict[str, Any]]) -> tuple[Agreement, ...]:
    """The agreements of regions that each published one document under the same name."""
    return listed({path_in(region): json.dumps(doc).encode() for region, doc in by.items()})


def listed(files: dict[str, bytes]) -> tuple[Agreement, ...]:
    return agreements_of(MemoryFiles(files), SICHUAN, CHONGQING, YUNNAN)


def both(**changes: Any) -> tuple[Agreement, ...]:
    document = {name: value for name, value in {**DOCUMENT, **changes}.items() if value is not None}
    return publish({SICHUAN: document, CHONGQING: document})


def recognise(
    agreements: Any, *, issued_in: str = SICHUAN, accepted_in: str | None = CHONGQING, now: float = NOW
) -> Finding:
    return check_recognition(TYPE, issued_in, accepted_in, agreements, now)


def test_an_agreement_of_both_is_in_force() -> None:
    agreements = both()
    assert len(agreements) == 1
    finding = recognise(agreements)
    assert (finding.result, finding.reason) == (Result.PASSED, Reason.AGREEMENT)
    assert finding.params == {"agreement": "agr-1", "version": 3}


def test_an_agreement_works_both_ways_only_if_it_says_so() -> None:
    assert recognise(both(), issued_in=CHONGQING, accepted_in=SICHUAN).result is Result.PASSED
    one_way = both(issuedIn=[SICHUAN], acceptedIn=[CHONGQING])
    assert recognise(one_way).result is Result.PASSED
    assert recognise(one_way, issued_in=CHONGQING, accepted_in=SICHUAN).reason is Reason.NO_AGREEMENT


def test_a_region_needs_no_agreement_with_itself() -> None:
    for agreements in ((), None):
        finding = recognise(agreements, accepted_in=SICHUAN)
        assert (finding.result, finding.reason) == (Result.PASSED, Reason.OWN_REGION)


@pytest.mark.parametrize("lister", [SICHUAN, CHONGQING])
def test_an_agreement_that_one_party_alone_published_is_not_in_force(lister: str) -> None:
    finding = recognise(publish({lister: DOCUMENT}))
    assert (finding.result, finding.reason) == (Result.FAILED, Reason.AGREEMENT_NOT_MUTUAL)


@pytest.mark.parametrize("change", [{"types": [TYPE, "marriage-certificate"]}, {"note": ""}, {"to": "2030-12-31"}])
def test_texts_that_differ_are_different_agreements(change: dict[str, Any]) -> None:
    agreements = publish({SICHUAN: DOCUMENT, CHONGQING: {**DOCUMENT, **change}})
    assert [agreement.listed_by for agreement in agreements] == [{SICHUAN}, {CHONGQING}]
    assert recognise(agreements).reason is Reason.AGREEMENT_NOT_MUTUAL


def test_texts_that_differ_by_one_byte_are_different_agreements() -> None:
    data = json.dumps(DOCUMENT).encode()
    agreements = listed({path_in(SICHUAN): data, path_in(CHONGQING): data + b"\n"})
    assert recognise(agreements).reason is Reason.AGREEMENT_NOT_MUTUAL


def test_the_same_text_under_another_name_is_another_agreement() -> None:
    data = json.dumps(DOCUMENT).encode()
    agreements = listed({path_in(SICHUAN): data, path_in(CHONGQING, "b.json"): data})
    assert recognise(agreements).reason is Reason.AGREEMENT_NOT_MUTUAL


def test_a_region_that_is_no_party_cannot_make_an_agreement_mutual() -> None:
    terms = {**DOCUMENT, "parties": [SICHUAN, YUNNAN]}
    assert recognise(publish({SICHUAN: terms, CHONGQING: terms})).reason is Reason.AGREEMENT_NOT_MUTUAL


def test_an_agreement_of_three_is_in_force_between_two_that_published_it() -> None:
    terms = {**DOCUMENT, "parties": [SICHUAN, CHONGQING, YUNNAN]}
    assert recognise(publish({SICHUAN: terms, CHONGQING: terms})).result is Result.PASSED


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (day_starts_at("2026-01-01") - 1, Reason.AGREEMENT_OUT_OF_DATE),
        (day_starts_at("2026-01-01"), Reason.AGREEMENT),
        (day_ends_at("2026-12-31") - 1, Reason.AGREEMENT),
        (day_ends_at("2026-12-31"), Reason.AGREEMENT_OUT_OF_DATE),
    ],
    ids=["eve", "first second", "last second", "day after"],
)
def test_an_agreement_counts_from_its_first_to_its_last_day(now: float, expected: Reason) -> None:
    assert recognise(both(), now=now).reason is expected


def test_an_agreement_without_an_end_goes_on() -> None:
    assert recognise(both(to=None), now=day_starts_at("2099-01-01")).result is Result.PASSED


@pytest.mark.parametrize(
    "change", [{"types": ["marriage-certificate"]}, {"issuedIn": [CHONGQING]}, {"acceptedIn": [SICHUAN]}, {"types": []}]
)
def test_what_the_terms_do_not_cover_has_no_agreement(change: dict[str, Any]) -> None:
    finding = recognise(both(**change))
    assert finding.reason is Reason.NO_AGREEMENT
    assert finding.params == {"type": TYPE, "issued_in": SICHUAN, "accepted_in": CHONGQING}


def test_counties_in_an_agreement_stand_for_their_province() -> None:
    assert recognise(both(issuedIn=["510104"], acceptedIn=["500112"])).result is Result.PASSED


def test_one_good_agreement_among_others_is_enough() -> None:
    expired, alone = both(id="old", to="2026-01-31"), publish({SICHUAN: {**DOCUMENT, "id": "alone"}})
    finding = recognise((*expired, *alone, *both()))
    assert finding.params == {"agreement": "agr-1", "version": 3}


def test_the_nearest_miss_is_the_one_that_is_told() -> None:
    expired, alone = both(id="old", to="2026-01-31"), publish({SICHUAN: {**DOCUMENT, "id": "alone"}})
    assert recognise((*alone, *expired)).reason is Reason.AGREEMENT_OUT_OF_DATE


@pytest.mark.parametrize(
    ("accepted_in", "agreements", "reason"),
    [(None, (), Reason.REGION_NOT_SET), (CHONGQING, None, Reason.REGISTRY_UNREADABLE)],
)
def test_without_a_region_or_agreements_it_stays_open(accepted_in: str | None, agreements: Any, reason: Reason) -> None:
    finding = recognise(agreements, accepted_in=accepted_in)
    assert (finding.result, finding.reason) == (Result.UNDETERMINED, reason)


@pytest.mark.parametrize(
    "change",
    [
        {"id": None}, {"version": "one"}, {"version": None}, {"parties": None}, {"types": 7}, {"issuedIn": [7]},
        {"acceptedIn": None},
        {"from": None}, {"from": "soon"}, {"to": "2026-02-30"}, {"to": 7}, {"parties": [["a"]]},
        {"types": "identity-card"}, {"parties": "500000"},
    ],
)  # fmt: skip
def test_what_is_no_agreement_is_a_document_error(change: dict[str, Any]) -> None:
    with pytest.raises(DocumentError) as caught:
        both(**change)
    assert (caught.value.code, caught.value.params["file"]) == ("agreement-form", path_in(SICHUAN))
