"""What the gate found, as CI systems show it: JUnit XML, GitHub's annotations, a page of Markdown."""

import re
from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree as ET

import orjson

from certx.gate.finding import Finding, Report, Step, Weight
from certx.render.gate_places import Places
from certx.render.gate_text import summary
from certx.render.gate_words import GateWords

_LEVELS: Final = {Weight.BREAK: "error", Weight.UNDECIDED: "warning", Weight.NOTICE: "notice"}
_NO_XML: Final = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 65534, 65535), "�")
"""Characters that no XML 1.0 document may have (section 2.2)."""


def report_junit(report: Report, words: GateWords, places: Places) -> bytes:
    """A suite with a case for each step: a break is a failure, what is undecided an error."""
    suite = ET.Element("testsuite", name="certx schema")
    failures = errors = 0
    for step in report.steps:
        name = f"{step.subject} / {step.against}" if step.against else step.subject
        case = ET.SubElement(suite, "testcase", classname=places.path(step.place), name=name, time="0")
        worst = [finding for finding in step.findings if finding.weight is not Weight.NOTICE]
        if worst:
            is_failure = any(finding.weight is Weight.BREAK for finding in worst)
            failures, errors = failures + is_failure, errors + (not is_failure)
            kind = "failure" if is_failure else "error"
            outcome = ET.SubElement(case, kind, type=worst[0].rule, message=_xml(words.message(worst[0], step)))
            outcome.text = _xml("\n".join(_line(finding, step, words, places) for finding in worst))
        notices = [finding for finding in step.findings if finding.weight is Weight.NOTICE]
        if notices:
            text = "\n".join(_line(finding, step, words, places) for finding in notices)
            ET.SubElement(case, "system-out").text = _xml(text)
    counts = {"tests": str(len(report.steps)), "failures": str(failures), "errors": str(errors), "skipped": "0"}
    suite.attrib.update({**counts, "time": "0"})
    suites = ET.Element("testsuites", counts)
    suites.append(suite)
    ET.indent(suites)
    document: bytes = ET.tostring(suites, encoding="utf-8", xml_declaration=True)
    return document


def _xml(text: str) -> str:
    return text.translate(_NO_XML)


def _line(finding: Finding, step: Step, words: GateWords, places: Places) -> str:
    return f"{places.of(finding)}:{places.line(finding)}: [{finding.rule}] {_told(finding, step, words)}"


def _told(finding: Finding, step: Step, words: GateWords) -> str:
    """A finding and its witness in a line."""
    message = words.message(finding, step)
    if finding.witness is None:
        return message
    document = orjson.dumps(finding.witness.document).decode()
    return f"{message}. {words.term('witness', document=document)} {words.refusal(finding.witness)}".strip()


def github_lines(report: Report, words: GateWords, places: Places) -> Iterator[str]:
    """Workflow commands, which GitHub shows beside the lines of the change."""
    for step in report.steps:
        for finding in step.findings:
            level, where = _LEVELS[finding.weight], _property(places.of(finding))
            told = _data(_told(finding, step, words))
            yield f"::{level} file={where},line={places.line(finding)},title={_property(finding.rule)}::{told}"
    yield summary(report, words)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def markdown_lines(report: Report, words: GateWords, places: Places) -> Iterator[str]:
    """A comment for a pull request."""
    yield f"### certx: {summary(report, words)}"
    rows = [(finding, step) for step in report.steps for finding in step.findings]
    if rows:
        yield ""
        heads = [words.term(f"head-{name}") for name in ("finding", "place", "rule", "breaks")]
        yield f"| | {' | '.join(heads)} |"
        yield "|---|---|---|---|---|"
    for finding, step in rows:
        place = f"{_cell(places.of(finding))}:{places.line(finding)}"
        who, weight = words.term(f"breaks-{finding.breaks}"), words.term(f"weight-{finding.weight}")
        yield f"| {weight} | {_cell(words.message(finding, step))} | {place} | `{finding.rule}` | {who} |"
    for finding, step in rows:
        if finding.witness is not None:
            shown = orjson.dumps(finding.witness.document, option=orjson.OPT_INDENT_2).decode()
            yield f"\n<details><summary>{finding.rule}: {step.subject}</summary>\n"
            fence = _fence(shown)
            yield f"{_cell(words.refusal(finding.witness))}\n\n{fence}json\n{shown}\n{fence}\n</details>"
    proofs = [(step, words.proven(name, proof)) for step in report.steps for name, proof in step.proven.items()]
    if proofs:
        yield f"\n<details><summary>{words.term('proofs')}</summary>\n"
        for step, proof in proofs:
            yield f"- {_cell(step.subject)} / {step.against or '–'}: {_cell(proof)}"
        yield "\n</details>"
    for done in report.excused:
        why = words.term("excused", until=done.until, why=_cell(done.why))
        yield f"\n- `{done.finding.rule}` {_cell(places.of(done.finding))}: {why}"


def _fence(text: str) -> str:
    """More backticks than stand together anywhere in the text."""
    return "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
