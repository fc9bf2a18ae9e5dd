"""Help in the language that is spoken: the commands that typer built, with their texts in Chinese.

English help is what the commands say of themselves; `certx.i18n.help_zh` has the same texts in Chinese.
"""

import re
import shutil
from collections.abc import Iterable, Iterator
from typing import Any, Final

import typer

from certx.i18n.help_zh import HEADINGS, PIECES, STATUSES, TEXTS
from certx.render.width import wrapped

_WIDEST: Final = 100
_WIDEST_NAME: Final = 30
"""Columns of a name that a text may stand beside (the default of typer)."""
_REQUIRED_TAKES: Final = 8
"""Columns of what typer adds to the text of an option that must be given."""
_EXTRA: Final = re.compile(r"\[((?:default: |required)[^\]\n]*|[^\]\n]*; required)\]")
_HEADING: Final = re.compile(rf"^( *)({'|'.join(HEADINGS)}):", re.MULTILINE)
_STATUS: Final = re.compile(r"^(  [0-9]  )(.+)$", re.MULTILINE)


def localise(root: Any) -> None:  # noqa: ANN401 - typer does not publish the types
    """Let a command, and all below it, give help in Chinese."""
    for command in commands_of(root):
        command.context_class = _ChineseContext


def commands_of(command: Any) -> Iterator[Any]:  # noqa: ANN401 - likewise
    """A command and all below it."""
    yield command
    for inner in getattr(command, "commands", {}).values():
        yield from commands_of(inner)


def _name(param: Any) -> str:  # noqa: ANN401 - likewise
    """About what stands before its text: the names of an option and its value."""
    return " ".join((" / ".join((*param.opts, *param.secondary_opts)), param.metavar or ""))


def _beside(room: int, names: Iterable[str]) -> int:
    """Columns that are left beside names for their texts."""
    return room - 2 - min(max(map(len, names), default=0), _WIDEST_NAME)


class _ChineseContext(typer.Context):
    """Has the texts of its command in Chinese by the time that help is asked for, and what typer itself writes."""

    def get_help(self) -> str:
        _translate(self.command)
        text = _HEADING.sub(lambda found: f"{found[1]}{HEADINGS[found[2]]}:", super().get_help())
        text = text.replace("Show this message and exit.", PIECES["Show this message and exit."])
        return _EXTRA.sub(lambda found: f"[{_piece(found[1])}]", text)


def _translate(command: Any) -> None:  # noqa: ANN401 - likewise
    """Put the texts of one command into Chinese, once, and the short ones of those right below it."""
    room = min(shutil.get_terminal_size().columns, _WIDEST) - 4
    below = getattr(command, "commands", {})
    beside = _beside(room, below)
    for inner in below.values():
        inner.short_help = _flowing(TEXTS.get(inner.help, inner.help).partition("\n")[0].removesuffix("。"), beside)
    beside = _beside(room, map(_name, command.params))
    for param in command.params:
        if getattr(param, "help", None) in TEXTS:
            param.help = _flowing(TEXTS[param.help], beside - _REQUIRED_TAKES * param.required)
    if command.help in TEXTS:
        command.help = "\n\n".join(_flowing(text, room) for text in TEXTS[command.help].split("\n\n"))
    if command.epilog:
        command.epilog = _STATUS.sub(lambda line: line[1] + STATUSES.get(line[2], line[2]), command.epilog)
    command.options_metavar = PIECES["[OPTIONS]"]
    if below:
        command.subcommand_metavar = PIECES["COMMAND [ARGS]..."]


def _piece(extra: str) -> str:
    for english in ("default", "required"):
        extra = re.sub(rf"\b{english}\b", PIECES[english], extra)
    return extra


def _flowing(text: str, room: int) -> str:
    """Text broken for Chinese; a line of one backspace keeps typer from filling lines by the number of characters."""
    lines = list(wrapped(text, max(room, 20)))
    return text if len(lines) == 1 else "\b\n" + "\n".join(lines)
