"""`certx schema lint`: opens a folder of schemas, and lets the gate look at each."""

from datetime import date
from pathlib import Path

from certx.app.schema.editions import open_edition
from certx.app.schema.gate import Gated, annotation_form, excused
from certx.app.schema.gate_settings import read_gate_settings
from certx.errors import EnvironmentFailureError
from certx.gate.lint import LINT_IDS, lint
from certx.schema.rules import Context
from certx.settings import Settings


def run_lint(source: str, settings: Settings, *, today: date) -> Gated:
    """Look at every schema of a folder (or of whatever else an edition may come from); raises `CertxError`."""
    folder = Path(source) if Path(source).is_dir() else Path()
    gate = read_gate_settings(folder)
    with open_edition(source, folder, settings) as edition:
        if not edition.shelf.types():
            raise EnvironmentFailureError("no-schemas", hint="no-schemas", path=source)
        report = lint(edition, annotation_form(), Context(today, edition.catalogue))
        return Gated(excused(report, gate, today, LINT_IDS), folder, edition.tree)
