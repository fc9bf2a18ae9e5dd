"""The words of the schema gate: purpose and message of a rule, and what a witness is refused for."""

from collections.abc import Sequence

from certx.gate.finding import Finding, Step, Weight, Witness
from certx.i18n import Words
from certx.render.width import printable


class GateWords:
    """The gate's book in one language, beside the dictionary that everybody has."""

    def __init__(self, words: Words) -> None:
        if words.language == "zh":
            from certx.i18n import gate_zh as book  # noqa: PLC0415 - only the language in use is loaded
        else:
            from certx.i18n import gate_en as book  # type: ignore[no-redef]  # noqa: PLC0415
        self._words, self._book = words, book

    def term(self, code: str, **params: object) -> str:
        """A label or sentence."""
        return printable(self._book.TERMS[code].format(**params))

    def proven(self, name: str, proof: Sequence[str]) -> str:
        """A question whose answer was `compatible`, and the rules of its proof."""
        rules = dict.fromkeys(step.partition(" ")[0] for step in proof)
        question = self._book.TERMS.get(f"proven-{name}", name)
        return self.term("proven", name=question, rules=self.term("and").join(map(self.because, rules)))

    def because(self, step: str) -> str:
        """A step of a proof, or what was in its way (`certx.gate.deciding.chain`): its rule in words, and its place."""
        rule, _, place = step.partition(" ")
        return " ".join(filter(None, (self.term(f"by-{rule}"), printable(place))))

    def purpose(self, rule: str) -> str:
        """What a rule is for."""
        return self._book.RULES[rule][0]

    def message(self, finding: Finding, step: Step) -> str:
        """What a finding says of its place."""
        _, _, version = step.subject.rpartition(" ")
        told = {**finding.params, "version": version or step.subject, "against": step.against}
        if "defect" in told:
            told["defect"] = self._words.problem(str(told["defect"]), finding.params)
        message = self._book.RULES[finding.rule][1].format_map(told)
        if finding.weight is Weight.UNDECIDED and finding.because:
            parts = self.term("and").join(map(self.because, finding.because))
            message = self.term("undecided-part", message=message, part=parts)
        return printable(message)

    def refusal(self, witness: Witness) -> str:
        """Where and why a witness is refused; empty if that is not known."""
        if not witness.keyword:
            return ""
        code = "schema-identifier" if "defect" in witness.params else f"schema-{witness.keyword}"
        told = {**witness.params, "keyword": witness.keyword}
        why = self._words.problem(code, told) if witness.params else witness.keyword
        return self.term("refused", at=witness.at or self.term("document"), why=why)
