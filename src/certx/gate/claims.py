"""What containment cannot see of claims: names, labels, units, code lists, and what is disclosed one by one."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from certx.gate.change import Change
from certx.gate.containment import is_read_on
from certx.gate.finding import Hit
from certx.licence.paths import format_path
from certx.schema.annotations import Derivation
from certx.schema.frame import Frame

_LABELS: Final = ("title", "x-title-en", "x-enum-labels", "x-gbt36903", "x-group")
_SIGNS: Final = ("x-gbt36903", "title", "x-title-en")
"""By what a claim is known again under another name, the surest first."""


def renamed(change: Change) -> Iterator[Hit]:
    """A claim went, and one that is new has its label or its short name in GB/T 36903."""
    for old, new in renames(change).items():
        yield Hit(_text(new), {"old": _text(old), "new": _text(new)})


def renames(change: Change) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Claims that seem to have gone on under another name beside their old place."""
    found: dict[tuple[str, ...], tuple[str, ...]] = {}
    for path in change.gone:
        for other in change.added:
            if other[:-1] == path[:-1] and other not in found.values() and _is_same(change, path, other):
                found[path] = other
                break
    return found


def _is_same(change: Change, path: tuple[str, ...], other: tuple[str, ...]) -> bool:
    old, new = change.old_nodes[path], change.new_nodes[other]
    return any(sign in old and old[sign] == new.get(sign) for sign in _SIGNS)


def removed(change: Change) -> Iterator[Hit]:
    """A claim went for good: whoever reads it finds nothing, and rows that fill it are refused."""
    renamed_ones = renames(change)
    for path in change.gone:
        if path not in renamed_ones:
            yield Hit(_text(path), {"claim": _text(path)})


def always_now(change: Change) -> Iterator[Hit]:
    """A holder could keep it back, and cannot any more."""
    yield from _moved(change, change.old.frame, change.new.frame)


def hidden_now(change: Change) -> Iterator[Hit]:
    """It was always there to be read, and a holder may keep it back now."""
    yield from _moved(change, change.new.frame, change.old.frame)


def _moved(change: Change, was: Frame, becomes: Frame) -> Iterator[Hit]:
    selective, still = set(concealable(was)), set(concealable(becomes))
    for path in sorted(selective - still):
        if path in change.old_nodes and path in change.new_nodes:
            yield Hit(_text(path), {"claim": _text(path)})


def concealable(frame: Frame, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths of claims that a holder can keep back, whole or by their elements."""
    for name in frame.selective | frame.elements:
        yield (*above, name)
    for name, child in frame.children.items():
        yield from concealable(child, (*above, name))


def unit(change: Change) -> Iterator[Hit]:
    """The same number in another unit is another amount."""
    for path in change.kept:
        old, new = change.old_nodes[path].get("x-unit"), change.new_nodes[path].get("x-unit")
        if old != new:
            yield Hit(_text(path), {"claim": _text(path), "old": old or "–", "new": new or "–"})


def label(change: Change) -> Iterator[Hit]:
    """Another label, code word, short name or group: screens, paper and the columns of rows change with it."""
    for path in change.kept:
        old, new = change.old_nodes[path], change.new_nodes[path]
        for name in _LABELS:
            if name == "x-enum-labels":
                yield from _words(path, old.get(name, {}), new.get(name, {}))
            elif old.get(name) != new.get(name):
                told = {"claim": _text(path), "annotation": name, "old": old.get(name, "–"), "new": new.get(name, "–")}
                yield Hit(_text(path), told)


def _words(path: tuple[str, ...], old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Hit]:
    """Codes whose words changed: the most dangerous of labels, for the code itself stays valid."""
    for code in old.keys() & new.keys():
        if old[code] != new[code]:
            words = {"claim": _text(path), "annotation": f"x-enum-labels {code}"}
            yield Hit(_text(path), {**words, "old": _shown(old[code]), "new": _shown(new[code])})


def _shown(words: object) -> str:
    return " / ".join(map(str, words.values())) if isinstance(words, Mapping) else str(words)


def code_removed(change: Change) -> Iterator[Hit]:
    """A code left a code list while licences of the type stand. Which codes they carry, no ledger knows."""
    if not change.live or is_read_on(change):
        return
    for path in change.kept:
        codes = [str(code) for code in change.old_nodes[path].get("enum", ())]
        left = {str(code) for code in change.new_nodes[path].get("enum", codes)}
        lost = [code for code in codes if code not in left]
        if lost:
            yield Hit(_text(path), {"claim": _text(path), "codes": ", ".join(lost), "live": change.live})


def national_code(change: Change) -> Iterator[Hit]:
    """Verifiers hold the type code in a licence's identifier against that of the schema (GB/T 36904)."""
    old, new = change.old.national_code, change.new.national_code
    if old != new:
        yield Hit("x-certx.nationalCode", {"old": old, "new": new})


def derivation(change: Change) -> Iterator[Hit]:
    """A derived claim keeps its name and means something else."""
    new = {row.claim: row for row in change.new.derivations}
    for row in change.old.derivations:
        if row.claim in new and new[row.claim] != row:
            yield Hit(row.claim, {"claim": row.claim, "old": _meaning(row), "new": _meaning(new[row.claim])})


def _meaning(row: Derivation) -> str:
    return f"{row.source} {row.rule} {row.value}"


def _text(path: tuple[str, ...]) -> str:
    return format_path(path)
