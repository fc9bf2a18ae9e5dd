"""Publishing status lists over those that lie there: an end stays an end, whatever became of the ledger."""

import os
import shutil
import signal
import sqlite3
import threading
from contextlib import closing, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from certx.app.status import statuses
from certx.app.status.statuses import publish_lists, set_statuses
from certx.errors import CertxError, Exit
from certx.keys import read_public_key
from certx.ledger import Reservation, SigningKey, StatusEvent
from certx.ledger.sqlite import SqliteLedger
from certx.licence.status import CanonicalStatus
from certx.settings import Settings
from certx.status.delta import patched_token
from certx.status.errors import StatusError
from certx.status.reference import series_of
from certx.status.tokenlist import StatusToken
from trust.test_interrupted import events_of, in_child, kill_at
from world import CREDIT_CODE, DAY, NOW, OTHER_CREDIT_CODE, SICHUAN, STATUS_KEY, STATUS_URI, WORLD

SIGNER = SigningKey(CREDIT_CODE, "first-key")
IDS = [f"1.2.156.{n}" for n in range(3)]
ROWS = [Reservation(f"row-{name}", name, b"{}", series_of(SICHUAN, CREDIT_CODE)) for name in IDS]


@dataclass(frozen=True)
class Office:
    """An issuer with three licences on its first list."""

    settings: Settings
    lists: Path

    def set(self, licence_id: str, status: str, at: float = NOW) -> None:
        set_statuses([licence_id], StatusEvent(CanonicalStatus(status), int(at), "x"), self.settings, now=at)

    def publish(self, now: float = NOW, *, anew: bool = False) -> None:
        list(publish_lists(CREDIT_CODE, STATUS_KEY, self.lists, self.settings, days=7, now=now, anew=anew))

    def published(self) -> list[int]:
        return sorted(value for _, value in StatusToken(self.path.read_text()).read_unproven(STATUS_URI).marked())

    @property
    def path(self) -> Path:
        """Its list, beside which nothing but its delta lies."""
        found = sorted(self.lists.iterdir(), key=lambda path: len(path.name))
        assert [path.name for path in found[1:]] in ([], [f"{found[0].stem}.delta.jwt"])
        return found[0]

    @property
    def beside(self) -> Path:
        """Its delta."""
        return self.path.with_suffix(".delta.jwt")


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    class Opened:
        registry = WORLD.registry

    monkeypatch.setattr(statuses, "open_registry", lambda _: Opened)
    settings = Settings(tmp_path)
    issue_into(settings)
    return Office(settings, tmp_path / "lists")


def issue_into(settings: Settings) -> None:
    with closing(SqliteLedger(settings.ledger)) as ledger:
        entries = ledger.reserve(ROWS)
        ledger.commit([e._replace(digest=e.licence_id.encode(), issued_at=int(NOW)) for e in entries], SIGNER)


def refusal(office: Office, now: float = NOW) -> str:
    before = {path: path.read_bytes() for path in office.lists.iterdir()}
    with pytest.raises(CertxError) as caught:
        office.publish(now)
    assert {path: path.read_bytes() for path in office.lists.iterdir()} == before
    return caught.value.code


def test_what_was_reinstated_is_published_as_valid(office: Office) -> None:
    office.set(IDS[0], "suspended")
    office.set(IDS[1], "cancelled")
    office.publish()
    assert office.published() == [1, 2]
    office.set(IDS[0], "valid")
    office.publish(NOW + 1)
    assert office.published() == [1]


def test_a_suspended_licence_may_end(office: Office) -> None:
    office.set(IDS[0], "suspended")
    office.publish()
    office.set(IDS[0], "superseded")
    office.publish(NOW + 1)
    assert office.published() == [3]


@pytest.mark.parametrize("status", ["suspended", "cancelled", "superseded"])
def test_an_old_copy_of_the_ledger_brings_nothing_back(office: Office, status: str) -> None:
    shutil.copy2(office.settings.ledger, office.settings.home / "copy.db")
    office.set(IDS[0], status)
    office.publish()
    with closing(SqliteLedger(office.settings.ledger)):  # the copy takes its place, log and all
        pass
    for path in office.settings.home.glob("ledger.db-*"):
        path.unlink()
    shutil.copy2(office.settings.home / "copy.db", office.settings.ledger)
    assert refusal(office, NOW + DAY) == "status-would-revive"
    office.set(IDS[0], status)
    office.publish(NOW + DAY)


def test_a_copy_from_before_the_last_suspension_brings_nothing_back(office: Office) -> None:
    """It knows of a reinstatement, but of an earlier one than the list that says suspended."""
    office.set(IDS[0], "suspended")
    office.set(IDS[0], "valid", NOW + 1)
    shutil.copy2(office.settings.ledger, office.settings.home / "copy.db")
    office.set(IDS[0], "suspended", NOW + DAY)
    office.publish(NOW + DAY)
    for path in office.settings.home.glob("ledger.db-*"):
        path.unlink()
    shutil.copy2(office.settings.home / "copy.db", office.settings.ledger)
    assert refusal(office, NOW + 2 * DAY) == "status-would-revive"


def test_a_reinstatement_counts_from_when_it_was_noted(office: Office) -> None:
    """It may be said to have begun before the list was published that it takes back."""
    office.set(IDS[0], "suspended")
    office.publish(NOW + DAY)
    event = StatusEvent(CanonicalStatus.VALID, int(NOW + 1), "x")
    set_statuses([IDS[0]], event, office.settings, now=NOW + 2 * DAY)
    office.publish(NOW + 2 * DAY)
    assert office.published() == []


def test_a_new_ledger_does_not_publish_over_the_lists_of_another(office: Office) -> None:
    for licence_id in IDS:
        office.set(licence_id, "cancelled")
    office.publish()
    for path in office.settings.home.glob("ledger.db*"):
        path.unlink()
    issue_into(office.settings)
    assert refusal(office) == "status-would-revive"
    office.publish(anew=True)
    assert office.published() == []


def test_a_list_of_tomorrow_or_of_another_name_stays(office: Office) -> None:
    office.publish(NOW + DAY)
    assert refusal(office) == "status-earlier-later"
    office.publish(NOW + DAY)
    office.path.write_text("damaged")
    assert refusal(office, NOW + DAY) == "status-earlier-unreadable"
    office.publish(anew=True)
    assert office.published() == []


def test_where_no_licence_names_a_list_nothing_seems_published(office: Office) -> None:
    with pytest.raises(CertxError) as caught:
        list(publish_lists(OTHER_CREDIT_CODE, STATUS_KEY, office.lists, office.settings, days=7, now=NOW))
    assert caught.value.code == "signer-not-listed"
    for path in office.settings.home.glob("ledger.db*"):
        path.unlink()
    SqliteLedger(office.settings.ledger).close()
    with pytest.raises(CertxError) as caught:
        office.publish()
    assert (caught.value.code, caught.value.exit) == ("status-no-lists", Exit.USAGE)


def test_a_job_that_waited_never_turns_time_back(office: Office) -> None:
    office.publish(NOW + 5)
    office.publish(NOW)
    assert StatusToken(office.path.read_text()).jws.payload["iat"] == int(NOW) + 5


def test_one_job_at_a_time_reads_and_publishes(office: Office) -> None:
    job = publish_lists(CREDIT_CODE, STATUS_KEY, office.lists, office.settings, days=7, now=NOW)
    next(job)  # it has read the ledger and is still writing
    office.set(IDS[0], "cancelled")
    other = threading.Thread(target=office.publish, args=(NOW + 1,))
    other.start()
    other.join(0.3)
    assert other.is_alive()
    assert office.published() == []
    job.close()
    other.join()
    assert office.published() == [1]


@pytest.fixture
def busy(office: Office) -> Office:
    """An issuer that has had much to suspend: its list is no longer a line of zeros."""
    rows = [ROWS[0]._replace(row_key=f"more-{n}", licence_id=f"1.2.156.{n + 10}") for n in range(1_500)]
    with closing(SqliteLedger(office.settings.ledger)) as ledger:
        entries = ledger.reserve(rows)
        done = [e._replace(digest=e.licence_id.encode(), issued_at=int(NOW)) for e in entries]
        ledger.commit(done, SIGNER)
    suspended = StatusEvent(CanonicalStatus.SUSPENDED, int(NOW), "x")
    set_statuses([row.licence_id for row in rows], suspended, office.settings, now=NOW)
    office.publish()
    assert not office.beside.exists()
    return office


def by_delta(office: Office, earlier: str) -> bytes:
    """The present entries, as somebody with an earlier list and the delta comes to them."""
    stands_for = sha256(office.path.read_bytes()).hexdigest()
    token = patched_token(earlier, office.beside.read_text(), stands_for=stands_for)
    return bytes(token.open(read_public_key(STATUS_KEY.public_jwk), STATUS_URI).entries)


def whole(office: Office) -> bytes:
    return bytes(StatusToken(office.path.read_text()).read_unproven(STATUS_URI).entries)


def test_a_delta_is_published_beside_the_list(busy: Office) -> None:
    earlier = busy.path.read_text()
    busy.set(IDS[0], "cancelled")
    busy.publish(NOW + DAY)
    assert by_delta(busy, earlier) == whole(busy)
    between = busy.path.read_text()
    busy.publish(NOW + 2 * DAY)
    assert by_delta(busy, between) == whole(busy)


@pytest.mark.parametrize("of", ["path", "beside"])
def test_where_nothing_usable_lies_a_list_goes_without_delta(busy: Office, of: str) -> None:
    busy.publish(NOW + 1)
    assert busy.beside.exists()
    if of == "path":
        busy.path.unlink()
        busy.publish(NOW + 2)
        assert [path.name for path in busy.lists.iterdir()] == [busy.path.name]
        return
    busy.beside.write_text("damaged")
    earlier = busy.path.read_text()
    busy.set(IDS[0], "cancelled")
    busy.publish(NOW + 2)
    assert by_delta(busy, earlier) == whole(busy)


def test_publishing_anew_leaves_no_delta_of_before(busy: Office) -> None:
    busy.publish(NOW + 1)
    busy.publish(NOW + 2, anew=True)
    assert not busy.beside.exists()


def test_a_later_list_is_larger_and_published_at_its_size(office: Office) -> None:
    with closing(sqlite3.connect(office.settings.ledger)) as database:
        row = (series_of(SICHUAN, CREDIT_CODE), 2, 8_388_608)
        database.execute("INSERT INTO status_list (series, number, size) VALUES (?, ?, ?)", row)
        database.commit()
    office.publish()
    second = office.lists / f"{CREDIT_CODE}-2.jwt"
    assert len(StatusToken(second.read_text()).read_unproven(f"{STATUS_URI[:-1]}2")) == 8_388_608


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_publication_that_is_killed_leaves_no_pair_that_leads_astray(busy: Office) -> None:
    """Killed before any of the things that it does to the disk: what lies there then is the old list or the new."""
    before = whole(busy)
    earlier = busy.path.read_text()
    busy.set(IDS[0], "cancelled")
    (busy.settings.home / "kept").mkdir()
    count = events_of(lambda: busy.publish(NOW + DAY), busy.settings.home / "kept")
    after = whole(busy)
    states = set()
    for nth in range(1, count + 1):
        for path in busy.lists.iterdir():
            path.unlink()
        (busy.lists / f"{CREDIT_CODE}-1.jwt").write_text(earlier)
        assert in_child(lambda: busy.publish(NOW + DAY), kill_at(nth)) == -signal.SIGKILL
        left = {path.name for path in busy.lists.iterdir() if not path.name.endswith(".part")}
        for path in busy.lists.glob(".*.part"):
            path.unlink()
        assert left <= {busy.path.name, busy.beside.name}
        found = whole(busy)
        assert found in {before, after}
        if busy.beside.exists():
            with suppress(StatusError):
                assert by_delta(busy, earlier) == found == after
        states.add((found == after, busy.beside.exists()))
        busy.publish(NOW + DAY + 1)
        assert by_delta(busy, earlier) == whole(busy) == after
    assert states == {(False, False), (False, True), (True, True)}
