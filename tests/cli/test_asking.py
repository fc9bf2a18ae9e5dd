"""A counter that asks: what it takes as the answer, how often, from how many processes, in each of its forms."""

import json
import shutil
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

import world
from certx.app.carrier.symbol_drawing import draw
from certx.app.counter.session import Counter
from certx.app.machine.clock import now
from certx.app.recognition.presenting import Wanted, prepare
from certx.app.recognition.requests import Asking, ask, asking_counter
from certx.app.registry.sources import LocalSources
from certx.app.trust.founding import Keeper, add_counter
from certx.app.trust.key_life import add_key
from certx.app.verifying.desk import Desk, Order
from certx.app.verifying.expecting import expected_answer
from certx.app.verifying.inputs import open_inputs
from certx.carrier.symbols import write as write_symbols
from certx.cli.counter_plain import run_plain
from certx.credential.parse import parse
from certx.credential.present import bind, select
from certx.errors import RefusedError, UsageError
from certx.evidence import Expectation
from certx.i18n import Words
from certx.issue import IssuePlan
from certx.keys import new_signer
from certx.keys.pem import write_private_key
from certx.licence.model import day_of, time_text
from certx.present import answer
from certx.recognition.request import make_request, read_request
from certx.settings import Settings, load_settings
from certx.trust.lifecycle import KeyPurpose
from certx.tui.request_panel import code_lines
from cli.runner import Session
from cli.test_counter import on_screen
from cli.test_json import validator
from cli.test_terminal import at_a_terminal

HALL: Final = new_signer("ES256")
HOLDER: Final = new_signer("ES256")
HALL_ID: Final = "urn:certx:counter:500000:hall"
SCENARIO: Final = {
    "id": "renewal", "version": 1, "name": {"zh": "换证"}, "matter": "换证", "types": ["driving-licence"],
    "requires": ["fileNumber"],
}  # fmt: skip


class Town(NamedTuple):
    """A counter that may ask, and the licence of a holder."""

    settings: Settings
    asking: Asking
    card: str

    def request(self, **more: Any) -> str:
        return ask(self.settings, "renewal", self.asking, now=now(), **more)[0].text

    def answer(self, request: str) -> str:
        """What the holder makes of a request; each time other bytes."""
        sources = LocalSources(self.settings, now=now())
        found = prepare([self.card], Wanted(request), sources, now=now())
        (made,) = answer(found.offers, found.purpose, {HOLDER.kid: HOLDER}.get, issued_at=int(now()))
        return made.text


@pytest.fixture
def asking(town: Path, tmp_path: Path) -> Town:
    home = tmp_path / "home"
    shutil.copytree(town / "registry", home / "registry")
    (home / "certx.toml").write_text(f'region = "{world.CHONGQING}"\nregistry = "registry"\n')
    registry = home / "registry"
    _path, hall = add_counter(registry, world.CHONGQING, "hall", name={"zh": "大厅", "en": "Hall"})
    key = Keeper("hall-1", HALL.public_jwk)
    add_key(registry, hall, key, time_text(now() - 60), use=KeyPurpose.REQUESTS, now=now())
    issuer = new_signer("ES256")
    code = world.CREDIT_CODE
    add_key(registry, code, Keeper("samr-2", issuer.public_jwk), time_text(now() - 60), now=now())
    folder = registry / world.CHONGQING / "scenarios"
    folder.mkdir(exist_ok=True)
    (folder / "renewal.json").write_text(json.dumps(SCENARIO))
    settings = load_settings({"CERTX_HOME": str(home)})
    card = _issue(settings, issuer)
    return Town(settings, asking_counter(settings, "hall", HALL), card)


def _issue(settings: Settings, issuer: Any) -> str:
    registry = LocalSources(settings, now=now()).registry
    assert registry is not None
    body = registry.issuer_named(world.CREDIT_CODE)
    context = world.WORLD.context._replace(today=day_of(now()))
    schema = world.require(world.CATALOGUE, "driving-licence")
    plan = IssuePlan(schema, body, issuer, salts=world.random_salts(), context=context)
    row = {**world.full_row("driving-licence"), "holderKey": HOLDER.public_jwk}
    draft = plan.draft(row, serial="TEST0001", issued_at=int(now()))
    return plan.sign(draft, licence_id=draft.licence_id, issued_at=int(now())).credential


def verified(settings: Settings, text: str, request: str, *, is_past: bool = False) -> dict[str, Any]:
    """What `certx verify --request` makes of a text."""
    moment = now()
    expectation = expected_answer(settings, request, Expectation(), now=moment)
    order = Order(settings, moment, expectation=expectation, is_past=is_past)
    found: dict[str, Any] = json.loads(Desk(order).together([*open_inputs([text])]).output)
    return found


def reason_of(found: dict[str, Any], check: str) -> str | None:
    return next(finding["reason"] for finding in found["findings"] if finding["check"] == check)


def test_an_answer_counts_once_and_the_same_bytes_again_come_out_the_same(asking: Town) -> None:
    request = asking.request()
    text = asking.answer(request)
    first, again = (verified(asking.settings, text, request) for _ in range(2))
    assert (first["outcome"], reason_of(first, "replay")) == ("accepted", None)
    assert (again["outcome"], reason_of(again, "replay")) == ("accepted", "seen-before")
    assert first["licence"] == again["licence"]
    other = verified(asking.settings, asking.answer(request), request)
    assert (other["outcome"], other["reason"], other["licence"]) == ("invalid", "answered-before", None)


def _verify_at_once(settings: Settings, text: str, request: str) -> str:
    outcome: str = verified(settings, text, request)["outcome"]
    return outcome


def test_of_two_processes_with_two_answers_exactly_one_accepts(asking: Town) -> None:
    request = asking.request()
    texts = [asking.answer(request) for _ in range(4)]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(_verify_at_once, asking.settings, text, request) for text in texts]
        outcomes = sorted(job.result() for job in jobs)
    assert outcomes == ["accepted", "invalid", "invalid", "invalid"]


def test_what_was_not_accepted_uses_up_nothing(asking: Town) -> None:
    request = asking.request()
    text = asking.answer(request)
    broken = f"{text[:-6]}{'A' if text[-6] != 'A' else 'B'}{text[-5:]}"
    assert verified(asking.settings, broken, request)["outcome"] == "invalid"
    assert verified(asking.settings, text, request)["outcome"] == "accepted"


def test_a_bad_answer_beside_a_good_one_does_not_take_its_place(asking: Town, tmp_path: Path) -> None:
    request = asking.request()
    text = asking.answer(request)
    late = select(asking.card, [("fileNumber",)])
    made_for = expected_answer(asking.settings, request, Expectation(), now=now())
    assert made_for.nonce is not None
    old = bind(late, HOLDER, audience=HALL_ID, nonce=made_for.nonce, issued_at=int(now()) - 900)
    (tmp_path / "both.txt").write_text(f"{old}\n{text}\n")
    order = Order(asking.settings, now(), expectation=made_for)
    lines = Desk(order).together([*open_inputs([str(tmp_path / "both.txt")])]).output.splitlines()
    assert [(found["outcome"], found["reason"]) for found in map(json.loads, lines)] == [
        ("invalid", "key-binding-too-old"), ("accepted", None),
    ]  # fmt: skip


def test_a_request_that_only_has_the_nonce_of_ours_is_not_ours(asking: Town) -> None:
    ours = read_request(asking.request())
    forged = make_request(ours, new_signer("ES256"))
    with pytest.raises(UsageError, match="request-not-ours"):
        expected_answer(asking.settings, forged.text, Expectation(), now=now())


def test_a_request_of_another_machine_cannot_be_verified_here(asking: Town, tmp_path: Path) -> None:
    request = asking.request()
    other = asking.settings._replace(home=tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="request-not-ours"):
        verified(other, asking.answer(request), request)


def test_a_request_and_another_matter_do_not_go_together(asking: Town) -> None:
    request = asking.request()
    for given in (Expectation(scenario="other"), Expectation(audience="other"), Expectation(nonce="other")):
        with pytest.raises(UsageError, match="options-apart"):
            expected_answer(asking.settings, request, given, now=now())


def test_a_nonce_and_another_matter_are_named_as_they_were_given(asking: Town) -> None:
    whole = expected_answer(asking.settings, asking.request(), Expectation(), now=1.0)
    with pytest.raises(UsageError) as told:
        expected_answer(asking.settings, None, Expectation(nonce=whole.nonce, scenario="other"), now=1.0)
    assert told.value.params == {"first": "--nonce", "second": "--scenario"}


def test_the_nonce_of_a_request_stands_for_it(asking: Town) -> None:
    request = asking.request()
    whole = expected_answer(asking.settings, request, Expectation(), now=1.0)
    assert whole.nonce is not None
    assert expected_answer(asking.settings, None, Expectation(nonce=whole.nonce), now=1.0) == whole
    unknown = expected_answer(asking.settings, None, Expectation(nonce="of a portal"), now=1.0)
    assert (unknown.asked, unknown.max_age) == (None, 600)


def test_an_answer_must_not_be_older_than_the_request(asking: Town) -> None:
    made = read_request(asking.request())
    for seconds in (0, 60, 500):
        expected = expected_answer(asking.settings, made.text, Expectation(), now=made.issued_at + seconds)
        assert expected.max_age == seconds + 300


def test_a_request_is_read_from_a_picture_of_its_code(asking: Town, tmp_path: Path) -> None:
    request = asking.request()
    (tmp_path / "request.png").write_bytes(draw(request))
    text = asking.answer(str(tmp_path / "request.png"))
    assert verified(asking.settings, text, str(tmp_path / "request.png"))["outcome"] == "accepted"


def test_a_request_says_in_dcql_what_it_asks_for_if_a_wallet_is_to_read_it(asking: Town) -> None:
    plain, full = asking.request(), asking.request(for_wallets=True)
    assert len(plain) < 600 < len(full)
    assert verified(asking.settings, asking.answer(full), full)["outcome"] == "accepted"


def test_a_key_that_the_region_does_not_list_cannot_ask(asking: Town) -> None:
    for named in (None, "hall", "other"):
        with pytest.raises(UsageError):
            asking_counter(asking.settings, named, HOLDER)


def test_a_scan_is_held_against_the_last_request(asking: Town) -> None:
    counter = Counter(asking.settings, scenario="renewal", asking=asking.asking)
    assert outcome(counter, asking.card) == "not-acceptable"  # nobody was asked for a proof
    first = asking.answer(counter.ask(now=now()).text)
    assert [outcome(counter, first), outcome(counter, first)] == ["accepted", "accepted"]
    second = asking.answer(counter.ask(now=now()).text)
    assert [outcome(counter, first), outcome(counter, second)] == ["invalid", "accepted"]
    counter.scenario = "renewal"
    assert counter.request is None
    counter.close(now=now())


def outcome(counter: Counter, text: str) -> str:
    (found,) = counter.scan(text, now=now()).answers  # type: ignore[union-attr]
    assert found.verdict is not None
    return str(found.verdict.outcome)


def test_an_answer_is_judged_by_the_scenario_as_it_was_asked(asking: Town) -> None:
    request = asking.request()
    _publish(asking, {**SCENARIO, "requires": ["fileNumber", "sex"], "version": 2})
    with pytest.raises(RefusedError, match="request-scenario-version"):
        asking.answer(request)
    _publish(asking, SCENARIO)
    text = asking.answer(request)
    _publish(asking, {**SCENARIO, "requires": ["fileNumber", "sex"], "version": 2})
    found = verified(asking.settings, text, request)
    assert (found["outcome"], found["findings"][-4]["params"]) == ("accepted", {"scenario": "renewal", "version": 1})
    _publish(asking, SCENARIO)
    counter = Counter(asking.settings, scenario="renewal", asking=asking.asking)
    text = asking.answer(counter.ask(now=now()).text)
    _publish(asking, {**SCENARIO, "requires": ["fileNumber", "sex"], "version": 2})
    assert scanned(counter, text, later=61) == [("accepted", None)]
    counter.close(now=now())


def test_a_scenario_of_the_same_version_and_another_text_is_another(asking: Town) -> None:
    request = asking.request()
    _publish(asking, {**SCENARIO, "allows": ["fileNumber", "sex"]})
    with pytest.raises(RefusedError, match="request-scenario-version"):
        asking.answer(request)


def couple(asking: Town) -> tuple[Counter, list[str]]:
    """A counter that asked for two licences, and the answers of their holders to it."""
    queries = [{"id": name, "types": ["driving-licence"], "requires": ["fileNumber"]} for name in ("one", "other")]
    _publish(asking, {**_HEAD, "id": "couple", "credentials": queries})
    issuer = new_signer("ES256")
    add_key(asking.settings.home / "registry", world.CREDIT_CODE, Keeper("samr-3", issuer.public_jwk),
            time_text(now() - 60), now=now())  # fmt: skip
    counter = Counter(asking.settings, scenario="couple", asking=asking.asking)
    request = counter.ask(now=now()).text
    cards = {"one": asking.card, "other": _issue(asking.settings, issuer)}
    return counter, [_part(asking, card, request, query) for query, card in cards.items()]


def _part(asking: Town, card: str, request: str, query: str) -> str:
    found = prepare([card], Wanted(request, queries=[query]), LocalSources(asking.settings, now=now()), now=now())
    (made,) = answer(found.offers, found.purpose, {HOLDER.kid: HOLDER}.get, issued_at=int(now()))
    return made.text


_HEAD: Final = {"version": 1, "name": {"zh": "换证"}, "matter": "换证"}


def _publish(asking: Town, document: dict[str, Any]) -> None:
    folder = asking.settings.home / "registry" / world.CHONGQING / "scenarios"
    (folder / f"{document['id']}.json").write_text(json.dumps(document))


def scanned(counter: Counter, text: str, *, later: float = 0) -> list[tuple[str, str | None]]:
    found = counter.scan(text, now=now() + later)
    verdicts = [one.verdict for one in found.answers]  # type: ignore[union-attr]
    return [(str(v.outcome), v.deciding and v.deciding.reason) for v in verdicts if v is not None]


INCOMPLETE: Final = ("not-acceptable", "answer-incomplete")


def test_with_the_last_part_all_of_them_are_judged_and_shown(asking: Town) -> None:
    counter, (one, other) = couple(asking)
    assert scanned(counter, one) == [INCOMPLETE]
    assert scanned(counter, "no licence") == []
    assert scanned(counter, one) == [INCOMPLETE], "the same again is one part"
    assert scanned(counter, other) == [("accepted", None)] * 2
    assert scanned(counter, one) == [("accepted", None)], "seen before"
    counter.close(now=now())


def test_a_part_that_is_no_longer_good_when_the_last_one_comes_is_not_accepted(asking: Town) -> None:
    counter, (one, other) = couple(asking)
    assert scanned(counter, one) == [INCOMPLETE]
    listed = asking.settings.home / "registry" / world.SICHUAN / "keys.json"
    document = json.loads(listed.read_bytes())
    (issuer,) = (row for row in document["issuers"] if row["creditCode"] == world.CREDIT_CODE)
    key = next(key for key in issuer["keys"] if key["kid"] == parse(one).jws.header["kid"])
    listed.write_text(json.dumps(document | {"x": key.update(state="suspended")}))
    assert scanned(counter, other, later=61) == [("undetermined", "key-suspended"), INCOMPLETE]
    assert scanned(counter, other, later=61) == [INCOMPLETE], "the first is to be shown again, and waits no longer"
    counter.close(now=now())


def test_an_answer_may_come_as_a_symbol(asking: Town) -> None:
    counter = Counter(asking.settings, scenario="renewal", asking=asking.asking)
    text = asking.answer(counter.ask(now=now()).text)
    *others, last = write_symbols(text, LocalSources(asking.settings, now=now()).dictionary)
    for symbol in others:
        counter.scan(symbol, now=now())
    assert outcome(counter, last) == "accepted"
    counter.close(now=now())


def test_the_plain_counter_writes_a_request_for_a_line_that_asks_for_one(
    asking: Town, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    counter = Counter(asking.settings, scenario="renewal", asking=asking.asking)

    def lines() -> Any:
        yield b"request\n"
        assert counter.request is not None
        yield f"{asking.answer(counter.request.text)}\n".encode()

    run_plain(counter, lines(), Words("en"), as_json=True, is_scanner=False)
    counter.close(now=now())
    request, verdict = map(json.loads, capsysbinary.readouterr().out.splitlines())
    assert (request["scenario"], request["request"]) == ("renewal", counter.request.text if counter.request else "")
    assert verdict["outcome"] == "accepted"


def test_the_screen_shows_a_code_and_takes_the_next_scan_as_the_answer(asking: Town) -> None:
    seen: list[str] = []

    async def act(app: Any, pilot: Any) -> None:
        await pilot.press("f4")
        seen.append(str(app.query_one("#prompt").render()))
        app.session.counter.asking, app.session.counter.scenario = asking.asking, "renewal"
        await pilot.press("f4")
        request = app.session.counter.request
        seen.append(str(app.query_one("#body").render()))
        app._scan(asking.answer(request.text))

    app = on_screen(asking.settings, act, size=(100, 60))
    assert "密钥" in seen[0]
    assert "█▀▀▀▀▀█" in seen[1]
    assert [entry.outcome for entry in app.session.shift] == ["accepted"]


def test_the_screen_says_when_it_is_too_small_for_a_code(asking: Town) -> None:
    seen: list[str] = []

    async def act(app: Any, pilot: Any) -> None:
        app.session.counter.asking, app.session.counter.scenario = asking.asking, "renewal"
        await pilot.press("f4")
        seen.append(str(app.query_one("#body").render()))

    on_screen(asking.settings, act, size=(80, 24))
    assert "放不下" in seen[0]
    assert "eyJ" in seen[0]


@pytest.mark.parametrize(("said", "status"), [("y", 0), ("n", 2), ("", 2)])
def test_the_holder_is_asked_at_a_terminal(asking: Town, said: str, status: int) -> None:
    home = asking.settings.home
    (home / "keys").mkdir()
    (home / "keys" / "mine.pem").write_bytes(write_private_key(HOLDER, b"several words"))
    (home / "keys" / "mine.pem").chmod(0o600)
    for name, text in (("card.txt", asking.card), ("request.txt", asking.request()), ("words", "several words")):
        (home.parent / name).write_text(text)
    command = "certx present card.txt --request request.txt --key mine --passphrase-file words --out answer.txt"
    session = Session(home.parent)
    ended, screen = at_a_terminal(session, command, said)
    assert ended == status
    told = screen.decode()
    assert "Hall" in told
    assert HALL_ID in told
    assert parse(asking.card).claims["fileNumber"] in told
    assert (home.parent / "answer.txt").exists() is (status == 0)


def test_two_rows_of_a_symbol_make_a_line() -> None:
    assert code_lines([b"\0\xff", b"\0\0", b"\xff\0"]) == ["█▄", " ▀"]


def test_what_was_presented_is_told_to_a_script_without_a_value_of_it(asking: Town) -> None:
    home = asking.settings.home
    (home / "keys").mkdir()
    (home / "keys" / "mine.pem").write_bytes(write_private_key(HOLDER, b"several words"))
    (home / "keys" / "mine.pem").chmod(0o600)
    request = asking.request()
    for name, text in (("card.txt", asking.card), ("request.txt", request), ("words", "several words")):
        (home.parent / name).write_text(text)
    session = Session(home.parent)
    command = "certx present card.txt --request request.txt --key mine --passphrase-file words --yes --json"
    result = session.run(command)
    assert result.status == 0, result.stderr
    told = json.loads(result.stdout)
    check = validator("presentation")
    assert [f"{error.json_path}: {error.message}" for error in check.iter_errors(told)] == []
    (row,) = told["presentations"]
    assert (told["audience"], told["region"], told["path"]) == (HALL_ID, world.CHONGQING, None)
    assert (row["disclosed"], row["proven"], row["bytes"]) == (["fileNumber"], True, len(told["answer"]))
    assert row["symbols"]
    claims = parse(asking.card).claims
    assert str(claims["fileNumber"]) not in result.stdout.replace(told["answer"], "")
    assert verified(asking.settings, told["answer"], request)["outcome"] == "accepted"
    filed = json.loads(session.run(f"{command} --out answer.txt").stdout)
    assert list(check.iter_errors(filed)) == []
    assert (filed["path"], filed["answer"]) == ("answer.txt", None)
    assert (home.parent / "answer.txt").read_text().startswith("eyJ")
