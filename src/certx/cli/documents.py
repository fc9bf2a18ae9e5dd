"""What commands that write a document share: lists that are parted by commas, and a new file or stdout."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def words_of(text: str | None) -> list[str]:
    """The words of a list that is parted by commas."""
    return [word.strip() for word in (text or "").replace("，", ",").split(",") if word.strip()]


def write_document(out: str, document: Mapping[str, Any]) -> bool:
    """Write it as people read it to a new file, or to stdout for `-`; was it to a file?

    Raises `UsageError` if there is a file already.
    """
    from certx.app.recognition.agreements import pretty  # noqa: PLC0415 - imports are the cost of a start

    return _write(out, pretty(document))


def write_text(out: str, text: str) -> bool:
    """Write a text of ASCII likewise, for nobody else to read."""
    return _write(out, text.encode("ascii"), mode=0o600)


def _write(out: str, data: bytes, *, mode: int = 0o644) -> bool:
    from certx.app.machine.files import replace_file  # noqa: PLC0415 - imports are the cost of a start
    from certx.errors import UsageError  # noqa: PLC0415

    if out == "-":
        sys.stdout.buffer.write(data)
        return False
    if Path(out).exists():
        raise UsageError("output-exists", hint="output-exists", path=out)
    replace_file(Path(out), data, mode=mode)
    return True
