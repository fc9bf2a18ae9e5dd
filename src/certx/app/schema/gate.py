"""`certx schema compat`: opens what is to be compared, and lets the gate judge it."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import ExitStack, closing
from datetime import date
from pathlib import Path
from typing import Any, Final, NamedTuple

from certx.app.machine.shipped import schemas
from certx.app.schema.editions import edition_of_file, open_edition, read_schema_file
from certx.app.schema.gate_settings import GateSettings, read_gate_settings
from certx.app.schema.repository_tree import folder_tree
from certx.errors import UsageError
from certx.gate.exceptions import excuse
from certx.gate.finding import Report
from certx.gate.plain import compare_plain, named, review_plain
from certx.gate.review import Mode, Terms, review, review_pair
from certx.gate.table import CHANGE_IDS
from certx.gate.tree import Tree, TreeShelf
from certx.schema.compat import Assumptions, Content, Formats
from certx.schema.validate import Validator
from certx.settings import FILE_NAME, Settings


class GateOrder(NamedTuple):
    """What is asked of the gate. `assume`: names of assumptions, for schemas that are not licence schemas."""

    sources: Sequence[str]
    against: str | None
    mode: Mode
    assume: Sequence[str] = ()
    ledger: bool = False


class Gated(NamedTuple):
    """A report, the folder that its places lie in, and the files of the new side, for their lines."""

    report: Report
    folder: Path
    tree: Tree


def run_gate(order: GateOrder, settings: Settings, *, today: date) -> Gated:
    """Judge a change; raises `CertxError`."""
    old, new = _sides(order)
    assumptions = read_assumptions(order.assume)
    if Path(new).is_file() and Path(old).is_file() and new.endswith(".json"):
        return _of_files(Path(old), Path(new), Terms(today, annotation_form(), order.mode), assumptions)
    folder = Path(new) if Path(new).is_dir() else Path()
    gate = read_gate_settings(folder)
    live = _live(settings) if order.ledger else None
    terms = Terms(today, annotation_form(), order.mode, gate.seconds, live)
    with ExitStack() as stack:
        before, after = (stack.enter_context(open_edition(side, folder, settings)) for side in (old, new))
        is_plain = not after.shelf.types() and not before.shelf.types()
        if is_plain:
            _refuse_part(folder)
        elif Path(old).is_dir() and not before.shelf.types():
            raise UsageError("gate-nothing-old", hint="gate-part", path=old)
        report = review_plain(before, after, terms, assumptions) if is_plain else review(before, after, terms)
        return Gated(excused(report, gate, today, CHANGE_IDS), folder, after.tree)


def _refuse_part(folder: Path) -> None:
    """Raise `UsageError` on a part of a repository of licence schemas: what it means is seen from the top alone."""
    part = folder.resolve()
    for top in part.parents:
        layout = read_gate_settings(top).layout
        is_inside = any(part.is_relative_to(top / name) for name in layout)
        if is_inside and TreeShelf(folder_tree(top, layout), layout).types():
            raise UsageError("gate-part", hint="gate-part", path=str(folder), top=str(top))


def annotation_form() -> Validator:
    """The schema of the annotations of licence schemas that came with this copy of certx."""
    return Validator(schemas().document_schema("licence-schema"))


def excused(report: Report, gate: GateSettings, today: date, rules: AbstractSet[str]) -> Report:
    """A report after those reviewed exceptions of the repository that are about `rules`, which it was made by."""
    exceptions = [exception for exception in gate.exceptions if exception.id in rules]
    return excuse(report, exceptions, today=today, path=FILE_NAME)


def _sides(order: GateOrder) -> tuple[str, str]:
    """Old and new: two sources, or one and `--against`; the folder at hand is the new one if none is named."""
    match [*order.sources], order.against:
        case [old, new], None:
            return old, new
        case [new], str(old):
            return old, new
        case [], str(old):
            return old, "."
        case _:
            raise UsageError("gate-sides", hint="gate-sides")


_ASSUMABLE: Final[Mapping[str, Mapping[str, Any]]] = {
    "declared-only": {"content": Content.DECLARED},
    "formats": {"formats": Formats.ASSERTION},
}


def read_assumptions(names: Sequence[str]) -> Assumptions:
    """The assumptions of these names, strict ones but for them; raises `UsageError`."""
    assumed = Assumptions()
    for name in names:
        if name not in _ASSUMABLE:
            raise UsageError("gate-assume", hint="gate-assume", name=name, known=", ".join(sorted(_ASSUMABLE)))
        assumed = assumed._replace(**_ASSUMABLE[name])
    return assumed


def _of_files(old: Path, new: Path, terms: Terms, assumptions: Assumptions) -> Gated:
    """Two files: licence schemas by all rules, any others by containment."""
    documents = read_schema_file(old), read_schema_file(new)
    tree = {str(new): new.read_bytes()}
    if all("x-certx" in document for document in documents):
        (before, older), (after, newer) = (edition_of_file(*pair) for pair in zip((old, new), documents, strict=True))
        return Gated(review_pair(before, older, after, newer, terms), Path(), tree)
    resources = {str(d["$id"]): d for d in documents if "$id" in d}
    step = compare_plain(str(new), *documents, terms=terms, assumptions=assumptions, resources=resources)
    return Gated(Report(str(old), str(new), (step,), assumptions=named(assumptions)), Path(), tree)


def _live(settings: Settings) -> dict[str, int]:
    """Licences that stand, by national type code, by the ledger of this machine."""
    from certx.app.machine.ledgers import open_ledger  # noqa: PLC0415 - only where a ledger is asked

    with closing(open_ledger(settings)) as ledger:
        return ledger.live_by_type()
