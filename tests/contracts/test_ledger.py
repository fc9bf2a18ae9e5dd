"""What every ledger must do, whatever it is made of."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from certx.errors import EnvironmentFailureError, UsageError
from certx.ledger import Entry, EntryState, Ledger, Reservation
from certx.ledger import sqlite as sqlite_ledger
from certx.ledger.sqlite import SqliteLedger

Open = Callable[[], Ledger]
ROW = Reservation(
    "identity-card:11510100MB9X0A012X:510104188801010013",
    "1.2.156.A",
    b'{"name":"\xe5\xbc\xa0\xe7\xa4\xba\xe4\xbe\x8b"}',
)
OTHER = Reservation("identity-card:11510100MB9X0A012X:500103188801010023", "1.2.156.B", b'{"name":"Wang Xugou"}')
DIGEST = bytes(range(32))

HOLD = """
import sys
from pathlib import Path
from certx.ledger.sqlite import SqliteLedger
with SqliteLedger(Path(sys.argv[1])).exclusive():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(params=["sqlite"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens the same ledger anew, as another process would; all are closed in the end."""
    monkeypatch.setattr(sqlite_ledger, "_BUSY_SECONDS", 0.2)
    makers: dict[str, Open] = {"sqlite": lambda: SqliteLedger(tmp_path / "home" / "ledger.db")}
    opened: list[Ledger] = []

    def make() -> Ledger:
        opened.append(makers[request.param]())
        return opened[-1]

    yield make
    for ledger in opened:
        ledger.close()


@pytest.fixture
def ledger(reopen: Open) -> Ledger:
    return reopen()


def issued(entry: Entry, digest: bytes = DIGEST) -> Entry:
    return entry._replace(state=EntryState.ISSUED, content=ROW.content, digest=digest, issued_at=1_780_000_000)


def test_a_new_row_gets_the_identifier_that_it_proposes(ledger: Ledger) -> None:
    assert ledger.reserve([ROW]) == [Entry(ROW.row_key, ROW.licence_id, EntryState.RESERVED)]


def test_a_row_that_was_reserved_keeps_its_identifier(ledger: Ledger) -> None:
    ledger.reserve([ROW])
    again = ledger.reserve([ROW._replace(licence_id="1.2.156.Z")])
    assert again == [Entry(ROW.row_key, ROW.licence_id, EntryState.RESERVED, is_new=False)]


def test_entries_come_in_the_order_of_their_rows(ledger: Ledger) -> None:
    ledger.reserve([OTHER])
    entries = ledger.reserve([ROW, OTHER])
    assert [(entry.licence_id, entry.is_new) for entry in entries] == [("1.2.156.A", True), ("1.2.156.B", False)]
    assert ledger.reserve([]) == []


def test_a_row_that_was_issued_is_known_with_its_digest(ledger: Ledger) -> None:
    ledger.commit([issued(entry) for entry in ledger.reserve([ROW])])
    assert ledger.reserve([ROW._replace(licence_id="1.2.156.Z")]) == [
        Entry(ROW.row_key, ROW.licence_id, EntryState.ISSUED, digest=DIGEST, issued_at=1_780_000_000, is_new=False)
    ]


def test_committing_twice_changes_nothing(ledger: Ledger) -> None:
    entries = [issued(entry) for entry in ledger.reserve([ROW])]
    ledger.commit(entries)
    before = ledger.reserve([ROW])
    ledger.commit(entries)
    ledger.commit([])
    assert ledger.reserve([ROW]) == before


def test_an_issued_row_whose_content_changed_is_told_so_every_time(ledger: Ledger) -> None:
    ledger.commit([issued(entry) for entry in ledger.reserve([ROW])])
    for _ in range(2):
        entry = ledger.reserve([ROW._replace(content=b"{}")])[0]
        assert (entry.state, entry.is_same, entry.licence_id) == (EntryState.ISSUED, False, ROW.licence_id)
    assert ledger.reserve([ROW])[0].is_same


def test_a_reserved_row_that_was_mended_is_the_same_once_it_was_issued(ledger: Ledger) -> None:
    ledger.reserve([ROW])
    mended = ROW._replace(content=b"{}")
    assert ledger.reserve([mended])[0].is_same is False
    entry = ledger.reserve([mended])[0]
    assert entry.is_same is False
    ledger.commit([entry._replace(state=EntryState.ISSUED, content=mended.content, digest=bytes(32), issued_at=1)])
    assert ledger.reserve([mended])[0].is_same is True
    assert ledger.reserve([ROW])[0].is_same is False


def test_an_identifier_of_another_row_is_refused_and_nothing_is_reserved(ledger: Ledger) -> None:
    ledger.reserve([ROW])
    third = Reservation("third", "1.2.156.C", b"{}")
    with pytest.raises(UsageError) as caught:
        ledger.reserve([third, OTHER._replace(licence_id=ROW.licence_id)])
    assert caught.value.code == "identifier-taken"
    assert caught.value.params == {"licence_id": ROW.licence_id}
    assert ledger.reserve([third])[0].is_new


def test_two_rows_of_one_call_do_not_share_an_identifier(ledger: Ledger) -> None:
    with pytest.raises(UsageError):
        ledger.reserve([ROW, OTHER._replace(licence_id=ROW.licence_id)])
    assert ledger.reserve([ROW, OTHER])[1].is_new


def test_the_same_row_twice_in_one_call_is_one_reservation(ledger: Ledger) -> None:
    first, second = ledger.reserve([ROW, ROW._replace(licence_id="1.2.156.Z")])
    assert (first.licence_id, second.licence_id, second.is_new) == (ROW.licence_id, ROW.licence_id, False)


def test_a_crash_between_reserving_and_committing_loses_nothing(reopen: Open) -> None:
    reopen().reserve([ROW, OTHER])
    after = reopen()
    entries = after.reserve([ROW._replace(licence_id="1.2.156.Y"), OTHER._replace(licence_id="1.2.156.Z")])
    assert [(entry.licence_id, entry.state, entry.is_new, entry.is_same) for entry in entries] == [
        ("1.2.156.A", EntryState.RESERVED, False, True),
        ("1.2.156.B", EntryState.RESERVED, False, True),
    ]


def test_a_commit_is_there_for_the_next_process(reopen: Open) -> None:
    first = reopen()
    first.commit([issued(entry) for entry in first.reserve([ROW])])
    first.close()
    assert reopen().reserve([ROW])[0].state is EntryState.ISSUED


def test_two_open_ledgers_see_one_another(reopen: Open) -> None:
    first, second = reopen(), reopen()
    first.reserve([ROW])
    assert not second.reserve([ROW])[0].is_new
    second.commit([issued(entry) for entry in second.reserve([OTHER])])
    assert first.reserve([OTHER])[0].state is EntryState.ISSUED


def test_a_commit_that_fails_changes_nothing(ledger: Ledger) -> None:
    entries = ledger.reserve([ROW, OTHER])
    with pytest.raises(EnvironmentFailureError):
        ledger.commit([issued(entry) for entry in entries])  # one digest cannot be that of two licences
    assert [entry.state for entry in ledger.reserve([ROW, OTHER])] == [EntryState.RESERVED, EntryState.RESERVED]


def test_the_exclusive_block_keeps_a_second_job_out_and_lets_it_in_afterwards(reopen: Open) -> None:
    first, second = reopen(), reopen()
    with first.exclusive(), pytest.raises(EnvironmentFailureError) as caught, second.exclusive():
        pytest.fail("two jobs at once")
    assert caught.value.code == "ledger-busy"
    with second.exclusive():
        assert second.reserve([ROW])[0].is_new


def test_the_exclusive_block_ends_with_an_error_in_it(reopen: Open) -> None:
    first, second = reopen(), reopen()
    with pytest.raises(KeyError), first.exclusive():
        raise KeyError
    with second.exclusive():
        pass


def test_work_goes_on_inside_the_exclusive_block(ledger: Ledger) -> None:
    with ledger.exclusive():
        ledger.commit([issued(entry) for entry in ledger.reserve([ROW])])
        assert ledger.reserve([ROW])[0].state is EntryState.ISSUED


def test_another_process_is_kept_out_until_it_is_killed(reopen: Open, tmp_path: Path) -> None:
    here = reopen()
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "home" / "ledger.db")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(EnvironmentFailureError), here.exclusive():
            pytest.fail("two jobs at once")
        other.kill()
        other.wait()
        with here.exclusive():
            assert here.reserve([ROW])[0].is_new


def test_nothing_personal_is_written(reopen: Open, tmp_path: Path) -> None:
    ledger = reopen()
    ledger.commit([issued(entry) for entry in ledger.reserve([ROW])])
    ledger.reserve([OTHER])
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    ledger.close()
    written += b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert ROW.licence_id.encode() in written, "the identifier is there, or the test looks in the wrong place"
    for secret in ("510104188801010013", "500103188801010023", "张示例", "Wang Xugou"):
        assert secret.encode() not in written


# SQLite alone


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "ledger.db"
    with closing(SqliteLedger(path)) as ledger:
        ledger.reserve([ROW])
        for file in path.parent.iterdir():
            assert file.stat().st_mode & 0o077 == 0, file
    assert path.parent.stat().st_mode & 0o077 == 0


def test_the_same_row_is_hidden_differently_in_every_ledger(tmp_path: Path) -> None:
    macs = []
    for name in ("a.db", "b.db"):
        with closing(SqliteLedger(tmp_path / name)) as ledger:
            macs.append(ledger._mac(ROW.row_key.encode()))
    assert macs[0] != macs[1]


@pytest.mark.parametrize(
    "content", [b"not a database, but a text of some length" * 40, b"SQLite format 3\x00" + b"\xff" * 4096]
)
def test_a_file_that_is_no_ledger_is_an_environment_failure(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(content)
    with pytest.raises(EnvironmentFailureError) as caught:
        SqliteLedger(path)
    assert caught.value.code == "ledger-failed"


def test_a_ledger_of_a_later_format_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with closing(SqliteLedger(path)) as ledger:
        ledger._database.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(EnvironmentFailureError) as caught:
        SqliteLedger(path)
    assert caught.value.params["found"] == 99
    assert path.read_bytes() == before


def test_a_lock_file_that_is_damaged_is_an_environment_failure(tmp_path: Path) -> None:
    (tmp_path / "ledger.db-job").write_bytes(b"not a database, but a text of some length" * 40)
    with pytest.raises(EnvironmentFailureError):
        SqliteLedger(tmp_path / "ledger.db")


def test_a_folder_that_cannot_be_made_is_an_environment_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(EnvironmentFailureError):
        SqliteLedger(tmp_path / "file" / "ledger.db")
