"""What is known of goals, those included whose emptiness still rests on a goal further up that is not yet decided."""

from certx.schema.compat.domain import EMPTY, Domain

Goal = frozenset[int]
_NOTHING = 1 << 30


class Memo:
    """Goals and their domains.

    Documents are finite, so a goal that is met again on its own path adds no document of its own: the smallest one that
    obeyed it would have to contain a smaller one. It counts as empty there, and what was found empty because of that
    is known for good only once the goal it rests on has been found empty too; if that is not, it is forgotten.
    """

    def __init__(self) -> None:
        self._known: dict[Goal, Domain] = {}
        self._path: dict[Goal, int] = {}
        self._resting: dict[Goal, int] = {}
        """Goals found empty, with the highest place on the path that this rests on; in the order they were found."""
        self._rests_on = _NOTHING

    @property
    def depth(self) -> int:
        """Goals that are being looked at."""
        return len(self._path)

    def recall(self, goal: Goal) -> Domain | None:
        """What is known of a goal, if anything is."""
        known = self._known.get(goal)
        if known is not None:
            return known
        place = self._path.get(goal, self._resting.get(goal))
        if place is None:
            return None
        self._rests_on = min(self._rests_on, place)
        return EMPTY

    def begin(self, goal: Goal) -> tuple[int, int]:
        """Go down into a goal; what is returned is for `end`."""
        before = self._rests_on, len(self._resting)
        self._rests_on = _NOTHING
        self._path[goal] = len(self._path)
        return before

    def end(self, goal: Goal, found: Domain, before: tuple[int, int]) -> None:
        """Come back from a goal with what was found."""
        outer, kept = before
        place = self._path.pop(goal)
        since = list(self._resting)[kept:]
        mine = self._rests_on
        if not found.is_empty:
            self._known[goal] = found
            for other in since:
                del self._resting[other]
            self._rests_on = outer
            return
        if mine >= place:
            self._known[goal] = EMPTY
            for other in since:
                del self._resting[other]
                self._known[other] = EMPTY
            self._rests_on = outer
            return
        for other in since:
            self._resting[other] = min(self._resting[other], mine)
        self._resting[goal] = mine
        self._rests_on = min(outer, mine)

    def abandon(self, goal: Goal, before: tuple[int, int]) -> None:
        """Come back from a goal without an answer."""
        self._path.pop(goal)
        for other in list(self._resting)[before[1] :]:
            del self._resting[other]
        self._rests_on = before[0]
