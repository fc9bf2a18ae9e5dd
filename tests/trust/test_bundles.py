"""A bundle for the counters of some regions: what it has is judged as ever, what it leaves out cannot be told."""

import zipfile
from pathlib import Path

import pytest

from certx.app.registry.sources import LocalSources
from certx.app.trust.bundling import bundle
from certx.app.trust.founding import add_region
from certx.errors import CertxError
from certx.i18n import Words
from certx.reason import Outcome, Reason
from trust.realm import AGREEMENT_DOCUMENT, NOW, REGION, STATUS, Realm, keepers
from world import CHONGQING, SICHUAN, issue

BEIJING = "110000"
CREDENTIAL = issue(issued_at=NOW - 3_600)


@pytest.fixture
def wide(realm: Realm) -> Realm:
    """A federation of three, of which Chongqing and Sichuan have an agreement."""
    add_region(realm.source, BEIJING, keepers(REGION[SICHUAN], "bj"), keepers(STATUS[SICHUAN], "sbj"), None)
    realm.publish(now=NOW + 1)
    return realm


@pytest.fixture
def apart(wide: Realm) -> Realm:
    """The same without the agreement."""
    for code in (SICHUAN, CHONGQING):
        (wide.source / code / "agreements" / f"{AGREEMENT_DOCUMENT['id']}.json").unlink()
    wide.publish(now=NOW + 2)
    return wide


def packed(realm: Realm, *chosen: str, name: str = "some.zip") -> str:
    path = realm.folder / name
    bundle(realm.repository, path, chosen)
    return str(path)


def test_the_partners_of_a_region_come_with_it_and_others_do_not(wide: Realm, tmp_path: Path) -> None:
    done = bundle(wide.repository, tmp_path / "some.zip", [CHONGQING])
    assert (done.regions, done.version, done.signed_at) == ((CHONGQING, SICHUAN), 2, int(NOW + 1))
    names = zipfile.ZipFile(tmp_path / "some.zip").namelist()
    assert not [name for name in names if BEIJING in name]
    report = wide.sync(str(tmp_path / "some.zip"), now=NOW + 10)
    assert (report.left_out, report.problems) == ((BEIJING,), ())
    assert wide.verify(CREDENTIAL, now=NOW + 10).outcome is Outcome.ACCEPTED
    files = LocalSources(wide.settings, now=NOW + 10).files
    assert files is not None
    assert files.left_out() == [BEIJING]


def test_a_county_is_of_its_province_and_the_same_registry_gives_the_same_bytes(wide: Realm) -> None:
    first = Path(packed(wide, "500103", name="a.zip")).read_bytes()
    assert Path(packed(wide, CHONGQING, name="b.zip")).read_bytes() == first


@pytest.mark.parametrize("credential", [CREDENTIAL, issue(issued_at=NOW - 86_400), issue(issued_at=NOW + 86_400)])
def test_what_is_left_out_cannot_be_told_and_is_never_invalid(apart: Realm, credential: str) -> None:
    apart.sync(packed(apart, CHONGQING), now=NOW + 10)
    verdict = apart.verify(credential, now=NOW + 10)
    assert verdict.outcome is Outcome.UNDETERMINED
    assert verdict.deciding is not None
    assert verdict.deciding.reason is Reason.REGION_NOT_HELD


def test_a_later_whole_source_brings_what_was_left_out(apart: Realm) -> None:
    apart.sync(packed(apart, CHONGQING), now=NOW + 10)
    report = apart.sync(now=NOW + 11)
    assert (report.is_new, report.left_out) == (True, ())
    assert apart.verify(CREDENTIAL, now=NOW + 11).outcome is Outcome.NOT_ACCEPTABLE


def test_what_this_machine_has_already_is_not_left_out(apart: Realm) -> None:
    apart.sync(now=NOW + 10)
    assert apart.sync(packed(apart, CHONGQING), now=NOW + 11).left_out == ()
    assert apart.verify(CREDENTIAL, now=NOW + 11).outcome is Outcome.NOT_ACCEPTABLE


def test_a_region_that_a_bundle_claims_to_have_and_has_not_is_missing(apart: Realm) -> None:
    path = Path(packed(apart, CHONGQING))
    with zipfile.ZipFile(path) as archive:
        kept = {name: archive.read(name) for name in archive.namelist() if name != "bundle.json"}
    for said in (
        None,
        b'{"regions": ["110000", "500000", "510000"]}',
        b"[]",
        b"x",
        b'{"regions": 1}',
        b'{"regions": [[]]}',
    ):
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in {**kept, **({"bundle.json": said} if said is not None else {})}.items():
                archive.writestr(name, data)
        with pytest.raises(CertxError, match="sync-not-there"):
            apart.sync(str(path), now=NOW + 10)
    assert apart.generation() is None


def test_roles_of_the_federation_cannot_be_left_out(wide: Realm) -> None:
    path = Path(packed(wide, CHONGQING))
    with zipfile.ZipFile(path) as archive:
        kept = {name: archive.read(name) for name in archive.namelist() if not name.endswith("duty.json")}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in kept.items():
            archive.writestr(name, data)
    with pytest.raises(CertxError, match="sync-not-there"):
        wide.sync(str(path), now=NOW + 10)


@pytest.mark.parametrize(
    ("chosen", "code"), [(["440305"], "bundle-region"), ([CHONGQING, "999999"], "bundle-region"),
                         ([], "bundle-regions-none")]
)  # fmt: skip
def test_a_region_that_takes_no_part_is_named_and_none_is_no_choice(
    wide: Realm, tmp_path: Path, chosen: list[str], code: str
) -> None:
    with pytest.raises(CertxError) as caught:
        bundle(wide.repository, tmp_path / "some.zip", chosen)
    assert caught.value.code == code
    assert caught.value.params.get("region") == (chosen[-1] if chosen else None)
    assert f"{CHONGQING}, {SICHUAN}" in str(Words("zh").error(caught.value)[1])
    assert not (tmp_path / "some.zip").exists()
