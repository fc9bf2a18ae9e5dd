"""`certx schema matrix`: opens the editions, and lets the gate judge every sample on every route."""

from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from certx.app.schema.editions import open_edition
from certx.app.schema.gate import excused
from certx.app.schema.gate_settings import read_gate_settings
from certx.gate.finding import Report
from certx.gate.matrix import WORSE, Judge, Row, rows, worsened
from certx.licence.model import day_of
from certx.settings import Settings


class Matrix(NamedTuple):
    """Every route, and what got worse on it."""

    rows: list[Row]
    report: Report


def run_matrix(source: str, against: str | None, settings: Settings, *, now: float) -> Matrix:
    """The matrix of an edition, beside that of another if one is named; raises `CertxError`."""
    folder = Path(source) if Path(source).is_dir() else Path()
    gate, today = read_gate_settings(folder), day_of(now)
    with ExitStack() as stack:
        named = [name for name in (against, source) if name is not None]
        editions = [stack.enter_context(open_edition(name, folder, settings)) for name in named]
        judges = [Judge(edition, now=now, today=today) for edition in editions]
        found = list(rows(judges[0] if against is not None else None, judges[-1]))
        report = worsened(found, editions[0], editions[-1])
        return Matrix(found, excused(report, gate, today, frozenset({WORSE})))
