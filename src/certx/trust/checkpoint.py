"""What an issuer's log of issued licences said at one moment, and what a log proves (C2SP tlog-checkpoint; RFC 6962).

An issuer logs the digest of each licence that it signs, and its region publishes checkpoints of that log. Once the
issuer's key is in wrong hands, what the last checkpoint witnessed before that has is what is known to be genuine.
"""

from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, NamedTuple

from certx.errors import DocumentError
from certx.merkle import HASH_BYTES

if TYPE_CHECKING:
    from certx.keys.protocols import Signer
    from certx.trust.registry import ListedKey

DIGEST_BYTES: Final = 32
MAX_LOG_SIZE: Final = 1 << 40
_SIZE_DIGITS: Final = 13


class LogHead(NamedTuple):
    """The size and the root of a log: all of its entries and their order."""

    size: int
    root: bytes


class Checkpoint(NamedTuple):
    """A log's name, and its head when the checkpoint was signed."""

    origin: str
    head: LogHead


def origin_of(region: str, credit_code: str) -> str:
    """The name of an issuer's log."""
    return f"urn:certx:log:{region}:{credit_code}"


def checkpoint_path(region: str, credit_code: str) -> str:
    """Where a region publishes the checkpoint of an issuer."""
    return f"regions/{region}/{credit_code}.checkpoint"


def digests_path(region: str, credit_code: str) -> str:
    """Where a region publishes all digests of an issuer's log, 32 bytes each, in order."""
    return f"regions/{region}/{credit_code}.digests"


def write_checkpoint(checkpoint: Checkpoint, signer: "Signer") -> bytes:
    """The note of a checkpoint; raises `KeyFailureError` if the key is not Ed25519."""
    from certx.keys.note import sign_note  # noqa: PLC0415 - only for issuers and publishers

    size, root = checkpoint.head
    text = f"{checkpoint.origin}\n{size}\n{b2a_base64(root, newline=False).decode()}\n"
    return sign_note(text, checkpoint.origin, signer)


def open_checkpoint(data: bytes, origin: str, keys: "Iterable[ListedKey]", path: str) -> Checkpoint:
    """The checkpoint in a note that one of an issuer's log keys signed; raises `DocumentError` naming `path`."""
    from certx.keys.note import NoteError, open_note  # noqa: PLC0415 - only for issuers and publishers

    for key in keys:
        try:
            return read_checkpoint(open_note(data, origin, key.jwk), origin, path)
        except NoteError:
            continue
    raise DocumentError("checkpoint-unsigned", path=path)


def read_checkpoint(text: str, origin: str, path: str) -> Checkpoint:
    """The checkpoint of a text; lines after the third are for others. Raises `DocumentError` naming `path`."""
    name, size, root, *_ = (*text.split("\n"), "", "", "")
    try:
        digest = a2b_base64(root.encode("ascii"), strict_mode=True)
    except (Base64Error, UnicodeEncodeError):
        digest = b""
    is_size = size.isascii() and size.isdigit() and len(size) <= _SIZE_DIGITS and str(int(size)) == size
    if name != origin or not is_size or len(digest) != HASH_BYTES:
        raise DocumentError("checkpoint-form", path=path)
    return Checkpoint(name, LogHead(int(size), digest))
