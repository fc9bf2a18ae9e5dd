"""What is in a picture or a document before anybody asks what it means: files attached to it, codes on its pages."""

from collections.abc import Callable
from typing import Final, NamedTuple

from certx.carrier.formats import Format, format_of
from certx.credential.errors import CredentialError
from certx.reason import Reason

MAX_PAGES: Final = 20


class Contents(NamedTuple):
    """The files attached, and the text of each code from the first page on, `None` for one that cannot be read."""

    attached: tuple[bytes, ...]
    codes: tuple[str | None, ...]


Step = Callable[[], None]
"""Called when work on a file begins, and after each page: who calls bounds what comes until the next call."""
Open = Callable[[bytes], Contents]
"""Raises `CredentialError` if the file cannot be read, `EnvironmentFailureError` if its libraries are not installed."""


def open_file(data: bytes, step: Step = lambda: None) -> Contents:
    """The contents of a picture or document, in this process: see `Open`."""
    if format_of(data) is Format.PDF:
        from certx.carrier.pages import open_pdf  # noqa: PLC0415 - its libraries cost 40 ms

        return open_pdf(data, step)
    from certx.carrier.pictures import open_picture  # noqa: PLC0415 - likewise

    return open_picture(data, step)


def check_pages(count: int) -> None:
    """Raises `CredentialError` if a document has more pages than are looked at."""
    if count > MAX_PAGES:
        raise CredentialError(Reason.UNREADABLE_PDF_TOO_LONG, maximum=MAX_PAGES)
