"""Agreements: who listed them, what they cover, and on which days."""

import json
from typing import Any

import pytest

from certx.errors import CertxError, DocumentError
from certx.licence.model import day_ends_at, day_starts_at
from certx.reason import Finding, Reason, Result
from certx.recognition.agreement import Agreement, Mode, UnreadAgreement, read_agreement
from certx.recognition.check import check_recognition
from certx.recognition.published import agreements_between
from certx.recognition.standing import State, standings_of
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


def publish(by: dict[str, dict[str, Any]]) -> list[Agreement | UnreadAgreement]:
    """The agreements of regions that each published one document under the same name."""
    return listed({path_in(region, name_of(doc)): json.dumps(doc).encode() for region, doc in by.items()})


def name_of(document: dict[str, Any]) -> str:
    """The file of an agreement, if its id can be the name of one."""
    name = document.get("id")
    return f"{name}.json" if isinstance(name, str) else NAME


def listed(files: dict[str, bytes]) -> list[Agreement | UnreadAgreement]:
    return list(agreements_between(MemoryFiles(files), SICHUAN, CHONGQING, TYPE))


def both(**changes: Any) -> list[Agreement | UnreadAgreement]:
    document = {name: value for name, value in {**DOCUMENT, **changes}.items() if value is not None}
    return publish({SICHUAN: document, CHONGQING: document})


def recognise(
    agreements: Any,
    *,
    issued_in: str = SICHUAN,
    accepted_in: str | None = CHONGQING,
    now: float = NOW,
    **facts: Any,
) -> Finding:
    return check_recognition(TYPE, issued_in, accepted_in, agreements, now, **facts)


def test_an_agreement_under_another_name_is_none() -> None:
    """Else it could be withdrawn by one name and come back by the other."""
    data = json.dumps(DOCUMENT).encode()
    named = listed({path_in(SICHUAN, "b-1.json"): data, path_in(CHONGQING, "b-1.json"): data})
    assert recognise(named).reason is Reason.AGREEMENT_UNREADABLE


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


@pytest.mark.parametrize("change", [{"types": [TYPE, "marriage-certificate"]}, {"contact": ""}, {"to": "2030-12-31"}])
def test_texts_that_differ_are_different_agreements(change: dict[str, Any]) -> None:
    agreements = publish({SICHUAN: DOCUMENT, CHONGQING: {**DOCUMENT, **change}})
    assert sorted(map(list, (agreement.listed_by for agreement in agreements))) == [[CHONGQING], [SICHUAN]]
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


@pytest.mark.parametrize(
    "change", [{"issuedIn": ["510104"]}, {"acceptedIn": [SICHUAN, "500112"]}, {"parties": ["510100"]}]
)
def test_what_is_meant_for_a_city_or_county_is_not_for_its_province(change: dict[str, Any]) -> None:
    with pytest.raises(DocumentError):
        read_agreement({**DOCUMENT, **change}, NAME, [])
    assert recognise(both(**change)).reason is Reason.AGREEMENT_UNREADABLE


@pytest.mark.parametrize("form", ["20260101", "2026-W01-1"])
def test_an_agreement_is_read_as_strictly_as_its_schema_has_it(form: str) -> None:
    days = {"minRemainingDays": -1}
    for change in ({"id": "AGR 1"}, {"id": "a/b"}, {"version": -1}, {"from": form}, {"to": form}, {"conditions": days}):
        with pytest.raises(DocumentError):
            read_agreement({**DOCUMENT, **change}, NAME, [])


def test_a_text_under_a_name_that_is_not_its_id_is_not_in_force() -> None:
    data = json.dumps(DOCUMENT).encode()
    (agreement,) = listed({path_in(SICHUAN, "b.json"): data, path_in(CHONGQING, "b.json"): data})
    assert isinstance(agreement, UnreadAgreement)
    assert (agreement.id, recognise([agreement]).reason) == ("b", Reason.AGREEMENT_UNREADABLE)


@pytest.mark.parametrize("region", [SICHUAN, CHONGQING])
def test_what_was_withdrawn_need_not_be_readable(region: str) -> None:
    content = {path_in(code): b"{}" for code in (SICHUAN, CHONGQING)}
    content[f"regions/{region}/withdrawn.json"] = b'{"agreements": [{"id": "agr-1"}]}'
    finding = recognise(listed(content))
    assert (finding.result, finding.reason) == (Result.FAILED, Reason.AGREEMENT_WITHDRAWN)
    assert (finding.params["agreement"], finding.params["by"]) == ("agr-1", region)
    (standing,) = standings_of(MemoryFiles(content), NOW)
    assert (standing.state, standing.agreement.withdrawn_by) == (State.WITHDRAWN, {region})


def test_one_good_agreement_among_others_is_enough() -> None:
    expired, alone = both(id="old", to="2026-01-31"), publish({SICHUAN: {**DOCUMENT, "id": "alone"}})
    finding = recognise([*expired, *alone, *both()])
    assert finding.params == {"agreement": "agr-1", "version": 3}


def test_the_nearest_miss_is_the_one_that_is_told() -> None:
    expired, alone = both(id="old", to="2026-01-31"), publish({SICHUAN: {**DOCUMENT, "id": "alone"}})
    assert recognise([*alone, *expired]).reason is Reason.AGREEMENT_OUT_OF_DATE


@pytest.mark.parametrize(
    ("accepted_in", "agreements", "reason"),
    [(None, (), Reason.REGION_NOT_SET), (CHONGQING, None, Reason.REGISTRY_UNREADABLE)],
)
def test_without_a_region_or_agreements_it_stays_open(accepted_in: str | None, agreements: Any, reason: Reason) -> None:
    finding = recognise(agreements, accepted_in=accepted_in)
    assert (finding.result, finding.reason) == (Result.UNDETERMINED, reason)


MALFORMED: list[dict[str, Any]] = [
    {"id": None}, {"id": 7}, {"version": "one"}, {"version": None}, {"version": True}, {"parties": None}, {"types": 7},
    {"issuedIn": [7]}, {"acceptedIn": None}, {"from": None}, {"from": "soon"}, {"to": "2026-02-30"}, {"to": 7},
    {"parties": [["a"]]}, {"types": "identity-card"}, {"parties": "500000"}, {"scenarios": "s"},
    {"supersedes": "agr-0"},
    {"conditions": []}, {"conditions": {"minRemainingDays": "30"}}, {"conditions": {"maxRegistryAge": 1}},
    {"paperWaived": "yes"}, {"mode": "fax"}, {"mode": ["data"]}, {"unless": "forbidden"},
]  # fmt: skip
"""What this certx does not know as an agreement, also by a term of a later form that could narrow it."""


@pytest.mark.parametrize("change", MALFORMED, ids=str)
def test_what_is_no_agreement_is_in_force_for_nobody_and_named(change: dict[str, Any]) -> None:
    (unread,) = both(**change)
    assert isinstance(unread, UnreadAgreement)
    assert (unread.id, unread.listed_by, unread.defect.code) == ("agr-1", {SICHUAN, CHONGQING}, "agreement-form")
    finding = recognise([unread])
    assert (finding.result, finding.reason) == (Result.UNDETERMINED, Reason.AGREEMENT_UNREADABLE)
    assert finding.params == {"agreement": "agr-1"}


def test_what_is_no_agreement_is_a_document_error_that_names_the_file() -> None:
    with pytest.raises(DocumentError) as caught:
        read_agreement({}, "a.json", ())
    assert (caught.value.code, caught.value.params["file"]) == ("agreement-form", "a.json")


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff", b'{"a":' * 20 + b"1" + b"}" * 20])
def test_a_file_that_cannot_be_read_takes_no_other_agreement_down(data: bytes) -> None:
    good = json.dumps(DOCUMENT).encode()
    files = {path_in(region, name): text for region in (SICHUAN, CHONGQING) for name, text in
             ((NAME, good), ("agr-0.json", data))}  # fmt: skip
    assert recognise(listed(files)).params == {"agreement": "agr-1", "version": 3}


def test_a_file_of_one_side_that_cannot_be_read_is_passed_over() -> None:
    assert recognise(listed({path_in(SICHUAN): b"{"})).reason is Reason.NO_AGREEMENT
    assert recognise(listed({path_in(SICHUAN): b"{", path_in(CHONGQING): b"{ "})).reason is Reason.NO_AGREEMENT


def test_an_unreadable_renewal_leaves_it_open() -> None:
    unread = UnreadAgreement("agr-2", frozenset({SICHUAN, CHONGQING}), CertxError("x"))
    assert recognise([*both(to="2026-01-31"), unread]).reason is Reason.AGREEMENT_UNREADABLE
    assert recognise([*both(), unread]).result is Result.PASSED


def record(*ids: str) -> bytes:
    rows = [{"id": name, "at": "2026-05-01T00:00:00+08:00", "why": "x"} for name in ids]
    return json.dumps({"agreements": rows}).encode()


@pytest.mark.parametrize("region", [SICHUAN, CHONGQING])
def test_a_withdrawn_agreement_cannot_be_revived_by_listing_it_again(region: str) -> None:
    data = json.dumps(DOCUMENT).encode()
    files = {path_in(SICHUAN): data, path_in(CHONGQING): data}
    finding = recognise(listed({**files, f"regions/{region}/withdrawn.json": record("agr-0", "agr-1")}))
    assert (finding.result, finding.reason, finding.params["by"]) == (Result.FAILED, Reason.AGREEMENT_WITHDRAWN, region)
    renamed = {path_in(SICHUAN, "other.json"): data, path_in(CHONGQING, "other.json"): data}
    finding = recognise(listed({**renamed, f"regions/{region}/withdrawn.json": record("agr-1")}))
    assert finding.reason is Reason.AGREEMENT_WITHDRAWN


def test_a_withdrawal_binds_the_region_that_made_it_alone() -> None:
    data = json.dumps({**DOCUMENT, "parties": [SICHUAN, CHONGQING, YUNNAN]}).encode()
    files = {path_in(SICHUAN): data, path_in(CHONGQING): data, f"regions/{YUNNAN}/withdrawn.json": record("agr-1")}
    assert recognise(listed(files)).result is Result.PASSED


@pytest.mark.parametrize("data", [b"{", b"{}", b'{"agreements": {}}', b'{"agreements": [7]}', b'{"agreements": [{}]}'])
def test_withdrawals_that_cannot_be_read_leave_it_open(data: bytes) -> None:
    with pytest.raises(DocumentError):
        listed({path_in(SICHUAN): b"{}", f"regions/{SICHUAN}/withdrawn.json": data})


NARROWER = {**DOCUMENT, "id": "agr-2", "types": ["marriage-certificate"], "supersedes": ["agr-1"]}


def superseding(by: tuple[str, ...] = (SICHUAN, CHONGQING), **changes: Any) -> list[Agreement | UnreadAgreement]:
    files = {path_in(region): json.dumps(DOCUMENT).encode() for region in (SICHUAN, CHONGQING)}
    text = json.dumps({**NARROWER, **changes}).encode()
    return listed(files | {path_in(region, "agr-2.json"): text for region in by})


def test_a_superseded_agreement_no_longer_applies_though_it_would_cover_more() -> None:
    finding = recognise(superseding())
    assert (finding.result, finding.reason) == (Result.FAILED, Reason.AGREEMENT_SUPERSEDED)
    assert (finding.params["agreement"], finding.params["by"]) == ("agr-1", "agr-2")


@pytest.mark.parametrize(
    "agreements",
    [
        superseding(by=(SICHUAN,)),
        superseding(by=(CHONGQING,)),
        superseding(**{"from": "2026-12-01"}),
        superseding(to="2026-05-31"),
        superseding(parties=[SICHUAN, YUNNAN]),
        superseding(supersedes=["agr-2"]),
        superseding(conditions={"later": 1}),
    ],
    ids=["theirs alone", "ours alone", "not yet", "over", "no party", "itself", "unreadable"],
)
def test_what_is_not_in_force_between_the_two_supersedes_nothing(agreements: Any) -> None:
    assert recognise(agreements).result is Result.PASSED


def test_a_superseding_agreement_that_was_withdrawn_gives_way_again() -> None:
    (second,) = [a for a in superseding() if a.id == "agr-2"]
    assert isinstance(second, Agreement)
    withdrawn = second._replace(withdrawn_by=frozenset({SICHUAN}))
    assert recognise([*both(), withdrawn]).result is Result.PASSED


def test_what_was_superseded_stays_so_when_its_successor_is_superseded_too() -> None:
    third = both(id="agr-3", types=["birth-certificate"], supersedes=["agr-2"])
    assert recognise([*superseding(), *third]).reason is Reason.AGREEMENT_SUPERSEDED


def test_two_agreements_that_supersede_each_other_are_both_gone() -> None:
    circle = [*both(supersedes=["agr-2"]), *both(id="agr-2", supersedes=["agr-1"])]
    assert recognise(circle).reason is Reason.AGREEMENT_SUPERSEDED


def test_a_new_text_under_the_old_id_may_take_its_place() -> None:
    second = both(version=4, supersedes=["agr-1"])
    assert recognise([*both(), *second]).params == {"agreement": "agr-1", "version": 4}


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [("renewal", Reason.AGREEMENT), ("other", Reason.AGREEMENT_OTHER_MATTER), (None, Reason.AGREEMENT_OTHER_MATTER)],
)
def test_an_agreement_for_some_matters_serves_these_alone(scenario: str | None, expected: Reason) -> None:
    finding = recognise(both(scenarios=["renewal", "exchange"]), scenario=scenario)
    assert finding.reason is expected
    if expected is Reason.AGREEMENT_OTHER_MATTER:
        assert (finding.result, finding.params["scenarios"]) == (Result.FAILED, "exchange, renewal")


def test_an_agreement_for_every_matter_serves_any() -> None:
    assert recognise(both(), scenario="renewal").result is Result.PASSED
    every = [*both(id="a", scenarios=["x"]), *both(id="b")]
    assert recognise(every, scenario="renewal").params["agreement"] == "b"


@pytest.mark.parametrize(
    ("ends_at", "passes"),
    [
        (None, True),
        (day_ends_at("2026-07-01"), True),
        (day_ends_at("2026-06-30"), False),
        (day_starts_at("2026-07-01"), False),
        (day_starts_at("2026-07-01") + 1, True),
        (NOW, False),
        (1e300, True),
        (float("nan"), False),
    ],
)
def test_thirty_days_must_remain_to_the_last_day(ends_at: float | None, passes: bool) -> None:  # noqa: FBT001
    demanding = both(conditions={"minRemainingDays": 30})
    for moment in (day_starts_at("2026-06-01"), NOW, day_ends_at("2026-06-01") - 1):
        finding = recognise(demanding, now=moment, ends_at=ends_at)
        assert finding.reason is (Reason.AGREEMENT if passes else Reason.REMAINING_TOO_SHORT)
        assert finding.result is (Result.PASSED if passes else Result.FAILED)


@pytest.mark.parametrize(
    ("age", "result"),
    [
        (None, Result.UNDETERMINED),
        (0.0, Result.PASSED),
        (7 * 86_400.0, Result.PASSED),
        (604_801.0, Result.UNDETERMINED),
    ],
)
def test_a_status_must_be_as_fresh_as_agreed(age: float | None, result: Result) -> None:
    finding = recognise(both(conditions={"maxStatusAgeDays": 7}), status_age=age)
    assert finding.result is result
    assert finding.reason is (Reason.AGREEMENT if result is Result.PASSED else Reason.STATUS_TOO_OLD)


def test_of_several_the_first_whose_conditions_hold_is_named_whatever_the_order() -> None:
    strict = both(id="a", conditions={"minRemainingDays": 30})
    fresh = both(id="b", conditions={"maxStatusAgeDays": 1})
    easy = [*both(id="d"), *both(id="c")]
    for agreements in ([*strict, *fresh, *easy], [*easy, *fresh, *strict]):
        assert recognise(agreements, ends_at=NOW).params["agreement"] == "c"
    assert recognise([*strict, *fresh], ends_at=NOW).reason is Reason.STATUS_TOO_OLD


def test_what_was_agreed_of_paper_and_mode_is_in_the_finding() -> None:
    finding = recognise(both(paperWaived=True, mode="presentation"))
    assert finding.params == {"agreement": "agr-1", "version": 3, "paper_waived": True, "mode": Mode.PRESENTATION}


class CountedFiles(MemoryFiles):
    """A registry's files that count what is read of them."""

    def read(self, path: str) -> bytes | None:
        COUNTED.append(path)
        return super().read(path)


COUNTED: list[str] = []


def test_of_many_agreements_only_those_of_both_are_read_if_they_settle_it() -> None:
    mine = json.dumps(DOCUMENT).encode()
    files = {path_in(region): mine for region in (SICHUAN, CHONGQING)}
    for number in range(33):
        for region in (SICHUAN, CHONGQING):
            files[path_in(region, f"agr-{region}-{number}.json")] = json.dumps({**DOCUMENT, "id": region}).encode()
    COUNTED.clear()
    assert recognise(agreements_between(CountedFiles(files), SICHUAN, CHONGQING, TYPE)).result is Result.PASSED
    withdrawals = [f"regions/{region}/withdrawn.json" for region in (SICHUAN, CHONGQING)]
    assert sorted(COUNTED) == sorted([path_in(SICHUAN), *withdrawals])


def test_files_that_are_no_json_are_no_agreements() -> None:
    assert listed({path_in(SICHUAN, "agr-1.jws"): b"x", path_in(CHONGQING, "agr-1.jws"): b"x"}) == []
