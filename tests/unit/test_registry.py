"""The registry as read from documents, and the review that finds what is wrong with a folder of them."""

import copy
import json
import re
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pytest

from certx.app.trust.review.folder import review_folder, review_trust
from certx.errors import DocumentError, EnvironmentFailureError, UsageError
from certx.keys import Signer, new_signer
from certx.keys.encoding import base64url
from certx.licence.model import day_starts_at
from certx.merkle import root_of
from certx.trust.checkpoint import Checkpoint, LogHead, origin_of, write_checkpoint
from certx.trust.folder import FolderFiles, read_folder
from certx.trust.region_document import read_region
from certx.trust.registry import ListedKey, Listing, Region, Registry, State, key_defect, make_registry
from world import CHONGQING, CREDIT_CODE, ISSUER, KEY, OTHER_CREDIT_CODE, OTHER_ISSUER, SICHUAN, TYPES

SECOND = new_signer("Ed25519")
THIRD = new_signer("ES256")
FOURTH = new_signer("Ed25519")
FIFTH = new_signer("Ed25519")
AGREEMENT_ID = "agr-1"
NAME = {"zh": "示例", "en": "example"}


def listed(signer: Any, **more: Any) -> dict[str, Any]:
    jwk = signer.public_jwk
    return {"kid": jwk["kid"], "jwk": jwk, "from": "2020-01-01T00:00:00+08:00", "state": "active", **more}


def keys_document(region: str = SICHUAN) -> dict[str, Any]:
    issuers = [
        {"id": ISSUER, "name": NAME, "creditCode": CREDIT_CODE, "area": "510100", "types": ["identity-card"],
         "keys": [listed(KEY)]},
        {"id": OTHER_ISSUER, "name": NAME, "creditCode": OTHER_CREDIT_CODE, "area": "510000",
         "types": ["road-transport-permit"], "keys": [listed(SECOND)]},
    ]  # fmt: skip
    return {"region": region, "name": NAME, "issuers": issuers if region == SICHUAN else []}


def agreement() -> dict[str, Any]:
    return {
        "id": AGREEMENT_ID, "version": 1, "parties": [SICHUAN, CHONGQING], "types": ["identity-card"],
        "issuedIn": [SICHUAN], "acceptedIn": [CHONGQING], "from": "2026-01-01",
    }  # fmt: skip


def write(path: Path, document: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def make_folder(folder: Path) -> Path:
    for region in (SICHUAN, CHONGQING):
        write(folder / region / "keys.json", keys_document(region))
        write(folder / region / "agreements" / f"{AGREEMENT_ID}.json", agreement())
    return folder


def codes(folder: Path) -> set[str]:
    return {problem.code for problem in review_folder(folder, frozenset(TYPES)).problems}


def change(way: str, value: Any) -> Callable[[Path], None]:
    """One member of Sichuan's keys.json changed, at a path such as `issuers.0.area`."""

    def apply(folder: Path) -> None:
        document: Any = keys_document()
        *steps, last = [int(step) if step.isdigit() else step for step in way.split(".")]
        here = document
        for step in steps:
            here = here[step]
        here[last] = value
        write(folder / SICHUAN / "keys.json", document)

    return apply


def change_agreement(**changes: Any) -> Callable[[Path], None]:
    """The agreement of both regions with some members changed."""

    def apply(folder: Path) -> None:
        for region in (SICHUAN, CHONGQING):
            write(folder / region / "agreements" / f"{AGREEMENT_ID}.json", {**agreement(), **changes})

    return apply


def put(name: str, text: str) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        (folder / SICHUAN / name).parent.mkdir(exist_ok=True)
        (folder / SICHUAN / name).write_text(text)

    return apply


def federation(spoil: Callable[[Any], object]) -> Callable[[Path], None]:
    """The federation's document with something wrong."""

    def apply(folder: Path) -> None:
        roles = ["root", "targets", "snapshot", "timestamp", f"region-{SICHUAN}", f"region-{CHONGQING}"]
        document: dict[str, Any] = {
            "keys": [{"name": "a", "jwk": THIRD.public_jwk}, {"name": "b", "jwk": FOURTH.public_jwk}],
            "roles": {name: {"keys": [THIRD.kid, FOURTH.kid], "threshold": 2} for name in roles},
        }
        write(folder / "federation" / "roles.json", document)
        assert codes(folder) == set()
        spoil(document)
        write(folder / "federation" / "roles.json", document)

    return apply


def put_checkpoint(signer: Signer, region: str) -> Callable[[Path], None]:
    """The checkpoint of Sichuan's first issuer, whose log key is the fourth."""

    def apply(folder: Path) -> None:
        change("issuers.0.logKeys", [listed(FOURTH)])(folder)
        checkpoint = Checkpoint(origin_of(region, CREDIT_CODE), LogHead(0, b"\0" * 32))
        (folder / SICHUAN / f"{CREDIT_CODE}.checkpoint").write_bytes(write_checkpoint(checkpoint, signer))

    return apply


def put_denied_log(digests: bytes) -> Callable[[Path], None]:
    """A log beside the record of a compromise that is of a log with one licence, of digest nought."""

    def apply(folder: Path) -> None:
        root = base64url(root_of([b"\0" * 32]))
        row = {"key": KEY.kid, "state": "compromised", "since": "2026-01-01T00:00:00+08:00", "reason": "stolen"}
        denials = [{**row, "checkpoint": {"size": 1, "root": root}}]
        write(folder / "federation" / "suspensions.json", {"denials": denials})
        (folder / SICHUAN / f"{CREDIT_CODE}.digests").write_bytes(digests)

    return apply


JWK = KEY.public_jwk
PROBLEMS: list[tuple[str, Callable[[Path], None]]] = [
    ("registry-folder-name", change("region", "530000")),
    ("trust-issuer-id", change("issuers.0.id", "https://issuer.example")),
    ("trust-credit-code", change("issuers.0.creditCode", CREDIT_CODE[:-1] + "Y")),
    ("trust-area", change("issuers.0.area", "500101")),
    ("trust-type", change("issuers.0.types", ["unheard-of"])),
    ("trust-type", change("issuers.0.keys.0.types", ["unheard-of"])),
    ("trust-kid", change("issuers.0.keys.0.kid", "other")),
    ("trust-window", change("issuers.0.keys.0.to", "2020-01-01T00:00:00+08:00")),
    ("trust-window-open", change("issuers.0.keys.0.state", "suspended")),
    ("trust-window-open", change("issuers.0.keys.0.state", "compromised")),
    ("trust-key-shared", change("issuers.1.keys", [listed(KEY)])),
    ("trust-key-shared", change("issuers.0.statusKeys", [listed(KEY)])),
    ("trust-key-shared", change("issuers.0.statusKeys", [listed(SECOND)])),
    ("trust-kid", change("issuers.0.statusKeys", [listed(THIRD, kid="other")])),
    ("trust-window", change("issuers.0.statusKeys", [listed(THIRD, to="2020-01-01T00:00:00+08:00")])),
    ("trust-window-open", change("issuers.0.statusKeys", [listed(THIRD, state="suspended")])),
    ("trust-private", change("issuers.0.statusKeys", [listed(THIRD, jwk={**THIRD.public_jwk, "d": "AAAA"})])),
    ("registry-key-twice", change("issuers.0.statusKeys", [listed(THIRD)] * 2)),
    ("trust-log-key", change("issuers.0.logKeys", [listed(THIRD)])),
    ("trust-key-shared", change("issuers.0.logKeys", [listed(KEY)])),
    ("trust-key-shared", change("issuers.0.grantKeys", [listed(KEY)])),
    ("trust-window", change("issuers.0.grantKeys", [listed(THIRD, to="2020-01-01T00:00:00+08:00")])),
    ("trust-window", change("issuers.0.logKeys", [listed(THIRD, to="2020-01-01T00:00:00+08:00")])),
    ("trust-private", change("issuers.0.logKeys", [listed(THIRD, jwk={**THIRD.public_jwk, "d": "AAAA"})])),
    ("registry-key-twice", change("issuers.0.logKeys", [listed(THIRD)] * 2)),
    ("document-member", change("issuers.0.statusKeys", {})),
    ("document-member", change("issuers.0.statusKeys", None)),
    ("trust-stranger", put("status/notes.txt", "x")),
    ("trust-region-role", federation(lambda document: document["roles"].pop(f"region-{SICHUAN}"))),
    ("federation-key-twice", federation(lambda document: document["keys"].append(document["keys"][0]))),
    ("federation-key-twice", federation(lambda document: document["roles"]["root"]["keys"].append(THIRD.kid))),
    ("federation-key-unknown", federation(lambda document: document["roles"]["root"]["keys"].append("x"))),
    ("federation-role", federation(lambda document: document["roles"].update({"boss": document["roles"]["root"]}))),
    ("document-member", federation(lambda document: document["roles"]["root"].update(threshold=9))),
    ("document-member", federation(lambda document: document["roles"].pop("timestamp"))),
    ("document-member", put("../federation/suspensions.json", '{"denials": [{}]}')),
    ("document-member", put("../federation/limits.json", '{"graceDays": -1}')),
    ("trust-threshold-one", federation(lambda document: document["roles"]["root"].update(threshold=1))),
    ("trust-member-unknown", put("../federation/limits.json", '{"gracedays": 0}')),
    (
        "trust-member-unknown",
        put("../federation/suspensions.json", f'{{"denials": [{{"key": "{KEY.kid}", "sate": "x"}}]}}'),
    ),
    ("trust-denies-nothing", put("../federation/suspensions.json", '{"denials": [{"key": "typo"}]}')),
    ("trust-denies-nothing", put("../federation/suspensions.json", '{"denials": [{"region": "51"}]}')),
    ("trust-log-of-nobody", put("91510100TEST00001X.checkpoint", "x")),
    ("trust-log-form", put(f"{CREDIT_CODE}.digests", "x" * 33)),
    ("checkpoint-unsigned", put(f"{CREDIT_CODE}.checkpoint", "x")),
    ("checkpoint-unsigned", put_checkpoint(FIFTH, SICHUAN)),
    ("checkpoint-unsigned", put_checkpoint(FOURTH, CHONGQING)),
    ("log-differs", put_denied_log(b"\1" * 32)),
    ("trust-denial-unexplained", put("../federation/suspensions.json", f'{{"denials": [{{"key": "{KEY.kid}"}}]}}')),
    (
        "trust-denial-unexplained",
        put("../federation/suspensions.json", f'{{"denials": [{{"region": "{SICHUAN}", "reason": " "}}]}}'),
    ),
    (
        "trust-compromise-undated",
        put("../federation/suspensions.json", f'{{"denials": [{{"key": "{KEY.kid}", "state": "compromised"}}]}}'),
    ),
    ("trust-stranger", put("../federation/notes.txt", "x")),
    ("trust-private", put("../federation/root.pem", "x")),
    ("trust-private", change("issuers.0.keys.0.jwk", {**JWK, "d": "AAAA"})),
    ("trust-private", change("counters", [{"jwk": {"kty": "oct", "k": "AAAA"}}])),
    ("jwk-kind", change("issuers.0.keys.0.jwk", {**JWK, "crv": "P-384"})),
    ("jwk-coordinate", change("issuers.0.keys.0.jwk", {**JWK, "x": "AA"})),
    ("jwk-not-on-curve", change("issuers.0.keys.0.jwk", {**JWK, "y": JWK["x"]})),
    ("jwk-purpose", change("issuers.0.keys.0.jwk", {**JWK, "use": "enc"})),
    ("document-member", change("issuers", {})),
    ("document-member", change("issuers.0.keys.0.from", "2020-01-01")),
    ("registry-issuer-twice", change("issuers", [keys_document()["issuers"][0]] * 2)),
    ("registry-key-twice", change("issuers.0.keys", [listed(KEY)] * 2)),
    ("document-not-json", put("keys.json", "{")),
    ("document-not-json", put("keys.json", "[]")),
    ("file-unreadable", lambda folder: (folder / SICHUAN / "keys.json").unlink()),
    ("trust-private", put("samr.pem", "x")),
    ("trust-stranger", put("notes.txt", "x")),
    ("trust-stranger", put("agreements/notes.txt", "x")),
    ("document-not-json", put(f"agreements/{AGREEMENT_ID}.json", "{")),
    ("agreement-form", change_agreement(parties=None)),
    ("agreement-form", change_agreement(types=None)),
    ("agreement-form", change_agreement(**{"from": "soon"})),
    ("trust-agreement-name", change_agreement(id="agr-2")),
    ("trust-agreement-party", change_agreement(parties=[SICHUAN, "530000"])),
    ("trust-agreement-alone", put(f"agreements/{AGREEMENT_ID}.json", json.dumps(agreement()) + "\n")),
    ("trust-agreement-alone", lambda folder: (folder / CHONGQING / "agreements" / f"{AGREEMENT_ID}.json").unlink()),
]


def test_a_folder_in_which_nothing_is_wrong_is_clean(tmp_path: Path) -> None:
    review = review_folder(make_folder(tmp_path), frozenset(TYPES))
    assert review.problems == ()
    assert (review.regions, review.issuers, review.keys) == (2, 2, 2)


@pytest.mark.parametrize(
    ("code", "spoil"), PROBLEMS, ids=[f"{index}-{code}" for index, (code, _) in enumerate(PROBLEMS)]
)
def test_one_wrong_thing_is_found_by_its_code(tmp_path: Path, code: str, spoil: Callable[[Path], None]) -> None:
    folder = make_folder(tmp_path)
    spoil(folder)
    assert code in codes(folder)


def test_status_keys_and_lists_are_welcome(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    change("issuers.0.statusKeys", [listed(THIRD, to="2030-01-01T00:00:00+08:00")])(folder)
    put(f"status/{CREDIT_CODE}-1.jwt", "x")(folder)
    review = review_folder(folder, frozenset(TYPES))
    assert (review.problems, review.keys) == ((), 3)
    issuer = read_folder(folder).regions[SICHUAN].issuers[ISSUER]
    assert (set(issuer.keys), set(issuer.status_keys)) == ({KEY.kid}, {THIRD.kid})
    assert issuer.status_keys[THIRD.kid].valid_to == day_starts_at("2030-01-01")
    assert read_folder(folder).find(ISSUER, THIRD.kid)[2:4] == (None, None)


def test_checkpoints_and_logs_are_welcome(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    put_denied_log(b"\0" * 32)(folder)
    put_checkpoint(FOURTH, SICHUAN)(folder)
    assert codes(folder) == set()


def test_a_folder_without_regions_is_empty(tmp_path: Path) -> None:
    assert codes(tmp_path) == {"registry-empty"}


def test_a_folder_that_is_not_there_is_an_environment_failure(tmp_path: Path) -> None:
    for look in (read_folder, codes):
        with pytest.raises(EnvironmentFailureError) as caught:
            look(tmp_path / "none")
        assert caught.value.code == "registry-absent"


_OF_LISTS: Final = {"trust-delta-unusable", "trust-list-unusable-already"}
"""See tests/trust/test_list_review.py."""
_OF_RECOGNITION: Final = {"trust-scenario-unrequired", "trust-agreement-matter"}
"""See tests/unit/test_agreements.py."""


def test_every_code_of_a_review_is_reached() -> None:
    review = Path(__file__).parents[2] / "src" / "certx" / "app" / "trust" / "review"
    here = ("agreements", "federation", "folder", "issuers", "logs", "problem")
    sources = [(review / f"{name}.py").read_text(encoding="utf-8") for name in here]
    written = {code for source in sources for code in re.findall(r'"((?:trust|registry|agreement)-[a-z-]+)"', source)}
    elsewhere = {"registry-empty", "trust-member-twice"} | _OF_LISTS | _OF_RECOGNITION
    assert written - elsewhere <= {code for code, _ in PROBLEMS}


def test_a_link_out_of_the_folder_is_a_stranger(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "keys")
    (tmp_path / "elsewhere.json").write_text(json.dumps(agreement()))
    (folder / SICHUAN / "agreements" / "agr-9.json").symlink_to(tmp_path / "elsewhere.json")
    assert "trust-stranger" in codes(folder)


def test_a_folder_is_read_as_its_documents_say(tmp_path: Path) -> None:
    registry = read_folder(make_folder(tmp_path))
    assert sorted(registry.regions) == [CHONGQING, SICHUAN]
    region, issuer, listed_key, owner, _ = registry.find(ISSUER, KEY.kid)
    assert region is not None
    assert issuer is not None
    assert (region.code, issuer.area, issuer.types) == (SICHUAN, "510100", {"identity-card"})
    key = issuer.keys[KEY.kid]
    assert (key.valid_from, key.valid_to, key.state, key.types) == (
        day_starts_at("2020-01-01"), None, State.ACTIVE, None,
    )  # fmt: skip
    assert key.public.verify(KEY.sign(b"x"), b"x")
    assert (listed_key, owner) == (key, None)
    assert registry.find(ISSUER, "none") == Listing(region, issuer)
    assert registry.find(OTHER_ISSUER, KEY.kid).owner == issuer
    assert registry.signed_at is None


@pytest.mark.parametrize("iss", [None, 7, [ISSUER], {}, "", ISSUER + " "])
def test_what_no_region_lists_has_no_issuer(tmp_path: Path, iss: object) -> None:
    assert read_folder(make_folder(tmp_path)).find(iss, KEY.kid) == Listing()


def test_the_version_of_an_unsigned_registry_is_its_content(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    first = read_folder(folder).version
    assert read_folder(folder).version == first
    change("issuers.0.area", "510101")(folder)
    assert read_folder(folder).version != first


def test_a_region_in_the_folder_of_another_is_refused(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    change("region", "530000")(folder)
    with pytest.raises(DocumentError) as caught:
        read_folder(folder)
    assert caught.value.code == "registry-folder-name"


def test_folders_that_are_no_region_are_not_read(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    for name in ("documents", "51000", "5100000", ".git"):
        (folder / name).mkdir()
    assert sorted(read_folder(folder).regions) == [CHONGQING, SICHUAN]


@pytest.mark.parametrize("order", [(SICHUAN, CHONGQING), (CHONGQING, SICHUAN)])
def test_no_other_region_speaks_for_an_issuer_of_sichuan(order: tuple[str, ...]) -> None:
    honest = read_region(keys_document())
    thief = honest._replace(code=CHONGQING, issuers={ISSUER: honest.issuers[ISSUER]._replace(keys={})})
    regions = {SICHUAN: honest, CHONGQING: thief}
    registry = make_registry("1", [regions[code] for code in order])
    assert registry.find(ISSUER, KEY.kid).key == honest.issuers[ISSUER].keys[KEY.kid]


def test_an_issuer_that_two_other_regions_list_is_nobodys() -> None:
    one = read_region(keys_document())._replace(code="500000")
    unread = make_registry("1", [one, one._replace(code="530000")]).find(ISSUER, KEY.kid).unread
    assert unread is not None
    assert (unread.code, unread.params) == ("registry-issuer-twice", {"issuer": ISSUER})


class Unvouched(dict[str, Region]):
    """Regions of which Sichuan's cannot be verified just now."""

    def __getitem__(self, code: str) -> Region:
        if code == SICHUAN:
            raise DocumentError("registry-folder-name", path="x", region=code)
        return super().__getitem__(code)


def test_while_the_home_of_an_issuer_is_unread_nobody_else_speaks_for_it() -> None:
    one = read_region(keys_document())
    registry = Registry("1", Unvouched({SICHUAN: one, CHONGQING: one._replace(code=CHONGQING)}))
    listing = registry.find(ISSUER, KEY.kid)
    assert (listing.issuer, listing.unread and listing.unread.code) == (None, "registry-folder-name")


def test_an_issuer_nobody_lists_may_stand_in_a_region_that_is_unread() -> None:
    registry = Registry("1", Unvouched({SICHUAN: read_region(keys_document()), CHONGQING: Region(CHONGQING, NAME, {})}))
    assert registry.find("urn:certx:issuer:11500000MB9X0A0999", "k").unread is not None
    with pytest.raises(DocumentError):
        registry.issuer_named(CREDIT_CODE)


def test_an_issuer_is_named_by_its_id_or_its_credit_code() -> None:
    registry = make_registry("1", [read_region(keys_document())])
    assert registry.issuer_named(ISSUER) is registry.issuer_named(CREDIT_CODE)
    with pytest.raises(UsageError):
        registry.issuer_named(CREDIT_CODE[:-1])


@pytest.mark.parametrize(
    ("way", "value", "at"),
    [
        ("region", 7, "region"),
        ("issuers", None, "issuers"),
        ("issuers.0", "x", "issuers[0]"),
        ("issuers.1.types", [7], "issuers[1].types"),
        ("issuers.0.creditCode", None, "issuers[0].creditCode"),
        ("issuers.0.state", "gone", "issuers[0].state"),
        ("state", ["active"], "state"),
        ("issuers.0.keys.0.jwk", "x", "issuers[0].keys[0].jwk"),
        ("issuers.0.keys.0.to", "2026-01-01T00:00:00", "issuers[0].keys[0].to"),
        ("issuers.0.keys.0.since", 7, "issuers[0].keys[0].since"),
        ("issuers.0.keys.0.types", "identity-card", "issuers[0].keys[0].types"),
    ],
)
def test_a_wrong_member_is_named_by_its_place(tmp_path: Path, way: str, value: Any, at: str) -> None:
    change(way, value)(tmp_path)
    with pytest.raises(DocumentError) as caught:
        read_folder(tmp_path)
    assert caught.value.code == "document-member"
    assert str(caught.value.params["at"]).endswith(f"keys.json: {at}")


def test_a_key_says_why_it_cannot_be_used() -> None:
    good = ListedKey(KEY.kid, KEY.public_jwk, 0)
    assert key_defect(good) is None
    defect = key_defect(ListedKey("k", {**KEY.public_jwk, "use": "enc"}, 0))
    assert defect is not None
    assert defect.code == "jwk-purpose"


def test_what_was_read_is_not_changed_by_reading() -> None:
    document = keys_document()
    before = copy.deepcopy(document)
    read_region(document)
    assert document == before


def test_the_files_of_a_folder_have_the_paths_of_a_signed_registry(tmp_path: Path) -> None:
    files = FolderFiles(make_folder(tmp_path))
    (tmp_path / SICHUAN / "agreements" / "notes.txt").write_text("x")
    data = json.dumps(agreement(), ensure_ascii=False).encode()
    assert files.names(f"regions/{SICHUAN}/agreements") == {f"{AGREEMENT_ID}.json": sha256(data).hexdigest()}
    assert files.read(f"regions/{CHONGQING}/agreements/{AGREEMENT_ID}.json") == data
    assert files.names(f"status/{SICHUAN}") == {}
    assert files.read(f"status/{SICHUAN}/list.jwt") is None
    write(tmp_path / SICHUAN / "status" / "list.jwt", "x")
    assert files.read(f"status/{SICHUAN}/list.jwt") == b'"x"'
    assert set(files.names(f"status/{SICHUAN}")) == {"list.jwt"}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('"state": "active"', '"stat": "compromised"', "schema-additionalProperties"),
        ('"state": "active"', '"state": "compromised", "state": "active"', "trust-member-twice"),
        ('"kid": ', '"until": "2026-01-01T00:00:00+08:00", "kid": ', "schema-additionalProperties"),
    ],
)
def test_a_misspelt_or_double_member_never_means_its_default(tmp_path: Path, old: str, new: str, code: str) -> None:
    shutil.copytree(Path(__file__).parents[2] / "keys", tmp_path / "keys")
    path = tmp_path / "keys" / SICHUAN / "keys.json"
    assert not review_trust(tmp_path / "keys").problems
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    assert code in {problem.code for problem in review_trust(tmp_path / "keys").problems}
