"""What a command needs of the terminal it runs in: words, colour, width, and a safe stdout."""

import codecs
import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Final

from certx.i18n import Words, choose_language


def locale_name() -> str | None:
    """The locale's name, by the environment or the system."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name)
        if value:
            return value
    if sys.platform == "win32":
        import locale  # noqa: PLC0415 - other systems say it in the environment

        return locale.getlocale()[0]
    return None


def words_for(lang: str | None) -> Words:
    """The dictionary of the language asked for, else the locale's, if this console can show it."""
    return Words(choose_language(lang, locale_name() if _shows_chinese() else None))


def _shows_chinese() -> bool:
    """Has the encoding of stdout Chinese characters? A pipe in ASCII, under a Chinese locale, has none."""
    try:
        "中文".encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


_PLAIN: Final = {
    "√": "+", "×": "x", "→": "->", "…": "...", "§": "par. ", "·": "-", "–": "-", "—": "-",
    "“": '"', "”": '"', "‘": "'", "’": "'", "、": ", ", "；": "; ", "：": ": ", "（": " (", "）": ")",
}  # fmt: skip
"""What stands in for signs of the screens where an encoding has none of them; letters are never replaced."""


def _stand_in(error: UnicodeError) -> tuple[str | bytes, int]:
    """What is written for characters that the encoding of a stream has not: a plain sign, else an escape."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    failed = error.object[error.start : error.end]
    shown = "".join(_PLAIN.get(char) or char.encode("ascii", "backslashreplace").decode() for char in failed)
    return shown, error.end


def harden_streams() -> None:
    """No character can stop a command: what an old console cannot show is written by a plain sign or an escape."""
    codecs.register_error("certx", _stand_in)
    if sys.stderr is None:  # closed by whoever started us: talk goes nowhere, and not to stdout
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - for the whole run
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="certx")


def uses_colour() -> bool:
    """Whether stdout is a terminal that wants colour (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def width() -> int:
    """Columns of the terminal; 100 where there is none."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 100
    except (OSError, ValueError):
        return 100


def height() -> int | None:
    """Lines of the terminal; `None` where there is none, or it does not say."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).lines or None
    except (OSError, ValueError):
        return None
