"""The file that issuing writes: one JSON line for each licence."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import orjson

from certx.app.files import replacing
from certx.errors import EnvironmentFailureError, UsageError
from certx.issue import Issued

STDOUT: Final = "-"


def output_line(issued: Issued) -> bytes:
    """One line of output."""
    return orjson.dumps(
        {"row_key": issued.row_key, "licence_id": issued.licence_id, "credential": issued.credential},
        option=orjson.OPT_APPEND_NEWLINE,
    )


def read_output(out: str) -> dict[str, Issued]:
    """What the output holds already, by licence identifier; raises `UsageError` if it is some other file."""
    if out == STDOUT:
        return {}
    if Path(out).exists() and not Path(out).is_file():
        raise UsageError("output-not-a-file", hint="output-exists", path=out)
    try:
        data = Path(out).read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise EnvironmentFailureError("file-unreadable", path=out, detail=error.strerror or "?") from error
    try:
        lines = [orjson.loads(line) for line in data.splitlines()]
        standing = [Issued(line["row_key"], line["licence_id"], line["credential"]) for line in lines]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise UsageError("output-exists", hint="output-exists", path=out) from error
    return {issued.licence_id: issued for issued in standing}


@contextmanager
def extended_output(out: str, standing: Iterable[Issued]) -> Iterator[Callable[[Issued], object]]:
    """The output with what stands in it already; new lines go after, and take its place only when all are written."""
    if out == STDOUT:
        try:
            yield lambda issued: sys.stdout.buffer.write(output_line(issued))
            sys.stdout.buffer.flush()
        except OSError as error:
            raise EnvironmentFailureError(
                "file-unwritable", hint="file-unwritable", path=out, detail=error.strerror or "?"
            ) from error
        return
    with replacing(Path(out), mode=0o600) as file:
        for issued in standing:
            file.write(output_line(issued))
        yield lambda issued: file.write(output_line(issued))
