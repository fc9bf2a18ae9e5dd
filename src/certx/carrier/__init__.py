"""HOW it travels: pure codecs between a credential's text and the bytes that carry it.

`read` looks at the bytes and picks the codec: text (a credential or a symbol's, alone or in the lines that issuing
writes), the QR codes in a picture, a PDF. The libraries for pictures are imported only for a picture.
"""

from typing import Final

from certx.carrier.contents import Open, open_file
from certx.carrier.formats import NOT_READ, format_of
from certx.carrier.text import Carried, read_line, read_text, unfold
from certx.credential.errors import CredentialError
from certx.reason import Reason

__all__ = ["MAX_FILE_BYTES", "Carried", "is_file_format", "read", "read_line", "unfold"]

MAX_FILE_BYTES: Final = 20 * 1_048_576
"""Of the largest picture or PDF that is opened."""


def is_file_format(head: bytes) -> bool:
    """Do bytes begin like a picture or a PDF, which is read whole and not line by line?"""
    return format_of(head) is not None


def read(data: bytes, *, opened: Open = open_file) -> list[Carried]:
    """Every credential in the bytes of one input, in order, or why there is none.

    `opened` opens pictures and documents: in this process, where no library bounds the memory and time that they take,
    unless another place for it is given (`certx.app.carrier.confined`).

    Raises `EnvironmentFailureError` if the libraries that they need are not installed.
    """
    form = format_of(data)
    if form is None:
        return read_text(data)
    if form in NOT_READ:
        return [Carried(1, None, CredentialError(Reason.UNREADABLE_FORMAT, format=form))]
    if len(data) > MAX_FILE_BYTES:
        too_large = CredentialError(Reason.UNREADABLE_FILE_TOO_LARGE, maximum=MAX_FILE_BYTES // 1_048_576)
        return [Carried(1, None, too_large)]
    from certx.carrier.documents import carried_in  # noqa: PLC0415 - only for files

    try:
        return carried_in(opened(data), form)
    except CredentialError as error:
        return [Carried(1, None, error)]
