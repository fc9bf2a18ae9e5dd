"""An order that is killed or interrupted is finished by the same command: each licence once, nothing lost."""

import json
import random
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from certx.credential.parse import parse
from certx.errors import Exit
from certx.keys import new_signer
from cli.orders import (
    MAIN,
    assert_finished,
    carry_out,
    finish,
    ledger_entries,
    left_over,
    lines,
    number_of,
    numbers,
    start,
    write_table,
)
from cli.runner import folder_of

COMPANIES: Final = range(3_000)
ALL: Final = [number_of(company) for company in COMPANIES]
POINTS: Final = 60
POINTS_IN_CI: Final = 8
_RANDOM: Final = random.Random(20261123)  # noqa: S311 - points in time, and the same ones every day
_FRACTIONS: Final = [_RANDOM.random() for _ in range(POINTS)]

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


def assert_whole_or_absent(output: Path) -> None:
    """An output is never half-written: each of its lines is complete, or it is not there."""
    assert all(line["credential"].endswith("~") for line in lines(output))


@pytest.mark.parametrize(
    "point", [pytest.param(n, marks=[pytest.mark.slow] if n >= POINTS_IN_CI else []) for n in range(POINTS)]
)
def test_kill_at_a_random_point(point: int, folder: Path, usual_seconds: float) -> None:
    process = start(folder, "rows.csv", "--out", "out.jsonl")
    time.sleep(usual_seconds * _FRACTIONS[point])
    process.kill()
    assert finish(process)[0] in {-signal.SIGKILL, Exit.OK}  # it may have been faster
    assert_whole_or_absent(folder / "out.jsonl")

    assert carry_out(folder, "rows.csv", "--out", "out.jsonl")[0] == Exit.OK
    assert_finished(folder, ALL, folder / "out.jsonl")


@pytest.mark.parametrize(
    ("event", "text", "nth"),
    [
        pytest.param("sqlite3.connect", "ledger.db", 1, id="before the ledger is there"),
        pytest.param("sqlite3.connect", "ledger.db", 2, id="before the lock"),
        pytest.param("open", ".part", 1, id="before the temporary file"),
        pytest.param("os.chmod", ".part", 1, id="written, not in place"),
        pytest.param("os.rename", ".part", 1, id="about to be put in place"),
    ],
)
def test_kill_at_a_seam(event: str, text: str, nth: int, folder: Path) -> None:
    code = KILL_AT.format(event=event, text=text, nth=nth) + MAIN
    assert carry_out(folder, "rows.csv", "--out", "out.jsonl", code=code)[0] == -signal.SIGKILL
    assert not (folder / "out.jsonl").exists()

    assert carry_out(folder, "rows.csv", "--out", "out.jsonl")[0] == Exit.OK
    assert_finished(folder, ALL, folder / "out.jsonl")


def kill_before_the_ledger_is_told(folder: Path) -> None:
    """The output has been put in place, the ledger does not know of it yet."""
    code = KILL_AT.format(event="os.rename", text=".part", nth=1)
    code = code.replace("os.kill(", "os.replace(*arguments[:2]); os.kill(")
    assert carry_out(folder, "rows.csv", "--out", "out.jsonl", code=code + MAIN)[0] == -signal.SIGKILL
    assert numbers(folder / "out.jsonl") == ALL
    assert {state for state, _ in ledger_entries(folder).values()} == {"reserved"}


def test_kill_when_the_output_stands_and_the_ledger_does_not_know(folder: Path) -> None:
    kill_before_the_ledger_is_told(folder)
    before = (folder / "out.jsonl").read_bytes()

    status, talk = carry_out(folder, "rows.csv", "--out", "out.jsonl")
    assert (status, "3000 row(s) had been issued before" in talk) == (Exit.OK, True)
    assert (folder / "out.jsonl").read_bytes() == before
    assert_finished(folder, ALL, folder / "out.jsonl")


def list_status_key(folder: Path) -> None:
    """From now on what is issued names its place on a status list."""
    jwk = new_signer("ES256").public_jwk
    path = folder / "registry" / "510000" / "keys.json"
    document = json.loads(path.read_bytes())
    document["issuers"][0]["statusKeys"] = [{"kid": jwk["kid"], "jwk": jwk, "from": "2020-01-01T00:00:00+08:00"}]
    path.write_text(json.dumps(document))


def assert_places_agree(folder: Path) -> None:
    """Each credential names the place that the ledger gave to it and to no other."""
    written = {}
    for line in lines(folder / "out.jsonl"):
        reference = parse(line["credential"]).jws.payload["status"]["status_list"]
        written[line["licence_id"]] = (reference["uri"].rpartition(":")[2], reference["idx"])
    assert places(folder) == written
    assert len(set(written.values())) == len(ALL)


def places(folder: Path) -> dict[str, tuple[str, int]]:
    with closing(sqlite3.connect(folder / "home" / "ledger.db")) as database:
        rows = database.execute("SELECT licence_id, number, list_index FROM licence JOIN status_list USING (list)")
        return {licence_id: (str(number), index) for licence_id, number, index in rows}


@pytest.mark.parametrize(
    ("event", "nth"), [("open", 1), ("os.chmod", 1), ("os.rename", 1)], ids=["reserved", "written", "before it stands"]
)
def test_a_licence_keeps_its_place_on_a_status_list_whatever_is_killed(event: str, nth: int, folder: Path) -> None:
    list_status_key(folder)
    code = KILL_AT.format(event=event, text=".part", nth=nth) + MAIN
    assert carry_out(folder, "rows.csv", "--out", "out.jsonl", code=code)[0] == -signal.SIGKILL
    before = places(folder)
    assert len(before) == len(ALL)

    assert carry_out(folder, "rows.csv", "--out", "out.jsonl")[0] == Exit.OK
    assert_finished(folder, ALL, folder / "out.jsonl")
    assert_places_agree(folder)
    assert places(folder) == before


def test_places_agree_when_the_output_stands_and_the_ledger_does_not_know(folder: Path) -> None:
    list_status_key(folder)
    kill_before_the_ledger_is_told(folder)
    assert_places_agree(folder)
    assert carry_out(folder, "rows.csv", "--out", "out.jsonl")[0] == Exit.OK
    assert_places_agree(folder)


@pytest.mark.parametrize("fraction", [0.2, 0.5, 0.8])
def test_no_place_is_given_twice_whenever_it_is_killed(fraction: float, folder: Path, usual_seconds: float) -> None:
    list_status_key(folder)
    process = start(folder, "rows.csv", "--out", "out.jsonl")
    time.sleep(usual_seconds * fraction)
    process.kill()
    finish(process)
    assert carry_out(folder, "rows.csv", "--out", "out.jsonl")[0] == Exit.OK
    assert_places_agree(folder)


def test_a_row_that_changed_after_such_a_kill_is_refused_every_time(folder: Path) -> None:
    """What was signed says 500, the rows say 600: nothing was issued, and exit status 0 would say that it was."""
    kill_before_the_ledger_is_told(folder)
    write_table(folder / "rows.csv", COMPANIES, capital=600)

    statuses = [carry_out(folder, "rows.csv", "--out", "out.jsonl")[0] for _ in range(2)]
    assert statuses == [Exit.REJECTED_ROWS, Exit.REJECTED_ROWS]


def test_a_row_that_changed_after_such_a_kill_is_told_when_it_was_issued(folder: Path) -> None:
    kill_before_the_ledger_is_told(folder)
    write_table(folder / "rows.csv", COMPANIES, capital=600)

    _, talk = carry_out(folder, "rows.csv", "--out", "out.jsonl")
    assert "with other content" in talk
    assert "1970" not in talk


def test_killed_over_and_over(folder: Path, usual_seconds: float) -> None:
    for fraction in _FRACTIONS[:3]:
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
    assert (folder / "out.jsonl").read_bytes().startswith(before)
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
    assert_whole_or_absent(folder / "out.jsonl")

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
