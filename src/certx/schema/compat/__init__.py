"""Does a change of a schema break anybody? Plain containment of JSON Schema 2020-12, proven or refuted.

>>> from certx.schema.compat import compare
>>> compare({"type": "integer"}, {"type": "integer"}).backward.answer.value
'compatible'
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

__all__ = ["Answer", "Assumptions", "Comparison", "Content", "Direction", "Formats", "Rule", "Step", "compare"]

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
