"""Uses of grants are counted: each once, whoever comes at the same time, and never one too many."""

import json
import sqlite3
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator

from certx.app.verifying.grant_use import count_uses, counted_here, take_revocation, use_shown
from certx.audit.uses import Counted
from certx.credential.jws import encode_segment, sign_jws
from certx.errors import DocumentError
from certx.evidence import Expectation
from certx.i18n import Words
from certx.reason import Outcome, Reason
from certx.recognition.grant import read_grant
from certx.recognition.grant_revocation import TYPE, make_revocation
from certx.render.grant import print_grants
from certx.settings import Settings, load_settings
from certx.status.reference import Reference
from certx.verdict import Answer, Verdict
from certx.verify import verify
from granting import HOLDER, LICENCE, MATTER, SITE, THIEF, Body, at_site, by_body, granted, licence, shown, used
from world import CATALOGUE, DAY, NOW, SCHEMAS, STATUS_URI, WORLD, decision, finding_of

MIDNIGHT: Final = NOW + 12 * 3_600
"""The end of that day in China."""


def site(folder: Path) -> Settings:
    return load_settings({"CERTX_HOME": str(folder)})


def counted(folder: Path, text: str, credential: str = LICENCE, *, at: float = NOW, **told: Any) -> Verdict:
    """The verdict at a site, once the use was counted at that time."""
    world, nonce = told.pop("world", WORLD), told.pop("nonce", "n")
    verdict = used(text, credential, world=world, nonce=nonce, **told)
    use = at_site(text, nonce=nonce, **told)
    (answer,) = count_uses([Answer("licence.txt", verdict)], site(folder), use, now=at)
    assert answer.verdict is not None
    return answer.verdict


def refusals(folder: Path) -> list[str]:
    with sqlite3.connect(folder / "counter.db") as database:
        rows = database.execute("SELECT refused FROM grant_use WHERE refused != '' ORDER BY number").fetchall()
    return [reason for (reason,) in rows]


def test_each_use_is_counted_until_none_is_left(tmp_path: Path) -> None:
    grant = granted(uses=2)
    for number, expected in enumerate([None, None, Reason.GRANT_EXHAUSTED]):
        verdict = counted(tmp_path, shown(grant, nonce=f"{number}"), nonce=f"{number}")
        assert decision(verdict)[1] is expected
        assert (verdict.licence is None) is (expected is not None)
    assert verdict.outcome is Outcome.NOT_ACCEPTABLE
    assert counted_here(site(tmp_path), read_grant(grant), now=NOW) == Counted(2, 2, 1)


def test_the_same_proof_again_uses_up_nothing(tmp_path: Path) -> None:
    text = shown(granted(uses=1))
    assert finding_of(counted(tmp_path, text), "grant-use").params == {"used": 1, "uses": 1}
    again = counted(tmp_path, text, at=NOW + 60)
    assert again.outcome is Outcome.ACCEPTED
    assert finding_of(again, "grant-use")[2:] == (Reason.GRANT_USED_BEFORE, {"at": int(NOW)})


def test_the_same_proof_for_another_licence_is_another_use(tmp_path: Path) -> None:
    text, other = shown(by_body(uses=1)), licence(certificateNumber="TEST0002")
    assert counted(tmp_path, text, world=Body()).outcome is Outcome.ACCEPTED
    assert decision(counted(tmp_path, text, other, world=Body()))[1] is Reason.GRANT_EXHAUSTED


def test_a_days_ceiling_is_lifted_at_midnight_in_china(tmp_path: Path) -> None:
    grant = granted(uses=9, daily=1)
    found = [
        decision(counted(tmp_path, shown(grant, nonce=f"{at}"), nonce=f"{at}", at=at))[1]
        for at in (NOW, MIDNIGHT - 1, MIDNIGHT, MIDNIGHT + DAY - 1)
    ]
    assert found == [None, Reason.GRANT_EXHAUSTED_TODAY, None, Reason.GRANT_EXHAUSTED_TODAY]


def test_refused_uses_are_put_down_with_their_reason_and_use_up_nothing(tmp_path: Path) -> None:
    grant = granted(uses=1)
    counted(tmp_path, shown(grant, THIEF))
    counted(tmp_path, shown(grant), matter="example-0002")
    counted(tmp_path, shown(grant), revoked=True)
    assert refusals(tmp_path) == [Reason.GRANT_OF_ANOTHER, Reason.GRANT_OTHER_MATTER, Reason.GRANT_REVOKED]
    assert counted(tmp_path, shown(grant)).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("proof", ["\ufffd.a.b", "a.b.c", "..", "eyJ9.eyJ9."])
def test_a_proof_that_is_none_is_refused_and_put_down(proof: str, tmp_path: Path) -> None:
    verdict = counted(tmp_path, granted() + proof)
    assert decision(verdict)[:2] == (Outcome.INVALID, Reason.GRANT_PROOF_WRONG)
    assert refusals(tmp_path) == [Reason.GRANT_PROOF_WRONG]


def test_of_a_grant_that_nobody_signed_nothing_is_put_down(tmp_path: Path) -> None:
    assert counted(tmp_path, shown(granted(THIEF))).outcome is Outcome.INVALID
    assert refusals(tmp_path) == []


def test_two_grants_of_one_site_are_counted_apart(tmp_path: Path) -> None:
    for grant in (granted(uses=1), granted(uses=1, purpose={"zh": "另一用途"})):
        assert counted(tmp_path, shown(grant)).outcome is Outcome.ACCEPTED


def test_a_revocation_holds_once_it_was_taken_and_that_of_a_stranger_never(tmp_path: Path) -> None:
    grant, settings = granted(), site(tmp_path)
    shown_file, revocation = tmp_path / "use.txt", tmp_path / "revocation.txt"
    shown_file.write_text(shown(grant), "ascii")

    def verdict() -> Verdict:
        use = use_shown(settings, shown_file, audience=SITE, nonce="n", matter=MATTER)
        return verify(LICENCE, WORLD, now=NOW, expectation=Expectation(grant=use))

    header = encode_segment({"alg": THIEF.algorithm, "typ": TYPE, "kid": THIEF.kid})
    forged = sign_jws(header, {"grant": read_grant(grant).id, "cnf": {"jwk": dict(THIEF.public_jwk)}}, THIEF)
    revocation.write_text(forged, "ascii")
    take_revocation(settings, revocation, now=NOW)
    assert verdict().outcome is Outcome.ACCEPTED
    revocation.write_text(make_revocation(read_grant(grant), HOLDER, issued_at=int(NOW)), "ascii")
    take_revocation(settings, revocation, now=NOW)
    assert decision(verdict())[:2] == (Outcome.INVALID, Reason.GRANT_REVOKED)
    revocation.write_text("no revocation", "ascii")
    with pytest.raises(DocumentError):
        take_revocation(settings, revocation, now=NOW)


def use_once(folder: Path, credential: str, text: str, nonce: str) -> tuple[str, str | None]:
    """In another process, whose keys are others: the verdict is made there, of what it was given."""
    use = at_site(text, nonce=nonce)
    verdict = verify(credential, WORLD, now=NOW, expectation=Expectation(grant=use))
    (answer,) = count_uses([Answer("licence.txt", verdict)], site(folder), use, now=NOW)
    assert answer.verdict is not None
    deciding = answer.verdict.deciding
    return str(answer.verdict.outcome), None if deciding is None else deciding.reason


@pytest.mark.skipif(
    sys.platform == "win32", reason="the keys of these tests are made anew in a process that is spawned"
)
@pytest.mark.parametrize(
    ("ceiling", "uses", "processes", "why"),
    [
        ("uses", 1, 2, Reason.GRANT_EXHAUSTED),
        ("uses", 3, 8, Reason.GRANT_EXHAUSTED),
        ("daily", 3, 8, Reason.GRANT_EXHAUSTED_TODAY),
    ],
)
def test_of_processes_at_once_no_more_get_a_use_than_there_are(
    ceiling: str, uses: int, processes: int, why: Reason, tmp_path: Path
) -> None:
    grant = granted(**{"uses": processes, ceiling: uses})
    proofs = [(shown(grant, nonce=f"{number}"), f"{number}") for number in range(processes)]
    with ProcessPoolExecutor(processes, mp_context=get_context("fork")) as pool:
        ends = list(pool.map(use_once, *zip(*[(tmp_path, LICENCE, *proof) for proof in proofs], strict=True)))
    good, refused = (Outcome.ACCEPTED, None), (Outcome.NOT_ACCEPTABLE, why)
    assert sorted(ends) == sorted([good] * uses + [refused] * (processes - uses), key=str)
    assert refusals(tmp_path) == [{"uses": "exhausted", "daily": "today"}[ceiling]] * (processes - uses)
    assert counted_here(site(tmp_path), read_grant(grant), now=NOW) == Counted(uses, uses, processes - uses)


def test_what_is_shown_of_a_grant_obeys_its_schema(capsys: pytest.CaptureFixture[str]) -> None:
    listed = by_body(daily=2, place=Reference(7, STATUS_URI))
    rows = [(read_grant(granted()), None), (read_grant(listed), Counted(1, 1, 0))]
    print_grants(rows, CATALOGUE, Words("en"), as_json=True, width=80)
    check = Draft202012Validator(json.loads((SCHEMAS / "documents" / "grant.json").read_bytes()))
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["counted"] for row in found] == [None, {"used": 1, "today": 1, "refused": 0}]
    assert [error.message for row in found for error in check.iter_errors(row)] == []
