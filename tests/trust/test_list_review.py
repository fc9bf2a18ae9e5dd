"""A status list that no counter could use is told before it is published, and by the doctor where one is in use."""

from pathlib import Path

import pytest

from certx.app.doctor.examination import examine
from certx.app.machine.files import replace_file
from certx.app.trust.publishing import publish
from certx.app.trust.review.folder import review_trust
from certx.app.trust.review.lists import DELTA_UNUSABLE, UNUSABLE, UNUSABLE_ALREADY
from certx.doctor.complaint import Ailment
from trust.realm import ALL, DAY, NOW, Realm
from world import CREDIT_CODE, KEY, SICHUAN, STATUS_KEY, STATUS_URI, STRANGER, status_list

NAME = f"{CREDIT_CODE}-1.jwt"


@pytest.fixture
def realm(tmp_path: Path) -> Realm:
    """A realm whose counter synced before there was any list."""
    realm = Realm.founded(tmp_path / "realm", now=NOW)
    realm.sync(now=NOW)
    return realm


def put(realm: Realm, token: str, name: str = NAME) -> None:
    replace_file(realm.source / SICHUAN / "status" / name, token.encode())


BAD = {
    "status-key-not-listed": status_list({}, signer=STRANGER),
    "signature-wrong": status_list({})[:-4] + "AAAA",
    "status-list-of-another": status_list({}, uri=STATUS_URI[:-1] + "2"),
    "status-expired": status_list({}, days=-1),
    "status-key-not-in-use": status_list({}, issued_at=NOW - 10_000 * DAY),
    "status-list-malformed": "garbage",
}


def found(realm: Realm) -> list[tuple[str, object]]:
    return [(p.code, p.params.get("defect")) for p in review_trust(realm.source).problems if "list" in p.code]


@pytest.mark.parametrize("defect", BAD)
def test_a_list_that_no_counter_could_use_is_not_published(realm: Realm, defect: str) -> None:
    put(realm, BAD[defect])
    assert found(realm) == [(UNUSABLE, defect)]
    done = publish(realm.source, realm.repository, ALL, now=NOW + 60)
    assert (done.version, [p.code for p in done.review.obstacles]) == (None, [UNUSABLE])
    put(realm, status_list({}))
    assert found(realm) == []
    assert publish(realm.source, realm.repository, ALL, now=NOW + 60).version == 2


def test_an_issuing_key_signs_no_lists(realm: Realm) -> None:
    put(realm, status_list({}, signer=KEY))
    assert found(realm) == [(UNUSABLE, "status-key-not-listed")]


def test_a_list_under_a_name_that_is_none_is_told(realm: Realm) -> None:
    put(realm, status_list({}), "list.jwt")
    assert found(realm) == [(UNUSABLE, "status-list-of-another")]


def test_that_a_status_key_was_lost_can_be_published_with_the_lists_it_signed(realm: Realm) -> None:
    put(realm, status_list({}))
    assert publish(realm.source, realm.repository, ALL, now=NOW + 60).version == 2
    realm.deny({"key": STATUS_KEY.kid, "state": "compromised", "since": "2020-01-01T00:00:00+08:00", "reason": "lost"})
    assert found(realm) == [(UNUSABLE, "status-key-not-in-use")]
    done = publish(realm.source, realm.repository, ALL, now=NOW + 120)
    assert (done.version, [p.code for p in done.review.problems]) == (3, [UNUSABLE_ALREADY])
    put(realm, status_list({1: 1}))
    assert publish(realm.source, realm.repository, ALL, now=NOW + 180).version is None


def test_a_delta_that_does_not_go_with_its_list_is_told_and_hinders_nothing(realm: Realm) -> None:
    put(realm, status_list({}))
    put(realm, "garbage", f"{CREDIT_CODE}-1.delta.jwt")
    problems = review_trust(realm.source)
    assert [p.code for p in problems.problems] == [DELTA_UNUSABLE]
    assert problems.obstacles == ()


def test_the_doctor_opens_the_lists_in_use(realm: Realm) -> None:
    put(realm, status_list({}))
    realm.publish(now=NOW + 60)
    realm.sync(now=NOW + 60)
    assert unusable(realm) == []
    realm.deny({"key": STATUS_KEY.kid, "state": "suspended", "since": "2020-01-01T00:00:00+08:00", "reason": "inquiry"})
    publish(realm.source, realm.repository, ALL, now=NOW + 120)
    realm.sync(now=NOW + 120)
    assert unusable(realm) == [(NAME, "status-key-not-in-use")]


def unusable(realm: Realm) -> list[tuple[object, object]]:
    complaints = examine(realm.settings, now=NOW + 180).findings
    return [(c.params["file"], c.params["defect"]) for c in complaints if c.code is Ailment.LIST_UNUSABLE]
