"""What a presentation must be to count as an answer, rule by rule: each test breaks one."""

import json
from dataclasses import replace
from typing import Any, Final

import pytest

import world
from certx.carrier import read
from certx.credential.errors import CredentialError
from certx.credential.parse import parse
from certx.credential.present import bind, disclosed_in, select
from certx.errors import DocumentError, KeyFailureError, RefusedError, UsageError
from certx.evidence import Expectation
from certx.keys import Signer, new_signer
from certx.keys.encoding import base64url
from certx.licence.paths import parse_path
from certx.present import Presentation, Purpose, answer, choose
from certx.reason import Outcome, Reason, Result
from certx.recognition.request import Asked, Request, believe_request, make_request, read_request
from certx.recognition.scenario import Scenario, read_scenario
from certx.trust.counters import counter_id
from certx.trust.registry import Counter, ListedKey, Region, Registry, State, make_registry
from certx.verdict import Verdict
from certx.verify import verify_each

COUNTER: Final = counter_id(world.CHONGQING, "hall")
COUNTER_KEY: Final = new_signer("ES256")
HOLDER: Final = new_signer("ES256")
OTHER: Final = new_signer("Ed25519")
NOW: Final = int(world.NOW)
DOCUMENT: Final[dict[str, Any]] = {
    "id": "renewal", "version": 2, "matter": "example-0002", "types": ["driving-licence"],
    "requires": ["fileNumber", "holders[*].name"], "allows": ["fileNumber", "holders[*].name", "vehicleClasses"],
}  # fmt: skip
TWO: Final[dict[str, Any]] = {
    "id": "two", "version": 1, "matter": "example-0003",
    "credentials": [
        {"id": "first", "types": ["driving-licence"], "requires": ["fileNumber"]},
        {"id": "second", "types": ["driving-licence"], "requires": ["fileNumber"], "holderBinding": False},
    ],
}  # fmt: skip


def held(signer: Signer | None = HOLDER) -> str:
    more = {} if signer is None else {"holderKey": signer.public_jwk}
    return world.issue_row("driving-licence", {**world.full_row("driving-licence"), **more})


CARD: Final = held()


def scenario(document: dict[str, Any] = DOCUMENT, **changes: Any) -> Scenario:
    return read_scenario({**document, **changes}, "scenario.json")


def request(signer: Signer = COUNTER_KEY, *, counter: str = COUNTER, begins: int = NOW, minutes: int = 10) -> Request:
    draft = Request("", counter, "n" * 22, begins, begins + minutes * 60, "renewal", 2)
    return make_request(draft, signer)


ASKED: Final = request()


def expected(asked: Request = ASKED, **changes: Any) -> Expectation:
    within = Asked(asked.expires, base64url(asked.digest))
    given = Expectation(asked.nonce, asked.counter, world.NOW - asked.issued_at + 300, asked.scenario, asked=within)
    return given._replace(**changes)


def shown(
    card: str = CARD, *, by: Signer = HOLDER, asked: Request = ASKED, at: int = NOW, matter: Scenario | None = None,
    more: tuple[str, ...] = (), **purpose: Any,
) -> Presentation:  # fmt: skip
    matter = matter or scenario()
    offers = choose([card], matter, more=[parse_path(text) for text in more])
    bound_to = Purpose(asked.counter, asked.nonce, matter.id, asked.digest)._replace(**purpose)
    (made,) = answer(offers, bound_to, lambda _: by, issued_at=at)
    return made


def judged(text: str, *, now: float = world.NOW, expectation: Expectation | None = None, **changes: Any) -> Verdict:
    given = expectation or expected()
    scenarios = {"renewal": scenario(**changes), "two": scenario(TWO)}
    return world.verify(text, now=now, expectation=given, scenarios=scenarios, signed_at=now)


def test_what_is_asked_for_is_shown_and_no_more_and_counts_as_the_answer() -> None:
    made = shown()
    assert disclosed_in(parse(made.text)) == [("fileNumber",), ("holders", 0)]
    verdict = judged(made.text)
    assert verdict.outcome is Outcome.ACCEPTED
    assert world.finding_of(verdict, "key-binding").result is Result.PASSED
    assert world.finding_of(verdict, "request").result is Result.PASSED
    assert world.finding_of(verdict, "extent").result is Result.PASSED
    assert verdict.presented is not None
    assert verdict.presented.credential == parse(CARD).jws.digest


def test_the_proof_says_for_which_matter_which_query_and_which_request_it_is() -> None:
    assert parse(shown().text).binding | {"sd_hash": ""} == {
        "iat": NOW, "aud": COUNTER, "nonce": ASKED.nonce, "sd_hash": "",
        "scenario": "renewal", "query": "licence", "request": base64url(ASKED.digest),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (lambda: shown(audience="urn:certx:counter:500000:other"), Reason.KEY_BINDING_AUDIENCE_WRONG),
        (lambda: shown(nonce="an older one"), Reason.KEY_BINDING_NONCE_WRONG),
        (lambda: shown(by=OTHER), Reason.KEY_BINDING_SIGNATURE_WRONG),
        (lambda: shown(at=NOW - 301), Reason.KEY_BINDING_TOO_OLD),
        (lambda: shown(at=NOW + 301), Reason.KEY_BINDING_IN_FUTURE),
        (lambda: shown(request=bytes(32)), Reason.REQUEST_OF_ANOTHER),
        (lambda: shown(scenario="another"), Reason.REQUEST_OF_ANOTHER),
    ],
    ids=["audience", "old nonce", "wrong key", "older than the request", "from the future", "request", "matter"],
)
def test_what_is_bound_to_something_else_is_invalid(made: Any, reason: Reason) -> None:
    verdict = judged(made().text)
    assert (verdict.outcome, verdict.deciding and verdict.deciding.reason) == (Outcome.INVALID, reason)
    assert verdict.licence is None


def test_a_request_that_is_over_has_no_answer() -> None:
    text = shown().text
    assert judged(text, now=ASKED.expires - 1, expectation=expected(max_age=900)).outcome is Outcome.ACCEPTED
    late = judged(text, now=ASKED.expires, expectation=expected(max_age=900))
    assert world.decision(late) == (Outcome.INVALID, Reason.REQUEST_EXPIRED, "request")


def test_a_proof_that_was_taken_away_is_missed_and_a_copy_of_the_licence_is_no_answer() -> None:
    text = shown().text
    bare = text[: text.rindex("~") + 1]
    assert world.decision(judged(bare)) == (Outcome.INVALID, Reason.KEY_BINDING_MISSING, "key-binding")
    assert world.decision(judged(CARD))[0] is Outcome.INVALID


def test_a_claim_that_is_taken_away_breaks_the_proof() -> None:
    text = shown(more=("vehicleClasses",)).text
    first, *claims, proof = text.split("~")
    assert world.decision(judged("~".join([first, *claims[1:], proof]))) == (
        Outcome.INVALID, Reason.KEY_BINDING_HASH_WRONG, "key-binding",
    )  # fmt: skip


def test_where_the_matter_needs_no_proof_none_is_missed_and_the_verdict_says_so() -> None:
    text = shown(held(None), matter=scenario(holderBinding=False)).text
    assert text.endswith("~")
    verdict = judged(text, holderBinding=False)
    assert verdict.outcome is Outcome.ACCEPTED
    assert world.finding_of(verdict, "key-binding").reason is Reason.HOLDER_NOT_PROVEN


def test_a_proof_that_is_there_counts_also_where_none_is_needed() -> None:
    verdict = judged(shown(by=OTHER).text, holderBinding=False)
    assert world.decision(verdict) == (Outcome.INVALID, Reason.KEY_BINDING_SIGNATURE_WRONG, "key-binding")


def test_a_wallet_that_knows_no_requests_of_ours_binds_to_audience_and_nonce() -> None:
    bare = shown().text
    bare = bind(bare[: bare.rindex("~") + 1], HOLDER, audience=COUNTER, nonce=ASKED.nonce, issued_at=NOW)
    assert judged(bare).outcome is Outcome.ACCEPTED


def test_what_the_matter_may_not_ask_for_is_named_by_path_and_not_passed_on() -> None:
    text = bind(CARD, HOLDER, audience=COUNTER, nonce=ASKED.nonce, issued_at=NOW)
    verdict = judged(text)
    finding = world.finding_of(verdict, "extent")
    assert (verdict.outcome, finding.reason) == (Outcome.ACCEPTED, Reason.OVER_DISCLOSED)
    assert "birthDate" in str(finding.params["names"])
    assert "vehicleClasses" not in str(finding.params["names"])
    assert verdict.licence is not None
    claims = verdict.licence.claims
    assert "birthDate" not in claims
    assert claims["fileNumber"] == parse(CARD).claims["fileNumber"]
    assert claims["vehicleClasses"] == parse(CARD).claims["vehicleClasses"]
    assert claims["certificateName"]


def test_of_an_array_whose_elements_the_matter_may_not_ask_for_nothing_is_passed_on() -> None:
    text = bind(CARD, HOLDER, audience=COUNTER, nonce=ASKED.nonce, issued_at=NOW)
    verdict = judged(text, allows=["fileNumber", "holders[*].name"])
    assert "vehicleClasses[*]" in str(world.finding_of(verdict, "extent").params["names"])
    assert verdict.licence is not None
    assert verdict.licence.claims["vehicleClasses"] == []


def test_what_the_matter_needs_and_was_not_shown_is_named() -> None:
    asked_less = scenario(requires=["fileNumber"])
    verdict = judged(shown(matter=asked_less).text)
    assert world.decision(verdict) == (Outcome.NOT_ACCEPTABLE, Reason.CLAIM_MISSING, "scenario")
    assert world.finding_of(verdict, "scenario").params["name"] == "holders[*].name"


def test_each_of_several_answers_the_query_that_its_holder_named() -> None:
    offers = choose([CARD, held(None)], scenario(TWO))
    assert [offer.query.id for offer in offers] == ["first", "second"]
    purpose = Purpose(COUNTER, ASKED.nonce, "two", ASKED.digest)
    first, second = answer(offers, purpose, lambda _: HOLDER, issued_at=NOW)
    for made in (first, second):
        for given in {made.query, None if made is first else made.query}:
            verdict = judged(made.text, expectation=expected(scenario="two", query=given))
            assert verdict.outcome is Outcome.ACCEPTED, made.query
            assert verdict.presented is not None
            assert verdict.presented.query == made.query
    moved = judged(first.text, expectation=expected(scenario="two", query="second"))
    assert world.decision(moved) == (Outcome.INVALID, Reason.REQUEST_OF_ANOTHER, "request")


@pytest.mark.parametrize("named", ["third", "", "FIRST", 7, ["first"], {"first": 1}, True])
def test_an_answer_to_what_nobody_asked_is_no_answer(named: Any) -> None:
    bare = shown().text
    bare = bare[: bare.rindex("~") + 1]
    bound = bind(bare, HOLDER, audience=COUNTER, nonce=ASKED.nonce, issued_at=NOW, more={"query": named})
    for matter in ("two", "renewal"):
        verdict = judged(bound, expectation=expected(scenario=matter))
        assert world.decision(verdict) == (Outcome.NOT_ACCEPTABLE, Reason.SCENARIO_QUERY_UNKNOWN, "scenario")
    unbound = bind(bare, HOLDER, audience=COUNTER, nonce=ASKED.nonce, issued_at=NOW)
    if isinstance(named, str):
        verdict = judged(unbound, expectation=expected(scenario="two", query=named))
        assert world.decision(verdict) == (Outcome.NOT_ACCEPTABLE, Reason.SCENARIO_QUERY_UNKNOWN, "scenario")


def test_an_answer_is_held_against_the_query_that_it_names_and_no_other() -> None:
    types = [{**row, "types": [name]} for row, name in zip(TWO["credentials"], ["driving-licence", "x"], strict=True)]
    text = bind(select(CARD, [("fileNumber",)]), HOLDER, audience=COUNTER, nonce=ASKED.nonce, issued_at=NOW)
    given = expected(scenario="two", query="second")
    verdict = world.verify(text, expectation=given, scenarios={"two": scenario(TWO, credentials=types)})
    assert world.decision(verdict) == (Outcome.NOT_ACCEPTABLE, Reason.SCENARIO_TYPE, "scenario")
    assert world.finding_of(verdict, "scenario").params["types"] == "x"


def test_a_wallet_says_by_its_set_which_query_each_answers() -> None:
    bare = choose([CARD], scenario(TWO), queries=["second"])[0].presentation
    text = bind(bare, HOLDER, audience=COUNTER, nonce=ASKED.nonce, issued_at=NOW)
    found = read(json.dumps({"second": [text]}, indent=2).encode())
    assert [(carried.query, carried.text) for carried in found] == [("second", text)]
    (verdict,) = verify_each(
        [text], replace(world.WORLD, scenarios={"two": scenario(TWO)}),
        now=world.NOW, expectation=expected(scenario="two"), queries=["second"],
    )  # fmt: skip
    assert isinstance(verdict, Verdict)
    assert verdict.presented is not None
    assert verdict.presented.query == "second"


@pytest.mark.parametrize(
    "text", ['{"first": ["eyJa.b.c~", "eyJd.e.f~"]}', '{"first": ["eyJa.b.c~"], "first": ["eyJd.e.f~"]}']
)
def test_a_set_that_answers_a_query_twice_is_refused_whole(text: str) -> None:
    (found,) = read(text.encode())
    assert found.error is not None
    assert found.error.reason is Reason.UNREADABLE_ANSWER_TWICE


@pytest.mark.parametrize("text", ['{"first": "eyJ"}', '{"first": [1]}', '{"first": []}', '{"a": ["x"], "b": 1}'])
def test_what_is_no_set_of_answers_is_one_unreadable_input(text: str) -> None:
    (found,) = read(text.encode())
    assert found.error is not None
    assert found.error.reason is Reason.UNREADABLE_NOT_A_CREDENTIAL


def test_a_credential_is_offered_for_the_query_that_was_chosen_for_it() -> None:
    (offer,) = choose([CARD], scenario(TWO), queries=["second"])
    assert offer.query.id == "second"


def test_what_fits_nothing_is_told_before_anything_is_shown() -> None:
    with pytest.raises(UsageError, match="present-fits-nothing"):
        choose([world.issue()], scenario())
    with pytest.raises(UsageError, match="present-fits-nothing"):
        choose([CARD, CARD], scenario())
    with pytest.raises(UsageError, match="present-query"):
        choose([CARD], scenario(), queries=["third"])
    with pytest.raises(CredentialError) as caught:
        choose([CARD], scenario(requires=["colour"], allows=["colour"]))
    assert caught.value.reason is Reason.CLAIM_MISSING


def test_more_is_shown_if_the_matter_allows_it_and_the_holder_wants_to() -> None:
    shown_too = disclosed_in(parse(shown(more=("vehicleClasses",)).text))
    assert ("vehicleClasses", 0) in shown_too
    assert ("vehicleClasses", 0) not in disclosed_in(parse(shown().text))
    with pytest.raises(RefusedError, match="present-not-allowed"):
        shown(more=("birthDate",))


def test_a_holder_who_has_not_the_key_of_the_credential_cannot_present_it() -> None:
    offers = choose([CARD], scenario())
    purpose = Purpose(COUNTER, "n", "renewal")
    with pytest.raises(KeyFailureError, match="present-other-key"):
        list(answer(offers, purpose, {OTHER.kid: OTHER}.get, issued_at=NOW))
    with pytest.raises(KeyFailureError, match="present-no-key"):
        list(answer(choose([held(None)], scenario()), purpose, lambda _: HOLDER, issued_at=NOW))
    (bare,) = answer(choose([CARD], scenario(holderBinding=False)), purpose, {}.get, issued_at=NOW)
    assert bare.text.endswith("~")


# The counter that asks.


def registry(
    *, state: State = State.ACTIVE, counter: str = COUNTER, region: State = State.ACTIVE,
    begins: int = NOW - 9, since: int | None = None,
) -> Registry:  # fmt: skip
    key = ListedKey(COUNTER_KEY.kid, COUNTER_KEY.public_jwk, begins, state=state, since=since)
    counters = {counter: Counter(counter, {"zh": "大厅", "en": "Hall"}, {key.kid: key})}
    regions = [
        Region(world.CHONGQING, {}, {}, region, counters=counters), Region(world.SICHUAN, {}, {}, counters=counters)
    ]  # fmt: skip
    return make_registry("7", regions, signed_at=world.NOW)


def test_a_request_is_believed_if_its_region_lists_counter_and_key() -> None:
    found = read_request(ASKED.text)
    assert found == ASKED
    listed = believe_request(found, registry(), world.NOW)
    assert (listed.region.code, listed.counter.id) == (world.CHONGQING, COUNTER)


@pytest.mark.parametrize(
    ("asked", "listed", "code"),
    [
        (ASKED, registry(counter=counter_id(world.CHONGQING, "other")), "request-unlisted"),
        (ASKED, registry(region=State.SUSPENDED), "request-unlisted"),
        (request(OTHER), registry(), "request-unlisted"),
        (request(counter="urn:certx:counter:500000"), registry(), "request-unlisted"),
        (request(counter=counter_id("330000", "hall")), registry(counter=counter_id("330000", "hall")),
         "request-unlisted"),
        (ASKED, registry(state=State.SUSPENDED), "request-key"),
        (ASKED, registry(state=State.COMPROMISED), "request-key"),
        (ASKED, registry(state=State.RETIRED), "request-key"),
        (ASKED, registry(begins=NOW + 60), "request-key"),
        (request(begins=NOW - 60), registry(begins=NOW - 30), "request-key"),
        (request(begins=NOW - 60), registry(begins=0, state=State.RETIRED, since=NOW - 30), "request-key"),
        (request(begins=NOW - 900), registry(begins=0), "request-over"),
        (request(begins=NOW + 301), registry(), "request-times"),
        (request(minutes=1_441), registry(), "request-times"),
        (request(minutes=-10, begins=NOW + 200), registry(), "request-over"),
    ],
)  # fmt: skip
def test_a_request_that_no_listed_counter_made_now_is_refused(asked: Request, listed: Registry, code: str) -> None:
    with pytest.raises(RefusedError) as caught:
        believe_request(read_request(asked.text), listed, world.NOW)
    assert caught.value.code == code


def test_a_request_that_was_altered_or_signed_by_another_under_its_name_is_refused() -> None:
    head, body, _signature = ASKED.text.split(".")
    forged = request(OTHER).text.rpartition(".")[2]
    with pytest.raises(RefusedError, match="request-signature"):
        believe_request(read_request(f"{head}.{body}.{forged}"), registry(), world.NOW)


@pytest.mark.parametrize("text", ["", "x", "eyJ.e30.x", CARD.partition("~")[0], "eyJ" * 20_000])
def test_what_is_no_request_is_told(text: str) -> None:
    with pytest.raises(DocumentError, match="request-form"):
        read_request(text)


def test_a_request_has_room_in_a_code_on_a_screen() -> None:
    assert len(ASKED.text) < 600
