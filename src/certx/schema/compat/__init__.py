"""Does a change of a schema break anybody? Plain containment of JSON Schema 2020-12, proven or refuted.

>>> from certx.schema.compat import compare
>>> found = compare({"type": "string", "maxLength": 18}, {"type": "string", "maxLength": 20})
>>> found.backward.answer.value, found.forward.answer.value, len(found.forward.witness)
('compatible', 'incompatible', 19)

From the outside in: `question` orders the ways to an answer; `load` and `translate` make a schema a term of `atoms`,
with a row for each keyword in `keywords` (`evaluated` for the two that depend on their neighbours); `prove` looks for
a document that obeys the one term and not the other, by a reasoning for each type: `numbers`, `texts`, `arrays`,
`objects` (with `names`); `search` tries documents; `confirm` shows them to two validators and `shrink` makes them
small. Why it is done so is in docs/adr/0015.
"""

from collections.abc import Mapping
from typing import Any

from certx.schema.compat.answer import (
    Answer,
    Assumptions,
    Comparison,
    Content,
    Direction,
    Formats,
    Rule,
    Step,
)
from certx.schema.compat.question import Pair

__all__ = [
    "Answer", "Assumptions", "Comparison", "Content", "Direction", "Formats", "Rule", "Step", "compare", "contains",
]  # fmt: skip

Schema = Mapping[str, Any] | bool
STRICT = Assumptions()


def compare(
    old: Schema,
    new: Schema,
    *,
    assumptions: Assumptions = STRICT,
    resources: Mapping[str, Schema] | None = None,
    seconds: float = 2.0,
) -> Comparison:
    """Compare two schemas in both directions, each within `seconds`.

    `resources` are schemas by `$id` that references may lead to; nothing is fetched. Raises nothing for a schema that
    the metaschema of draft 2020-12 accepts: what cannot be decided is `undecided` and says why.
    """
    pair = Pair({"old": old, "new": new}, resources or {}, assumptions, seconds)
    return Comparison(pair.ask("old", "new"), pair.ask("new", "old"), assumptions)


def contains(
    outer: Schema,
    inner: Schema,
    *,
    assumptions: Assumptions = STRICT,
    resources: Mapping[str, Schema] | None = None,
    seconds: float = 2.0,
) -> Direction:
    """Is every document of `inner` one of `outer`? One direction of `compare`, under the same terms.

    In the answer `inner` is `old`, and `outer` is `new`.
    """
    return Pair({"old": inner, "new": outer}, resources or {}, assumptions, seconds).ask("old", "new")
