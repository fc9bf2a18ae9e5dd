"""The search for a witness: documents at the boundaries of both schemas, made from the inside to the outside.

Cheap and blind to logic: it finds most differences in a few tries and proves nothing when it finds none. At every place
those values come first that the left schema takes there and the right one refuses; around them a document is built that
the left schema takes as a whole.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final, NamedTuple

from certx.schema.compat.boundaries import boundaries
from certx.schema.compat.budget import Deadline
from certx.schema.compat.confirm import Witnessing
from certx.schema.compat.facts import REFERENCES, Places, Side, contents
from certx.schema.compat.load import At
from certx.schema.compat.shapes import Values, arrays, objects

_MOST_DOCUMENTS: Final = 4_000
_MOST: Final = 400
"""Values looked at for one place within a document."""
_MOST_ALIKE: Final = 40
"""The same where both sides say the same."""
_KEPT: Final = 24
"""Values kept of one place, of each sort."""
_FURTHER: Final = 200
"""Documents still tried once there is a witness, for there may be a smaller one."""
_CONFIRMED: Final = 20
"""Documents of those that the second validator is asked about."""
_MAX_DEPTH: Final = 20
"""Levels of a document that are made of more than the plainest values."""
_NOTHING_YET: Final = Values([], [None, 0, "", [], {}], [])


class Witness(NamedTuple):
    """A document that the left schema takes and the right one refuses."""

    document: Any


def find_witness(trial: Witnessing, deadline: Deadline) -> Witness | None:
    """A witness, confirmed, if one is found before the deadline."""
    left, right = map(Side, trial.subjects, trial.efforts)
    documents = _Search(left, right, deadline).documents()
    while found := list(islice(filter(trial.refutes, documents), 1)):
        found += filter(trial.refutes, islice(documents, _FURTHER))
        smallest = sorted(found, key=lambda document: len(repr(document)))[:_CONFIRMED]
        for document in filter(trial.confirms, smallest):
            return Witness(document)
    return None


class _Search:
    """One search; what it learns of a place it learns once."""

    def __init__(self, left: Side, right: Side, deadline: Deadline) -> None:
        self._left, self._right, self._deadline = left, right, deadline
        self._known: dict[tuple[int, ...], Values] = {}
        self._depth = 0

    def documents(self) -> Iterator[Any]:
        """Whole documents to try."""
        return islice(self._values(self._left.root, self._right.root), _MOST_DOCUMENTS)

    def _inside(self, left: Places, right: Places) -> Values:
        """The values of one place within."""
        key = (*(id(at.contents) for at in left), 0, *(id(at.contents) for at in right))
        if key not in self._known:
            if self._depth > _MAX_DEPTH:
                return _NOTHING_YET
            self._known[key] = _NOTHING_YET  # a schema inside itself: arrays and objects come in at the next round
            self._depth += 1
            self._known[key] = self._sorted(left, right)
            self._depth -= 1
        return self._known[key]

    def _sorted(self, left: Places, right: Places) -> Values:
        values = Values([], [], [])
        most = _MOST_ALIKE if _alike(self._left.facts(left), self._right.facts(right)) else _MOST
        for value in islice(self._values(left, right), most):
            if not self._left.takes(left, value):
                values.others.append(value)
            elif self._right.takes(right, value):
                values.taken.append(value)
            else:
                values.parting.append(value)
        return Values(values.parting[:_KEPT], values.taken[:_KEPT], values.others[: _KEPT // 3])

    def _values(self, left: Places, right: Places) -> Iterator[Any]:
        """Everything to try at one place, each value once."""
        seen: set[str] = set()
        for value in self._repeated(left, right):
            if self._deadline():
                return
            text = repr(value)
            if text not in seen:
                seen.add(text)
                yield value

    def _repeated(self, left: Places, right: Places) -> Iterator[Any]:
        ours, theirs = self._left.facts(left), self._right.facts(right)
        yield from boundaries(contents(ours), contents(theirs))
        for way in self._left.ways(left):
            if _may_be("object", way):
                yield from objects(way, ours, theirs, self._inside)
            if _may_be("array", way):
                yield from arrays(way, ours, theirs, self._inside)


def _alike(ours: list[At], theirs: list[At]) -> bool:
    """Do both sides plainly say the same? What is behind references within is not looked at."""
    within = [{key: value for key, value in schema.items() if key not in REFERENCES} for schema in contents(ours)]
    return contents(ours) == contents(theirs) and not any(name in repr(within) for name in REFERENCES)


def _may_be(kind: str, way: list[At]) -> bool:
    """Does no `type` forbid it? As a list of one or as a word, the name is in it either way."""
    return all(kind in schema.get("type", kind) for schema in contents(way))
