"""The one handler of errors: two lines on stderr, an exit status, no half-written output."""

import gc
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from certx.cli.terminal import harden_streams, words_for
from certx.errors import CertxError, EnvironmentFailureError, Exit, UsageError, cause_of
from certx.render.width import printable

_ANSWERS: Final = (
    ["verify"], ["issue"], ["trust"], ["agreement"],
    ["schema", "compat"], ["schema", "lint"], ["schema", "matrix"],
    ["demo"], ["doctor"],
)  # fmt: skip
"""The commands whose exit status says what they found."""


def guarded(command: Callable[[], int], argv: list[str]) -> int:
    """Run a command; an error becomes `certx: error: …` and `certx: hint: …`, and its exit status.

    Anything that is not a `CertxError` is a bug and keeps its traceback (exit status 1).
    """
    gc.enable()
    harden_streams()
    if sys.stdout is None:
        show_error(EnvironmentFailureError("stdout-closed"), asked_language(argv))
        return int(Exit.ENVIRONMENT)
    try:
        _refuse_what_is_no_text(argv)
        status = command()
        sys.stdout.flush()
    except CertxError as error:
        if isinstance(error, EnvironmentFailureError):
            _drop_stdout()
        show_error(error, asked_language(argv))
        return int(error.exit)
    except KeyboardInterrupt:
        return int(Exit.INTERRUPTED)
    except BrokenPipeError:
        # The reader has gone (`certx … | head`): nothing to say, and nobody to say it to.
        # But a command whose status is the answer must not seem to have found everything in order.
        _drop_stdout()
        is_answer = any(argv[: len(words)] == words for words in _ANSWERS)
        return int(Exit.ENVIRONMENT if is_answer else Exit.OK)
    except OSError as error:
        _drop_stdout()
        failure = CertxError("environment", detail=cause_of(error))
        show_error(failure, asked_language(argv))
        return int(Exit.ENVIRONMENT)
    return int(status)


def _refuse_what_is_no_text(argv: list[str]) -> None:
    """Raise `UsageError` on a word of the command line that is no text, unless it names a file that is there.

    What `certx verify` is given may be such a name whether there is a file or not: it has an answer for each.
    """
    for word, before in zip(argv, ["", *argv], strict=False):
        if not any("\ud800" <= char <= "\udfff" for char in word) or Path(word).exists():
            continue
        from certx.cli.options import VERIFY  # noqa: PLC0415 - for a word that is rare

        takes_value = any(option.takes_value and option.name == before for option in VERIFY)
        if argv[0] != "verify" or word.startswith("--") or takes_value:
            raise UsageError("argument-not-text", hint="usage", text=word.encode("utf-8", "backslashreplace").decode())


def _drop_stdout() -> None:
    """What stdout could not take must not be tried again when the interpreter ends."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def show_error(error: CertxError, lang: str | None) -> None:
    """Write an error and its hint to stderr."""
    words = words_for(lang)
    message, hint = words.error(error)
    sys.stderr.write(f"certx: {words.term('error')}: {printable(message)}\n")
    if hint:
        sys.stderr.write(f"certx: {words.term('hint')}: {printable(hint)}\n")


def asked_language(argv: list[str]) -> str | None:
    """`--lang`, `CERTX_LANG` or the settings, even if the command line itself is at fault; `None`: the locale's."""
    for word, following in zip(argv, [*argv[1:], ""], strict=False):
        if word == "--lang":
            return following
        if word.startswith("--lang="):
            return word.removeprefix("--lang=")
    named = os.environ.get("CERTX_LANG")
    if named is None:
        from certx.settings import load_settings  # noqa: PLC0415 - only where nothing else says it

        with suppress(CertxError):  # settings at fault are another command's to report
            named = load_settings(os.environ).lang
    return named
