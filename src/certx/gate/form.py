"""Has a licence schema its form: by the metaschema, and by the schema of our annotations."""

from collections.abc import Iterator, Mapping
from typing import Any

from certx.gate.finding import Hit
from certx.licence.paths import format_path
from certx.schema.validate import Validator


def form_hits(document: Mapping[str, Any], form: Validator) -> Iterator[tuple[str, Hit]]:
    """Everything wrong with the form, by rule; `form` is schemas/documents/licence-schema.json."""
    from certx.schema.metaschema import metaschema_problems  # noqa: PLC0415 - jsonschema costs 100 ms

    for path, message in metaschema_problems(document):
        yield "not-a-schema", Hit(format_path(path), {"detail": message[:200]})
    for problem in form.problems(document):
        at = format_path(problem.at)
        yield "annotation-form", Hit(at, {"at": at, "detail": problem.keyword})
