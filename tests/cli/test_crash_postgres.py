"""An order whose ledger is on a PostgreSQL server: killed anywhere, or two at once, each licence is issued once."""

import signal
import sys
import time
from pathlib import Path
from typing import Final

import pytest

from certx.errors import Exit
from cli.orders import (
    KILL_IN,
    MAIN,
    assert_finished,
    assert_places_agree,
    carry_out,
    finish,
    ledger_entries,
    ledger_rows,
    list_status_key,
    number_of,
    places,
    start,
    write_table,
)
from cli.runner import Session, folder_of
from postgres_ledger import connected

COMPANIES: Final = range(3_000)
ALL: Final = [number_of(company) for company in COMPANIES]
LEDGER: Final = {"module": "ledger.postgres", "owner": "PostgresLedger"}
OUTPUT: Final = {"module": "app.outputs.chunk_file", "owner": "ChunkFile"}
SEAMS: Final = [
    pytest.param({**LEDGER, "method": "job", "when": "before"}, 1, id="before the job"),
    pytest.param({**LEDGER, "method": "reserve", "when": "before"}, 1, id="before reserving"),
    pytest.param({**LEDGER, "method": "reserve", "when": "after"}, 3, id="reserved"),
    pytest.param({**OUTPUT, "method": "append", "when": "before"}, 3, id="signed"),
    pytest.param({**LEDGER, "method": "commit", "when": "before"}, 3, id="written"),
    pytest.param({**LEDGER, "method": "commit", "when": "after"}, 3, id="committed"),
]


@pytest.fixture
def folder(town: Path, tmp_path: Path, postgres: str) -> Path:
    """A town with a table of three thousand companies, whose ledger is on the server."""
    folder_of(town, tmp_path)
    write_table(tmp_path / "rows.csv", COMPANIES)
    with (tmp_path / "home" / "certx.toml").open("a", encoding="utf-8") as file:
        file.write(f'ledger = "{postgres}"\n')
    list_status_key(tmp_path)
    return tmp_path


def committed(folder: Path) -> bytes:
    """What of the output the ledger knows of: it is there whole, whatever lies behind it."""
    ends = ledger_rows(folder, "SELECT start + length FROM chunk ORDER BY chunk")
    size = ends[-1][0] if ends else 0
    data = (folder / "out.jsonl").read_bytes()[:size] if size else b""
    assert len(data) == size
    return data


def assert_goes_on(folder: Path) -> None:
    """The same order finishes what is there."""
    before, given, reserved = committed(folder), places(folder), ledger_entries(folder)
    assert carry_out(folder, "rows.csv", "--out", "out.jsonl")[0] == Exit.OK
    assert (folder / "out.jsonl").read_bytes().startswith(before)
    assert_finished(folder, ALL, folder / "out.jsonl")
    assert reserved.keys() <= ledger_entries(folder).keys(), "identifiers that were reserved are kept"
    assert places(folder).items() >= given.items(), "and so are places"
    assert_places_agree(folder)


@pytest.mark.parametrize(("seam", "nth"), SEAMS)
def test_kill_at_a_seam(seam: dict[str, str], nth: int, folder: Path) -> None:
    code = KILL_IN.format(**seam, nth=nth) + MAIN
    assert carry_out(folder, "rows.csv", "--out", "out.jsonl", "--workers", "1", code=code)[0] == -signal.SIGKILL
    assert_goes_on(folder)


def test_two_jobs_at_once_issue_each_row_once(folder: Path) -> None:
    jobs = [start(folder, "rows.csv", "--out", f"{name}.jsonl", "--rejects", f"{name}.csv") for name in ("a", "b")]
    assert {finish(job)[0] for job in jobs} <= {Exit.OK, Exit.REJECTED_ROWS}
    assert_finished(folder, ALL, folder / "a.jsonl", folder / "b.jsonl")
    given = places(folder)
    assert len(set(given.values())) == len(given) == len(ALL)


def test_two_jobs_over_tables_of_their_own_go_side_by_side(folder: Path) -> None:
    write_table(folder / "a.csv", range(1_500))
    write_table(folder / "b.csv", range(1_500, 3_000))
    jobs = [start(folder, f"{name}.csv", "--out", f"{name}.jsonl") for name in ("a", "b")]
    assert [finish(job)[0] for job in jobs] == [Exit.OK, Exit.OK]
    assert_finished(folder, ALL, folder / "a.jsonl", folder / "b.jsonl")
    given = places(folder)
    assert len(set(given.values())) == len(given) == len(ALL)
    issuers = ledger_rows(folder, "SELECT count(*), count(DISTINCT position), max(position) FROM log_entry")
    assert issuers == [(3_000, 3_000, 2_999)], "the log has every licence once and no gap"


def test_a_server_that_ends_the_connection_stops_the_order_and_it_goes_on(folder: Path, postgres: str) -> None:
    process = start(folder, "rows.csv", "--out", "out.jsonl", "--workers", "1")
    until = time.monotonic() + 60
    cut: list[tuple[bool]] = []
    with connected(postgres) as connection:
        while not cut and time.monotonic() < until and process.poll() is None:
            if connection.execute("SELECT to_regclass('certx.chunk')").fetchone() != (None,):
                cut = connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity, (SELECT count(*) AS n FROM chunk) AS done "
                    "WHERE application_name = 'certx' AND n > 0 AND datname = current_database()"
                ).fetchall()
            time.sleep(0.01)
    status, talk = finish(process)
    assert cut
    assert status == Exit.ENVIRONMENT, talk
    assert "certx: error: the ledger postgresql://" in talk
    assert "Traceback" not in talk
    assert_goes_on(folder)


def test_without_a_server_the_order_says_which_one_it_misses(folder: Path) -> None:
    settings = folder / "home" / "certx.toml"
    settings.write_text('ledger = "postgresql://clerk@127.0.0.1:9/licences?connect_timeout=2"\n')
    status, talk = carry_out(folder, "rows.csv", "--out", "out.jsonl")
    assert status == Exit.ENVIRONMENT
    assert "the ledger postgresql://127.0.0.1/licences failed" in talk
    assert not (folder / "home" / "ledger.db").exists()


def test_a_password_in_the_url_is_refused_and_not_repeated(folder: Path) -> None:
    (folder / "home" / "certx.toml").write_text('ledger = "postgresql://clerk:open-sesame@127.0.0.1/licences"\n')
    status, talk = carry_out(folder, "rows.csv", "--out", "out.jsonl")
    assert status == Exit.USAGE
    assert "the ledger's URL holds a password" in talk
    assert "sesame" not in talk


def test_without_the_extra_it_is_named(folder: Path) -> None:
    code = f"import sys; sys.modules['psycopg'] = None; {MAIN}"
    status, talk = carry_out(folder, "rows.csv", "--out", "out.jsonl", code=code)
    assert status == Exit.ENVIRONMENT
    assert "pip install 'certx[postgres]'" in talk


def test_without_the_extra_the_doctor_names_it_as_well(folder: Path) -> None:
    code = "import sys; sys.modules['psycopg'] = None; from certx._entry import run; sys.exit(run(['doctor']))"
    done = Session(folder).run(f'{sys.executable} -c "{code}"')
    assert done.status == Exit.INVALID
    assert "→ install it: pip install 'certx[postgres]'" in done.stdout


def test_the_other_commands_of_an_issuer_use_it_as_well(folder: Path) -> None:
    session = Session(folder)
    assert "there is a ledger" not in session.run("certx doctor").stderr
    assert "there is no ledger at postgresql://" in session.run("certx status show 1.2.3").stderr
    write_table(folder / "rows.csv", range(2))
    assert carry_out(folder, "rows.csv", "--out", "out.jsonl")[0] == Exit.OK
    named = next(iter(ledger_entries(folder)))
    assert session.run(f"certx status set {named} --to suspended --why x").status == Exit.OK
    assert "suspended" in session.run(f"certx status show {named}").stdout
    assert "there is a ledger" in session.run("certx doctor").stderr
    assert not (folder / "home" / "ledger.db").exists()
