"""The ledger on a PostgreSQL server, where it differs from a file: its tables, its server, and others at it at once."""

import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from certx.app.doctor.examination import examine
from certx.app.machine.ledgers import known_ledger, make_ledger, open_ledger, review_known_ledger
from certx.doctor.complaint import Ailment
from certx.errors import CertxError, EnvironmentFailureError, UsageError
from certx.i18n import Words
from certx.i18n.shell import shell_word
from certx.ledger import Chunk, Entry, EntryState, Ledger, Refusal, Reservation, SigningKey, StatusEvent
from certx.licence.status import CanonicalStatus
from certx.settings import Settings
from postgres_ledger import connected, rows_in

SIGNER = SigningKey("11510100MB9X0A012X", "first-key")
SERIES = "510000:11510100MB9X0A012X"


@pytest.fixture
def settings(postgres: str, tmp_path: Path) -> Settings:
    return Settings(tmp_path, ledger_url=postgres)


def rows(numbers: range) -> list[Reservation]:
    return [Reservation(f"row {n}", f"1.2.156.{n}", b"{}", SERIES, line=n + 1) for n in numbers]


def at_once(*works: Callable[[], object]) -> None:
    """All of them in threads that begin together; the first error of any is raised here."""
    gate, failures = threading.Barrier(len(works)), list[BaseException]()

    def run(work: Callable[[], object]) -> None:
        gate.wait()
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised below
            failures.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    if failures:
        raise failures[0]


def test_a_database_without_a_ledger_has_none_and_looking_makes_none(settings: Settings, postgres: str) -> None:
    assert known_ledger(settings) is None
    assert review_known_ledger(settings) is None
    with pytest.raises(UsageError) as caught:
        open_ledger(settings)
    assert caught.value.code == "ledger-none"
    assert str(caught.value.params["path"]).startswith("postgresql://")
    assert rows_in(postgres, "SELECT 1") == []
    make_ledger(settings).close()
    found = known_ledger(settings)
    assert found is not None
    found.close()
    assert list(settings.home.iterdir()) == [], "nothing of it is on this machine"


@pytest.mark.parametrize(
    "spoil",
    [
        "DELETE FROM format", "UPDATE format SET format = -1", "DROP TABLE licence", "DELETE FROM setting",
        "ALTER TABLE licence DROP COLUMN status", "UPDATE licence SET status = 'gone'",
        "UPDATE licence SET list_index = NULL, status = 'suspended'",
    ],
)  # fmt: skip
def test_a_review_tells_what_is_no_ledger_and_changes_nothing(spoil: str, settings: Settings, postgres: str) -> None:
    with closing(make_ledger(settings)) as ledger:
        ledger.reserve(rows(range(2)))
    with connected(postgres) as connection:
        connection.execute(spoil)
    damaged = next(found for found in examine(settings, now=0.0).findings if found.code is Ailment.LEDGER_DAMAGED)
    assert damaged.params["detail"]
    assert str(damaged.params["path"]).startswith("postgresql://")


def test_the_doctor_tells_a_later_format(settings: Settings, postgres: str) -> None:
    make_ledger(settings).close()
    with connected(postgres) as connection:
        connection.execute("UPDATE format SET format = 99")
    told = {found.code: found.params for found in examine(settings, now=0.0).findings}
    assert told[Ailment.LEDGER_FORMAT]["found"] == 99


@pytest.mark.parametrize("way", ["no server", "no database", "no such user", "no URL"])
def test_a_ledger_that_cannot_be_reached_is_told_and_the_rest_is_looked_at(
    way: str, settings: Settings, postgres: str
) -> None:
    parts = urlsplit(postgres)
    url = {
        "no server": "postgresql://clerk@127.0.0.1:1/licences",
        "no database": urlunsplit(parts._replace(path="/certx_nowhere")),
        "no such user": urlunsplit(parts._replace(netloc="nobody_of_that_name@" + parts.netloc.rpartition("@")[2])),
        "no URL": "postgresql://h/d?nonsense=1",
    }[way]
    told = {found.code: found for found in examine(settings._replace(ledger_url=url), now=0.0).findings}
    assert {Ailment.REGION_NOT_SET, Ailment.REGISTRY_NOT_SET} <= told.keys()
    ailment = Ailment.SETTINGS_UNUSABLE if way == "no URL" else Ailment.LEDGER_UNREACHABLE
    for words in (Words("zh"), Words("en")):
        assert "?" not in words.ailment(ailment, told[ailment].params)[1].replace(shell_word(url), "")


def test_a_ledger_of_a_later_format_is_left_alone(settings: Settings, postgres: str) -> None:
    make_ledger(settings).close()
    with connected(postgres) as connection:
        connection.execute("UPDATE format SET format = 99")
        connection.execute("DROP TABLE job")
    with pytest.raises(EnvironmentFailureError) as caught:
        make_ledger(settings)
    assert (caught.value.code, caught.value.params["found"]) == ("ledger-format", 99)
    found = review_known_ledger(settings)
    assert found is not None
    assert found[1].format == 99
    assert rows_in(postgres, "SELECT to_regclass('certx.job')::text") == [(None,)]


def test_two_first_jobs_at_once_make_one_ledger(settings: Settings) -> None:
    made = []
    at_once(*[lambda: made.append(make_ledger(settings)) for _ in range(4)])
    secrets = {ledger._secret for ledger in made}  # type: ignore[attr-defined]
    for ledger in made:
        ledger.close()
    assert len(made) == 4
    assert len(secrets) == 1


def test_two_jobs_that_reserve_the_same_rows_at_once_share_them(settings: Settings) -> None:
    with closing(make_ledger(settings)) as one, closing(make_ledger(settings)) as other:
        answers: dict[str, list[Entry | Refusal]] = {"one": [], "other": []}

        def work(name: str) -> None:
            ledger = {"one": one, "other": other}[name]
            with ledger.job(name) as job:
                for start in range(0, 600, 20):
                    numbers = range(start, start + 20)
                    mine = rows(numbers if name == "one" else numbers[::-1])  # in the worst order for locks
                    answers[name] += ledger.reserve(mine, job)
                ended.wait()

        ended = threading.Barrier(2)
        at_once(lambda: work("one"), lambda: work("other"))
    got = {name: {a.row_key for a in found if isinstance(a, Entry)} for name, found in answers.items()}
    assert got["one"] | got["other"] == {row.row_key for row in rows(range(600))}
    assert not got["one"] & got["other"]
    refused = {a.code for found in answers.values() for a in found if isinstance(a, Refusal)}
    assert refused <= {"row-in-progress"}
    places = [a.place for found in answers.values() for a in found if isinstance(a, Entry)]
    assert len(set(places)) == len(places) == 600


def test_two_jobs_that_commit_at_once_leave_a_log_without_gaps(settings: Settings) -> None:
    def work(start: int) -> None:
        with closing(make_ledger(settings)) as ledger, ledger.job(f"{start}") as job:
            for first in range(start, start + 200, 20):
                entries = ledger.reserve(rows(range(first, first + 20)), job)
                done = [
                    e._replace(state=EntryState.ISSUED, digest=bytes([first // 20]) * 32, issued_at=1)
                    for e in entries
                    if isinstance(e, Entry)
                ]
                ledger.commit(done, SIGNER, job=job, chunk=Chunk(f"{start}", "", first, 1, 20, bytes(32)))

    at_once(lambda: work(0), lambda: work(1_000), lambda: work(2_000))
    with closing(open_ledger(settings)) as ledger:
        assert ledger.log_size(SIGNER.issuer) == 600
        assert len(ledger.log(SIGNER.issuer, 0, 600)) == 600 * 32
        assert {ledger.log_place(f"1.2.156.{n}").position for n in range(200)} <= set(range(600))  # type: ignore[union-attr]


def test_one_licence_is_superseded_by_one_of_two_rivals_at_once(settings: Settings) -> None:
    with closing(make_ledger(settings)) as one, closing(make_ledger(settings)) as other:
        first = [e for e in one.reserve(rows(range(40))) if isinstance(e, Entry)]
        one.commit([e._replace(digest=bytes(32), issued_at=1) for e in first], SIGNER)
        abandoned = [Reservation(f"c {n}", f"1.2.156.c.{n}", b"{}", SERIES, f"1.2.156.{n}") for n in range(0, 80, 2)]
        one.reserve(abandoned)
        answers: list[Entry | Refusal] = []

        def rival(ledger: Ledger, name: str, job: int) -> None:
            for n in range(80):  # those from 40 on are of another region
                row = Reservation(f"{name} {n}", f"1.2.156.{name}.{n}", b"{}", SERIES, f"1.2.156.{n}", line=n)
                answers.extend(ledger.reserve([row], job))

        with one.job("a") as first_job, other.job("b") as second_job:
            at_once(lambda: rival(one, "a", first_job), lambda: rival(other, "b", second_job))
    assert sum(isinstance(answer, Entry) for answer in answers) == 80
    assert {answer.code for answer in answers if isinstance(answer, Refusal)} == {"previous-claimed"}


def test_a_write_waits_for_a_lock_only_so_long(postgres: str) -> None:
    from certx.ledger.postgres import PostgresLedger  # noqa: PLC0415 - an extra

    with closing(PostgresLedger(postgres, busy_seconds=0.2)) as ledger, connected(postgres) as rival:
        ledger.reserve(rows(range(1)))
        rival.execute("BEGIN")
        rival.execute("SELECT 1 FROM status_list FOR UPDATE")
        with pytest.raises(EnvironmentFailureError) as caught:
            ledger.reserve(rows(range(1, 2)))
        assert caught.value.code == "ledger-busy"
        rival.execute("ROLLBACK")
        assert isinstance(ledger.reserve(rows(range(1, 2)))[0], Entry)


def test_a_connection_that_is_lost_is_an_environment_failure(settings: Settings, postgres: str) -> None:
    with closing(make_ledger(settings)) as ledger, connected(postgres) as rival:
        rival.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'certx' AND datname = current_database()"
        )
        for attempt in (lambda: ledger.reserve(rows(range(1))), lambda: ledger.find(rows(range(1)))):
            with pytest.raises(EnvironmentFailureError) as caught:
                attempt()
            assert caught.value.code == "ledger-failed"
            assert caught.value.hint == "ledger-server"


def test_a_server_that_forgets_what_it_confirmed_is_asked_not_to(settings: Settings, postgres: str) -> None:
    name = postgres.partition("?")[0].rpartition("/")[2]
    with connected(postgres) as connection:
        connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
        try:
            with closing(make_ledger(settings)) as ledger:
                assert ledger._read("SHOW synchronous_commit") == [("on",)]  # type: ignore[attr-defined]
        finally:
            connection.execute(f"ALTER DATABASE {name} RESET synchronous_commit")


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("postgresql://clerk:open-sesame@127.0.0.1/licences", "ledger-password"),
        ("postgresql://clerk@127.0.0.1/licences?password=open-sesame", "ledger-password"),
        ("postgresql://clerk@127.0.0.1/licences?passwort=1", "ledger-url"),
        ("postgresql://clerk@127.0.0.1:9/licences?connect_timeout=2", "ledger-failed"),
    ],
)
def test_what_is_wrong_with_a_url_is_said_without_its_secrets(url: str, code: str, postgres: str) -> None:
    from certx.ledger.postgres import PostgresLedger  # noqa: PLC0415 - an extra

    assert postgres
    with pytest.raises(CertxError) as caught:
        PostgresLedger(url)
    assert caught.value.code == code
    assert "sesame" not in str(caught.value)
    if code == "ledger-failed":
        assert caught.value.params["path"] == "postgresql://127.0.0.1/licences"


def test_a_review_counts_what_is_unfinished_and_what_has_a_status(settings: Settings, postgres: str) -> None:
    with closing(make_ledger(settings)) as ledger:
        first, _ = (e for e in ledger.reserve(rows(range(2))) if isinstance(e, Entry))
        ledger.commit([first._replace(digest=bytes(32), issued_at=1)], SIGNER)
        ledger.set_status([first.licence_id], StatusEvent(CanonicalStatus.SUSPENDED, 5, "x"))
    before = rows_in(postgres, "SELECT * FROM licence ORDER BY licence_id")
    known = review_known_ledger(settings)
    assert known is not None
    name, found = known
    assert name.startswith("postgresql://")
    assert (found.format, found.known, found.damage, found.reserved) == (1, 1, None, 1)
    assert first.place is not None
    assert found.statuses == {(SERIES, 1): {first.place.idx: CanonicalStatus.SUSPENDED}}
    assert found.lists == {(SERIES, 1)}
    assert rows_in(postgres, "SELECT * FROM licence ORDER BY licence_id") == before
