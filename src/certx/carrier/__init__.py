"""HOW it travels: pure codecs between a credential's text and the bytes that carry it.

`read` looks at the bytes and picks the codec: text (a credential or a symbol's, alone or in the lines that issuing
writes), the QR codes in a picture, a PDF. The libraries for pictures are imported only for a picture.
"""

from typing import Final

from certx.carrier.text import Carried, read_line, read_text, unfold
from certx.credential.errors import CredentialError
from certx.reason import Reason

__all__ = ["MAX_FILE_BYTES", "Carried", "is_file_format", "read", "read_line", "unfold"]

MAX_FILE_BYTES: Final = 20 * 1_048_576
"""Of the largest picture or PDF that is opened."""
_PICTURES: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
_PDF: Final = b"%PDF-"


def is_file_format(head: bytes) -> bool:
    """Do bytes begin like a picture or a PDF, which is read whole and not line by line?"""
    return head.startswith((*_PICTURES, _PDF))


def read(data: bytes) -> list[Carried]:
    """Every credential in the bytes of one input, in order, or why there is none.

    Raises `EnvironmentFailureError` if the libraries that a picture or PDF needs are not installed.
    """
    if not is_file_format(data):
        return read_text(data)
    if len(data) > MAX_FILE_BYTES:
        return [
            Carried(1, None, CredentialError(Reason.UNREADABLE_FILE_TOO_LARGE, maximum=MAX_FILE_BYTES // 1_048_576))
        ]
    if data.startswith(_PDF):
        from certx.carrier.documents import read_pdf  # noqa: PLC0415 - its libraries cost 100 ms

        return read_pdf(data)
    from certx.carrier.pictures import read_picture  # noqa: PLC0415 - likewise

    return read_picture(data)
