"""`certx doctor` on machines with a signed registry, healthy and broken in one way each."""

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

from certx.app.doctor.examination import Examination, examine
from certx.doctor.complaint import Ailment, Complaint, Severity
from certx.i18n import Words
from certx.keys.pem import write_private_key
from certx.ledger import Reservation, SigningKey, StatusEvent
from certx.ledger.sqlite import SqliteLedger
from certx.licence.status import CanonicalStatus
from certx.settings import Settings
from certx.status.reference import series_of
from trust.realm import DAY, NOW, ONLINE, Realm, write
from world import AGREEMENT, CHONGQING, CREDIT_CODE, ISSUER, KEY, SICHUAN

PASSPHRASE: Final = b"a passphrase of the tests"
PLAIN: Final = b"-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n"


@pytest.fixture
def realm(tmp_path: Path) -> Realm:
    """A counter in Chongqing in good health, which issues as well."""
    realm = Realm.founded(tmp_path / "realm")
    realm.list_statuses({}, issued_at=NOW)
    realm.publish()
    realm.sync()
    keys = realm.home / "keys"
    keys.mkdir(mode=0o700)
    (keys / "good.pem").write_bytes(write_private_key(KEY, PASSPHRASE))
    (keys / "good.pem").chmod(0o600)
    with closing(ledger_of(realm)) as ledger:
        row = Reservation("a", "1.2.156.A", b"{}", series_of(SICHUAN, CREDIT_CODE))
        (entry,) = ledger.reserve([row])
        issued = entry._replace(digest=bytes(32), issued_at=int(NOW))
        ledger.commit([issued], SigningKey(CREDIT_CODE, KEY.kid))
    return realm


def ledger_of(realm: Realm) -> SqliteLedger:
    return SqliteLedger(realm.home / "ledger.db")


def look(realm: Realm, now: float = NOW + 60) -> Examination:
    """An examination all of whose words are whole, in both languages, and that JSON can carry."""
    examination = examine(realm.settings, now=now)
    for complaint in (*examination.findings, *examination.notes):
        for words in (Words("zh"), Words("en")):
            assert "?" not in "".join(words.ailment(complaint.code, complaint.params)), complaint
        json.dumps(dict(complaint.params))
    return examination


def told(realm: Realm, now: float = NOW + 60) -> list[Ailment]:
    return [complaint.code for complaint in look(realm, now).findings]


def the_one(realm: Realm, now: float = NOW + 60) -> Complaint:
    (complaint,) = look(realm, now).findings
    return complaint


def test_with_everything_fine_it_says_what_it_looked_at(realm: Realm) -> None:
    findings, _, summary = look(realm)
    assert findings == ()
    assert (summary.registry, summary.regions, summary.issuers, summary.keys) == ("2", 2, 1, 2)
    assert (summary.agreements, summary.has_ledger) == (1, True)


def test_it_changes_nothing(realm: Realm) -> None:
    before = {path: path.read_bytes() for path in realm.home.rglob("*") if path.is_file()}
    look(realm)
    assert {path: path.read_bytes() for path in realm.home.rglob("*") if path.is_file()} == before


def test_a_machine_that_was_never_synced(tmp_path: Path) -> None:
    realm = Realm.founded(tmp_path / "realm")
    realm.init()
    assert told(realm) == [Ailment.REGISTRY_NOT_SYNCED]


def test_a_machine_that_was_never_set_up(tmp_path: Path) -> None:
    assert told(Realm(tmp_path / "nothing")) == [Ailment.REGION_NOT_SET, Ailment.REGISTRY_NOT_SET]


BROKEN: dict[str, tuple[Callable[[Path], Any], Ailment]] = {
    "root missing": (lambda home: (home / "registry" / "root.json").unlink(), Ailment.ROOT_UNUSABLE),
    "root differs": (lambda home: (home / "registry" / "root.json").write_bytes(b"{}"), Ailment.ROOT_UNUSABLE),
    "pointer damaged": (lambda home: (home / "registry" / "current").write_bytes(b"{"), Ailment.REGISTRY_UNUSABLE),
    "snapshot damaged": (
        lambda home: (home / "registry" / "generations" / "00000001" / "snapshot.json").write_bytes(b"{}"),
        Ailment.REGISTRY_UNUSABLE,
    ),
    "generation gone": (lambda home: shutil.rmtree(home / "registry" / "generations"), Ailment.REGISTRY_UNUSABLE),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_registry_that_cannot_be_relied_on_hides_nothing_else(name: str, realm: Realm) -> None:
    (realm.home / "keys" / "plain.pem").write_bytes(PLAIN)
    (realm.home / "keys" / "plain.pem").chmod(0o600)
    spoil, code = BROKEN[name]
    spoil(realm.home)
    assert told(realm) == [code, Ailment.KEY_PLAIN]


@pytest.mark.parametrize("code", [SICHUAN, CHONGQING])
def test_a_region_that_cannot_be_read_is_told_once_and_is_not_gone(code: str, realm: Realm) -> None:
    realm.publish(now=NOW + 10)
    realm.sync(now=NOW + 10)
    (realm.home / "registry" / "generations" / "00000002" / f"region-{code}.json").write_bytes(b"{}")
    (realm.home / "keys" / "good.pem").chmod(0o640)
    damaged, *others, still_told = look(realm).findings
    assert (damaged.code, damaged.params["member"]) == (Ailment.REGION_UNUSABLE, code)
    assert damaged.severity is (Severity.ERROR if code == CHONGQING else Severity.WARNING)
    assert [complaint.code for complaint in others] == ([Ailment.ISSUERS_NONE] if code == SICHUAN else [])
    assert still_told.code is Ailment.KEY_OPEN


def test_an_unsigned_folder_whose_file_is_of_another_region_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    (folder / SICHUAN).mkdir(parents=True)
    document = {"region": CHONGQING, "name": {"zh": "重庆市", "en": "Chongqing"}, "issuers": []}
    (folder / SICHUAN / "keys.json").write_text(json.dumps(document))
    found = examine(Settings(tmp_path, region=CHONGQING, registry=folder), now=NOW).findings
    assert Ailment.REGISTRY_UNUSABLE in {complaint.code for complaint in found}


def test_keys_that_were_dropped_are_told_after_the_sync_that_drops_them(realm: Realm) -> None:
    realm.list_issuer(ONLINE[0])
    realm.publish(now=NOW + 10)
    realm.sync(now=NOW + 10)
    complaint = the_one(realm)
    assert (complaint.code, complaint.params["names"]) == (Ailment.KEYS_GONE, KEY.kid)


def test_keys_that_were_dropped_are_told_for_a_week_of_syncs(realm: Realm) -> None:
    realm.list_issuer(ONLINE[0])
    for hours in (1, 2, 24, 25, 48, 6 * 24):
        realm.list_statuses({}, issued_at=NOW + hours * 3_600)
        realm.publish(now=NOW + hours * 3_600)
        realm.sync(now=NOW + hours * 3_600)
        complaint = the_one(realm, NOW + hours * 3_600)
        assert (complaint.code, complaint.params["names"]) == (Ailment.KEYS_GONE, KEY.kid)
        assert complaint.params["since"] == int(NOW)
    for days in (9, 10):
        realm.list_statuses({}, issued_at=NOW + days * DAY)
        realm.publish(now=NOW + days * DAY)
        realm.sync(now=NOW + days * DAY)
    assert told(realm, NOW + 10 * DAY) == []


def test_a_generation_of_last_week_that_is_damaged_hides_no_other(realm: Realm) -> None:
    realm.list_issuer(ONLINE[0])
    for seconds in (10, 20):
        realm.publish(now=NOW + seconds)
        realm.sync(now=NOW + seconds)
    (realm.home / "registry" / "generations" / "00000002" / "timestamp.json").write_bytes(b"{}")
    assert the_one(realm).code is Ailment.KEYS_GONE


def test_a_registry_without_issuers(realm: Realm) -> None:
    document = {"region": SICHUAN, "name": {"zh": "四川省", "en": "Sichuan"}, "issuers": []}
    (realm.source / SICHUAN / "keys.json").write_text(json.dumps(document))
    realm.publish(now=NOW + 10)
    realm.sync(now=NOW + 10)
    assert told(realm)[:2] == [Ailment.ISSUERS_NONE, Ailment.ISSUERS_GONE]


def test_time_alone_brings_it_about(realm: Realm) -> None:
    assert told(realm, NOW + 4.9 * DAY) == []
    late = told(realm, NOW + 5.5 * DAY)
    assert {Ailment.REGISTRY_EXPIRES, Ailment.ROLE_EXPIRES, Ailment.LIST_EXPIRES} == set(late)
    assert {Ailment.REGISTRY_EXPIRED, Ailment.ROLE_EXPIRED, Ailment.LIST_EXPIRED} <= set(told(realm, NOW + 8 * DAY))
    assert told(realm, NOW - 2 * DAY) == [Ailment.CLOCK_BEHIND]


def test_what_ends_within_30_days_and_is_renewed_on_schedule_is_noted(realm: Realm) -> None:
    notes = look(realm).notes
    assert {note.severity for note in notes} == {Severity.NOTE}
    roles = {note.params["role"]: note.params["at"] for note in notes if note.code is Ailment.ROLE_ON_SCHEDULE}
    week, month = int(NOW) + 7 * DAY, int(NOW) + 30 * DAY
    assert roles == {
        "timestamp": week, f"status-{SICHUAN}": week, f"status-{CHONGQING}": week, "snapshot": month, "duty": month,
    }  # fmt: skip
    (lists,) = [note for note in notes if note.code is Ailment.LISTS_ON_SCHEDULE]
    assert (lists.params["member"], lists.params["count"]) == (SICHUAN, 1)
    late = look(realm, NOW + 5.5 * DAY)
    assert {note.params["role"] for note in late.notes} == {"snapshot", "duty"}


def test_a_key_that_ends_soon(realm: Realm) -> None:
    realm.list_issuer(to="2099-01-01T00:00:00+08:00")
    realm.publish(now=NOW + 10)
    realm.sync(now=NOW + 10)
    assert told(realm) == []
    far = 4_070_880_000.0 - 20 * DAY
    ends = [c for c in look(realm, far).findings if c.code is Ailment.KEY_ENDS]
    assert [c.params["issuer"] for c in ends] == [ISSUER]


def test_a_key_that_ends_soon_and_has_a_successor_is_noted(realm: Realm) -> None:
    realm.list_issuer(to="2099-01-01T00:00:00+08:00")
    document = json.loads((realm.source / SICHUAN / "keys.json").read_bytes())
    (issuer,) = document["issuers"]
    issuer["keys"].append({"kid": ONLINE[0].kid, "jwk": ONLINE[0].public_jwk, "from": "2020-01-01T00:00:00+08:00"})
    write(realm.source / SICHUAN / "keys.json", document)
    realm.publish(now=NOW + 10)
    realm.sync(now=NOW + 10)
    far = look(realm, 4_070_880_000.0 - 20 * DAY)
    assert Ailment.KEY_ENDS not in {found.code for found in far.findings}
    assert [c.params["kid"] for c in far.notes if c.code is Ailment.KEY_RELIEVED] == [KEY.kid]


def test_a_list_that_is_missing(tmp_path: Path) -> None:
    realm = Realm.founded(tmp_path / "realm")
    realm.sync()
    complaint = the_one(realm)
    assert (complaint.code, complaint.params) == (Ailment.LIST_MISSING, {"issuer": ISSUER})


def test_an_agreement_that_only_we_publish(realm: Realm) -> None:
    (realm.source / SICHUAN / "agreements" / f"{AGREEMENT.id}.json").unlink()
    realm.publish(now=NOW + 10)
    realm.sync(now=NOW + 10)
    complaint = the_one(realm)
    assert complaint.code is Ailment.AGREEMENT_ONE_SIDED
    assert complaint.params == {"agreement": AGREEMENT.id, "missing": SICHUAN}


def test_what_others_may_read(realm: Realm) -> None:
    (realm.home / "keys" / "good.pem").chmod(0o640)
    (realm.home / "ledger.db").chmod(0o604)
    realm.home.chmod(0o755)
    assert told(realm) == [Ailment.FOLDER_OPEN, Ailment.LEDGER_OPEN, Ailment.KEY_OPEN]


def test_a_key_that_cannot_be_looked_at_is_told_and_the_next_one_too(realm: Realm) -> None:
    (realm.home / "keys" / "folder.pem").mkdir()
    (realm.home / "keys" / "plain.pem").write_bytes(PLAIN)
    (realm.home / "keys" / "plain.pem").chmod(0o600)
    assert told(realm) == [Ailment.KEY_UNUSABLE, Ailment.KEY_PLAIN]


@pytest.mark.parametrize("content", [b"", b"\xff" * 100, write_private_key(KEY, PASSPHRASE)[:-40]])
def test_a_file_that_is_no_key(content: bytes, realm: Realm) -> None:
    (realm.home / "keys" / "good.pem").write_bytes(content)
    complaint = the_one(realm)
    assert (complaint.code, complaint.params) == (Ailment.KEY_UNUSABLE, {"path": str(realm.home / "keys" / "good.pem")})


def test_a_link_to_nowhere_and_a_pipe_are_no_keys(realm: Realm) -> None:
    (realm.home / "keys" / "gone.pem").symlink_to("nowhere.pem")
    os.mkfifo(realm.home / "keys" / "pipe.pem")
    assert told(realm) == [Ailment.KEY_UNUSABLE, Ailment.KEY_UNUSABLE]


# --- the ledger


def test_licences_that_were_reserved_and_never_signed(realm: Realm) -> None:
    with closing(ledger_of(realm)) as ledger:
        ledger.reserve([Reservation("b", "1.2.156.B", b"{}"), Reservation("c", "1.2.156.C", b"{}")])
    complaint = the_one(realm)
    assert (complaint.code, complaint.params) == (Ailment.LEDGER_UNFINISHED, {"count": 2})


def test_statuses_that_counters_do_not_know_of(realm: Realm) -> None:
    with closing(ledger_of(realm)) as ledger:
        ledger.set_status(["1.2.156.A"], StatusEvent(CanonicalStatus.SUSPENDED, int(NOW), "inquiry"))
        (found,) = ledger.lists(series_of(SICHUAN, CREDIT_CODE))
    complaint = the_one(realm)
    assert (complaint.code, complaint.params) == (Ailment.STATUS_UNPUBLISHED, {"count": 1})
    (index,) = found.statuses
    assert index < 2**20
    with closing(ledger_of(realm)) as ledger:
        ledger.set_status(["1.2.156.A"], StatusEvent(CanonicalStatus.VALID, int(NOW), "cleared"))
    assert told(realm) == []


def test_a_list_on_which_was_issued_and_that_nobody_published(realm: Realm) -> None:
    spoilt(realm, "UPDATE status_list SET number = 2")
    complaint = the_one(realm)
    assert (complaint.code, complaint.severity) == (Ailment.LIST_UNPUBLISHED, Severity.ERROR)
    assert complaint.params == {"issuer": CREDIT_CODE, "file": f"{CREDIT_CODE}-2.jwt"}
    _, mend = Words("en").ailment(complaint.code, complaint.params)
    assert mend.startswith(f"certx status publish --issuer {CREDIT_CODE} ")


def test_a_list_that_was_only_reserved_on_is_not_missed(tmp_path: Path) -> None:
    realm = Realm.founded(tmp_path / "realm")
    realm.sync()
    realm.home.chmod(0o700)
    with closing(ledger_of(realm)) as ledger:
        ledger.reserve([Reservation("a", "1.2.156.A", b"{}", series_of(SICHUAN, CREDIT_CODE))])
    assert told(realm) == [Ailment.LIST_MISSING, Ailment.LEDGER_UNFINISHED]


@pytest.mark.parametrize("way", ["cut", "no database", "garbage inside"])
def test_a_damaged_ledger(way: str, realm: Realm) -> None:
    path = realm.home / "ledger.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = path.read_bytes()
    match way:
        case "cut":
            path.write_bytes(data[: len(data) // 2])
        case "no database":
            path.write_bytes(b"not a database at all " * 100)
        case _:
            path.write_bytes(data[:4096] + b"\xff" * (len(data) - 4096))
    complaint = the_one(realm)
    assert (complaint.code, complaint.params["path"]) == (Ailment.LEDGER_DAMAGED, str(path))


def test_a_ledger_of_a_later_certx(realm: Realm) -> None:
    with closing(sqlite3.connect(realm.home / "ledger.db")) as database:
        database.execute("PRAGMA user_version = 99")
    complaint = the_one(realm)
    assert (complaint.code, complaint.params["found"]) == (Ailment.LEDGER_FORMAT, 99)
    with closing(sqlite3.connect(realm.home / "ledger.db")) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (99,)


def test_a_ledger_of_an_earlier_format_is_left_as_it_is(realm: Realm) -> None:
    path = realm.home / "ledger.db"
    path.unlink()
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE licence (state TEXT)")
        database.execute("INSERT INTO licence VALUES ('issued')")
        database.execute("CREATE TABLE setting (name TEXT, value BLOB)")
        database.execute("INSERT INTO setting VALUES ('row-key-secret', x'00')")
        database.execute("PRAGMA user_version = 1")
        database.commit()
    path.chmod(0o600)
    assert told(realm) == []
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (1,)


def test_an_empty_file_is_told_and_no_tables_are_made_in_it(realm: Realm) -> None:
    path = realm.home / "ledger.db"
    for beside in realm.home.glob("ledger.db*"):
        beside.write_bytes(b"")
    assert the_one(realm).code is Ailment.LEDGER_EMPTY
    assert path.read_bytes() == b""


def test_a_database_without_tables_is_as_empty(realm: Realm) -> None:
    remade(realm, "PRAGMA user_version = 0", "CREATE TABLE t (x)", "DROP TABLE t")
    assert the_one(realm).code is Ailment.LEDGER_EMPTY


def remade(realm: Realm, *statements: str) -> None:
    """A database of other statements in the place of the ledger."""
    path = realm.home / "ledger.db"
    path.unlink()
    spoilt(realm, *statements)
    path.chmod(0o600)


def spoilt(realm: Realm, *statements: str) -> None:
    with closing(sqlite3.connect(realm.home / "ledger.db")) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()


LIKE_FORMAT_1: Final = (
    "CREATE TABLE licence (state)",
    "CREATE TABLE setting (name, value)",
    "INSERT INTO setting VALUES ('row-key-secret', x'00')",
)


@pytest.mark.parametrize(
    "statements",
    [
        ("PRAGMA user_version = 4", "CREATE TABLE x (y)"),
        ("CREATE TABLE x (y)",),
        ("PRAGMA user_version = -1", *LIKE_FORMAT_1),
        ("PRAGMA user_version = 0", *LIKE_FORMAT_1),
        ("PRAGMA user_version = 1", "CREATE TABLE licence (state)"),
    ],
    ids=[
        "of ours, without its tables",
        "of somebody else",
        "of no format",
        "whose format is lost",
        "without its secret",
    ],
)
def test_a_database_that_is_no_ledger_is_damaged(statements: tuple[str, ...], realm: Realm) -> None:
    remade(realm, *statements)
    assert the_one(realm).code is Ailment.LEDGER_DAMAGED


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE status_list SET series = x'ff00'", "UPDATE status_list SET number = 'one'",
        "UPDATE licence SET status = x'ff', list_index = 1", "UPDATE licence SET status = CAST(x'ff' AS TEXT)",
        "UPDATE licence SET status = 'gone'", "UPDATE licence SET list_index = 0.5, status = 'suspended'",
        "UPDATE licence SET list_index = NULL, status = 'suspended'", "UPDATE setting SET value = 5",
        "DELETE FROM setting", "DROP TABLE status_change",
    ],
)  # fmt: skip
def test_values_of_any_type_in_the_ledger_are_damage(statement: str, realm: Realm) -> None:
    with closing(ledger_of(realm)) as ledger:
        ledger.set_status(["1.2.156.A"], StatusEvent(CanonicalStatus.SUSPENDED, int(NOW), "inquiry"))
    spoilt(realm, statement)
    complaint, *_ = look(realm).findings
    assert complaint.code is Ailment.LEDGER_DAMAGED
    assert complaint.params["detail"]


def test_a_series_of_another_form_has_no_list(realm: Realm) -> None:
    with closing(ledger_of(realm)) as ledger:
        ledger.set_status(["1.2.156.A"], StatusEvent(CanonicalStatus.SUSPENDED, int(NOW), "inquiry"))
    spoilt(realm, "UPDATE status_list SET series = '../..', number = 9223372036854775807")
    assert told(realm) == [Ailment.STATUS_UNPUBLISHED]
