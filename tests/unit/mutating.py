"""Documents with something wrong in them, at random."""

import copy
import random
from collections.abc import Iterator
from typing import Any

ODD: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 1.0, 1.5, 2**53, 2**63, 1e300, "", "x", "2026-02-30", "2026-01-31\n", "0000-01-01",
    "２０２６-01-31", "20260131", "+026-01-01", "510104", "51010４", "川A12345", "川A12345\n", "111", "张示例",
    "𠮷" * 129,
    "a" * 3000, [], [1, True], [1, 1.0], ["a", "a"], [[]], {}, {"name": "x"}, [{}], "1-1", "1-1\n", "\u2028",
    "CHN", "chn",
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything inside a document."""
    if path:
        yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in children:
        yield from places(inner, (*path, name))


def mutated(document: Any, choice: random.Random) -> Any:
    """The document with one to three things in it dropped, added or replaced."""
    changed = copy.deepcopy(document)
    for _ in range(choice.randint(1, 3)):
        *way, last = choice.choice(list(places(changed)) or [("x",)])
        parent = changed
        for step in way:
            parent = parent[step]
        odd = copy.deepcopy(choice.choice(ODD))
        match choice.randrange(4):
            case 0:
                parent.pop(last, None) if isinstance(parent, dict) else parent.pop(last)
            case 1 if isinstance(parent, dict):
                parent[choice.choice(["unknown", "name", "code", "expiringDate"])] = odd
            case 1:
                parent.insert(last, odd)
            case _:
                parent[last] = odd
    return changed
