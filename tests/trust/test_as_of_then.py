"""`--at`: the verdict of an earlier time, by the generation that was in force then; and which generations are kept."""

import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from certx.errors import DocumentError
from certx.i18n import Words
from certx.reason import Outcome, Reason, Result
from certx.status.constants import REVOKED, SUPERSEDED, SUSPENDED
from certx.trust.chain import ISSUED
from certx.trust.generations import Generations
from certx.trust.kept import DAYS, generation_at
from certx.trust.staging import KEPT, put_object, stage, switch
from certx.verdict import Verdict
from trust.realm import DAY, NOW, ONLINE, REGION, Realm
from world import CHONGQING, ISSUER, KEY, SICHUAN, STATUS_URI, decision, finding_of, forge, issue

THEN: Final = NOW - 2 * DAY
CREDENTIAL = issue(issued_at=NOW - 4 * DAY)
LISTED = forge(iat=int(NOW - 4 * DAY), status={"status_list": {"idx": 5, "uri": STATUS_URI}})


@pytest.fixture
def realm(tmp_path: Path) -> Realm:
    """A realm that was founded three days ago, and synced then."""
    realm = Realm.founded(tmp_path / "realm", now=NOW - 3 * DAY)
    realm.sync(now=NOW - 3 * DAY)
    return realm


def move_on(realm: Realm, now: float) -> None:
    realm.publish(now=now)
    assert realm.sync(now=now).is_new


def params_of(verdict: Verdict) -> Any:
    assert verdict.deciding is not None
    return verdict.deciding.params


def test_what_was_revoked_later_was_good_then(realm: Realm) -> None:
    realm.list_statuses({}, issued_at=NOW - 3 * DAY)
    move_on(realm, NOW - 3 * DAY + 60)
    realm.list_statuses({5: REVOKED}, issued_at=NOW - DAY)
    move_on(realm, NOW - DAY)
    assert decision(realm.verify(LISTED)) == (Outcome.INVALID, Reason.REVOKED, "status")
    then = realm.verify_as_of(LISTED, THEN)
    assert (decision(then)[0], then.historical, then.checked_at) == (Outcome.ACCEPTED, True, THEN)
    assert then.status_signed_at == int(NOW - 3 * DAY)
    assert then.registry is not None
    assert then.registry.version == "2"
    assert then.registry.signed_at == int(NOW - 3 * DAY + 60)
    ended = finding_of(then, "hindsight")
    assert (ended.result, ended.reason, ended.params) == (Result.WARNED, Reason.LATER_ENDED, {"what": "revoked"})
    later = realm.verify_as_of(LISTED, NOW - DAY + 1)
    assert decision(later) == (Outcome.INVALID, Reason.REVOKED, "status")


@pytest.mark.parametrize(("value", "what"), [(SUSPENDED, "suspended"), (SUPERSEDED, "superseded")])
def test_what_became_of_the_licence_since_is_told(realm: Realm, value: int, what: str) -> None:
    realm.list_statuses({}, issued_at=NOW - 3 * DAY)
    move_on(realm, NOW - 3 * DAY + 60)
    then = realm.verify_as_of(LISTED, THEN)
    assert finding_of(then, "hindsight").result is Result.PASSED
    realm.list_statuses({5: value}, issued_at=NOW - DAY)
    move_on(realm, NOW - DAY)
    then = realm.verify_as_of(LISTED, THEN)
    assert then.outcome is Outcome.ACCEPTED
    assert finding_of(then, "hindsight").params == {"what": what}


def test_if_todays_list_is_gone_that_is_told(realm: Realm) -> None:
    realm.list_statuses({}, issued_at=NOW - 3 * DAY)
    move_on(realm, NOW - 3 * DAY + 60)
    for path in (realm.source / SICHUAN / "status").iterdir():
        path.unlink()
    move_on(realm, NOW - DAY)
    then = realm.verify_as_of(LISTED, THEN)
    finding = finding_of(then, "hindsight")
    assert (then.outcome, finding.result, finding.reason) == (
        Outcome.ACCEPTED, Result.WARNED, Reason.LATER_STATUS_UNKNOWN,
    )  # fmt: skip


@pytest.mark.parametrize("status", [7, "x", [], {"status_list": 7}])
def test_a_status_that_has_not_its_form_says_nothing_of_later(realm: Realm, status: object) -> None:
    then = realm.verify_as_of(forge(iat=int(NOW - 4 * DAY), status=status), THEN)
    finding = finding_of(then, "hindsight")
    assert (then.outcome, finding.reason) == (Outcome.INVALID, Reason.LATER_STATUS_UNKNOWN)


def test_a_verdict_of_today_is_not_historical_and_looks_at_nothing_else(realm: Realm) -> None:
    verdict = realm.verify(CREDENTIAL)
    assert (verdict.outcome, verdict.historical) == (Outcome.ACCEPTED, False)
    assert "hindsight" not in {finding.check for finding in verdict.findings}


def test_agreements_and_denials_are_those_of_then(realm: Realm) -> None:
    realm.deny({"region": SICHUAN})
    move_on(realm, NOW - DAY)
    (realm.source / CHONGQING / "agreements" / "agr-500000-510000-1.json").unlink()
    realm.deny()
    move_on(realm, NOW - 60)
    assert decision(realm.verify(CREDENTIAL))[1] is Reason.AGREEMENT_NOT_MUTUAL
    assert realm.verify_as_of(CREDENTIAL, THEN).outcome is Outcome.ACCEPTED
    assert decision(realm.verify_as_of(CREDENTIAL, NOW - DAY + 60))[:2] == (
        Outcome.UNDETERMINED, Reason.REGION_SUSPENDED,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("denial", "name", "state"),
    [
        ({"key": KEY.kid, "state": "compromised", "since": "2020-01-01T00:00:00+08:00"}, KEY.kid, "compromised"),
        ({"issuer": ISSUER}, ISSUER, "suspended"),
        ({"region": SICHUAN}, SICHUAN, "suspended"),
    ],
    ids=["key", "issuer", "region"],
)
def test_what_was_denied_later_is_told(realm: Realm, denial: dict[str, str], name: str, state: str) -> None:
    realm.deny(denial)
    move_on(realm, NOW - DAY)
    assert realm.verify(CREDENTIAL).outcome is not Outcome.ACCEPTED
    then = realm.verify_as_of(CREDENTIAL, THEN)
    finding = finding_of(then, "hindsight")
    assert (then.outcome, finding.result, finding.reason) == (Outcome.ACCEPTED, Result.WARNED, Reason.LATER_DENIED)
    assert finding.params == {"name": name, "state": state}


def test_a_key_that_was_dropped_later_is_told(realm: Realm) -> None:
    realm.list_issuer(ONLINE[0])
    move_on(realm, NOW - DAY)
    then = realm.verify_as_of(CREDENTIAL, THEN)
    assert (then.outcome, finding_of(then, "hindsight").reason) == (Outcome.ACCEPTED, Reason.LATER_NOT_LISTED)


def test_if_todays_registry_is_damaged_that_is_told(realm: Realm) -> None:
    move_on(realm, NOW - DAY)
    damage(realm.home / "registry" / "generations" / "00000002" / "snapshot.json")
    then = realm.verify_as_of(CREDENTIAL, NOW - 3 * DAY)
    assert decision(then)[:2] == (Outcome.UNDETERMINED, Reason.PAST_UNAVAILABLE)  # it might have been in force
    move_on(realm, NOW - 60)
    for path in (realm.home / "registry" / "generations" / "00000003").glob("region-*.json"):
        damage(path)
    then = realm.verify_as_of(CREDENTIAL, NOW - 3 * DAY)
    assert decision(then)[:2] == (Outcome.UNDETERMINED, Reason.PAST_UNAVAILABLE)
    shutil.rmtree(realm.home / "registry" / "generations" / "00000002")
    then = realm.verify_as_of(CREDENTIAL, NOW - 3 * DAY)
    assert (then.outcome, finding_of(then, "hindsight").reason) == (Outcome.ACCEPTED, Reason.LATER_UNKNOWN)


def damage(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9] + b"tampered!")


def test_before_the_first_generation_nothing_can_be_told(realm: Realm) -> None:
    verdict = realm.verify_as_of(CREDENTIAL, NOW - 3 * DAY - 60)
    assert decision(verdict) == (Outcome.UNDETERMINED, Reason.PAST_UNAVAILABLE, "registry")
    assert params_of(verdict) == {
        "defect": "past-none", "since": int(NOW - 3 * DAY), "checked_at": NOW - 3 * DAY - 60,
    }  # fmt: skip
    assert (verdict.historical, verdict.licence) == (True, None)


def test_a_generation_is_in_force_from_the_second_in_which_it_was_signed(realm: Realm) -> None:
    signed_at = float(int(NOW - 3 * DAY))
    assert realm.verify_as_of(CREDENTIAL, signed_at).outcome is Outcome.ACCEPTED
    assert decision(realm.verify_as_of(CREDENTIAL, signed_at - 1))[1] is Reason.PAST_UNAVAILABLE


def test_a_machine_that_never_synced_cannot_tell(tmp_path: Path, first_realm: Realm) -> None:
    realm = first_realm.copied(tmp_path / "other")
    realm.init()
    verdict = realm.verify_as_of(CREDENTIAL, THEN)
    assert decision(verdict) == (Outcome.UNDETERMINED, Reason.PAST_UNAVAILABLE, "registry")
    assert params_of(verdict)["defect"] == "registry-not-synced"


def test_freshness_is_judged_at_that_time(realm: Realm) -> None:
    late = realm.verify_as_of(CREDENTIAL, NOW + 5 * DAY)
    assert decision(late)[0] is Outcome.ACCEPTED
    assert finding_of(late, "freshness").reason is Reason.REGISTRY_STALE
    too_late = realm.verify_as_of(CREDENTIAL, NOW + 12 * DAY)
    assert decision(too_late)[:2] == (Outcome.UNDETERMINED, Reason.REGISTRY_EXPIRED)


def test_a_licence_that_did_not_exist_then(realm: Realm) -> None:
    verdict = realm.verify_as_of(issue(issued_at=NOW - DAY), THEN)
    assert decision(verdict) == (Outcome.UNDETERMINED, Reason.ISSUED_LATER, "validity")
    later = realm.verify_as_of(forge(iat=int(NOW - DAY), nbf=int(NOW - DAY)), THEN)
    assert decision(later) == (Outcome.UNDETERMINED, Reason.ISSUED_LATER, "validity")
    not_begun = realm.verify_as_of(forge(iat=int(NOW - 4 * DAY), nbf=int(NOW - DAY)), THEN)
    assert decision(not_begun) == (Outcome.INVALID, Reason.NOT_YET_VALID, "validity")


def test_an_older_generation_in_use_is_older_than_what_was_seen_only_for_today(realm: Realm) -> None:
    move_on(realm, NOW - DAY)
    pointer = realm.home / "registry" / "current"
    pointer.write_text(json.dumps({**json.loads(pointer.read_bytes()), "generation": "00000001"}))
    assert params_of(realm.verify(CREDENTIAL))["defect"] == "registry-older"
    assert realm.verify_as_of(CREDENTIAL, THEN).outcome is Outcome.ACCEPTED


def test_a_damaged_pointer_is_told_as_such_and_a_sync_mends_it(realm: Realm) -> None:
    realm.sync()
    (realm.home / "registry" / "current").write_bytes(b"{")
    verdict = realm.verify_as_of(CREDENTIAL, THEN)
    assert decision(verdict) == (Outcome.UNDETERMINED, Reason.REGISTRY_UNREADABLE, "registry")
    assert params_of(verdict)["defect"] == "pointer-damaged"
    assert "certx sync" in Words("en").reason(finding_of(verdict, "registry"))[1]
    realm.sync()
    assert realm.verify_as_of(CREDENTIAL, THEN).outcome is Outcome.ACCEPTED


# --- an attacker of the disk


def restamp(path: Path, moment: str) -> None:
    document = json.loads(path.read_bytes())
    document["signed"][ISSUED] = moment
    path.write_text(json.dumps(document))


def test_a_generation_that_only_says_that_it_is_later_is_not_passed_over(realm: Realm) -> None:
    """The key was suspended two days ago; the generation that says so is made to look later."""
    realm.list_issuer(state="suspended", since="2020-01-01T00:00:00+08:00")
    move_on(realm, THEN)
    move_on(realm, NOW - DAY)
    generations = realm.home / "registry" / "generations"
    at = THEN + 3_600
    assert decision(realm.verify_as_of(CREDENTIAL, at))[:2] == (Outcome.UNDETERMINED, Reason.KEY_SUSPENDED)
    good = (generations / "00000002" / "timestamp.json").read_bytes()
    for way in ("restamped", "garbage", "missing", "no time"):
        stamp = generations / "00000002" / "timestamp.json"
        stamp.write_bytes(good)
        match way:
            case "restamped":
                restamp(stamp, "2099-01-01T00:00:00Z")
            case "garbage":
                stamp.write_bytes(b"[]")
            case "missing":
                stamp.unlink()
            case _:
                restamp(stamp, "yesterday")
        verdict = realm.verify_as_of(CREDENTIAL, at)
        assert decision(verdict) == (Outcome.UNDETERMINED, Reason.PAST_UNAVAILABLE, "registry"), way
        assert params_of(verdict) == {"defect": "past-damaged", "generation": "00000002", "checked_at": at}


def test_a_planted_generation_is_believed_by_nobody(realm: Realm) -> None:
    """Signed by stolen online keys alone, it says that an unknown key was listed then."""
    thief = realm.copied(realm.folder.parent / "thief")
    thief.forge(f"region-{SICHUAN}", signers=REGION[CHONGQING])
    thief.forge("timestamp", lambda s: s.unrecognized_fields.update({ISSUED: "2026-01-01T00:00:00Z"}), ONLINE)
    generations = Generations(realm.home / "registry")
    move_on(realm, NOW - DAY)
    shutil.rmtree(generations.folder / "generations" / "00000001")
    planted = stage(generations, thief.served(), ())
    planted.folder.replace(generations.folder / "generations" / "00000001")
    verdict = realm.verify_as_of(CREDENTIAL, THEN)
    assert (verdict.outcome, verdict.licence) == (Outcome.UNDETERMINED, None)
    assert decision(verdict)[1] is Reason.REGION_UNREADABLE


@pytest.mark.parametrize("file", ["timestamp.json", "snapshot.json", "targets.json", f"region-{SICHUAN}.json"])
def test_a_damaged_generation_answers_nothing(realm: Realm, file: str) -> None:
    move_on(realm, NOW - DAY)
    damage(realm.home / "registry" / "generations" / "00000001" / file)
    verdict = realm.verify_as_of(CREDENTIAL, THEN)
    assert verdict.outcome is Outcome.UNDETERMINED
    assert decision(verdict)[1] in {Reason.PAST_UNAVAILABLE, Reason.REGION_UNREADABLE}
    assert realm.verify(CREDENTIAL).outcome is Outcome.ACCEPTED


def test_what_is_newer_than_the_one_in_use_is_not_looked_at(realm: Realm) -> None:
    shutil.copytree(*(realm.home / "registry" / "generations" / f"{n:08d}" for n in (1, 2)))
    (realm.home / "registry" / "generations" / "00000002" / "timestamp.json").unlink()
    assert realm.verify_as_of(CREDENTIAL, THEN).outcome is Outcome.ACCEPTED


# --- which are kept

NOON: Final = 1_790_000_000 // DAY * DAY + 4 * 3_600  # noon in China


def text_of(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def keep(generations: Generations, moment: float, *, settled: bool = True) -> str:
    """One more generation, signed at that time; all of them are made to look as old as a wrong clock may make them."""
    stamp = {"signed": {ISSUED: text_of(moment)}, "signatures": []}
    put_object(generations, f"{moment:064.0f}", b"x")
    staged = stage(generations, {"timestamp.json": json.dumps(stamp).encode()}, [f"{moment:064.0f}"])
    name = switch(generations, staged, moment).name
    if settled:
        for path in (generations.folder / "generations").iterdir():
            stat = path.stat()
            os.utime(path, (stat.st_atime, stat.st_mtime - 2 * DAY))
    return name


def test_the_last_generation_of_each_day_is_kept_for_some_weeks(tmp_path: Path) -> None:
    generations = Generations(tmp_path)
    named = {keep(generations, moment): moment for moment in hourly(days=60)}
    left = [named[name] for name in generations.names()]
    last = max(named.values())
    by_day = {moment // DAY: moment for moment in named.values()}
    wanted = {moment for day, moment in by_day.items() if moment > last - DAYS * DAY}
    assert wanted <= set(left)
    assert DAYS <= len(left) <= DAYS + KEPT + 2
    held = {digest for name in generations.names() for digest in generations.generation(name).objects()}
    assert {path.name for path in generations.objects.iterdir()} == held


def test_of_a_day_of_which_only_the_last_is_kept_the_hours_before_are_not_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("certx.trust.kept._is_proven", lambda *_: True)  # signatures are looked at elsewhere
    generations = Generations(tmp_path)
    evening, morning, next_evening = NOON - 14 * 3_600, NOON - 3 * 3_600, NOON + 6 * 3_600
    named = {moment: keep(generations, float(moment)) for moment in (evening, morning, next_evening)}
    newest = [keep(generations, float(NOON + day * DAY)) for day in range(1, 8)][-1]
    assert named[evening] in generations.names()
    assert named[morning] not in generations.names()

    def then(at: float) -> str:
        return generation_at(generations, b"", at, newest=newest).name

    assert then(morning - 1) == named[evening]
    assert then(next_evening) == named[next_evening]
    for at in (morning, NOON, next_evening - 1):
        with pytest.raises(DocumentError) as caught:
            then(at)
        assert (caught.value.code, caught.value.params) == ("past-swept", {"since": morning, "until": next_evening})
    (generations.folder / "generations" / named[evening] / "until").unlink()
    with pytest.raises(DocumentError) as caught:
        then(morning - 1)  # kept by an earlier certx, which noted nothing
    assert caught.value.code == "past-swept"


def hourly(*, days: int) -> list[float]:
    """Four syncs on each day, whose hours are days of China as well as of UTC."""
    return [float(NOON + day * DAY + hour * 3_600) for day in range(days) for hour in (0, 1, 2, 3)]


def test_nothing_goes_that_may_still_be_read(tmp_path: Path) -> None:
    generations = Generations(tmp_path)
    for number in range(12):
        keep(generations, NOON + number * 60, settled=False)
    assert len(generations.names()) == 12


def test_a_generation_whose_time_cannot_be_read_stays_as_long_as_its_neighbour(tmp_path: Path) -> None:
    generations = Generations(tmp_path)
    first = [keep(generations, moment) for moment in hourly(days=1)]
    broken = first[1]
    (generations.folder / "generations" / broken / "timestamp.json").unlink()
    for moment in hourly(days=20)[4:]:
        keep(generations, moment)
    assert broken in generations.names()
    assert first[0] not in generations.names()
    for moment in hourly(days=60)[80:]:
        keep(generations, moment)
    assert broken not in generations.names()
