"""Orders that somebody ends, or that run where nobody is: signals, no terminal, pipes that close or fill up."""

import os
import signal
import time
from pathlib import Path
from typing import Any, Final

import pytest

from certx.errors import Exit
from cli.orders import (
    KILL_IN,
    MAIN,
    OPTIONS,
    assert_finished,
    carry_out,
    committed,
    finish,
    lines,
    number_of,
    start,
    write_table,
)
from cli.runner import Session, folder_of

COMPANIES: Final = range(3_000)
ALL: Final = [number_of(company) for company in COMPANIES]
SOON: Final = 60.0


@pytest.fixture
def folder(town: Path, tmp_path: Path) -> Path:
    """A town with a table of three thousand companies."""
    folder_of(town, tmp_path)
    write_table(tmp_path / "rows.csv", COMPANIES)
    return tmp_path


def await_chunk(folder: Path, process: Any) -> None:
    """Until a chunk is committed."""
    until = time.monotonic() + SOON
    while process.poll() is None and time.monotonic() < until and not committed(folder):
        time.sleep(0.005)


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("group", [False, True], ids=["the process", "its group"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_what_is_at_work_is_finished(number: signal.Signals, workers: str, group: bool, folder: Path) -> None:  # noqa: FBT001 - a case
    process = start(folder, "rows.csv", "--out", "out.jsonl", "--workers", workers, start_new_session=True)
    await_chunk(folder, process)
    (os.killpg if group else os.kill)(process.pid, number)
    status, talk = finish(process)
    assert status == Exit.INTERRUPTED
    assert "run the same command again to go on" in talk
    assert "Traceback" not in talk
    before = committed(folder)
    assert before == (folder / "out.jsonl").read_bytes(), "all that was written is noted"
    assert len(before) > 0

    assert carry_out(folder, "rows.csv", "--out", "out.jsonl")[0] == Exit.OK
    assert (folder / "out.jsonl").read_bytes().startswith(before)
    assert_finished(folder, ALL, folder / "out.jsonl")


@pytest.mark.parametrize("pause", [0.0, 0.01, 0.03, 0.06, 0.1])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_second_time_it_ends_at_once(workers: str, pause: float, folder: Path) -> None:
    process = start(folder, "rows.csv", "--out", "out.jsonl", "--workers", workers)
    await_chunk(folder, process)
    process.send_signal(signal.SIGINT)
    time.sleep(pause)
    process.send_signal(signal.SIGINT)
    status, talk = finish(process)
    assert status in {Exit.INTERRUPTED, -signal.SIGINT}
    assert "Traceback" not in talk
    assert_goes_on(folder)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_second_time_in_the_midst_of_a_commit(when: str, folder: Path) -> None:
    """What the ledger has just been told of must not be taken out of the output."""
    code = KILL_IN.format(module="ledger.sqlite", owner="SqliteLedger", method="commit", when=when, nth=2)
    code = code.replace("os.kill(os.getpid(), signal.SIGKILL)", "raise KeyboardInterrupt")
    status, talk = carry_out(folder, "rows.csv", "--out", "out.jsonl", "--workers", "1", code=code + MAIN)
    assert status == Exit.INTERRUPTED
    assert "run the same command again to go on" in talk
    assert_goes_on(folder)


def assert_goes_on(folder: Path) -> None:
    """The same command finishes what is there."""
    before = committed(folder)
    status, talk = carry_out(folder, "rows.csv", "--out", "out.jsonl")
    assert status == Exit.OK, talk
    assert (folder / "out.jsonl").read_bytes().startswith(before)
    assert_finished(folder, ALL, folder / "out.jsonl")


@pytest.mark.parametrize("closed", ["<&-", "2>&-", "<&- 2>&-", "</dev/null >/dev/null 2>&1"])
def test_without_a_terminal(closed: str, folder: Path) -> None:
    """As cron runs it, and worse."""
    session = Session(folder)
    result = session.run(f"setsid certx issue rows.csv {' '.join(OPTIONS)} --out out.jsonl --json {closed}")
    assert result.status == Exit.OK
    assert "Traceback" not in result.stderr
    assert_finished(folder, ALL, folder / "out.jsonl")


def test_rows_from_a_pipe(folder: Path) -> None:
    result = Session(folder).run(f"cat rows.csv | certx issue - {' '.join(OPTIONS)} --out out.jsonl")
    assert result.status == Exit.OK, result.stderr
    assert_finished(folder, ALL, folder / "out.jsonl")


def test_credentials_into_a_pipe_that_closes(folder: Path) -> None:
    session = Session(folder)
    result = session.run(
        f"{{ certx issue rows.csv {' '.join(OPTIONS)} --out -; echo $? > status; }} | head -n 1 > first"
    )
    assert len(lines(folder / "first")) == 1
    assert (folder / "status").read_text().strip() == str(int(Exit.ENVIRONMENT))
    assert result.stderr.startswith("certx: error: ")
    assert "Traceback" not in result.stderr
    assert "Exception ignored" not in result.stderr


def test_credentials_into_a_pipe_that_fills_up(folder: Path) -> None:
    """Whoever reads takes a while: nothing is lost, and what waits to be written waits."""
    process = start(folder, "rows.csv", "--out", "-")
    time.sleep(4.0)
    assert process.poll() is None
    written, talk = process.communicate(timeout=SOON)
    (folder / "out.jsonl").write_text(written)
    assert process.returncode == Exit.OK, talk
    assert_finished(folder, ALL, folder / "out.jsonl")
