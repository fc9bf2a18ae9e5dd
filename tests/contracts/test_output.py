"""One suite for every form of output: what was committed is there after whatever happened, and nothing else is."""

import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter
from typing import Final, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certx.app.outputs.by_name import open_output
from certx.app.outputs.credential_files import open_credentials
from certx.batch.output import Placed
from certx.errors import EnvironmentFailureError, UsageError
from contracts.output_job import SMALL, chunk, load, save


class Form(NamedTuple):
    """A form of output, by the name that asks for it."""

    name: str
    explode: bool = False

    def __str__(self) -> str:
        return "explode" if self.explode else self.name


FORMS: Final = [Form("x.jsonl"), Form("x.jsonl.zst"), Form("x.parquet"), Form("parts/"), Form("single/", explode=True)]
ROOT: Final = Path(__file__).resolve().parents[2]


@pytest.fixture(params=FORMS, ids=str)
def form(request: pytest.FixtureRequest) -> Form:
    assert isinstance(request.param, Form)
    return request.param


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts, shards and row groups of a few lines, so that a few lines fill several."""
    for (module, name), value in SMALL.items():
        monkeypatch.setattr(module, name, value)


def written(folder: Path, form: Form) -> list[bytes]:
    """What a reader finds."""
    return [line.rstrip(b"\n") + b"\n" for _, line in open_credentials(folder / form.name)]


def issue(
    folder: Path,
    form: Form,
    chunks: Sequence[Sequence[bytes]],
    committed: Sequence[Placed] = (),
    *,
    finish: bool = True,
) -> list[Placed]:
    """One run that appends chunks and commits each."""
    with open_output(str(folder) + "/" + form.name, explode=form.explode) as output:
        assert output.resume(committed) == [True] * len(committed)
        placed = [*committed, *(output.append(lines) for lines in chunks)]
        if finish:
            output.finish()
        return placed


def test_what_is_appended_is_there(tmp_path: Path, form: Form) -> None:
    chunks = [chunk(0, 5), chunk(5, 10), chunk(15, 10), chunk(25, 1)]
    placed = issue(tmp_path, form, chunks)
    assert [one.count for one in placed] == [5, 10, 10, 1]
    assert written(tmp_path, form) == chunk(0, 26)
    with open_output(f"{tmp_path}/{form.name}", explode=form.explode) as output:
        assert output.resume(placed) == [True] * 4
        assert [list(output.lines(one)) for one in placed] == chunks


def test_every_file_is_the_owners_alone(tmp_path: Path, form: Form) -> None:
    issue(tmp_path, form, [chunk(0, 30)])
    files = [path for path in tmp_path.rglob("*") if path.is_file() and not path.name.endswith(".lock")]
    assert files
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_a_later_run_goes_on(tmp_path: Path, form: Form) -> None:
    first = issue(tmp_path, form, [chunk(0, 12)])
    second = issue(tmp_path, form, [chunk(12, 12), chunk(24, 3)], first)
    issue(tmp_path, form, [chunk(27, 9)], second)
    assert written(tmp_path, form) == chunk(0, 36)


def test_a_run_with_nothing_new_changes_nothing(tmp_path: Path, form: Form) -> None:
    placed = issue(tmp_path, form, [chunk(0, 12)])
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    issue(tmp_path, form, [], placed)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_run_with_nothing_at_all_leaves_nothing(tmp_path: Path, form: Form) -> None:
    issue(tmp_path, form, [])
    assert [path for path in tmp_path.rglob("*") if not path.name.startswith(".")] == []


@pytest.mark.parametrize("committed", [0, 1, 2])
def test_a_chunk_that_no_ledger_knows_of_is_cut(tmp_path: Path, form: Form, committed: int) -> None:
    placed = issue(tmp_path, form, [chunk(9 * n, 9) for n in range(committed + 1)], finish=False)
    known = placed[:committed]
    issue(tmp_path, form, [chunk(100, 9)], known)
    assert written(tmp_path, form) == chunk(0, 9 * committed) + chunk(100, 9)
    assert len(list(tmp_path.rglob("*.txt"))) in {0, 9 * committed + 9}


def test_the_last_chunk_can_be_taken_back(tmp_path: Path, form: Form) -> None:
    with open_output(f"{tmp_path}/{form.name}", explode=form.explode) as output:
        output.resume(())
        output.cut(output.append(chunk(0, 4)))
        first = output.append(chunk(0, 4))
        output.cut(output.append(chunk(50, 9)))
        second = output.append(chunk(4, 9))
        output.finish()
    assert written(tmp_path, form) == chunk(0, 13)
    issue(tmp_path, form, [], [first, second])


def test_a_file_of_somebody_else_is_left_alone(tmp_path: Path, form: Form) -> None:
    path = tmp_path / form.name
    issue(tmp_path, form, [chunk(0, 3), chunk(3, 3)])  # of another ledger
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    others = issue(tmp_path / "elsewhere", form, [chunk(90, 3)])
    before |= {path: path.read_bytes() for path in (tmp_path / "elsewhere").rglob("*") if path.is_file()}
    for committed, code in (((), "output-exists"), (others, "output-not-as-written")):
        with (
            open_output(f"{path}/" if form.name.endswith("/") else str(path), explode=form.explode) as output,
            pytest.raises(UsageError) as caught,
        ):
            output.resume(committed)
        assert caught.value.code == code
    after = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert {path: data for path, data in after.items() if not path.name.endswith(".lock")} == {
        path: data for path, data in before.items() if not path.name.endswith(".lock")
    }


def test_an_output_that_was_lost_is_said_and_begun_anew(tmp_path: Path, form: Form) -> None:
    placed = issue(tmp_path, form, [chunk(0, 12), chunk(12, 3)])
    path = tmp_path / form.name
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    with open_output(f"{tmp_path}/{form.name}", explode=form.explode) as output:
        assert output.resume(placed) == [False, False]
        again = output.append(chunk(0, 12))
        output.finish()
    assert written(tmp_path, form) == chunk(0, 12)
    with open_output(f"{tmp_path}/{form.name}", explode=form.explode) as output:
        assert output.resume([*placed, again])[2:] == [True]


def test_one_job_at_a_time(tmp_path: Path, form: Form, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("certx.app.outputs.by_name._LOCK_SECONDS", 0.01)
    out = f"{tmp_path}/{form.name}"
    with open_output(out, explode=form.explode), pytest.raises(EnvironmentFailureError) as caught, open_output(out):
        pass
    assert (caught.value.code, caught.value.hint) == ("output-busy", "output-busy")
    assert caught.value.params["path"] == out.rstrip("/")
    with open_output(out, explode=form.explode):
        pass


class Step(NamedTuple):
    """One chunk of a run: how long, and what becomes of it."""

    lines: int
    fate: str


STEPS: Final = st.lists(st.builds(Step, st.integers(1, 25), st.sampled_from(["committed", "cut"])), max_size=5)
RUNS: Final = st.lists(st.tuples(STEPS, st.sampled_from(["finished", "stopped", "uncommitted"])), max_size=4)


@pytest.mark.parametrize("form", FORMS, ids=str)
@given(runs=RUNS)
@settings(max_examples=25, deadline=None)
def test_after_any_runs_there_is_what_was_committed(
    tmp_path_factory: pytest.TempPathFactory, form: Form, runs: list[tuple[list[Step], str]]
) -> None:
    """Runs that end well, that stop before their end, and that stop between a chunk and its commit."""
    folder = tmp_path_factory.mktemp("runs")
    committed, lines, number = list[Placed](), list[bytes](), 0
    for steps, end in [*runs, ([], "finished")]:
        with open_output(f"{folder}/{form.name}", explode=form.explode) as output:
            assert output.resume(committed) == [True] * len(committed)
            for step in steps:
                new = chunk(number, step.lines)
                placed = output.append(new)
                assert list(output.lines(placed)) == new
                number += step.lines
                if step.fate == "cut":
                    output.cut(placed)
                else:
                    committed.append(placed)
                    lines += new
            if end == "uncommitted":
                output.append(chunk(number, 13))
                number += 13
            elif end == "finished":
                output.finish()
    if committed:
        assert written(folder, form) == lines
    files = [path for path in folder.rglob("*.txt") if path.is_file()]
    assert len(files) == (len(lines) if form.explode else 0)
    assert list(folder.rglob("*.torn")) == []


CHUNKS: Final = 40
KILLS: Final = 40
KILLS_IN_CI: Final = 3
_CHANCE: Final = random.Random(20261124)  # noqa: S311 - points in time, and the same ones every day
_FRACTIONS: Final = [_CHANCE.random() for _ in range(KILLS)]


def run_job(out: str, form: Form, ledger: Path, kill_after: float | None = None) -> tuple[list[str], float]:
    """A run as a process, ended by SIGKILL some seconds after it looked at what is there; what it said, its seconds."""
    command = [sys.executable, "-m", "contracts.output_job", out, "1" if form.explode else "", str(ledger), str(CHUNKS)]
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")])
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path}) as job:
        assert job.stdout is not None
        said = [job.stdout.readline().strip()]
        began = perf_counter()
        if kill_after is not None:
            try:
                job.wait(kill_after)
            except subprocess.TimeoutExpired:
                job.send_signal(signal.SIGKILL)
        said += job.stdout.read().split()
    return said, perf_counter() - began


def kill_again_and_again(folder: Path, form: Form, fractions: Sequence[float]) -> int:
    """Kill, resume, kill…, and look each time whether what was committed is there; how many were killed."""
    folder.mkdir(exist_ok=True)
    ledger = folder / "ledger"
    save(ledger, [])
    said, usual = run_job(f"{folder}/usual/{form.name}", form, ledger)
    assert said == ["whole", "finished"]
    killed = 0
    for number, fraction in enumerate(fractions):
        here = folder / str(number // 3)  # three on one output: the first has its beginning killed
        if number % 3 == 0:
            save(ledger, [])
        said, _ = run_job(f"{here}/{form.name}", form, ledger, usual * fraction / 2)
        assert said[0] == "whole"
        killed += "finished" not in said
        if number % 3 == 2 or fraction is fractions[-1]:
            assert run_job(f"{here}/{form.name}", form, ledger)[0] == ["whole", "finished"]
            assert written(here, form) == chunk(0, 8 * CHUNKS)
            assert len(load(ledger)) == CHUNKS
            assert len(list(here.rglob("*.txt"))) == (8 * CHUNKS if form.explode else 0)
            assert list(here.rglob("*.torn")) == []
    return killed


def test_killed_at_any_moment_it_goes_on_with_what_was_committed(tmp_path: Path, form: Form) -> None:
    """A run may be done before it is killed, on a machine that has just become faster: then once more."""
    tries = (tmp_path / str(nth) for nth in range(5))
    assert any(kill_again_and_again(folder, form, _FRACTIONS[:KILLS_IN_CI]) for folder in tries)


@pytest.mark.slow
def test_killed_at_many_moments_it_goes_on(tmp_path: Path, form: Form) -> None:
    assert kill_again_and_again(tmp_path, form, _FRACTIONS) > KILLS / 2


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 kB; skipped where none may be mounted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("a tmpfs cannot be mounted here")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_full_disk_is_said_and_the_next_run_goes_on(tiny_disk: Path, form: Form) -> None:
    """Filled by the run itself at first, then by others when it is to be finished."""
    committed = list[Placed]()

    def run(chunks: int) -> None:
        with open_output(f"{tiny_disk}/{form.name}", explode=form.explode) as output:
            assert output.resume(committed) == [True] * len(committed)
            while len(committed) < chunks:
                committed.append(output.append(chunk(8 * len(committed), 8)))
            output.finish()

    ballast = tiny_disk / "ballast"
    ballast.write_bytes(bytes(160_000))
    with pytest.raises(EnvironmentFailureError) as caught:
        run(1_000)
    assert caught.value.code == "file-unwritable"
    assert committed
    so_far = len(committed)
    with pytest.raises(EnvironmentFailureError):
        run(so_far + 1_000)
    ballast.unlink()
    run(so_far + 2)
    assert written(tiny_disk, form) == chunk(0, 8 * (so_far + 2))


def test_an_output_torn_in_its_first_chunk_is_ours_and_kept_beside(tmp_path: Path, form: Form) -> None:
    if form.name.endswith(".parquet"):
        pytest.skip("a torn Parquet file has no end, and so no rows")
    placed = issue(tmp_path, form, [chunk(0, 12)])
    (path,) = [tmp_path / form.name] if (tmp_path / form.name).is_file() else tmp_path.rglob(placed[0].file)
    torn = path.read_bytes()[:-20]
    path.write_bytes(torn)
    with open_output(f"{tmp_path}/{form.name}", explode=form.explode) as output:
        assert output.resume(placed, {"1.2.156.0*"}.__contains__) == [False]
        again = output.append(chunk(0, 12))
        output.finish()
        assert len(list(output.lines(again))) == 12
    assert path.with_name(f"{path.name}.torn").read_bytes() == torn
