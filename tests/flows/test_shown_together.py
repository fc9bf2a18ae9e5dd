"""An old version shown with the one that took its place: the newer one is named where it is proven."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from certx.app.verifying.verdicts import verify_inputs
from certx.licence.identifiers import LicenceIdentifier
from certx.licence.versions import PREVIOUS
from certx.reason import Outcome, Reason
from certx.schema.catalogue import require
from certx.verdict import Answer, Verdict
from world import (
    CATALOGUE,
    CREDIT_CODE,
    OTHER_CREDIT_CODE,
    OTHER_ISSUER,
    OTHER_KEY,
    STATUS_URI,
    STRANGER,
    WORLD,
    forge,
    issue,
    status_list,
)

TYPE = "road-transport-licence"
INDEX = 5
OLD = forge(TYPE, status={"status_list": {"idx": INDEX, "uri": STATUS_URI}})
TYPE_CODE = str(require(CATALOGUE, TYPE).national_code)
OTHERS = {"iss": OTHER_ISSUER, "issuingAuthorityCode": OTHER_CREDIT_CODE}
OTHERS |= {"issuingAuthorityName": "成都市交通运输局(虚构)"}
OTHERS |= {"certificateIdentifier": str(LicenceIdentifier.make(TYPE_CODE, OTHER_CREDIT_CODE, "MOVED"))}


def show(*texts: str, value: int = 3) -> list[Verdict]:
    world = replace(WORLD, status_lists={STATUS_URI: status_list({INDEX: value})})
    return [verdict_of(answer) for answer in verify_inputs(texts, world, now=world.now)]


def verdict_of(answer: Answer) -> Verdict:
    assert answer.verdict is not None
    return answer.verdict


OLD_ID = str(facts.licence_id) if (facts := show(OLD)[0].credential) is not None else ""


def newer(**changes: object) -> tuple[str, str]:
    """Identifier and credential of a later version."""
    text = issue(TYPE, **{PREVIOUS: OLD_ID, **changes})
    return name_of(text), text


def name_of(text: str) -> str:
    facts = show(text)[0].credential
    assert facts is not None
    return str(facts.licence_id)


def why(verdict: Verdict) -> tuple[Outcome, Reason | None, object]:
    deciding = verdict.deciding
    assert deciding is not None
    assert deciding in verdict.findings
    return verdict.outcome, deciding.reason, deciding.params.get("licence_id")


ALONE = (Outcome.INVALID, Reason.SUPERSEDED, None)


def test_alone_it_is_only_known_that_there_is_a_newer_one() -> None:
    assert why(show(OLD)[0]) == ALONE


@pytest.mark.parametrize("place", [0, 1])
def test_the_newer_one_is_named(place: int) -> None:
    name, text = newer()
    shown = [text]
    shown.insert(place, OLD)
    verdicts = show(*shown)
    assert why(verdicts[place]) == (Outcome.INVALID, Reason.SUPERSEDED_BY, name)
    assert verdicts[1 - place].outcome is Outcome.ACCEPTED
    assert name.split(".")[-2] == "002"


def test_what_the_list_calls_valid_is_left_as_it_is() -> None:
    _, text = newer()
    assert [verdict.outcome for verdict in show(OLD, text, value=0)] == [Outcome.ACCEPTED] * 2
    assert show(OLD, text, value=1)[0].deciding == show(OLD, value=1)[0].deciding


def proves_nothing() -> Iterator[tuple[str, str]]:
    name, text = newer()
    claims = {PREVIOUS: OLD_ID, "certificateIdentifier": name}
    yield "signed by a stranger", forge(TYPE, signer=STRANGER, **claims)
    yield "altered", text.replace(".", ".e", 1)
    yield "of another type", forge("business-licence", **{PREVIOUS: OLD_ID})
    yield "names another", forge(TYPE, **{**claims, PREVIOUS: name})
    yield "names none", issue(TYPE)
    yield "its key may not sign this", forge(TYPE, iat=1, **claims)
    yield "not of the shape of its type", forge(TYPE, **{**claims, PREVIOUS: OLD_ID, "certificateNumber": None})


@pytest.mark.parametrize(("how", "text"), list(proves_nothing()))
def test_what_proves_nothing_names_nothing(how: str, text: str) -> None:
    assert why(show(OLD, text)[0]) == ALONE, how


def test_another_issuer_that_may_sign_the_type_is_believed() -> None:
    moved = forge(TYPE, signer=OTHER_KEY, **{**OTHERS, PREVIOUS: OLD_ID})
    old, new = show(OLD, moved)
    assert new.credential is not None
    assert new.credential.issuer == OTHER_ISSUER
    assert why(old) == (Outcome.INVALID, Reason.SUPERSEDED_BY, new.credential.licence_id)


def test_of_two_that_say_so_the_one_of_the_same_issuer_is_named_else_none() -> None:
    name, text = newer()
    moved = forge(TYPE, signer=OTHER_KEY, **{**OTHERS, PREVIOUS: OLD_ID})
    assert why(show(moved, text, OLD)[2]) == (Outcome.INVALID, Reason.SUPERSEDED_BY, name)
    other = str(LicenceIdentifier.make(TYPE_CODE, CREDIT_CODE, "ANOTHER"))
    second = forge(TYPE, **{PREVIOUS: OLD_ID, "certificateIdentifier": other})
    assert why(show(OLD, text, second)[0]) == ALONE
    assert why(show(OLD, text, text)[0]) == (Outcome.INVALID, Reason.SUPERSEDED_BY, name)


def test_of_many_each_is_judged_by_itself() -> None:
    name, text = newer()
    few: Sequence[str] = [OLD, text, *[text] * 62]
    assert why(show(*few)[0]) == (Outcome.INVALID, Reason.SUPERSEDED_BY, name)
    many = show(*few, text)
    assert why(many[0]) == ALONE
    assert len(many) == 65


def test_an_input_that_cannot_be_read_stands_among_them() -> None:
    name, text = newer()
    world = replace(WORLD, status_lists={STATUS_URI: status_list({INDEX: 3})})
    answers = list(verify_inputs([OLD, "no-such-file", text], world, now=world.now))
    assert why(verdict_of(answers[0])) == (Outcome.INVALID, Reason.SUPERSEDED_BY, name)
    assert answers[1].verdict is None
