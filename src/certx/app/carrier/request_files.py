"""Requests as they travel: a text, or the picture of a QR code with that text."""

import sys
from pathlib import Path
from typing import Final

from certx.app.machine.files import replace_file
from certx.carrier import is_file_format
from certx.recognition.request import MAX_CHARACTERS, Request, read_request
from certx.trust.folder import read_file

_LARGEST_PICTURE: Final = 4 * 1_048_576


def write_request(request: Request, out: Path | None, *, as_picture: bool) -> None:
    """Write a request to a file, as its text or as the picture of a QR code, or its text to stdout.

    Raises `EnvironmentFailureError` if that cannot be, or if the library for pictures is not installed.
    """
    if as_picture and out is not None:
        from certx.app.carrier.symbol_drawing import draw  # noqa: PLC0415 - of an extra

        replace_file(out, draw(request.text))
    elif out is not None:
        replace_file(out, f"{request.text}\n".encode("ascii"))
    else:
        sys.stdout.write(f"{request.text}\n")


def read_request_input(named: str) -> Request:
    """The request in a file, `-`, a picture of its QR code, or of that text itself; raises `CertxError`."""
    if named.startswith("eyJ"):
        return read_request(named)
    if named == "-":
        data = sys.stdin.buffer.read(_LARGEST_PICTURE) if sys.stdin is not None else b""
    else:
        data = read_file(Path(named), maximum=_LARGEST_PICTURE)
    if not is_file_format(data):
        return read_request(data[: MAX_CHARACTERS + 2].decode("ascii", "replace").strip())
    from certx.app.carrier.confined import open_confined  # noqa: PLC0415 - only for pictures and documents

    codes = open_confined(data).codes
    return read_request(next((text for text in codes if text is not None and text.startswith("eyJ")), ""))
