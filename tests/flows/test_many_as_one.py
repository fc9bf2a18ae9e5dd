"""Many credentials are judged and written exactly as each alone."""

from dataclasses import replace

import orjson
import pytest

from certx.audit.record import SALT_BYTES, lines_of
from certx.by_grant import RULES
from certx.credential.errors import CredentialError
from certx.credential.parse import parse
from certx.evidence import gather
from certx.i18n import Language, Words
from certx.reason import Result
from certx.render.verdict_json import VerdictLines, verdict_object
from certx.verdict import Answer, Verdict
from certx.verify import CHECKS, IN_A_MATTER, IN_A_REQUEST, LOOKING_BACK, run_checks, verify, verify_each
from world import CATALOGUE, SICHUAN, WORLD, forge, issue

SALT = bytes(SALT_BYTES)
GOOD = issue()
BAG = [
    GOOD, "", "eyJ", GOOD[:-30], GOOD.replace(".", ".e", 1), forge(exp=1), forge(exp=True), forge(iat=True),
    forge(iat=1), forge(iat=1.0),
    forge(vct="urn:certx:licence:no-such:1"), forge(vct="urn:certx:licence:" + "x" * 900 + ":1"),
    forge(aud=["a", 1]), forge(iss="urn:nobody"), GOOD, forge(status={"status_list": {"idx": 1, "uri": "x"}}),
    forge(certificateIdentifier=7), forge(exp=2), "~".join(GOOD.split("~")[:2]) + "~",
]  # fmt: skip


def alone(text: str) -> Verdict | CredentialError:
    try:
        return verify(text, WORLD, now=WORLD.now)
    except CredentialError as error:
        return error


def test_verified_together_they_get_the_verdicts_that_each_gets_alone() -> None:
    together = verify_each(BAG, WORLD, now=WORLD.now)
    assert [one if isinstance(one, Verdict) else (one.reason, one.params) for one in together] == [
        one if isinstance(one, Verdict) else (one.reason, one.params) for one in map(alone, BAG)
    ]
    assert {type(one) for one in together} == {Verdict, CredentialError}


def test_credentials_that_came_to_the_same_share_their_findings() -> None:
    """Which saves the time of judging and writing them again."""
    world = replace(WORLD, signed_at=None)  # so that one of the findings, a warning, is made for this run
    first, other, again = (one for one in verify_each([issue(), forge(exp=1), issue()], world, now=world.now))
    assert isinstance(first, Verdict)
    assert isinstance(other, Verdict)
    assert isinstance(again, Verdict)
    assert Result.WARNED in {finding.result for finding in first.findings if finding.check == "registry"}
    assert again.findings is first.findings
    assert other.findings is not first.findings
    assert again.registry is first.registry


def test_what_several_answers_have_in_common_is_noted_of_those_alone() -> None:
    found = verify_each([*BAG, issue("driving-licence")], replace(WORLD, region=SICHUAN), now=WORLD.now)
    answers = [Answer("x", None, one) if isinstance(one, CredentialError) else Answer("x", one) for one in found]
    assert lines_of(answers, now=1.0, salt=SALT) == [
        line for answer in answers for line in lines_of([answer], now=1.0, salt=SALT)
    ]


def test_a_premise_stands_before_what_rests_on_it() -> None:
    known = set[str]()
    for name, after in ((check.name, check.after) for check in (*CHECKS, *IN_A_MATTER, *IN_A_REQUEST, *LOOKING_BACK)):
        assert known.issuperset(after)
        known.add(name)
    for name, _, after in RULES:
        assert known.issuperset(after)
        known.add(name)


def test_a_premise_that_was_not_looked_at_is_not_taken_to_hold() -> None:
    evidence = gather(parse(GOOD), WORLD, now=WORLD.now)
    for check in CHECKS:
        (_, finding) = run_checks(evidence, [check])
        assert (finding.result is Result.NOT_RUN) == bool(check.after)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_lines_that_share_what_they_have_in_common_are_the_same_bytes(language: Language) -> None:
    """Written by what was kept of the lines before, and from the beginning."""
    words = Words(language)
    lines = VerdictLines(words, now=WORLD.now, historical=False)
    schema = CATALOGUE.read("business-licence", CATALOGUE.versions("business-licence")[-1])  # type: ignore[arg-type]
    for _ in range(2):
        for found in map(alone, BAG):
            error = found if isinstance(found, CredentialError) else None
            answer = Answer("in:1", found if isinstance(found, Verdict) else None, error)
            plain = verdict_object(answer, words, now=WORLD.now, schema=schema)
            assert lines.line(answer, schema) == orjson.dumps(plain, option=orjson.OPT_APPEND_NEWLINE)


def test_findings_that_differ_in_the_kind_of_a_number_alone_are_not_mixed_up() -> None:
    lines = VerdictLines(Words("en"), now=WORLD.now, historical=False)
    written = [lines.line(Answer("x", alone(forge(exp=end))), None) for end in (1, 1.0, 1)]
    assert b'"at":1}' in written[0]
    assert b'"at":1.0}' in written[1]
    assert written[2] == written[0]
