"""Every shipped type has a history: a minor that is safe, and one that is not and is refused with its witness.

Where only one minor is there, its successor is made here. Each witness is shown again to jsonschema and to the
compiled validator, by this test itself and not by the gate.
"""

import json
from typing import Any

import jsonschema_rs
import pytest
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from certx.gate.finding import Report, Weight
from certx.schema.catalogue import SchemaVersion
from certx.schema.formats import FORMATS
from certx.schema.views import open_view
from schema_repository import EVERYTHING, changed, edition, judged, trademark
from world import TYPES

CORE = json.loads(EVERYTHING["schemas/core/1.0.json"])
Document = dict[str, Any]


def only(licence_type: str) -> dict[str, bytes]:
    """The shipped repository with one type."""
    kept = (f"schemas/{licence_type}/", "schemas/core/", "schemas/data/", "schemas/dictionaries/", "keys/")
    return {path: data for path, data in EVERYTHING.items() if path.startswith(kept)}


def newest(licence_type: str) -> SchemaVersion:
    return edition(only(licence_type)).shelf.versions(licence_type)[-1]


def next_minor(licence_type: str, change: Any) -> Report:
    tree, version = only(licence_type), newest(licence_type)
    folder = f"schemas/{licence_type}"
    after = changed(tree, f"{folder}/{version}.json", change, to=f"{folder}/{version.major}.{version.minor + 1}.json")
    return judged(after, tree)


def add_optional(document: Document) -> None:
    document["properties"]["remarkOfTest"] = trademark()


def add_required(document: Document) -> None:
    add_optional(document)
    document["required"].append("remarkOfTest")


def narrow_number(document: Document) -> None:
    document["properties"]["certificateNumber"]["maxLength"] = 1


def widen_authority(document: Document) -> None:
    document["properties"]["issuingAuthorityName"]["type"] = ["string", "integer"]
    document["properties"]["issuingAuthorityName"].pop("$ref")


def accepts(schema: Document, document: Any) -> tuple[bool, bool]:
    """What jsonschema and the compiled validator say."""
    checker = FormatChecker(formats=())
    for name, check in FORMATS.items():
        checker.checks(name)(check)
    core = DRAFT202012.create_resource(CORE)
    registry = Registry().with_resource("urn:certx:schema:core:1.0", core)
    reference = Draft202012Validator(schema, registry=registry, format_checker=checker)
    compiled = jsonschema_rs.Draft202012Validator(
        schema, formats=dict(FORMATS), validate_formats=True, ignore_unknown_formats=True,
        registry=jsonschema_rs.Registry([("urn:certx:schema:core:1.0", CORE)]),
    )  # fmt: skip
    return reference.is_valid(document), compiled.is_valid(document)


def confirm(report: Report, rule: str, against: SchemaVersion, old: Document, new: Document) -> None:
    """The witness of a rule stands: one side's issuers may issue it, the other side's verifiers refuse it."""
    steps = [step for step in report.steps if step.against == str(against)]
    (finding,) = [finding for step in steps for finding in step.findings if finding.rule == rule]
    assert finding.weight is Weight.BREAK
    assert finding.witness is not None
    accepting, refusing = (old, new) if rule == "old-licences-refused" else (new, old)
    assert accepts(accepting, finding.witness.document) == (True, True)
    assert accepts(open_view(refusing, partial=False), finding.witness.document) == (False, False)


def pair(licence_type: str, change: Any) -> tuple[Document, Document]:
    old = json.loads(EVERYTHING[f"schemas/{licence_type}/{newest(licence_type)}.json"])
    new = json.loads(EVERYTHING[f"schemas/{licence_type}/{newest(licence_type)}.json"])
    change(new)
    return old, new


@pytest.mark.parametrize("licence_type", TYPES)
def test_a_safe_successor_is_proven_safe(licence_type: str) -> None:
    report = next_minor(licence_type, add_optional)
    (step, *_) = report.steps
    assert (report.exit, report.findings) == (0, [])
    assert {"backward", "forward", "rows"} <= step.proven.keys()


@pytest.mark.parametrize("licence_type", TYPES)
@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (add_required, "old-licences-refused"),
        (narrow_number, "old-licences-refused"),
        (widen_authority, "new-licences-refused"),
    ],
)
def test_a_breaking_successor_is_refused_with_its_witness(licence_type: str, change: Any, rule: str) -> None:
    report = next_minor(licence_type, change)
    confirm(report, rule, newest(licence_type), *pair(licence_type, change))
    assert "major-not-raised" in {finding.rule for finding in report.findings}


@pytest.mark.parametrize("licence_type", TYPES)
def test_the_minors_that_are_shipped_read_each_other(licence_type: str) -> None:
    tree = only(licence_type)
    for version in edition(tree).shelf.versions(licence_type)[1:]:
        before = {path: data for path, data in tree.items() if not path.endswith(f"{licence_type}/{version}.json")}
        assert judged(tree, before).exit == 0, version
