"""A folder that a scanner writes to."""

import os
from pathlib import Path

import pytest

from certx.app.counter.folder_watch import FolderWatch
from certx.errors import EnvironmentFailureError


def names(watch: FolderWatch) -> list[str]:
    return [path.name for path in watch.poll()]


def test_each_file_is_told_once_when_it_is_complete(tmp_path: Path) -> None:
    (tmp_path / "old.jpg").write_bytes(b"x")
    watch = FolderWatch(tmp_path)
    assert names(watch) == []
    (tmp_path / "a.jpg").write_bytes(b"1")
    assert names(watch) == []
    (tmp_path / "a.jpg").write_bytes(b"12")  # still being written
    assert names(watch) == []
    assert names(watch) == ["a.jpg"]
    assert names(watch) == []


def test_several_come_in_the_order_in_which_they_were_written(tmp_path: Path) -> None:
    watch = FolderWatch(tmp_path)
    for number, name in enumerate(["c.pdf", "a.png", "b.txt"]):
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, (1_000 + number, 1_000 + number))
    names(watch)
    assert names(watch) == ["c.pdf", "a.png", "b.txt"]


def test_a_file_in_the_place_of_another_is_a_new_one(tmp_path: Path) -> None:
    watch = FolderWatch(tmp_path)
    for content in (b"first", b"second!"):
        (tmp_path / "scan.jpg").write_bytes(content)
        names(watch)
        assert names(watch) == ["scan.jpg"]


def test_what_is_unfinished_hidden_empty_or_no_file_is_passed_over(tmp_path: Path) -> None:
    watch = FolderWatch(tmp_path)
    for name in (".hidden.jpg", "x.part", "x.TMP", "~lock"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "folder.jpg").mkdir()
    (tmp_path / "link.jpg").symlink_to("/dev/zero")
    names(watch)
    assert names(watch) == []


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFailureError):
        FolderWatch(tmp_path / "nowhere")
