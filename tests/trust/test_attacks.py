"""Attacks on a registry (docs/security.md): each in `sync`, and planted on the disk of a counter that reads offline.

Whoever holds some keys, or the web server, changes what is served; the counter keeps what it had, or knows that it
cannot tell. Nothing that an attacker makes is ever accepted.
"""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tuf.api.metadata import DelegatedRole, Metadata

from certx.app.registry.repository import reader
from certx.app.trust.publishing import publish
from certx.errors import CertxError, DocumentError
from certx.keys import Signer
from certx.reason import Outcome, Reason
from certx.trust.ceremony import Ceremony, to_bytes, tuf_key
from certx.trust.chain import ISSUED
from certx.trust.federation import ROLES_FILE, read_federation
from certx.trust.publish import Desk
from trust.realm import (
    ALL,
    DAY,
    FEDERATION,
    NOW,
    ONLINE,
    REGION,
    ROOT,
    STRANGERS,
    Realm,
    keepers,
)
from world import CHONGQING, KEY, SICHUAN, STRANGER, decision, forge, issue

CREDENTIAL = issue(issued_at=NOW - 3_600)
FORGED = forge(signer=STRANGER, iat=int(NOW - 3_600))
"""What a thief signs with a key of their own."""
OURS = f"region-{SICHUAN}"
THEIRS = f"region-{CHONGQING}"


def keys_json(realm: Realm, signer: Signer = STRANGER) -> bytes:
    """Sichuan's keys.json with the thief's key in the place of the issuer's."""
    realm.list_issuer(signer)
    return (realm.source / SICHUAN / "keys.json").read_bytes()


def refused(realm: Realm, code: str, file: str) -> None:
    """The sync ends, naming the file; what was there stays in use, and accepts what it did."""
    before = realm.generation()
    with pytest.raises(CertxError) as caught:
        realm.sync()
    assert (caught.value.code, caught.value.params["file"]) == (code, file)
    assert realm.generation() == before
    assert not list((realm.home / "registry").rglob("*.part"))


def cannot_tell(realm: Realm, *, seen_at: float | None = None) -> str:
    """Planted on disk, it makes every answer undetermined; the code of what is wrong."""
    realm.plant(seen_at=seen_at)
    verdict = realm.verify(CREDENTIAL)
    assert verdict.outcome is Outcome.UNDETERMINED
    assert realm.verify(FORGED).outcome is not Outcome.ACCEPTED
    assert verdict.deciding is not None
    return str(verdict.deciding.params.get("defect", verdict.deciding.reason))


def only_down(realm: Realm, code: str) -> None:
    """One region cannot be relied on, in sync and offline; the others can, and nothing forged is accepted."""
    report = realm.sync()
    assert [(problem.role, problem.error.code) for problem in report.problems] == [(OURS, code)]
    for way, reason in ((lambda: None, Reason.REGION_NOT_HELD), (realm.plant, Reason.REGION_UNREADABLE)):
        way()
        verdict = realm.verify(CREDENTIAL)
        assert decision(verdict) == (Outcome.UNDETERMINED, reason, "issuer")
        assert realm.verify(FORGED).outcome is Outcome.UNDETERMINED
        assert CHONGQING in {code for code in realm.read().registry.regions if realm_reads(realm, code)}


def realm_reads(realm: Realm, code: str) -> bool:
    try:
        return bool(realm.read().registry.regions[code])
    except CertxError:
        return False


# --- the web server


def test_a_mirror_serves_an_old_timestamp(realm: Realm) -> None:
    old = (realm.repository / "metadata" / "timestamp.json").read_bytes()
    realm.publish(now=NOW + 60)
    realm.sync()
    (realm.repository / "metadata" / "timestamp.json").write_bytes(old)
    refused(realm, "sync-rollback", "metadata/timestamp.json")
    assert cannot_tell(realm) == "registry-older"


def test_an_expired_timestamp_is_a_freeze(realm: Realm) -> None:
    realm.sync()
    realm.forge("timestamp", expire(8), ONLINE)
    refused(realm, "sync-expired", "metadata/timestamp.json")
    assert cannot_tell(realm) == "registry-expired"


def expire(days: float) -> Callable[[Any], None]:
    def change(signed: Any) -> None:
        signed.expires = datetime.fromtimestamp(int(NOW - days * DAY), UTC)

    return change


def test_an_old_snapshot_under_the_new_name(realm: Realm) -> None:
    realm.sync()
    old = (realm.repository / "metadata" / "1.snapshot.json").read_bytes()
    realm.list_issuer(to="2030-01-01T00:00:00+08:00")
    realm.publish()
    (realm.repository / "metadata" / "2.snapshot.json").write_bytes(old)
    refused(realm, "tuf-content", "metadata/2.snapshot.json")
    assert cannot_tell(realm) == "tuf-content"


def test_an_old_region_file_under_the_new_name(realm: Realm) -> None:
    realm.sync()
    old = (realm.repository / "metadata" / f"1.{OURS}.json").read_bytes()
    realm.list_issuer(state="suspended", since="2020-01-01T00:00:00+08:00")
    realm.publish()
    (realm.repository / "metadata" / f"2.{OURS}.json").write_bytes(old)
    refused(realm, "tuf-content", f"metadata/2.{OURS}.json")
    assert cannot_tell(realm) == "tuf-content"


def test_a_region_of_another_version_than_a_snapshot_without_hashes_says(realm: Realm) -> None:
    realm.sync()
    realm.forge(OURS, signers=REGION[SICHUAN])
    snapshot = realm.published("snapshot")
    meta = snapshot.signed.meta[f"{OURS}.json"]
    meta.version, meta.length, meta.hashes = 3, None, None
    snapshot.signed.version += 1
    realm.put("snapshot", snapshot, ONLINE)
    realm.stamp(snapshot)
    place = realm.repository / "metadata"
    shutil.copy2(place / f"2.{OURS}.json", place / f"3.{OURS}.json")
    only_down(realm, "tuf-version")


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets", OURS])
def test_truncated_metadata_names_its_file(realm: Realm, role: str) -> None:
    realm.sync()
    realm.list_issuer(to="2030-01-01T00:00:00+08:00")
    realm.forge("targets", signers=FEDERATION)
    realm.publish()
    version = realm.published(role).signed.version
    name = "timestamp.json" if role == "timestamp" else f"{version}.{role}.json"
    path = realm.repository / "metadata" / name
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(CertxError) as caught:
        realm.sync()
    assert caught.value.params["file"] == f"metadata/{name}"
    assert realm.verify(CREDENTIAL).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("size", ["short", "long", "absent", "endless"])
@pytest.mark.parametrize("kind", ["target", "metadata"])
def test_a_file_of_another_length_than_it_must_be(realm: Realm, size: str, kind: str) -> None:
    realm.sync()
    realm.list_issuer(to="2030-01-01T00:00:00+08:00")
    realm.publish()
    folder = realm.repository / ("metadata" if kind == "metadata" else f"targets/regions/{SICHUAN}")
    path = max(folder.glob("2.region-510000.json" if kind == "metadata" else "*keys.json"), key=_changed)
    data = path.read_bytes()
    changed = {"short": data[:-1], "long": data + b" ", "endless": data + b"0" * 10_000_000, "absent": None}[size]
    path.unlink() if changed is None else path.write_bytes(changed)
    code = {"short": "tuf-content", "absent": "sync-not-there"}.get(size, "sync-too-long")
    refused(realm, code, path.relative_to(realm.repository).as_posix())
    assert realm.verify(CREDENTIAL).outcome is Outcome.ACCEPTED


def _changed(path: Path) -> int:
    return path.stat().st_mtime_ns


def test_an_endless_timestamp_ends(realm: Realm) -> None:
    realm.sync()
    with (realm.repository / "metadata" / "timestamp.json").open("ab") as file:
        file.write(b" " * 100_000)
    refused(realm, "sync-too-long", "metadata/timestamp.json")


# --- the stolen publisher: both online keys


def test_a_stolen_publisher_lists_an_older_region(realm: Realm) -> None:
    realm.list_issuer(state="suspended", since="2020-01-01T00:00:00+08:00")
    realm.publish(now=NOW + 60)
    realm.sync()
    realm.vouch({OURS: Metadata.from_file(str(realm.repository / "metadata" / f"1.{OURS}.json"))})
    refused(realm, "sync-rollback", "metadata/3.snapshot.json")
    assert decision(realm.verify(CREDENTIAL))[1] is Reason.KEY_SUSPENDED


def test_a_stolen_publisher_drops_a_region(realm: Realm) -> None:
    realm.sync()
    realm.forge("snapshot", lambda signed: signed.meta.pop(f"{OURS}.json"), ONLINE)
    refused(realm, "sync-unreliable", "metadata/2.snapshot.json")
    assert cannot_tell(realm) == "tuf-not-listed"


@pytest.mark.parametrize("thieves", [STRANGERS, ONLINE, REGION[CHONGQING], REGION[SICHUAN][:1]])
def test_region_metadata_signed_by_others_or_too_few(realm: Realm, thieves: tuple[Signer, ...]) -> None:
    realm.sync()
    realm.forge(OURS, signers=thieves, lists={f"regions/{SICHUAN}/keys.json": keys_json(realm)})
    only_down(realm, "sync-signatures")


def test_a_stolen_publisher_cannot_be_believed_about_the_future(realm: Realm) -> None:
    realm.sync()

    def later(signed: Any) -> None:
        signed.version += 100
        signed.unrecognized_fields[ISSUED] = "2035-01-01T00:00:00Z"
        signed.expires += timedelta(days=3_650)

    realm.forge("timestamp", later, ONLINE)
    with pytest.raises(CertxError) as caught:
        realm.sync()
    assert caught.value.code == "sync-clock"
    assert realm.verify(CREDENTIAL).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("value", [None, "soon", "2026-11-23", 7, "2026-11-23T00:00:00+08:00"])
def test_a_timestamp_that_does_not_say_when_it_was_signed(realm: Realm, value: object) -> None:
    realm.sync()
    realm.forge("timestamp", lambda signed: signed.unrecognized_fields.update({ISSUED: value}), ONLINE)
    refused(realm, "tuf-form", "timestamp.json")


def test_a_fast_forwarded_timestamp_is_stuck_until_the_root_rotates_the_online_keys(realm: Realm) -> None:
    realm.sync()
    realm.forge("timestamp", lambda signed: setattr(signed, "version", 1_000), ONLINE)
    realm.sync()
    shutil.copy2(realm.repository / "metadata" / "timestamp.json", realm.folder / "kept.json")
    honest = realm.published("timestamp")
    honest.signed.version = 2
    realm.put("timestamp", honest, ONLINE)
    refused(realm, "sync-rollback", "metadata/timestamp.json")
    realm.appoint("snapshot", STRANGERS[:1])
    realm.appoint("timestamp", STRANGERS[1:2])
    assert realm.publish((*ALL, *STRANGERS)).version == 3
    assert realm.sync().version == 3
    assert realm.verify(CREDENTIAL).outcome is Outcome.ACCEPTED


# --- a stolen region key


def test_a_region_cannot_speak_for_another(realm: Realm) -> None:
    path = f"regions/{SICHUAN}/keys.json"
    realm.forge(THEIRS, signers=REGION[CHONGQING], lists={path: keys_json(realm)})
    report = realm.sync()
    assert [(problem.role, problem.error.code) for problem in report.problems] == [(THEIRS, "tuf-scope")]
    for way in (lambda: None, realm.plant):
        way()
        assert realm.verify(CREDENTIAL).outcome is Outcome.ACCEPTED
        assert realm.verify(FORGED).outcome is Outcome.INVALID


@pytest.mark.parametrize(
    "path",
    ["regions/500000/../510000/keys.json", "regions/500000/..", "catalogue/limits.json", "regions/500000/a/b.json",
     "regions/500000/.hidden", "federation/suspensions.json", "status/500000/x.jwt", "regions/500000/a b.json"],
)  # fmt: skip
def test_a_region_cannot_place_files_elsewhere(realm: Realm, path: str) -> None:
    realm.forge(THEIRS, signers=REGION[CHONGQING], lists={path: b"{}"})
    report = realm.sync()
    assert [problem.error.code for problem in report.problems] == ["tuf-scope"]
    assert path not in realm.read().files.names("regions/500000")
    assert realm.read().files.read(path) != b"{}"
    assert realm.verify(CREDENTIAL).outcome is Outcome.ACCEPTED


def test_a_region_cannot_put_its_key_in_the_place_of_another_regions_issuer(realm: Realm) -> None:
    data = keys_json(realm).replace(b'"region": "510000"', b'"region": "500000"')
    realm.forge(THEIRS, signers=REGION[CHONGQING], lists={f"regions/{CHONGQING}/keys.json": data})
    realm.sync()
    assert realm.verify(CREDENTIAL).outcome is Outcome.ACCEPTED
    assert realm.verify(FORGED).outcome is Outcome.INVALID


def test_a_region_cannot_be_made_to_accept_by_the_other_alone(realm: Realm) -> None:
    realm.forge(
        THEIRS, lambda signed: [signed.targets.pop(path) for path in list(signed.targets) if "agr" in path],
        REGION[CHONGQING],
    )  # fmt: skip
    realm.sync()
    assert realm.verify(CREDENTIAL).outcome is Outcome.NOT_ACCEPTABLE


def test_within_its_scope_a_stolen_region_wins_until_the_federation_gives_it_new_keys(realm: Realm) -> None:
    realm.sync()
    realm.forge(OURS, signers=REGION[SICHUAN], lists={f"regions/{SICHUAN}/keys.json": keys_json(realm)})
    realm.sync()
    assert realm.verify(FORGED).outcome is Outcome.ACCEPTED
    realm.list_issuer()
    realm.appoint(OURS, STRANGERS)
    assert [row.role for row in realm.publish().pending] == [OURS]  # its new custodians have not signed: held back
    realm.sync()
    assert realm.verify(FORGED).outcome is Outcome.ACCEPTED
    realm.publish(without=[OURS])
    assert [problem.error.code for problem in realm.sync().problems] == ["sync-signatures"]
    assert realm.verify(FORGED).outcome is Outcome.UNDETERMINED
    assert realm.verify(CREDENTIAL).outcome is Outcome.UNDETERMINED
    realm.publish((*ALL, *STRANGERS))
    assert realm.sync().problems == ()
    assert realm.verify(CREDENTIAL).outcome is Outcome.ACCEPTED
    assert realm.verify(FORGED).outcome is Outcome.INVALID


def test_a_fresh_counter_is_not_fooled_by_a_file_of_the_old_keys(realm: Realm) -> None:
    """Gap 1: an older file of a region is still signed; new keys of the role make it worthless."""
    stolen = Metadata.from_file(str(realm.repository / "metadata" / f"1.{OURS}.json"))
    realm.appoint(OURS, STRANGERS)
    realm.publish((*ALL, *STRANGERS))
    realm.vouch({OURS: stolen})
    only_down(realm, "sync-signatures")


def test_a_region_that_the_federation_put_out_cannot_be_told_of(realm: Realm) -> None:
    realm.sync()
    realm.dismiss(OURS)
    realm.dismiss(f"status-{SICHUAN}")
    shutil.rmtree(realm.source / SICHUAN)
    realm.publish()
    for way in (realm.sync, realm.plant):
        way()
        verdict = realm.verify(CREDENTIAL)
        assert decision(verdict) == (Outcome.UNDETERMINED, Reason.REGION_UNREADABLE, "issuer")
        assert realm.verify(FORGED).outcome is Outcome.UNDETERMINED


# --- thresholds, roots


@pytest.mark.parametrize("signers", [ROOT[:1], STRANGERS, (*ROOT[:1], *STRANGERS[:2])])
def test_a_root_that_too_few_signed(realm: Realm, signers: tuple[Signer, ...]) -> None:
    realm.sync()
    realm.forge("root", signers=signers)
    refused(realm, "sync-signatures", "metadata/2.root.json")
    assert cannot_tell(realm) == "tuf-signatures"


@pytest.mark.parametrize(
    ("signers", "is_good"), [(ROOT[:2], False), (STRANGERS[:2], False), ((*ROOT[:2], *STRANGERS[:2]), True)]
)
def test_a_rotation_of_the_root_needs_the_old_keys_and_the_new(
    realm: Realm, signers: tuple[Signer, ...], *, is_good: bool
) -> None:
    realm.sync()

    def rotate(signed: Any) -> None:
        for key_id in list(signed.roles["root"].keyids):
            signed.revoke_key(key_id, "root")
        for keeper in keepers(STRANGERS, "new"):
            signed.add_key(tuf_key(keeper.jwk, keeper.name), "root")

    realm.forge("root", rotate, signers)
    if is_good:
        realm.publish_timestamp()
        assert realm.sync().is_new
        realm.plant()
        assert realm.verify(CREDENTIAL).outcome is Outcome.ACCEPTED
    else:
        refused(realm, "sync-signatures", "metadata/2.root.json")
        assert cannot_tell(realm) == "tuf-signatures"


def test_one_key_under_two_names_counts_once_offline(realm: Realm) -> None:
    """Gap 4: python-tuf counts key ids; the publisher refuses such a source, and the reader counts keys."""
    realm.sync()
    key = tuf_key(REGION[SICHUAN][0].public_jwk, "first")
    twin = tuf_key(REGION[SICHUAN][0].public_jwk, "second")
    twin.keyid = "0" * 64

    def name_twice(signed: Any) -> None:
        signed.delegations.keys[twin.keyid] = twin
        signed.delegations.roles[OURS] = DelegatedRole(
            OURS, [key.keyid, twin.keyid], 2, terminating=True, paths=signed.delegations.roles[OURS].paths
        )

    realm.forge("targets", name_twice, FEDERATION)
    document = realm.published(OURS)
    signature = document.signatures[key.keyid]
    document.signatures.clear()
    document.signatures[key.keyid] = signature
    twin_signature = type(signature)(twin.keyid, signature.signature)
    document.signatures[twin.keyid] = twin_signature
    (realm.repository / "metadata" / f"1.{OURS}.json").write_bytes(to_bytes(document))
    realm.vouch({OURS: document})
    only_down(realm, "tuf-signatures")


def test_an_expired_region_goes_stale_and_then_out_by_itself(realm: Realm) -> None:
    realm.forge(OURS, expire(3), REGION[SICHUAN])
    assert realm.sync().problems == ()
    verdict = realm.verify(CREDENTIAL)
    assert verdict.outcome is Outcome.ACCEPTED
    assert [(f.reason, f.params["role"]) for f in verdict.findings if f.check == "freshness"] == [
        (Reason.REGISTRY_STALE, OURS)
    ]
    realm.forge(OURS, expire(8), REGION[SICHUAN])
    realm.sync()
    assert decision(realm.verify(CREDENTIAL)) == (Outcome.UNDETERMINED, Reason.REGISTRY_EXPIRED, "freshness")
    own = issue(issued_at=NOW - 3_600)
    assert realm.verify(own).outcome is Outcome.UNDETERMINED


# --- clocks


def test_a_clock_set_back_does_not_revive_an_expired_registry(realm: Realm) -> None:
    """Gap 2: TUF itself takes an expired timestamp if the clock says so."""
    realm.sync()
    then = NOW - 30 * DAY
    assert decision(realm.verify(issue(issued_at=then - 60), now=then))[1] is Reason.CLOCK_WRONG
    with pytest.raises(CertxError) as caught:
        realm.sync(now=then)
    assert caught.value.code == "sync-clock"


def test_a_clock_set_forward_cannot_tell_and_locks_nothing(realm: Realm) -> None:
    realm.sync()
    assert decision(realm.verify(CREDENTIAL, now=NOW + 20 * DAY))[1] is Reason.REGISTRY_EXPIRED
    assert realm.verify(CREDENTIAL).outcome is Outcome.ACCEPTED
    realm.publish()
    assert realm.sync(now=NOW + 20 * DAY).is_new
    assert realm.verify(CREDENTIAL).outcome is Outcome.ACCEPTED


# --- the deny overlay


@pytest.mark.parametrize(
    ("denial", "reason"),
    [
        ({"region": SICHUAN}, Reason.REGION_SUSPENDED),
        ({"issuer": "urn:certx:issuer:11510100MB9X0A012X"}, Reason.ISSUER_SUSPENDED),
        ({"key": KEY.kid}, Reason.KEY_SUSPENDED),
        ({"key": KEY.kid, "state": "compromised", "since": "2020-01-01T00:00:00+08:00"}, Reason.KEY_COMPROMISED),
    ],
)
def test_the_duty_desk_denies_at_any_hour(realm: Realm, denial: dict[str, str], reason: Reason) -> None:
    realm.deny(denial)
    realm.publish()
    realm.sync()
    verdict = realm.verify(CREDENTIAL)
    expected = Outcome.INVALID if reason is Reason.KEY_COMPROMISED else Outcome.UNDETERMINED
    assert decision(verdict) == (expected, reason, "entitlement")


def take_away(realm: Realm, taken_away: str) -> None:
    path = realm.source / SICHUAN / "keys.json"
    document = json.loads(path.read_bytes())
    (issuer,) = document["issuers"]
    document["issuers"] = [] if taken_away == "issuer" else [{**issuer, "keys": []}]
    path.write_text(json.dumps(document))


@pytest.mark.parametrize("taken_away", ["key", "issuer"])
@pytest.mark.parametrize(
    ("denial", "reason"),
    [
        ({"issuer": "urn:certx:issuer:11510100MB9X0A012X"}, Reason.ISSUER_SUSPENDED),
        ({"issuer": "11510100MB9X0A012X"}, Reason.ISSUER_SUSPENDED),
        ({"key": KEY.kid}, Reason.KEY_SUSPENDED),
    ],
)
def test_what_the_duty_desk_inquires_into_is_not_invalid_when_its_region_takes_it_away(
    realm: Realm, denial: dict[str, str], reason: Reason, taken_away: str
) -> None:
    take_away(realm, taken_away)
    realm.publish()
    realm.sync()
    assert realm.verify(CREDENTIAL).outcome is Outcome.INVALID
    realm.deny(denial)
    realm.publish()
    realm.sync()
    assert decision(realm.verify(CREDENTIAL)) == (Outcome.UNDETERMINED, reason, "issuer")


@pytest.mark.parametrize("has_synced_before", [True, False])
@pytest.mark.parametrize("taken_away", ["key", "issuer"])
def test_a_stolen_key_whose_region_takes_it_away_leaves_older_licences_unproven_and_not_invalid(
    realm: Realm, taken_away: str, *, has_synced_before: bool
) -> None:
    if has_synced_before:
        realm.sync()
    take_away(realm, taken_away)
    stolen_at = datetime.fromtimestamp(NOW - 3_600, UTC).isoformat()
    realm.deny({"key": KEY.kid, "state": "compromised", "since": stolen_at})
    realm.publish()
    realm.sync()
    verdict = realm.verify(issue(issued_at=NOW - 7_200))
    where = "entitlement" if has_synced_before and taken_away == "key" else "issuer"
    assert decision(verdict) == (Outcome.UNDETERMINED, Reason.KEY_COMPROMISED_LATER, where)
    verdict = realm.verify(issue(issued_at=NOW - 3_599))
    assert decision(verdict) == (Outcome.INVALID, Reason.KEY_COMPROMISED, where)


def test_a_stolen_key_that_is_taken_away_vouches_for_no_forgery(realm: Realm) -> None:
    """Its kid in the header of what another key signed: the signature is checked by the key that was dropped."""
    realm.sync()
    take_away(realm, "key")
    stolen_at = datetime.fromtimestamp(NOW - 3_600, UTC).isoformat()
    realm.deny({"key": KEY.kid, "state": "compromised", "since": stolen_at})
    realm.publish()
    realm.sync()
    genuine = issue(issued_at=NOW - 7_200)
    head, payload, rest = genuine.split(".", 2)
    signature, tilde, disclosures = rest.partition("~")
    forged = ".".join((head, payload, "A" * len(signature) + tilde + disclosures))
    assert decision(realm.verify(forged)) == (Outcome.INVALID, Reason.SIGNATURE_WRONG, "signature")


def test_an_expired_overlay_still_denies_and_makes_the_registry_stale(realm: Realm) -> None:
    realm.deny({"key": KEY.kid})
    realm.publish()
    realm.forge("duty", expire(8), FEDERATION)
    realm.sync()
    reasons = {finding.reason for finding in realm.verify(CREDENTIAL).findings}
    assert {Reason.KEY_SUSPENDED, Reason.REGISTRY_EXPIRED} <= reasons


def test_an_overlay_that_is_missing_is_not_done_without(realm: Realm) -> None:
    realm.forge("duty", lambda signed: signed.targets.clear(), FEDERATION)
    realm.sync()
    assert decision(realm.verify(CREDENTIAL))[:2] == (Outcome.UNDETERMINED, Reason.REGISTRY_UNREADABLE)


# --- the publisher


def test_the_publisher_does_not_serve_a_tree_that_a_counter_would_refuse(tmp_path: Path, realm: Realm) -> None:
    """Signed thirty days ago by a clock that was set back: every counter would take it for a freeze."""
    realm.repository = tmp_path / "new"
    with pytest.raises(CertxError) as caught:
        realm.publish(now=NOW - 30 * DAY)
    assert caught.value.code == "sync-expired"
    assert not list(realm.repository.glob("metadata/*"))


@pytest.mark.parametrize("name", ["1.root.json", "1.snapshot.json", f"1.{OURS}.json"])
def test_the_publisher_does_not_begin_anew_over_a_damaged_repository(realm: Realm, name: str) -> None:
    (realm.repository / "metadata" / name).unlink()
    with pytest.raises(CertxError) as caught:
        realm.publish()
    assert (caught.value.code, caught.value.params) == ("publish-missing", {"path": f"metadata/{name}"})


def test_the_publisher_refuses_a_key_that_is_there_twice(realm: Realm) -> None:
    realm.edit_roles(lambda document: document["keys"].append({**document["keys"][0], "name": "another"}))
    review = publish(realm.source, realm.repository, ALL, now=NOW).review
    assert [problem.code for problem in review.problems] == ["federation-key-twice"]


@pytest.mark.parametrize("name", ["a b.json", ".x.json", "中.json", "a" * 140 + ".json"])
def test_the_publisher_refuses_unsafe_names(realm: Realm, name: str) -> None:
    (realm.source / SICHUAN / "status").mkdir(exist_ok=True)
    (realm.source / SICHUAN / "status" / name.replace(".json", ".jwt")).write_bytes(b"x")
    done = publish(realm.source, realm.repository, ALL, now=NOW)
    assert (done.version, [problem.code for problem in done.review.obstacles]) == (None, ["trust-list-unusable"])
    federation = read_federation(json.loads((realm.source / ROLES_FILE).read_bytes()))
    content = {f"status-{SICHUAN}": {f"status/{SICHUAN}/{name.replace('.json', '.jwt')}": b"x"}}
    with pytest.raises(DocumentError) as caught:  # nor does what signs it, whatever the review lets through
        Desk(federation, content, Ceremony(reader(realm.repository), {}), now=NOW)
    assert caught.value.code == "publish-name"
