"""What evidence supports: premises, and what becomes of a verdict when some of it is taken away."""

from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest

from certx.credential.errors import CredentialError
from certx.credential.issue import header_segment
from certx.reason import Outcome, Reason, Result
from certx.trust.registry import State
from certx.verify import CHECKS
from world import AGREEMENT, KEY, NOW, STRANGER, finding_of, forge, issue, verify

GOOD = issue()
FORGED = forge(signer=STRANGER, header=header_segment(KEY))

TAKEN: dict[str, dict[str, Any]] = {
    "registry": {"has_registry": False},
    "signed time": {"signed_at": None},
    "issuer": {"issuer_id": "urn:certx:issuer:other"},
    "key": {"listed_key": None},
    "types": {"types": frozenset()},
    "agreements": {"agreements": None},
    "every agreement": {"agreements": ()},
    "schemas": {"has_schemas": False},
    "region": {"region": None},
}

BAD: dict[str, tuple[str, dict[str, Any]]] = {
    "expired": (forge(exp=int(NOW)), {}),
    "not yet valid": (forge(nbf=int(NOW) + 1), {}),
    "malformed": (forge(registeredCapital="many"), {}),
    "stranger": (forge(signer=STRANGER), {}),
    "altered": (GOOD.replace("~", "x~", 1), {}),
    "forged": (FORGED, {}),
    "compromised": (GOOD, {"key_state": State.COMPROMISED, "key_since": NOW}),
    "suspended": (GOOD, {"region_state": State.SUSPENDED}),
    "not entitled": (GOOD, {"key_types": frozenset()}),
    "status unknown": (forge(status={"status_list": {"idx": 0, "uri": "https://s.example"}}), {}),
    "no agreement": (GOOD, {"agreements": (AGREEMENT._replace(types=frozenset()),)}),
}


def test_what_is_to_become_of_less_evidence_begins_with_all_of_it() -> None:
    assert verify(GOOD).outcome is Outcome.ACCEPTED
    for text, change in BAD.values():
        assert verify(text, **change).outcome is not Outcome.ACCEPTED


@pytest.mark.parametrize("bad", BAD)
def test_taking_evidence_away_never_makes_a_bad_licence_acceptable(bad: str) -> None:
    text, change = BAD[bad]
    for count in (1, 2):
        for taken in combinations(TAKEN, count):
            world = dict(change)
            for name in taken:
                world |= TAKEN[name]
            assert verify(text, **world).outcome is not Outcome.ACCEPTED, taken


@pytest.mark.parametrize("taken", [name for name in TAKEN if name != "signed time"])
def test_taking_evidence_away_makes_a_good_licence_less_than_accepted(taken: str) -> None:
    verdict = verify(GOOD, **TAKEN[taken])
    assert verdict.outcome is not Outcome.ACCEPTED
    assert verdict.licence is None


@pytest.mark.parametrize("taken", ["registry", "agreements", "schemas", "region"])
def test_what_cannot_be_looked_up_is_undetermined_and_not_invalid(taken: str) -> None:
    assert verify(GOOD, **TAKEN[taken]).outcome is Outcome.UNDETERMINED


@pytest.mark.parametrize(
    ("text", "change", "premise", "checks"),
    [
        (
            GOOD,
            {"has_registry": False},
            "registry",
            {"issuer"},
        ),
        (GOOD, {"listed_key": None}, "issuer", {"signature"}),
        (
            FORGED,
            {},
            "signature",
            {"entitlement", "validity", "key-binding", "schema", "status", "recognition"},
        ),
        (
            forge(iat="yesterday"),
            {},
            "claims",
            {"entitlement", "validity", "key-binding", "schema", "status", "recognition"},
        ),
    ],
    ids=["no registry", "no key", "forged", "envelope"],
)
def test_a_check_whose_premise_failed_is_not_run_and_says_for_want_of_what(
    text: str, change: dict[str, Any], premise: str, checks: set[str]
) -> None:
    verdict = verify(text, **change)
    for name in checks:
        finding = finding_of(verdict, name)
        assert (finding.result, finding.reason) == (Result.NOT_RUN, Reason.PREMISE_FAILED), name
        assert finding.params == {"premise": premise}


@pytest.mark.parametrize("world", [{}, *TAKEN.values()], ids=["everything", *TAKEN])
@pytest.mark.parametrize("text", [GOOD, *(text for text, _ in BAD.values())], ids=["good", *BAD])
def test_every_verdict_lists_every_check_once_and_in_order(text: str, world: dict[str, Any]) -> None:
    names = [finding.check for finding in verify(text, **world).findings]
    assert names == ["structure", *(check.name for check in CHECKS)]


@pytest.mark.parametrize("world", [{}, *TAKEN.values()], ids=["everything", *TAKEN])
@pytest.mark.parametrize("text", [GOOD, *(text for text, _ in BAD.values())], ids=["good", *BAD])
def test_facts_leave_only_as_far_as_they_are_proven(text: str, world: dict[str, Any]) -> None:
    verdict = verify(text, **world)
    assert (verdict.licence is not None) == (verdict.outcome is Outcome.ACCEPTED)
    signed = finding_of(verdict, "signature").result is Result.PASSED
    assert (verdict.credential is not None) == signed


def test_all_that_is_wrong_is_in_the_verdict_and_not_the_first_alone() -> None:
    text = forge(exp=int(NOW), registeredCapital="many")
    verdict = verify(text, agreements=(), key_state=State.SUSPENDED)
    assert [f.check for f in verdict.findings if f.result is Result.FAILED] == ["validity", "schema", "recognition"]
    assert finding_of(verdict, "entitlement").result is Result.UNDETERMINED
    assert verdict.deciding is finding_of(verdict, "validity")


def _swap(text: str, at: int) -> str:
    return text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]


@pytest.mark.parametrize("segment", [0, 1, 2], ids=["header", "payload", "signature"])
def test_no_altered_character_of_the_signed_part_is_accepted(segment: int) -> None:
    lengths = [len(part) for part in GOOD.partition("~")[0].split(".")]
    start = sum(lengths[:segment]) + segment
    for at in range(start, start + lengths[segment], 7):
        assert _refused(lambda at=at: verify(_swap(GOOD, at)).outcome), at


def test_no_altered_disclosure_is_accepted() -> None:
    start = GOOD.index("~") + 1
    for at in range(start, len(GOOD) - 1, 11):
        if GOOD[at] != "~":
            assert _refused(lambda at=at: verify(_swap(GOOD, at)).outcome), at


def _refused(judged: Callable[[], Outcome]) -> bool:
    try:
        return judged() is not Outcome.ACCEPTED
    except CredentialError:
        return True


def test_a_verdict_counts_for_the_key_that_signed_and_for_no_other_of_its_kind() -> None:
    assert verify(GOOD, listed_key=KEY).outcome is Outcome.ACCEPTED
    assert verify(GOOD, listed_key=STRANGER).outcome is Outcome.INVALID
