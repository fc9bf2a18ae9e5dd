"""Whatever became of licences: a rehearsal says what a run does, a rerun changes nothing, hints lead somewhere."""

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certx.ledger import Entry, EntryState, Ledger, Refusal, Reservation, SigningKey, StatusEvent
from certx.ledger.rehearsing import rehearsal_of_the_first
from certx.ledger.sqlite import SqliteLedger
from certx.licence.status import CanonicalStatus
from postgres_ledger import rows_in, wipe

KEY = SigningKey("11510100MB9X0A012X", "key")
ENDS = (CanonicalStatus.CANCELLED, CanonicalStatus.TRANSFERRED_OUT, CanonicalStatus.SUSPENDED)
ELSEWHERE = ("x", "y")
LOCKS = """
    SELECT 1 FROM pg_locks JOIN pg_database ON oid = database
    WHERE locktype = 'advisory' AND datname = current_database()
"""


class Wish(NamedTuple):
    """A row of a file: `old` counts what is issued, then the licences of other regions; `None`: it names none.

    `twin`: its identifier is what any other row that names the same licence would get, as of one issuer.
    """

    number: str
    old: int | None
    content: int
    twin: bool


class File(NamedTuple):
    """A table, in chunks; the run that is killed has reserved so many of them and committed all but the last."""

    rows: Sequence[Wish]
    chunk: int
    killed_after: int | None


class Change(NamedTuple):
    """Something becomes of a licence."""

    which: int
    status: CanonicalStatus


WISHES = st.builds(
    Wish, st.sampled_from("abc"), st.none() | st.integers(0, 12), st.integers(0, 2), st.sampled_from([True, False])
)
FILES = st.builds(
    File, st.lists(WISHES, min_size=1, max_size=4), st.integers(1, 3), st.none() | st.integers(1, 3)
)  # fmt: skip
CHANGES = st.builds(Change, st.integers(0, 12), st.sampled_from(ENDS))
HISTORIES = st.lists(FILES | CHANGES, min_size=1, max_size=8)

Answer = Entry | Refusal


class History:
    """Plays files against a ledger, and checks each."""

    def __init__(self, ledger: Ledger, wait: Callable[[], object] = lambda: None) -> None:
        """`wait` until a job that ended is not at work any more."""
        self.ledger, self.wait, self.made = ledger, wait, 0
        self.issued: list[str] = []

    def rows(self, file: File) -> list[Reservation]:
        named = (*self.issued, *ELSEWHERE)
        rows: list[Reservation] = []
        for line, wish in enumerate(file.rows, 2):
            self.made += 1
            old = None if wish.old is None else named[wish.old % len(named)]
            name = f"after {old}" if wish.twin and old is not None else f"licence {self.made}"
            rows.append(Reservation(wish.number, name, b"%d" % wish.content, "series", old, line))
        return rows

    def play(self, file: File) -> None:
        rows = self.rows(file)
        chunks = [rows[start : start + file.chunk] for start in range(0, len(rows), file.chunk)]
        if file.killed_after is not None:
            self.run(chunks[: file.killed_after], is_killed=True)
        foretold = told(chunks, self.ledger.rehearsal())
        assert said(self.run(chunks)) == said(foretold), "a rehearsal says what a run does"
        before = self.state()
        foretold = told(chunks, self.ledger.rehearsal())
        again = self.run(chunks)
        assert said(again) == said(foretold)
        assert not [a for a in again if isinstance(a, Entry) and a.state is EntryState.RESERVED]
        assert self.state() == before, "a rerun changes nothing"

    def run(self, chunks: Sequence[Sequence[Reservation]], *, is_killed: bool = False) -> list[Answer]:
        answers: list[Answer] = []
        with self.ledger.job("out") as job:
            for nth, chunk in enumerate(chunks, 1):
                found = self.ledger.reserve(chunk, job)
                answers += found
                if not (is_killed and nth == len(chunks)):
                    self.commit([a for a in found if isinstance(a, Entry) and a.state is EntryState.RESERVED], job)
        self.wait()
        return answers

    def commit(self, entries: Sequence[Entry], job: int) -> None:
        self.ledger.commit([e._replace(digest=digest_of(e), issued_at=1) for e in entries], KEY, job=job)
        self.issued += [e.licence_id for e in entries]

    def change(self, change: Change) -> None:
        if not self.issued:
            return
        licence_id = self.issued[change.which % len(self.issued)]
        standing = self.ledger.standing(licence_id)
        assert standing is not None
        if standing.status.may_become(change.status):
            self.ledger.set_status([licence_id], StatusEvent(change.status, 1, "x"))

    def state(self) -> object:
        return [(self.ledger.standing(name), self.ledger.history(name)) for name in self.issued]

    def follow_hints(self, number: str) -> None:
        """Somebody types what he is told to, until his row is accepted."""
        row = Reservation(number, "wanted", b"another content", "series")
        seen: list[str | None] = []
        while (found := self.ledger.find([row])[0]) is not None:
            assert row.supersedes not in seen, f"in a circle: {seen}"
            seen.append(row.supersedes)
            if isinstance(found, Entry):
                if found.state is EntryState.RESERVED:
                    return
                row = row._replace(supersedes=found.licence_id)
            else:
                assert found.code == "previous-superseded"
                row = row._replace(supersedes=str(found.params["successor"]))


def digest_of(entry: Entry) -> bytes:
    return blake2b(entry.licence_id.encode(), digest_size=32).digest()


def told(
    chunks: Sequence[Sequence[Reservation]], reserve: Callable[[Sequence[Reservation]], list[Answer]]
) -> list[Answer]:
    return [answer for chunk in chunks for answer in reserve(chunk)]


def said(answers: Sequence[Answer]) -> list[object]:
    """What of answers does not depend on chance."""
    return [
        (a.code, dict(a.params)) if isinstance(a, Refusal)
        else (a.row_key, a.licence_id, a.state, a.is_new, a.is_same, a.supersedes, a.digest)
        for a in answers
    ]  # fmt: skip


def play(player: History, history: Sequence[File | Change]) -> None:
    for step in history:
        if isinstance(step, File):
            player.play(step)
        else:
            player.change(step)
    for number in "abc":
        player.follow_hints(number)


profile = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))


@settings(profile, max_examples=150)
@given(HISTORIES)
def test_licences_follow_one_another_in_a_file(history: Sequence[File | Change]) -> None:
    with TemporaryDirectory() as folder, closing(SqliteLedger(Path(folder) / "ledger.db")) as ledger:
        play(History(ledger), history)


@settings(profile, max_examples=15)
@given(HISTORIES)
def test_licences_follow_one_another_on_a_server(postgres: str, history: Sequence[File | Change]) -> None:
    from certx.ledger.postgres import PostgresLedger  # noqa: PLC0415 - an extra

    def wait() -> None:
        """The server lets go of a connection's locks a moment after its end."""
        while rows_in(postgres, LOCKS):
            time.sleep(0.01)

    wipe(postgres)
    with closing(PostgresLedger(postgres)) as ledger:
        play(History(ledger, wait), history)


@settings(profile, max_examples=50)
@given(FILES)
def test_a_rehearsal_needs_no_ledger(file: File) -> None:
    with TemporaryDirectory() as folder, closing(SqliteLedger(Path(folder) / "ledger.db")) as ledger:
        player = History(ledger)
        rows = player.rows(file)
        chunks = [rows[start : start + file.chunk] for start in range(0, len(rows), file.chunk)]
        foretold = told(chunks, rehearsal_of_the_first())
        assert said(foretold) == said(player.run(chunks))
