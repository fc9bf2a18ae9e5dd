"""What certx raises when it could not do as asked, and the exit statuses of its commands.

Three kinds of no: a *finding* is returned (`certx.reason`), a `CertxError` is raised, anything else is a bug.
Words live in `certx.i18n`: an error carries codes and parameters, never prose.
"""

from enum import IntEnum
from errno import errorcode
from typing import ClassVar


class Exit(IntEnum):
    """Exit statuses of every command (docs/exit-status.md)."""

    OK = 0
    BUG = 1
    USAGE = 2
    INVALID = 3
    NOT_ACCEPTABLE = 4
    UNDETERMINED = 5
    UNREADABLE = 6
    KEY = 7
    REJECTED_ROWS = 8
    ENVIRONMENT = 9
    INTERRUPTED = 130


class CertxError(Exception):
    """Something could not be done; `code` and `hint` name its words, `params` fill them.

    Parameters are shown to people and logged: never put a secret or personal data in them.
    """

    exit: ClassVar[Exit] = Exit.BUG

    def __init__(self, code: str, *, hint: str | None = None, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.hint = hint
        self.params = params

    def __str__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.params.items())
        return f"{self.code} ({shown})" if shown else self.code


class UsageError(CertxError):
    """The command line or the settings ask for something that does not exist or does not fit."""

    exit = Exit.USAGE


class UnreadableError(CertxError):
    """The input is not what it should be: not text, not JSON, too large, no such file."""

    exit = Exit.UNREADABLE


class KeyFailureError(CertxError):
    """A private key is missing, locked, damaged or not allowed."""

    exit = Exit.KEY


class RefusedError(CertxError):
    """Somebody asks for what they may not have: a request that no listed counter signed, or that is over."""

    exit = Exit.INVALID


class EnvironmentFailureError(CertxError):
    """The machine could not: disk full, no permission, database locked."""

    exit = Exit.ENVIRONMENT


class DocumentError(CertxError):
    """A document of ours (schema, region keys, agreement) does not have its form; `at` names the place."""

    exit = Exit.INVALID


def cause_of(error: Exception) -> str:
    """What the system did not like, by the name of its error number (`ENOENT`), for which `certx.i18n` has words.

    What has no number says it in its own words.
    """
    numbers = [value for value in (getattr(error, "errno", None), *error.args[:1]) if isinstance(value, int)]
    return (
        errorcode.get(numbers[0] if numbers else 0)
        or getattr(error, "strerror", None)
        or str(error)
        or type(error).__name__
    )
