"""Schema compatibility: how many questions of a corpus are answered, how many of them wrongly, and in what time.

`python bench/compat.py CORPUS [--python PYTHON]… [--modules FOLDER] [--every N] [--json]`. CORPUS is a file of pairs
such as `schema-compat/open.jsonl.gz`. Peers that are installed for a PYTHON (jsoncompat and subschema need 3.12,
jsonsubschema takes any) or in a FOLDER of npm (json-schema-diff) answer the same questions, each in a dialect it reads.
Left out are directions whose answer is not known or disputed, or hangs on formats or on dialects of patterns.
"""

import argparse
import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from time import process_time
from typing import Any, Final, NamedTuple

from peers.schemas import Peer, Reply, installed

from certx.schema.compat import Answer, compare

Pair = dict[str, Any]

_FLAGS: Final = ("disputed", "format_sensitive", "regex_or_optional_semantics")
_DIRECTIONS: Final = {"backward": ("old", "new"), "forward": ("new", "old")}
_COLUMNS: Final = ("right", "false compatible", "false incompatible", "undecided", "crash", "timeout")
_CERTAIN: Final = {Answer.COMPATIBLE: True, Answer.INCOMPATIBLE: False}


class Asked(NamedTuple):
    """One question, and how it was answered."""

    pair: Pair
    truth: bool
    verdict: str
    seconds: float


Ask = Callable[[Pair], dict[str, Reply]]
"""Both questions of a pair."""


def certx(pair: Pair) -> dict[str, Reply]:
    """Both questions by certx; a question costs half of the pair."""
    started = process_time()
    comparison = compare(pair["old"], pair["new"])
    seconds = (process_time() - started) / 2
    return {name: Reply(_CERTAIN.get(getattr(comparison, name).answer), "", seconds) for name in _DIRECTIONS}


def by(peer: Peer) -> Ask:
    """Both questions by a peer."""

    def ask(pair: Pair) -> dict[str, Reply]:
        return {name: peer.ask(pair[left], pair[right]) for name, (left, right) in _DIRECTIONS.items()}

    return ask


def pairs_of(corpus: Path, every: int) -> list[Pair]:
    """Every so manieth pair of which a question counts."""
    with gzip.open(corpus, "rt", encoding="utf-8") as file:
        pairs = [json.loads(line) for line in file]
    return [pair for pair in pairs if not any(map(pair.get, _FLAGS))][::every]


def answered(ask: Ask, pairs: Iterable[Pair]) -> Iterator[Asked]:
    """All questions that count."""
    for pair in pairs:
        for name, reply in ask(pair).items():
            truth = pair["truth"][name]
            if truth is not None:
                yield Asked(pair, truth, _verdict(reply, truth=truth), reply.seconds)


def _verdict(reply: Reply, *, truth: bool) -> str:
    if reply.answer is None:
        return reply.trouble or "undecided"
    if reply.answer == truth:
        return "right"
    return "false compatible" if reply.answer else "false incompatible"


def report(name: str, questions: list[Asked]) -> dict[str, Any]:
    """One contestant: verdicts by kind, times, and the keywords beside which it was not right."""
    missed = Counter(
        tag for question in questions if question.verdict != "right" for tag in question.pair.get("tags", ())
    )
    return {
        "name": name,
        "kinds": {
            kind: {column: verdicts[column] for column in _COLUMNS} | {"of": verdicts.total()}
            for kind in ("suite", "constructed", "history", "all")
            if (verdicts := Counter(q.verdict for q in questions if kind in ("all", q.pair["kind"])))
        },
        "milliseconds": {
            "contained": _times(q.seconds for q in questions if q.truth),
            "refuted": _times(q.seconds for q in questions if not q.truth),
        },
        "not right beside": dict(missed.most_common(8)),
    }


def _times(seconds: Iterable[float]) -> dict[str, float]:
    """CPU milliseconds."""
    times = sorted(1000 * second for second in seconds)
    shares = {"median": 0.5, "p95": 0.95, "p99": 0.99, "worst": 1.0}
    return {
        name: round(times[min(int(len(times) * share), len(times) - 1)], 2) for name, share in shares.items() if times
    }


def show(result: dict[str, Any]) -> None:
    """A table."""
    print(f"\n{result['name']}")
    print(f"  {'':<12}{'%':>8}" + "".join(f"{column:>20}" for column in _COLUMNS))
    for kind, counts in result["kinds"].items():
        share = 100 * counts["right"] / counts["of"]
        print(f"  {kind:<12}{share:>8.2f}" + "".join(f"{counts[column]:>20}" for column in _COLUMNS))
    for sort, times in result["milliseconds"].items():
        print(f"  CPU ms, {sort}: " + ", ".join(f"{label} {value}" for label, value in times.items()))
    print(
        "  not right beside: " + (", ".join(f"{tag} {n}" for tag, n in result["not right beside"].items()) or "nothing")
    )


def main() -> None:
    """Ask everybody everything."""
    parser = argparse.ArgumentParser(description="questions of schema compatibility, answered by certx and its peers")
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--python", action="append", default=[], help="an interpreter with peers")
    parser.add_argument("--modules", type=Path, help="a node_modules folder with peers")
    parser.add_argument("--every", type=int, default=1, help="one pair in so many")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    pairs = pairs_of(arguments.corpus, arguments.every)
    results = [report("certx", list(answered(certx, pairs)))]
    for peer in installed(arguments.python, arguments.modules):
        results.append(report(peer.name, list(answered(by(peer), pairs))))
        peer.close()
    if arguments.json:
        print(json.dumps(results, indent=2))
        return
    for result in results:
        show(result)


if __name__ == "__main__":
    main()
