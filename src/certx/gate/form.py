"""Has a licence schema its form: by the metaschema, and by the schema of our annotations."""

from collections.abc import Iterator, Mapping
from typing import Any

from certx.errors import CertxError
from certx.gate.edition import Edition
from certx.gate.finding import Breaks, Finding, Hit, Step, Weight
from certx.licence.paths import format_path
from certx.schema.documents import CORE
from certx.schema.validate import Validator


def form_hits(document: Mapping[str, Any], form: Validator) -> Iterator[tuple[str, Hit]]:
    """Everything wrong with the form, by rule; `form` is schemas/documents/licence-schema.json."""
    from certx.schema.metaschema import metaschema_problems  # noqa: PLC0415 - jsonschema costs 100 ms

    for path, message in metaschema_problems(document):
        yield "not-a-schema", Hit(format_path(path), {"detail": message[:200]})
    for problem in form.problems(document):
        at = format_path(problem.at)
        found = problem.value if isinstance(problem.value, str | int | float) else "–"
        told = {"at": at or "$", "found": str(found)[:80], "keyword": problem.keyword, "defect": problem.code}
        yield "annotation-form", Hit(at, {**told, **problem.params})


def form_step(place: str, subject: str, document: Mapping[str, Any], form: Validator) -> Step | None:
    """What keeps a schema from having its form, `None` if nothing: what it would break, nobody can say before that."""
    wrong = form_hits(document, form)
    findings = [Finding(rule, Weight.BREAK, Breaks.REPOSITORY, place, hit.at, hit.params) for rule, hit in wrong]
    return Step(place, subject, findings=tuple(findings)) if findings else None


def core_step(edition: Edition, form: Validator) -> Step | None:
    """What keeps the shared definitions from being some, `None` if nothing: no type can be read without them."""
    place, subject = edition.place("core", CORE), f"core {CORE}"
    try:
        core = edition.shelf.schema("core", CORE)
    except CertxError as error:
        params = {**error.params, "defect": error.code}
        finding = Finding("schema-unreadable", Weight.BREAK, Breaks.REPOSITORY, place, params=params)
        return Step(place, subject, findings=(finding,))
    definitions = form.schema["$defs"] if isinstance(form.schema, Mapping) else {}
    return form_step(place, subject, core, Validator({"$ref": "#/$defs/node", "$defs": definitions}))
