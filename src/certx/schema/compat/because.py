"""What a proof rests on: each requirement of the right schema, and the reasoning that shows it met by the left one."""

from typing import Final

from certx.schema.compat.answer import Rule, Step
from certx.schema.compat.terms import KIND_OF, And, Kind, Terms

MOST_STEPS: Final = 40
"""Steps that an answer names."""
_RULES: Final = {
    Kind.NUMBER: Rule.NUMBERS,
    Kind.STRING: Rule.STRINGS,
    Kind.ARRAY: Rule.ARRAYS,
    Kind.OBJECT: Rule.OBJECTS,
}


def proof(terms: Terms, left: int, right: int) -> tuple[Step, ...]:
    """The requirements of the right schema, all of them found to follow from the left one."""
    given = _parts(terms, left)
    steps = [
        Step(Rule.SAME if part in given else _rule(terms, part), *terms.origins.get(abs(part), ("", "")))
        for part in sorted(_parts(terms, right), key=abs)
    ]
    return tuple(dict.fromkeys(steps))[:MOST_STEPS]


def _parts(terms: Terms, term: int) -> frozenset[int]:
    node = terms[term]
    return node.parts if term > 0 and isinstance(node, And) else frozenset((term,))


def _rule(terms: Terms, part: int) -> Rule:
    kind = KIND_OF.get(type(terms[part])) if part > 0 else None
    return _RULES.get(kind, Rule.CASES) if kind else Rule.CASES
