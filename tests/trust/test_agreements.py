"""Agreements and scenarios from a signed registry: what a counter says after a publication and a sync."""

from pathlib import Path
from typing import Any

import pytest

from certx.app.machine.shipped import schemas
from certx.app.recognition.agreements import adopt, agreements_in_use, withdraw
from certx.app.registry.sources import LocalSources
from certx.evidence import Expectation
from certx.reason import Outcome, Reason
from certx.recognition.standing import State
from certx.trust.roles import region_role
from certx.verdict import Verdict
from certx.verify import verify
from trust.realm import AGREEMENT_DOCUMENT, NOW, REGION, Realm, write
from world import CHONGQING, SICHUAN, decision, issue

GOOD = issue("driving-licence", issued_at=NOW - 60)
ID = str(AGREEMENT_DOCUMENT["id"])
SCENARIO: dict[str, Any] = {
    "id": "renewal", "version": 1, "name": {"zh": "换证"}, "matter": "x", "types": ["driving-licence"],
    "holderBinding": False,
    "requires": ["fileNumber"],
}  # fmt: skip


def states(realm: Realm) -> list[State]:
    return [standing.state for standing in agreements_in_use(realm.settings, now=NOW)]


def test_what_one_side_withdraws_ends_with_the_next_sync(realm: Realm) -> None:
    realm.sync()
    assert (realm.verify(GOOD).outcome, states(realm)) == (Outcome.ACCEPTED, [State.IN_FORCE])
    withdraw(ID, SICHUAN, realm.source, why="x", now=NOW)
    realm.publish()
    realm.sync()
    assert decision(realm.verify(GOOD))[:2] == (Outcome.NOT_ACCEPTABLE, Reason.AGREEMENT_WITHDRAWN)
    assert states(realm) == [State.WITHDRAWN]


def test_the_stolen_keys_of_the_other_side_cannot_revive_it(realm: Realm) -> None:
    text = (realm.source / CHONGQING / "agreements" / f"{ID}.json").read_bytes()
    withdraw(ID, SICHUAN, realm.source, why="x", now=NOW)
    realm.publish()
    names = (f"regions/{CHONGQING}/agreements/{ID}.json", f"regions/{CHONGQING}/agreements/again.json")
    realm.forge(region_role(CHONGQING), signers=REGION[CHONGQING], lists=dict.fromkeys(names, text))
    realm.sync()
    assert decision(realm.verify(GOOD))[1] is Reason.AGREEMENT_WITHDRAWN


def test_the_file_listed_again_by_the_side_that_withdrew_it_revives_nothing(realm: Realm) -> None:
    text = (realm.source / SICHUAN / "agreements" / f"{ID}.json").read_bytes()
    withdraw(ID, SICHUAN, realm.source, why="x", now=NOW)
    realm.publish()
    lists = {f"regions/{SICHUAN}/agreements/{ID}.json": text}
    realm.forge(region_role(SICHUAN), signers=REGION[SICHUAN], lists=lists)
    realm.sync()
    assert decision(realm.verify(GOOD))[1] is Reason.AGREEMENT_WITHDRAWN


def test_a_text_that_both_adopt_comes_into_force_when_the_second_publishes(realm: Realm, tmp_path: Path) -> None:
    document = {**AGREEMENT_DOCUMENT, "id": "agr-new", "types": ["identity-card"], "supersedes": [ID]}
    write(tmp_path / "new.json", document)
    expected = {SICHUAN: Outcome.ACCEPTED, CHONGQING: Outcome.NOT_ACCEPTABLE}
    for code, outcome in expected.items():
        adopt(tmp_path / "new.json", code, realm.source, schemas())
        realm.publish()
        realm.sync()
        assert realm.verify(GOOD).outcome is outcome, code
    assert decision(realm.verify(GOOD))[1] is Reason.AGREEMENT_SUPERSEDED


def test_a_scenario_of_the_catalogue_serves_every_region(realm: Realm) -> None:
    write(realm.source / "catalogue" / "scenario-renewal.json", SCENARIO)
    realm.publish()
    realm.sync()
    verdict = judged(realm, "renewal")
    assert (verdict.outcome, verdict.scenario) == (Outcome.ACCEPTED, "renewal")


@pytest.mark.parametrize("asked", ["renewal", "unheard-of"])
def test_the_scenario_of_the_accepting_region_is_asked(realm: Realm, asked: str) -> None:
    write(realm.source / CHONGQING / "scenarios" / "renewal.json", SCENARIO)
    realm.publish()
    realm.sync()
    verdict = judged(realm, asked)
    known = asked == "renewal"
    assert verdict.outcome is (Outcome.ACCEPTED if known else Outcome.UNDETERMINED)
    assert verdict.scenario == asked


def judged(realm: Realm, scenario: str) -> Verdict:
    return verify(GOOD, LocalSources(realm.settings, now=NOW), now=NOW, expectation=Expectation(scenario=scenario))
