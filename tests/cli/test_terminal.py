"""At a terminal: colour unless it is unwanted, a passphrase that is asked for and not shown, lines that fit."""

import os
import re
import select
import subprocess
import time
from pathlib import Path

import pytest

from cli.orders import OPTIONS, write_table
from cli.runner import Session, folder_of

pty = pytest.importorskip("pty", reason="no pseudo-terminals here")
COLOUR = re.compile(rb"\x1b\[[0-9;]*m")


def at_a_terminal(session: Session, command: str, *answers: str, **environment: str) -> tuple[int, bytes]:
    """Exit status and screen of a command at a pseudo-terminal; each answer is typed at a line that ends in `: `."""
    master, terminal = pty.openpty()
    variables = {**session.environment, "TERM": "xterm", **environment}
    with subprocess.Popen(
        ["sh", "-c", command], cwd=session.folder, env=variables,
        stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True,
        preexec_fn=lambda: _adopt(terminal),  # noqa: PLW1509 - there are no threads here
    ) as process:  # fmt: skip
        os.close(terminal)
        screen, waiting, until = b"", list(answers), time.monotonic() + 30
        while time.monotonic() < until:
            if select.select([master], [], [], 0.1)[0]:
                try:
                    seen = os.read(master, 65_536)
                except OSError:
                    break
                screen += seen
                if not seen:
                    break
                if waiting and screen.endswith(b": "):
                    os.write(master, waiting.pop(0).encode() + b"\n")
            elif process.poll() is not None:
                break
        process.wait(timeout=10)
    os.close(master)
    assert not waiting, screen
    return process.returncode, screen


def _adopt(terminal: int) -> None:
    """Make the pseudo-terminal the one that `getpass` finds at /dev/tty."""
    import fcntl  # noqa: PLC0415 - not on Windows
    import termios  # noqa: PLC0415

    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)


@pytest.fixture
def session(town: Path, tmp_path: Path) -> Session:
    return Session(folder_of(town, tmp_path), CERTX_REGISTRY="registry", CERTX_REGION="500000")


def test_an_outcome_has_a_colour_and_its_word(session: Session) -> None:
    status, screen = at_a_terminal(session, "certx verify cases/altered.txt")
    assert status == 3
    assert COLOUR.search(screen)
    assert b"INVALID" in screen


@pytest.mark.parametrize("wish", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colour_where_it_is_unwanted(wish: dict[str, str], session: Session) -> None:
    _, screen = at_a_terminal(session, "certx verify cases/altered.txt; certx trust show; certx key list", **wish)
    assert screen
    assert not re.search(rb"\x1b\[[0-9;]*3[0-9]", screen)


def test_an_empty_no_color_says_nothing(session: Session) -> None:
    """https://no-color.org: when present and not an empty string."""
    assert COLOUR.search(at_a_terminal(session, "certx verify cases/altered.txt", NO_COLOR="")[1])


def test_a_passphrase_is_asked_for_and_not_shown(session: Session) -> None:
    passphrase = (session.folder / "passphrase").read_text().strip()
    options = " ".join(OPTIONS).replace("--passphrase-file passphrase", "")
    command = f"certx issue rows/business-licence.csv {options} --out out.jsonl"
    status, screen = at_a_terminal(session, command, passphrase)
    assert status == 0, screen
    assert b"Passphrase" in screen
    assert passphrase.encode() not in screen


def test_a_new_passphrase_is_asked_for_twice(session: Session) -> None:
    status, screen = at_a_terminal(session, "certx key new mine", "some words of mine", "some words of mine")
    assert (status, (session.folder / "home/keys/mine.pem").exists()) == (0, True), screen
    assert b"words of mine" not in screen


def test_two_passphrases_that_differ(session: Session) -> None:
    status, screen = at_a_terminal(session, "certx key new mine", "some words of mine", "some worms of mine")
    assert (status, (session.folder / "home/keys/mine.pem").exists()) == (7, False), screen


def test_verify_without_an_input_does_not_wait(session: Session) -> None:
    status, screen = at_a_terminal(session, "certx verify")
    assert status == 2
    assert b"certx: error: nothing to verify" in screen


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_no_line_is_wider_than_the_terminal(columns: int, session: Session) -> None:
    command = f"stty cols {columns}; certx verify licences/business-licence.txt --lang zh"
    status, screen = at_a_terminal(session, command, NO_COLOR="1")
    assert status == 0
    widths = [sum(1 + (ord(char) > 0x2E80) for char in line) for line in screen.decode().replace("\r", "").split("\n")]
    assert max(widths) <= columns


@pytest.mark.parametrize(("rows", "times"), [(24, 2), (80, 1)])
def test_the_outcome_of_a_long_licence_is_in_sight(rows: int, times: int, session: Session) -> None:
    command = f"stty rows {rows} cols 80; certx verify licences/driving-licence.txt --lang zh"
    status, screen = at_a_terminal(session, command, NO_COLOR="1")
    assert status == 0
    lines = screen.decode().replace("\r", "").split("\n")
    assert lines[0].startswith("√ 认可  ")
    assert sum(line.startswith("√ 认可  ") for line in lines) == times
    assert times == 1 or lines[0] in lines[-5:]


def test_a_pipe_has_the_outcome_once(session: Session) -> None:
    status, screen = at_a_terminal(session, "stty rows 5; certx verify cases/altered.txt | cat")
    assert (status, screen.count(b"INVALID")) == (0, 1)


def test_who_watches_a_long_run_sees_how_far_it_is_and_what_became_of_it(session: Session) -> None:
    write_table(session.folder / "rows.csv", range(20_000))
    status, screen = at_a_terminal(session, f"certx issue rows.csv --out out.jsonl {' '.join(OPTIONS)}")
    assert status == 0
    seen = COLOUR.sub(b"", screen).decode()
    assert re.search(r"\d+ rows, \d+ a second, 0 rejected .*\d:\d\d:\d\d", seen)
    assert re.search(r"rows +┃ +issued +┃ +left out +┃ +rejected", seen)
    assert re.search(r"20,000 +│ +20,000 +│ +0 +│ +0 +│ +[\d,]+ +│ +0:\d\d:\d\d", seen)
