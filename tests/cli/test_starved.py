"""Orders that cannot have what they need: the disk is full, another job has the ledger, the output is no file."""

import sqlite3
from pathlib import Path
from typing import Final

import pytest

from certx.errors import Exit
from cli.orders import (
    assert_finished,
    carry_out,
    committed,
    finish,
    lines,
    number_of,
    numbers,
    start,
    write_table,
)
from cli.runner import Session, folder_of

COMPANIES: Final = range(3_000)
ALL: Final = [number_of(company) for company in COMPANIES]


@pytest.fixture
def folder(town: Path, tmp_path: Path) -> Path:
    """A town with a table of three thousand companies."""
    folder_of(town, tmp_path)
    write_table(tmp_path / "rows.csv", COMPANIES)
    return tmp_path


def _limit(size: int) -> None:
    import resource  # noqa: PLC0415 - there is none on Windows

    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@pytest.mark.parametrize("size", [0, 300_000, 2_000_000, 7_000_000])
def test_full_disk(size: int, folder: Path) -> None:
    """No file may grow beyond a size: the ledger cannot be made, the reservations or the output do not fit."""
    status, talk = carry_out(folder, "rows.csv", "--out", "out.jsonl", preexec_fn=lambda: _limit(size))
    assert status == Exit.ENVIRONMENT, talk
    assert [line[:13] for line in talk.splitlines()] == ["certx: error:", "certx: hint: "]
    assert "transaction" not in talk  # what happened is the disk's matter, not SQL's
    before = committed(folder)

    assert carry_out(folder, "rows.csv", "--out", "out.jsonl")[0] == Exit.OK
    assert (folder / "out.jsonl").read_bytes().startswith(before)
    assert_finished(folder, ALL, folder / "out.jsonl")


def test_full_disk_leaves_an_earlier_output_as_it_was(folder: Path) -> None:
    write_table(folder / "rows.csv", range(500))
    assert carry_out(folder, "rows.csv", "--out", "out.jsonl")[0] == Exit.OK
    before = (folder / "out.jsonl").read_bytes()
    write_table(folder / "rows.csv", COMPANIES)

    status, _ = carry_out(folder, "rows.csv", "--out", "out.jsonl", preexec_fn=lambda: _limit(5_000_000))
    assert status == Exit.ENVIRONMENT
    assert committed(folder).startswith(before)


def test_two_jobs_at_once_issue_no_row_twice(folder: Path) -> None:
    outputs = [folder / "one.jsonl", folder / "two.jsonl"]
    jobs = [start(folder, "rows.csv", "--out", path.name) for path in outputs]
    statuses = {finish(job)[0] for job in jobs}
    assert statuses <= {Exit.OK, Exit.REJECTED_ROWS}  # to each, what the other had was at work or issued already
    assert_finished(folder, ALL, *outputs)


def test_two_jobs_at_once_into_one_output(folder: Path) -> None:
    jobs = [start(folder, "rows.csv", "--out", "out.jsonl") for _ in range(2)]
    assert [finish(job)[0] for job in jobs] == [Exit.OK, Exit.OK]
    assert_finished(folder, ALL, folder / "out.jsonl")


@pytest.mark.parametrize("round_", range(2))
def test_jobs_that_make_the_ledger_at_once(round_: int, town: Path, tmp_path: Path) -> None:
    folder_of(town, tmp_path)
    outputs = []
    for job in range(4):
        write_table(tmp_path / f"{job}.csv", range(job * 10, job * 10 + 10))
        outputs.append(tmp_path / f"{job}.jsonl")
    jobs = [start(tmp_path, f"{job}.csv", "--out", outputs[job].name) for job in range(4)]
    ended = [finish(job) for job in jobs]
    assert [status for status, _ in ended] == [Exit.OK] * 4, (round_, ended)
    assert len(set(numbers(*outputs))) == len(numbers(*outputs)) == 40


def test_another_job_holds_the_ledger(town: Path, tmp_path: Path) -> None:
    """A reader of the ledger (a backup, a report) does not stop an order."""
    folder_of(town, tmp_path)
    write_table(tmp_path / "rows.csv", range(10))
    assert carry_out(tmp_path, "rows.csv", "--out", "out.jsonl")[0] == Exit.OK
    database = sqlite3.connect(tmp_path / "home" / "ledger.db")
    database.execute("BEGIN")
    database.execute("SELECT count(*) FROM licence").fetchone()
    write_table(tmp_path / "rows.csv", range(20))
    assert carry_out(tmp_path, "rows.csv", "--out", "out.jsonl")[0] == Exit.OK
    database.close()
    assert len(numbers(tmp_path / "out.jsonl")) == 20


def test_an_output_that_is_no_file_is_refused(town: Path, tmp_path: Path) -> None:
    """A named pipe, a device: to be refused, neither waited for nor replaced by a file."""
    session = Session(folder_of(town, tmp_path))
    session.run("mkfifo pipe")
    job = start(tmp_path, "rows/business-licence.csv", "--out", "pipe")
    try:
        status, _ = finish(job, timeout=5)
    finally:
        job.kill()
    assert status in {Exit.USAGE, Exit.ENVIRONMENT}
    assert (tmp_path / "pipe").is_fifo()


def test_an_output_that_is_a_link_stays_one(town: Path, tmp_path: Path) -> None:
    session = Session(folder_of(town, tmp_path))
    session.run("mkdir share; touch share/out.jsonl; ln -s share/out.jsonl out.jsonl")
    assert carry_out(tmp_path, "rows/business-licence.csv", "--out", "out.jsonl")[0] == Exit.OK
    assert (tmp_path / "out.jsonl").is_symlink()
    assert len(lines(tmp_path / "share" / "out.jsonl")) == 2
