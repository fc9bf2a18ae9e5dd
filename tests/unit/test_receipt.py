"""Checkpoints and receipts as files: there and back, and what is refused."""

import codecs
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certx.errors import DocumentError, UnreadableError
from certx.keys import new_signer
from certx.keys.note import sign_note
from certx.merkle import Tree
from certx.trust.checkpoint import Checkpoint, LogHead, open_checkpoint, origin_of, write_checkpoint
from certx.trust.receipt import MAX_RECEIPTS, Receipt, read_receipts, receipt_object
from certx.trust.registry import ListedKey

SIGNER, OTHER = new_signer("Ed25519"), new_signer("Ed25519")
KEYS = [ListedKey(signer.kid, signer.public_jwk, 0) for signer in (OTHER, SIGNER)]
ORIGIN = origin_of("510000", "11510100MB9X0A012X")
DIGESTS = [bytes([n]) * 32 for n in range(5)]
TREE = Tree(DIGESTS)
HEAD = LogHead(5, TREE.root)


def receipt_for(index: int) -> Receipt:
    return Receipt(f"id-{index}", ORIGIN, DIGESTS[index], index, HEAD, tuple(TREE.prove_entry(index)))


def test_a_checkpoint_opens_by_one_of_the_keys() -> None:
    data = write_checkpoint(Checkpoint(ORIGIN, HEAD), SIGNER)
    assert data.startswith(b"urn:certx:log:510000:11510100MB9X0A012X\n5\n")
    assert open_checkpoint(data, ORIGIN, KEYS, "x") == Checkpoint(ORIGIN, HEAD)


def refused(data: bytes, origin: str = ORIGIN, keys: list[ListedKey] = KEYS) -> str:
    with pytest.raises(DocumentError) as caught:
        open_checkpoint(data, origin, keys, "here")
    assert caught.value.params["path"] == "here"
    return caught.value.code


def test_a_checkpoint_of_another_key_or_log_does_not() -> None:
    data = write_checkpoint(Checkpoint(ORIGIN, HEAD), SIGNER)
    assert refused(data, keys=KEYS[:1]) == refused(data, keys=[]) == "checkpoint-unsigned"
    assert refused(data, origin=origin_of("500000", "11510100MB9X0A012X")) == "checkpoint-unsigned"
    assert refused(data.replace(b"\n5\n", b"\n6\n")) == "checkpoint-unsigned"


@pytest.mark.parametrize(
    "text",
    [
        f"{ORIGIN}\n", f"{ORIGIN}\n5\n", f"{ORIGIN}\n05\nAAAA\n", f"{ORIGIN}\n5\n!\n", f"{ORIGIN}\n-1\n{'A' * 43}=\n",
        f"{ORIGIN}\n{'9' * 14}\n{'A' * 43}=\n", f"{ORIGIN}\n٥\n{'A' * 43}=\n", f"{ORIGIN}\n5\n{'A' * 40}\n",
        f"urn:certx:log:another\n5\n{'A' * 43}=\n", f"{ORIGIN}\n5\né\n",
    ],
)  # fmt: skip
def test_what_is_signed_but_no_checkpoint_is_refused(text: str) -> None:
    assert refused(sign_note(text, ORIGIN, SIGNER)) == "checkpoint-form"


@given(st.lists(st.integers(0, 4), min_size=1, max_size=5, unique=True), st.sampled_from([None, 2]))
def test_receipts_are_read_as_they_were_written(indexes: list[int], indent: int | None) -> None:
    receipts = [receipt_for(index) for index in indexes]
    indent = indent if len(receipts) == 1 else None
    data = "\n".join(json.dumps(receipt_object(receipt), indent=indent) for receipt in receipts).encode()
    assert read_receipts(data, "x") == {receipt.digest: [receipt] for receipt in receipts}
    assert all(receipt.proves(receipt.digest, HEAD) for receipt in receipts)


@pytest.mark.parametrize("indent", [None, 2])
def test_a_byte_order_mark_is_accepted(indent: int | None) -> None:
    data = codecs.BOM_UTF8 + json.dumps(receipt_object(receipt_for(1)), indent=indent).encode()
    assert list(read_receipts(data, "x")) == [DIGESTS[1]]


def test_all_receipts_of_a_licence_are_kept() -> None:
    earlier = receipt_for(1)._replace(head=LogHead(4, TREE.root))
    data = b"\n".join(json.dumps(receipt_object(receipt)).encode() for receipt in (earlier, receipt_for(1)))
    assert read_receipts(data, "x") == {DIGESTS[1]: [earlier, receipt_for(1)]}


def test_a_receipt_proves_its_own_licence_under_its_own_head() -> None:
    receipt = receipt_for(3)
    assert not receipt.proves(DIGESTS[2], HEAD)
    assert not receipt.proves(DIGESTS[3], LogHead(4, TREE.root))
    assert not receipt._replace(digest=DIGESTS[2]).proves(DIGESTS[2], HEAD)
    assert not receipt._replace(position=2).proves(DIGESTS[3], HEAD)
    assert not receipt._replace(path=receipt.path[:-1]).proves(DIGESTS[3], HEAD)


GOOD: dict[str, Any] = receipt_object(receipt_for(1))


@pytest.mark.parametrize(
    "row",
    [
        {name: value for name, value in GOOD.items() if name != absent} for absent in GOOD
    ] + [
        {**GOOD, **wrong} for wrong in (
            {"licence_id": 1}, {"log": None}, {"digest": "AAAA"}, {"digest": 5}, {"digest": "é"}, {"position": 5},
            {"position": -1}, {"position": True}, {"position": "1"}, {"size": 2**41}, {"size": 5.0}, {"root": "AA"},
            {"proof": "AAAA"}, {"proof": ["AAAA"]}, {"proof": [7]}, {"proof": [GOOD["root"]] * 65}, {"proof": {}},
        )
    ] + [[], "x", 7, None],
)  # fmt: skip
def test_what_is_no_receipt_is_refused_by_line(row: Any) -> None:
    data = b"\n".join((json.dumps(GOOD).encode(), b"", json.dumps(row).encode()))
    with pytest.raises(UnreadableError) as caught:
        read_receipts(data, "receipts")
    assert (caught.value.code, caught.value.params["at"]) == ("receipt-form", "receipts:3")


@pytest.mark.parametrize("data", [b"", b"{", b"\xff"])
def test_what_is_not_even_json_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableError) as caught:
        read_receipts(data, "x")
    assert caught.value.code == "receipt-form"


def test_too_many_receipts_are_refused() -> None:
    with pytest.raises(UnreadableError) as caught:
        read_receipts(b"{}\n" * (MAX_RECEIPTS + 1), "x")
    assert caught.value.code == "document-too-large"
