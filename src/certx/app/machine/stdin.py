"""Documents that are named on a command line: files, or `-` for what comes at stdin."""

import sys
from pathlib import Path
from typing import Final

from certx.errors import DocumentError
from certx.trust.folder import read_file

STDIN: Final = "-"


def read_input(path: Path, *, maximum: int) -> bytes:
    """What a name stands for, at most so many bytes; raises as `read_file` does."""
    if str(path) != STDIN:
        return read_file(path, maximum=maximum)
    data = b"" if sys.stdin is None else sys.stdin.buffer.read(maximum + 1)
    if len(data) > maximum:
        raise DocumentError("document-too-large", path=STDIN, maximum=maximum)
    return data
