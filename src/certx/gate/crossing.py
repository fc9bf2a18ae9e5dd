"""Cross-field rules (`rules` of `x-certx`) that came or went: sets of licences that JSON Schema cannot describe.

Whether a rule that came refuses anything is shown by an example: of those beside the schemas, also of what is wrong
with them, one that the other side accepts. Without one the question stays open.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from certx.gate.change import Change
from certx.gate.finding import Hit, Weight, Witness
from certx.licence.paths import format_path
from certx.schema.catalogue import LicenceSchema
from certx.schema.rules import compile_rule


def tightened(change: Change) -> Iterator[Hit]:
    """Old licences that a new verifier refuses by a rule."""
    yield from _stricter(change, accepting=change.old, refusing=change.new)


def loosened(change: Change) -> Iterator[Hit]:
    """New licences that an old verifier refuses by a rule that went."""
    yield from _stricter(change, accepting=change.new, refusing=change.old)


def _stricter(change: Change, *, accepting: LicenceSchema, refusing: LicenceSchema) -> Iterator[Hit]:
    known = {orjson.dumps(row, option=orjson.OPT_SORT_KEYS) for row in _rejecting(accepting)}
    for row in _rejecting(refusing):
        if orjson.dumps(row, option=orjson.OPT_SORT_KEYS) in known:
            continue
        told = {"name": row["rule"], "path": row["path"]}
        witness = _witness(change, accepting, row)
        weight = Weight.UNDECIDED if witness is None else None
        yield Hit(row["path"], told, witness, weight=weight)


def _rejecting(schema: LicenceSchema) -> list[Mapping[str, Any]]:
    return [row for row in schema.annotation.get("rules", ()) if row.get("severity") != "warning"]


def _witness(change: Change, accepting: LicenceSchema, row: Mapping[str, Any]) -> Witness | None:
    rule = compile_rule(row)
    for example in change.samples():
        document = example.document
        if not isinstance(document, Mapping) or not accepting.closed.is_valid(document):
            continue
        broken = rule.violations(document, change.context)
        if broken and not accepting.violations(document, accepting.rules, change.context):
            return Witness(document, format_path(broken[0].at), rule.name)
    return None
