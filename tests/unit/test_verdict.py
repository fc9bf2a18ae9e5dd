"""Findings → outcome → exit status."""

from itertools import permutations

import pytest

from certx.errors import Exit
from certx.reason import Finding, Outcome, Reason, Result, failed, not_run, passed, undetermined, warned
from certx.verdict import EXIT_OF, judge, outcome_of, worst

FAILED = failed("validity", Reason.EXPIRED)
UNDETERMINED = undetermined("status", Reason.STATUS_UNAVAILABLE)
NOT_ACCEPTABLE = failed("recognition", Reason.NO_AGREEMENT)
WARNED = warned("key-binding", Reason.HOLDER_NOT_PROVEN)
NOT_RUN = not_run("schema", Reason.PREMISE_FAILED, premise="claims")
PASSED = passed("header")
WORST_FIRST = (FAILED, UNDETERMINED, NOT_ACCEPTABLE)


@pytest.mark.parametrize(
    ("finding", "outcome"),
    [
        (FAILED, Outcome.INVALID),
        (UNDETERMINED, Outcome.UNDETERMINED),
        (NOT_ACCEPTABLE, Outcome.NOT_ACCEPTABLE),
        (WARNED, Outcome.ACCEPTED),
        (NOT_RUN, Outcome.ACCEPTED),
        (PASSED, Outcome.ACCEPTED),
    ],
)
def test_a_finding_still_allows_its_outcome(finding: Finding, outcome: Outcome) -> None:
    assert outcome_of(finding) is outcome
    decided_by = None if outcome is Outcome.ACCEPTED else finding
    assert judge([PASSED, finding, WARNED]) == (outcome, decided_by)


@pytest.mark.parametrize("reason", Reason)
def test_a_failed_check_is_an_invalidity_unless_only_our_side_says_no(reason: Reason) -> None:
    only_here = {
        "no-agreement", "agreement-not-mutual", "agreement-out-of-date", "agreement-superseded", "agreement-withdrawn",
        "agreement-other-matter", "remaining-too-short", "claim-missing", "scenario-out-of-date", "scenario-type",
        "scenario-query-unknown", "scenario-not-met", "scenario-remaining-too-short", "scenario-holder-not-proven",
        "answer-incomplete",
        "grant-not-yet", "grant-other-site", "grant-other-type", "grant-other-licence", "grant-other-matter",
        "grant-beyond", "grant-claim-missing", "grant-exhausted", "grant-exhausted-today",
    }  # fmt: skip
    expected = Outcome.NOT_ACCEPTABLE if reason in only_here else Outcome.INVALID
    assert outcome_of(failed("x", reason)) is expected
    assert outcome_of(undetermined("x", reason)) is Outcome.UNDETERMINED


@pytest.mark.parametrize("findings", list(permutations([*WORST_FIRST, WARNED, PASSED])))
def test_the_worst_finding_decides_wherever_it_stands(findings: tuple[Finding, ...]) -> None:
    left = [finding for finding in findings if finding not in WORST_FIRST]
    for worst_one in reversed(WORST_FIRST):
        left.insert(findings.index(worst_one) % (len(left) + 1), worst_one)
        assert judge(left) == (outcome_of(worst_one), worst_one)


def test_the_first_of_equally_bad_findings_decides() -> None:
    other = failed("schema", Reason.LICENCE_MALFORMED)
    assert judge([PASSED, FAILED, other]) == (Outcome.INVALID, FAILED)
    assert judge([other, FAILED]) == (Outcome.INVALID, other)


def test_nothing_found_is_nothing_wrong() -> None:
    assert judge([]) == (Outcome.ACCEPTED, None)


def test_every_outcome_has_its_exit_status() -> None:
    assert EXIT_OF == {
        Outcome.INVALID: 3,
        Outcome.UNDETERMINED: 5,
        Outcome.NOT_ACCEPTABLE: 4,
        Outcome.ACCEPTED: 0,
    }


def test_several_inputs_end_with_the_worst_of_the_order_in_the_design() -> None:
    order = [1, 9, 7, 3, 6, 5, 4, 8, 0]
    for index, status in enumerate(order):
        for milder in order[index:]:
            assert worst([Exit(milder), Exit(status), Exit.OK]) == status
    assert worst([]) is Exit.OK


def test_a_passed_check_is_one_shared_value() -> None:
    assert passed("header") is passed("header")
    assert passed("header") == Finding("header", Result.PASSED)


def test_the_parameters_of_one_finding_are_not_those_of_another() -> None:
    assert failed("x", Reason.EXPIRED, at=1).params == {"at": 1}
    assert passed("y").params == {}
    with pytest.raises(TypeError):
        passed("y").params["at"] = 1  # type: ignore[index]


def test_nothing_is_accepted_while_a_required_check_was_not_run() -> None:
    findings = [passed("header"), not_run("signature", Reason.PREMISE_FAILED, premise="x")]
    assert judge(findings)[0] is Outcome.ACCEPTED
    assert judge(findings, frozenset({"signature"})) == (Outcome.UNDETERMINED, findings[1])
