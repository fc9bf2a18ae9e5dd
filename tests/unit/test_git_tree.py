"""Schemas as they are in a commit: only what belongs to them, bounded, and a ref is never an option."""

import os
import subprocess
from pathlib import Path

import pytest

from certx.app.schema.git_tree import git_tree
from certx.app.schema.repository_tree import folder_tree
from certx.errors import DocumentError, EnvironmentFailureError, UnreadableError, UsageError
from certx.gate.tree import Layout
from certx.trust.files import MAX_FILE_BYTES

LAYOUT = Layout()


def git(folder: Path, *arguments: str) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    names = ["-c", "user.name=tester", "-c", "user.email=tester@example.org"]
    subprocess.run(["git", "-C", str(folder), *names, *arguments], check=True, capture_output=True, env=environment)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    files = {
        "schemas/x/1.0.json": "{}",
        "schemas/x/valid/中文 name.json": '{"a": 1}\n\n',
        "schemas/x/rows.csv": "a",
        "schemas/.hidden/1.0.json": "{}",
        "keys/500000/keys.json": "[]",
        "other/1.0.json": "{}",
        "schemas/empty.json": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "schemas" / "x" / "link.json").symlink_to("1.0.json")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "first")
    return tmp_path


WANTED = {
    "schemas/x/1.0.json": b"{}",
    "schemas/x/valid/中文 name.json": b'{"a": 1}\n\n',
    "keys/500000/keys.json": b"[]",
    "schemas/empty.json": b"",
}


def test_a_commit_and_the_folder_it_was_made_of_have_the_same_files(repository: Path) -> None:
    assert git_tree(repository, "main", LAYOUT) == folder_tree(repository, LAYOUT) == WANTED


def test_with_three_dots_it_is_the_commit_that_both_branches_share(repository: Path) -> None:
    git(repository, "checkout", "-qb", "change")
    git(repository, "commit", "-q", "--allow-empty", "-m", "mine")
    git(repository, "checkout", "-q", "main")
    (repository / "schemas" / "x" / "1.1.json").write_text("{}")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "theirs")
    git(repository, "checkout", "-q", "change")
    assert "schemas/x/1.1.json" in git_tree(repository, "main", LAYOUT)
    assert git_tree(repository, "main...", LAYOUT) == WANTED
    for ref in ("nowhere...", "...", "--all..."):
        with pytest.raises(UsageError):
            git_tree(repository, ref, LAYOUT)


def test_a_commit_is_read_as_it_was(repository: Path) -> None:
    (repository / "schemas" / "x" / "1.0.json").write_text("[]")
    git(repository, "commit", "-qam", "second")
    assert git_tree(repository, "HEAD~1", LAYOUT)["schemas/x/1.0.json"] == b"{}"
    assert git_tree(repository, "HEAD", LAYOUT)["schemas/x/1.0.json"] == b"[]"


def test_paths_begin_at_the_folder_that_was_named(repository: Path) -> None:
    assert set(git_tree(repository / "schemas", "main", LAYOUT)) == {
        "x/1.0.json", "x/valid/中文 name.json", "empty.json",
    }  # fmt: skip


@pytest.mark.parametrize("ref", ["nowhere", "--output=/tmp/x", "-h", "", "main:schemas", "main..main", "HEAD^{tree}"])
def test_what_names_no_commit_is_a_mistake(repository: Path, ref: str) -> None:
    with pytest.raises(UsageError):
        git_tree(repository, ref, LAYOUT)


def test_where_no_repository_is(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        git_tree(tmp_path, "main", LAYOUT)


def test_without_git(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(EnvironmentFailureError) as caught:
        git_tree(repository, "main", LAYOUT)
    assert caught.value.code == "git-missing"


def test_a_repository_is_bounded(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    large = repository / "schemas" / "large.json"
    large.write_bytes(b" " * (MAX_FILE_BYTES + 1))
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "large")
    with pytest.raises(UnreadableError):
        git_tree(repository, "main", LAYOUT)
    with pytest.raises(DocumentError):
        folder_tree(repository, LAYOUT)
    large.unlink()
    monkeypatch.setattr("certx.app.schema.repository_tree.MOST_FILES", 2)
    for read in (lambda: git_tree(repository, "HEAD~1", LAYOUT), lambda: folder_tree(repository / "schemas", LAYOUT)):
        with pytest.raises(UnreadableError):
            read()
