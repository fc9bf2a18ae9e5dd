"""Help in both languages: every text has its Chinese one, and none of either is left in the other."""

import re
from typing import Any

import pytest
from typer.main import get_command

from certx._entry import run
from certx.cli.help import epilog
from certx.cli.localise import commands_of, localise
from certx.cli.main import app
from certx.cli.mistake import mistake
from certx.docs import help_texts
from certx.i18n import help_zh

ROOT: Any = get_command(app)
COMMANDS = list(commands_of(ROOT))
NAMES = [name for name, _ in help_texts()]
ENGLISH = re.compile(r"(?<![\w-])[a-z]{2,} (?:[a-z]+ )*[a-z]{2,}(?![\w-])")
NOT_PROSE = re.compile(r"`[^`]*`|certx [a-z -]+|'[^']*'")


def texts() -> set[str]:
    """All that the commands say of themselves."""
    found = {command.help for command in COMMANDS} | {
        param.help for command in COMMANDS for param in command.params if getattr(param, "help", None)
    }
    return {text for text in found if text}


def test_each_text_has_its_chinese_one_and_none_is_left_over() -> None:
    assert texts() - set(help_zh.TEXTS) == set()
    assert set(help_zh.TEXTS) - texts() == set()


def test_each_chinese_text_is_chinese_and_names_the_same_values() -> None:
    for english, chinese in help_zh.TEXTS.items():
        assert not chinese.isascii() or english == chinese, english
        values = set(re.findall(r"--[a-z-]+|\.[a-z]+\b|CERTX_\w+|`[^`]+`|\b[A-Z]{2,}\b", english))
        assert [value for value in values if value not in chinese] in ([], ["JSON"]), english


def test_each_exit_status_has_its_chinese_meaning() -> None:
    said = {line.split("  ")[2] for line in epilog([], "0 1 2 3 4 5 6 7 8 9").splitlines() if re.match(r"  \d  ", line)}
    assert said == set(help_zh.STATUSES)


def shown(name: str, language: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert run([*name.split()[1:], "--help", "--lang", language]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("name", NAMES)
def test_no_english_is_left_in_chinese_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(name, "zh", capsys)
    assert text.startswith(f"用法: {name} ")
    prose = NOT_PROSE.sub("", re.sub(r"示例:\n(?:    .*\n)*", "", text))
    assert ENGLISH.findall("\n".join(line.partition("  ")[2] for line in prose.splitlines()[1:])) == []
    assert not re.search(r"Options|Usage|Commands|Arguments|Examples|Exit|\[required|\[default|Show this", text)


@pytest.mark.parametrize("name", NAMES)
def test_no_chinese_is_left_in_english_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(name, "en", capsys)
    assert text.startswith(f"Usage: {name} ")
    text = re.sub(r"Examples:\n(?:    .*\n)*", "", text)
    kept = text.replace("一次认证、异地可办", "").replace("互认清单", "")
    assert not re.search("[\u4e00-\u9fff]", re.sub(r"'[^']*'", "", kept))


@pytest.mark.parametrize("name", NAMES)
def test_chinese_help_fits_its_terminal(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for line in re.sub(r"示例:\n(?:    .*\n)*", "", shown(name, "zh", capsys)).splitlines():
        assert sum(2 if char > "\u2e80" else 1 for char in line) <= 80, line


def test_english_help_is_not_changed_by_chinese_help(capsys: pytest.CaptureFixture[str]) -> None:
    before = shown("certx key", "en", capsys)
    localise(get_command(app))
    assert shown("certx key", "en", capsys) == before


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["key", "new"], "usage-missing-argument"),
        (["agreement", "new", "--parties", "x"], "usage-missing-option"),
        (["--lang", "en"], "usage-missing-command"),
        (["verify", "--qqq"], "usage-option-unknown"),
        (["verify", "--jsn"], "usage-option-like"),
        (["qqq"], "usage-command-unknown"),
        (["vrify"], "usage-command-like"),
        (["verify", "--region"], "usage-needs-value"),
        (["verify", "--json=x"], "usage-takes-no-value"),
        (["demo", "more"], "usage-extra"),
        (["trust", "key", "rotate", "k", "a", "b", "--overlap", "x"], "usage-not-whole"),
        (["trust", "key", "rotate", "k", "a", "b", "--overlap", "-1"], "usage-out-of-range"),
    ],
)
def test_a_mistake_has_a_code_and_words_in_both_languages(
    argv: list[str], code: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from certx.i18n import en, zh  # noqa: PLC0415

    for language, book in (("zh", zh), ("en", en)):
        monkeypatch.setenv("CERTX_LANG", language)
        assert run([word for word in argv if word not in {"--lang", "en"}] or argv) == 2
        said = capsys.readouterr().err.splitlines()
        form = re.sub(r"\\\{\w+\\\}", ".+", re.escape(book.ERRORS[code]))
        if code != "usage-missing-command":
            assert re.search(form, said[0]), said


def test_a_mistake_of_another_form_is_passed_on() -> None:
    assert mistake("Something new.").params == {"detail": "something new"}
