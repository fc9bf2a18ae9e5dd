"""Verdicts of many credentials for people: a line each, and what they came to."""

from collections.abc import Iterator, Mapping

from certx.i18n import Words
from certx.render.verdict_text import COLOURS, UNREADABLE_COLOUR, paint
from certx.render.width import printable
from certx.schema.catalogue import LicenceSchema
from certx.verdict import Answer


class VerdictLine:
    """Writes an answer on one line: outcome, input, type of licence, why."""

    def __init__(self, words: Words, *, colour: bool) -> None:
        self._words, self._colour = words, colour

    def line(self, answer: Answer, schema: LicenceSchema | None) -> bytes:
        """The line; `schema` has what the type is called."""
        words, verdict = self._words, answer.verdict
        if verdict is None:
            assert answer.error is not None  # noqa: S101 - an answer has a verdict or an error
            parts, colour = [words.term("unreadable"), answer.input, words.error(answer.error)[0]], UNREADABLE_COLOUR
        else:
            parts, colour = [words.term(f"outcome-{verdict.outcome}"), answer.input], COLOURS[verdict.outcome]
            if verdict.historical:
                parts[0] = f"{words.term('historical')} {parts[0]}"
            if verdict.credential is not None:
                label = schema and getattr(schema.label, words.language)
                parts.append(str(label or verdict.credential.type))
            if verdict.deciding is not None:
                parts.append(words.reason(verdict.deciding)[0])
        shown = [printable(part) for part in parts]
        if self._colour:
            shown[0] = paint(shown[0], colour)
        return f"{'  '.join(shown)}\n".encode("utf-8", "surrogatepass")


def outcome_summary(outcomes: Mapping[str, int], words: Words) -> str:
    """How many were checked, and how often each outcome; outcomes by the code of their words."""
    parts = ", ".join(f"{words.term(code)} {count}" for code, count in sorted(outcomes.items()))
    return words.term("summary", count=sum(outcomes.values()), parts=parts)


def reason_summary(reasons: Mapping[str, int], words: Words) -> Iterator[str]:
    """Each reason, the most frequent first: how often, its code, its words without particulars."""
    for code, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0])):
        yield words.term("summary-reason", count=count, reason=code, words=words.gist(code, {}))


def rate_summary(count: int, seconds: float, words: Words) -> str:
    """How long it took, and how many a second."""
    return words.term("summary-rate", seconds=f"{seconds:.1f}", rate=f"{count / max(seconds, 1e-3):,.0f}")
