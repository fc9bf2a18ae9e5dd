"""Files written whole or not at all, by several at once too."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from certx.app.machine.files import replace_file, replacing, sweep_folder


def test_two_that_write_at_once_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "list.jwt"
    with replacing(path) as first, replacing(path) as second:
        first.write(b"first" * 100)
        second.write(b"second")
        assert len(list(tmp_path.glob("*.part"))) == len(list(tmp_path.glob(".*.part"))) == 2
    assert path.read_bytes() == b"first" * 100
    assert list(tmp_path.iterdir()) == [path]


def test_the_folder_of_a_file_is_made(tmp_path: Path) -> None:
    """So do all options that name what is to be written: docs/cli.md."""
    replace_file(tmp_path / "2026" / "11" / "history.csv", b"whole")
    assert (tmp_path / "2026" / "11" / "history.csv").read_bytes() == b"whole"


@pytest.mark.skipif(sys.platform == "win32", reason="no process is asked whether it lives")
def test_what_a_killed_process_left_is_swept_away(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    left = tmp_path / f".list.jwt.{int(done.stdout)}-01234567.part"
    kept = [tmp_path / f".list.jwt.{os.getpid()}-01234567.part", tmp_path / ".other.1-01234567.part"]
    for path in (left, *kept):
        path.write_bytes(b"x")
    replace_file(tmp_path / "list.jwt", b"whole")
    assert not left.exists()
    assert all(path.exists() for path in kept)
    os.utime(kept[0], (0, 0))
    replace_file(tmp_path / "list.jwt", b"whole")
    assert [path.exists() for path in kept] == [False, True]


@pytest.mark.skipif(sys.platform == "win32", reason="no process is asked whether it lives")
def test_a_folder_is_swept_of_what_killed_processes_left_in_it_and_of_nothing_else(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    left = [tmp_path / f".{name}.{int(done.stdout)}-01234567.part" for name in ("a.pdf", "b.pdf")]
    kept = [tmp_path / f".a.pdf.{os.getpid()}-01234567.part", tmp_path / ".mine.part", tmp_path / "a.pdf"]
    for path in (*left, *kept):
        path.write_bytes(b"x")
    sweep_folder(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted(kept)
    sweep_folder(tmp_path / "not there")
