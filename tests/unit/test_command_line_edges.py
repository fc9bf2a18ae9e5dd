"""What a command line can hold that is no text, no time or no stdin."""

import sys
from pathlib import Path

import pytest
from typer.main import get_command

from certx._entry import run
from certx.app.machine.clock import read_moment
from certx.app.status.statuses import read_ids
from certx.app.tables.chunks import open_table
from certx.cli.language import language_first
from certx.cli.main import app, run_typer
from certx.errors import Exit, UnreadableError, UsageError

NO_TEXT = "x\udcff"
NEW = ["agreement", "new", "--parties", "500000,510000", "--types", "identity-card", "--out", "-"]


@pytest.mark.parametrize(
    "argv",
    [
        [*NEW, "--from", "2026-01-01", "--version", "9" * 40],
        [*NEW, "--from", "2026-01-01", "--version", "0"],
        [*NEW, "--from", "2026-01-01", "--contact", NO_TEXT],
        ["status", "set", NO_TEXT, "--to", "suspended", "--why", "x"],
        ["verify", "x", "--region", NO_TEXT],
        ["trust", "check", NO_TEXT],
    ],
)
def test_what_is_no_text_or_no_number_of_ours_is_a_mistake(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(argv) == Exit.USAGE
    assert "certx: error: " in capsys.readouterr().err


def test_a_file_may_be_called_anything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", str(tmp_path / NO_TEXT)]) == Exit.UNREADABLE
    (tmp_path / NO_TEXT).mkdir()
    assert run(["trust", "check", str(tmp_path / NO_TEXT)]) != Exit.BUG
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00+08:00", "0001-01-01", "1969-12-31", "9999-12-31", "9999-12-31T23:59:59-23:00"]
)
def test_a_time_that_no_clock_shows_is_none(text: str) -> None:
    with pytest.raises(UsageError):
        read_moment(text)


def test_a_stdin_that_was_closed_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UnreadableError):
        read_ids("-")
    with pytest.raises(UnreadableError), open_table("-"):
        pass


def test_a_language_may_stand_behind_any_noun() -> None:
    command = get_command(app)
    for argv, expected in {
        "trust --lang zh show": "--lang zh trust show",
        "trust key --lang=zh add --help": "--lang=zh trust key add --help",
        "--lang en key list --lang zh": "--lang en key list --lang zh",
        "verify --lang": "verify --lang",
        "trust --lang": "trust --lang",
        "": "",
    }.items():
        assert language_first(argv.split(), command) == expected.split()


def test_a_group_speaks_the_language_that_was_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_typer(["schema", "--lang", "zh", "list"]) == 0
    assert "营业执照" in capsys.readouterr().out
