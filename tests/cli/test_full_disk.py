"""Orders whose disk is full (a small one that the test mounts) stop with a word, and go on once there is room."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from certx.errors import Exit
from cli.orders import assert_finished, carry_out, committed, list_status_key, number_of, write_table
from cli.outcomes import FORMS, outcome_of
from cli.runner import folder_of
from conftest import need

COMPANIES: Final = range(3_000)
ALL: Final = [number_of(company) for company in COMPANIES]
LARGE: Final = 64_000_000
"""Bytes: room for everything."""


@contextmanager
def small_disk(path: Path) -> Iterator[None]:
    """A file system of its own at a folder, with what is in it."""
    need(sys.platform == "linux" and os.geteuid() == 0, "only root can mount a small disk")
    kept = shutil.move(path, path.with_name("kept"))
    path.mkdir(mode=0o700)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={LARGE},mode=0700", "tmpfs", str(path)]
    is_mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        need(is_mounted, "this machine does not let us mount")
        shutil.copytree(kept, path, dirs_exist_ok=True)
        yield
    finally:
        if is_mounted:
            subprocess.run(["umount", str(path)], check=True)


@contextmanager
def filled_but_for(room: int, disk: Path) -> Iterator[None]:
    """Something else takes up the disk, all but so many bytes of it."""
    filler = disk / "filler"
    free = os.statvfs(disk)
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, free.f_bavail * free.f_frsize - room))
    try:
        yield
    finally:
        filler.unlink()


@pytest.fixture
def folder(town: Path, tmp_path: Path) -> Path:
    """A town with a table of three thousand companies, and a folder `disk`."""
    folder_of(town, tmp_path)
    list_status_key(tmp_path)
    write_table(tmp_path / "rows.csv", COMPANIES)
    (tmp_path / "disk").mkdir()
    return tmp_path


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("room", [20_000, 400_000, 1_500_000])
@pytest.mark.parametrize(
    ("disk", "out"),
    [
        pytest.param("disk", "disk/out.jsonl", id="output"),
        pytest.param("home", "out.jsonl", id="ledger"),
        pytest.param("home", "home/out.jsonl", id="both"),
    ],
)
def test_a_disk_that_fills_up(disk: str, out: str, room: int, workers: str, folder: Path) -> None:
    order = ("rows.csv", "--out", out, "--rejects", "rejects.csv", "--workers", workers)
    with small_disk(folder / disk):
        with filled_but_for(room, folder / disk):
            status, talk = carry_out(folder, *order)
        assert status == Exit.ENVIRONMENT, talk
        assert [line[:13] for line in talk.splitlines()] == ["certx: error:", "certx: hint: "]
        before = committed(folder, out)

        assert carry_out(folder, *order)[0] == Exit.OK
        assert (folder / out).read_bytes().startswith(before)
        assert_finished(folder, ALL, folder / out)


@pytest.mark.parametrize("form", ["zstd", "parts", "parquet", "files"])
def test_a_disk_that_fills_up_with_another_form(form: str, folder: Path) -> None:
    wanted = FORMS[form]._replace(out=f"disk/{FORMS[form].out}")
    order = ("rows.csv", "--out", wanted.out, *wanted.options)
    with small_disk(folder / "disk"):
        with filled_but_for(1_000_000, folder / "disk"):
            status, talk = carry_out(folder, *order)
        assert status == Exit.ENVIRONMENT, talk
        assert "No space left on device" in talk
        assert carry_out(folder, *order)[0] == Exit.OK
        assert len(outcome_of(folder, wanted).licences) == len(ALL)
