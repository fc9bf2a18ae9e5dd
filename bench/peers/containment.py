"""One peer of `bench/compat.py` in a process of its own, under whatever interpreter it is installed.

`python containment.py NAME`: the version on the first line; then a JSON array of two schemas a line in, and out
`{"answer": true | false | null, "seconds": CPU}`, null where the peer says that it cannot tell, `"crash": true` where
it raises anything else. Needs nothing but the peer.
"""

import json
import sys
import time
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from typing import Any

Schema = Any
Ask = Callable[[Schema, Schema], bool | None]


def jsoncompat() -> Ask:
    """Says `unknown` itself; a schema it has no means for it refuses."""
    analyze = import_module("jsoncompat").analyze_compat

    def ask(left: Schema, right: Schema) -> bool | None:
        verdict = analyze(json.dumps(left), json.dumps(right), "deserializer")["status"]
        return None if verdict == "unknown" else verdict == "compatible"

    return ask


def subschema() -> Ask:
    """Raises `UnsupportedProofError` where it cannot tell."""
    module = import_module("subschema")

    def ask(left: Schema, right: Schema) -> bool | None:
        try:
            return bool(module.is_subschema(left, right, endeavor=True, timeout_ms=5_000))
        except module.SubschemaError:
            return None

    return ask


def jsonsubschema() -> Ask:
    """Says that it does not know a keyword by exceptions of its own."""
    module = import_module("jsonsubschema")
    errors = vars(import_module("jsonsubschema.exceptions")).values()
    unsupported = tuple(error for error in errors if isinstance(error, type) and issubclass(error, Exception))

    def ask(left: Schema, right: Schema) -> bool | None:
        try:
            return bool(module.isSubschema(left, right))
        except unsupported:
            return None

    return ask


PEERS = {peer.__name__: peer for peer in (jsoncompat, subschema, jsonsubschema)}


def main(name: str) -> None:
    """Answer until there are no more questions."""
    ask = PEERS[name]()
    print(version(name), flush=True)
    for line in sys.stdin:
        left, right = json.loads(line)
        started = time.process_time()
        try:
            answer: dict[str, object] = {"answer": ask(left, right)}
        except Exception as error:  # noqa: BLE001 - whatever a peer raises is its answer
            answer = {"answer": None, "crash": True, "error": repr(error)[:200]}
        print(json.dumps({**answer, "seconds": time.process_time() - started}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
