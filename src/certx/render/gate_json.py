"""What the gate found, for programs: our own JSON (schemas/documents/schema-report.json) and SARIF 2.1.0."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from certx import __version__
from certx.gate.finding import Finding, Report, Step, Weight
from certx.render.gate_places import Places
from certx.render.gate_words import GateWords

_ANSWERS: Final = {0: "compatible", 3: "incompatible", 5: "undecided"}
_LEVELS: Final = {Weight.BREAK: "error", Weight.UNDECIDED: "warning", Weight.NOTICE: "note"}
_SARIF: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def report_json(report: Report, words: GateWords, places: Places) -> bytes:
    """One object."""
    document = {
        "answer": _ANSWERS[report.exit],
        "old": report.old or None,
        "new": report.new,
        "assumptions": dict(report.assumptions),
        "steps": [_step(step, words, places) for step in report.steps],
        "excused": [
            {"rule": done.finding.rule, "place": places.of(done.finding), "why": done.why, "until": done.until}
            for done in report.excused
        ],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS, default=str)


def _step(step: Step, words: GateWords, places: Places) -> dict[str, Any]:
    return {
        "place": places.path(step.place),
        "subject": step.subject,
        "against": step.against or None,
        "should_be": step.should_be or None,
        "proven": {name: list(rules) for name, rules in step.proven.items()},
        "findings": [_finding(finding, step, words, places) for finding in step.findings],
    }


def _finding(finding: Finding, step: Step, words: GateWords, places: Places) -> dict[str, Any]:
    told: dict[str, Any] = {
        "rule": finding.rule, "weight": finding.weight, "breaks": finding.breaks, "place": places.of(finding),
        "at": finding.at or None, "line": places.line(finding), "message": words.message(finding, step),
        "params": dict(finding.params), "because": list(finding.because),
    }  # fmt: skip
    if finding.witness is not None:
        witness = finding.witness
        told["witness"] = {"document": witness.document, "at": witness.at or None, "keyword": witness.keyword or None}
    return told


def report_sarif(report: Report, words: GateWords, places: Places) -> bytes:
    """A log of one run (SARIF 2.1.0), as code hosts show beside the lines of a change."""
    found = [(finding, step) for step in report.steps for finding in step.findings]
    rules = sorted({finding.rule for finding, _ in found} | {done.finding.rule for done in report.excused})
    results = [_result(finding, step, words, places, rules) for finding, step in found]
    for done in report.excused:
        result = _result(done.finding, Step(done.finding.place, ""), words, places, rules)
        results.append({**result, "suppressions": [{"kind": "external", "justification": done.why}]})
    driver = {
        "name": "certx", "version": __version__,
        "rules": [{"id": rule, "shortDescription": {"text": words.purpose(rule)}} for rule in rules],
    }  # fmt: skip
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    log = {"$schema": _SARIF, "version": "2.1.0", "runs": [run]}
    return orjson.dumps(log, option=orjson.OPT_INDENT_2, default=str)


def _result(finding: Finding, step: Step, words: GateWords, places: Places, rules: list[str]) -> dict[str, Any]:
    text = words.message(finding, step)
    properties: Mapping[str, object] = {"breaks": finding.breaks}
    if finding.witness is not None:
        document = orjson.dumps(finding.witness.document).decode()
        text = f"{text}. {words.term('witness', document=document)} {words.refusal(finding.witness)}".strip()
        properties = {**properties, "witness": finding.witness.document}
    where = {"artifactLocation": {"uri": places.uri(finding)}, "region": {"startLine": places.line(finding)}}
    return {
        "ruleId": finding.rule, "ruleIndex": rules.index(finding.rule), "level": _LEVELS[finding.weight],
        "message": {"text": text}, "locations": [{"physicalLocation": where}], "properties": properties,
    }  # fmt: skip
