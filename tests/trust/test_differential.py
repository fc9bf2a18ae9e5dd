"""The lean reader against python-tuf: what one of them makes of a generation, the other does too.

The reader may be stricter (one key under two names counts once); it must never accept what python-tuf refuses.
"""

import json
from collections.abc import Callable
from hashlib import sha512
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from securesystemslib.formats import encode_canonical
from tuf.api.metadata import Metadata, Targets
from tuf.ngclient import Updater, UpdaterConfig

from certx.app.machine.files import replace_file
from certx.errors import CertxError, DocumentError
from certx.keys import Signer
from certx.trust.chain import Chain
from certx.trust.fetch import BASE, FolderSource
from certx.trust.metadata import canonical
from trust.realm import FEDERATION, ONLINE, REGION, ROOT, STRANGERS, Realm
from world import CHONGQING, SICHUAN

OURS = f"region-{SICHUAN}"
Accepted = dict[str, str]
"""What a reader takes as vouched for: path → SHA-256."""


def by_python_tuf(realm: Realm) -> Accepted:
    """By the client of python-tuf alone, as its documentation shows it."""
    cache = realm.folder / "cache"
    cache.mkdir(exist_ok=True)
    pinned = (realm.repository / "metadata" / "1.root.json").read_bytes()
    updater = Updater(
        str(cache), f"{BASE}metadata/", fetcher=FolderSource(realm.repository), bootstrap=pinned, config=UpdaterConfig()
    )
    found: Accepted = {}
    try:
        updater.refresh()
    except Exception:  # noqa: BLE001 - whatever it is, nothing is accepted
        return found
    for path in listed(realm):
        try:
            info = updater.get_targetinfo(path)
        except Exception:  # noqa: BLE001, S112
            continue
        if info is not None:
            found[path] = info.hashes["sha256"]
    return found


def listed(realm: Realm) -> set[str]:
    """Every path that any served role lists."""
    paths: set[str] = set()
    for name in (realm.repository / "metadata").iterdir():
        try:
            signed = Metadata.from_file(str(name)).signed
        except Exception:  # noqa: BLE001, S112 - an attacker's file may be anything
            continue
        if isinstance(signed, Targets):
            paths |= set(signed.targets)
    return paths


def by_the_reader(realm: Realm) -> Accepted:
    pinned = (realm.repository / "metadata" / "1.root.json").read_bytes()
    found: Accepted = {}
    try:
        chain = Chain(pinned, realm.served().get)
    except CertxError:
        return found
    for role in chain.roles:
        try:
            found |= {path: target.sha256 for path, target in chain.targets_of(role).items()}
        except CertxError:
            continue
    return found


def nothing(_: Any) -> None:
    pass


def spoil_signature(realm: Realm, role: str) -> None:
    document = realm.published(role)
    signature = next(iter(document.signatures.values()))
    signature.signature = signature.signature[:-2] + ("00" if signature.signature[-2:] != "00" else "01")
    name = "timestamp.json" if role == "timestamp" else f"{document.signed.version}.{role}.json"
    replace_file(realm.repository / "metadata" / name, document.to_bytes())


def wrong_version(realm: Realm) -> None:
    document = realm.published("root")
    document.signed.version = 3
    realm.put("root", document, ROOT)
    (realm.repository / "metadata" / "3.root.json").rename(realm.repository / "metadata" / "2.root.json")


def lie(realm: Realm, change: Callable[[Any], object]) -> None:
    realm.forge(OURS, signers=REGION[SICHUAN])
    snapshot = realm.published("snapshot")
    change(snapshot.signed.meta[f"{OURS}.json"])
    snapshot.signed.version += 1
    realm.put("snapshot", snapshot, ONLINE)
    realm.stamp(snapshot)


def by_sha512(realm: Realm) -> Callable[[Any], object]:
    data = (realm.repository / "metadata" / f"1.{OURS}.json").read_bytes()
    signed = realm.published(OURS).signed
    assert signed.version == 1

    def change(meta: Any) -> None:
        meta.version, meta.length = 1, len(data)
        meta.hashes = {"sha512": sha512(data).hexdigest()}

    return change


def bare(meta: Any) -> None:
    meta.length, meta.hashes = None, None


ATTACKS: dict[str, Callable[[Realm], object]] = {
    "honest": nothing,
    "region signed by strangers": lambda realm: realm.forge(OURS, signers=STRANGERS),
    "region signed by its neighbour": lambda realm: realm.forge(OURS, signers=REGION[CHONGQING]),
    "region signed by one of two": lambda realm: realm.forge(OURS, signers=REGION[SICHUAN][:1]),
    "region signed by two": lambda realm: realm.forge(OURS, signers=REGION[SICHUAN][1:]),
    "region by the federation": lambda realm: realm.forge(OURS, signers=FEDERATION),
    "region lists its neighbour's file": lambda realm: realm.forge(
        OURS, signers=REGION[SICHUAN], lists={f"regions/{CHONGQING}/keys.json": b"{}"}
    ),
    "region lists the catalogue": lambda realm: realm.forge(
        OURS, signers=REGION[SICHUAN], lists={"catalogue/limits.json": b"{}"}
    ),
    "region lists a path with dots": lambda realm: realm.forge(
        OURS, signers=REGION[SICHUAN], lists={f"regions/{SICHUAN}/../{CHONGQING}/keys.json": b"{}"}
    ),
    "targets signed by too few": lambda realm: realm.forge("targets", signers=FEDERATION[:1]),
    "targets signed by strangers": lambda realm: realm.forge("targets", signers=STRANGERS),
    "snapshot by strangers": lambda realm: realm.forge("snapshot", signers=STRANGERS, online=ONLINE),
    "timestamp by strangers": lambda realm: realm.forge("timestamp", signers=STRANGERS),
    "timestamp by the snapshot's key": lambda realm: realm.forge("timestamp", signers=ONLINE[:1]),
    "root by too few": lambda realm: realm.forge("root", signers=ROOT[:1]),
    "root by two": lambda realm: realm.forge("root", signers=ROOT[:2]),
    "root that skips a version": lambda realm: realm.forge("root", lambda s: setattr(s, "version", 4), ROOT),
    "root of another version inside": wrong_version,
    "snapshot version that does not match": lambda realm: realm.forge(
        "timestamp", lambda s: setattr(s.snapshot_meta, "version", 1), ONLINE, bump=True
    ),
    "region file not as long as said": lambda realm: lie(realm, lambda meta: setattr(meta, "length", 10)),
    "region file with another hash": lambda realm: lie(realm, lambda meta: meta.hashes.update({"sha256": "0" * 64})),
    "region file with another version": lambda realm: lie(realm, lambda meta: setattr(meta, "version", 1)),
    "region file without length and hash": lambda realm: lie(realm, bare),
    "region file by sha512": lambda realm: lie(realm, by_sha512(realm)),
    "region file by an unknown hash": lambda realm: lie(realm, lambda meta: setattr(meta, "hashes", {"md9": "00"})),
    "timestamp signature spoilt": lambda realm: spoil_signature(realm, "timestamp"),
    "region's type is snapshot": lambda realm: realm.forge(
        OURS, lambda s: s.unrecognized_fields.update({"_type": "snapshot"}), REGION[SICHUAN]
    ),
    "unknown members everywhere": lambda realm: realm.forge(
        OURS, lambda s: s.unrecognized_fields.update({"x-more": {'ü\n"\\\x07': [1, None, True, "中"]}}), REGION[SICHUAN]
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_reader_and_python_tuf_agree(realm: Realm, name: str) -> None:
    ATTACKS[name](realm)
    accepted = by_python_tuf(realm)
    assert by_the_reader(realm) == accepted
    if name in {"honest", "region signed by two", "root by two"}:
        assert f"regions/{SICHUAN}/keys.json" in accepted


SIGNED_BY = {
    OURS: REGION[SICHUAN], f"region-{CHONGQING}": REGION[CHONGQING], "targets": FEDERATION, "catalogue": FEDERATION,
    "duty": FEDERATION, "root": ROOT, "snapshot": ONLINE, "timestamp": ONLINE,
}  # fmt: skip


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_whoever_signs_whatever_both_agree(
    first_realm: Realm, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    realm = first_realm.copied(tmp_path_factory.mktemp("any"))
    everyone: list[Signer] = [signer for keys in (*SIGNED_BY.values(), STRANGERS) for signer in keys]
    for _ in range(data.draw(st.integers(1, 3))):
        role = data.draw(st.sampled_from(sorted(SIGNED_BY)))
        signers = data.draw(st.lists(st.sampled_from(everyone), max_size=5, unique=True))
        honest = data.draw(st.booleans())
        realm.forge(role, signers=(*SIGNED_BY[role], *signers) if honest else signers)
    assert by_the_reader(realm) == by_python_tuf(realm)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), JSON))
def test_canonical_json_is_that_of_python_tuf(document: dict[str, Any]) -> None:
    assert canonical(document) == encode_canonical(document).encode()


@pytest.mark.parametrize(
    "text", ['"\\\\n"', "\\n", "\x00\x1f\x7f\u2028", '\\"', "\\\\u0007", "\\u0007", "😀/", "\t\b\f\r"]
)
def test_canonical_json_escapes_two_characters_only(text: str) -> None:
    assert canonical({"a": text, text: [text]}) == encode_canonical({"a": text, text: [text]}).encode()


JUNK = [
    b"", b"[]", b"{}", b'{"signed": 7, "signatures": []}', b'{"signed": {}, "signatures": {}}', b"\xff", b"null",
    b'{"signed": {"_type": "timestamp"}, "signatures": [{}]}', b'{"signed": {"_type": "root", "version": true}}',
]  # fmt: skip


@pytest.mark.parametrize("junk", JUNK)
@pytest.mark.parametrize("name", ["timestamp.json", "snapshot.json", "targets.json", f"{OURS}.json", "2.root.json"])
def test_no_junk_makes_the_reader_stumble(realm: Realm, name: str, junk: bytes) -> None:
    pinned = (realm.repository / "metadata" / "1.root.json").read_bytes()
    files = {**realm.served(), name: junk}
    with pytest.raises(DocumentError) as caught:
        Chain(pinned, files.get).targets_of(OURS)
    assert caught.value.params["file"] == name


@pytest.mark.parametrize("name", ["timestamp", "snapshot", "targets", OURS, "root"])
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_no_change_of_signed_metadata_goes_unnoticed(first_realm: Realm, name: str, data: st.DataObject) -> None:
    """Any member taken out, doubled or of another type, under the old signatures or none."""
    pinned = (first_realm.repository / "metadata" / "1.root.json").read_bytes()
    files = first_realm.served()
    document = json.loads(pinned if name == "root" else files[f"{name}.json"])
    path = data.draw(st.sampled_from(sorted(paths_of(document), key=str)))
    change(document, path, data.draw(st.sampled_from([None, 0, "", [], {}, "x", -1, 1.5, True])))
    changed = json.dumps(document).encode()
    if name == "root":
        files["2.root.json"] = changed
    else:
        files[f"{name}.json"] = changed
    try:
        chain = Chain(pinned, files.get)
        before = Chain(pinned, first_realm.served().get)
        assert chain.targets_of(OURS) == before.targets_of(OURS)  # what changed were needless signatures
        assert chain.role(OURS).signed == before.role(OURS).signed
    except DocumentError:
        pass


def paths_of(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for key, item in inner for path in paths_of(item, (*at, key)))] if at else [
        path for key, item in inner for path in paths_of(item, (key,))
    ]  # fmt: skip


def change(document: Any, path: tuple[Any, ...], value: Any) -> None:
    for step in path[:-1]:
        document = document[step]
    document[path[-1]] = value
