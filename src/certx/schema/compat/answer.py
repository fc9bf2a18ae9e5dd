"""What a question of compatibility is asked under, and what is answered."""

from enum import StrEnum
from typing import Any, NamedTuple


class Answer(StrEnum):
    """Is every document valid under one schema valid under the other?"""

    COMPATIBLE = "compatible"
    """Proven: no document is valid under the one and invalid under the other."""
    INCOMPATIBLE = "incompatible"
    """Refuted by a document that two validators were shown."""
    UNDECIDED = "undecided"
    """Neither within the time and the means; `because` names what was in the way."""


class Content(StrEnum):
    """Which members an object may carry that its schema does not name."""

    OPEN = "open"
    """Any, unless the schema forbids them: what JSON Schema says."""
    DECLARED = "producer-emits-declared-only"
    """None: whoever writes documents writes what the schema names and nothing else."""


class Formats(StrEnum):
    """What `format` means (JSON Schema validation, section 7.2)."""

    ANNOTATION = "annotation"
    ASSERTION = "assertion"


class Assumptions(NamedTuple):
    """What a verdict rests on. The default is strict: what JSON Schema itself says, and nothing more."""

    content: Content = Content.OPEN
    formats: Formats = Formats.ANNOTATION


class Rule(StrEnum):
    """Why a question was answered as it was: one step of a proof, or what stopped it."""

    EQUAL = "equal-schemas"
    WITNESS = "witness-found"
    SAME = "same-part"
    NUMBERS = "numbers-contained"
    STRINGS = "strings-contained"
    ARRAYS = "arrays-contained"
    OBJECTS = "objects-contained"
    CASES = "every-case-excluded"
    UNCONFIRMED = "witness-not-confirmed"
    TIME = "out-of-time"
    SIZE = "too-many-cases"
    DEPTH = "too-deep"
    REFERENCE = "reference-unknown"
    KEYWORD = "keyword-not-decided"
    SCHEMA = "not-a-schema"


class Step(NamedTuple):
    """One step: the rule, and the place (a JSON pointer after `old#` or `new#`) and keyword it was applied to."""

    rule: Rule
    place: str = ""
    keyword: str = ""


class Direction(NamedTuple):
    """The answer to one question.

    `witness` is the document itself and says nothing unless the answer is `incompatible` (it may be `null`).
    """

    answer: Answer
    because: tuple[Step, ...]
    witness: Any = None


class Comparison(NamedTuple):
    """Both questions. Backward: every document valid under `old` is valid under `new`; forward: the other way."""

    backward: Direction
    forward: Direction
    assumptions: Assumptions
