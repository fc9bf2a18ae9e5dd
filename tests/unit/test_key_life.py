"""The life of a listed key: what a step writes, what it refuses, and what it would do to licences."""

import json
from collections.abc import Callable, Mapping
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from certx.app.trust.denying import Change, add_denial, lift_denial, overlay_of
from certx.app.trust.founding import Keeper
from certx.app.trust.key_life import add_key, change_key, find_key, rotate_key
from certx.app.trust.review.folder import review_trust
from certx.errors import DocumentError, UsageError
from certx.i18n import Words
from certx.keys import Signer, new_signer
from certx.licence.model import day_starts_at, time_text
from certx.reason import Outcome, Reason
from certx.render.key_life import change_lines, change_object
from certx.trust.lifecycle import KeyPurpose, compromise, new_row, reinstate, retire, rotate, suspend
from certx.trust.region_document import read_region
from certx.trust.registry import State
from certx.trust.rehearsal import KeyEffects, rehearse
from world import CREDIT_CODE, ISSUER, KEY, SICHUAN, STATUS_KEY, TYPES, issue, verify

NOW = float(day_starts_at("2026-11-23"))
START, THEN, LATER = (float(day_starts_at(day)) for day in ("2020-01-01", "2026-06-01", "2027-06-01"))
LOG = new_signer("Ed25519")
SPARE = new_signer("Ed25519")
Step = Callable[[Mapping[str, Any]], dict[str, Any]]

ROTATE: Step = lambda row: rotate(row, LATER, NOW)  # noqa: E731 - rows of a table
RETIRE: Step = lambda row: retire(row, THEN, NOW)  # noqa: E731
SUSPEND: Step = lambda row: suspend(row, THEN, NOW, "why")  # noqa: E731
REINSTATE: Step = lambda row: reinstate(row, NOW)  # noqa: E731
COMPROMISE: Step = lambda row: compromise(row, THEN, NOW, "why")  # noqa: E731
STEPS = {"rotate": ROTATE, "retire": RETIRE, "suspend": SUSPEND, "reinstate": REINSTATE, "compromise": COMPROMISE}


def row_of(signer: Signer = KEY) -> dict[str, Any]:
    return new_row({**signer.public_jwk, "kid": signer.kid}, time_text(START), NOW)


def document_of(*rows: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    issuer = {
        "id": ISSUER, "name": {"zh": "示例局", "en": "bureau"}, "creditCode": CREDIT_CODE, "area": "510100",
        "types": list(TYPES), "keys": list(rows), **more,
    }  # fmt: skip
    return {"region": SICHUAN, "name": {"zh": "四川省", "en": "Sichuan"}, "issuers": [issuer]}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source" / SICHUAN / "keys.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(document_of(row_of(), statusKeys=[row_of(STATUS_KEY)])))
    return tmp_path / "source"


def keys_json(source: Path) -> Any:
    return json.loads((source / SICHUAN / "keys.json").read_bytes())


FITTING = {
    State.ACTIVE: {"rotate", "retire", "suspend", "compromise"},
    State.RETIRED: {"suspend", "compromise"},
    State.SUSPENDED: {"rotate", "reinstate", "compromise"},
    State.COMPROMISED: set[str](),
}


@pytest.mark.parametrize(("state", "name"), list(product(FITTING, STEPS)))
def test_each_state_takes_the_steps_that_fit_and_refuses_the_others(state: State, name: str) -> None:
    row = row_of() if state is State.ACTIVE else {**row_of(), "state": state.value, "since": time_text(THEN)}
    if name in FITTING[state]:
        changed = STEPS[name](row)
        assert changed["history"][:-1] == row["history"]
        assert list(changed) == [member for member in ORDER if member in changed]
        read_region(document_of(changed))
    else:
        with pytest.raises(UsageError):
            STEPS[name](row)


ORDER = ("kid", "jwk", "from", "to", "state", "since", "types", "history")


def test_a_step_tells_what_why_and_since_when() -> None:
    row = reinstate(suspend(row_of(), THEN, NOW, "  inquiry 17 "), NOW + 60, "nothing found")
    assert row["history"] == [
        {"at": time_text(NOW), "what": "added"},
        {"at": time_text(NOW), "what": "suspended", "since": time_text(THEN), "why": "inquiry 17"},
        {"at": time_text(NOW + 60), "what": "reinstated", "why": "nothing found"},
    ]
    assert (row["state"], "since" in row) == ("active", False)


def test_what_was_retired_stays_so_through_an_inquiry() -> None:
    row = reinstate(suspend(retire(row_of(), THEN, NOW), NOW, NOW, "why"), NOW)
    key = read_region(document_of(row)).issuers[ISSUER].keys[KEY.kid]
    assert (key.state, key.is_in_use_at(THEN - 1), key.is_in_use_at(THEN)) == (State.ACTIVE, True, False)


def test_an_end_that_is_to_come_is_no_state_yet_and_is_never_put_off() -> None:
    row = retire(rotate(row_of(), THEN + 1, NOW), LATER, NOW)
    assert (row["state"], row["to"]) == ("active", time_text(THEN + 1))


def test_a_compromise_moves_back_only() -> None:
    row = COMPROMISE(row_of())
    assert compromise(row, THEN - 1, NOW, "earlier")["since"] == time_text(THEN - 1)
    assert compromise(row, None, NOW, "unknown")["since"] == time_text(START)
    for later in (THEN, THEN + 1):
        with pytest.raises(UsageError, match="key-life"):
            compromise(row, later, NOW, "later")


@pytest.mark.parametrize("why", ["", "  ", "two\nlines", "x" * 401, "bell\a"])
def test_a_reason_that_nobody_can_read_is_none(why: str) -> None:
    for take in (suspend, compromise):
        with pytest.raises(UsageError, match="why-form"):
            take(row_of(), THEN, NOW, why)


@pytest.mark.parametrize("take", [suspend, compromise])
def test_nothing_begins_in_the_future(take: Callable[..., object]) -> None:
    with pytest.raises(UsageError, match="since-future"):
        take(row_of(), NOW + 1, NOW, "why")


# --- in the source


@pytest.mark.parametrize(
    ("signer", "use", "code"),
    [
        (KEY, KeyPurpose.LICENCES, "registry-key-twice"), (KEY, KeyPurpose.STATUS, "registry-key-twice"),
        (STATUS_KEY, KeyPurpose.LICENCES, "registry-key-twice"),
        (new_signer("ES256"), KeyPurpose.LOG, "trust-log-key"),
    ],
)  # fmt: skip
def test_a_key_is_listed_once_and_for_what_it_can_do(source: Path, signer: Signer, use: KeyPurpose, code: str) -> None:
    before = keys_json(source)
    with pytest.raises(UsageError) as caught:
        add_key(source, CREDIT_CODE, Keeper("x", signer.public_jwk), time_text(NOW), use=use, now=NOW)
    assert caught.value.code == code
    assert keys_json(source) == before


def test_what_the_commands_write_passes_the_review(source: Path) -> None:
    add_key(source, CREDIT_CODE, Keeper("log", LOG.public_jwk), time_text(NOW), use=KeyPurpose.LOG, now=NOW)
    place = find_key(source, KEY.kid[:8], source)
    keeper = Keeper("spare", SPARE.public_jwk)
    rotate_key(source, place, keeper, at=NOW, overlap_days=30, now=NOW, uses=None, dry=False)
    for reference, take in ((KEY.kid, SUSPEND), (LOG.kid, RETIRE), (STATUS_KEY.kid, COMPROMISE)):
        change_key(source, find_key(source, reference, source), take, None, dry=False)
    assert {problem.code for problem in review_trust(source).problems} == set()
    issuer = read_region(keys_json(source)).issuers[ISSUER]
    assert issuer.keys[KEY.kid].valid_to == NOW + 30 * 86_400
    assert (set(issuer.log_keys), issuer.keys[SPARE.kid].valid_from) == ({LOG.kid}, NOW)


@pytest.mark.parametrize(
    "event", [{"what": "added"}, {"at": "today", "what": "added"}, {"at": time_text(NOW), "what": "blessed"}, 7]
)
def test_a_history_that_says_nothing_is_a_finding(source: Path, event: object) -> None:
    document = keys_json(source)
    document["issuers"][0]["keys"][0]["history"] = [event]
    (source / SICHUAN / "keys.json").write_text(json.dumps(document))
    assert any(".history" in problem.at for problem in review_trust(source).problems)


def test_a_new_key_is_as_narrow_as_the_old_one(source: Path) -> None:
    document = keys_json(source)
    document["issuers"][0]["keys"][0]["types"] = ["business-licence"]
    (source / SICHUAN / "keys.json").write_text(json.dumps(document))
    place, keeper = find_key(source, KEY.kid, source), Keeper("spare", SPARE.public_jwk)
    rotate_key(source, place, keeper, at=NOW, overlap_days=0, now=NOW, uses=None, dry=False)
    issuer = read_region(keys_json(source)).issuers[ISSUER]
    assert issuer.keys[SPARE.kid].types == {"business-licence"}


def test_an_overlap_that_is_over_is_refused(source: Path) -> None:
    before, place = keys_json(source), find_key(source, KEY.kid, source)
    keeper = Keeper("spare", SPARE.public_jwk)
    with pytest.raises(UsageError, match="rotation-past"):
        rotate_key(source, place, keeper, at=NOW - 86_401, overlap_days=1, now=NOW, uses=None, dry=False)
    assert keys_json(source) == before


@pytest.mark.parametrize("reference", ["", KEY.kid[:7], "nobody", "A" * 43], ids=["nothing", "short", "name", "kid"])
def test_a_key_that_nobody_lists_is_not_guessed(source: Path, reference: str) -> None:
    with pytest.raises(UsageError, match="key-nowhere"):
        find_key(source, reference, source)


# --- the overlay keeps the form that people gave it


HAND_MADE = """{ "denials" : [
  {"region": "500000",
   "reason": "a ] and a } in a text"} ,
  {"issuer": "%s"},
  {"region": "530000", "note-": [1, 2]}
] }
"""


def write_overlay(source: Path, text: str) -> Path:
    path = source / "federation" / "suspensions.json"
    path.parent.mkdir()
    path.write_text(text)
    return path


def test_a_row_comes_and_goes_and_the_rest_stays_as_it_was(source: Path) -> None:
    path = write_overlay(source, HAND_MADE % "other")
    deny_key(source)
    text = path.read_text()
    assert text.startswith((HAND_MADE % "other").rstrip("\n} ]"))
    assert overlay_of(source).denials[-1].name == KEY.kid
    lift_denial(source, "key", KEY.kid)
    assert path.read_text() == HAND_MADE % "other"


@pytest.mark.parametrize("text", ['{"denials": []}', '{"denials":[\n]}', '{\n  "denials": []\n}\n'])
def test_the_first_row_and_the_last(source: Path, text: str) -> None:
    path = write_overlay(source, text)
    deny_key(source)
    (row,) = json.loads(path.read_text())["denials"]
    assert row == {"key": KEY.kid, "state": "suspended", "since": time_text(NOW), "reason": "inquiry"}
    lift_denial(source, "key", KEY.kid)
    assert json.loads(path.read_text()) == {"denials": []}


def test_an_overlay_with_two_lists_is_not_written(source: Path) -> None:
    text = '{"denials": [], "denials": []}'
    path = write_overlay(source, text)
    with pytest.raises(DocumentError, match="trust-member-twice"):
        deny_key(source)
    assert path.read_text() == text


@pytest.mark.parametrize("place", [0, 1, 2])
def test_any_row_is_taken_out(source: Path, place: int) -> None:
    rows = [{"region": "500000"}, {"region": "530000"}]
    rows.insert(place, {"issuer": CREDIT_CODE})
    path = write_overlay(source, json.dumps({"denials": rows}))
    lift_denial(source, "issuer", ISSUER)  # whichever of its names was written
    assert json.loads(path.read_text())["denials"] == [{"region": "500000"}, {"region": "530000"}]


def test_a_row_may_say_more(source: Path) -> None:
    head = {"size": 3, "root": "A" * 43}
    add_denial(
        source, "key", KEY.kid, state=State.COMPROMISED, since=THEN, why="theft", now=NOW, more={"checkpoint": head}
    )
    assert json.loads(overlay_of(source).text)["denials"][0]["checkpoint"] == head
    assert {problem.code for problem in review_trust(source).problems} == set()


def test_nothing_is_weakened_or_said_twice(source: Path) -> None:
    deny_key(source)
    with pytest.raises(UsageError, match="denied-already"):
        deny_key(source)
    deny_key(source, state=State.COMPROMISED, since=THEN)
    for state, since in ((State.SUSPENDED, NOW), (State.COMPROMISED, THEN), (State.COMPROMISED, THEN + 1)):
        with pytest.raises(UsageError, match="denied-already"):
            deny_key(source, state=state, since=since)
    deny_key(source, state=State.COMPROMISED, since=THEN - 1)
    (denial,) = overlay_of(source).denials
    assert (denial.state, denial.since) == (State.COMPROMISED, THEN - 1)
    with pytest.raises(UsageError, match="denial-stays"):
        lift_denial(source, "key", KEY.kid)


PIN = {"size": 3, "root": "A" * 43, "at": time_text(THEN - 10)}


def deny_with_pin(source: Path) -> None:
    add_denial(
        source, "key", KEY.kid, state=State.COMPROMISED, since=THEN, why="theft", now=NOW, more={"checkpoint": PIN}
    )


@pytest.mark.parametrize(("since", "unproven"), [(THEN - 9, 0), (THEN - 10, 3), (THEN - 11, 3)])
def test_an_earlier_theft_keeps_the_proof_of_before_or_says_that_it_is_lost(
    source: Path, since: float, unproven: int
) -> None:
    deny_with_pin(source)
    for dry in (True, False):
        change = add_denial(
            source, "key", KEY.kid, state=State.COMPROMISED, since=since, why="earlier", now=NOW, dry=dry
        )
        (found,) = change.effects
        assert found.unproven == unproven
        for lang, lost in (("zh", "证明将失效"), ("en", "proofs are LOST")):
            assert (lost in "\n".join(change_lines(change, Words(lang)))) is bool(unproven)
        assert json.loads(change_object(change))["keys"][0]["unproven"] == unproven
    (row,) = json.loads(overlay_of(source).text)["denials"]
    assert row.get("checkpoint") == (None if unproven else PIN)


def test_a_new_checkpoint_takes_the_place_of_the_one_before(source: Path) -> None:
    deny_with_pin(source)
    other = PIN | {"size": 2, "at": time_text(THEN - 20)}
    (found,) = add_denial(
        source, "key", KEY.kid, state=State.COMPROMISED, since=THEN - 9, why="earlier", now=NOW,
        more={"checkpoint": other},
    ).effects  # fmt: skip
    assert found.unproven == 1
    assert json.loads(overlay_of(source).text)["denials"][0]["checkpoint"] == other


@pytest.mark.parametrize(("since", "unproven"), [(THEN - 9, 0), (THEN - 10, 3)])
def test_the_regions_own_earlier_record_says_when_proofs_are_lost(source: Path, since: float, unproven: int) -> None:
    deny_with_pin(source)
    place = find_key(source, KEY.kid, source)
    change = change_key(source, place, lambda row: compromise(row, since, NOW, "theft"), None, dry=True)
    assert [row.unproven for row in change.effects] == [unproven]


def test_a_misspelt_member_of_a_checkpoint_is_told(source: Path) -> None:
    bad = {"size": 3, "root": "A" * 43, "att": time_text(THEN - 10)}
    add_denial(
        source, "key", KEY.kid, state=State.COMPROMISED, since=THEN, why="theft", now=NOW, more={"checkpoint": bad}
    )
    assert [(p.code, p.at) for p in review_trust(source).obstacles] == [
        ("trust-member-unknown", "denials[0].checkpoint.att")
    ]


def deny_key(source: Path, *, state: State = State.SUSPENDED, since: float = NOW) -> tuple[KeyEffects, ...]:
    return add_denial(source, "key", KEY.kid, state=state, since=since, why="inquiry", now=NOW).effects


# --- the rehearsal


class Known(NamedTuple):
    kid: str | None
    live: int
    newest: int


class Ledger:
    """Times at which licences were issued, by key."""

    def __init__(self, **issued: list[float]) -> None:
        self._issued = {KEY.kid: issued["key"], "gone": issued.get("gone", []), None: issued.get("unknown", [])}

    def uses(self, credit_code: str) -> list[Known]:
        assert credit_code == CREDIT_CODE
        return [Known(kid, len(times), int(max(times))) for kid, times in self._issued.items() if times]

    def live_since(self, credit_code: str, kid: str, at: int) -> int:
        assert credit_code == CREDIT_CODE
        return sum(moment >= at for moment in self._issued.get(kid, ()))


LEDGER = Ledger(key=[THEN - 2, THEN - 1, THEN, THEN + 1, THEN + 2], gone=[START])


def effects_of(take: Step, *, before: Step = dict, signer: Signer = KEY, ledger: Ledger = LEDGER) -> KeyEffects:
    """What a step does to one key."""
    rows = {KEY.kid: row_of(), STATUS_KEY.kid: row_of(STATUS_KEY)}
    rows[signer.kid] = before(rows[signer.kid])
    worlds = [read_region(document_of(rows[KEY.kid], statusKeys=[rows[STATUS_KEY.kid]]))]
    rows[signer.kid] = take(rows[signer.kid])
    worlds.append(read_region(document_of(rows[KEY.kid], statusKeys=[rows[STATUS_KEY.kid]])))
    (found,) = rehearse(worlds[0], worlds[1], ledger)
    assert (found.region, found.issuer, found.kid) == (SICHUAN, ISSUER, signer.kid)
    return found


def test_a_rehearsal_counts_what_would_stop_to_verify_and_what_needs_a_receipt() -> None:
    found = effects_of(COMPROMISE)
    assert (found.live, found.newest) == (5, THEN + 2)
    assert [tuple(effect) for effect in found.effects] == [
        (Outcome.UNDETERMINED, Reason.KEY_COMPROMISED_LATER, START, THEN, 2),
        (Outcome.INVALID, Reason.KEY_COMPROMISED, THEN, None, 3),
    ]


def test_a_rehearsal_says_of_how_many_licences_the_key_is_not_known() -> None:
    old = Ledger(key=[THEN], unknown=[START, START + 1])
    found = effects_of(COMPROMISE, ledger=old)
    assert (found.live, found.unknown) == (1, 2)
    said = list(
        change_lines(Change(Path("keys.json"), written=False, role="region-510000", effects=(found,)), Words("en"))
    )
    assert any("2 more were issued before the ledger noted keys" in line for line in said)
    assert any("INVALID (at least 1 live licence(s))" in line for line in said)
    assert effects_of(COMPROMISE).unknown == 0
    status_key = effects_of(COMPROMISE, signer=STATUS_KEY, ledger=old)
    assert (status_key.live, status_key.unknown) == (3, 0)  # all of the issuer's rest on its lists
    nothing_else = effects_of(COMPROMISE, ledger=Ledger(key=[], unknown=[START]))
    assert (nothing_else.live, nothing_else.unknown) == (0, 1)


def test_a_rehearsal_of_the_other_steps() -> None:
    assert [tuple(e) for e in effects_of(RETIRE).effects] == [
        (Outcome.INVALID, Reason.KEY_OUTSIDE_WINDOW, THEN, None, 3)
    ]
    assert [tuple(e) for e in effects_of(SUSPEND).effects] == [
        (Outcome.UNDETERMINED, Reason.KEY_SUSPENDED, 0.0, None, 5)  # an inquiry comes before the key's window
    ]
    assert [tuple(e) for e in effects_of(REINSTATE, before=SUSPEND).effects] == [
        (Outcome.INVALID, Reason.KEY_OUTSIDE_WINDOW, 0.0, START, 0),
        (Outcome.ACCEPTED, None, START, None, 5),
    ]
    assert [tuple(e) for e in effects_of(ROTATE).effects] == [
        (Outcome.INVALID, Reason.KEY_OUTSIDE_WINDOW, LATER, None, 0)
    ]


def test_all_licences_rest_on_a_status_key() -> None:
    found = effects_of(COMPROMISE, signer=STATUS_KEY)
    assert (found.use, found.live) == (KeyPurpose.STATUS, 6)
    assert [tuple(e) for e in found.effects] == [(Outcome.UNDETERMINED, Reason.STATUS_KEY_NOT_IN_USE, START, None, 6)]


def test_what_changes_nothing_has_no_effects(source: Path) -> None:
    region = read_region(keys_json(source))
    assert rehearse(region, region, LEDGER) == []


def test_without_a_ledger_the_numbers_are_not_known(source: Path) -> None:
    (found,) = deny_key(source)
    assert (found.live, found.newest, found.effects[0].live) == (None, None, None)


@pytest.mark.parametrize("take", STEPS.values(), ids=STEPS)
@pytest.mark.parametrize("before", [dict, RETIRE, SUSPEND], ids=["active", "retired", "suspended"])
def test_a_rehearsal_says_what_the_verdict_will_be(before: Step, take: Step) -> None:
    """At each moment at which a licence may have been signed, the real verdict is the one that was told."""
    try:
        row = take(before(row_of()))
    except UsageError:
        return
    found = effects_of(take, before=before) if row_matters(before, row) else None
    key = read_region(document_of(row)).issuers[ISSUER].keys[KEY.kid]
    old = read_region(document_of(before(row_of()))).issuers[ISSUER].keys[KEY.kid]
    for moment in (START, THEN - 1, THEN, NOW - 10):
        credential = issue(issued_at=moment)
        told = {
            effect.outcome
            for effect in (found.effects if found is not None else ())
            if effect.since <= moment and (effect.until is None or moment < effect.until)
        }
        outcomes = [
            verify(
                credential, now=NOW, key_state=listed.state, key_since=listed.since, key_from=listed.valid_from,
                key_to=listed.valid_to,
            ).outcome
            for listed in (old, key)
        ]  # fmt: skip
        assert told <= {outcomes[1]}
        assert told or outcomes[0] is outcomes[1]


def row_matters(before: Step, row: Mapping[str, Any]) -> bool:
    """Does a step change anything that verifiers look at?"""
    members = ("state", "since", "to")
    return [before(row_of()).get(name) for name in members] != [row.get(name) for name in members]
