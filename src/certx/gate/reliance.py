"""What others rely on: the claims that scenarios and agreements need, and the QR codes that licences fit into."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, Final

from certx.gate.change import Change
from certx.gate.claims import renames
from certx.gate.edition import Example
from certx.gate.finding import Hit, Weight
from certx.gate.symbols import symbol_size
from certx.licence.paths import Path, format_path
from certx.recognition.scenario import Scenario
from certx.schema.catalogue import LicenceSchema

_END: Final[Path] = ("expiringDate",)
"""What an agreement with `minRemainingDays` looks at."""
_GROWTH: Final = 1.1


def asked_of(scenario: Scenario, licence_type: str) -> list[Path]:
    """The claims that a matter requires of a type, or constrains."""
    queries = [query for query in scenario.queries.values() if licence_type in query.types]
    paths = ((*query.requires, *(look.path for look in query.constrained)) for query in queries)
    return list(dict.fromkeys(filter(None, chain.from_iterable(paths))))


def needed(change: Change) -> Iterator[tuple[str, str, Path]]:
    """Who needs which claim of this type: the id of the scenario or agreement, its file, and the path."""
    for matter in change.after.matters:
        for path in asked_of(matter.scenario, change.new.type):
            yield matter.scenario.id, matter.place, path
    for treaty in change.after.treaties:
        agreement = treaty.agreement
        if change.new.type in agreement.types and agreement.min_remaining_days is not None:
            yield agreement.id, treaty.place, _END


def claim_gone(change: Change) -> Iterator[Hit]:
    """A matter needs a claim that no new licence can have."""
    went = renames(change)
    for name, file, path in needed(change):
        names = tuple(step for step in path if isinstance(step, str))
        if names in change.old_nodes and names not in change.new_nodes:
            now = next((new for old, new in went.items() if names[: len(old)] == old), ())
            told = {"name": name, "file": file, "claim": format_path(path), "now": format_path(now) or "–"}
            yield Hit(format_path(names), told)


def claim_optional(change: Change) -> Iterator[Hit]:
    """A matter needs a claim that every licence had, and that a new one may be without."""
    for name, file, path in needed(change):
        names = tuple(step for step in path if isinstance(step, str))
        if names in change.new_nodes and is_certain(change.old, path) and not is_certain(change.new, path):
            yield Hit(format_path(names), {"name": name, "file": file, "claim": format_path(path)})


def is_certain(schema: LicenceSchema, path: Path) -> bool:
    """Has every licence that the closed schema accepts this claim? As far as `required` and `minItems` say."""
    node: Mapping[str, Any] = schema.document
    for step in path:
        if isinstance(step, str):
            if step not in node.get("required", ()) or step not in node.get("properties", {}):
                return False
            node = schema.resolve(node["properties"][step])
        else:
            if node.get("minItems", 0) < max(step + 1, 1) or not isinstance(node.get("items"), Mapping):
                return False
            node = schema.resolve(node["items"])
    return True


def symbol(change: Change) -> Iterator[Hit]:
    """The dictionary that codes are packed with does not know what is new: the code of a full licence grows.

    A break if it takes more symbols than before, worth a word if it grew by a tenth.
    """
    before = max((symbol_size(change.old, e, change.before) for e in _valid(change, change.old)), default=None)
    for example in _valid(change, change.new):
        after = symbol_size(change.new, example, change.after)
        if before is None or after <= before:
            continue
        told = {
            "example": example.place, "old_bytes": before.size, "new_bytes": after.size,
            "old_codes": before.symbols, "new_codes": after.symbols,
        }  # fmt: skip
        if after.symbols > before.symbols:
            yield Hit(params=told)
        elif after.size > before.size * _GROWTH:
            yield Hit(params=told, weight=Weight.NOTICE)


def _valid(change: Change, schema: LicenceSchema) -> list[Example]:
    edition = change.after if schema is change.new else change.before
    return [e for e in edition.examples(schema.type, "valid") if schema.closed.is_valid(e.document)]
