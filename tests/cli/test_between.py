"""Orders killed when their output is on disk and the ledger does not know: it was busy, for the test held it.

Whatever happens before the same command is run again, output and ledger agree in the end, or it is refused.
"""

import json
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from certx.credential.parse import parse
from certx.errors import Exit
from certx.licence.versions import PREVIOUS
from cli.orders import (
    assert_finished,
    assert_places_agree,
    carry_out,
    committed,
    finish,
    ledger_entries,
    ledger_rows,
    lines,
    list_status_key,
    number_of,
    numbers,
    start,
    write_table,
    written_entries,
)
from cli.runner import Session, folder_of

COMPANIES: Final = range(400)
ALL: Final = [number_of(company) for company in COMPANIES]
ORDER: Final = ("rows.csv", "--out", "out.jsonl", "--workers", "1")
SOON: Final = 60.0


@pytest.fixture
def folder(town: Path, tmp_path: Path) -> Path:
    """A town with a table of four hundred companies, which make one chunk."""
    folder_of(town, tmp_path)
    write_table(tmp_path / "rows.csv", COMPANIES)
    return tmp_path


def kill_between(folder: Path) -> None:
    """Kill the order when its chunk is on disk and the ledger was not told."""
    before = len(ledger_entries(folder)) if (folder / "home" / "ledger.db").exists() else 0
    process = start(folder, *ORDER)
    until = time.monotonic() + SOON
    while not _has_reserved(folder, before) and time.monotonic() < until:
        time.sleep(0.002)
    with closing(sqlite3.connect(folder / "home" / "ledger.db", timeout=SOON, isolation_level=None)) as ledger:
        ledger.execute("BEGIN IMMEDIATE")
        size = -1
        while (size != (size := _size(folder)) or size == 0) and time.monotonic() < until:
            time.sleep(0.5)
        process.kill()
        finish(process)
        ledger.execute("ROLLBACK")
    assert numbers(folder / "out.jsonl")[-len(ALL) :] == ALL, "the output has them all"
    assert [state for state, _ in ledger_entries(folder).values()].count("reserved") == len(ALL)


def _has_reserved(folder: Path, before: int) -> bool:
    try:
        return len(ledger_entries(folder)) > before
    except sqlite3.OperationalError:  # there are no tables yet
        return False


def _size(folder: Path) -> int:
    path = folder / "out.jsonl"
    return path.stat().st_size if path.exists() else 0


def test_with_another_key_the_ledger_says_which_one_signed(folder: Path) -> None:
    kill_between(folder)
    session = Session(folder)
    assert session.run("certx key new samr-2 --passphrase-file passphrase").status == Exit.OK
    jwk = json.loads(session.run("certx key public samr-2").stdout)
    path = folder / "registry" / "510000" / "keys.json"
    document = json.loads(path.read_bytes())
    document["issuers"][0]["keys"].append({"kid": jwk["kid"], "jwk": jwk, "from": "2020-01-01T00:00:00+08:00"})
    path.write_text(json.dumps(document))

    assert carry_out(folder, *ORDER, "--key", "samr-2")[0] == Exit.OK
    assert_finished(folder, ALL, folder / "out.jsonl")
    assert {parse(line["credential"]).jws.header["kid"] for line in lines(folder / "out.jsonl")} == {jwk["kid"]}
    assert ledger_rows(folder, "SELECT kid, count(*) FROM licence JOIN signing_key ON signing_key = signed_by") == [
        (jwk["kid"], len(ALL))
    ]


def test_a_predecessor_that_ended_meanwhile_keeps_its_end(folder: Path) -> None:
    write_table(folder / "first.csv", range(1_000, 1_001))
    assert carry_out(folder, "first.csv", "--out", "first.jsonl")[0] == Exit.OK
    old = lines(folder / "first.jsonl")[0]["licence_id"]
    head, first, *others = (folder / "rows.csv").read_text(encoding="utf-8").splitlines()
    table = [f"{head},原证照标识", f"{first},{old}", *(f"{row}," for row in others)]
    (folder / "rows.csv").write_text("\n".join(table) + "\n", encoding="utf-8")
    kill_between(folder)
    session = Session(folder)
    ended = session.run(f"certx status set {old} --to cancelled --why closed")
    assert ended.status == Exit.OK, ended.stderr

    status, talk = carry_out(folder, *ORDER)
    assert status in {Exit.OK, Exit.REJECTED_ROWS}, talk  # whether such a one may be followed is not the matter here
    issued = {name: entry for name, entry in ledger_entries(folder).items() if entry[0] == "issued"}
    assert issued == written_entries(folder / "first.jsonl", folder / "out.jsonl")
    followed = [line for line in lines(folder / "out.jsonl") if PREVIOUS in parse(line["credential"]).claims]
    assert len(followed) == (status == Exit.OK)
    assert len(lines(folder / "out.jsonl")) == len(ALL) - (status == Exit.REJECTED_ROWS)
    assert "cancelled" in session.run(f"certx status show {old}").stdout


def test_a_status_key_that_was_listed_meanwhile(folder: Path) -> None:
    path = folder / "registry" / "510000" / "keys.json"
    document = json.loads(path.read_bytes())
    document["issuers"][0].pop("statusKeys", None)
    path.write_text(json.dumps(document))
    kill_between(folder)
    assert "status" not in parse(lines(folder / "out.jsonl")[0]["credential"]).jws.payload
    list_status_key(folder)
    assert carry_out(folder, *ORDER)[0] == Exit.OK
    assert_finished(folder, ALL, folder / "out.jsonl")
    assert_places_agree(folder)


def test_a_ledger_restored_from_a_backup_does_not_take_the_output_over(folder: Path) -> None:
    """Its backup is older than all of the output: what is there was issued, and it does not know under which places."""
    write_table(folder / "first.csv", range(1_000, 1_001))
    assert carry_out(folder, "first.csv", "--out", "first.jsonl")[0] == Exit.OK
    ledger = folder / "home" / "ledger.db"
    shutil.copy2(ledger, folder / "backup.db")
    assert carry_out(folder, *ORDER)[0] == Exit.OK
    write_table(folder / "rows.csv", range(800))
    assert carry_out(folder, *ORDER)[0] == Exit.OK
    (folder / "backup.db").replace(ledger)
    for beside in ledger.parent.glob("ledger.db-*"):
        beside.unlink()
    assert_refused(folder, len(numbers(folder / "out.jsonl")))
    assert len(ledger_entries(folder)) == 1


def test_a_lost_ledger_does_not_take_the_output_over(folder: Path) -> None:
    assert carry_out(folder, *ORDER)[0] == Exit.OK
    for file in (folder / "home").glob("ledger.db*"):
        file.unlink()
    assert_refused(folder, len(ALL))
    assert ledger_entries(folder) == {}


def test_a_ledger_that_was_lost_between_lets_its_beginning_be_signed_anew(folder: Path) -> None:
    """Of that chunk nobody was told but the note beside it: it is cut off, as it would be with the ledger."""
    kill_between(folder)
    for file in (folder / "home").glob("ledger.db*"):
        file.unlink()
    assert carry_out(folder, *ORDER)[0] == Exit.OK
    assert_finished(folder, ALL, folder / "out.jsonl")


def assert_refused(folder: Path, count: int) -> None:
    """The same command, or a job of another table, leaves the output as it is."""
    before = (folder / "out.jsonl").read_bytes()
    status, talk = carry_out(folder, *ORDER)
    assert status == Exit.USAGE
    assert "out.jsonl" in talk
    assert (folder / "out.jsonl").read_bytes() == before
    assert len(lines(folder / "out.jsonl")) == count


@pytest.mark.parametrize("pause", [0.0, 0.3, 0.8])
def test_an_output_that_two_jobs_name_is_one_job_s_at_a_time(pause: float, folder: Path) -> None:
    write_table(folder / "rows.csv", range(6_000))
    write_table(folder / "others.csv", range(5_000, 7_000))
    first = start(folder, *ORDER)
    time.sleep(pause)
    second = start(folder, "others.csv", "--out", "out.jsonl", "--workers", "2")
    ends = [finish(first), finish(second)]
    assert {status for status, _ in ends} <= {Exit.OK, Exit.ENVIRONMENT}
    for status, talk in ends:
        assert status == Exit.OK or "out.jsonl" in talk
    assert committed(folder) == (folder / "out.jsonl").read_bytes()
    for rows in ("rows.csv", "others.csv"):
        assert carry_out(folder, rows, "--out", "out.jsonl")[0] == Exit.OK
    assert_finished(folder, [number_of(company) for company in range(7_000)], folder / "out.jsonl")
