"""A walk over the states of a term: is there a text, which is the shortest, how many are there?

States come into being as they are met, and every step counts against a budget, so that no question takes long.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from certx.schema.compat.strings.characters import Characters, partition
from certx.schema.compat.strings.kinds import NOTHING, Term, TooLarge
from certx.schema.compat.strings.steps import after, firsts

DEFAULT_BUDGET: Final = 30_000
"""Elementary steps of one question: some tenths of a second."""
MAX_TEXT: Final = 100_000
"""Characters of the longest text that is made."""


class Move(NamedTuple):
    """The characters that lead to a state."""

    characters: Characters
    to: Term


class Walk:
    """The automaton of one term, as far as it has been walked."""

    __slots__ = ("_left", "_moves", "start")

    def __init__(self, start: Term, budget: int = DEFAULT_BUDGET) -> None:
        self.start, self._left = start, budget
        self._moves: dict[Term, tuple[Move, ...]] = {}

    def _spend(self, steps: int) -> None:
        self._left -= steps
        if self._left < 0:
            raise TooLarge

    def moves(self, state: Term) -> tuple[Move, ...]:
        """Where characters lead from here, those that read well first. Raises `TooLarge`."""
        if (known := self._moves.get(state)) is not None:
            return known
        sets = firsts(state)
        blocks = partition(frozenset(sets))
        self._spend(len(blocks) * (len(sets) + 1))
        targets: dict[Term, Characters] = {}
        for block in blocks:
            if (to := after(state, block.pick())) is not NOTHING:
                targets[to] = targets[to] | block if to in targets else block
        self._moves[state] = tuple(Move(characters, to) for to, characters in targets.items())
        return self._moves[state]

    def shortest(self) -> str | None:
        """The shortest text, of letters where it can be; None if there is none. Raises `TooLarge`."""
        ways: dict[Term, tuple[Term, str]] = {}
        for state in self._states(ways):
            if state.nullable:
                return _spelt(ways, self.start, state)
        return None

    def _states(self, ways: dict[Term, tuple[Term, str]]) -> Iterator[Term]:
        """Every state, nearest first, with the way to it noted in `ways`."""
        queue, met = [self.start], {self.start}
        for state in queue:
            yield state
            for characters, to in self.moves(state):
                if to not in met:
                    met.add(to)
                    ways[to] = (state, characters.pick())
                    queue.append(to)

    def graph(self) -> "Graph":
        """All states from which a text can still end. Raises `TooLarge`."""
        ways: dict[Term, tuple[Term, str]] = {}
        return self._graph(list(self._states(ways)), ways)

    def beginning(self, states: int) -> "Graph":
        """The same of the nearest states alone, so never too large."""
        ways: dict[Term, tuple[Term, str]] = {}
        near: list[Term] = []
        try:
            for state in self._states(ways):
                near.append(state)
                if len(near) == states:
                    break
        except TooLarge:
            near.pop()  # its moves are not known
        return self._graph(near, ways)

    def _graph(self, states: list[Term], ways: dict[Term, tuple[Term, str]]) -> "Graph":
        among = set(states)
        moves = {state: [move for move in self._moves.get(state, ()) if move.to in among] for state in states}
        sources: dict[Term, list[tuple[Term, Characters]]] = {}
        for state, known in moves.items():
            for characters, to in known:
                sources.setdefault(to, []).append((state, characters))
        ends = [state for state in states if state.nullable]
        endings = dict.fromkeys(ends, "")
        for state in ends:
            for source, characters in sources.get(state, ()):
                if source not in endings:
                    endings[source] = characters.pick() + endings[state]
                    ends.append(source)
        live = {
            state: tuple(move for move in known if move.to in endings)
            for state, known in moves.items()
            if state in endings
        }
        return Graph(live, {state: _spelt(ways, self.start, state) for state in live}, endings)


class Graph(NamedTuple):
    """States, nearest first, each with its moves, a shortest text that leads to it and one that ends from it."""

    moves: dict[Term, tuple[Move, ...]]
    leading: dict[Term, str]
    ending: dict[Term, str]

    def in_order(self) -> list[Term] | None:
        """The states, each before those it leads to; None if there is a cycle, so that there are endlessly many."""
        entering = dict.fromkeys(self.moves, 0)
        for known in self.moves.values():
            for move in known:
                entering[move.to] += 1
        order = [state for state, ways in entering.items() if not ways]
        for state in order:
            for move in self.moves[state]:
                entering[move.to] -= 1
                if not entering[move.to]:
                    order.append(move.to)
        return order if len(order) == len(self.moves) else None


class Layers:
    """The states that texts of each length lead to. They repeat sooner or later, so that great lengths are no work."""

    __slots__ = ("_layers", "_period", "_seen", "_walk")

    def __init__(self, walk: Walk) -> None:
        self._walk = walk
        self._layers: list[tuple[Term, ...]] = [(walk.start,)]
        self._seen = {frozenset(self._layers[0]): 0}
        self._period = 0

    def at(self, size: int) -> tuple[Term, ...]:
        """The states after so many characters. Raises `TooLarge`."""
        while not self._period and len(self._layers) <= size:
            self._grow()
        if size < len(self._layers):
            return self._layers[size]
        first = len(self._layers) - self._period
        return self._layers[first + (size - first) % self._period]

    def _grow(self) -> None:
        self._walk._spend(len(self._layers[-1]))  # noqa: SLF001 - one budget for both
        found = tuple(dict.fromkeys(move.to for state in self._layers[-1] for move in self._walk.moves(state)))
        known = self._seen.setdefault(frozenset(found), len(self._layers))
        if known < len(self._layers):
            self._period = len(self._layers) - known
        else:
            self._layers.append(found)

    def first_length(self, least: int, most: int | None) -> int | None:
        """The smallest length in the span that a text has. Raises `TooLarge`."""
        size = least
        while most is None or size <= most:
            if any(state.nullable for state in self.at(size)):
                return size
            if self._period and size >= max(least, len(self._layers)) + self._period:
                return None
            size += 1
        return None

    def text(self, size: int) -> str:
        """A text of the length, which there is. Raises `TooLarge`."""
        if size > MAX_TEXT:
            raise TooLarge
        state = next(state for state in self.at(size) if state.nullable)
        chars: list[str] = []
        for before in range(size - 1, -1, -1):
            state, char = next(
                (source, move.characters.pick())
                for source in self.at(before)
                for move in self._walk.moves(source)
                if move.to is state
            )
            chars.append(char)
        return "".join(reversed(chars))


def _spelt(ways: dict[Term, tuple[Term, str]], start: Term, state: Term) -> str:
    chars: list[str] = []
    while state is not start:
        state, char = ways[state]
        chars.append(char)
    return "".join(reversed(chars))
