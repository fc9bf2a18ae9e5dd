"""Receipts in a file."""

from pathlib import Path

from certx.errors import UnreadableError, cause_of
from certx.trust.receipt import MAX_RECEIPTS_BYTES, Receipts, read_receipts


def read_receipt_file(name: str) -> Receipts:
    """The receipts of a file; raises `UnreadableError`."""
    try:
        with Path(name).open("rb") as file:
            data = file.read(MAX_RECEIPTS_BYTES + 1)
    except OSError as error:
        raise UnreadableError("file-unreadable", path=name, detail=cause_of(error)) from error
    return read_receipts(data, name)
