"""Short rounds of all contestants in turn, in CPU time: what a shared machine disturbs least."""

from collections.abc import Callable, Sequence
from itertools import cycle, islice
from statistics import median
from time import process_time
from typing import Final, NamedTuple, TypeVar

Item = TypeVar("Item")

Run = Callable[[int], float]
"""Does so many operations; answers the CPU seconds that they took."""

_FIRST_LOOK: Final = 50


class Contestant(NamedTuple):
    """What is measured, under the name that the table shows."""

    name: str
    run: Run


class Timing(NamedTuple):
    """CPU microseconds of one operation: the best round and the median round."""

    name: str
    best: float
    median: float


class Target(NamedTuple):
    """A ratio or a time that was promised; the best round decides, for a busy machine only ever adds."""

    name: str
    best: float
    median: float
    bound: float
    at_most: bool = False

    @property
    def is_met(self) -> bool:
        """Did the best round keep the promise?"""
        return self.best <= self.bound if self.at_most else self.best >= self.bound


class Section(NamedTuple):
    """One table of results; `notes` tell what was left out and why."""

    title: str
    timings: list[Timing]
    targets: list[Target]
    notes: list[str]


def timed(operation: Callable[[Item], object], items: Sequence[Item]) -> Run:
    """An operation on one item after the other, so that no cache sees the same item twice in a row."""
    endless = cycle(items)

    def run(count: int) -> float:
        batch = list(islice(endless, count))
        start = process_time()
        for item in batch:
            operation(item)
        return process_time() - start

    return run


def race(contestants: Sequence[Contestant], *, rounds: int, seconds: float) -> list[Timing]:
    """Rounds of about so many CPU seconds for each contestant; the first look and one round are not counted."""
    counts = [max(1, int(seconds / (one.run(_FIRST_LOOK) / _FIRST_LOOK))) for one in contestants]
    for one, count in zip(contestants, counts, strict=True):
        one.run(count)
    return interleave(contestants, rounds=rounds, counts=counts)


def interleave(contestants: Sequence[Contestant], *, rounds: int, counts: Sequence[int]) -> list[Timing]:
    """Each round runs every contestant once, in turn."""
    found: list[list[float]] = [[] for _ in contestants]
    for _ in range(rounds):
        for one, count, times in zip(contestants, counts, found, strict=True):
            times.append(one.run(count) / count * 1e6)
    return [Timing(one.name, min(times), median(times)) for one, times in zip(contestants, found, strict=True)]


def print_section(section: Section) -> None:
    """Print one table: times in microseconds, then what was promised and whether it is kept."""
    print(f"\n{section.title:<50}{'best':>10}{'median':>10}   µs")
    for timing in section.timings:
        print(f"  {timing.name:<48}{timing.best:>10,.1f}{timing.median:>10,.1f}")
    for target in section.targets:
        bound = (
            f"{'at most' if target.at_most else 'at least'} {target.bound:g}: {'met' if target.is_met else 'MISSED'}"
        )
        print(f"  {target.name:<48}{target.best:>10.2f}{target.median:>10.2f}   {bound}")
    for note in section.notes:
        print(f"  {note}")


def ratio(name: str, above: Timing, below: Timing, bound: float, *, at_most: bool = False) -> Target:
    """How many times as long `above` took as `below`."""
    return Target(name, above.best / below.best, above.median / below.median, bound, at_most)
