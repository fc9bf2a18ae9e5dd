"""Is each schema in order by itself: form, identity, labels, examples, definitions, patterns, disclosure."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from certx.credential.constants import PLAIN_CLAIMS
from certx.errors import CertxError
from certx.gate.change import reached
from certx.gate.claims import concealable
from certx.gate.edition import Edition, Example
from certx.gate.finding import Breaks, Finding, Hit, Report, Step, Weight, Witness
from certx.gate.form import core_step, form_hits
from certx.gate.patterns import pattern_hits
from certx.licence.paths import format_path
from certx.schema.annotations import read_nodes
from certx.schema.catalogue import LicenceSchema, SchemaVersion
from certx.schema.documents import CORE
from certx.schema.rules import Context, Violation
from certx.schema.validate import DRAFT, SchemaProblem, Validator

LINT_IDS: Final = frozenset(
    {
        "not-a-schema", "schema-id", "annotation-form", "title-missing", "codes-unlabelled", "disclosure-unsaid",
        "never-concealable", "example-refused", "example-accepted", "examples-missing", "definition-unreachable",
        "pattern-backtracks", "pattern-unreadable", "schema-unreadable",
    }
)  # fmt: skip
_LABELS: Final = ("title", "x-title-en")
_FACE: Final = frozenset(
    {
        "certificateName", "certificateIdentifier", "previousCertificateIdentifier", "issuingAuthorityName",
        "issuingAuthorityCode", "areaCode", "effectiveDate", "expiringDate",
    }
)  # fmt: skip
"""What every verdict rests on: who issued what, and until when it is good."""


def lint(edition: Edition, form: Validator, context: Context) -> Report:
    """Every schema of an edition. `form` is the schema of our annotations (schemas/documents/licence-schema.json)."""
    spoilt = core_step(edition, form)
    if spoilt is not None:
        return Report("", edition.name, (spoilt,))
    steps = [_step(edition, name, version, form, context) for name, version in edition.schemas()]
    return Report("", edition.name, (*steps, _core(edition)))


def _step(edition: Edition, name: str, version: SchemaVersion, form: Validator, context: Context) -> Step:
    place, subject = edition.place(name, version), f"{name} {version}"
    try:
        found = tuple(_of_type(edition, name, version, form, context))
    except CertxError as error:
        params = {**error.params, "defect": error.code}
        found = (Finding("schema-unreadable", Weight.BREAK, Breaks.REPOSITORY, place, params=params),)
    return Step(place, subject, findings=found)


def _of_type(
    edition: Edition, name: str, version: SchemaVersion, form: Validator, context: Context
) -> Iterator[Finding]:
    place = edition.place(name, version)
    document = edition.shelf.schema(name, version)
    wrong = [*form_hits(document, form), *_identity(document, name, version)]
    if wrong:  # the rest would only repeat it
        yield from (_finding(rule, place, hit) for rule, hit in wrong)
        return
    schema = edition.read(name, version)
    _ = schema.shape, schema.rules, schema.warnings, schema.derivations  # each raises on what it cannot read
    for rule, hit in (*_claims(schema), *_disclosure(schema), *_definitions(schema, document), *pattern_hits(document)):
        yield _finding(rule, place, hit)
    yield from _examples(edition, schema, context)


def _finding(rule: str, place: str, hit: Hit) -> Finding:
    return Finding(rule, hit.weight or Weight.BREAK, Breaks.REPOSITORY, place, hit.at, hit.params, hit.witness)


def _identity(document: Mapping[str, Any], name: str, version: SchemaVersion) -> Iterator[tuple[str, Hit]]:
    expected = f"urn:certx:schema:{name}:{version}"
    if document.get("$id") != expected:
        yield "schema-id", Hit("$id", {"found": str(document.get("$id", "–"))[:120], "expected": expected})
    if document.get("$schema") != DRAFT:
        yield "schema-id", Hit("$schema", {"found": str(document.get("$schema", "–"))[:120], "expected": DRAFT})
    annotation = document.get("x-certx", {})
    if isinstance(annotation, Mapping) and annotation.get("type", name) != name:
        yield "schema-id", Hit("x-certx.type", {"found": str(annotation["type"])[:120], "expected": name})


def _claims(schema: LicenceSchema) -> Iterator[tuple[str, Hit]]:
    """Labels of claims and words of codes."""
    nodes = {(): schema.document, **read_nodes(schema.document, schema.resolve)}
    for path, node in nodes.items():
        at = format_path(path)
        for name in _LABELS:
            if not str(node.get(name, "")).strip():
                yield "title-missing", Hit(at, {"claim": at or str(schema.type), "annotation": name})
        words = node.get("x-enum-labels", {})
        mute = [str(code) for code in node.get("enum", ()) if not {"zh", "en"} <= words.get(str(code), {}).keys()]
        if mute:
            yield "codes-unlabelled", Hit(at, {"claim": at, "codes": ", ".join(mute[:12])})


def _disclosure(schema: LicenceSchema) -> Iterator[tuple[str, Hit]]:
    for name, raw in schema.document["properties"].items():
        if "x-disclosure" not in schema.resolve(raw):
            yield "disclosure-unsaid", Hit(name, {"claim": name})
    for path in concealable(schema.frame):
        if path[0] in PLAIN_CLAIMS or (len(path) == 1 and path[0] in _FACE):
            clause = "SD-JWT VC 2.2.2.3" if path[0] in PLAIN_CLAIMS else "docs/verifier-rules.md"
            yield "never-concealable", Hit(format_path(path), {"claim": format_path(path), "clause": clause})


def _definitions(schema: LicenceSchema, document: Mapping[str, Any]) -> Iterator[tuple[str, Hit]]:
    own = document.get("$defs", {})
    for name in sorted(own.keys() - reached(document, own)):
        yield "definition-unreachable", Hit(f"$defs.{name}", {"name": f"{schema.type} $defs/{name}"})


def _core(edition: Edition) -> Step:
    """The definitions that all share: each is for some type."""
    place, core = edition.place("core", CORE), edition.shelf.schema("core", CORE)
    shared, used = core.get("$defs", {}), set[str]()
    for name, version in edition.schemas():
        try:
            used |= reached(edition.shelf.schema(name, version), shared)
        except CertxError:
            continue  # told of the type itself
    hits = [
        Hit(f"$defs.{name}", {"name": f"core $defs/{name}"}, weight=Weight.NOTICE)
        for name in sorted(shared.keys() - used)
    ]
    found = [_finding("definition-unreachable", place, hit) for hit in hits]
    found += [_finding(rule, place, hit) for rule, hit in pattern_hits(core)]
    return Step(place, f"core {CORE}", findings=tuple(found))


def _examples(edition: Edition, schema: LicenceSchema, context: Context) -> Iterator[Finding]:
    """Examples are of the newest version, and where they are wrong, in one way only."""
    if schema.version != edition.shelf.versions(schema.type)[-1]:
        return
    for kind in ("valid", "invalid"):
        examples = edition.examples(schema.type, kind)
        if not examples:
            place = edition.place(schema.type, schema.version)
            yield _finding("examples-missing", place, Hit(params={"kind": f"{schema.type}/{kind}"}))
        for example in examples:
            found = [*_wrongs(schema, example.document, context)]
            if kind == "valid" and found:
                rule, at, problem = found[0]
                told = problem.params if problem is not None else {}
                yield _finding("example-refused", example.place, Hit(at, {}, Witness(example.document, at, rule, told)))
            elif kind == "invalid" and [(rule, at) for rule, at, _ in found] != [(example.wrong, example.at)]:
                yield _finding("example-accepted", example.place, _otherwise(example, found))


def _otherwise(example: Example, found: list[tuple[str, str, SchemaProblem | None]]) -> Hit:
    shown = ", ".join(f"{rule} {at}".strip() for rule, at, _ in found[:3]) or "–"
    return Hit(example.at, {"wrong": example.wrong or "?", "path": example.at or "/", "found": shown})


def _wrongs(
    schema: LicenceSchema, document: object, context: Context
) -> Iterator[tuple[str, str, SchemaProblem | None]]:
    """Everything wrong with a document: keyword or rule, JSON Pointer, and the problem if it is of the schema."""
    problems = schema.closed.problems(document)
    for problem in problems:
        at = problem.at[:-1] if problem.keyword in {"required", "additionalProperties"} else problem.at
        yield problem.keyword, _pointer(at), problem
    if not problems and isinstance(document, Mapping):
        broken: list[Violation] = schema.violations(document, schema.rules, context)
        for violation in broken:
            yield violation.rule, _pointer(violation.at), None


def _pointer(path: tuple[str | int, ...]) -> str:
    return "".join(f"/{step}" for step in path)
