"""START HERE: text → evidence → findings → verdict.

    parse    the text is taken apart; nothing is believed                            (certx.credential.parse)
    gather   the one step that looks anything up; what cannot be had is `None`       (certx.evidence)
    check    `CHECKS`: pure functions `Evidence → Finding`, each run only if its premises held     (certx.checks)
    judge    the worst outcome that a finding supports, and what may be told         (certx.verdict, certx.conclusion)

A new rule is one function and one row in `CHECKS`. Bracketed numbers are those of docs/verifier-rules.md.
"""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import Final, NamedTuple

from certx.carrier.text import is_symbol
from certx.checks import (
    check_age,
    check_binding,
    check_content,
    check_dates,
    check_entitlement_of,
    check_issuer_of,
    check_matter,
    check_recognised,
    check_registry_of,
    check_request_of,
    check_shown,
    check_signature_by_listed_key,
    check_since,
    check_status,
)
from certx.conclusion import conclude_each
from certx.credential.check import check_claims, check_disclosures, check_header
from certx.credential.errors import CredentialError
from certx.credential.parse import Unverified, parse
from certx.evidence import NO_EXPECTATION, Evidence, Expectation, Hindsight, Sources, gather_each
from certx.reason import Finding, Outcome, Reason, Result, failed, not_run, passed, undetermined
from certx.verdict import Verdict, judge, outcome_of

UNREADABLE: Final = frozenset(reason for reason in Reason if reason.startswith("unreadable-"))
"""Reasons for which there is no verdict: the input is no credential."""


class Check(NamedTuple):
    """One rule: what it is called, its function, and which others must have held before it says anything.

    One that looks `on_ground` alone says the same of all evidence on it, and says it once.
    """

    name: str
    run: Callable[[Evidence], Finding]
    after: tuple[str, ...] = ()
    on_ground: bool = False


STRUCTURE: Final = "structure"

CHECKS: Final = (
    Check("header", lambda evidence: check_header(evidence.credential)),
    Check("disclosures", lambda evidence: check_disclosures(evidence.credential)),
    Check("claims", lambda evidence: check_claims(evidence.credential), ("disclosures",)),
    Check("registry", check_registry_of, on_ground=True),
    Check("freshness", check_age, ("registry",), on_ground=True),
    Check("issuer", check_issuer_of, ("registry",)),
    Check("signature", check_signature_by_listed_key, ("header", "issuer")),
    Check("entitlement", check_entitlement_of, ("signature", "claims")),
    Check("validity", check_dates, ("signature", "claims")),
    Check("key-binding", check_binding, ("signature", "claims")),
    Check("schema", check_content, ("signature", "claims")),
    Check("status", check_status, ("signature", "claims")),
    Check("recognition", check_recognised, ("signature", "claims")),
    Check("scenario", check_matter, ("signature", "claims")),
)
"""Every rule, in the order in which a verdict lists them; the first of equally bad findings decides."""

IN_A_MATTER: Final = (Check("extent", check_shown, ("signature", "claims")),)
"""Further rules, where a matter was named."""
IN_A_REQUEST: Final = (Check("request", check_request_of, ("key-binding",)),)
"""Further rules, where a presentation was asked for."""
LOOKING_BACK: Final = (Check("hindsight", check_since, ("signature",)),)
"""Further rules of a verdict about an earlier time."""

REPLAY: Final = "replay"
COMPLETENESS: Final = "completeness"
GRANT_USE: Final = "grant-use"
USED_UP: Final = (REPLAY, COMPLETENESS, GRANT_USE)
"""What is found once an answer to a request, or a use of a grant, was put down (`certx.app.verifying.consuming`)."""

_REQUIRED: Final = frozenset(check.name for check in CHECKS) - {"freshness", "status", "scenario"}
"""Checks without which nothing is accepted; an unsigned registry has no age, a licence may have no status reference, a
counter need not name the matter."""
_HOLDS: Final = (Result.PASSED, Result.WARNED)


def run_checks(evidence: Evidence, checks: Sequence[Check] = CHECKS) -> tuple[Finding, ...]:
    """One finding for each check; a check whose premise does not hold is `not-run`."""
    return run_checks_on([evidence], checks)[0]


def run_checks_on(many: Sequence[Evidence], checks: Sequence[Check] = CHECKS) -> list[tuple[Finding, ...]]:
    """The findings on each evidence; a check is run on all of them before the next is.

    Of credentials that came to the very same findings, these are one object.
    """
    premises = {premise for check in checks for premise in check.after} - {STRUCTURE}
    unproven = [set(premises) for _ in many]
    columns = [[passed(STRUCTURE)] * len(many)]
    for check in checks:
        run = _once_for_each_ground(check.run) if check.on_ground else check.run
        column = [
            run(evidence) if open_.isdisjoint(check.after) else _not_run(check, open_)
            for evidence, open_ in zip(many, unproven, strict=True)
        ]
        columns.append(column)
        if check.name in premises:
            for finding, open_ in zip(column, unproven, strict=True):
                if finding.result in _HOLDS:
                    open_.discard(check.name)
    known: dict[tuple[int, ...], tuple[Finding, ...]] = {}
    rows = []
    for evidence, findings in zip(many, zip(*columns, strict=True), strict=True):
        row = _doubt_clock(findings, evidence) if evidence.ground.is_behind else findings
        rows.append(known.setdefault(tuple(map(id, row)), row))
    return rows


def _once_for_each_ground(run: Callable[[Evidence], Finding]) -> Callable[[Evidence], Finding]:
    said: dict[int, Finding] = {}

    def say(evidence: Evidence) -> Finding:
        finding = said.get(id(evidence.ground))
        if finding is None:
            finding = said[id(evidence.ground)] = run(evidence)
        return finding

    return say


def _not_run(check: Check, unproven: AbstractSet[str]) -> Finding:
    premise = next(name for name in check.after if name in unproven)
    return not_run(check.name, Reason.PREMISE_FAILED, premise=premise)


def _doubt_clock(findings: tuple[Finding, ...], evidence: Evidence) -> tuple[Finding, ...]:
    from certx.too_early import doubt_clock  # noqa: PLC0415 - only where the clock is behind what was signed

    return doubt_clock(findings, evidence)


def verify(text: str, sources: Sources, *, now: float, expectation: Expectation = NO_EXPECTATION) -> Verdict:
    """The verdict on a credential in text form at Unix time `now`.

    Raises `CredentialError` with an `unreadable-…` reason if the text is no credential at all; whatever else is
    wrong with it is in the verdict.
    """
    verdict = verify_each([text], sources, now=now, expectation=expectation)[0]
    if isinstance(verdict, CredentialError):
        raise verdict
    return verdict


def verify_each(
    texts: Sequence[str],
    sources: Sources,
    *,
    now: float,
    expectation: Expectation = NO_EXPECTATION,
    queries: Sequence[str | None] = (),
) -> list[Verdict | CredentialError]:
    """What `verify` says of each text, or would raise; `queries` are those that each is said to answer, if any is.

    Each step is taken for all of them before the next: the processor then has its code and tables at hand, which saves
    a third of the time. Some dozens are best; the parsed form of all is held at once.
    """
    parsed = [_parse(text, sources) for text in texts]
    expected = [expectation._replace(query=query) for query in queries] or [expectation] * len(texts)
    evidence = gather_each(
        [(one, each) for one, each in zip(parsed, expected, strict=True) if not isinstance(one, CredentialError)],
        sources, now=now,
    )  # fmt: skip
    matter = () if expectation.scenario is None else IN_A_MATTER
    asked = () if expectation.nonce is None else IN_A_REQUEST
    granted = () if expectation.grant is None else _by_a_grant()
    since = () if sources.hindsight is None else LOOKING_BACK
    findings = run_checks_on(evidence, (*CHECKS, *matter, *asked, *granted, *since))
    verdicts = iter(conclude_each(evidence, findings, _REQUIRED))
    return [
        next(verdicts) if not isinstance(credential, CredentialError)
        else credential if credential.reason in UNREADABLE
        else _broken(credential, now, sources.hindsight)
        for credential in parsed
    ]  # fmt: skip


def _by_a_grant() -> tuple[Check, ...]:
    """Further rules, where a grant is used."""
    from certx.by_grant import RULES  # noqa: PLC0415 - only where there is one

    return tuple(Check(*rule) for rule in RULES)


def _parse(text: str, sources: Sources) -> Unverified | CredentialError:
    try:
        return parse(text if text.startswith("eyJ") else _unpacked(text, sources))
    except CredentialError as error:
        return error


def _unpacked(text: str, sources: Sources) -> str:
    """The credential that the text of a symbol packs; any other text as it is."""
    if not is_symbol(text):
        return text
    from certx.carrier.symbols import read  # noqa: PLC0415 - only for what came as a symbol

    return read(text, sources.dictionary)


def judge_again(verdict: Verdict, finding: Finding) -> Verdict:
    """The verdict with one more finding, on what came of using up what it rests on."""
    findings = (*verdict.findings, finding)
    outcome, deciding = judge(findings, _REQUIRED)
    licence = verdict.licence if outcome is Outcome.ACCEPTED else None
    return verdict._replace(outcome=outcome, deciding=deciding, findings=findings, licence=licence)


def _broken(error: CredentialError, now: float, hindsight: Hindsight | None) -> Verdict:
    """The verdict on what is a credential and cannot be decoded: altered, damaged, or packed in a way unknown here."""
    is_unknown = error.reason is Reason.DICTIONARY_UNKNOWN
    finding = (undetermined if is_unknown else failed)(STRUCTURE, error.reason, **error.params)
    rest = [not_run(check.name, Reason.PREMISE_FAILED, premise=STRUCTURE) for check in CHECKS]
    is_past = hindsight is not None
    return Verdict(outcome_of(finding), finding, (finding, *rest), None, None, None, now, historical=is_past)
