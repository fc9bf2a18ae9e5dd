"""The pages say what the program does: generated ones are up to date, examples are read by the real readers."""

import ast
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.main import get_command

from certx import docs
from certx.app.outputs.by_name import open_output
from certx.app.outputs.exploded import Single
from certx.app.outputs.part_folder import MANIFEST, PART
from certx.audit.record import Record, canonical, line_from
from certx.batch.output import output_object
from certx.carrier import read
from certx.cli.main import app
from certx.credential.parse import parse
from certx.errors import Exit
from certx.evidence import Hindsight
from certx.issue import HOLDER_KEY, public_members
from certx.licence.mapping import read_mapping
from certx.reason import Outcome, Reason
from certx.recognition.agreement import MEMBERS, Agreement
from certx.recognition.published import agreements_between, withdrawals_in
from certx.recognition.scenario import MEMBERS as SCENARIO_MEMBERS
from certx.recognition.scenario import read_scenario
from certx.render.report import report_object
from certx.render.verdict_json import verdict_object
from certx.schema.catalogue import require
from certx.schema.profile import MEMBERS as PROFILE_MEMBERS
from certx.schema.profile import read_profile, with_profile
from certx.settings import Settings, load_settings
from certx.trust.denials import read_denials
from certx.trust.federation import read_federation
from certx.trust.freshness import read_limits
from certx.trust.region_document import read_region
from certx.verdict import Answer
from certx.verify import CHECKS, STRUCTURE
from world import CATALOGUE, MemoryFiles, draft_row, issue, verify

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
FORMATS = (ROOT / "docs" / "formats.md").read_text("utf-8")
RULES = (ROOT / "docs" / "verifier-rules.md").read_text("utf-8")
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "schemas/README.md", ROOT / "keys/README.md"]
)
DOCUMENTS = sorted((ROOT / "schemas" / "documents").glob("*.json"))

HELP = dict(docs.help_texts())


def command_of(words: list[str]) -> tuple[list[str], Any]:
    """The names and the typer command that a command line reaches."""
    command: Any = get_command(app)
    names = ["certx"]
    for word in words[1:]:
        inner = getattr(command, "commands", {}).get(word)
        if inner is None:
            break
        names.append(word)
        command = inner
    return names, command


LEAVES = [name for name in HELP if not hasattr(command_of(name.split())[1], "commands")]


def test_the_generated_pages_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert docs.main(["--check"]) == 0, capsys.readouterr().err


def test_a_page_that_differs_is_named_and_written_anew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert docs.main([], tmp_path) == 0
    assert docs.main(["--check"], tmp_path) == 0
    (tmp_path / "reasons.md").write_text("old", "utf-8")
    assert docs.main(["--check"], tmp_path) == 1
    assert capsys.readouterr().err == "docs/reasons.md differs from the program: run make docs\n"


def test_the_generated_pages_do_not_depend_on_terminal_or_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"COLUMNS": "40", "LC_ALL": "zh_CN.UTF-8", "CERTX_LANG": "zh", "FORCE_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)
    assert docs.main(["--check"]) == 0
    assert all("\x1b" not in text and "\r" not in text for text in docs.pages().values())


@pytest.mark.parametrize("name", list(HELP))
def test_every_command_says_what_it_does(name: str) -> None:
    assert command_of(name.split())[1].help, name


@pytest.mark.parametrize("name", LEAVES)
def test_every_command_has_an_example_and_exit_statuses(name: str) -> None:
    examples = HELP[name].partition("Examples:")[2].partition("Exit status:")[0]
    assert f"{name} " in f"{examples} ".replace("\n", " "), name
    statuses = [Exit(int(status)) for status in docs.statuses_of(HELP[name])]
    assert {Exit.OK, Exit.USAGE} <= set(statuses)


def test_every_reason_has_a_row() -> None:
    page = (ROOT / "docs" / "reasons.md").read_text("utf-8")
    assert [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")] == list(Reason)


def test_every_exit_status_has_a_row_in_the_readme() -> None:
    assert re.findall(r"^\| (\d+) \|", README, re.MULTILINE) == [str(int(status)) for status in Exit]


def raised_reasons(name: str) -> set[Reason]:
    """The reasons with which the sources call one maker of findings."""
    found = set()
    for path in sorted((ROOT / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                found |= {Reason[a.attr] for a in ast.walk(node) if isinstance(a, ast.Attribute) and a.attr.isupper()}
    return found


def test_the_page_of_reasons_leads_where_the_checks_lead() -> None:
    undetermined = {reason for reason in Reason if docs.leads_to(reason) == Outcome.UNDETERMINED}
    assert raised_reasons("undetermined") <= undetermined
    assert raised_reasons("warned") <= {reason for reason in Reason if docs.leads_to(reason) == "– (warned)"}
    assert raised_reasons("not_run") <= {reason for reason in Reason if docs.leads_to(reason) == "– (not-run)"}
    lead = {docs.leads_to(reason) for reason in raised_reasons("failed") - raised_reasons("undetermined")}
    assert lead <= {Outcome.INVALID, Outcome.NOT_ACCEPTABLE}


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def command_lines() -> Iterator[tuple[str, str]]:
    for path in PAGES:
        for block in blocks(path.read_text("utf-8"), "sh"):
            for line in block.replace("\\\n", " ").splitlines():
                if line.startswith("certx "):
                    yield path.name, line
    for text in HELP.values():
        for line in text.partition("Examples:")[2].partition("Exit status:")[0].splitlines():
            yield "help", line.rpartition(" | ")[2].strip()


@pytest.mark.parametrize(("page", "line"), [pair for pair in command_lines() if pair[1]])
def test_a_command_of_the_pages_names_what_exists(page: str, line: str) -> None:
    words = shlex.split(line, comments=True)
    names, command = command_of(words)
    assert not hasattr(command, "commands") or words[len(names) :] == [], f"{page}: no such command"
    options = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    used = {word.partition("=")[0] for word in words[len(names) :] if word.startswith("--")}
    assert used <= options, page


def marked_examples() -> Iterator[Any]:
    pattern = r"^<!-- (\S+)(?: (\S+))? -->\n```json\n(.*?)^```"
    for reader, argument, text in re.findall(pattern, FORMATS, re.MULTILINE | re.DOTALL):
        yield pytest.param(reader, argument, json.loads(text), id=f"{reader} {argument}".strip())


def schema_named(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((ROOT / "schemas" / "documents" / f"{name}.json").read_text("utf-8")))


def read_as_region(document: Any, _: str) -> None:
    assert read_region(document).issuers
    schema_named("region-keys").validate(document)


def read_as_agreements(document: Any, _: str) -> None:
    data = json.dumps(document).encode()
    published = {f"regions/{party}/agreements/{document['id']}.json": data for party in document["parties"]}
    (agreement,) = agreements_between(MemoryFiles(published), *document["parties"], document["types"][0])
    assert isinstance(agreement, Agreement)
    assert agreement.is_mutual(*document["parties"])
    assert set(document) == MEMBERS
    schema_named("agreement").validate(document)


def read_as_scenario(document: Any, kind: str) -> None:
    scenario = read_scenario(document, "x")
    schema_named("scenario").validate(document)
    if kind == "several":
        assert scenario.is_served_by(["certificate", "owner"])
        assert not scenario.is_served_by(["owner", "owner-company"])
        assert set(document) <= SCENARIO_MEMBERS
    else:
        (query,) = scenario.queries.values()
        assert query.broken_in({"accumulatedPoints": 12}) == ("accumulatedPoints", "exclusiveMaximum")
        assert set(document) == SCENARIO_MEMBERS - {"to", "credentials", "credentialSets"}


def read_as_profile(document: Any, _: str) -> None:
    assert set(document) == PROFILE_MEMBERS
    schema_named("licence-profile").validate(document)
    profile = read_profile(document, "x")
    assert with_profile(require(CATALOGUE, profile.licence_type), profile, "x").closed.is_valid({}) is False


def read_as_withdrawals(document: Any, _: str) -> None:
    assert list(withdrawals_in(document, "x")) == ["agr-500000-510000-1"]
    schema_named("withdrawn").validate(document)


def read_as_row(document: Any, licence_type: str) -> None:
    draft = draft_row(licence_type, document)
    assert draft.holder_key == public_members(document[HOLDER_KEY])
    assert "expiringDate" not in draft.claims


def read_as_mapping(document: Any, _: str) -> None:
    shape = require(CATALOGUE, "business-licence").shape
    read_mapping(json.dumps(document).encode(), "map.json").check(shape, None)


def read_as_line(document: Any, _: str) -> None:
    (item,) = read(json.dumps(document).encode())
    assert item.text == document["credential"]
    assert parse(item.text).jws.header["typ"] == "dc+sd-jwt"


def read_as_manifest(document: Any, _: str) -> None:
    """It is what a run writes, but for the numbers."""
    with TemporaryDirectory() as folder:
        with open_output(f"{folder}/") as output:
            output.append([output_object("k", "i", "eyJ")])
            output.finish()
        written = json.loads((Path(folder) / MANIFEST).read_bytes())
    assert written.keys() == document.keys()
    for part in document["parts"]:
        assert part.keys() == written["parts"][0].keys()
        assert PART.fullmatch(part["name"])


def read_as_index(document: Any, _: str) -> None:
    single = Single(**document)
    assert single.name == f"{single.licence_id}.txt"


def read_as_record(document: Any, _: str) -> None:
    record = Record(document["number"], line_from(document))
    assert json.loads(canonical(record)) == document


READERS: dict[str, Callable[[Any, str], None]] = {
    "read_region": read_as_region,
    "agreements_between": read_as_agreements,
    "read_scenario": read_as_scenario,
    "line_from": read_as_record,
    "read_federation": lambda document, _: read_federation(document),
    "read_denials": lambda document, _: read_denials(document, "suspensions.json"),
    "read_limits": lambda document, _: read_limits(document, "limits.json"),
    "withdrawals_in": read_as_withdrawals,
    "agreement-trial": lambda document, _: schema_named("agreement-trial").validate(document),
    "scenario-entry": lambda document, _: schema_named("scenario-entry").validate(document),
    "read_profile": read_as_profile,
    "agreement-standing": lambda document, _: schema_named("agreement-standing").validate(document),
    "read_row": read_as_row,
    "read_line": read_as_line,
    "mapping": read_as_mapping,
    "verdict": lambda document, _: schema_named("verdict").validate(document),
    "complaint": lambda document, _: schema_named("complaint").validate(document),
    "output-manifest": read_as_manifest,
    "output-index": read_as_index,
    "issue-report": lambda document, _: schema_named("issue-report").validate(document),
}


@pytest.mark.parametrize(("reader", "argument", "document"), list(marked_examples()))
def test_the_examples_of_formats_are_read(reader: str, argument: str, document: Any) -> None:
    READERS[reader](document, argument)


def test_every_reader_has_an_example_and_no_example_is_unread() -> None:
    assert {parameter.values[0] for parameter in marked_examples()} == set(READERS)
    assert len(blocks(FORMATS, "json")) == len(list(marked_examples()))


def test_the_output_line_of_formats_is_what_issuing_writes() -> None:
    (line,) = [parameter.values[2] for parameter in marked_examples() if parameter.values[0] == "read_line"]
    assert json.loads(output_object(**line)) == line


def test_the_settings_of_formats_are_read(tmp_path: Path) -> None:
    (text,) = blocks(FORMATS, "toml")
    (tmp_path / "certx.toml").write_text(text, "utf-8")
    settings = load_settings({"CERTX_HOME": str(tmp_path)})
    fonts = tmp_path / "fonts"
    assert settings == Settings(tmp_path, "500000", None, "zh", settings.source, settings.root, fonts=fonts)
    assert (settings.source, len(settings.root or "")) == ("https://registry.example", 71)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_the_schemas_of_documents_are_schemas_with_titles_and_closed(path: Path) -> None:
    document = json.loads(path.read_text("utf-8"))
    Draft202012Validator.check_schema(document)
    assert document["$id"] == f"urn:certx:document:{path.stem}:1.0"
    for node in objects_in(document):
        assert node["additionalProperties"] is False, node
        assert node.get("title"), node


def objects_in(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if node.get("type") == "object" and "properties" in node:
            yield node
        for inner in node.values():
            yield from objects_in(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from objects_in(inner)


EXAMPLES = {
    "keys.json": "region-keys",
    "agreements/*.json": "agreement",
    "scenarios/*.json": "scenario",
    "scenario-*.json": "scenario",
}


@pytest.mark.parametrize("kind", EXAMPLES)
def test_the_example_registry_obeys_its_schemas(kind: str) -> None:
    schema = schema_named(EXAMPLES[kind])
    paths = sorted((ROOT / "keys").glob(f"*/{kind}"))
    assert paths
    for path in paths:
        schema.validate(json.loads(path.read_text("utf-8")))


def test_verdicts_of_every_outcome_obey_their_schema() -> None:
    from certx.credential.errors import CredentialError  # noqa: PLC0415 - only here
    from certx.i18n import Words  # noqa: PLC0415

    good, schema, seen = issue(), schema_named("verdict"), set()
    answers = [
        Answer("x", verify(good)),
        Answer("x", verify(good, agreements=())),
        Answer("x", verify(good, has_registry=False)),
        Answer("x", verify(good, hindsight=Hindsight())),
        Answer("x", verify(good.replace(".", ".!", 1))),
        Answer("x", None, CredentialError(Reason.UNREADABLE_EMPTY)),
    ]
    for answer in answers:
        for language in ("zh", "en"):
            printed = json.loads(json.dumps(verdict_object(answer, Words(language), now=1.5)))
            schema.validate(printed)
            seen.add(printed["outcome"])
    assert seen == {None, *Outcome}


def test_reports_of_issuing_obey_their_schema() -> None:
    from certx.batch.order import Order, Rejected, Report, Tally  # noqa: PLC0415 - only here
    from certx.i18n import Words  # noqa: PLC0415
    from certx.licence.rows import RowProblem  # noqa: PLC0415
    from certx.licence.tabular import Row  # noqa: PLC0415

    rejected = Rejected(Row(3, {}), (RowProblem("schema-additionalProperties", "", "", {"names": "a"}),))
    tally = Tally()
    tally.reject([rejected])
    report = Report(Order("rows.csv", "business-licence", "x", "-"), tally)
    schema_named("issue-report").validate(json.loads(report_object(report, Words("en"))))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text("utf-8")):
        assert target.startswith("https://") or (path.parent / target).exists(), target


def test_every_decision_is_linked_from_the_readme() -> None:
    assert all(f"docs/adr/{path.name}" in README for path in (ROOT / "docs" / "adr").iterdir())


def test_the_rules_name_tests_that_exist() -> None:
    sources = {path.name: path.read_text("utf-8") for path in (ROOT / "tests").glob("*/test_*.py")}
    named = 0
    for row in RULES.splitlines():
        file = ""
        for given, test in re.findall(r"`(test_\w+\.py)?::(test_\w+)`", row):
            file = given or file
            assert f"def {test}(" in sources[file], row
            named += 1
    assert named > 20


def test_the_rules_name_functions_that_exist() -> None:
    from importlib import import_module  # noqa: PLC0415 - only here

    names = {"checks": "certx.checks", "matter": "certx.recognition.matter"} | {
        room: f"certx.{room}.check" for room in ("recognition", "schema", "status", "trust")
    }
    for module, function in set(re.findall(r"`(\w+)\.((?:check|parse|reveal|digest|read|select)\w*)`", RULES)):
        assert hasattr(import_module(names.get(module, f"certx.credential.{module}")), function), (module, function)


def test_the_rules_list_every_check_with_its_premises() -> None:
    rows = re.findall(r"^\| `([\w-]+)` \| \S+ \| (.+) \|$", RULES, re.MULTILINE)
    listed = [(name, tuple(re.findall(r"`([\w-]+)`", needs))) for name, needs in rows]
    assert listed == [(STRUCTURE, ()), *((check.name, check.after) for check in CHECKS)]


@pytest.mark.network
@pytest.mark.skipif(shutil.which("sh") is None, reason="the README is for a shell")
def test_what_the_readme_says_works_in_its_order(tmp_path: Path) -> None:
    for name in ("keys", "schemas"):
        shutil.copytree(ROOT / name, tmp_path / name)
    programs = Path(sys.executable).parent
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CERTX_")}
    environment |= {"PATH": f"{programs}{os.pathsep}{environment['PATH']}", "PYTHONIOENCODING": "utf-8"}
    make, *steps = blocks(README, "sh")
    assert make.startswith("make demo")
    with socket.socket() as free:  # another test may have the README's port
        free.bind(("127.0.0.1", 0))
        script = "".join(steps).replace("8000", str(free.getsockname()[1]))

    def run(*command: str) -> str:
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    shown = run("sh", "-eu", "-c", script)
    assert shown.count("认可  build/issued.jsonl:") == 2
    assert "510000" in (tmp_path / "build" / "list.csv").read_text("utf-8-sig")
    (example,) = blocks(README, "python")
    assert run(sys.executable, "-c", example) == "营业执照\n"
