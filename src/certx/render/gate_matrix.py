"""The matrix of who takes what from whom, as a table, JSON or Markdown."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Final

import orjson

from certx.gate.matrix import TAKEN, Row
from certx.render.gate_words import GateWords


class MatrixFormat(StrEnum):
    """What `--format` takes."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


_COLUMNS: Final = ("from", "in", "type", "matter", "before", "now")


def matrix_head(words: GateWords) -> list[str]:
    """The names of the columns."""
    return [words.term(f"matrix-{name}") for name in _COLUMNS]


def matrix_cells(rows: Sequence[Row], words: GateWords) -> Iterator[list[str]]:
    """A line for each route: how many samples were taken, how many are, and why the others are not."""
    for row in rows:
        route = row.route
        matter = route.matter or words.term("matrix-no-matter")
        before = _counted(list(row.before.values()), words) if row.before else "–"
        now = _counted(list(row.now.values()), words)
        mark = "! " if row.worse else ""
        yield [route.issued_in, route.accepted_in, route.licence_type, matter, before, mark + now]


def _counted(outcomes: Sequence[str], words: GateWords) -> str:
    reasons = ", ".join(sorted({outcome for outcome in outcomes if outcome != TAKEN}))
    counts = words.term("matrix-counts", taken=outcomes.count(TAKEN), all=len(outcomes))
    return f"{counts} ({reasons})" if reasons else counts


def matrix_markdown(rows: Sequence[Row], words: GateWords) -> str:
    """A table for a pull request."""
    lines = [matrix_head(words), ["---"] * len(_COLUMNS), *matrix_cells(rows, words)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def matrix_json(rows: Sequence[Row]) -> str:
    """One object a line, a line for each route."""
    objects = ({**row.route._asdict(), "before": row.before, "now": row.now, "worse": row.worse} for row in rows)
    return "".join(f"{orjson.dumps(document).decode()}\n" for document in objects)
