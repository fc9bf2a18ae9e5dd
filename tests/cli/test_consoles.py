"""Consoles and pipes of any encoding: no command is stopped by a character, and signs have plain ones to stand in."""

from pathlib import Path

import pytest

from cli.orders import OPTIONS
from cli.runner import Session, folder_of

ENCODINGS = ("cp936", "ascii", "latin-1", "utf-16", "utf-8")
COMMANDS = {
    "certx verify licences/business-licence.txt --explain": 0,
    "certx verify cases/altered.txt cases/expired.txt nowhere.txt": 3,
    "certx verify licences/business-licence.txt --json --html page.html": 0,
    "certx verify '𠮷𬭎中√.txt'": 6,
    "certx --help": 0,
    "certx trust key --help": 0,
    "certx vrify": 2,
    "certx schema show business-licence": 0,
    "certx trust show": 0,
    f"certx issue rows/business-licence.csv {' '.join(OPTIONS)} --out out.jsonl": 0,
    "certx issue 𠮷.csv --type business-licence --issuer 某 --key 某 --out o.jsonl": None,
}


@pytest.fixture
def session(town: Path, tmp_path: Path) -> Session:
    return Session(folder_of(town, tmp_path), CERTX_REGISTRY="registry", CERTX_REGION="500000", PYTHONUTF8="0")


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_command_is_stopped_by_a_character(encoding: str, language: str, session: Session) -> None:
    for command, status in COMMANDS.items():
        done = session.run(command, PYTHONIOENCODING=encoding, CERTX_LANG=language)
        assert "Traceback" not in done.stderr.replace("\0", ""), (command, done.stderr)
        assert status is None or done.status == status, (command, done)


@pytest.mark.parametrize(("encoding", "sign"), [("cp936", "√ 通过"), ("utf-8", "√ 通过")])
def test_signs_are_kept_where_they_can_be_shown(encoding: str, sign: str, session: Session) -> None:
    command = f"certx verify licences/business-licence.txt --lang zh | iconv -f {encoding} -t utf-8"
    assert sign in session.run(command, PYTHONIOENCODING=encoding).stdout


def test_signs_have_plain_ones_to_stand_in_and_letters_none(session: Session) -> None:
    shown = session.run("certx verify licences/business-licence.txt --lang en", PYTHONIOENCODING="ascii").stdout
    assert "  + passed " in shown
    assert "-> compare with the identity document" in shown
    assert "\\u5f20\\u793a\\u4f8b" in shown


def test_a_locale_whose_letters_the_console_has_not_is_not_followed(session: Session) -> None:
    chinese = {"LC_ALL": "zh_CN.UTF-8"}
    command = "certx verify cases/altered.txt"
    assert session.run(command, PYTHONIOENCODING="ascii", **chinese).stdout.startswith("INVALID")
    assert session.run(command, PYTHONIOENCODING="utf-8", **chinese).stdout.startswith("无效")
    asked = session.run(f"{command} --lang zh", PYTHONIOENCODING="ascii", **chinese).stdout
    assert asked.startswith("\\u65e0\\u6548")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_reader_that_has_gone_is_no_traceback(encoding: str, session: Session) -> None:
    done = session.run(
        "certx verify licences --explain --lang zh | true; certx --help | true", PYTHONIOENCODING=encoding
    )
    assert done.stderr == ""
