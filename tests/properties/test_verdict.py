"""One more bad finding never makes a verdict better."""

from hypothesis import given, settings
from hypothesis import strategies as st

from certx.credential.parse import parse
from certx.evidence import gather
from certx.reason import Finding, Outcome, Reason, Result, passed
from certx.verdict import judge, outcome_of
from certx.verify import CHECKS, Check, run_checks
from world import NOW, WORLD, issue

RANK = {outcome: rank for rank, outcome in enumerate(Outcome)}  # worst first
RESULTS = st.sampled_from([result for result in Result if result is not Result.PASSED])
BAD = st.builds(Finding, st.sampled_from([check.name for check in CHECKS]), RESULTS, st.sampled_from(list(Reason)))
ANY = st.one_of(BAD, st.sampled_from([passed(check.name) for check in CHECKS]))


@settings(deadline=None)
@given(st.lists(ANY, max_size=14), ANY, st.integers(min_value=0, max_value=14))
def test_one_more_finding_never_improves_the_outcome(findings: list[Finding], more: Finding, at: int) -> None:
    before, _ = judge(findings)
    after, deciding = judge([*findings[:at], more, *findings[at:]])
    assert RANK[after] <= RANK[before]
    assert RANK[after] == min(RANK[before], RANK[outcome_of(more)])
    assert (deciding is None) == (after is Outcome.ACCEPTED)


@settings(deadline=None)
@given(st.lists(ANY, max_size=14))
def test_the_outcome_is_that_of_the_finding_that_decided(findings: list[Finding]) -> None:
    outcome, deciding = judge(findings)
    if deciding is None:
        assert all(outcome_of(finding) is Outcome.ACCEPTED for finding in findings)
    else:
        assert outcome_of(deciding) is outcome
        assert findings.index(deciding) == min(
            index for index, finding in enumerate(findings) if outcome_of(finding) is outcome
        )


@settings(deadline=None)
@given(st.permutations(range(12)), st.lists(ANY, min_size=12, max_size=12))
def test_the_order_of_findings_does_not_change_the_outcome(order: list[int], findings: list[Finding]) -> None:
    assert judge([findings[index] for index in order])[0] is judge(findings)[0]


CREDENTIAL = issue()
TURNS = st.sampled_from([Result.FAILED, Result.UNDETERMINED, Result.WARNED])


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([check.name for check in CHECKS]), TURNS, max_size=4))
def test_a_check_that_turns_bad_never_makes_the_whole_better(turned: dict[str, Result]) -> None:

    evidence = gather(parse(CREDENTIAL), WORLD, now=NOW)

    def spoilt(check: Check) -> Check:
        if check.name not in turned:
            return check
        return check._replace(run=lambda _: Finding(check.name, turned[check.name], Reason.EXPIRED))

    before, _ = judge(run_checks(evidence))
    after, _ = judge(run_checks(evidence, [spoilt(check) for check in CHECKS]))
    assert RANK[after] <= RANK[before]
    spoils = {Result.FAILED, Result.UNDETERMINED}
    assert (after is Outcome.ACCEPTED) == spoils.isdisjoint(turned.values())
