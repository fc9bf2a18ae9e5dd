"""What the gate found, for people: each step with its findings, witnesses and proofs, and one line at the end."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

import orjson

from certx.errors import Exit
from certx.gate.finding import Breaks, Finding, Report, Step, Weight
from certx.render.gate_words import GateWords
from certx.render.width import printable

_LONGEST: Final = 2_000


def report_lines(report: Report, words: GateWords) -> Iterator[str]:
    """The report, a line at a time."""
    if report.old:
        yield words.term("compared", new=report.new, old=report.old)
    for step in report.steps:
        yield from _step_lines(step, words)
    for done in report.excused:
        yield f"- {done.finding.rule}  {done.finding.place}: {words.term('excused', until=done.until, why=done.why)}"
    if report.assumptions:
        names = ", ".join(f"{name}={value}" for name, value in report.assumptions.items())
        yield words.term("assumed", names=names)
    yield summary(report, words)


def summary(report: Report, words: GateWords) -> str:
    """The answer in a line."""
    if not report.steps:
        return words.term("nothing")
    counts = Counter(finding.weight for finding in report.findings)
    numbers = {
        "steps": len(report.steps), "breaks": counts[Weight.BREAK], "undecided": counts[Weight.UNDECIDED],
        "notices": counts[Weight.NOTICE],
    }  # fmt: skip
    if not report.old:
        return words.term("summary-clean" if report.exit is Exit.OK else "summary-findings", **numbers)
    if report.exit is Exit.OK:
        return words.term("summary-compatible", **numbers)
    return words.term("summary-incompatible" if report.exit is Exit.INVALID else "summary-undecided", **numbers)


def _step_lines(step: Step, words: GateWords) -> Iterator[str]:
    if not any(finding.weight is not Weight.NOTICE for finding in step.findings):
        yield words.term("clean-against" if step.against else "clean", subject=step.subject, against=step.against)
    for finding in step.findings:
        yield from _finding_lines(finding, step, words)
    if step.should_be and step.findings and not any("should_be" in finding.params for finding in step.findings):
        yield f"  {words.term('should-be', version=step.should_be)}"
    for name, proof in step.proven.items():
        yield f"  {words.proven(name, proof)}"


def _finding_lines(finding: Finding, step: Step, words: GateWords) -> Iterator[str]:
    at = f"#{finding.at}" if finding.at else ""
    yield f"{words.term(f'weight-{finding.weight}')}  {printable(finding.place + at)}  [{finding.rule}]"
    yield f"  {words.message(finding, step)}"
    if finding.breaks is not Breaks.REPOSITORY:
        yield f"  {words.term('breaks', who=words.term(f'breaks-{finding.breaks}'))}"
    if finding.witness is not None:
        document = orjson.dumps(finding.witness.document).decode()
        shown = document if len(document) <= _LONGEST else f"{document[:_LONGEST]}…"
        yield f"  {words.term('witness', document=printable(shown))}"
        refusal = words.refusal(finding.witness)
        if refusal:
            yield f"  {refusal}"
    if "partial" in finding.params:
        yield f"  {words.term('in-part' if finding.params['partial'] else 'whole-only')}"
