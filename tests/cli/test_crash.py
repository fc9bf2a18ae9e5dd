"""An order that is killed or interrupted is finished by the same command: each licence once, nothing lost."""

import os
import random
import signal
import time
from pathlib import Path
from typing import Final

import pytest

from certx.credential.parse import parse
from certx.errors import Exit
from cli.orders import (
    KILL_IN,
    MAIN,
    assert_finished,
    assert_places_agree,
    carry_out,
    children,
    committed,
    finish,
    ledger_entries,
    left_over,
    lines,
    list_status_key,
    number_of,
    numbers,
    places,
    start,
    write_table,
    written_entries,
)
from cli.runner import folder_of

COMPANIES: Final = range(3_000)
ALL: Final = [number_of(company) for company in COMPANIES]
_RANDOM: Final = random.Random(20261123)  # noqa: S311 - points in time, and the same ones every day
_FRACTIONS: Final = [_RANDOM.random() for _ in range(3)]

KILL_AT: Final = """
import os, signal, sys
def watch(event, arguments, count=[0]):
    if event == {event!r} and {text!r} in str(arguments[0]):
        count[0] += 1
        if count[0] == {nth}:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
"""
"""The process dies at the n-th audit event of a name: just before Python does that thing."""
LEDGER: Final = {"module": "ledger.sqlite", "owner": "SqliteLedger"}
OUTPUT: Final = {"module": "app.outputs.chunk_file", "owner": "ChunkFile"}


@pytest.fixture
def folder(town: Path, tmp_path: Path) -> Path:
    """A town with a table of three thousand companies."""
    folder_of(town, tmp_path)
    write_table(tmp_path / "rows.csv", COMPANIES)
    return tmp_path


@pytest.fixture(scope="session")
def usual_seconds(town: Path, tmp_path_factory: pytest.TempPathFactory) -> float:
    """How long an undisturbed order takes on this machine; what it leaves is what every other must leave."""
    folder = folder_of(town, tmp_path_factory.mktemp("undisturbed"))
    write_table(folder / "rows.csv", COMPANIES)
    began = time.monotonic()
    assert carry_out(folder, "rows.csv", "--out", "out.jsonl")[0] == Exit.OK
    seconds = time.monotonic() - began
    assert_finished(folder, ALL, folder / "out.jsonl")
    return seconds


TABLES: Final = {"module": "sqlite", "owner": "SqliteFile", "method": "bring_up_to_date", "nth": 1}


@pytest.mark.parametrize(
    "kill",
    [
        pytest.param(KILL_AT.format(event="sqlite3.connect", text="ledger.db", nth=1), id="before the ledger is there"),
        pytest.param(KILL_IN.format(**TABLES, when="before"), id="before its tables are made"),
        pytest.param(KILL_IN.format(**TABLES, when="after"), id="its tables are made"),
        pytest.param(
            KILL_AT.format(event="sqlite3.connect", text="ledger.db-job", nth=1), id="before the job is at work"
        ),
        pytest.param(KILL_AT.format(event="open", text="out.jsonl", nth=1), id="before the output is there"),
    ],
)
def test_kill_before_anything_is_written(kill: str, folder: Path) -> None:
    assert carry_out(folder, "rows.csv", "--out", "out.jsonl", code=kill + MAIN)[0] == -signal.SIGKILL
    assert lines(folder / "out.jsonl") == []

    assert carry_out(folder, "rows.csv", "--out", "out.jsonl")[0] == Exit.OK
    assert_finished(folder, ALL, folder / "out.jsonl")


SEAMS: Final = [
    pytest.param({**LEDGER, "method": "reserve", "when": "before"}, id="before reserving"),
    pytest.param({**LEDGER, "method": "reserve", "when": "after"}, id="reserved"),
    pytest.param({**OUTPUT, "method": "append", "when": "before"}, id="signed"),
    pytest.param({**LEDGER, "method": "commit", "when": "before"}, id="written"),
    pytest.param({**LEDGER, "method": "commit", "when": "after"}, id="committed"),
]


@pytest.mark.parametrize("nth", [1, 3])
@pytest.mark.parametrize("seam", SEAMS)
def test_kill_at_a_seam(seam: dict[str, str], nth: int, folder: Path) -> None:
    list_status_key(folder)
    code = KILL_IN.format(**seam, nth=nth) + MAIN
    assert carry_out(folder, "rows.csv", "--out", "out.jsonl", "--workers", "1", code=code)[0] == -signal.SIGKILL
    before, given, reserved = committed(folder), places(folder), ledger_entries(folder)

    assert carry_out(folder, "rows.csv", "--out", "out.jsonl")[0] == Exit.OK
    assert (folder / "out.jsonl").read_bytes().startswith(before)
    assert_finished(folder, ALL, folder / "out.jsonl")
    assert reserved.keys() <= ledger_entries(folder).keys(), "identifiers that were reserved are kept"
    assert places(folder).items() >= given.items(), "and so are places"
    assert_places_agree(folder)


def kill_before_the_ledger_is_told(folder: Path, *more: str) -> None:
    """All is in the output, and the ledger does not know of the last chunk of it."""
    code = KILL_IN.format(**LEDGER, method="commit", when="before", nth=1) + MAIN
    write_table(folder / "rows.csv", range(400))
    arguments = ("rows.csv", "--out", "out.jsonl", "--workers", "1", *more)
    assert carry_out(folder, *arguments, code=code)[0] == -signal.SIGKILL
    assert numbers(folder / "out.jsonl") == ALL[:400]
    assert {state for state, _ in ledger_entries(folder).values()} == {"reserved"}


def test_what_the_ledger_was_not_told_of_is_cut_off_and_signed_again(folder: Path) -> None:
    kill_before_the_ledger_is_told(folder)
    written = written_entries(folder / "out.jsonl")
    assert carry_out(folder, "rows.csv", "--out", "out.jsonl")[0] == Exit.OK
    assert_finished(folder, ALL[:400], folder / "out.jsonl")
    assert written_entries(folder / "out.jsonl").keys() == written.keys(), "under the same identifiers"


def test_a_row_that_changed_after_such_a_kill_is_issued_as_it_is_now(folder: Path) -> None:
    """What was signed said 500 and was never committed; nobody but the output knew of it."""
    kill_before_the_ledger_is_told(folder)
    write_table(folder / "rows.csv", range(400), capital=600)
    assert carry_out(folder, "rows.csv", "--out", "out.jsonl")[0] == Exit.OK
    assert_finished(folder, ALL[:400], folder / "out.jsonl")
    assert {parse(line["credential"]).claims["registeredCapital"] for line in lines(folder / "out.jsonl")} == {600}


@pytest.mark.slow
def test_a_worker_that_dies_is_replaced(folder: Path) -> None:
    write_table(folder / "rows.csv", range(8_000))
    process = start(folder, "rows.csv", "--out", "out.jsonl", "--workers", "2")
    killed, until = 0, time.monotonic() + 60
    while killed < 2 and process.poll() is None and time.monotonic() < until:
        for child in children(process.pid):
            if written_so_far(folder) > 2_000 * (killed + 1):
                os.kill(child, signal.SIGKILL)
                killed += 1
                break
        time.sleep(0.05)
    assert finish(process)[0] == Exit.OK
    assert killed
    assert_finished(folder, [number_of(company) for company in range(8_000)], folder / "out.jsonl")


def written_so_far(folder: Path) -> int:
    """Lines of the output, the last of which may be at work."""
    output = folder / "out.jsonl"
    return output.read_bytes().count(b"\n") if output.exists() else 0


def test_two_jobs_at_once_issue_each_row_once(folder: Path) -> None:
    jobs = [start(folder, "rows.csv", "--out", f"{name}.jsonl", "--rejects", f"{name}.csv") for name in ("a", "b")]
    assert {finish(job)[0] for job in jobs} <= {Exit.OK, Exit.REJECTED_ROWS}
    outputs = [folder / "a.jsonl", folder / "b.jsonl"]
    assert_finished(folder, ALL, *outputs)


@pytest.mark.parametrize("fraction", [0.2, 0.5, 0.8])
def test_no_place_is_given_twice_whenever_it_is_killed(fraction: float, folder: Path, usual_seconds: float) -> None:
    list_status_key(folder)
    process = start(folder, "rows.csv", "--out", "out.jsonl")
    time.sleep(usual_seconds * fraction)
    process.kill()
    finish(process)
    assert carry_out(folder, "rows.csv", "--out", "out.jsonl")[0] == Exit.OK
    assert_places_agree(folder)


def test_killed_over_and_over(folder: Path, usual_seconds: float) -> None:
    for fraction in _FRACTIONS:
        process = start(folder, "rows.csv", "--out", "out.jsonl")
        time.sleep(usual_seconds * fraction)
        process.kill()
        finish(process)
    assert carry_out(folder, "rows.csv", "--out", "out.jsonl")[0] == Exit.OK
    assert_finished(folder, ALL, folder / "out.jsonl")


def test_a_table_that_grew_after_a_kill(folder: Path, usual_seconds: float) -> None:
    write_table(folder / "rows.csv", range(1_000))
    assert carry_out(folder, "rows.csv", "--out", "out.jsonl")[0] == Exit.OK
    before = (folder / "out.jsonl").read_bytes()
    write_table(folder / "rows.csv", COMPANIES)
    process = start(folder, "rows.csv", "--out", "out.jsonl")
    time.sleep(usual_seconds * 0.6)
    process.kill()
    finish(process)
    assert (folder / "out.jsonl").read_bytes().startswith(before)

    assert carry_out(folder, "rows.csv", "--out", "out.jsonl")[0] == Exit.OK
    assert_finished(folder, ALL, folder / "out.jsonl")


@pytest.mark.parametrize("fraction", [0.1, 0.4])
def test_interrupt(fraction: float, folder: Path, usual_seconds: float) -> None:
    process = start(folder, "rows.csv", "--out", "out.jsonl")
    until = time.monotonic() + 30
    while not (folder / "home" / "ledger.db").exists() and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(usual_seconds * fraction)
    process.send_signal(signal.SIGINT)
    status, talk = finish(process)
    assert status in {Exit.INTERRUPTED, Exit.OK, -signal.SIGINT}  # a shell calls both 130
    assert "Traceback" not in talk
    assert left_over(folder) == []

    assert carry_out(folder, "rows.csv", "--out", "out.jsonl")[0] == Exit.OK
    assert_finished(folder, ALL, folder / "out.jsonl")


def test_interrupt_while_the_command_starts(folder: Path) -> None:
    """Ctrl-C in the first tenth of a second: no traceback either."""
    code = "import os, signal; from certx._entry import main; import certx.cli.failure\n" + KILL_AT.format(
        event="import", text="certx.cli.main", nth=1
    ).replace("SIGKILL", "SIGINT")
    status, talk = carry_out(folder, "rows.csv", "--out", "out.jsonl", code=code + MAIN)
    assert status in {Exit.INTERRUPTED, -signal.SIGINT}  # a shell calls both 130
    assert "Traceback" not in talk
