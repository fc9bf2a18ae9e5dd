"""A mistake on the command line, by code: what typer says of it is taken apart, to be said in any language."""

import re
from enum import StrEnum
from typing import Final

from certx.errors import UsageError

_FORMS: Final = (
    (r"Missing option (?P<name>.+?)\.", "usage-missing-option"),
    (r"Missing argument (?P<name>.+?)\.", "usage-missing-argument"),
    (r"Missing command\.", "usage-missing-command"),
    (r"No such option: (?P<name>\S+)", "usage-option-unknown"),
    (r"No such option: (?P<name>\S+) \(Possible options: (?P<known>.+)\)", "usage-option-like"),
    (r"No such command (?P<name>.+?)\.", "usage-command-unknown"),
    (r"No such command (?P<name>.+?)\. Did you mean (?P<known>.+)\?", "usage-command-like"),
    (r"Option (?P<name>.+?) requires an argument\.", "usage-needs-value"),
    (r"Option (?P<name>.+?) does not take a value\.", "usage-takes-no-value"),
    (r"Got unexpected extra argument\(s\) \((?P<text>.+)\)", "usage-extra"),
    (r"Invalid value for (?P<name>.+?): (?P<text>.+) is not a valid (?:int|integer)(?: range)?\.", "usage-not-whole"),
    (r"Invalid value for (?P<name>.+?): (?P<text>.+) is not in the range (?P<known>.+)\.", "usage-out-of-range"),
)


def mistake(message: str) -> UsageError:
    """What typer says, as an error with a code; a message of another form is passed on as it is."""
    for form, code in _FORMS:
        if found := re.fullmatch(form, message, re.DOTALL):
            return UsageError(code, hint="usage", **found.groupdict())
    return UsageError("usage", hint="usage", detail=message[:1].lower() + message[1:].rstrip("."))


def one_of(text: str, choices: type[StrEnum], option: str) -> str:
    """The text, if it is one of the choices; raises `UsageError` that names them all."""
    known = [str(choice) for choice in choices]
    if text not in known:
        raise UsageError("usage", hint="usage", detail=f"{option} is one of {', '.join(known)}, not '{text}'")
    return text
