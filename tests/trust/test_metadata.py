"""What only raw JSON can say: metadata that its keys signed and that no library would write."""

import json
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any

import pytest
from tuf.api.metadata import DelegatedRole

from certx.errors import DocumentError
from certx.keys import Signer
from certx.trust.ceremony import tuf_key
from certx.trust.chain import Chain
from certx.trust.metadata import (
    MAX_METADATA_BYTES,
    Target,
    canonical,
    check_target,
    covers,
    moment,
    parse_metadata,
)
from trust.realm import FEDERATION, ONLINE, REGION, ROOT, STRANGERS, Realm
from trust.test_differential import by_python_tuf, by_the_reader
from world import CHONGQING, SICHUAN

OURS = f"region-{SICHUAN}"
KEEPERS = {
    "root": ROOT, "timestamp": ONLINE[1:], "snapshot": ONLINE[:1], "targets": FEDERATION, OURS: REGION[SICHUAN],
}  # fmt: skip


def signatures(signed: Any, signers: Iterable[Signer]) -> list[dict[str, str]]:
    data = canonical(signed)
    software = [signer for signer in signers if signer.algorithm == "Ed25519"]
    return [{"keyid": tuf_key(s.public_jwk, "").keyid, "sig": s.sign(data).hex()} for s in software]


class Raw:
    """The served metadata as dictionaries; whoever changes one signs it and all above it again."""

    def __init__(self, realm: Realm) -> None:
        self.pinned = (realm.repository / "metadata" / "1.root.json").read_bytes()
        self.files = realm.served()

    def change(self, role: str, alter: Callable[[Any], object], *, bare: bool = False) -> None:
        document = json.loads(self.files[f"{role}.json"])
        alter(document["signed"])
        self.put(role, document["signed"], bare=bare)

    def put(self, role: str, signed: Any, *, bare: bool = False, signed_by: list[dict[str, str]] | None = None) -> None:
        given = signatures(signed, KEEPERS[role]) if signed_by is None else signed_by
        data = json.dumps({"signed": signed, "signatures": given}, ensure_ascii=False).encode()
        self.files[f"{role}.json"] = data
        above = {"timestamp": None, "snapshot": "timestamp"}.get(role, "snapshot")
        if above is not None:
            meta = {"version": signed["version"]}
            if not bare:
                meta |= {"length": len(data), "hashes": {"sha256": sha256(data).hexdigest()}}
            self.change(above, lambda upper: upper["meta"].update({f"{role}.json": meta}))

    def read(self) -> dict[str, Target]:
        return Chain(self.pinned, self.files.get).targets_of(OURS)

    def refused(self, code: str, file: str) -> None:
        with pytest.raises(DocumentError) as caught:
            self.read()
        assert (caught.value.code, caught.value.params["file"]) == (code, file)


@pytest.fixture
def raw(realm: Realm) -> Raw:
    raw = Raw(realm)
    before = raw.read()
    for role in ("targets", OURS, "snapshot", "timestamp"):
        raw.change(role, lambda signed: signed.update({"x-test": 1}))
    assert raw.read() == before  # what is signed raw is read like anything else
    return raw


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets", OURS])
@pytest.mark.parametrize("version", [0, -1, True, "1", 1.0, None])
def test_a_version_is_a_whole_number_from_one(raw: Raw, role: str, version: object) -> None:
    raw.change(role, lambda signed: signed.update({"version": version}))
    raw.refused("tuf-form", f"{role}.json")


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets", OURS])
@pytest.mark.parametrize(
    "wrong",
    [{"_type": "root"}, {"spec_version": "2.0"}, {"spec_version": None}, {"expires": "2030-01-01"}, {"expires": 7},
     {"expires": "2030-01-01T00:00:00+00:00"}, {"expires": "2030-13-01T00:00:00Z"}],
)  # fmt: skip
def test_what_every_role_must_say(raw: Raw, role: str, wrong: dict[str, object]) -> None:
    raw.change(role, lambda signed: signed.update(wrong))
    raw.refused("tuf-form", f"{role}.json")


@pytest.mark.parametrize(("role", "member"), [("timestamp", "meta"), ("snapshot", "meta"), (OURS, "targets")])
def test_a_member_that_is_missing(raw: Raw, role: str, member: str) -> None:
    document = json.loads(raw.files[f"{role}.json"])
    document["signed"][member] = []
    data = json.dumps({"signed": document["signed"], "signatures": signatures(document["signed"], KEEPERS[role])})
    raw.files[f"{role}.json"] = data.encode()
    with pytest.raises(DocumentError):
        raw.read()


def test_metadata_is_bounded_before_it_is_parsed(raw: Raw) -> None:
    raw.files["timestamp.json"] += b" " * MAX_METADATA_BYTES
    raw.refused("tuf-form", "timestamp.json")
    with pytest.raises(DocumentError):
        parse_metadata(b" " * (MAX_METADATA_BYTES - 1) + b"{}", "x")


@pytest.mark.parametrize("threshold", [0, -1, "2", True, None, 1.0])
def test_a_threshold_is_a_whole_number_from_one(raw: Raw, threshold: object) -> None:
    def alter(signed: Any) -> None:
        next(row for row in signed["delegations"]["roles"] if row["name"] == OURS)["threshold"] = threshold

    raw.change("targets", alter)
    raw.refused("tuf-form", "targets.json")


def test_a_key_id_that_is_there_twice(raw: Raw) -> None:
    def alter(signed: Any) -> None:
        row = next(row for row in signed["delegations"]["roles"] if row["name"] == OURS)
        row["keyids"] = row["keyids"][:1] * 2

    raw.change("targets", alter)
    raw.refused("tuf-form", "targets.json")


def test_a_key_that_is_named_and_not_there_does_not_count(raw: Raw) -> None:
    def alter(signed: Any) -> None:
        row = next(row for row in signed["delegations"]["roles"] if row["name"] == OURS)
        row["keyids"] = [row["keyids"][0], "f" * 64]

    raw.change("targets", alter)
    raw.refused("tuf-signatures", f"{OURS}.json")


def test_one_signature_that_is_there_twice(raw: Raw) -> None:
    signed = json.loads(raw.files[f"{OURS}.json"])["signed"]
    raw.put(OURS, signed, signed_by=signatures(signed, REGION[SICHUAN][:1]) * 2)
    raw.refused("tuf-form", f"{OURS}.json")


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_signatures(raw: Raw, count: int) -> None:
    signed = json.loads(raw.files[f"{OURS}.json"])["signed"]
    raw.put(OURS, signed, signed_by=signatures(signed, (*REGION[SICHUAN][:count], *STRANGERS)))
    with pytest.raises(DocumentError) as caught:
        raw.read()
    assert caught.value.params == {"file": f"{OURS}.json", "needed": 2, "found": count}


@pytest.mark.parametrize("kind", [("rsa", "rsassa-pss-sha256"), ("ed25519", "x"), ("ecdsa", "ecdsa-sha2-nistp256")])
def test_a_key_of_another_kind_signs_nothing(raw: Raw, kind: tuple[str, str]) -> None:
    def alter(signed: Any) -> None:
        for key in signed["delegations"]["keys"].values():
            key["keytype"], key["scheme"] = kind

    raw.change("targets", alter)
    raw.refused("tuf-signatures", f"{OURS}.json")


@pytest.mark.parametrize(
    "alter",
    [
        lambda given: given["roles"].append(given["roles"][0]),
        lambda given: given["roles"][0].update({"path_hash_prefixes": ["00"]}),
        lambda given: given["roles"][0].pop("paths"),
        lambda given: given["roles"][0].pop("name"),
        lambda given: given.update({"roles": 7}),
    ],
)
def test_delegations_of_a_form_that_is_none_of_ours(raw: Raw, alter: Callable[[Any], object]) -> None:
    raw.change("targets", lambda signed: alter(signed["delegations"]))
    raw.refused("tuf-form", "targets.json")


@pytest.mark.parametrize("role", ["snapshot", "targets", OURS])
def test_another_version_than_is_said_above_without_a_hash(raw: Raw, role: str) -> None:
    raw.change(role, lambda signed: signed.update({"version": 9}), bare=True)
    above = "timestamp" if role == "snapshot" else "snapshot"
    raw.change(above, lambda signed: signed["meta"][f"{role}.json"].update({"version": 8}))
    raw.refused("tuf-version", f"{role}.json")


HALF_SAID = [
    {}, 7, {"length": 1}, {"length": "1", "hashes": {"sha256": "0" * 64}},
    {"length": -1, "hashes": {"sha256": "0" * 64}}, {"length": 1, "hashes": {}},
    {"length": 1, "hashes": {"sha256": "0" * 63}}, {"length": 1, "hashes": {"sha256": "G" * 64}},
    {"length": 1, "hashes": {"sha256": "../../../../etc/passwd"}},
]  # fmt: skip


@pytest.mark.parametrize("row", HALF_SAID)
def test_a_target_that_is_not_said_in_full(raw: Raw, row: object) -> None:
    raw.change(OURS, lambda signed: signed["targets"].update({f"regions/{SICHUAN}/keys.json": row}))
    raw.refused("tuf-form", f"{OURS}.json")


DATA = b"four"
DIGEST = sha256(DATA).hexdigest()


@pytest.mark.parametrize(
    "target",
    [Target(3, {"sha256": DIGEST}), Target(4, {"sha256": "0" * 64}), Target(4, {"sha256": DIGEST, "md5": "x"})],
)
def test_content_of_another_length_or_digest(target: Target) -> None:
    check_target(DATA, Target(4, {"sha256": DIGEST}), "x")
    with pytest.raises(DocumentError):
        check_target(DATA, target, "x")


@pytest.mark.parametrize(
    ("pattern", "path", "does"),
    [
        ("regions/510000/*", "regions/510000/keys.json", True),
        ("regions/*", "regions/510000/keys.json", False),
        ("regions/510000/*", "regions/510000/agreements/a.json", False),
        ("regions/510000/*", "regions/510000", False),
        ("regions/*/keys.json", "regions/510000/keys.json", True),
        ("regions/51????/*", "regions/510000/keys.json", True),
        ("regions/500000/*", "regions/510000/keys.json", False),
        ("*", "keys.json", True),
        ("*", "regions/keys.json", False),
    ],
)
def test_patterns_do_not_cross_folders(pattern: str, path: str, *, does: bool) -> None:
    assert covers(pattern, path) is does
    assert DelegatedRole("x", ["a"], 1, terminating=True, paths=[pattern]).is_delegated_path(path) is does


@pytest.mark.parametrize("paths", [[f"regions/{SICHUAN}/*"], [f"regions/{SICHUAN}/keys.json"], [], ["regions/*"]])
def test_a_federation_may_grant_a_region_less_than_all_its_folders(realm: Realm, paths: list[str]) -> None:
    realm.forge("targets", lambda signed: setattr(signed.delegations.roles[OURS], "paths", paths), FEDERATION)
    accepted = by_the_reader(realm)
    assert accepted == by_python_tuf(realm)
    assert not [path for path in accepted if path.startswith(f"regions/{SICHUAN}/agreements")]
    assert [path for path in accepted if path.startswith(f"regions/{CHONGQING}/agreements")]


JUNK_ROWS = [{"sig": 7}, {"sig": "zz"}, {"sig": None}, {"sig": []}]


@pytest.mark.parametrize("junk", JUNK_ROWS)
def test_a_signature_of_no_form_is_no_signature_and_spoils_no_other(raw: Raw, junk: dict[str, Any]) -> None:
    signed = json.loads(raw.files[f"{OURS}.json"])["signed"]
    good = signatures(signed, REGION[SICHUAN])
    raw.put(OURS, signed, signed_by=[{**good[0], **junk}, *good[1:]])
    assert raw.read()
    raw.put(OURS, signed, signed_by=[{**good[0], **junk}, good[1]])
    raw.refused("tuf-signatures", f"{OURS}.json")


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets", OURS])
def test_metadata_too_deep_to_be_ours(raw: Raw, role: str) -> None:
    deep: Any = []
    for _ in range(300):
        deep = [deep]
    document = json.loads(raw.files[f"{role}.json"])
    document["signed"]["x-deep"] = deep
    raw.files[f"{role}.json"] = json.dumps(document).encode()
    with pytest.raises(DocumentError):
        raw.read()


def test_a_time_is_utc_to_the_second() -> None:
    assert moment("1970-01-01T00:00:10Z", "x") == 10
    for text in ("1970-01-01T00:00:10", "1970-01-01 00:00:10Z", "1970-01-01T00:00:10.5Z", None, 10, "", "x" * 20):
        with pytest.raises(DocumentError):
            moment(text, "x")
