"""Signing by several custodians, and what a publisher does while some have not signed."""

import json
from pathlib import Path
from threading import Thread

import pytest

from certx.app.trust.founding import add_region
from certx.app.trust.publishing import publish
from certx.app.trust.staged import read_staged, sign_file, standing
from certx.errors import CertxError, DocumentError, KeyFailureError, UsageError
from certx.keys import new_signer
from certx.reason import Outcome
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
from world import CHONGQING, KEY, SICHUAN, issue

CREDENTIAL = issue(issued_at=NOW - 3_600)
OURS, THEIRS = f"region-{SICHUAN}", f"region-{CHONGQING}"


def staged(realm: Realm) -> list[str]:
    return sorted(path.stem for path in (realm.repository / "staged").glob("*.json"))


def change_ours(realm: Realm) -> None:
    realm.list_issuer(to="2030-01-01T00:00:00+08:00")


def test_nothing_is_served_before_enough_have_signed_the_first_time(realm: Realm) -> None:
    realm.repository = realm.folder / "new"
    done = realm.publish((*ONLINE, *ROOT[:1], *FEDERATION[:1]))
    assert done.version is None
    assert {row.role for row in done.pending} >= {"root", "targets", OURS, THEIRS, "catalogue", "duty"}
    assert not (realm.repository / "metadata").exists()
    for role, signers in (("root", ROOT), ("targets", FEDERATION), ("catalogue", FEDERATION), ("duty", FEDERATION)):
        sign_file(realm.repository / "staged" / f"{role}.json", signers[1])
        if role in {"catalogue", "duty"}:
            sign_file(realm.repository / "staged" / f"{role}.json", signers[2])
    assert {row.role for row in standing(realm.repository) if row.needed > 0} == {
        OURS, THEIRS, f"status-{SICHUAN}", f"status-{CHONGQING}",
    }  # fmt: skip
    assert realm.publish(ALL).version == 1
    assert staged(realm) == []
    assert standing(realm.repository) == []


def test_one_after_the_other_signs_and_status_says_who_still_has_to(realm: Realm) -> None:
    change_ours(realm)
    done = realm.publish(ONLINE)
    assert (done.version, [row.role for row in done.pending]) == (2, [OURS])
    file = realm.repository / "staged" / f"{OURS}.json"
    (row,) = standing(realm.repository)
    assert (row.needed, row.signed, row.waiting) == (2, (), ("510000-1", "510000-2", "510000-3"))
    sign_file(file, REGION[SICHUAN][2])
    (row,) = standing(realm.repository)
    assert (row.needed, row.signed, row.waiting) == (1, ("510000-3",), ("510000-1", "510000-2"))
    for nobody in (STRANGERS[0], REGION[CHONGQING][0]):
        with pytest.raises(KeyFailureError, match="signer-not-custodian"):
            sign_file(file, nobody)
    (row,) = standing(realm.repository)
    assert row.needed == 1
    sign_file(file, REGION[SICHUAN][2])  # twice by the same counts once
    assert standing(realm.repository)[0].needed == 1
    sign_file(file, REGION[SICHUAN][0])
    assert standing(realm.repository)[0].needed == 0
    assert realm.publish(ONLINE).version == 3
    assert staged(realm) == []


def test_a_region_that_has_not_signed_keeps_nobody_waiting(realm: Realm) -> None:
    change_ours(realm)
    realm.publish(ONLINE)
    realm.sync()
    assert realm.verify(CREDENTIAL).outcome is Outcome.ACCEPTED  # by what it said before
    realm.list_agreement(CHONGQING, {"id": "agr-other", **agreement(CHONGQING)})
    assert realm.publish((*ONLINE, *REGION[CHONGQING])).version == 3
    assert staged(realm) == [OURS]


def agreement(code: str) -> dict[str, object]:
    return {
        "version": 1, "title": {"zh": "x", "en": "x"}, "parties": [code, "530000"], "types": ["identity-card"],
        "issuedIn": [code], "acceptedIn": [code], "from": "2026-01-01",
    }  # fmt: skip


def test_what_was_signed_for_another_content_does_not_count(realm: Realm) -> None:
    change_ours(realm)
    realm.publish((*ONLINE, REGION[SICHUAN][0]))
    realm.list_issuer(to="2031-01-01T00:00:00+08:00")
    done = realm.publish((*ONLINE, REGION[SICHUAN][1]))
    (row,) = done.pending
    assert (row.signed, row.needed) == (("510000-2",), 1)


def test_a_change_that_is_taken_back_is_no_longer_staged(realm: Realm) -> None:
    before = (realm.source / SICHUAN / "keys.json").read_bytes()
    change_ours(realm)
    realm.publish(ONLINE)
    assert staged(realm) == [OURS]
    (realm.source / SICHUAN / "keys.json").write_bytes(before)
    assert realm.publish(ONLINE).pending == ()
    assert staged(realm) == []


def test_with_nothing_new_the_timestamp_alone_is_renewed(realm: Realm) -> None:
    before = {path: path.read_bytes() for path in realm.repository.rglob("*.json")}
    assert realm.publish(ONLINE, now=NOW + 60).version == 2
    after = {path: path.read_bytes() for path in realm.repository.rglob("*.json")}
    changed = {path.name for path in after if before.get(path) != after[path]}
    assert changed == {"timestamp.json", "2.timestamp.json"}


@pytest.mark.parametrize(("days", "roles"), [(10, []), (100, [OURS, THEIRS, "duty", "targets"])])
def test_what_grows_old_is_staged_to_be_signed_anew(realm: Realm, days: int, roles: list[str]) -> None:
    with pytest.raises(DocumentError, match="publish-online-key"):  # nobody is here to stamp it
        realm.publish((), now=NOW + days * DAY)
    assert set(roles) <= set(staged(realm))
    assert ("targets" in staged(realm)) == ("targets" in roles)


@pytest.mark.parametrize("signers", [(), ONLINE[:1], ONLINE[1:], ROOT])
def test_without_the_online_keys_nothing_is_served(realm: Realm, signers: tuple) -> None:
    change_ours(realm)
    stamp = (realm.repository / "metadata" / "timestamp.json").read_bytes()
    with pytest.raises(DocumentError) as caught:
        realm.publish((*signers, *REGION[SICHUAN]))
    assert caught.value.code == "publish-online-key"
    assert (realm.repository / "metadata" / "timestamp.json").read_bytes() == stamp


def test_the_root_is_rotated_by_old_and_new_custodians_together(realm: Realm) -> None:
    realm.sync()
    realm.appoint("root", STRANGERS)
    done = realm.publish((*ONLINE, *STRANGERS))
    (row,) = done.pending
    assert (row.role, row.needed, row.waiting) == ("root", 2, ("root-1", "root-2", "root-3"))
    file = realm.repository / "staged" / "root.json"
    for signer in ROOT[:2]:
        sign_file(file, signer)
    assert realm.publish(ONLINE).pending == ()
    assert realm.sync().is_new
    assert realm.verify(CREDENTIAL).outcome is Outcome.ACCEPTED
    fresh = Realm(realm.folder)
    fresh.home = realm.folder / "fresh"
    fresh.sync()
    assert fresh.verify(CREDENTIAL).outcome is Outcome.ACCEPTED


def test_the_federation_rotates_its_own_keys(realm: Realm) -> None:
    realm.sync()
    realm.appoint("targets", STRANGERS)
    assert {row.role for row in realm.publish((*ONLINE, *STRANGERS)).pending} == {"root", "targets"}
    assert realm.publish((*ONLINE, *STRANGERS, *ROOT)).pending == ()
    assert realm.sync().is_new
    assert realm.verify(CREDENTIAL).outcome is Outcome.ACCEPTED


def test_a_custodian_sees_what_is_to_be_signed(realm: Realm) -> None:
    change_ours(realm)
    realm.publish(ONLINE)
    _, facts = read_staged(realm.repository / "staged" / f"{OURS}.json")
    assert (facts.role, facts.kind, facts.version) == (OURS, "targets", 2)
    assert [line.split("  sha256:")[0] for line in facts.says][-1] == f"regions/{SICHUAN}/keys.json"
    assert facts.expires == pytest.approx(NOW + 180 * DAY, abs=2)


def test_a_root_is_shown_with_who_keeps_what(realm: Realm) -> None:
    realm.appoint("root", STRANGERS)
    realm.publish(ONLINE)
    _, facts = read_staged(realm.repository / "staged" / "root.json")
    assert [line.partition(":")[0] for line in facts.says] == ["root", "snapshot", "targets", "timestamp"]
    assert facts.says[0].startswith("root: 3 of new-root-1 ")


def test_copies_signed_apart_are_joined(realm: Realm, tmp_path: Path) -> None:
    change_ours(realm)
    realm.publish(ONLINE)
    file = realm.repository / "staged" / f"{OURS}.json"
    copies = []
    for number, signer in enumerate(REGION[SICHUAN][:2]):
        copy = tmp_path / str(number) / file.name
        copy.parent.mkdir()
        copy.write_bytes(file.read_bytes())
        sign_file(copy, signer)
        copies.append(copy)
    sign_file(file, None, copies)
    assert standing(realm.repository)[0].needed == 0
    other = tmp_path / "other.json"
    other.write_bytes((realm.repository / "metadata" / f"1.{OURS}.json").read_bytes())
    with pytest.raises(DocumentError, match="staged-differs"):
        sign_file(file, None, [other])


def test_custodians_who_sign_at_once_lose_nothing(realm: Realm) -> None:
    change_ours(realm)
    realm.publish(ONLINE)
    file = realm.repository / "staged" / f"{OURS}.json"
    threads = [Thread(target=sign_file, args=(file, signer)) for signer in REGION[SICHUAN]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert standing(realm.repository)[0].signed == ("510000-1", "510000-2", "510000-3")


def test_what_is_served_is_not_signed_again(realm: Realm) -> None:
    path = realm.repository / "metadata" / "1.root.json"
    before = path.read_bytes()
    with pytest.raises(UsageError, match="staged-served"):
        sign_file(path, ROOT[0])
    assert path.read_bytes() == before


def test_a_file_of_another_name_in_staged_is_left_alone(realm: Realm) -> None:
    change_ours(realm)
    realm.publish(ONLINE)
    copy = realm.repository / "staged" / f"{OURS} (1).json"
    copy.write_bytes((realm.repository / "staged" / f"{OURS}.json").read_bytes())
    assert [row.role for row in standing(realm.repository)] == [OURS]
    realm.publish((*ONLINE, *REGION[SICHUAN]))
    assert copy.exists()


def test_signatures_that_do_not_count_are_not_published(realm: Realm) -> None:
    change_ours(realm)
    realm.publish(ONLINE)
    file = realm.repository / "staged" / f"{OURS}.json"
    elsewhere = realm.folder / "mail" / file.name
    elsewhere.parent.mkdir()
    elsewhere.write_bytes(file.read_bytes())
    sign_file(elsewhere, STRANGERS[0])
    sign_file(file, None, [elsewhere])
    realm.publish((*ONLINE, *REGION[SICHUAN]))
    assert len(realm.published(OURS).signatures) == 3


def test_a_new_region_that_has_not_signed_keeps_nobody_waiting(realm: Realm) -> None:
    new = tuple(new_signer("Ed25519") for _ in range(2))
    add_region(realm.source, "530000", keepers(new, "yunnan"), [], None)
    done = realm.publish((*ONLINE, *FEDERATION))
    assert done.version == 2
    assert {row.role for row in done.pending} == {"region-530000", "status-530000"}
    assert "targets" in staged(realm)
    realm.sync()
    assert realm.verify(CREDENTIAL).outcome is Outcome.ACCEPTED
    assert realm.publish((*ONLINE, *new)).pending == ()
    assert realm.sync().is_new
    assert "530000" in realm.read().registry.regions


def test_online_keys_change_when_the_root_does_and_not_before(realm: Realm) -> None:
    realm.appoint("timestamp", STRANGERS[:1])
    assert realm.publish(ONLINE).version == 2
    realm.sync()
    assert realm.publish((*ALL, *STRANGERS)).version == 3
    assert realm.sync().is_new
    assert realm.verify(CREDENTIAL).outcome is Outcome.ACCEPTED
    with pytest.raises(DocumentError, match="publish-online-key"):
        realm.publish(ONLINE)


def test_what_waits_for_signatures_is_not_served(realm: Realm) -> None:
    before = {path.name for path in (realm.repository / "targets").rglob("*.json")}
    realm.deny({"key": KEY.kid})
    assert [row.role for row in realm.publish(ONLINE).pending] == ["duty"]
    assert {path.name for path in (realm.repository / "targets").rglob("*.json")} == before


def test_custodians_do_not_set_how_long_their_signature_lives(realm: Realm) -> None:
    change_ours(realm)
    realm.publish(ONLINE)
    path = realm.repository / "staged" / f"{OURS}.json"
    document = json.loads(path.read_bytes())
    document["signed"]["expires"] = "9999-12-31T00:00:00Z"
    path.write_text(json.dumps(document))
    for signer in REGION[SICHUAN]:
        sign_file(path, signer)
    realm.publish((*ONLINE, *REGION[SICHUAN]))
    assert realm.published(OURS).signed.expires.year < 2100


@pytest.mark.parametrize("name", ["timestamp.json", "1.targets.json", "1.root.json", f"1.{OURS}.json"])
def test_a_damaged_file_of_the_repository_is_named(realm: Realm, name: str) -> None:
    (realm.repository / "metadata" / name).write_bytes(b"{}")
    for work in (realm.publish, lambda: standing(realm.repository)):
        with pytest.raises(DocumentError) as caught:
            work()
        assert (caught.value.code, caught.value.params["path"]) == ("publish-damaged", f"metadata/{name}")


def test_what_is_served_may_be_read_by_a_web_server(realm: Realm) -> None:
    for path in (realm.repository, *realm.repository.rglob("*")):
        if path.name != ".lock":
            assert path.stat().st_mode & 0o044 == 0o044, path


def test_a_role_that_is_none_is_not_left_out(realm: Realm) -> None:
    with pytest.raises(UsageError, match="publish-without"):
        realm.publish(without=["regoin-510000"])


@pytest.mark.parametrize("junk", [b"", b"{}", b"[]", b"\xff", b'{"signed": {"_type": "targets"}}'])
def test_a_file_that_is_not_staged_metadata_is_refused(tmp_path: Path, junk: bytes) -> None:
    path = tmp_path / "region-510000.json"
    path.write_bytes(junk)
    with pytest.raises(CertxError) as caught:
        sign_file(path, ROOT[0])
    assert caught.value.code == "staged-form"
    assert path.read_bytes() == junk


def test_a_source_with_findings_is_not_published(realm: Realm) -> None:
    (realm.source / SICHUAN / "secret.pem").write_text("x")
    done = publish(realm.source, realm.repository, ALL, now=NOW)
    assert done.version is None
    assert [problem.code for problem in done.review.problems] == ["trust-private"]


def test_keys_on_a_p256_token_sign_too(realm: Realm) -> None:
    """The third of the federation has an ES256 key: TUF's ecdsa-sha2-nistp256, read by both readers."""
    realm.edit_roles(lambda document: document["roles"]["targets"].update(threshold=3))
    realm.publish()
    realm.sync()
    assert realm.verify(CREDENTIAL).outcome is Outcome.ACCEPTED
