"""From a source to a generation: what comes in whole, and what a counter then accepts."""

import http.server
import json
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tuf.api.metadata import TargetFile

from certx.app.registry.sources import LocalSources
from certx.app.trust.bundling import bundle
from certx.errors import CertxError, Exit
from certx.reason import Outcome, Reason
from certx.trust.chain import ISSUED
from certx.verify import verify
from trust.realm import AGREEMENT_DOCUMENT, ALL, NOW, ONLINE, REGION, ROOT, STRANGERS, Realm
from world import CHONGQING, SICHUAN, STRANGER, decision, forge, issue

CREDENTIAL = issue(issued_at=NOW - 3_600)
AGREEMENT_FILE = f"agreements/{AGREEMENT_DOCUMENT['id']}.json"


def test_what_was_published_is_accepted_after_a_sync(realm: Realm) -> None:
    report = realm.sync()
    assert (report.version, report.is_new, report.problems) == (1, True, ())
    verdict = realm.verify(CREDENTIAL)
    assert decision(verdict) == (Outcome.ACCEPTED, None, None)
    assert verdict.registry is not None
    assert (verdict.registry.version, verdict.registry.fresh) == ("1", True)


def test_before_the_first_sync_nothing_can_be_told(realm: Realm) -> None:
    realm.init()
    verdict = realm.verify(CREDENTIAL)
    assert decision(verdict) == (Outcome.UNDETERMINED, Reason.REGISTRY_UNREADABLE, "registry")
    assert verdict.deciding is not None
    assert verdict.deciding.params["defect"] == "registry-not-synced"


def test_a_second_sync_finds_nothing_new(realm: Realm) -> None:
    realm.sync()
    generation = realm.generation()
    assert not realm.sync().is_new
    assert realm.generation() == generation


def test_what_one_region_changes_is_all_that_comes(realm: Realm) -> None:
    realm.sync()
    realm.list_issuer(state="suspended", since="2026-01-01T00:00:00+08:00")
    assert realm.publish().version == 2
    report = realm.sync()
    assert (report.version, report.fetched) == (2, 1)
    assert decision(realm.verify(CREDENTIAL)) == (Outcome.UNDETERMINED, Reason.KEY_SUSPENDED, "entitlement")


def test_one_side_withdraws_an_agreement_at_once(realm: Realm) -> None:
    realm.sync()
    (realm.source / CHONGQING / AGREEMENT_FILE).unlink()
    realm.publish()
    realm.sync()
    assert decision(realm.verify(CREDENTIAL)) == (
        Outcome.NOT_ACCEPTABLE, Reason.AGREEMENT_NOT_MUTUAL, "recognition",
    )  # fmt: skip


def test_an_agreement_that_one_side_altered_is_not_in_force(realm: Realm) -> None:
    realm.list_agreement(CHONGQING, {**AGREEMENT_DOCUMENT, "from": "2025-01-01"})
    realm.publish()
    realm.sync()
    assert decision(realm.verify(CREDENTIAL))[1] is Reason.AGREEMENT_NOT_MUTUAL


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a web server over a folder."""
    handler = partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.network
def test_a_web_server_is_a_source(realm: Realm) -> None:
    with served(realm.repository) as address:
        assert realm.sync(address).is_new
        assert not realm.sync(address).is_new
    assert realm.verify(CREDENTIAL).outcome is Outcome.ACCEPTED


def test_a_bundle_is_a_source_and_the_same_registry_gives_the_same_bytes(realm: Realm, tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        bundle(realm.repository, tmp_path / name)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    shutil.rmtree(realm.repository / "targets")
    realm.sync(str(tmp_path / "a.zip"))
    assert realm.verify(CREDENTIAL).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("kind", ["folder", "bundle"])
def test_an_older_source_does_not_take_the_place_of_a_newer(realm: Realm, tmp_path: Path, kind: str) -> None:
    old = tmp_path / "old.zip"
    if kind == "bundle":
        bundle(realm.repository, old)
    else:
        shutil.copytree(realm.repository, old)
    realm.publish()
    realm.sync()
    generation = realm.generation()
    with pytest.raises(CertxError) as caught:
        realm.sync(str(old))
    assert (caught.value.code, caught.value.params["file"]) == ("sync-rollback", "metadata/timestamp.json")
    assert realm.generation() == generation


@pytest.mark.parametrize("victim", ["targets", "metadata"])
def test_what_is_damaged_on_disk_is_noticed_and_healed_by_the_next_sync(realm: Realm, victim: str) -> None:
    realm.sync()
    registry = realm.home / "registry"
    folder = registry / "objects" if victim == "targets" else registry / "generations" / "00000001"
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes()[:-9] + b"tampered!")
    verdict = realm.verify(CREDENTIAL)
    assert verdict.outcome is Outcome.UNDETERMINED
    assert realm.sync().is_new
    assert realm.verify(CREDENTIAL).outcome is Outcome.ACCEPTED


def test_old_generations_are_kept_while_somebody_may_read_them_and_then_go(realm: Realm) -> None:
    realm.sync()
    for _ in range(8):
        realm.publish()
        realm.sync()
    generations = realm.home / "registry" / "generations"
    assert len(list(generations.iterdir())) == 9
    for path in generations.iterdir():
        age_by(path, 2 * 86_400)
    realm.list_issuer(to="2030-01-01T00:00:00+08:00")
    realm.publish()
    realm.sync()
    assert [path.name for path in sorted(generations.iterdir())] == [f"{n:08d}" for n in (5, 6, 7, 8, 9, 10)]
    held = {name for path in generations.glob("*/objects") for name in path.read_text().split()}
    assert {path.name for path in (realm.home / "registry" / "objects").iterdir()} == held


def age_by(path: Path, seconds: float) -> None:
    stat = path.stat()
    os.utime(path, (stat.st_atime - seconds, stat.st_mtime - seconds))


def test_a_file_that_was_exchanged_for_another_of_ours_is_not_read(realm: Realm) -> None:
    """Well-formed, and with the thief's key in it: only its digest is wrong."""
    realm.sync()
    digest = realm.read().files.names(f"regions/{SICHUAN}")["keys.json"]
    path = realm.home / "registry" / "objects" / digest
    document = json.loads(path.read_bytes())
    document["issuers"][0]["keys"][0] |= {"kid": STRANGER.kid, "jwk": STRANGER.public_jwk}
    path.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    forged = forge(signer=STRANGER, iat=int(NOW - 3_600))
    for credential in (CREDENTIAL, forged):
        assert decision(realm.verify(credential))[:2] == (Outcome.UNDETERMINED, Reason.REGION_UNREADABLE)


def test_a_root_that_was_trusted_once_is_never_left_again(realm: Realm) -> None:
    """After a rotation: a mirror that hides the new root, replays the old registry, or serves another second root."""
    old = realm.copied(realm.folder.parent / "old")
    realm.sync()
    realm.appoint("root", STRANGERS)
    realm.appoint("snapshot", STRANGERS[:1])
    realm.appoint("timestamp", STRANGERS[1:2])
    realm.list_issuer(state="suspended", since="2020-01-01T00:00:00+08:00")
    assert realm.publish((*ALL, *STRANGERS), now=NOW + 1).version == 2
    realm.sync()
    thief = old.copied(realm.folder.parent / "thief")
    thief.forge("root", signers=ROOT[:2])
    for _ in range(3):
        thief.forge("timestamp", signers=ONLINE)
    for mirror in (old, thief):
        for _ in range(2):
            with pytest.raises(CertxError) as caught:
                realm.sync(str(mirror.repository))
            assert caught.value.exit == Exit.INVALID
            mirror.forge("timestamp", signers=ONLINE)
        assert decision(realm.verify(CREDENTIAL))[1] is Reason.KEY_SUSPENDED


def test_a_damaged_pointer_does_not_make_a_counter_forget(realm: Realm) -> None:
    old = realm.copied(realm.folder.parent / "old")
    realm.list_issuer(state="suspended", since="2020-01-01T00:00:00+08:00")
    realm.publish(now=NOW + 1)
    realm.sync()
    (realm.home / "registry" / "current").write_bytes(b"")
    assert realm.verify(CREDENTIAL).outcome is Outcome.UNDETERMINED
    with pytest.raises(CertxError):
        realm.sync(str(old.repository))
    realm.publish(now=NOW + 2)
    realm.sync()
    assert decision(realm.verify(CREDENTIAL))[1] is Reason.KEY_SUSPENDED


@pytest.mark.parametrize("spoilt", [b"", b"\xff{", b'{"generation": "00000001"}', None])
def test_a_damaged_pointer_is_mended_although_nothing_is_new(realm: Realm, spoilt: bytes | None) -> None:
    realm.sync()
    pointer = realm.home / "registry" / "current"
    pointer.unlink()
    if spoilt is not None:
        pointer.write_bytes(spoilt)
    assert realm.verify(CREDENTIAL).outcome is Outcome.UNDETERMINED
    assert realm.sync().is_new
    assert realm.verify(CREDENTIAL).outcome is Outcome.ACCEPTED
    assert realm.sync().is_new is False


def test_a_registry_signed_earlier_than_one_that_was_seen_is_not_switched_to(realm: Realm) -> None:
    realm.publish(now=NOW + 3_600)
    realm.sync(now=NOW + 3_600)
    generation = realm.generation()
    stamp = realm.published("timestamp")
    realm.publish(now=NOW + 1_800)
    assert realm.published("timestamp").signed.unrecognized_fields == stamp.signed.unrecognized_fields
    realm.sync(now=NOW + 1_800)
    assert realm.verify(CREDENTIAL).outcome is Outcome.ACCEPTED
    generation = realm.generation()
    realm.forge("timestamp", lambda s: s.unrecognized_fields.update({ISSUED: stamp_of(NOW)}), ONLINE)
    with pytest.raises(CertxError) as caught:
        realm.sync()
    assert (caught.value.code, realm.generation()) == ("sync-older", generation)
    assert realm.verify(CREDENTIAL).outcome is Outcome.ACCEPTED


def stamp_of(moment: float) -> str:
    return datetime.fromtimestamp(int(moment), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_while_a_region_is_at_fault_no_sync_writes_the_same_again(realm: Realm) -> None:
    realm.forge(f"region-{SICHUAN}", signers=STRANGERS)
    assert realm.sync().is_new
    report = realm.sync()
    assert (report.is_new, [problem.role for problem in report.problems]) == (False, [f"region-{SICHUAN}"])


@pytest.mark.parametrize("way", ["deep", "huge number", "device", "nul", "signature"])
def test_what_one_region_signs_takes_only_that_region_down(realm: Realm, way: str) -> None:
    role = f"region-{CHONGQING}"
    deep: Any = []
    for _ in range(300):
        deep = [deep]
    path = f"regions/{CHONGQING}/x.json"
    target = TargetFile(1, {"sha256": "/dev/zero" if way == "device" else "a\0b"}, path)
    change = {
        "deep": lambda s: s.unrecognized_fields.update(x=deep),
        "huge number": lambda s: s.unrecognized_fields.update(x=2**70),
        "device": lambda s: s.targets.update({path: target}),
        "nul": lambda s: s.targets.update({path: target}),
        "signature": id,
    }[way]
    realm.forge(role, change, REGION[CHONGQING])
    if way == "signature":
        document = realm.published(role)
        next(iter(document.signatures.values())).signature = "zz"
        realm.put_as_it_is(role, document)
    report = realm.sync()
    assert {problem.role for problem in report.problems} <= {role}
    assert not list((realm.home / "registry").rglob("*.part"))
    own = verify(CREDENTIAL, LocalSources(realm.settings._replace(region=SICHUAN), now=NOW), now=NOW)
    assert own.outcome is Outcome.ACCEPTED
