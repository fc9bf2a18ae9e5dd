"""What a screen or a page says of one verdict, in words and in order; how it looks is left to those who draw it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from certx.i18n import Language, Words, show_age, show_time
from certx.reason import Finding, Outcome, Reason, Result
from certx.schema.catalogue import LicenceSchema
from certx.verdict import AgreementFacts, Answer, Basis, CredentialFacts, Verdict

MARKS: Final = {
    Result.PASSED: "√",
    Result.FAILED: "×",
    Result.WARNED: "!",
    Result.UNDETERMINED: "?",
    Result.NOT_RUN: "-",
}
"""All of them are in GBK, so a Chinese Windows console shows them."""
OUTCOME_MARKS: Final = {
    Outcome.ACCEPTED: "√",
    Outcome.NOT_ACCEPTABLE: "!",
    Outcome.UNDETERMINED: "?",
    Outcome.INVALID: "×",
}
UNREADABLE: Final = "unreadable"
UNREADABLE_MARK: Final = "?"
_SHORT_KID: Final = 12
"""Characters of a key's thumbprint that are shown; commands take 8 or more."""
_UNPROVEN: Final = frozenset({Reason.HOLDER_NOT_PROVEN})
"""Findings of a check that had nothing to look at, although it did not fail."""


class Row(NamedTuple):
    """A labelled value, `depth` levels inside the one before it."""

    label: str
    text: str
    depth: int = 0


class Checked(NamedTuple):
    """One line of what was checked, or not: how it ended, which check or checks, what there is to say.

    `clause` is what asks for it, if all findings were wanted.
    """

    result: Result
    label: str
    text: str
    clause: str = ""


class Sheet(NamedTuple):
    """All that is said of one answer.

    `outcome` is the code of its colour, `unreadable` if there is none. `why` has the reason and the next step of what
    decided; `about` the licence in general, `face` its claims, if accepted; `hidden` what is not shown of them.
    """

    outcome: str
    mark: str
    title: str
    input: str
    historical: tuple[Row, ...] = ()
    why: tuple[Row, ...] = ()
    about: tuple[Row, ...] = ()
    face: tuple[Row, ...] = ()
    hidden: str = ""
    checked: tuple[Checked, ...] = ()
    unchecked: tuple[Checked, ...] = ()


class SheetWriter:
    """Puts answers into the words of one language; with `explain`, every finding has a line and its clause."""

    def __init__(self, words: Words, *, explain: bool = False) -> None:
        self._words, self._explain = words, explain

    def sheet(self, answer: Answer, schema: LicenceSchema | None) -> Sheet:
        """One answer; `schema` gives the labels of the licence."""
        words, verdict = self._words, answer.verdict
        if verdict is None:
            assert answer.error is not None  # noqa: S101 - an answer has a verdict or an error
            why = self._why(*words.error(answer.error))
            return Sheet(UNREADABLE, UNREADABLE_MARK, words.term(UNREADABLE), answer.input, why=why)
        title = words.term(f"outcome-{verdict.outcome}")
        if verdict.historical:
            title = f"{words.term('historical')} {title}"
        rows = [(finding, self._checked(finding, verdict)) for finding in verdict.findings]
        unchecked = [(f, row) for f, row in rows if _is_unchecked(f)]
        return Sheet(
            verdict.outcome, OUTCOME_MARKS[verdict.outcome], title, answer.input,
            historical=tuple(self._evidence(verdict)) if verdict.historical else (),
            why=self._why(*words.reason(verdict.deciding)) if verdict.deciding is not None else (),
            about=tuple(self._about(verdict, schema)),
            face=tuple(self._face(verdict, schema)),
            hidden=self._hidden(verdict),
            checked=self._gathered((f, row) for f, row in rows if not _is_unchecked(f)),
            unchecked=self._gathered(unchecked),
        )  # fmt: skip

    def _why(self, message: str, next_step: str | None) -> tuple[Row, ...]:
        why = Row(self._words.term("why"), message)
        return (why, Row(self._words.term("next"), next_step)) if next_step else (why,)

    def _evidence(self, verdict: Verdict) -> Iterator[Row]:
        """Of which time a historical verdict is, and by what it was reached."""
        words, registry = self._words, verdict.registry
        yield Row(words.term("historical"), words.term("historical-as-of", at=verdict.checked_at))
        used = []
        if registry is not None:
            used.append(words.term("evidence-registry", version=registry.version, signed_at=registry.signed_at))
        if verdict.status_signed_at is not None:
            used.append(words.term("evidence-status", signed_at=verdict.status_signed_at))
        if used:
            yield Row(words.term("evidence"), words.term("also").join(used))

    def _about(self, verdict: Verdict, schema: LicenceSchema | None) -> Iterator[Row]:
        words, facts = self._words, verdict.credential
        if facts is None:
            return
        label = schema and getattr(schema.label, words.language)
        yield Row(words.term("type"), str(label or facts.type))
        if facts.licence_id and verdict.licence is None:
            yield Row(words.term("licence-id"), facts.licence_id)

    def _face(self, verdict: Verdict, schema: LicenceSchema | None) -> Iterator[Row]:
        if verdict.licence is not None and schema is not None:
            for name, value in schema.in_order(verdict.licence.claims).items():
                yield from claim_rows((name,), value, schema, self._words.language)

    def _hidden(self, verdict: Verdict) -> str:
        count = verdict.basis.hidden if verdict.basis is not None else 0
        return self._words.term("hidden", count=count) if count else ""

    def _checked(self, finding: Finding, verdict: Verdict) -> Checked:
        """One finding: what it is about, its reason unless that stands above, the next step."""
        words = self._words
        said = [fact for fact in (self._fact(finding, verdict),) if fact]
        next_step = ""
        if finding is verdict.deciding and not self._explain:
            said.insert(0, words.term(f"result-{finding.result}"))
        elif finding.reason is not None:
            message, next_step = words.reason(finding)
            said.insert(0, message)
        text = words.term("also").join(said)
        clause = ""
        if self._explain:
            from certx.render.clauses import clause_of  # noqa: PLC0415 - only where every finding is asked for

            clause = clause_of(finding, words)
            if finding.reason is None:
                text = words.term("also").join((words.term(f"result-{finding.result}"), *said))
        return Checked(
            finding.result, words.check(finding.check), f"{text} → {next_step}" if next_step else text, clause
        )

    def _gathered(self, rows: Iterable[tuple[Finding, Checked]]) -> tuple[Checked, ...]:
        """Checks of which there is no more to say than that they passed, or that they hang on another, on one line."""
        words, told = self._words, list[Checked]()
        alike = dict[tuple[Result, str], list[str]]()
        for finding, row in rows:
            premise = finding.params.get("premise")
            if self._explain or (row.text and premise is None):
                told.append(row)
            else:
                alike.setdefault((row.result, row.text if premise is not None else ""), []).append(row.label)
        for (result, text), names in alike.items():
            if text:
                because = words.term("also").join((" ".join(names), text))
                told.append(Checked(result, words.term("result-not-run"), because))
            else:
                told.append(Checked(result, words.term(f"result-{result}"), " ".join(names)))
        return tuple(told)

    def _fact(self, finding: Finding, verdict: Verdict) -> str:
        """What a check that looked at something saw, for people who ask by what."""
        words, basis = self._words, verdict.basis
        match finding.check:
            case "registry":
                return self._registry(verdict)
            case "issuer" if verdict.credential is not None:
                return self._issuer(verdict.credential)
            case "signature" if basis is not None and finding.result is Result.PASSED:
                return self._key(basis)
            case "status" if verdict.status_signed_at is not None:
                signed_at = verdict.status_signed_at
                age = show_age(verdict.checked_at - signed_at, words)
                code = "status-good" if finding.result is Result.PASSED else "status-as-of"
                return words.term(code, signed_at=signed_at, age=age)
            case "recognition" if basis is not None and basis.agreement is not None:
                return self._agreement(basis.agreement)
            case _:
                return ""

    def _registry(self, verdict: Verdict) -> str:
        words, registry = self._words, verdict.registry
        if registry is None or registry.signed_at is None or registry.age_seconds is None:
            return ""
        shown = words.term("evidence-registry", version=registry.version, signed_at=registry.signed_at)
        fresh = "registry-fresh" if registry.fresh else "registry-not-fresh"
        return words.term(fresh, registry=shown, age=show_age(registry.age_seconds, words))

    def _issuer(self, facts: CredentialFacts) -> str:
        """Who issued it, where and when."""
        words = self._words
        said = [_name(facts.issuer_name, words.language) or facts.issuer]
        said.append(f"{_name(facts.region_name, words.language)} ({facts.region})".strip())
        if facts.issued_at is not None:
            said.append(words.term("signed-at", at=facts.issued_at))
        return words.term("also").join(said)

    def _key(self, basis: Basis) -> str:
        words, kid = self._words, basis.kid
        shown = kid if len(kid) <= _SHORT_KID else f"{kid[:_SHORT_KID]}…"
        if basis.valid_to is None:
            return words.term("key-open", kid=shown, since=basis.valid_from)
        return words.term("key-window", kid=shown, since=basis.valid_from, until=basis.valid_to)

    def _agreement(self, agreement: AgreementFacts) -> str:
        words, language = self._words, self._words.language
        comma = "、" if language == "zh" else ", "
        parties = comma.join(_name(names, language) or code for code, names in agreement.parties.items())
        if agreement.until is None:
            parts = [words.term("agreement-open")]
        else:  # exclusive: people are told the last day
            parts = [words.term("agreement-last-day", day=show_time(agreement.until - 1)[:10])]
        return words.term("also").join([parties, *parts])


def claim_rows(
    path: tuple[str, ...], value: object, schema: LicenceSchema, language: Language, depth: int = 0
) -> Iterator[Row]:
    """A claim, and what is in it, by the labels of its schema."""
    label = schema.labels.get(path)
    shown = str(getattr(label, language)) if label is not None else path[-1]
    items = value if isinstance(value, list) else [value]
    if any(isinstance(item, dict) for item in items):
        for item in items:
            yield Row(shown, "", depth)
            for name, inner in item.items() if isinstance(item, dict) else ():
                yield from claim_rows((*path, name), inner, schema, language, depth + 1)
        return
    yield Row(shown, "；".join(schema.show(path, item, language) for item in items), depth)


def _name(names: Mapping[str, str], language: str) -> str:
    """A name in this language, else in any."""
    return names.get(language) or next(iter(names.values()), "")


def _is_unchecked(finding: Finding) -> bool:
    """Is it not known, for want of something to look at?"""
    return finding.result in {Result.NOT_RUN, Result.UNDETERMINED} or finding.reason in _UNPROVEN
