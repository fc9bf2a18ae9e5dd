"""Words: both languages say the same things, and every code that the sources use has its words."""

import ast
import builtins
import errno
import re
import string
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from certx.by_grant import RULES
from certx.cli.main import app
from certx.credential.errors import CredentialError
from certx.doctor.complaint import Ailment
from certx.errors import CertxError, DocumentError, EnvironmentFailureError, UsageError, cause_of
from certx.i18n import Words, choose_language, doctor_en, doctor_zh, en, show_time, zh
from certx.licence.cells import Kind
from certx.licence.identifiers import Defect
from certx.licence.model import day_starts_at
from certx.licence.rows import RowProblem
from certx.reason import Finding, Reason, Result, failed, not_run, passed
from certx.schema.catalogue import require
from certx.schema.rules import RULE_NAMES
from certx.verify import CHECKS, IN_A_MATTER, IN_A_REQUEST, LOOKING_BACK, USED_UP
from world import CATALOGUE, TYPES, WORLD, examples

SOURCES = sorted((Path(__file__).parents[2] / "src" / "certx").rglob("*.py"))
BOOKS = ("TERMS", "CHECKS", "REASONS", "ERRORS", "HINTS", "CAUSES", "PROBLEMS")
BOTH = [Words("zh"), Words("en")]
LANGUAGES = pytest.mark.parametrize("words", BOTH, ids=["zh", "en"])
ADDED = {"check", "premise", "defect", "path"}
"""What `Words` itself adds to the parameters of a finding, and those who read a file to the errors of its content."""


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def texts(entry: object) -> tuple[str, ...]:
    return entry if isinstance(entry, tuple) else (str(entry),)


@pytest.mark.parametrize("book", BOOKS)
def test_both_languages_have_the_same_codes(book: str) -> None:
    assert set(getattr(zh, book)) == set(getattr(en, book))


@pytest.mark.parametrize("book", BOOKS)
def test_both_languages_fill_the_same_places(book: str) -> None:
    for code, entry in getattr(zh, book).items():
        for chinese, english in zip(texts(entry), texts(getattr(en, book)[code]), strict=True):
            assert placeholders(chinese) == placeholders(english), code


@pytest.mark.parametrize("book", [zh, en], ids=["zh", "en"])
def test_no_text_is_empty_and_chinese_words_are_chinese(book: Any) -> None:
    for name in BOOKS:
        for code, entry in getattr(book, name).items():
            first = texts(entry)[0]
            assert first.strip(), code
            if book is zh and name != "TERMS" and first.strip("{}!r") not in placeholders(first):
                assert not first.isascii(), code


def test_the_reasons_in_words_are_exactly_the_reasons() -> None:
    assert set(zh.REASONS) == {reason.value for reason in Reason}


def test_all_that_ails_a_machine_has_words_in_both_languages() -> None:
    assert set(doctor_zh.AILMENTS) == set(doctor_en.AILMENTS) == {ailment.value for ailment in Ailment}
    assert set(doctor_zh.PARTS) == set(doctor_en.PARTS)
    for code, entry in doctor_zh.AILMENTS.items():
        assert not entry[0].isascii()
        for chinese, english in zip(entry, doctor_en.AILMENTS[code], strict=True):
            assert chinese.strip()
            assert placeholders(chinese) == placeholders(english), code


def test_no_error_is_mistaken_for_a_reason() -> None:
    """`Words.error` looks for a code among the reasons first, so an error of the same code never gets its words."""
    assert set(zh.ERRORS) & set(zh.REASONS) == set()


def test_every_check_has_a_name() -> None:
    rules = (*CHECKS, *IN_A_MATTER, *IN_A_REQUEST, *LOOKING_BACK)
    assert set(zh.CHECKS) == {"structure", *(check.name for check in rules), *(name for name, *_ in RULES), *USED_UP}


class Use(NamedTuple):
    """A place in the sources where a code is given: the parameters are `None` where they cannot be seen."""

    where: str
    kind: str
    code: str
    hint: str | None
    params: frozenset[str] | None


def _constant(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _code(name: str, call: ast.Call) -> str | None:
    """The code that a call carries: of an error or problem its text, of a finding its reason."""
    arguments = call.args
    is_ours = name.endswith("Error") and not hasattr(builtins, name) and not name.startswith("Download")
    if is_ours or name in {"RowProblem", "_reject"}:
        return _constant(arguments[0] if name != "_reject" else arguments[1]) if arguments else None
    if name == "TrustProblem" and len(arguments) > 2:
        return _constant(arguments[2])
    if name in {"failed", "warned", "undetermined", "not_run", "CredentialError", "Finding"}:
        for argument in arguments[:3]:
            if isinstance(argument, ast.Attribute) and getattr(argument.value, "id", "") == "Reason":
                return str(Reason[argument.attr])
    return None


def uses() -> Iterator[Use]:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            code = _code(name, node)
            hint = next((_constant(word.value) for word in node.keywords if word.arg == "hint"), None)
            if code is None and hint is None:
                continue
            given = {word.arg for word in node.keywords} - {"hint"}
            visible = None not in given and name not in {"RowProblem", "TrustProblem", "Finding"}
            shown = frozenset(str(word) for word in given) if visible else None
            yield Use(f"{path.name}:{node.lineno}", name, code or "", hint, shown)


USES = list(uses())


def test_the_sources_were_searched() -> None:
    assert len(USES) > 120
    assert {use.kind for use in USES} >= {"UsageError", "RowProblem", "TrustProblem", "failed", "undetermined"}


def test_every_code_in_the_sources_has_words() -> None:
    known = {*zh.REASONS, *zh.ERRORS, *zh.PROBLEMS}
    assert [use for use in USES if use.code and use.code not in known] == []


def test_every_hint_in_the_sources_has_words() -> None:
    assert [use for use in USES if use.hint and use.hint not in zh.HINTS] == []


def test_every_place_in_a_text_is_filled_by_those_who_use_it() -> None:
    missing = []
    for use in USES:
        if use.params is not None:
            entry = zh.REASONS.get(use.code) or zh.ERRORS.get(use.code) or zh.PROBLEMS.get(use.code) or ""
            wanted = {name for text in texts(entry) for name in placeholders(text)}
            wanted |= placeholders(zh.HINTS.get(use.hint or "", ""))
            if not wanted <= use.params | ADDED:
                missing.append((use.where, use.code, wanted - use.params))
    assert missing == []


def test_every_hint_is_given_by_somebody() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in SOURCES if path.parent.name != "i18n")
    assert [hint for hint in zh.HINTS if f'"{hint}"' not in sources] == []


def test_every_error_is_raised_by_somebody() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in SOURCES if path.parent.name != "i18n")
    assert [code for code in zh.ERRORS if f'"{code}"' not in sources] == []


def test_every_defect_kind_and_rule_has_words() -> None:
    for defect in Defect:
        assert defect in zh.ERRORS
    assert {f"cell-not-{kind}" for kind in Kind} <= set(zh.PROBLEMS)
    assert {f"rule-{name}" for name in RULE_NAMES} <= set(zh.PROBLEMS)


ASSERTIONS = {
    "type", "enum", "const", "pattern", "format", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum",
    "exclusiveMaximum", "minItems", "maxItems", "uniqueItems", "required", "additionalProperties", "dependentRequired",
    "minProperties", "maxProperties", "multipleOf", "not", "anyOf", "oneOf", "contains", "propertyNames",
}  # fmt: skip


def keywords(node: Any) -> Iterator[str]:
    """Every assertion in a schema, wherever it stands."""
    if isinstance(node, Mapping):
        for name, value in node.items():
            if name in {"properties", "$defs", "patternProperties"}:
                for inner in value.values():
                    yield from keywords(inner)
            elif name not in {"x-certx", "x-enum-labels", "enum", "const", "default"}:
                yield name
                yield from keywords(value)
            else:
                yield name
    elif isinstance(node, list):
        for item in node:
            yield from keywords(item)


@pytest.mark.parametrize("licence_type", TYPES)
def test_every_assertion_of_a_schema_has_words_for_the_row_that_breaks_it(licence_type: str) -> None:
    used = set(keywords(require(CATALOGUE, licence_type).document)) & ASSERTIONS
    assert used
    assert {f"schema-{keyword}" for keyword in used} <= set(zh.PROBLEMS)


@pytest.mark.parametrize("licence_type", TYPES)
def test_every_invalid_example_fills_the_places_of_its_words(licence_type: str) -> None:
    schema = require(CATALOGUE, licence_type)
    found: list[tuple[str, Mapping[str, object]]] = []
    for _, example in examples(licence_type, "invalid"):
        problems = schema.closed.problems(example["document"])
        found += [(problem.code, problem.params) for problem in problems]
        if not problems:
            violations = schema.violations(example["document"], schema.rules, WORLD.context)
            found += [(f"rule-{violation.rule}", violation.params) for violation in violations]
    assert len(found) >= 5
    for code, params in found:
        assert {name for text in zh.PROBLEMS[code] for name in placeholders(text)} <= params.keys(), code
        for words in BOTH:
            assert words.problem(code, params)


@LANGUAGES
@pytest.mark.parametrize("reason", Reason)
def test_a_reason_without_its_parameters_is_still_words(reason: Reason, words: Words) -> None:
    message, next_step = words.reason(Finding("schema", Result.FAILED, reason, {}))
    assert message
    assert "{" not in message + next_step


@LANGUAGES
@pytest.mark.parametrize("code", sorted(zh.ERRORS))
def test_an_error_without_its_parameters_is_still_words(code: str, words: Words) -> None:
    message, hint = words.error(CertxError(code))
    assert message
    assert "{" not in message
    assert hint is None


@LANGUAGES
def test_values_with_braces_or_of_any_type_are_shown_as_they_are(words: Words) -> None:
    error = DocumentError("document-not-json", path="{detail}", detail="{0} {x!r}")
    assert "{0} {x!r}" in words.error(error)[0]
    message, _ = words.reason(failed("validity", Reason.EXPIRED, at=["{"]))
    assert "['{']" in message


@pytest.mark.parametrize(
    ("error", "chinese", "english"),
    [
        (PermissionError(errno.EACCES, "Permission denied"), "没有权限", "Permission denied"),
        (OSError(errno.ENODEV, "could not open port x: [Errno 19] No such device"), "没有这个设备", "No such device"),
        (OSError(errno.ENOTRECOVERABLE, "rare"), "ENOTRECOVERABLE", "ENOTRECOVERABLE"),
        (OSError("without a number"), "without a number", "without a number"),
        (ValueError(), "ValueError", "ValueError"),
    ],
)
def test_what_the_system_did_not_like_is_said_in_the_language_of_the_reader(
    error: Exception, chinese: str, english: str
) -> None:
    failure = EnvironmentFailureError("file-unreadable", path="x", detail=cause_of(error))
    assert Words("zh").error(failure)[0] == f"无法读取 x：{chinese}"
    assert Words("en").error(failure)[0] == f"cannot read x: {english}"
    unread = CredentialError(Reason.UNREADABLE_FILE, path="x", detail=cause_of(error))
    assert Words("zh").error(unread)[0] == f"无法读取 x：{chinese}"


@LANGUAGES
def test_a_passed_check_needs_no_words(words: Words) -> None:
    assert words.reason(passed("header")) == ("", "")


def test_a_premise_is_called_by_the_name_of_its_check() -> None:
    finding = not_run("schema", Reason.PREMISE_FAILED, premise="signature")
    assert zh.CHECKS["signature"] in Words("zh").reason(finding)[0]


def test_a_nested_defect_is_put_into_words() -> None:
    params = {"limit": "credit-code", "defect": "identifier-length", "actual": 3, "expected": 18}
    text = Words("zh").problem("schema-identifier", params)
    assert zh.ERRORS["identifier-length"].format(actual=3, expected=18) in text


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (day_starts_at("2026-06-01"), "2026-06-01 00:00"),
        (day_starts_at("2026-06-01") + 86_399.9, "2026-06-01 23:59"),
        (0, "1970-01-01 08:00"),
        (float("inf"), "inf"),
        (float("nan"), "nan"),
        (1e300, "1e+300"),
        (-1e14, "-100000000000000.0"),
    ],
)
def test_a_time_is_shown_as_people_in_china_read_it(moment: float, text: str) -> None:
    assert show_time(moment) == text


@pytest.mark.parametrize("book", [doctor_zh, doctor_en], ids=["zh", "en"])
def test_what_mends_an_ailment_are_commands_with_the_options_that_they_have_and_need(book: Any) -> None:
    typed = [command for _, mend in book.AILMENTS.values() for command in re.findall(r"(?<!the )certx ([ -~]+)", mend)]
    assert len(typed) > len(book.AILMENTS) // 2
    for line in typed:
        words, command = re.split(r"[;:,] |\)", line)[0].split(), get_command(app)
        while isinstance(command, TyperGroup) and words:
            command = command.commands[words.pop(0)]
        options = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
        given = {word for word in words if word.startswith("--")}
        assert given <= options, line
        needed = {max(p.opts, key=len) for p in command.params if p.required and p.param_type_name == "option"}
        assert not words or needed <= given, line


@LANGUAGES
def test_what_begins_like_an_option_is_none(words: Words) -> None:
    ends = {"issuer": "i", "kid": "-abc", "until": 0.0}
    assert "certx trust key rotate SOURCE -- -abc NAME" in words.ailment("key-ends", ends)[1]
    assert "chmod 700 ./-home" in words.ailment("folder-open", {"path": "-home", "mode": "755"})[1]


@LANGUAGES
@pytest.mark.parametrize("code", ["sync-list-older", "sync-older", "publish-list-older", "registry-older"])
def test_times_that_are_compared_are_told_with_their_seconds(code: str, words: Words) -> None:
    times = {"signed_at": 1795401460.0, "at": 1795401463.5}
    problem = DocumentError(code, file="f", path="p", **times)
    nested = words.ailment("registry-unusable", {**times, "file": "f", "path": "p", "defect": code})
    for message, _ in (words.error(problem), nested):
        assert "2026-11-23 10:37:40" in message
        assert "2026-11-23 10:37:43" in message


@pytest.mark.parametrize(
    ("wanted", "locale", "language"),
    [("en", "zh_CN.UTF-8", "en"), (None, "zh_CN.UTF-8", "zh"), (None, None, "en"), ("ZH", None, "zh"),
     (None, "C", "en"),
     ("zh-Hans", "en_GB", "zh"), ("", "zh", "zh")],
)  # fmt: skip
def test_the_language_is_the_one_asked_for_else_that_of_the_locale(
    wanted: str | None, locale: str | None, language: str
) -> None:
    assert choose_language(wanted, locale) == language


CARRIED = [use for use in USES if use.code.startswith(("columns-", "jwk-", "holder-key-"))]
"""Errors that a row can have too: names of its columns, the key of its holder."""


@LANGUAGES
def test_every_reason_of_a_reject_has_a_message_and_a_mend(words: Words) -> None:
    reasons = [(code, None) for code in zh.PROBLEMS] + [(use.code, use.hint) for use in CARRIED]
    assert {"schema-type", "row-not-json", "row-not-object", "columns-unknown", "jwk-kind"} <= {c for c, _ in reasons}
    assert [code for code, _ in reasons if not words.problem(code, {}).strip()] == []
    assert [code for code, hint in reasons if not words.mend(code, {}, hint).strip("? ")] == []
    assert [use for use in CARRIED if use.hint is None] == []
    if words.language == "zh":
        assert [code for code, hint in reasons if hint is None and words.mend(code, {}).isascii()] == []


def test_the_mend_of_a_problem_follows_its_message() -> None:
    for words, said in zip(BOTH, ("请写成 2026-01-31 的形式", "write it as 2026-01-31"), strict=True):
        assert words.mend("cell-not-date", {}) == said
        assert words.problem("cell-not-date", {}).endswith(said)
        assert "42" in words.problem("row-twice", {"first": 42})
    assert Words("en").problem("row-not-json", {"detail": "a: b"}) == "not JSON (a: b): correct the line"


def test_the_mend_of_an_error_in_a_row_is_its_hint() -> None:
    problem = RowProblem.of(UsageError("columns-unknown", hint="columns-unknown", columns="x"))
    assert Words("en").problem(problem.code, problem.params) == "unknown column(s): x"
    assert Words("en").mend(problem.code, problem.params, problem.hint) == en.HINTS["columns-unknown"]
