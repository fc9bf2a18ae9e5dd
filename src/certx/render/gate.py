"""A report of the schema gate on stdout, in the format that was asked for."""

import sys
from enum import StrEnum

from certx.gate.finding import Report
from certx.i18n import Words
from certx.render.gate_ci import github_lines, markdown_lines, report_junit
from certx.render.gate_json import report_json, report_sarif
from certx.render.gate_places import Places
from certx.render.gate_text import report_lines
from certx.render.gate_words import GateWords


class ReportFormat(StrEnum):
    """What `--format` takes."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"
    GITHUB = "github"
    MARKDOWN = "markdown"


def print_report(report: Report, form: ReportFormat, words: Words, places: Places) -> None:
    """Print a report."""
    book = GateWords(words)
    match form:
        case ReportFormat.TEXT:
            lines = "\n".join(report_lines(report, book))
        case ReportFormat.GITHUB:
            lines = "\n".join(github_lines(report, book, places))
        case ReportFormat.MARKDOWN:
            lines = "\n".join(markdown_lines(report, book, places))
        case ReportFormat.JSON:
            lines = report_json(report, book, places).decode()
        case ReportFormat.SARIF:
            lines = report_sarif(report, book, places).decode()
        case ReportFormat.JUNIT:
            lines = report_junit(report, book, places).decode()
    sys.stdout.write(f"{lines}\n")
