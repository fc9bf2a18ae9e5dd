"""The files that issuing writes: one JSON line for each licence, and the rows that were rejected."""

import csv
import io
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import orjson

from certx.app.files import replace_file, replacing
from certx.errors import EnvironmentFailureError, UsageError
from certx.issue import Issued
from certx.licence.rows import RowProblem
from certx.licence.tabular import Row
from certx.schema.shape import REJECT_COLUMNS

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


def write_rejects(
    path: Path,
    rejected: Sequence[tuple[Row, Sequence[RowProblem]]],
    table_format: str,
    describe: Callable[[RowProblem], str],
) -> None:
    """The rejected rows in the input's own format, with line, column and reason, to be mended and fed again."""
    rows = [_marked(row, problems, describe) for row, problems in rejected]
    if table_format == "csv":
        header = list(dict.fromkeys(name for row in rows for name in row))
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, header, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        data = text.getvalue().encode("utf-8-sig")
    else:
        data = b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
        if table_format == "json":
            data = orjson.dumps(rows, option=orjson.OPT_INDENT_2)
    replace_file(path, data, mode=0o600)


def _marked(row: Row, problems: Sequence[RowProblem], describe: Callable[[RowProblem], str]) -> Mapping[str, Any]:
    line, column, reason, message = REJECT_COLUMNS
    cells = {name: value for name, value in row.cells.items() if name not in REJECT_COLUMNS}
    return {
        **cells,
        line: row.line,
        column: "; ".join(problem.column for problem in problems),
        reason: "; ".join(problem.code for problem in problems),
        message: "; ".join(map(describe, problems)),
    }
