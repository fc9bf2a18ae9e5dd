"""One version of a licence schema beside an earlier one, as the rules look at it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Final

from certx.gate.edition import Edition, Example
from certx.schema.annotations import CORE_ID, read_nodes
from certx.schema.catalogue import LicenceSchema
from certx.schema.compat import Direction
from certx.schema.rules import Context

Nodes = Mapping[tuple[str, ...], Mapping[str, Any]]
_DEFS: Final = "#/$defs/"


@dataclass(frozen=True)
class Change:
    """An old and a new schema of one type, in the editions that they stand in.

    `today` is for cross-field rules. `live`: how many licences of the type stand by the ledger, `None` if none was
    asked.
    """

    old: LicenceSchema
    new: LicenceSchema
    before: Edition
    after: Edition
    today: date
    seconds: float = 2.0
    live: int | None = None
    answers: dict[str, Direction] = field(default_factory=dict, compare=False)
    """What the engine answered so far, by question: several rules ask the same."""

    @property
    def is_major(self) -> bool:
        """Does the new one begin a major, whose credentials old verifiers do not read?"""
        return self.new.version.major != self.old.version.major

    @cached_property
    def old_nodes(self) -> Nodes:
        """The claims of the old schema, by path of names."""
        return read_nodes(self.old.document, self.old.resolve)

    @cached_property
    def new_nodes(self) -> Nodes:
        """The claims of the new schema, by path of names."""
        return read_nodes(self.new.document, self.new.resolve)

    @cached_property
    def kept(self) -> tuple[tuple[str, ...], ...]:
        """The claims that both have."""
        return tuple(path for path in self.old_nodes if path in self.new_nodes)

    @cached_property
    def gone(self) -> tuple[tuple[str, ...], ...]:
        """The claims that the new one has not, apart from those inside of a claim that went."""
        lost = self.old_nodes.keys() - self.new_nodes.keys()
        return tuple(path for path in self.old_nodes if path in lost and path[:-1] not in lost)

    @cached_property
    def added(self) -> tuple[tuple[str, ...], ...]:
        """The claims that the old one had not, apart from those inside of a claim that is new."""
        found = self.new_nodes.keys() - self.old_nodes.keys()
        return tuple(path for path in self.new_nodes if path in found and path[:-1] not in found)

    @property
    def context(self) -> Context:
        """What cross-field rules may know."""
        return Context(self.today, self.after.catalogue)

    def samples(self) -> Iterator[Example]:
        """Every example of the type, whatever it was an example of, the valid ones first."""
        for kind in ("valid", "invalid"):
            for edition in (self.after, self.before):
                yield from edition.examples(self.new.type, kind)


def substance(schema: LicenceSchema) -> dict[str, Any]:
    """What a schema says, apart from which version it is: of the shared definitions only those that it reaches."""
    document = {name: value for name, value in schema.document.items() if name != "$id"}
    own = {name: node for name, node in document["$defs"].items() if name != CORE_ID}
    shared = document["$defs"][CORE_ID].get("$defs", {})
    names = reached({**document, "$defs": own}, shared)
    kept = {name: node for name, node in shared.items() if name in names}
    return {**document, "$defs": {**own, CORE_ID: {"$id": CORE_ID, "$defs": kept}}}


def reached(document: Mapping[str, Any], definitions: Mapping[str, Any]) -> set[str]:
    """The names among `definitions`, the document's own or shared ones, that its references lead to in the end."""
    found: set[str] = set()
    waiting: list[Any] = [node for name, node in document.items() if name != "$defs" or node is not definitions]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, Mapping):
            waiting += node.values()
            base, mark, name = str(node.get("$ref", "")).partition(_DEFS)
            if mark and base in {CORE_ID, ""} and name in definitions and name not in found:
                found.add(name)
                waiting.append(definitions[name])
    return found
