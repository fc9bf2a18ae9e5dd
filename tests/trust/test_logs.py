"""A stolen issuing key: what the log that a registry witnessed before that proves, at a counter."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from certx.app.doctor.examination import examine
from certx.app.registry.sources import LocalSources
from certx.app.registry.witness import last_checkpoint
from certx.app.trust.denying import checkpoint_row
from certx.credential.parse import parse
from certx.doctor.complaint import Ailment
from certx.errors import CertxError
from certx.evidence import Expectation
from certx.i18n import Words
from certx.keys import Signer, new_signer
from certx.keys.encoding import base64url
from certx.merkle import Tree, root_of
from certx.reason import Outcome, Reason
from certx.render.registry_work import sync_lines
from certx.trust.checkpoint import Checkpoint, LogHead, origin_of, write_checkpoint
from certx.trust.generations import Generations
from certx.trust.logs import PROVEN
from certx.trust.receipt import Receipt
from certx.verdict import Verdict
from certx.verify import verify
from trust.realm import ALL, DAY, NOW, REGION, Realm
from world import CREDIT_CODE, KEY, SICHUAN, finding_of, issue

LOG_KEY = new_signer("Ed25519")
LICENCES = [issue(issued_at=NOW - 3 * DAY + n) for n in range(3)]
LATER = issue(issued_at=NOW - 2 * DAY)
"""Signed before the theft, after the last checkpoint; or by the thief, who says so."""
FORGED = issue(issued_at=NOW - 3_600)
DIGESTS = [parse(text).jws.digest for text in LICENCES]
HEAD = LogHead(3, root_of(DIGESTS))
STOLEN_AT = NOW - DAY


def iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def put_checkpoint(realm: Realm, head: LogHead = HEAD, signer: Signer = LOG_KEY) -> None:
    checkpoint = Checkpoint(origin_of(SICHUAN, CREDIT_CODE), head)
    (realm.source / SICHUAN / f"{CREDIT_CODE}.checkpoint").write_bytes(write_checkpoint(checkpoint, signer))


def put_digests(realm: Realm, digests: list[bytes]) -> None:
    (realm.source / SICHUAN / f"{CREDIT_CODE}.digests").write_bytes(b"".join(digests))


def deny_key(realm: Realm, head: LogHead | None = HEAD, **more: Any) -> None:
    row = {"key": KEY.kid, "state": "compromised", "since": iso(STOLEN_AT), "reason": "stolen", **more}
    if head is not None:
        row["checkpoint"] = {"size": head.size, "root": base64url(head.root)}
    realm.deny(row)


@pytest.fixture
def logged(tmp_path: Path) -> Realm:
    """A realm whose issuer has a log key and published a checkpoint two days ago."""
    realm = Realm.founded(tmp_path, now=NOW - 3 * DAY)
    path = realm.source / SICHUAN / "keys.json"
    document = json.loads(path.read_bytes())
    log_key = {"kid": LOG_KEY.kid, "jwk": LOG_KEY.public_jwk, "from": "2020-01-01T00:00:00+08:00"}
    document["issuers"][0]["logKeys"] = [log_key]
    path.write_text(json.dumps(document), encoding="utf-8")
    put_checkpoint(realm)
    assert realm.publish(now=NOW - 2 * DAY).version == 2
    return realm


def stolen(realm: Realm, **more: Any) -> Realm:
    """The federation names the theft; the counter has heard of it."""
    deny_key(realm, **more)
    realm.publish()
    realm.sync()
    return realm


def ailments(realm: Realm) -> list[Ailment]:
    """What the doctor says of logs, in whole words of both languages."""
    found = [c for c in examine(realm.settings, now=NOW).findings if c.code.startswith("log-")]
    assert not any("?" in "".join(Words(lang).ailment(c.code, c.params)) for c in found for lang in ("zh", "en"))
    return [complaint.code for complaint in found]


def outcome(verdict: Verdict) -> tuple[Outcome, Reason | None]:
    return verdict.outcome, verdict.deciding and verdict.deciding.reason


UNPROVEN = (Outcome.UNDETERMINED, Reason.KEY_COMPROMISED_LATER)
OF_ANOTHER = (Outcome.UNDETERMINED, Reason.RECEIPT_OF_ANOTHER)
REFUSED = (Outcome.INVALID, Reason.KEY_COMPROMISED)
GOOD = (Outcome.ACCEPTED, None)


def test_a_published_log_keeps_the_licences_of_honest_holders(logged: Realm) -> None:
    put_digests(logged, DIGESTS)
    stolen(logged)
    for text in LICENCES:
        verdict = logged.verify(text)
        assert outcome(verdict) == GOOD
        assert finding_of(verdict, "entitlement").params["proof"] == "log"
    assert outcome(logged.verify(LATER)) == UNPROVEN
    assert outcome(logged.verify(FORGED)) == REFUSED


def test_a_log_that_went_on_is_believed_as_far_as_it_was_witnessed(logged: Realm) -> None:
    put_digests(logged, [*DIGESTS, parse(LATER).jws.digest])
    stolen(logged)
    assert outcome(logged.verify(LICENCES[2])) == GOOD
    assert outcome(logged.verify(LATER)) == UNPROVEN


def test_without_the_log_a_receipt_does(logged: Realm) -> None:
    stolen(logged)
    receipt = Receipt("id", "log", DIGESTS[1], 1, HEAD, tuple(Tree(DIGESTS).prove_entry(1)))
    for text, expected in ((LICENCES[1], GOOD), (LICENCES[0], OF_ANOTHER), (FORGED, REFUSED)):
        expectation = Expectation(receipts={DIGESTS[1]: [receipt]})
        verdict = verify(text, LocalSources(logged.settings, now=NOW), now=NOW, expectation=expectation)
        assert outcome(verdict) == expected


def drop_key(realm: Realm) -> None:
    path = realm.source / SICHUAN / "keys.json"
    document = json.loads(path.read_bytes())
    document["issuers"][0]["keys"] = []
    path.write_text(json.dumps(document), encoding="utf-8")


def test_a_receipt_proves_a_licence_also_after_its_region_took_the_stolen_key_away(logged: Realm) -> None:
    logged.sync()
    drop_key(logged)
    stolen(logged)
    receipt = Receipt("id", "log", DIGESTS[1], 1, HEAD, tuple(Tree(DIGESTS).prove_entry(1)))
    for text, expected in ((LICENCES[1], GOOD), (LICENCES[0], OF_ANOTHER), (FORGED, REFUSED)):
        expectation = Expectation(receipts={DIGESTS[1]: [receipt]})
        verdict = verify(text, LocalSources(logged.settings, now=NOW), now=NOW, expectation=expectation)
        assert outcome(verdict) == expected


@pytest.mark.parametrize(
    "digests", [DIGESTS[::-1], DIGESTS[:2], [*DIGESTS[:2], parse(LATER).jws.digest], [b"\1" * 32, *DIGESTS]]
)
def test_another_log_proves_nothing_and_is_told(logged: Realm, digests: list[bytes]) -> None:
    """The thief has the region's keys too, and publishes a log of its own; no honest publisher would."""
    stolen(logged)
    logged.forge(
        f"region-{SICHUAN}", signers=REGION[SICHUAN],
        lists={f"regions/{SICHUAN}/{CREDIT_CODE}.digests": b"".join(digests)},
    )  # fmt: skip
    for is_new in (True, False, False):
        report = logged.sync()
        assert report.is_new is is_new
        assert [(p.role, p.error.code) for p in report.problems] == [(f"region-{SICHUAN}", "log-differs")]
        told = "\n".join(sync_lines(report, Words("en")))
        assert f"this log proves nothing; all else of region-{SICHUAN} is in use" in told
        assert "cannot be relied on" not in told
        assert ailments(logged) == [Ailment.LOG_UNUSABLE]
    assert outcome(logged.verify(LICENCES[0])) == UNPROVEN
    assert outcome(logged.verify(LATER)) == UNPROVEN


def test_what_is_noted_of_a_log_stands_while_it_is_published_unchanged_and_no_longer(logged: Realm) -> None:
    """A note that is wrong shows what was looked at: whoever plants it can write to the home anyway."""
    stolen(logged)
    digests = [*DIGESTS[:2], parse(LATER).jws.digest]
    path = f"regions/{SICHUAN}/{CREDIT_CODE}.digests"

    def publish(data: bytes) -> list[str]:
        logged.forge(f"region-{SICHUAN}", signers=REGION[SICHUAN], lists={path: data})
        return [problem.error.code for problem in logged.sync().problems]

    false = b"".join(digests)
    assert publish(false) == ["log-differs"]
    current = Generations(logged.home / "registry").current()
    assert current is not None
    note = {sha256(false).hexdigest(): [[3, HEAD.root.hex()]]}
    (current.folder / PROVEN).write_text(json.dumps(note), encoding="utf-8")
    assert logged.sync().problems == ()
    assert publish(false) == []
    assert outcome(logged.verify(LATER)) == GOOD
    assert publish(false + bytes(32)) == ["log-differs"]
    assert outcome(logged.verify(LATER)) == UNPROVEN


def test_what_is_noted_of_one_log_is_not_believed_of_another(logged: Realm) -> None:
    put_digests(logged, DIGESTS)
    stolen(logged)
    false = b"".join([*DIGESTS[:2], parse(LATER).jws.digest])
    path = f"regions/{SICHUAN}/{CREDIT_CODE}.digests"
    logged.forge(f"region-{SICHUAN}", signers=REGION[SICHUAN], lists={path: false})
    assert [p.error.code for p in logged.sync().problems] == ["log-differs"]
    assert outcome(logged.verify(LICENCES[0])) == UNPROVEN
    assert outcome(logged.verify(LATER)) == UNPROVEN


def test_what_a_sync_noted_of_another_file_proves_nothing(logged: Realm) -> None:
    """What is noted beside the generation goes with the digest of the file that was looked at."""
    put_digests(logged, DIGESTS)
    stolen(logged)
    generations = logged.home / "registry" / "generations"
    noted = next(iter(generations.glob(f"*/{PROVEN}")))
    noted.write_bytes(json.dumps({"0" * 64: [[3, HEAD.root.hex()]]}).encode())
    assert outcome(logged.verify(LICENCES[0])) == UNPROVEN
    for garbage in (b"", b"{", b"[]", b'{"a": 1}', b'{"a": [[1, "zz"]]}'):
        noted.write_bytes(garbage)
        assert outcome(logged.verify(LICENCES[0])) == UNPROVEN


@pytest.mark.parametrize("garbage", [None, b"", b"{", b"[]", b'{"a": [[1, "zz"]]}', b'{"%s": []}' % (b"0" * 64)])
def test_a_note_that_is_lost_or_damaged_is_told_and_made_anew(logged: Realm, garbage: bytes | None) -> None:
    put_digests(logged, DIGESTS)
    stolen(logged)
    current = Generations(logged.home / "registry").current()
    assert current is not None
    noted = current.folder / PROVEN
    noted.unlink()
    if garbage is not None:
        noted.write_bytes(garbage)
    assert ailments(logged) == [Ailment.LOG_NOT_NOTED]
    assert outcome(logged.verify(LICENCES[0])) == UNPROVEN
    report = logged.sync()
    assert (report.is_new, report.problems) == (True, ())
    assert outcome(logged.verify(LICENCES[0])) == GOOD
    assert ailments(logged) == []
    assert logged.sync().is_new is False


def test_a_log_that_was_damaged_here_is_told_and_fetched_anew(logged: Realm) -> None:
    put_digests(logged, DIGESTS)
    stolen(logged)
    held = logged.home / "registry" / "objects" / sha256(b"".join(DIGESTS)).hexdigest()
    held.write_bytes(b"".join(DIGESTS[::-1]))
    assert outcome(logged.verify(LICENCES[0])) == UNPROVEN
    assert ailments(logged) == [Ailment.LOG_UNUSABLE]
    logged.sync()
    assert outcome(logged.verify(LICENCES[0])) == GOOD
    assert ailments(logged) == []


def test_a_compromise_without_a_checkpoint_proves_nothing(logged: Realm) -> None:
    put_digests(logged, DIGESTS)
    stolen(logged, head=None)
    assert outcome(logged.verify(LICENCES[0])) == UNPROVEN


@pytest.mark.parametrize(
    ("earlier", "is_kept"), [(NOW - 1.9 * DAY, True), (int(NOW) - 2 * DAY, False), (NOW - 2.1 * DAY, False)],
    ids=["after", "at", "before"],
)  # fmt: skip
def test_the_regions_word_of_an_earlier_theft_keeps_the_proof_if_that_is_older_still(
    logged: Realm, earlier: float, *, is_kept: bool
) -> None:
    """The registry that witnessed the log was signed two days ago."""
    put_digests(logged, DIGESTS)
    (_, head), at = last_checkpoint(logged.repository, SICHUAN, CREDIT_CODE, before=STOLEN_AT)
    deny_key(logged, head=None, checkpoint=checkpoint_row(head, at))
    path = logged.source / SICHUAN / "keys.json"
    document = json.loads(path.read_bytes())
    document["issuers"][0]["keys"][0] |= {"state": "compromised", "since": iso(earlier)}
    path.write_text(json.dumps(document), encoding="utf-8")
    logged.publish()
    logged.sync()
    assert outcome(logged.verify(LICENCES[0])) == (GOOD if is_kept else UNPROVEN)
    assert outcome(logged.verify(FORGED)) == REFUSED


def test_a_denial_that_has_expired_still_tells_and_still_proves(logged: Realm) -> None:
    put_digests(logged, DIGESTS)
    stolen(logged)
    later = NOW + 400 * DAY
    assert outcome(logged.verify(FORGED, now=later)) == REFUSED
    assert logged.verify(LICENCES[0], now=later).outcome is not Outcome.INVALID


# --- the witness: what had been published before


def test_the_last_checkpoint_before_the_theft_is_found(logged: Realm) -> None:
    longer = LogHead(4, root_of([*DIGESTS, parse(LATER).jws.digest]))
    put_checkpoint(logged, longer)
    logged.publish(now=NOW - DAY / 2)
    for before, expected in ((STOLEN_AT, HEAD), (NOW, longer)):
        found = last_checkpoint(logged.repository, SICHUAN, CREDIT_CODE, before=before)
        assert found.checkpoint == Checkpoint(origin_of(SICHUAN, CREDIT_CODE), expected)
        assert found.at == int(NOW - (2 * DAY if expected is HEAD else DAY / 2))


@pytest.mark.parametrize(
    ("before", "code"), [(int(NOW) - 2 * DAY, CREDIT_CODE), (NOW, "91510100TEST00001X")], ids=["later", "another"]
)
def test_what_was_not_published_by_then_was_not_witnessed(logged: Realm, before: float, code: str) -> None:
    with pytest.raises(CertxError) as caught:
        last_checkpoint(logged.repository, SICHUAN, code, before=before)
    assert caught.value.code == "checkpoint-none"


def test_the_witness_outlives_a_change_of_roots_and_publishers(logged: Realm) -> None:
    others = (new_signer("Ed25519"), new_signer("Ed25519"))
    for role in ("root", "snapshot", "timestamp"):
        logged.appoint(role, others)
    assert logged.publish((*ALL, *others)).version == 3
    found = last_checkpoint(logged.repository, SICHUAN, CREDIT_CODE, before=NOW - DAY)
    assert found.checkpoint.head == HEAD


def test_a_past_that_was_tampered_with_witnesses_nothing(logged: Realm) -> None:
    logged.publish()
    metadata = logged.repository / "metadata"
    old = metadata / "2.timestamp.json"
    data = old.read_bytes()
    old.write_bytes(data.replace(b'"version": 2', b'"version": 1', 1) if b'"version": 2' in data else data[:-9])
    with pytest.raises(CertxError):
        last_checkpoint(logged.repository, SICHUAN, CREDIT_CODE, before=NOW - DAY)
