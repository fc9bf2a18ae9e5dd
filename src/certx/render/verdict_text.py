"""A verdict as lines for a person at a terminal: outcome, why, what next, what was checked."""

from collections.abc import Iterator

from certx.i18n import Words, show_time
from certx.reason import Finding, Outcome, Reason, Result
from certx.render.width import fold, printable
from certx.schema.catalogue import LicenceSchema
from certx.verdict import Answer, Verdict

COLOURS = {
    Outcome.ACCEPTED: "32",
    Outcome.NOT_ACCEPTABLE: "33",
    Outcome.UNDETERMINED: "36",
    Outcome.INVALID: "31",
}
UNREADABLE_COLOUR = "35"
# Both glyphs of each pair are in GBK, so a Chinese Windows console shows them.
_MARKS = {
    Result.PASSED: "√",
    Result.FAILED: "×",
    Result.WARNED: "!",
    Result.UNDETERMINED: "?",
    Result.NOT_RUN: "-",
}
_LABEL_WIDTH = 20


class VerdictText:
    """Writes answers as text; `colour` paints outcomes, which are always said in words too."""

    def __init__(self, words: Words, *, colour: bool, width: int, explain: bool) -> None:
        self._words, self._colour, self._width, self._explain = words, colour, width, explain

    def lines(self, answer: Answer, schema: LicenceSchema | None) -> Iterator[str]:
        """The screen for one answer; `schema` gives the licence's labels if it was accepted."""
        words, verdict = self._words, answer.verdict
        if verdict is None:
            assert answer.error is not None  # noqa: S101 - an answer has a verdict or an error
            message, next_step = words.error(answer.error)
            yield f"{self._paint(words.term('unreadable'), '35')}  {printable(answer.input)}"
            yield from self._pair(words.term("why"), message)
            if next_step:
                yield from self._pair(words.term("next"), next_step)
            return
        title = words.term(f"outcome-{verdict.outcome}")
        colour = COLOURS[verdict.outcome]
        if verdict.historical:
            title = f"{words.term('historical')} {title}"
        yield f"{self._paint(title, colour)}  {printable(answer.input)}"
        if verdict.historical:
            yield from self._evidence(verdict)
        if verdict.deciding is not None:
            yield from self._reason(verdict.deciding)
        yield from self._facts(verdict, schema)
        yield from self._face(verdict, schema)
        yield from self._findings(verdict)

    def screen(self, answer: Answer, schema: LicenceSchema | None) -> bytes:
        """The same as it is written, an empty line after it."""
        return "".join(f"{line}\n" for line in (*self.lines(answer, schema), "")).encode("utf-8", "surrogatepass")

    def _reason(self, finding: Finding) -> Iterator[str]:
        message, next_step = self._words.reason(finding)
        yield from self._pair(self._words.term("why"), message)
        if next_step:
            yield from self._pair(self._words.term("next"), next_step)

    def _evidence(self, verdict: Verdict) -> Iterator[str]:
        """Of which time a historical verdict is, and by what it was reached."""
        words, registry = self._words, verdict.registry
        yield from self._pair(words.term("historical"), words.term("historical-as-of", at=verdict.checked_at))
        used = []
        if registry is not None:
            used.append(words.term("evidence-registry", version=registry.version, signed_at=registry.signed_at))
        if verdict.status_signed_at is not None:
            used.append(words.term("evidence-status", signed_at=verdict.status_signed_at))
        if used:
            yield from self._pair(words.term("evidence"), words.term("also").join(used))

    def _facts(self, verdict: Verdict, schema: LicenceSchema | None) -> Iterator[str]:
        words, facts = self._words, verdict.credential
        if facts is None:
            return
        label = schema and getattr(schema.label, words.language)
        yield from self._pair(words.term("type"), str(label or facts.type))
        if facts.licence_id:
            yield from self._pair(words.term("licence-id"), facts.licence_id)
        yield from self._pair(words.term("issuer"), facts.issuer_name.get(words.language, facts.issuer))
        region = facts.region_name.get(words.language, "")
        yield from self._pair(words.term("region"), f"{region} ({facts.region})".strip())
        if facts.issued_at is not None:
            yield from self._pair(words.term("issued-at"), show_time(facts.issued_at))

    def _face(self, verdict: Verdict, schema: LicenceSchema | None) -> Iterator[str]:
        if verdict.licence is None or schema is None:
            return
        yield ""
        for name, value in schema.in_order(verdict.licence.claims).items():
            yield from self._claim((name,), value, schema, "")

    def _claim(self, path: tuple[str, ...], value: object, schema: LicenceSchema, indent: str) -> Iterator[str]:
        label = schema.labels.get(path)
        shown = str(getattr(label, self._words.language)) if label is not None else path[-1]
        items = value if isinstance(value, list) else [value]
        if any(isinstance(item, dict) for item in items):
            for item in items:
                yield f"  {indent}{printable(shown)}"
                for name, inner in item.items() if isinstance(item, dict) else ():
                    yield from self._claim((*path, name), inner, schema, indent + "  ")
            return
        text = "；".join(schema.show(path, item, self._words.language) for item in items)
        yield from self._pair(indent + shown, text)

    def _findings(self, verdict: Verdict) -> Iterator[str]:
        words = self._words
        yield ""
        holding = [f for f in verdict.findings if f.result is Result.PASSED]
        if holding and not self._explain:
            names = " ".join(words.check(f.check) for f in holding)
            yield from self._pair(f"{_MARKS[Result.PASSED]} {words.term('checked')}", names)
        for finding in verdict.findings:
            if finding is verdict.deciding and not self._explain:
                continue
            if finding.result is Result.PASSED and not self._explain and finding.reason is None:
                continue
            if finding.result is Result.NOT_RUN and not self._explain and "premise" in finding.params:
                continue
            if finding.reason is Reason.NO_SCENARIO and not self._explain:
                continue
            message, next_step = words.reason(finding)
            label = f"{_MARKS[finding.result]} {words.check(finding.check)}"
            text = message or words.term(f"result-{finding.result}")
            yield from self._pair(label, f"{text} → {next_step}" if next_step else text)

    def _pair(self, label: str, text: str) -> Iterator[str]:
        yield from fold(label, text, label_width=_LABEL_WIDTH, width=self._width)

    def _paint(self, text: str, colour: str) -> str:
        return paint(text, colour) if self._colour else text


def paint(text: str, colour: str) -> str:
    """Text in a bold colour of the terminal."""
    return f"\x1b[1;{colour}m{text}\x1b[0m"
