"""The names that members of an object may have: those that are written out, each by itself, and regions of the others.

Names that nobody wrote out are told apart by the patterns that are spoken of: one region for each way in which some
names match them and no others.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from certx.schema.compat.atoms import And, Kind, Strings
from certx.schema.compat.domain import Domain
from certx.schema.compat.scalars import holds
from certx.schema.compat.terms import Terms
from certx.schema.compat.texts import texts

Region = frozenset[int]
"""The atoms about strings that the names of a region obey, negated where they do not."""
Name = str | tuple[Region, int]
"""A member: by its name, or as the n-th of a region."""


class Names:
    """The names that some terms about names speak of, and others that are written out."""

    def __init__(self, terms: Terms, written: Iterable[str], spoken: Iterable[int]) -> None:
        self._terms = terms
        atoms = terms.atoms(spoken)
        listed = [node.values for atom in atoms if isinstance(node := terms[atom], Strings)]
        self.written = frozenset(written).union(*listed)
        self._atoms = sorted(
            atom for atom in atoms if not (isinstance(terms[atom], Strings) or terms.on(atom, Kind.STRING))
        )

    def listed(self, names: int) -> frozenset[str] | None:
        """The names that a term holds of, if it is a list of them."""
        node = self._terms[names]
        return node.values if names > 0 and isinstance(node, Strings) else None

    def covers(self, names: int, name: Name) -> bool | None:
        """Does a term hold of a name? None: not known."""
        if isinstance(name, str):
            return holds(self._terms, names, Kind.STRING, name)
        known = self._terms.on(names, Kind.STRING)
        if known:
            return known > 0
        node = self._terms[names]
        if isinstance(node, And):
            each = [self.covers(part, name) for part in node.parts]
            found = False if False in each else None if None in each else True
        elif isinstance(node, Strings):
            found = False
        else:
            number = abs(names)
            found = True if number in name[0] else False if -number in name[0] else None
        return found if names > 0 or found is None else not found

    def splitting(self, names: int) -> list[int]:
        """The atoms that tell regions apart, those first that a term speaks of."""
        first = self._terms.atoms([names])
        return sorted(self._atoms, key=lambda atom: atom not in first)

    def of(self, region: Region, count: int) -> Domain:
        """So many names of a region; fewer if it has not so many, or if some cannot be told."""
        return texts(self._terms, region, count, self.written)

    def given(self, placed: Mapping[Name, Any]) -> dict[Name, str] | None:
        """A name for each member; None if a region has not so many. Members that no name is found for are left out."""
        named: dict[Name, str] = {name: name for name in placed if isinstance(name, str)}
        for region in {name[0] for name in placed if not isinstance(name, str)}:
            mine = list(within(region, placed))
            known = self.of(region, len(mine))
            if known.complete and len(known.values) < len(mine):
                return None
            named.update(zip(mine, known.values, strict=False))
        return named


def within(region: Region, placed: Iterable[Name]) -> Iterator[Name]:
    """Those members that are of a region."""
    return (name for name in placed if not isinstance(name, str) and name[0] == region)
