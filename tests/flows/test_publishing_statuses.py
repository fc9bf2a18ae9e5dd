"""Publishing status lists over those that lie there: an end stays an end, whatever became of the ledger."""

import shutil
import threading
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from certx.app import statuses
from certx.app.statuses import publish_lists, set_statuses
from certx.errors import CertxError, Exit
from certx.ledger import Reservation, SigningKey, StatusEvent
from certx.ledger.sqlite import SqliteLedger
from certx.licence.status import CanonicalStatus
from certx.settings import Settings
from certx.status.reference import series_of
from certx.status.tokenlist import StatusToken
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
        set_statuses([licence_id], StatusEvent(CanonicalStatus(status), int(at), "x"), self.settings)

    def publish(self, now: float = NOW, *, anew: bool = False) -> None:
        list(publish_lists(CREDIT_CODE, STATUS_KEY, self.lists, self.settings, days=7, now=now, anew=anew))

    def published(self) -> list[int]:
        (path,) = self.lists.iterdir()
        return sorted(value for _, value in StatusToken(path.read_text()).read_unproven(STATUS_URI).marked())


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
        ledger.commit(
            [e._replace(digest=e.licence_id.encode(), issued_at=int(NOW), content=b"{}") for e in entries], SIGNER
        )


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
    (path,) = office.lists.iterdir()
    path.write_text("damaged")
    assert refusal(office, NOW + DAY) == "status-earlier-unreadable"
    office.publish(anew=True)
    assert office.published() == []


def test_where_no_licence_names_a_list_nothing_seems_published(office: Office) -> None:
    with pytest.raises(CertxError) as caught:
        list(publish_lists(OTHER_CREDIT_CODE, STATUS_KEY, office.lists, office.settings, days=7, now=NOW))
    assert caught.value.code == "status-signer-not-listed"
    for path in office.settings.home.glob("ledger.db*"):
        path.unlink()
    SqliteLedger(office.settings.ledger).close()
    with pytest.raises(CertxError) as caught:
        office.publish()
    assert (caught.value.code, caught.value.exit) == ("status-no-lists", Exit.USAGE)


def test_a_job_that_waited_never_turns_time_back(office: Office) -> None:
    office.publish(NOW + 5)
    office.publish(NOW)
    (path,) = office.lists.iterdir()
    assert StatusToken(path.read_text()).jws.payload["iat"] == int(NOW) + 5


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
