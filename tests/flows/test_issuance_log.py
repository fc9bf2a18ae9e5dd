"""An issuer's log, from its ledger: checkpoints that follow each other, receipts that prove what they say."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from certx.app.status import issuance_log, proving
from certx.app.status.issuance_log import PublishedLog, publish_checkpoint
from certx.app.status.proving import Prover, make_receipts, write_receipts
from certx.batch.order import Proven
from certx.errors import CertxError
from certx.keys import Signer, new_signer
from certx.ledger import Reservation, SigningKey
from certx.ledger.sqlite import SqliteLedger
from certx.merkle import root_of
from certx.settings import Settings
from certx.trust.checkpoint import LogHead, open_checkpoint, origin_of
from certx.trust.files import MAX_DIGESTS_BYTES
from certx.trust.receipt import MAX_RECEIPTS, Receipt, read_receipts
from certx.trust.registry import Registry, State
from world import CREDIT_CODE, KEY, LOG_KEY, NOW, SICHUAN, STATUS_KEY, WORLD, World

SIGNED_BY = SigningKey(CREDIT_CODE, KEY.kid)
ORIGIN = origin_of(SICHUAN, CREDIT_CODE)


def digest_of(number: int) -> bytes:
    return number.to_bytes(32, "big")


def issue(settings: Settings, numbers: Sequence[int], key: SigningKey = SIGNED_BY) -> None:
    with closing(SqliteLedger(settings.ledger)) as ledger:
        entries = ledger.reserve([Reservation(f"row-{n}", f"1.2.156.{n}", b"{}") for n in numbers])
        done = [e._replace(digest=digest_of(n), issued_at=int(NOW)) for e, n in zip(entries, numbers, strict=True)]
        ledger.commit(done, key)


@dataclass
class Office:
    """An issuer with three licences, and the registry that its machine has."""

    settings: Settings
    folder: Path
    registry: Registry | None = WORLD.registry

    def publish(self, signer: Signer = LOG_KEY, **more: bool) -> PublishedLog:
        return publish_checkpoint(CREDIT_CODE, signer, self.folder, self.settings, now=NOW, **more)

    def published(self) -> LogHead:
        keys = WORLD.issuer.log_keys.values()
        path = self.folder / f"{CREDIT_CODE}.checkpoint"
        return open_checkpoint(path.read_bytes(), ORIGIN, keys, "x").head

    def receipts(self, *numbers: int, size: int | None = None) -> list[Receipt]:
        return list(make_receipts([f"1.2.156.{n}" for n in numbers], self.settings, size=size))

    def restored(self, numbers: Sequence[int]) -> None:
        """The ledger is lost; another takes its place."""
        self.settings.ledger.unlink()
        issue(self.settings, numbers)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    office = Office(Settings(tmp_path), tmp_path / "region")
    for module in (issuance_log, proving):
        monkeypatch.setattr(module, "open_registry", lambda _: office)
    issue(office.settings, range(3))
    return office


def code_of(call: object) -> str:
    with pytest.raises(CertxError) as caught:
        call()  # type: ignore[operator]
    return caught.value.code


def test_a_checkpoint_is_of_all_that_was_issued_in_order(office: Office) -> None:
    head = LogHead(3, root_of(map(digest_of, range(3))))
    assert office.publish() == PublishedLog(office.folder / f"{CREDIT_CODE}.checkpoint", head, None)
    assert office.published() == head
    issue(office.settings, [7, 5])
    office.publish()
    assert office.published() == LogHead(5, root_of(map(digest_of, [0, 1, 2, 7, 5])))


def test_the_whole_log_goes_along_if_it_is_asked_for(office: Office) -> None:
    digests = office.publish(with_digests=True).digests
    assert digests is not None
    assert digests.read_bytes() == b"".join(map(digest_of, range(3)))


def test_a_log_that_is_too_long_for_one_file_is_refused(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuance_log, "MAX_DIGESTS_BYTES", 64)
    assert MAX_DIGESTS_BYTES > 64
    assert code_of(lambda: office.publish(with_digests=True)) == "log-too-long"
    assert not office.folder.exists()


@pytest.mark.parametrize(
    ("numbers", "code"), [([0, 1], "log-shorter"), ([0, 2, 1], "log-rewritten"), ([0, 1, 3, 2], "log-rewritten")]
)
def test_another_ledger_does_not_go_on(office: Office, numbers: Sequence[int], code: str) -> None:
    head = office.publish().head
    office.restored(numbers)
    assert code_of(office.publish) == code
    assert office.published() == head
    office.publish(anew=True)
    assert office.published() == LogHead(len(numbers), root_of(map(digest_of, numbers)))


def test_what_lies_there_and_is_no_checkpoint_is_not_taken_away(office: Office) -> None:
    office.folder.mkdir()
    (office.folder / f"{CREDIT_CODE}.checkpoint").write_bytes(b"?")
    assert code_of(office.publish) == "log-earlier-unreadable"
    assert office.publish(anew=True).head.size == 3


@pytest.mark.parametrize("signer", [KEY, STATUS_KEY, new_signer("Ed25519")])
def test_only_a_log_key_signs_checkpoints(office: Office, signer: Signer) -> None:
    assert code_of(lambda: office.publish(signer)) == "signer-not-listed"
    assert not office.folder.exists()


def test_a_receipt_proves_a_licence_in_the_log_as_it_is(office: Office) -> None:
    head = LogHead(3, root_of(map(digest_of, range(3))))
    receipts = office.receipts(2, 0)
    assert [(r.licence_id, r.log, r.position, r.head) for r in receipts] == [
        ("1.2.156.2", ORIGIN, 2, head), ("1.2.156.0", ORIGIN, 0, head),
    ]  # fmt: skip
    assert all(r.proves(digest_of(n), head) for r, n in zip(receipts, (2, 0), strict=True))


def test_a_receipt_is_for_the_log_as_it_was_witnessed(office: Office) -> None:
    head = LogHead(2, root_of(map(digest_of, range(2))))
    assert office.receipts(1, size=2)[0].proves(digest_of(1), head)
    office.registry = World(key_state=State.COMPROMISED, key_since=NOW, key_witnessed=head).registry
    assert office.receipts(1)[0].proves(digest_of(1), head)
    assert office.receipts(1, size=3)[0].head.size == 3
    assert code_of(lambda: office.receipts(2)) == "receipt-too-late"


def test_the_key_that_signed_decides_which_log_is_meant(office: Office) -> None:
    head = LogHead(2, root_of(map(digest_of, range(2))))
    office.registry = World(key_state=State.COMPROMISED, key_since=NOW, key_witnessed=head).registry
    issue(office.settings, [9], SigningKey(CREDIT_CODE, "a key that is not listed any more"))
    assert office.receipts(9, size=4)[0].position == 3
    assert code_of(lambda: office.receipts(9)) == "receipt-too-late"  # the one head that there is


def test_a_ledger_that_is_not_the_one_witnessed_gives_no_receipts(office: Office) -> None:
    head = LogHead(2, root_of(map(digest_of, [1, 0])))
    office.registry = World(key_state=State.COMPROMISED, key_since=NOW, key_witnessed=head).registry
    assert code_of(lambda: office.receipts(1)) == "receipt-other-log"
    office.registry = World(key_state=State.COMPROMISED, key_since=NOW, key_witnessed=LogHead(9, b"?")).registry
    assert code_of(lambda: office.receipts(1)) == "receipt-other-log"  # the ledger is from an older copy


def test_what_has_no_receipt_is_named(office: Office) -> None:
    assert code_of(lambda: office.receipts(1, 99)) == "receipt-not-issued"
    assert code_of(lambda: office.receipts(2, size=2)) == "receipt-too-late"
    assert code_of(lambda: office.receipts(2, size=4)) == "receipt-size"
    assert code_of(office.receipts) == "no-ids"
    assert code_of(lambda: office.receipts(*range(MAX_RECEIPTS + 1))) == "receipts-too-many"


def test_what_has_no_receipt_is_left_out_of_those_of_an_output(office: Office) -> None:
    head = LogHead(2, root_of(map(digest_of, range(2))))
    registry = World(key_state=State.COMPROMISED, key_since=NOW, key_witnessed=head).registry
    assert registry is not None
    unlisted = SigningKey("11500000MB9X0A012L", KEY.kid)
    issue(office.settings, [8], unlisted)
    path, names = office.folder / "receipts", [f"1.2.156.{n}" for n in (0, 1, 2, 8, 99)]
    with closing(SqliteLedger(office.settings.ledger)) as ledger:
        assert write_receipts(path, ledger, names, registry) == Proven(written=2, left_out=3)
    assert {receipt.head for (receipt,) in read_receipts(path.read_bytes(), "x").values()} == {head}


def test_a_log_that_grows_meanwhile_is_looked_at_again_where_that_is_needed(office: Office) -> None:
    with closing(SqliteLedger(office.settings.ledger)) as ledger:
        prover = Prover(ledger, WORLD.registry.issuer_named)
        before = prover.find("1.2.156.0").head
        issue(office.settings, [7])
        assert prover.find("1.2.156.1").head == before
        assert prover.find("1.2.156.7").head.size == 4
