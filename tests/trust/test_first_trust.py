"""Setting a machine up: the root of trust is given by a person, never taken from the source on faith."""

import os
import zipfile
from pathlib import Path

import pytest
from tuf.api.exceptions import DownloadHTTPError

from certx.app.registry.setup import Anchor, initialise
from certx.app.trust.bundling import bundle
from certx.errors import CertxError, UsageError
from certx.reason import Outcome, Reason
from certx.settings import Settings
from certx.trust.fetch import BASE, open_source
from certx.trust.folder import read_folder
from certx.trust.generations import fingerprint_of
from trust.realm import NOW, ONLINE, ROOT, STRANGERS, Realm
from world import CHONGQING, decision, issue

CREDENTIAL = issue(issued_at=NOW - 3_600)


def nobody() -> None:
    return None


def set_up(realm: Realm, anchor: Anchor, source: str | None = None) -> Path:
    return initialise(Settings(realm.home, region=CHONGQING), source or str(realm.repository), anchor)


def root_file(realm: Realm) -> Path:
    return realm.repository / "metadata" / "1.root.json"


def fingerprint(realm: Realm) -> str:
    return fingerprint_of(root_file(realm).read_bytes())


def refused(realm: Realm, anchor: Anchor, source: str | None = None) -> str:
    with pytest.raises(CertxError) as caught:
        set_up(realm, anchor, source)
    assert not (realm.home / "certx.toml").exists()
    assert not (realm.home / "registry").exists()
    return caught.value.code


@pytest.mark.parametrize("kind", ["folder", "bundle"])
@pytest.mark.parametrize("way", ["file", "fingerprint", "asked", "both"])
def test_a_root_by_its_file_or_its_fingerprint(realm: Realm, tmp_path: Path, way: str, kind: str) -> None:
    source = str(realm.repository)
    if kind == "bundle":
        source = str(tmp_path / "registry.zip")
        bundle(realm.repository, Path(source))
    print_ = fingerprint(realm)
    anchor = {
        "file": Anchor(root_file(realm), None, nobody),
        "fingerprint": Anchor(None, print_.upper().replace("SHA256", "sha256"), nobody),
        "asked": Anchor(None, None, lambda: f" {print_}\n"),
        "both": Anchor(root_file(realm), print_, nobody),
    }[way]
    set_up(realm, anchor, source)
    assert (realm.home / "registry" / "root.json").read_bytes() == root_file(realm).read_bytes()
    realm.sync(source)
    assert realm.verify(CREDENTIAL).outcome is Outcome.ACCEPTED


def test_without_a_root_nothing_is_trusted(realm: Realm) -> None:
    assert refused(realm, Anchor(None, None, nobody)) == "root-not-given"


def test_a_fingerprint_that_the_source_does_not_serve(realm: Realm) -> None:
    assert refused(realm, Anchor(None, f"sha256:{'0' * 64}", nobody)) == "root-not-served"
    assert refused(realm, Anchor(None, None, lambda: f"sha256:{'1' * 64}")) == "root-not-served"


@pytest.mark.parametrize(
    "text", ["x", "sha256:", "0" * 64, f"sha1:{'0' * 40}", f"sha256:{'g' * 64}", f"sha256:{'0' * 63}"]
)
def test_what_is_no_fingerprint(realm: Realm, text: str) -> None:
    assert refused(realm, Anchor(None, text, nobody)) == "fingerprint-form"


def test_a_file_that_is_not_the_root_of_the_fingerprint(realm: Realm) -> None:
    assert refused(realm, Anchor(root_file(realm), f"sha256:{'0' * 64}", nobody)) == "root-not-that"


@pytest.mark.parametrize("name", ["timestamp.json", "1.targets.json", "absent.json"])
def test_a_file_that_is_no_root(realm: Realm, name: str) -> None:
    anchor = Anchor(realm.repository / "metadata" / name, None, nobody)
    assert refused(realm, anchor) in {"root-form", "file-unreadable"}


@pytest.mark.parametrize("signers", [ROOT[:1], STRANGERS])
def test_a_root_that_its_own_keys_did_not_sign(realm: Realm, signers: tuple) -> None:
    document = realm.published("root")
    realm.put("root", document, signers)
    assert refused(realm, Anchor(root_file(realm), None, nobody)) == "sync-signatures"
    assert refused(realm, Anchor(None, fingerprint(realm), nobody)) == "sync-signatures"


def test_a_later_root_may_be_pinned_too(realm: Realm) -> None:
    realm.forge("root", signers=ROOT)
    realm.forge("timestamp", signers=ONLINE)
    later = realm.repository / "metadata" / "2.root.json"
    set_up(realm, Anchor(None, fingerprint_of(later.read_bytes()), nobody))
    realm.sync()
    assert realm.verify(CREDENTIAL).outcome is Outcome.ACCEPTED


def test_an_unsigned_folder_has_no_root(realm: Realm) -> None:
    with pytest.raises(UsageError) as caught:
        set_up(realm, Anchor(root_file(realm), None, nobody), str(realm.source))
    assert caught.value.code == "init-unsigned"
    set_up(realm, Anchor(None, None, nobody), str(realm.source))
    verdict = realm.verify(CREDENTIAL)
    assert Reason.UNSIGNED_REGISTRY in [finding.reason for finding in verdict.findings]


def test_settings_that_stand_are_not_changed(realm: Realm) -> None:
    set_up(realm, Anchor(root_file(realm), None, nobody))
    before = (realm.home / "certx.toml").read_bytes()
    with pytest.raises(UsageError) as caught:
        initialise(Settings(realm.home, region="510000"), str(realm.repository), Anchor(root_file(realm), None, nobody))
    assert caught.value.code == "settings-exist"
    assert (realm.home / "certx.toml").read_bytes() == before


def test_settings_that_a_person_added_stay(realm: Realm) -> None:
    path = realm.home / "certx.toml"
    realm.home.mkdir()
    path.write_text('fonts = "fonts"\nhistory_days = "30"  # as the office says\n', "utf-8")
    set_up(realm, Anchor(root_file(realm), None, nobody))
    settings = realm.settings
    assert (settings.region, settings.fonts, settings.history_days) == (CHONGQING, realm.home / "fonts", 30)
    written = path.read_bytes()
    assert b"# as the office says" in written
    set_up(realm, Anchor(root_file(realm), None, nobody))
    assert path.read_bytes() == written


@pytest.mark.parametrize("change", ["other", "absent"])
def test_the_pinned_root_is_not_to_be_exchanged_on_disk(realm: Realm, change: str) -> None:
    realm.sync()
    pinned = realm.home / "registry" / "root.json"
    if change == "absent":
        pinned.unlink()
    else:
        thief = realm.published("root")
        realm.put("root", thief, STRANGERS)
        pinned.write_bytes(root_file(realm).read_bytes())
    assert decision(realm.verify(CREDENTIAL))[:2] == (Outcome.UNDETERMINED, Reason.REGISTRY_UNREADABLE)
    with pytest.raises(CertxError):
        realm.sync()


def test_a_bundle_that_is_none(realm: Realm, tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK but not a zip")
    assert refused(realm, Anchor(None, fingerprint(realm), nobody), str(tmp_path / "x.zip")) == "bundle-form"


def test_a_bundle_is_inflated_no_further_than_its_files_may_be_long(realm: Realm, tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in realm.repository.rglob("*.json"):
            archive.write(name, name.relative_to(realm.repository).as_posix())
        archive.writestr("metadata/2.root.json", b" " * 50_000_000)
    set_up(realm, Anchor(root_file(realm), None, nobody), str(path))
    with pytest.raises(CertxError) as caught:
        realm.sync(str(path))
    assert (caught.value.code, caught.value.params["file"]) == ("sync-too-long", "metadata/2.root.json")


def test_a_bundle_that_breaks_off_is_none(realm: Realm, tmp_path: Path) -> None:
    path = tmp_path / "registry.zip"
    bundle(realm.repository, path)
    path.write_bytes(path.read_bytes()[:-100])
    set_up(realm, Anchor(root_file(realm), None, nobody))
    with pytest.raises(CertxError) as caught:
        realm.sync(str(path))
    assert caught.value.code == "bundle-form"


def test_a_damaged_bundle_names_the_file(realm: Realm, tmp_path: Path) -> None:
    path = tmp_path / "registry.zip"
    bundle(realm.repository, path)
    data = bytearray(path.read_bytes())
    data[60:90] = b"\0" * 30
    path.write_bytes(data)
    set_up(realm, Anchor(root_file(realm), None, nobody))
    with pytest.raises(CertxError) as caught:
        realm.sync(str(path))
    assert caught.value.params["file"].endswith(".json")
    assert realm.generation() is None


def test_what_a_folder_holds_besides_files_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "timestamp.json")
    with open_source(str(tmp_path)) as source, pytest.raises(DownloadHTTPError):
        source.download_bytes(f"{BASE}timestamp.json", 10)


@pytest.mark.parametrize(
    "address", ["http://registry.example", "FTP://127.0.0.1/x", "https://[::1", "HTTP://a.example"]
)
def test_an_address_that_will_not_do_is_not_written_down(realm: Realm, address: str) -> None:
    assert refused(realm, Anchor(root_file(realm), None, nobody), address) == "source-not-https"


def test_a_place_that_is_nothing_is_not_taken_for_a_trial(realm: Realm, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for place in (tmp_path / "nowhere", tmp_path / "empty", realm.repository / "metadata"):
        assert refused(realm, Anchor(None, fingerprint(realm), nobody), str(place)) == "registry-absent"


def test_a_region_that_is_none_is_not_written_down(realm: Realm) -> None:
    with pytest.raises(UsageError, match="division-not-known"):
        initialise(Settings(realm.home, region="999999"), str(realm.repository), Anchor(root_file(realm), None, nobody))


def test_a_signed_folder_is_not_read_as_an_unsigned_one(realm: Realm) -> None:
    with pytest.raises(UsageError, match="registry-is-signed"):
        read_folder(realm.repository)


@pytest.mark.parametrize("spoil", ["lzma", "version", "cut"])
def test_a_bundle_of_an_odd_form(realm: Realm, tmp_path: Path, spoil: str) -> None:
    path = tmp_path / "registry.zip"
    bundle(realm.repository, path)
    if spoil == "lzma":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
            for name in realm.repository.rglob("*.json"):
                archive.write(name, name.relative_to(realm.repository).as_posix())
    else:
        data = bytearray(path.read_bytes())
        at = data.index(b"PK\x01\x02")
        data[at + 6 : at + 8] = b"\x9c\x00" if spoil == "version" else b"\x14\x00"
        path.write_bytes(data if spoil == "version" else data[: at + 30])
    set_up(realm, Anchor(root_file(realm), None, nobody))
    with pytest.raises(CertxError) as caught:
        realm.sync(str(path))
    assert caught.value.code in {"bundle-form", "sync-not-there"}
