"""What the doctor makes of facts: pure judgements, each at the edge where it changes."""

from dataclasses import dataclass
from typing import Any, Final

import pytest

from certx.doctor.anchors import SOON, Listed, review_anchors, review_keys, review_losses
from certx.doctor.complaint import Ailment, Complaint, Severity
from certx.doctor.evidence import (
    ListFacts,
    accepted_from,
    review_agreements,
    review_clock,
    review_lists,
    review_roles,
)
from certx.doctor.machine import (
    AbsentList,
    FileFacts,
    Kind,
    count_unpublished,
    review_disk,
    review_files,
    review_ledger,
)
from certx.errors import DocumentError
from certx.ledger.review import LedgerReview
from certx.licence.status import CanonicalStatus
from certx.reason import Reason
from certx.recognition.agreement import UnreadAgreement
from certx.recognition.standing import Standing
from certx.recognition.standing import State as Standpoint
from certx.status.errors import StatusError
from certx.trust.freshness import Limits
from certx.trust.registry import Counter, Issuer, ListedKey, Region, State
from world import AGREEMENT, CHONGQING, CREDIT_CODE, ISSUER, KEY, SICHUAN, STATUS_KEY

NOW: Final = 1_800_000_000.0
DAY: Final = 86_400.0
MIB: Final = 1_048_576


def key(kid: str = KEY.kid, until: float | None = None, **changes: Any) -> ListedKey:
    return ListedKey(kid, KEY.public_jwk, changes.pop("since_when", 0.0), until, **changes)


def keys(*listed: ListedKey) -> dict[str, ListedKey]:
    return {one.kid: one for one in listed}


@dataclass
class Facts:
    """A region of one issuer."""

    code: str = SICHUAN
    signing: tuple[ListedKey, ...] = (key(),)
    of_lists: tuple[ListedKey, ...] = ()
    of_logs: tuple[ListedKey, ...] = ()
    of_grants: tuple[ListedKey, ...] = ()
    state: State = State.ACTIVE
    types: frozenset[str] = frozenset({"business-licence"})

    def region(self) -> Region:
        names = {"zh": "示例", "en": "example"}
        issuer = Issuer(
            ISSUER,
            names,
            CREDIT_CODE,
            "510100",
            self.types,
            keys(*self.signing),
            self.state,
            keys(*self.of_lists),
            log_keys=keys(*self.of_logs),
            grant_keys=keys(*self.of_grants),
        )
        return Region(self.code, names, {ISSUER: issuer})


EMPTY: Final = Region(SICHUAN, {}, {})


def codes(complaints: Any) -> list[Ailment]:
    return [complaint.code for complaint in complaints]


def only(complaints: Any) -> Complaint:
    (complaint,) = complaints
    return complaint


# --- anchors


@pytest.mark.parametrize(
    ("regions", "code"),
    [
        ([], Ailment.REGIONS_NONE),
        ([EMPTY], Ailment.ISSUERS_NONE),
        ([Facts(signing=()).region()], Ailment.KEYS_NONE),
        ([Facts(signing=(key(until=NOW),)).region()], Ailment.KEYS_NONE),
        ([Facts(signing=(key(state=State.RETIRED, since=NOW - 1),)).region()], Ailment.KEYS_NONE),
        ([Facts(signing=(key(since_when=NOW + 1),)).region()], Ailment.KEYS_NONE),
    ],
    ids=["no region", "no issuer", "no key", "ended", "retired", "not yet"],
)
def test_a_registry_that_lists_nobody_is_an_error(regions: list[Region], code: Ailment) -> None:
    complaint = only(review_anchors(regions, NOW))
    assert (complaint.code, complaint.severity) == (code, Severity.ERROR)


def test_one_key_that_signs_is_enough() -> None:
    assert codes(review_anchors([EMPTY, Facts(CHONGQING).region()], NOW)) == []


def test_who_is_gone_is_told_once_and_by_name() -> None:
    before = [Facts(signing=(key("a"), key("b")), of_lists=(key("s"),)).region(), Facts(CHONGQING).region()]
    now_there = [Facts(signing=(key("a"),)).region()]
    gone = list(review_losses(now_there, [Listed(NOW, before)], frozenset()))
    assert codes(gone) == [Ailment.REGIONS_GONE, Ailment.KEYS_GONE]
    assert gone[0].params == {"count": 1, "names": CHONGQING, "since": NOW}
    assert gone[1].params == {"count": 2, "names": "b, s", "since": NOW}
    assert codes(review_losses([EMPTY], [Listed(NOW, before[:1])], frozenset())) == [Ailment.ISSUERS_GONE]


def test_each_loss_is_told_by_the_last_registry_that_had_it() -> None:
    now_there = [Facts(signing=(key("a"),)).region()]
    last = Listed(NOW, [Facts(signing=(key("a"), key("b"))).region()])
    earlier = Listed(NOW - DAY, [Facts(signing=(key("a"), key("b"), key("c"))).region(), Facts(CHONGQING).region()])
    gone = [(c.code, c.params["names"], c.params["since"]) for c in review_losses(now_there, [last, earlier], set())]
    assert gone == [
        (Ailment.KEYS_GONE, "b", NOW),
        (Ailment.REGIONS_GONE, CHONGQING, NOW - DAY),
        (Ailment.KEYS_GONE, "c", NOW - DAY),
    ]


def test_what_cannot_be_read_is_not_gone_and_more_is_no_loss() -> None:
    before = [Facts(CHONGQING).region()]
    assert codes(review_losses([], [Listed(NOW, before)], {CHONGQING})) == []
    assert codes(review_losses([*before, Facts().region()], [Listed(NOW, before)], frozenset())) == []


def test_many_names_are_cut_short() -> None:
    before = [Region(f"{number}0000", {}, {}) for number in range(11, 16)]
    complaint = only(review_losses([], [Listed(NOW, before)], frozenset()))
    assert complaint.params["names"] == "110000, 120000, 130000, …"


@pytest.mark.parametrize(
    ("signing", "expected"),
    [
        ((key(until=NOW + SOON),), []),
        ((key(until=NOW + SOON - 1),), [Ailment.KEY_ENDS]),
        ((key("a", NOW + DAY), key("b")), [Ailment.KEY_RELIEVED]),
        ((key("a", NOW + DAY), key("b", NOW + 2 * DAY)), [Ailment.KEY_ENDS, Ailment.KEY_ENDS]),
        ((key("a", NOW + DAY), key("b", since_when=NOW + DAY)), [Ailment.KEY_RELIEVED]),
        ((key("a", NOW + DAY), key("b", since_when=NOW + DAY + 1)), [Ailment.KEY_ENDS]),
        ((key("a", NOW + DAY), key("b", state=State.SUSPENDED)), [Ailment.KEY_ENDS]),
        ((key(until=NOW - 1),), [Ailment.ISSUER_WITHOUT_KEY]),
        ((key(state=State.COMPROMISED, since=0.0),), [Ailment.ISSUER_WITHOUT_KEY]),
    ],
)
def test_a_key_that_ends_needs_a_successor(signing: tuple[ListedKey, ...], expected: list[Ailment]) -> None:
    assert codes(review_keys([Facts(signing=signing).region()], CHONGQING, NOW)) == expected


def test_our_own_issuers_are_errors_others_warnings_and_one_put_out_of_use_is_none() -> None:
    without = Facts(signing=())
    assert only(review_keys([without.region()], SICHUAN, NOW)).severity is Severity.ERROR
    assert only(review_keys([without.region()], CHONGQING, NOW)).severity is Severity.WARNING
    assert codes(review_keys([Facts(signing=(), state=State.SUSPENDED).region()], SICHUAN, NOW)) == []


def test_status_keys_are_looked_at_where_there_are_any() -> None:
    assert codes(review_keys([Facts(of_lists=(key(until=NOW),)).region()], None, NOW)) == [Ailment.STATUS_KEY_NONE]
    soon = Facts(of_lists=(key(until=NOW + DAY),)).region()
    assert codes(review_keys([soon], None, NOW)) == [Ailment.STATUS_KEY_ENDS]


def test_log_keys_are_looked_at_where_there_are_any() -> None:
    assert codes(review_keys([Facts(of_logs=(key(until=NOW),)).region()], None, NOW)) == [Ailment.LOG_KEY_NONE]
    assert codes(review_keys([Facts(of_logs=(key(until=NOW + DAY),)).region()], None, NOW)) == [Ailment.LOG_KEY_ENDS]
    assert codes(review_keys([Facts(of_logs=(key(until=NOW + SOON),)).region()], None, NOW)) == []
    gone = review_losses([Facts().region()], [Listed(NOW, [Facts(of_logs=(key("log"),)).region()])], set())
    assert [complaint.params["names"] for complaint in gone] == ["log"]


def test_grant_keys_are_looked_at_where_there_are_any_and_hinder_no_verification() -> None:
    lapsed = only(review_keys([Facts(of_grants=(key(until=NOW),)).region()], SICHUAN, NOW))
    assert (lapsed.code, lapsed.severity) == (Ailment.GRANT_KEY_NONE, Severity.WARNING)
    assert codes(review_keys([Facts(of_grants=(key(until=NOW + DAY),)).region()], None, NOW)) == [
        Ailment.GRANT_KEY_ENDS
    ]
    assert codes(review_keys([Facts(of_grants=(key("a", NOW + DAY), key("b"))).region()], None, NOW)) == [
        Ailment.KEY_RELIEVED
    ]
    gone = review_losses([Facts().region()], [Listed(NOW, [Facts(of_grants=(key("grant"),)).region()])], set())
    assert [complaint.params["names"] for complaint in gone] == ["grant"]


@pytest.mark.parametrize(
    ("asking", "expected"),
    [
        ((key(),), []),
        ((), [Ailment.COUNTER_WITHOUT_KEY]),
        ((key(state=State.SUSPENDED, since=0.0),), [Ailment.COUNTER_WITHOUT_KEY]),
        ((key(until=NOW + DAY),), [Ailment.COUNTER_KEY_ENDS]),
        ((key("a", NOW + DAY), key("b")), [Ailment.KEY_RELIEVED]),
    ],
)
def test_the_keys_of_our_own_counters_are_looked_at(asking: tuple[ListedKey, ...], expected: list[Ailment]) -> None:
    counter = Counter("urn:certx:counter:510000:hall", {}, keys(*asking))
    region = Facts().region()._replace(counters={counter.id: counter})
    assert codes(review_keys([region], SICHUAN, NOW)) == expected
    assert codes(review_keys([region], CHONGQING, NOW)) == []


# --- evidence


def test_a_clock_behind_what_was_signed_by_more_than_the_limit() -> None:
    limits = Limits(clock_behind=DAY)
    assert codes(review_clock(NOW + DAY, limits, NOW)) == []
    assert codes(review_clock(NOW + DAY + 1, limits, NOW)) == [Ailment.CLOCK_BEHIND]


@pytest.mark.parametrize(
    ("role", "days"),
    [("timestamp", 2), (f"status-{SICHUAN}", 2), ("snapshot", 7), ("duty", 7), ("root", 30), (f"region-{SICHUAN}", 30)],
)
def test_roles_are_told_when_less_is_left_than_each_should_have(role: str, days: int) -> None:
    def told(end: float) -> list[tuple[Ailment, Severity]]:
        return [(c.code, c.severity) for c in review_roles({role: end}, [role, "absent"], Limits(), NOW)]

    kind = "REGISTRY" if role == "timestamp" else "ROLE"
    assert told(NOW + 30 * DAY) == []
    on_schedule = [(Ailment.ROLE_ON_SCHEDULE, Severity.NOTE)]
    assert told(NOW + 30 * DAY - 1) == (on_schedule if days < 30 else [(Ailment.ROLE_EXPIRES, Severity.WARNING)])
    assert told(NOW + days * DAY) == (on_schedule if days < 30 else [])
    assert told(NOW + days * DAY - 1) == [(Ailment[f"{kind}_EXPIRES"], Severity.WARNING)]
    assert told(NOW + 1) == [(Ailment[f"{kind}_EXPIRES"], Severity.WARNING)]
    assert told(NOW) == [(Ailment[f"{kind}_EXPIRED"], Severity.ERROR)]


def lists(*found: ListFacts, types: frozenset[str] | None = None, facts: Facts | None = None) -> list[Complaint]:
    region = (facts or Facts(of_lists=(key(STATUS_KEY.kid),))).region()
    return list(review_lists([region], {SICHUAN: types}, found, CHONGQING, NOW))


def published(begins: float | None, ends: float | None, name: str = f"{CREDIT_CODE}-1.jwt") -> ListFacts:
    return ListFacts(SICHUAN, name, begins, ends)


def test_an_issuer_with_a_status_key_publishes_a_list() -> None:
    assert codes(lists()) == [Ailment.LIST_MISSING]
    assert codes(lists(published(NOW, NOW + 7 * DAY, "another-1.jwt"))) == [Ailment.LIST_MISSING]
    assert codes(lists(facts=Facts())) == []
    assert codes(lists(types=frozenset({"driving-licence"}))) == []
    assert codes(lists(types=frozenset({"driving-licence", "business-licence"}))) == [Ailment.LIST_MISSING]


def test_a_list_is_told_before_it_ends_a_short_one_in_proportion() -> None:
    assert codes(lists(published(NOW - 5 * DAY, NOW + 2 * DAY))) == [Ailment.LISTS_ON_SCHEDULE]
    assert codes(lists(published(NOW - 5 * DAY, NOW + 2 * DAY - 1))) == [Ailment.LIST_EXPIRES]
    assert codes(lists(published(NOW, NOW + DAY))) == [Ailment.LISTS_ON_SCHEDULE]
    assert codes(lists(published(NOW - 0.8 * DAY, NOW + 0.2 * DAY))) == [Ailment.LIST_EXPIRES]
    assert codes(lists(published(NOW - DAY, NOW))) == [Ailment.LIST_EXPIRED]
    assert codes(lists(published(NOW - 8 * DAY, NOW - 7 * DAY + 1))) == [Ailment.LIST_EXPIRED]
    assert codes(lists(published(NOW - 8 * DAY, NOW - 7 * DAY))) == [Ailment.LIST_OUTDATED]
    assert codes(lists(published(NOW, NOW + SOON))) == []
    assert codes(lists(published(NOW, NOW + SOON - 1))) == [Ailment.LISTS_ON_SCHEDULE]
    assert codes(lists(published(NOW - 300 * DAY, NOW + SOON - 1))) == [Ailment.LIST_EXPIRES]
    assert codes(lists(published(NOW - 300 * DAY, NOW + SOON))) == []
    defect = StatusError(Reason.SIGNATURE_WRONG)
    (found,) = lists(published(None, None)._replace(defect=defect))
    assert (found.code, found.params["defect"]) == (Ailment.LIST_UNUSABLE, "signature-wrong")


def test_the_lists_of_a_region_that_are_renewed_on_schedule_are_one_note() -> None:
    first, second, late = (f"{CREDIT_CODE}-{number}.jwt" for number in (1, 2, 3))
    found = [
        published(NOW, NOW + 7 * DAY, first),
        published(NOW, NOW + 6 * DAY, second),
        published(NOW - 6 * DAY, NOW + DAY, late),
    ]
    warned, noted = lists(*found)
    assert (warned.code, warned.params["file"]) == (Ailment.LIST_EXPIRES, late)
    assert (noted.code, noted.severity) == (Ailment.LISTS_ON_SCHEDULE, Severity.NOTE)
    assert noted.params == {"member": SICHUAN, "count": 2, "file": second, "at": NOW + 6 * DAY}


def standing(state: Standpoint = Standpoint.IN_FORCE, **changes: Any) -> Standing:
    pair = (CHONGQING, SICHUAN)
    agreement = AGREEMENT._replace(listed_by=frozenset(pair), **changes)
    between = (pair,) if state is Standpoint.IN_FORCE else ()
    return Standing(agreement, {}, state, between, missing=(SICHUAN,), altered=(SICHUAN,))


def agreements(*standings: Standing) -> list[Ailment]:
    return codes(review_agreements(standings, CHONGQING, NOW))


def test_an_agreement_that_ends_soon_is_told_unless_another_goes_on() -> None:
    ending = standing(until=NOW + DAY)
    assert agreements(standing(until=None), standing(until=NOW + SOON)) == []
    assert agreements(ending) == [Ailment.AGREEMENT_ENDS]
    assert agreements(ending, standing(id="next", until=None)) == []
    assert agreements(ending, standing(id="next", until=None, since=NOW + 2 * DAY)) == [Ailment.AGREEMENT_ENDS]
    assert agreements(ending, standing(id="next", until=None, types=frozenset({"x"}))) == [Ailment.AGREEMENT_ENDS]
    assert agreements(ending, standing(id="next", until=None, withdrawn_by={SICHUAN})) == [Ailment.AGREEMENT_ENDS]


def test_an_agreement_that_does_not_count_is_told_while_it_would() -> None:
    assert agreements(standing(Standpoint.ONE_SIDED, until=None)) == [Ailment.AGREEMENT_ONE_SIDED]
    assert agreements(standing(Standpoint.ALTERED, until=None)) == [Ailment.AGREEMENT_ALTERED]
    assert agreements(standing(Standpoint.ONE_SIDED, until=NOW)) == []
    assert agreements(standing(Standpoint.WITHDRAWN, until=None)) == []
    assert codes(review_agreements([standing(Standpoint.ONE_SIDED, until=None)], "110000", NOW)) == []


def test_our_own_file_that_cannot_be_read_is_told() -> None:
    unread = UnreadAgreement("a", frozenset({CHONGQING}), DocumentError("document-too-deep", path="p", maximum=1))
    found = Standing(unread, {}, Standpoint.UNREADABLE)
    assert only(review_agreements([found], CHONGQING, NOW)).params["defect"] == "document-too-deep"
    assert codes(review_agreements([found], SICHUAN, NOW)) == []


def test_a_defect_that_names_an_agreement_itself_is_told_as_any_other() -> None:
    defect = DocumentError("agreement-file-name", path="p", agreement="b")
    unread = UnreadAgreement("a", frozenset({CHONGQING}), defect)
    complaint = only(review_agreements([Standing(unread, {}, Standpoint.UNREADABLE)], CHONGQING, NOW))
    assert complaint.params == {"path": "p", "agreement": "b", "defect": "agreement-file-name"}


def test_what_is_accepted_here_is_what_is_in_force_here() -> None:
    assert accepted_from([standing()], CHONGQING) == {SICHUAN: AGREEMENT.types, CHONGQING: None}
    assert accepted_from([standing(Standpoint.OVER)], CHONGQING) == {CHONGQING: None}


# --- the machine


def test_room_for_three_more_registries_and_never_less_than_64_mib() -> None:
    assert codes(review_disk("/", 64 * MIB, 0)) == []
    assert codes(review_disk("/", 64 * MIB - 1, 0)) == [Ailment.DISK_FULL]
    assert codes(review_disk("/", 299 * MIB, 100 * MIB)) == [Ailment.DISK_FULL]
    assert only(review_disk("/", 299 * MIB, 100 * MIB)).params == {"path": "/", "free": 299, "needed": 300}


@pytest.mark.parametrize("kind", Kind)
def test_a_file_is_for_its_owner_alone(kind: Kind) -> None:
    assert codes(review_files([FileFacts(kind, "x", mode) for mode in (0o700, 0o600, 0o400, None)])) == []
    for mode, shown in ((0o740, "740"), (0o604, "604"), (0o610, "610"), (0o001, "001")):
        complaint = only(review_files([FileFacts(kind, "x", mode)]))
        assert (complaint.code, complaint.params["mode"]) == (Ailment[f"{kind.name}_OPEN"], shown)


def test_a_key_that_is_not_encrypted_is_an_error_whatever_its_mode() -> None:
    assert codes(review_files([FileFacts(Kind.KEY, "x", 0o600, is_plain=True)])) == [Ailment.KEY_PLAIN]


def test_what_is_no_key_is_an_error() -> None:
    assert codes(review_files([FileFacts(Kind.KEY, "x", 0o600, is_usable=False)])) == [Ailment.KEY_UNUSABLE]
    assert codes(review_files([FileFacts(Kind.KEY, "x", None, is_plain=True, is_usable=False)])) == [Ailment.KEY_PLAIN]


def test_a_ledger_that_is_whole_and_finished_is_not_told() -> None:
    assert codes(review_ledger("l", LedgerReview(3, 3), 0)) == []
    assert codes(review_ledger("l", LedgerReview(4, 3), 0)) == [Ailment.LEDGER_FORMAT]
    assert codes(review_ledger("l", LedgerReview(0, 3), 0)) == [Ailment.LEDGER_EMPTY]
    assert codes(review_ledger("l", LedgerReview(0, 3, "no database"), 0)) == [Ailment.LEDGER_DAMAGED]
    damaged = LedgerReview(3, 3, "row 1 missing", reserved=2)
    expected = [Ailment.LEDGER_DAMAGED, Ailment.LEDGER_UNFINISHED, Ailment.STATUS_UNPUBLISHED]
    assert codes(review_ledger("l", damaged, 1)) == expected
    (absent,) = review_ledger("l", LedgerReview(3, 3), 0, [AbsentList("i", "i-2.jwt")])
    assert (absent.code, absent.params) == (Ailment.LIST_UNPUBLISHED, {"issuer": "i", "file": "i-2.jwt"})


def test_what_a_published_list_says_otherwise_is_unpublished() -> None:
    statuses = {1: CanonicalStatus.SUSPENDED, 2: CanonicalStatus.VALID, 3: CanonicalStatus.WITHDRAWN}
    assert count_unpublished(statuses, {1: 2, 3: 1}) == 0
    assert count_unpublished(statuses, {1: 1, 2: 2}) == 3
    assert count_unpublished(statuses, {}) == 2
