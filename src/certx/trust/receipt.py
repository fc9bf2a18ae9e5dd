"""A receipt: the proof that a licence is in its issuer's log of what it issued (RFC 6962, section 2.1.1)."""

from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson

from certx.errors import UnreadableError
from certx.keys.encoding import EncodingError, base64url, from_base64url
from certx.merkle import HASH_BYTES, MAX_PROOF_HASHES, is_entry
from certx.trust.checkpoint import DIGEST_BYTES, MAX_LOG_SIZE, LogHead

MAX_RECEIPTS: Final = 100_000
MAX_RECEIPTS_BYTES: Final = MAX_RECEIPTS * 2_560
"""One that proves a licence in a log of `MAX_LOG_SIZE` has some 2,200."""


class Receipt(NamedTuple):
    """Where a licence, by its digest, stands in a log of that head, and the hashes that prove it."""

    licence_id: str
    log: str
    digest: bytes
    position: int
    head: LogHead
    path: tuple[bytes, ...]

    def proves(self, digest: bytes, head: LogHead) -> bool:
        """Does it prove that the log of this head has this digest?"""
        if digest != self.digest or head != self.head:
            return False
        return is_entry(digest, self.position, size=head.size, root=head.root, path=self.path)


def receipt_object(receipt: Receipt) -> dict[str, object]:
    """A receipt as JSON has it."""
    return {
        "licence_id": receipt.licence_id,
        "log": receipt.log,
        "digest": base64url(receipt.digest),
        "position": receipt.position,
        "size": receipt.head.size,
        "root": base64url(receipt.head.root),
        "proof": [base64url(step) for step in receipt.path],
    }


Receipts = Mapping[bytes, Sequence[Receipt]]
"""By the digest of the licence that they are for; one may have several, of the log at different times."""


def read_receipts(data: bytes, name: str) -> Receipts:
    """Receipts of one JSON object a line or of a single one over several lines, UTF-8 with or without a BOM.

    Raises `UnreadableError` naming the line.
    """
    if len(data) > MAX_RECEIPTS_BYTES:
        raise UnreadableError("document-too-large", path=name, maximum=MAX_RECEIPTS_BYTES)
    data = data.removeprefix(BOM_UTF8)
    try:
        rows = [(1, orjson.loads(data))]
    except orjson.JSONDecodeError:
        lines = [(number, line) for number, line in enumerate(data.splitlines(), 1) if line.strip()]
        if len(lines) > MAX_RECEIPTS:
            raise UnreadableError("document-too-large", path=name, maximum=MAX_RECEIPTS_BYTES) from None
        rows = [(number, _parsed(line)) for number, line in lines]
    if not rows:
        raise UnreadableError("receipt-form", hint="receipt-form", at=name)
    receipts: dict[bytes, list[Receipt]] = {}
    for number, row in rows:
        receipt = _receipt(row, f"{name}:{number}")
        receipts.setdefault(receipt.digest, []).append(receipt)
    return receipts


def _parsed(line: bytes) -> Any:  # noqa: ANN401 - any JSON
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return None


def _receipt(row: object, at: str) -> Receipt:
    try:
        return _read(row)
    except (KeyError, TypeError, ValueError, AttributeError) as error:  # `EncodingError` is a `ValueError`
        raise UnreadableError("receipt-form", hint="receipt-form", at=at) from error


def _read(row: Any) -> Receipt:  # noqa: ANN401 - not looked at yet
    size, position, proof = row["size"], row["position"], row["proof"]
    if type(size) is not int or type(position) is not int or not 0 <= position < size <= MAX_LOG_SIZE:
        raise ValueError(position, size)
    if type(proof) is not list or len(proof) > MAX_PROOF_HASHES:
        raise TypeError(type(proof))
    if type(row["licence_id"]) is not str or type(row["log"]) is not str:
        raise TypeError(row["licence_id"], row["log"])
    return Receipt(
        row["licence_id"],
        row["log"],
        _hash(row["digest"], DIGEST_BYTES),
        position,
        LogHead(size, _hash(row["root"], HASH_BYTES)),
        tuple(_hash(step, HASH_BYTES) for step in proof),
    )


def _hash(text: str, size: int) -> bytes:
    data = from_base64url(text.encode("ascii"))
    if len(data) != size:
        raise EncodingError(text)
    return data
