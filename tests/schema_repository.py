"""A repository of shared schemas in memory: what certx ships, to be changed by a test and judged by the gate."""

import copy
import json
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from certx.gate.edition import Edition
from certx.gate.finding import Finding, Report, Weight
from certx.gate.review import Terms, review
from certx.gate.tree import Layout
from certx.schema.validate import Validator

ROOT: Final = Path(__file__).resolve().parent.parent
TODAY: Final = date(2026, 11, 23)
EVERYTHING: Final[Mapping[str, bytes]] = {
    path.relative_to(ROOT).as_posix(): path.read_bytes()
    for folder in ("schemas", "keys")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in {".json", ".bin"}
}
_KEPT: Final = ("business-licence", "real-estate-certificate", "core", "data", "dictionaries")
SHIPPED: Final = {
    path: data for path, data in EVERYTHING.items() if path.startswith("keys/") or path.split("/")[1] in _KEPT
}
"""As much of it as most tests need: two types."""
FORM: Final = Validator(json.loads(EVERYTHING["schemas/documents/licence-schema.json"]))
Change = Callable[[dict[str, Any]], object]


def trademark(**more: Any) -> dict[str, Any]:
    """A claim that no schema has yet."""
    labels = {"title": "商标", "x-title-en": "Trade mark", "x-disclosure": "selective", "x-group": "holder"}
    return {"type": "string", "minLength": 1, "maxLength": 50, **labels, **more}


def document_of(path: str) -> Any:
    """A shipped document, to be changed freely."""
    return json.loads(SHIPPED[path])


def changed(tree: Mapping[str, bytes], path: str, change: Change, *, to: str | None = None) -> dict[str, bytes]:
    """A tree in which a document is changed, or (`to`) its changed copy is added under another path."""
    document = copy.deepcopy(json.loads(tree[path]))
    change(document)
    if to is not None and "$id" in document:
        name, _, version = to.removesuffix(".json").removeprefix("schemas/").partition("/")
        document["$id"] = f"urn:certx:schema:{name}:{version}"
    return {**tree, to or path: json.dumps(document, ensure_ascii=False, indent=2).encode()}


def successor(licence_type: str, change: Change, version: str = "1.1") -> dict[str, bytes]:
    """What certx ships, with one more version of a type."""
    return changed(SHIPPED, f"schemas/{licence_type}/1.0.json", change, to=f"schemas/{licence_type}/{version}.json")


def profile_of(licence_type: str = "business-licence", **members: Any) -> bytes:
    """A profile of Sichuan."""
    name = {"zh": "扩展", "en": "Extension"}
    head = {"region": "510000", "type": licence_type, "major": 1, "version": 1, "name": name}
    return json.dumps({**head, **members}).encode()


def edition(tree: Mapping[str, bytes], name: str = "new") -> Edition:
    """An edition of a tree."""
    return Edition.of_tree(name, tree, Layout())


def judged(new: Mapping[str, bytes], old: Mapping[str, bytes] = SHIPPED, **terms: Any) -> Report:
    """What the gate says of a change."""
    return review(edition(old, "old"), edition(new), Terms(TODAY, FORM, **terms))


def broken(report: Report) -> set[str]:
    """The rules by which something breaks."""
    return {finding.rule for finding in report.findings if finding.weight is Weight.BREAK}


def found(report: Report, rule: str) -> Finding:
    """The one finding of a rule."""
    (finding,) = [finding for finding in report.findings if finding.rule == rule]
    return finding
