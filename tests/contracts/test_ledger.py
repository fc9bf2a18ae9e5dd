"""What every ledger must do, whatever it is made of."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from hashlib import blake2b
from pathlib import Path

import pytest

from certx.errors import EnvironmentFailureError, Exit, UsageError
from certx.ledger import (
    LIST_CAPACITY,
    Chunk,
    Entry,
    EntryState,
    KeyUse,
    Ledger,
    LogPlace,
    Refusal,
    Reservation,
    SigningKey,
    Standing,
    StatusChange,
    StatusesOfList,
    StatusEvent,
    protocol,
    version_key,
)
from certx.ledger import sqlite as sqlite_ledger
from certx.ledger.sqlite import SqliteLedger
from certx.licence.status import CanonicalStatus
from postgres_ledger import everything_in

Open = Callable[[], Ledger]
ROW = Reservation(
    "identity-card:11510100MB9X0A012X:510104188801010013",
    "1.2.156.A",
    b'{"name":"\xe5\xbc\xa0\xe7\xa4\xba\xe4\xbe\x8b"}',
)
OTHER = Reservation("identity-card:11510100MB9X0A012X:500103188801010023", "1.2.156.B", b'{"name":"Wang Xugou"}')
DIGEST = bytes(range(32))
SIGNER = SigningKey("11510100MB9X0A012X", "first-key")

OPEN = """
import sys
from pathlib import Path
from certx.ledger import Reservation
def opened(place):
    if place.startswith("postgresql:"):
        from certx.ledger.postgres import PostgresLedger
        return PostgresLedger(place)
    from certx.ledger.sqlite import SqliteLedger
    return SqliteLedger(Path(place))
"""
HOLD = f"""{OPEN}
with opened(sys.argv[1]).exclusive():
    print("held", flush=True)
    sys.stdin.read()
"""


WORK = f"""{OPEN}
ledger = opened(sys.argv[1])
with ledger.job("elsewhere") as job:
    ledger.reserve([Reservation("row 1", "1.2.156.W", b"{{}}", line=1)], job)
    print("held", flush=True)
    sys.stdin.read()
"""
BUSY_SECONDS = 0.2


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a ledger may be: no other test has been there."""
    if request.param == "postgres":
        url: str = request.getfixturevalue("postgres")
        return url
    return str(tmp_path / "home" / "ledger.db")


@pytest.fixture
def reopen(place: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens the same ledger anew, as another process would; all are closed in the end."""
    monkeypatch.setattr(sqlite_ledger, "_BUSY_SECONDS", BUSY_SECONDS)
    opened: list[Ledger] = []

    def make() -> Ledger:
        if place.startswith("postgresql:"):
            from certx.ledger.postgres import PostgresLedger  # noqa: PLC0415 - an extra

            opened.append(PostgresLedger(place, busy_seconds=BUSY_SECONDS))
        else:
            opened.append(SqliteLedger(Path(place)))
        return opened[-1]

    yield make
    for ledger in opened:
        ledger.close()


@pytest.fixture
def ledger(reopen: Open) -> Ledger:
    return reopen()


def issued(entry: Entry, digest: bytes = DIGEST) -> Entry:
    return entry._replace(state=EntryState.ISSUED, digest=digest, issued_at=1_780_000_000)


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
    ledger.commit([issued(entry) for entry in ledger.reserve([ROW])], SIGNER)
    assert ledger.reserve([ROW._replace(licence_id="1.2.156.Z")]) == [
        Entry(ROW.row_key, ROW.licence_id, EntryState.ISSUED, digest=DIGEST, issued_at=1_780_000_000, is_new=False)
    ]


def test_committing_twice_changes_nothing(ledger: Ledger) -> None:
    entries = [issued(entry) for entry in ledger.reserve([ROW])]
    ledger.commit(entries, SIGNER)
    before = ledger.reserve([ROW])
    ledger.commit(entries, SIGNER)
    ledger.commit([], SIGNER)
    assert ledger.reserve([ROW]) == before


ISSUER = SIGNER.issuer
NEXT_KEY = SigningKey(ISSUER, "second-key")
ELSEWHERE = SigningKey("91510100MA6000000X", "first-key")


def row_number(number: int) -> Reservation:
    return Reservation(f"row-{number}", f"1.2.156.{number}", b"{}")


def commit_rows(ledger: Ledger, numbers: range, key: SigningKey) -> list[bytes]:
    """Issue rows, each a second after the one before; their digests."""
    entries = ledger.reserve([row_number(number) for number in numbers])
    digests = [number.to_bytes(32, "big") for number in numbers]
    done = [issued(entry, digest) for entry, digest in zip(entries, digests, strict=True)]
    ledger.commit([e._replace(issued_at=100 + n) for e, n in zip(done, numbers, strict=True)], key)
    return digests


def test_the_log_has_what_was_issued_in_order_and_once(ledger: Ledger, reopen: Open) -> None:
    first = commit_rows(ledger, range(5), SIGNER)
    other = commit_rows(ledger, range(5, 7), ELSEWHERE)
    second = commit_rows(ledger, range(7, 9), NEXT_KEY)
    commit_rows(ledger, range(5), SIGNER)  # committed before
    mixed = commit_rows(ledger, range(3, 11), SIGNER)
    expected = [*first, *second, *mixed[6:]]  # 5 and 6 are in another issuer's
    ledger = reopen()
    assert ledger.log_size(ISSUER) == len(expected) == 9
    assert ledger.log(ISSUER, 0, 9) == b"".join(expected)
    assert ledger.log(ISSUER, 2, 4) == first[2] + first[3]
    assert ledger.log(ISSUER, 9, 99) == b""
    assert ledger.log(ELSEWHERE.issuer, 0, 99) == b"".join(other)
    for index, digest in enumerate(expected):
        licence_id = f"1.2.156.{int.from_bytes(digest, 'big')}"
        kid = NEXT_KEY.kid if digest in second else SIGNER.kid
        assert ledger.log_place(licence_id) == LogPlace(ISSUER, index, digest, kid)
    assert ledger.log_place("1.2.156.6") == LogPlace(ELSEWHERE.issuer, 1, other[1], ELSEWHERE.kid)
    assert ledger.log_place("1.2.156.99") is None


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (4, 3, 2, 1, 0), (0, 2, 3), (3, 4), (2,)])
def test_rows_are_committed_in_whatever_order_they_come(order: tuple[int, ...], ledger: Ledger) -> None:
    with ledger.job("out") as job:
        entries = [
            entry for entry in ledger.reserve([row_number(n) for n in range(5)], job) if isinstance(entry, Entry)
        ]
        signed = [issued(entries[n], bytes([n]) * 32) for n in order]
        ledger.commit(signed, SIGNER, job=job, chunk=chunk_of("", 0))
        (number, _), *none = ledger.chunks("out")
    found = ledger.find([row_number(n) for n in range(5)])
    for n, entry in enumerate(found):
        assert isinstance(entry, Entry)
        assert entry.state is (EntryState.ISSUED if n in order else EntryState.RESERVED)
        if n in order:
            assert (entry.digest, entry.chunk, entry.nth) == (bytes([n]) * 32, number, order.index(n))
            place = LogPlace(ISSUER, order.index(n), bytes([n]) * 32, SIGNER.kid)
            assert ledger.log_place(entry.licence_id) == place
    assert ledger.log(ISSUER, 0, 9) == b"".join(bytes([n]) * 32 for n in order)
    assert not none


def test_a_chunk_of_new_rows_and_one_that_is_there_gets_what_each_would(ledger: Ledger) -> None:
    before = ledger.reserve([row_number(2)])
    entries = ledger.reserve([row_number(n) for n in range(5)])
    assert [entry.is_new for entry in entries if isinstance(entry, Entry)] == [True, True, False, True, True]
    assert [entry.licence_id for entry in before if isinstance(entry, Entry)] == ["1.2.156.2"]
    assert len(ledger.reserve([row_number(n) for n in range(5)])) == 5


def test_the_log_of_nobody_is_empty(ledger: Ledger) -> None:
    assert (ledger.log_size(ISSUER), ledger.log(ISSUER, 0, 9), ledger.uses(ISSUER)) == (0, b"", [])
    ledger.reserve([ROW])
    assert ledger.log_place(ROW.licence_id) is None
    assert ledger.log_size(ISSUER) == 0


def test_uses_count_the_live_licences_of_each_key(ledger: Ledger) -> None:
    commit_rows(ledger, range(5), SIGNER)
    commit_rows(ledger, range(5, 7), NEXT_KEY)
    commit_rows(ledger, range(7, 8), ELSEWHERE)
    assert ledger.uses(ISSUER) == [KeyUse("first-key", 5, 100, 104), KeyUse("second-key", 2, 105, 106)]
    ledger.set_status(["1.2.156.0"], StatusEvent(CanonicalStatus.CANCELLED, 200, "x"))
    ledger.set_status(["1.2.156.4"], StatusEvent(CanonicalStatus.SUSPENDED, 200, "x"))
    assert ledger.uses(ISSUER)[0] == KeyUse("first-key", 4, 101, 104)
    assert [ledger.live_since(SIGNER, at) for at in (0, 101, 104, 105)] == [4, 4, 1, 0]
    assert ledger.live_since(SigningKey(ISSUER, "no-key"), 0) == 0


def test_live_licences_are_counted_by_the_type_in_their_identifiers(ledger: Ledger) -> None:
    one, other = "11100000MB0143028R001", "11100000MB0143028R002"
    rows = [
        ROW._replace(row_key=f"row {number}", licence_id=f"1.2.156.3005.2.{code}.{ISSUER}.{number}.001.X")
        for number, code in enumerate((one, one, one, other, one))
    ]
    entries = ledger.reserve(rows)
    ledger.commit([issued(entry, bytes([number]) * 32) for number, entry in enumerate(entries[:4])], SIGNER)
    assert ledger.live_by_type() == {one: 3, other: 1}
    ledger.set_status([rows[0].licence_id], StatusEvent(CanonicalStatus.CANCELLED, 1_900_000_000, "x"))
    ledger.set_status([rows[1].licence_id], StatusEvent(CanonicalStatus.SUSPENDED, 1_900_000_000, "x"))
    assert ledger.live_by_type() == {one: 2, other: 1}


def test_an_issued_row_whose_content_changed_is_told_so_every_time(ledger: Ledger) -> None:
    ledger.commit([issued(entry) for entry in ledger.reserve([ROW])], SIGNER)
    for _ in range(2):
        entry = ledger.reserve([ROW._replace(content=b"{}")])[0]
        assert (entry.state, entry.is_same, entry.licence_id) == (EntryState.ISSUED, False, ROW.licence_id)
    assert ledger.reserve([ROW])[0].is_same


def test_a_reserved_row_that_was_mended_is_the_same_once_it_was_issued(ledger: Ledger) -> None:
    ledger.reserve([ROW])
    mended = ROW._replace(content=b"{}")
    assert ledger.reserve([mended])[0].is_same is False
    entry = ledger.reserve([mended])[0]
    assert entry.is_same is True, "what an unfinished row says is taken from the row"
    ledger.commit([entry._replace(state=EntryState.ISSUED, digest=bytes(32), issued_at=1)], SIGNER)
    assert ledger.reserve([mended])[0].is_same is True
    assert ledger.reserve([ROW])[0].is_same is False


def test_an_identifier_of_another_row_is_refused_and_nothing_is_reserved(ledger: Ledger) -> None:
    ledger.reserve([ROW])
    third = Reservation("third", "1.2.156.C", b"{}")
    entry, refused = ledger.reserve([third, OTHER._replace(licence_id=ROW.licence_id)])
    assert isinstance(entry, Entry)
    assert refused == Refusal("identifier-taken", {"licence_id": ROW.licence_id})
    assert ledger.find([OTHER]) == [None]


def test_two_rows_of_one_call_do_not_share_an_identifier(ledger: Ledger) -> None:
    assert isinstance(ledger.reserve([ROW, OTHER._replace(licence_id=ROW.licence_id)])[1], Refusal)
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
    first.commit([issued(entry) for entry in first.reserve([ROW])], SIGNER)
    first.close()
    assert reopen().reserve([ROW])[0].state is EntryState.ISSUED


def test_two_open_ledgers_see_one_another(reopen: Open) -> None:
    first, second = reopen(), reopen()
    first.reserve([ROW])
    assert not second.reserve([ROW])[0].is_new
    second.commit([issued(entry) for entry in second.reserve([OTHER])], SIGNER)
    assert first.reserve([OTHER])[0].state is EntryState.ISSUED


def test_a_commit_of_what_another_job_holds_changes_nothing(ledger: Ledger) -> None:
    with ledger.job("out") as first, ledger.job("other") as second:
        entries = ledger.reserve([ROW], first) + ledger.reserve([OTHER], second)
        with pytest.raises(UsageError) as caught:
            ledger.commit([issued(entry, bytes([n]) * 32) for n, entry in enumerate(entries)], SIGNER, job=first)
    assert caught.value.code == "row-taken-over"
    assert [entry.state for entry in ledger.reserve([ROW, OTHER])] == [EntryState.RESERVED, EntryState.RESERVED]
    assert ledger.log_size(ISSUER) == 0


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
        ledger.commit([issued(entry) for entry in ledger.reserve([ROW])], SIGNER)
        assert ledger.reserve([ROW])[0].state is EntryState.ISSUED


def test_another_process_is_kept_out_until_it_is_killed(reopen: Open, place: str) -> None:
    here = reopen()
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, place],
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


def test_nothing_personal_is_written(reopen: Open, place: str) -> None:
    ledger = reopen()
    ledger.commit([issued(entry) for entry in ledger.reserve([ROW])], SIGNER)
    ledger.reserve([OTHER])
    written = everything_at(place)
    ledger.close()
    written += everything_at(place)
    assert ROW.licence_id.encode() in written, "the identifier is there, or the test looks in the wrong place"
    for secret in ("510104188801010013", "500103188801010023", "张示例", "Wang Xugou"):
        assert secret.encode() not in written


def everything_at(place: str) -> bytes:
    if place.startswith("postgresql:"):
        return everything_in(place)
    return b"".join(path.read_bytes() for path in Path(place).parent.rglob("*") if path.is_file())


# Status lists

SERIES = "510000:11510100MB9X0A012X"
LISTED = ROW._replace(series=SERIES)
VALID, SUSPENDED, REVOKED = CanonicalStatus.VALID, CanonicalStatus.SUSPENDED, CanonicalStatus.REVOKED_PENALTY
ENDS = [status for status in CanonicalStatus if status not in {VALID, SUSPENDED, CanonicalStatus.OTHER}]


def many(count: int, series: str | None = SERIES) -> list[Reservation]:
    return [Reservation(f"row {number}", f"1.2.156.{number}", b"{}", series) for number in range(count)]


def issue_all(ledger: Ledger, rows: list[Reservation]) -> list[Entry]:
    entries = ledger.reserve(rows)
    done = [
        entry._replace(state=EntryState.ISSUED, digest=number.to_bytes(32, "big"), issued_at=1)
        for number, entry in enumerate(entries)
    ]
    ledger.commit(done, SIGNER)
    return entries


def event(status: CanonicalStatus, at: int = 1_780_000_000, why: str = "decision 8") -> StatusEvent:
    return StatusEvent(status, at, why)


def test_a_row_that_wants_a_place_gets_one_and_keeps_it(reopen: Open) -> None:
    place = reopen().reserve([LISTED])[0].place
    assert place is not None
    assert (place.series, place.number) == (SERIES, 1)
    assert 0 <= place.idx < LIST_CAPACITY
    for row in (LISTED, LISTED._replace(licence_id="1.2.156.Z", content=b"{}"), ROW):
        assert reopen().reserve([row])[0].place == place
        assert reopen().find([row]) == [reopen().reserve([row])[0]]


def test_a_place_outlives_the_issue(ledger: Ledger) -> None:
    entry = ledger.reserve([LISTED])[0]
    ledger.commit([issued(entry)], SIGNER)
    assert ledger.reserve([LISTED])[0].place == entry.place


def test_a_row_that_wants_no_place_gets_none(ledger: Ledger) -> None:
    assert ledger.reserve([ROW])[0].place is None
    assert ledger.lists(SERIES) == []


def test_looking_a_row_up_gives_no_place(ledger: Ledger) -> None:
    assert ledger.find([LISTED]) == [None]
    ledger.reserve([ROW])
    found = ledger.find([LISTED])[0]
    assert found is not None
    assert found.place is None


def test_a_row_reserved_without_a_place_gets_one_if_it_is_signed_with_one(ledger: Ledger) -> None:
    ledger.reserve([ROW])
    entry = ledger.reserve([LISTED])[0]
    assert entry.place is not None
    assert not entry.is_new
    assert ledger.reserve([LISTED])[0].place == entry.place


def test_a_licence_issued_without_a_place_gets_none_later(ledger: Ledger) -> None:
    """What was signed names none, so nobody would ever look there."""
    ledger.commit([issued(entry) for entry in ledger.reserve([ROW])], SIGNER)
    assert ledger.reserve([LISTED])[0].place is None


def test_no_place_is_given_twice(reopen: Open) -> None:
    ledgers = [reopen(), reopen()]
    places = []
    for start in range(0, 3_000, 100):
        places += [entry.place for entry in ledgers[start // 100 % 2].reserve(many(3_000)[start : start + 100])]
    assert None not in places
    assert len(set(places)) == 3_000


def test_places_are_spread_at_random_over_the_list(ledger: Ledger) -> None:
    found = [entry.place.idx for entry in ledger.reserve(many(1_000)) if entry.place is not None]
    assert min(found) < LIST_CAPACITY // 20
    assert max(found) > LIST_CAPACITY // 20 * 19
    assert found != sorted(found)
    halves = sum(index < LIST_CAPACITY // 2 for index in found)
    assert 400 < halves < 600


def test_a_list_that_is_half_given_out_is_followed_by_the_next(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "LIST_CAPACITY", 8)
    monkeypatch.setattr(protocol, "LATER_CAPACITY", 16)
    places = [entry.place for entry in ledger.reserve(many(14))]
    assert [place and place.number for place in places] == [1] * 4 + [2] * 8 + [3] * 2
    assert len(set(places)) == 14
    assert all(place is not None and 0 <= place.idx < (8 if place.number == 1 else 16) for place in places)
    assert [(found.number, found.size) for found in ledger.lists(SERIES)] == [(1, 8), (2, 16), (3, 16)]


def test_each_series_has_lists_of_its_own(ledger: Ledger) -> None:
    other = "510000:11510100MB9X0A039M"
    first, second = ledger.reserve([LISTED, OTHER._replace(series=other)])
    assert [first.place and first.place[:2], second.place and second.place[:2]] == [(SERIES, 1), (other, 1)]
    assert ledger.lists("510000") == []


def test_a_row_that_is_refused_takes_no_place(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "LIST_CAPACITY", 12)  # of which six are given out
    ledger.reserve([LISTED])
    entries = ledger.reserve([OTHER._replace(licence_id=LISTED.licence_id, series=SERIES), *many(5)])
    assert isinstance(entries[0], Refusal)
    assert [e.place and e.place.number for e in entries[1:] if isinstance(e, Entry)] == [1] * 5


@pytest.mark.parametrize("end", [SUSPENDED, *ENDS])
def test_a_status_is_on_the_list_and_in_the_history(end: CanonicalStatus, reopen: Open) -> None:
    ledger = reopen()
    entries = issue_all(ledger, many(3))
    assert ledger.set_status(["1.2.156.1"], event(end)) == StatusChange(1, 0)
    ledger.close()
    ledger = reopen()
    assert entries[1].place is not None
    assert ledger.lists(SERIES) == [StatusesOfList(1, {entries[1].place.idx: end})]
    assert ledger.history("1.2.156.1") == [event(end)]
    assert ledger.history("1.2.156.0") == []


def test_a_suspended_licence_comes_back(ledger: Ledger) -> None:
    issue_all(ledger, many(1))
    steps = [event(SUSPENDED, 5, "查处中"), event(VALID, 6, "settled"), event(SUSPENDED, 7, "again"), event(REVOKED, 8)]
    for step in steps:
        ledger.set_status(["1.2.156.0"], step)
    assert ledger.history("1.2.156.0") == steps


def test_the_list_says_when_a_reinstatement_was_noted_last(ledger: Ledger) -> None:
    (entry,) = issue_all(ledger, many(1))
    assert entry.place is not None
    for noted in (20, 30):
        ledger.set_status(["1.2.156.0"], event(SUSPENDED, 5), noted=noted)
        ledger.set_status(["1.2.156.0"], event(VALID, 5), noted=noted + 1)
    assert ledger.lists(SERIES) == [StatusesOfList(1, {}, {entry.place.idx: 31})]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("wanted", [VALID, SUSPENDED, *ENDS])
def test_an_end_is_an_end(end: CanonicalStatus, wanted: CanonicalStatus, ledger: Ledger) -> None:
    issue_all(ledger, many(1))
    ledger.set_status(["1.2.156.0"], event(end))
    if wanted is end:
        assert ledger.set_status(["1.2.156.0"], event(wanted)) == StatusChange(0, 0, 1)
        return
    with pytest.raises(UsageError) as caught:
        ledger.set_status(["1.2.156.0"], event(wanted))
    assert caught.value.code == "status-fixed"
    assert caught.value.params == {"licence_id": "1.2.156.0", "status": end, "wanted": wanted}
    assert ledger.history("1.2.156.0") == [event(end)]


@pytest.mark.parametrize("status", [VALID, SUSPENDED])
def test_a_status_that_a_licence_has_is_not_set_again(status: CanonicalStatus, ledger: Ledger) -> None:
    issue_all(ledger, many(1))
    if status is SUSPENDED:
        ledger.set_status(["1.2.156.0"], event(SUSPENDED))
    before = ledger.history("1.2.156.0")
    assert ledger.set_status(["1.2.156.0"], event(status)) == StatusChange(0, 0, 1)
    assert ledger.history("1.2.156.0") == before


def test_nothing_becomes_of_a_licence_before_what_became_of_it_last(ledger: Ledger) -> None:
    issue_all(ledger, many(1))
    ledger.set_status(["1.2.156.0"], event(SUSPENDED, 7))
    with pytest.raises(UsageError) as caught:
        ledger.set_status(["1.2.156.0"], event(VALID, 6))
    assert (caught.value.code, caught.value.params["at"]) == ("status-before-last", 7)
    ledger.set_status(["1.2.156.0"], event(VALID, 7))


def test_nothing_becomes_of_a_licence_before_its_issue(ledger: Ledger) -> None:
    entries = [e for e in ledger.reserve(many(2)) if isinstance(e, Entry)]
    done = [e._replace(digest=bytes([n]) * 32, issued_at=100 + n) for n, e in enumerate(entries)]
    ledger.commit(done, SIGNER)
    with pytest.raises(UsageError) as caught:
        ledger.set_status(["1.2.156.0", "1.2.156.1"], event(REVOKED, 100))
    assert caught.value.code == "status-before-issue"
    assert caught.value.params == {"licence_id": "1.2.156.1", "at": 101}
    assert ledger.history("1.2.156.0") == []
    assert ledger.set_status(["1.2.156.0", "1.2.156.1"], event(REVOKED, 101)).changed == 2


def test_what_was_signed_again_may_have_ended_before_that(ledger: Ledger) -> None:
    """The time of its first issue is not kept."""
    (entry,) = issue_all(ledger, many(1))
    again = entry._replace(is_again=True, digest=b"again" * 6 + b"..", issued_at=100)
    ledger.reserve(many(1), 0)
    ledger.commit([again], SIGNER)
    standing = ledger.standing("1.2.156.0")
    assert standing is not None
    assert standing.issued_at == 100
    assert ledger.set_status(["1.2.156.0"], event(REVOKED, 50)).changed == 1


@pytest.mark.parametrize("bad", ["1.2.156.99", "1.2.156.2", ""])
def test_one_licence_that_cannot_be_set_keeps_all_as_they_are(bad: str, ledger: Ledger) -> None:
    issue_all(ledger, many(2))
    ledger.reserve(many(3))  # the third is reserved and not issued
    with pytest.raises(UsageError) as caught:
        ledger.set_status(["1.2.156.0", bad, "1.2.156.77", "1.2.156.1"], event(REVOKED))
    assert (caught.value.code, caught.value.params) == ("licence-unknown", {"licence_id": bad})
    assert ledger.lists(SERIES) == [StatusesOfList(1, {})]
    assert ledger.history("1.2.156.0") == []
    assert ledger.set_status(["1.2.156.0", "1.2.156.1"], event(REVOKED)).changed == 2


def test_a_licence_named_twice_is_set_once(ledger: Ledger) -> None:
    issue_all(ledger, many(1))
    assert ledger.set_status(["1.2.156.0", "1.2.156.0"], event(SUSPENDED)) == StatusChange(1, 0)
    assert len(ledger.history("1.2.156.0")) == 1


def test_licences_that_are_on_no_list_are_counted(ledger: Ledger) -> None:
    issue_all(ledger, [*many(2), *[row._replace(series=None) for row in many(5)[2:]]])
    ids = [row.licence_id for row in many(5)]
    assert ledger.set_status(ids, event(REVOKED)) == StatusChange(5, 3)
    assert [len(found.statuses) for found in ledger.lists(SERIES)] == [2]


def test_nothing_to_set_changes_nothing(ledger: Ledger) -> None:
    assert ledger.set_status([], event(REVOKED)) == StatusChange(0, 0)


def test_a_status_is_set_while_another_job_is_issuing(reopen: Open) -> None:
    first = reopen()
    issue_all(first, many(1))
    with first.exclusive():
        second = reopen()
        assert second.set_status(["1.2.156.0"], event(REVOKED)).changed == 1
        assert len(second.lists(SERIES)[0].statuses) == 1


# Versions

FIRST = many(1)[0]
NEXT = FIRST._replace(licence_id="1.2.156.next", content=b"{2}", supersedes=FIRST.licence_id)
MOVED_IN = Reservation("row of another region", "1.2.156.moved", b"{}", SERIES, "1.2.156.elsewhere")


def commit(ledger: Ledger, entry: Entry | Refusal, at: int = 9) -> Entry:
    assert isinstance(entry, Entry)
    digest = blake2b(entry.licence_id.encode(), digest_size=32).digest()
    done = entry._replace(state=EntryState.ISSUED, digest=digest, issued_at=at)
    ledger.commit([done], SIGNER)
    return done


def refusal(found: object) -> tuple[str, dict[str, object]]:
    assert isinstance(found, Refusal)
    return found.code, dict(found.params)


def test_a_new_version_has_a_key_an_identifier_and_a_place_of_its_own(reopen: Open) -> None:
    ledger = reopen()
    first = issue_all(ledger, [FIRST])[0]
    entry = ledger.reserve([NEXT])[0]
    assert isinstance(entry, Entry)
    assert (entry.row_key, entry.licence_id) == (version_key(FIRST.row_key, FIRST.licence_id), NEXT.licence_id)
    assert entry.place not in {None, first.place}
    assert (entry.is_new, entry.supersedes) == (True, FIRST.licence_id)
    assert reopen().reserve([NEXT._replace(licence_id="1.2.156.Z")]) == [entry._replace(is_new=False)]
    assert ledger.find([FIRST])[0] == first._replace(
        state=EntryState.ISSUED, digest=bytes(32), issued_at=1, is_new=False
    )


def test_the_old_version_is_superseded_when_the_new_one_is_issued_and_not_before(reopen: Open) -> None:
    ledger = reopen()
    first = issue_all(ledger, [FIRST])[0]
    entry = ledger.reserve([NEXT])[0]
    assert ledger.standing(FIRST.licence_id) == Standing(FIRST.licence_id, 1, VALID, first.place, None, None)
    assert ledger.standing(NEXT.licence_id) is None
    commit(ledger, entry, at=9)
    ledger = reopen()
    old, new = ledger.standing(FIRST.licence_id), ledger.standing(NEXT.licence_id)
    assert old == Standing(FIRST.licence_id, 1, CanonicalStatus.SUPERSEDED, first.place, None, NEXT.licence_id)
    assert new is not None
    assert (new.issued_at, new.status, new.predecessor, new.successor) == (9, VALID, FIRST.licence_id, None)
    assert ledger.history(FIRST.licence_id) == [StatusEvent(CanonicalStatus.SUPERSEDED, 9, NEXT.licence_id)]
    assert first.place is not None
    assert ledger.lists(SERIES) == [StatusesOfList(1, {first.place.idx: CanonicalStatus.SUPERSEDED})]


def test_telling_the_ledger_twice_supersedes_once(ledger: Ledger) -> None:
    issue_all(ledger, [FIRST])
    done = commit(ledger, ledger.reserve([NEXT])[0])
    before = ledger.standing(FIRST.licence_id), ledger.history(FIRST.licence_id)
    assert ledger.commit([done], SIGNER) == 0
    assert (ledger.standing(FIRST.licence_id), ledger.history(FIRST.licence_id)) == before
    assert ledger.reserve([NEXT._replace(content=b"{2}")])[0] == done._replace(is_new=False)


def test_the_ledger_tells_how_many_of_its_licences_were_superseded(ledger: Ledger) -> None:
    issue_all(ledger, [FIRST, OTHER])
    ledger.set_status([OTHER.licence_id], event(REVOKED))
    rows = [NEXT, MOVED_IN]
    done = [
        e._replace(state=EntryState.ISSUED, digest=bytes([n]) * 32, issued_at=9)
        for n, e in enumerate(e for e in ledger.reserve(rows) if isinstance(e, Entry))
    ]
    assert ledger.commit(done, SIGNER) == 1  # the other one is of another region


def test_versions_follow_each_other(ledger: Ledger) -> None:
    issue_all(ledger, [FIRST])
    commit(ledger, ledger.reserve([NEXT])[0])
    third = NEXT._replace(licence_id="1.2.156.third", supersedes=NEXT.licence_id)
    entry = commit(ledger, ledger.reserve([third])[0], at=12)
    assert entry.row_key == version_key(FIRST.row_key, NEXT.licence_id)
    standings = [ledger.standing(row.licence_id) for row in (FIRST, NEXT, third)]
    assert [found and found.successor for found in standings] == [NEXT.licence_id, third.licence_id, None]
    assert [found and found.predecessor for found in standings] == [None, FIRST.licence_id, NEXT.licence_id]
    again = ledger.reserve([row._replace(licence_id="1.2.156.Z") for row in (FIRST, NEXT, third)])
    assert [e.licence_id for e in again if isinstance(e, Entry)] == [
        FIRST.licence_id,
        NEXT.licence_id,
        third.licence_id,
    ]


def test_a_licence_of_another_number_is_superseded_under_the_rows_own_key(ledger: Ledger) -> None:
    issue_all(ledger, many(2))
    other = Reservation("a new number", "1.2.156.N", b"{}", SERIES, "1.2.156.1")
    entry = commit(ledger, ledger.reserve([other])[0])
    assert entry.row_key == "a new number"
    third = other._replace(licence_id="1.2.156.O", supersedes="1.2.156.N")
    assert commit(ledger, ledger.reserve([third])[0]).row_key == version_key("a new number", "1.2.156.N")


def test_a_licence_that_moves_in_names_one_that_is_not_here(ledger: Ledger) -> None:
    entry = commit(ledger, ledger.reserve([MOVED_IN])[0])
    assert entry.row_key == MOVED_IN.row_key
    found = ledger.standing(MOVED_IN.licence_id)
    assert found is not None
    assert (found.predecessor, found.status) == (MOVED_IN.supersedes, VALID)
    assert ledger.standing("1.2.156.elsewhere") is None
    other = MOVED_IN._replace(row_key="another row", licence_id="1.2.156.other")
    assert refusal(ledger.reserve([other])[0]) == (
        "previous-superseded", {"previous": "1.2.156.elsewhere", "successor": MOVED_IN.licence_id},
    )  # fmt: skip


def test_a_row_that_names_no_version_is_still_the_first(ledger: Ledger) -> None:
    issue_all(ledger, [FIRST])
    commit(ledger, ledger.reserve([NEXT])[0])
    found = ledger.reserve([FIRST._replace(licence_id="1.2.156.Z", content=b"{9}")])[0]
    assert isinstance(found, Entry)
    assert (found.licence_id, found.is_same) == (FIRST.licence_id, False)


@pytest.mark.parametrize("end", [status for status in ENDS if status is not CanonicalStatus.SUPERSEDED])
def test_what_came_to_another_end_is_followed_and_keeps_its_end(end: CanonicalStatus, ledger: Ledger) -> None:
    issue_all(ledger, [FIRST])
    ledger.set_status([FIRST.licence_id], event(end))
    assert commit(ledger, ledger.reserve([NEXT])[0]).row_key == version_key(FIRST.row_key, FIRST.licence_id)
    assert ledger.history(FIRST.licence_id) == [event(end)]
    old, new = ledger.standing(FIRST.licence_id), ledger.standing(NEXT.licence_id)
    assert (old and (old.status, old.successor)) == (end, NEXT.licence_id)
    assert (new and (new.status, new.predecessor)) == (VALID, FIRST.licence_id)


@pytest.mark.parametrize("end", [status for status in ENDS if status is not CanonicalStatus.SUPERSEDED])
def test_what_came_to_another_end_has_no_next_version_unasked(end: CanonicalStatus, ledger: Ledger) -> None:
    """A row that changed after the end is no order to issue a new licence: only one that names the old one is."""
    issue_all(ledger, [FIRST])
    ledger.set_status([FIRST.licence_id], event(end))
    unasked = NEXT._replace(unless_ended=True)
    expected = ("previous-ended", {"previous": FIRST.licence_id, "status": end})
    assert refusal(ledger.find([unasked])[0]) == expected
    first, refused, last = ledger.reserve([many(2)[1], unasked, many(3)[2]])
    assert refusal(refused) == expected
    assert [isinstance(first, Entry), isinstance(last, Entry)] == [True, True]
    assert ledger.history(FIRST.licence_id) == [event(end)]
    assert refusal(ledger.reserve([unasked])[0]) == expected, "nothing was reserved for it"


@pytest.mark.parametrize("before", [VALID, SUSPENDED, CanonicalStatus.SUPERSEDED])
def test_what_stands_or_is_only_called_superseded_can_be(before: CanonicalStatus, ledger: Ledger) -> None:
    issue_all(ledger, [FIRST])
    ledger.set_status([FIRST.licence_id], event(before, 20))
    history = ledger.history(FIRST.licence_id)
    commit(ledger, ledger.reserve([NEXT])[0], at=9)
    found = ledger.standing(FIRST.licence_id)
    assert found is not None
    assert (found.status, found.successor) == (CanonicalStatus.SUPERSEDED, NEXT.licence_id)
    added = [] if before is CanonicalStatus.SUPERSEDED else [max([9, *(20 for _ in history)])]
    assert [entry.at for entry in ledger.history(FIRST.licence_id)[len(history) :]] == added, "never before the last"


def test_what_ends_while_its_successor_is_signed_stays_ended(ledger: Ledger) -> None:
    issue_all(ledger, [FIRST])
    entry = ledger.reserve([NEXT])[0]
    ledger.set_status([FIRST.licence_id], event(REVOKED, 5))
    commit(ledger, entry)
    assert ledger.history(FIRST.licence_id) == [event(REVOKED, 5)]
    found = ledger.standing(FIRST.licence_id)
    assert found is not None
    assert (found.status, found.successor) == (REVOKED, NEXT.licence_id)


def test_what_is_not_issued_yet_cannot_be_superseded(ledger: Ledger) -> None:
    ledger.reserve([FIRST])
    assert refusal(ledger.reserve([NEXT])[0])[0] == "previous-not-issued"
    itself = NEXT._replace(licence_id=FIRST.licence_id)
    assert refusal(ledger.find([itself])[0])[0] == "previous-not-issued"


RIVAL = NEXT._replace(row_key="rival", licence_id="1.2.156.rival", line=2)
NAMESAKE = RIVAL._replace(licence_id=NEXT.licence_id)
"""Of one issuer both would be the version after the first."""
TOLD = {"previous": FIRST.licence_id, "successor": NEXT.licence_id}


@pytest.mark.parametrize("rival", [RIVAL, NAMESAKE])
def test_one_licence_has_one_successor(rival: Reservation, reopen: Open) -> None:
    ledger, other = reopen(), reopen()
    issue_all(ledger, [FIRST])
    with ledger.job("out") as job, other.job("elsewhere") as rivals:
        entry, refused = ledger.reserve([NEXT, rival], job)
        assert refusal(refused) == ("previous-twice", {"first": NEXT.line})
        assert refusal(ledger.reserve([rival], job)[0]) == ("previous-twice", {"first": NEXT.line})
        assert refusal(other.find([rival])[0]) == ("previous-claimed", TOLD)
        assert refusal(other.reserve([rival], rivals)[0]) == ("previous-claimed", TOLD)
        assert isinstance(entry, Entry)
        ledger.commit([issued(entry)], SIGNER, job=job)
        assert refusal(ledger.reserve([rival], job)[0]) == ("previous-twice", {"first": NEXT.line})
        assert refusal(other.reserve([rival], rivals)[0]) == ("previous-superseded", TOLD)
    assert refusal(reopen().find([rival])[0]) == ("previous-superseded", TOLD)


@pytest.mark.parametrize("rival", [RIVAL, NAMESAKE])
def test_what_nobody_is_at_any_more_is_taken_over(rival: Reservation, reopen: Open) -> None:
    ledger = reopen()
    issue_all(ledger, [FIRST])
    with ledger.job("out") as job:
        (unfinished,) = ledger.reserve([NEXT], job)
    assert isinstance(unfinished, Entry)
    assert reopen().find([rival]) == [None]
    with ledger.job("elsewhere") as job:
        (taken,) = ledger.reserve([rival], job)
        assert isinstance(taken, Entry)
        assert (taken.row_key, taken.licence_id) == ("rival", rival.licence_id)
        assert (taken.place == unfinished.place) is (rival is NAMESAKE), "a place is for one identifier"
        told = TOLD | {"successor": rival.licence_id}
        with reopen().job("again") as again:
            assert refusal(reopen().reserve([NEXT], again)[0]) == ("previous-claimed", told)
        ledger.commit([issued(taken)], SIGNER, job=job)
    assert refusal(reopen().reserve([NEXT])[0]) == ("previous-superseded", told)
    assert ledger.reserve([rival]) == [taken._replace(
        state=EntryState.ISSUED, digest=DIGEST, issued_at=1_780_000_000, is_new=False
    )]  # fmt: skip
    found = ledger.standing(FIRST.licence_id)
    assert (found and (found.status, found.successor)) == (CanonicalStatus.SUPERSEDED, rival.licence_id)


def test_a_row_whose_reservation_is_taken_over_in_its_own_chunk_is_refused(ledger: Ledger) -> None:
    issue_all(ledger, [FIRST])
    ledger.reserve([NEXT])
    with ledger.job("out") as job:
        taken, late = ledger.reserve([NAMESAKE, NEXT._replace(line=3)], job)
        assert isinstance(taken, Entry)
        assert refusal(late) == ("previous-twice", {"first": NAMESAKE.line})
        mended = NEXT._replace(line=4, supersedes=None, row_key="mended", licence_id="1.2.156.M")
        assert isinstance(ledger.reserve([mended], job)[0], Entry)


# Licences of one number


def follow(ledger: Ledger, number: str, licence_id: str, old: str | None, content: bytes = b"{}") -> Entry:
    """Issue a licence of a number."""
    found = ledger.reserve([Reservation(number, licence_id, content, SERIES, old)])[0]
    assert isinstance(found, Entry)
    assert found.state is EntryState.RESERVED
    return commit(ledger, found)


def test_a_number_is_changed_and_changed_back(ledger: Ledger) -> None:
    follow(ledger, "a", "1", None)
    assert follow(ledger, "b", "2", "1").row_key == "b"
    third = Reservation("a", "3", b"{3}", SERIES, "2")
    assert follow(ledger, "a", "3", "2", b"{3}").row_key == version_key("a", "1")
    assert [e.licence_id for e in ledger.reserve([third._replace(licence_id="Z")]) if isinstance(e, Entry)] == ["3"]
    latest = ledger.latest([third])[0]
    assert (latest and (latest.licence_id, latest.supersedes, latest.is_same)) == ("3", "2", True)
    assert follow(ledger, "a", "4", "3").row_key == version_key("a", "3")


def test_a_licence_that_moved_away_comes_back(ledger: Ledger) -> None:
    follow(ledger, "a", "1", None)
    ledger.set_status(["1"], event(CanonicalStatus.TRANSFERRED_OUT))
    back = Reservation("a", "2", b"{2}", SERIES, "elsewhere")
    assert follow(ledger, *back[:2], "elsewhere", back.content).row_key == version_key("a", "1")
    again = ledger.reserve([back._replace(licence_id="Z")])[0]
    assert isinstance(again, Entry)
    assert (again.licence_id, again.is_same) == ("2", True)
    for old, holder in (("1", "2"), ("elsewhere else", "1")):
        twin = ledger.reserve([back._replace(licence_id="Z", content=b"{3}", supersedes=old)])[0]
        assert isinstance(twin, Entry), old
        assert (twin.licence_id, twin.is_same) == (holder, False), "a number has one licence at a time"
    latest = ledger.latest([back])[0]
    assert (latest and (latest.licence_id, latest.supersedes)) == ("2", "elsewhere")
    assert follow(ledger, "a", "3", "2").row_key == version_key("a", "2")


def test_a_number_in_use_is_no_other_licences(ledger: Ledger) -> None:
    follow(ledger, "a", "1", None)
    row = Reservation("a", "2", b"{2}", SERIES, "elsewhere")
    ledger.reserve([row._replace(supersedes="1")])
    for number, last in (("a", "1"), ("b", "1 of b")):
        if number == "b":
            follow(ledger, "b", last, "1")  # the number of the first was changed, and that licence lives on
        found = ledger.reserve([row])[0]
        assert isinstance(found, Entry)
        assert (found.licence_id, found.state, found.is_same) == ("1", EntryState.ISSUED, False)
    ledger.set_status(["1 of b"], event(REVOKED))
    assert follow(ledger, "a", "2", "elsewhere").row_key == version_key("a", "1")


def test_a_mended_row_lets_go_of_what_it_no_longer_names(ledger: Ledger) -> None:
    issue_all(ledger, many(2))
    row = Reservation("a new number", "1.2.156.N", b"{}", SERIES, "1.2.156.0")
    ledger.reserve([row])
    mended = row._replace(supersedes="1.2.156.1", content=b"{1}")
    commit(ledger, ledger.reserve([mended])[0])
    standings = [ledger.standing(f"1.2.156.{number}") for number in range(2)]
    assert [found and found.status for found in standings] == [VALID, CanonicalStatus.SUPERSEDED]
    other = row._replace(row_key="another", licence_id="1.2.156.P")
    assert isinstance(ledger.reserve([other])[0], Entry)
    none = other._replace(supersedes=None)
    commit(ledger, ledger.reserve([none])[0])
    found = ledger.standing("1.2.156.0")
    assert found is not None
    assert (found.status, found.successor) == (VALID, None)


def test_a_version_whose_identifier_is_taken_is_refused_alone(ledger: Ledger) -> None:
    issue_all(ledger, many(2))
    first, other = ledger.reserve([NEXT._replace(licence_id="1.2.156.1"), many(3)[2]])
    assert refusal(first) == ("identifier-taken", {"licence_id": "1.2.156.1"})
    assert isinstance(other, Entry)


def test_a_commit_that_fails_supersedes_nothing(ledger: Ledger) -> None:
    issue_all(ledger, [FIRST])
    entry = ledger.reserve([NEXT])[0]
    assert isinstance(entry, Entry)
    with pytest.raises(UsageError):  # it is not this job's
        ledger.commit([entry._replace(state=EntryState.ISSUED, digest=bytes(32), issued_at=1)], SIGNER, job=7)
    assert ledger.history(FIRST.licence_id) == []


# --- jobs and chunks

ROWS = [Reservation(f"row {n}", f"1.2.156.9{n}", b"{}", SERIES, line=n) for n in range(1, 4)]


def test_jobs_are_numbered_upwards(reopen: Open) -> None:
    with reopen().job("out") as first, reopen().job("out") as second:
        assert 0 < first < second
    with reopen().job("out") as third:
        assert third > second


def test_what_a_job_holds_is_not_anothers_while_it_is_at_work(reopen: Open) -> None:
    first, second = reopen(), reopen()
    with second.job("other") as other:
        with first.job("out") as job:
            held = first.reserve(ROWS, job)
            refused = second.reserve(ROWS, other)
            assert [refusal(r) for r in refused] == [
                ("row-in-progress", {"licence_id": row.licence_id}) for row in ROWS
            ]
        taken = second.reserve([row._replace(licence_id=f"{row.licence_id}9") for row in ROWS], other)
        assert taken == [entry._replace(is_new=False) for entry in held if isinstance(entry, Entry)]
        with pytest.raises(UsageError) as caught:
            first.commit([issued(e, bytes(32)) for e in held[:1] if isinstance(e, Entry)], SIGNER, job=job)
        assert caught.value.code == "row-taken-over"


def test_a_job_ends_with_its_process(reopen: Open, place: str) -> None:
    ledger = reopen()
    with subprocess.Popen(
        [sys.executable, "-c", WORK, place], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with ledger.job("out") as job:
            assert refusal(ledger.reserve(ROWS[:1], job)[0])[0] == "row-in-progress"
        process.kill()
        process.wait()
    with ledger.job("elsewhere") as job:  # the same command again
        assert isinstance(ledger.reserve(ROWS[:1], job)[0], Entry)


def test_within_a_job_the_first_line_has_the_row(ledger: Ledger) -> None:
    with ledger.job("out") as job:
        twin = ROWS[0]._replace(line=9, licence_id="1.2.156.Z")
        first, second = ledger.reserve([ROWS[0], twin], job)
        assert isinstance(first, Entry)
        assert refusal(second) == ("row-twice", {"first": 1})
        assert ledger.reserve(ROWS[:1], job) == [first._replace(is_new=False)], "a chunk that is done again"
        ledger.commit([issued(first)], SIGNER, job=job)
        assert refusal(ledger.reserve([twin], job)[0]) == ("row-twice", {"first": 1})
    with ledger.job("out") as job:  # and so it is when all is done again
        again, second = ledger.reserve([ROWS[0], twin], job)
        assert isinstance(again, Entry)
        assert (again.state, refusal(second)) == (EntryState.ISSUED, ("row-twice", {"first": 1}))


def chunk_of(name: str, start: int) -> Chunk:
    return Chunk("out", name, start, 100, 2, bytes([start]) * 32)


def test_a_licence_is_found_where_it_was_written(ledger: Ledger, reopen: Open) -> None:
    with ledger.job("out") as job:
        entries = [entry for entry in ledger.reserve(ROWS, job) if isinstance(entry, Entry)]
        done = [issued(entry, bytes([n]) * 32) for n, entry in enumerate(entries)]
        ledger.commit(done[:2], SIGNER, job=job, chunk=chunk_of("", 0))
        ledger.commit(done[2:], SIGNER, job=job, chunk=chunk_of("part", 1))
    found = reopen()
    (one, first), (other, second) = found.chunks("out")
    assert (first, second) == (chunk_of("", 0), chunk_of("part", 1))
    places = [(e.chunk, e.nth) for e in found.find(ROWS) if isinstance(e, Entry)]
    assert places == [(one, 0), (one, 1), (other, 0)]
    assert (found.chunk(other), found.chunk(99), found.chunks("elsewhere")) == (second, None, [])


def test_what_is_issued_again_keeps_identifier_and_place_and_is_logged_anew(ledger: Ledger) -> None:
    with ledger.job("out") as job:
        (entry,) = ledger.reserve(ROWS[:1], job)
        assert isinstance(entry, Entry)
        ledger.commit([issued(entry)], SIGNER, job=job, chunk=chunk_of("", 0))
        (held,) = ledger.reserve(ROWS[:1], job)
        assert isinstance(held, Entry)
        again = held._replace(digest=bytes(32), issued_at=1_790_000_000, is_again=True)
        ledger.commit([again], SIGNER, job=job, chunk=chunk_of("", 1))
        (found,) = ledger.find(ROWS[:1])
    assert isinstance(found, Entry)
    assert (found.licence_id, found.place, found.digest, found.issued_at) == (
        entry.licence_id, entry.place, bytes(32), 1_790_000_000,
    )  # fmt: skip
    assert ledger.log(ISSUER, 0, 9) == DIGEST + bytes(32)
    assert ledger.log_place(entry.licence_id) == LogPlace(ISSUER, 1, bytes(32), SIGNER.kid)


def test_the_latest_version_is_found_from_the_first_row(ledger: Ledger) -> None:
    assert ledger.latest([FIRST])[0] is None
    issue_all(ledger, [FIRST])
    assert (found := ledger.latest([FIRST])[0]) is not None
    assert (found.licence_id, found.is_same) == (FIRST.licence_id, True)
    entry = ledger.reserve([NEXT])[0]
    assert ledger.latest([FIRST])[0] == found, "what is only reserved is no version yet"
    commit(ledger, entry)
    assert (latest := ledger.latest([FIRST._replace(content=NEXT.content)])[0]) is not None
    assert (latest.licence_id, latest.is_same) == (NEXT.licence_id, True)


def test_the_latest_of_many_rows_are_those_of_each(ledger: Ledger) -> None:
    """New ones, first ones and next ones side by side, and one of them twice."""
    commit(ledger, ledger.reserve([FIRST])[0])
    commit(ledger, ledger.reserve([NEXT])[0])
    others = [row._replace(series=None) for row in many(8)[5:]]
    ledger.commit([issued(entry) for entry in ledger.reserve(others[:1])], SIGNER)
    asked = [others[0], FIRST, others[1], FIRST._replace(content=NEXT.content), others[0]]
    found = ledger.latest(asked)
    assert found == [ledger.latest([row])[0] for row in asked]
    assert [entry and entry.licence_id for entry in found] == [
        others[0].licence_id, NEXT.licence_id, None, NEXT.licence_id, others[0].licence_id,
    ]  # fmt: skip
    assert [entry and entry.supersedes for entry in found] == [None, FIRST.licence_id, None, FIRST.licence_id, None]
    assert ledger.latest([]) == []


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
    with closing(SqliteLedger(tmp_path / "ledger.db")) as ledger:
        with pytest.raises(EnvironmentFailureError) as caught, ledger.exclusive():
            pytest.fail("nothing was locked")
        assert caught.value.code == "ledger-failed"


def test_a_disk_that_is_full_is_told_as_such_and_takes_nothing_with_it(tmp_path: Path) -> None:
    """SQLite ends the transaction by itself then: that there is none to end any more is not told instead."""
    with closing(SqliteLedger(tmp_path / "ledger.db")) as ledger:
        ledger.reserve([ROW])
        pages = ledger._database.execute("PRAGMA page_count").fetchone()[0]
        ledger._database.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(EnvironmentFailureError) as caught:
            ledger.reserve([*many(2_000), OTHER])
        assert (caught.value.code, caught.value.exit) == ("ledger-failed", Exit.ENVIRONMENT)
        assert caught.value.params["detail"] == "database or disk is full"
        assert ledger.find([ROW, OTHER])[1] is None
        ledger._database.execute("PRAGMA max_page_count = 1000000")
        assert [entry.is_new for entry in ledger.reserve([ROW, OTHER]) if isinstance(entry, Entry)] == [False, True]


def test_a_folder_that_cannot_be_made_is_an_environment_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(EnvironmentFailureError):
        SqliteLedger(tmp_path / "file" / "ledger.db")


FORMAT_1 = """
CREATE TABLE setting (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE licence (
    row_mac     BLOB PRIMARY KEY,
    licence_id  TEXT NOT NULL UNIQUE,
    content_mac BLOB NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('reserved', 'issued')),
    digest      BLOB UNIQUE,
    issued_at   INTEGER
) WITHOUT ROWID;
PRAGMA journal_mode=WAL;
PRAGMA user_version = 1;
"""


def old_ledger(path: Path) -> Path:
    """A ledger as the first form of certx left it: `ROW` issued, `OTHER` reserved."""
    secret = bytes(range(32))

    def mac(data: bytes) -> bytes:
        return blake2b(data, key=secret, digest_size=20).digest()

    with closing(sqlite3.connect(path)) as database:
        database.executescript(FORMAT_1)
        database.execute("INSERT INTO setting VALUES ('row-key-secret', ?)", (secret,))
        for row, state, digest, at in ((ROW, "issued", DIGEST, 7), (OTHER, "reserved", None, None)):
            values = (mac(row.row_key.encode()), row.licence_id, mac(row.content), state, digest, at)
            database.execute("INSERT INTO licence VALUES (?, ?, ?, ?, ?, ?)", values)
        database.commit()
    return path


def test_a_ledger_of_the_first_format_is_brought_up_to_date(tmp_path: Path) -> None:
    path = old_ledger(tmp_path / "ledger.db")
    with closing(SqliteLedger(path)) as ledger:
        issued_row, reserved_row = ledger.reserve([LISTED, OTHER._replace(series=SERIES)])
        assert issued_row == Entry(
            ROW.row_key, ROW.licence_id, EntryState.ISSUED, digest=DIGEST, issued_at=7, is_new=False
        )
        assert (reserved_row.state, reserved_row.is_new, reserved_row.is_same) == (EntryState.RESERVED, False, True)
        assert reserved_row.place is not None
        assert ledger.log_size("") == 1  # the identifier of `ROW` names no issuer
        assert ledger.log_place(ROW.licence_id) == LogPlace("", 0, DIGEST)
        assert ledger.uses("") == [KeyUse(None, 1, 7, 7)]  # its key was not noted
        assert ledger.set_status([ROW.licence_id], event(REVOKED)) == StatusChange(1, 1)
    with closing(SqliteLedger(path)) as ledger:
        assert ledger.history(ROW.licence_id) == [event(REVOKED)]
        assert ledger.find([OTHER])[0] == reserved_row


def test_a_list_of_the_second_format_keeps_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All lists were of one size then, the second like the first."""
    path = tmp_path / "ledger.db"
    monkeypatch.setattr(sqlite_ledger, "STEPS", sqlite_ledger.STEPS[:2])
    monkeypatch.setattr(sqlite_ledger, "FORMAT", 2)
    SqliteLedger(path).close()
    with closing(sqlite3.connect(path)) as database:
        rows = [(SERIES, 1, 524_288), (SERIES, 2, 524_288 - 1)]
        database.executemany("INSERT INTO status_list (series, number, given) VALUES (?, ?, ?)", rows)
        database.commit()
    monkeypatch.undo()
    with closing(SqliteLedger(path)) as ledger:
        assert [found.size for found in ledger.lists(SERIES)] == [1_048_576, 1_048_576]
        first, second = ledger.reserve(many(2))
        assert (first.place and first.place.number, second.place and second.place.number) == (2, 3)
        assert [found.size for found in ledger.lists(SERIES)] == [1_048_576, 1_048_576, 8_388_608]


def test_a_change_of_the_third_format_was_noted_when_it_began(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ledger.db"
    monkeypatch.setattr(sqlite_ledger, "STEPS", sqlite_ledger.STEPS[:3])
    monkeypatch.setattr(sqlite_ledger, "FORMAT", 3)
    SqliteLedger(path).close()
    with closing(sqlite3.connect(path)) as database:
        database.execute("INSERT INTO status_list (list, series, number) VALUES (1, ?, 1)", (SERIES,))
        database.execute(
            "INSERT INTO licence (row_mac, licence_id, content_mac, state, digest, issued_at, list, list_index)"
            " VALUES (x'01', '1.2.156.0', x'02', 'issued', x'03', 1, 1, 7)"
        )
        rows = [("1.2.156.0", "suspended", 5, "x"), ("1.2.156.0", "valid", 9, "x")]
        database.executemany("INSERT INTO status_change (licence_id, status, at, why) VALUES (?, ?, ?, ?)", rows)
        database.commit()
    monkeypatch.undo()
    with closing(SqliteLedger(path)) as ledger:
        assert ledger.lists(SERIES) == [StatusesOfList(1, {}, {7: 9})]


def test_places_given_in_the_fourth_format_stay_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Licences have the odd entries below 64: those that are drawn now are even, or above."""
    path = tmp_path / "ledger.db"
    monkeypatch.setattr(sqlite_ledger, "STEPS", sqlite_ledger.STEPS[:4])
    monkeypatch.setattr(sqlite_ledger, "FORMAT", 4)
    SqliteLedger(path).close()
    given = set(range(1, 64, 2))
    with closing(sqlite3.connect(path)) as database:
        database.execute("INSERT INTO status_list (list, series, number, size) VALUES (1, ?, 1, 96)", (SERIES,))
        database.executemany(
            "INSERT INTO licence (row_mac, licence_id, content_mac, state, list, list_index)"
            " VALUES (?, ?, x'00', 'reserved', 1, ?)",
            [(index.to_bytes(), str(index), index) for index in given],
        )
        database.commit()
    monkeypatch.undo()
    with closing(SqliteLedger(path)) as ledger:
        drawn = [entry.place for entry in ledger.reserve(many(48))]
    assert {(place.number, place.idx) for place in drawn if place} <= {(1, index) for index in set(range(96)) - given}
    assert len({place.idx for place in drawn if place}) == 48


def test_a_ledger_is_brought_up_to_date_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = old_ledger(tmp_path / "ledger.db")
    steps = (sqlite_ledger.STEPS[0], (*sqlite_ledger.STEPS[1], "no SQL"))
    monkeypatch.setattr(sqlite_ledger, "STEPS", steps)
    with pytest.raises(EnvironmentFailureError):
        SqliteLedger(path)
    with closing(sqlite3.connect(path)) as database:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert (tables, database.execute("PRAGMA user_version").fetchone()) == ({"setting", "licence"}, (1,))
    monkeypatch.undo()
    with closing(SqliteLedger(path)) as ledger:
        assert ledger.find([ROW])[0] is not None


def test_a_fresh_ledger_and_an_old_one_brought_up_to_date_have_the_same_tables(tmp_path: Path) -> None:
    shapes = []
    for path in (old_ledger(tmp_path / "old.db"), tmp_path / "new.db"):
        SqliteLedger(path).close()
        with closing(sqlite3.connect(path)) as database:
            found = database.execute("SELECT name, sql FROM sqlite_master WHERE sql NOTNULL ORDER BY name").fetchall()
            shapes.append([(name, " ".join(sql.split()).replace("IF NOT EXISTS ", "")) for name, sql in found])
    assert shapes[0] == shapes[1]
    assert len(shapes[0]) == 15


def test_what_tells_rows_apart_is_noted_once(ledger: Ledger, reopen: Open) -> None:
    assert ledger.told_by("type:issuer") is None
    assert ledger.tell_by("type:issuer", "number,copy") == "number,copy"
    assert reopen().tell_by("type:issuer", "number") == "number,copy", "the first counts"
    assert reopen().told_by("type:issuer") == "number,copy"
    assert ledger.told_by("type:another") is None


def test_it_knows_whether_an_identifier_begins_so(ledger: Ledger) -> None:
    with ledger.job("out") as job:
        ledger.reserve([Reservation("row 1", "1.2.156.A.B.1", b"{}", line=1)], job)
    assert ledger.has_any("1.2.156.A.B.")
    assert not ledger.has_any("1.2.156.A.C.")
    assert not ledger.has_any("1.2.156.A.A.")
    assert not ledger.has_any("1.2.156.A.B._")
