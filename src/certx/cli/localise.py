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
_EXTRA: Final = re.compile(r"\[((?:default: |required)[^\]\n]*|[^\]\n]*; required)\]")
_HEADING: Final = re.compile(rf"^( *)({'|'.join(HEADINGS)}):", re.MULTILINE)
_STATUS: Final = re.compile(r"^(  [0-9]  )(.+)$", re.MULTILINE)


def localise(root: Any) -> None:  # noqa: ANN401 - typer does not publish the types
    """Put the help of a command, and of all below it, into Chinese."""
    room = min(shutil.get_terminal_size().columns, _WIDEST) - 4
    for command in commands_of(root):
        inner = getattr(command, "commands", {})
        beside = _beside(room, inner)
        for one in inner.values():
            one.short_help = _flowing(TEXTS[one.help].partition("\n")[0].removesuffix("。"), beside)
        beside = _beside(room, map(_name, command.params))
        for param in command.params:
            if getattr(param, "help", None):
                param.help = _flowing(TEXTS[param.help], beside)
    for command in commands_of(root):
        if command.help:
            command.help = "\n\n".join(_flowing(text, room) for text in TEXTS[command.help].split("\n\n"))
        if command.epilog:
            command.epilog = _STATUS.sub(lambda line: line[1] + STATUSES[line[2]], command.epilog)
        command.options_metavar = PIECES["[OPTIONS]"]
        if hasattr(command, "subcommand_metavar"):
            command.subcommand_metavar = PIECES["COMMAND [ARGS]..."]
        command.context_class = _ChineseContext


def commands_of(command: Any) -> Iterator[Any]:  # noqa: ANN401 - likewise
    """A command and all below it."""
    yield command
    for inner in getattr(command, "commands", {}).values():
        yield from commands_of(inner)


def _name(param: Any) -> str:  # noqa: ANN401 - likewise
    """About what stands before its text: the names of an option and its value."""
    return " ".join((", ".join(param.opts), param.metavar or ""))


def _beside(room: int, names: Iterable[str]) -> int:
    """Columns that are left beside names for their texts."""
    return room - 2 - min(max(map(len, names), default=0), _WIDEST_NAME)


class _ChineseContext(typer.Context):
    """Where typer writes words of its own into a help text, they are replaced."""

    def get_help(self) -> str:
        text = _HEADING.sub(lambda found: f"{found[1]}{HEADINGS[found[2]]}:", super().get_help())
        text = text.replace("Show this message and exit.", PIECES["Show this message and exit."])
        return _EXTRA.sub(lambda found: f"[{_piece(found[1])}]", text)


def _piece(extra: str) -> str:
    for english in ("default", "required"):
        extra = re.sub(rf"\b{english}\b", PIECES[english], extra)
    return extra


def _flowing(text: str, room: int) -> str:
    """Text broken for Chinese; a line of one backspace keeps typer from filling lines by the number of characters."""
    lines = list(wrapped(text, max(room, 20)))
    return text if len(lines) == 1 else "\b\n" + "\n".join(lines)
