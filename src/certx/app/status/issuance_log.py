"""An issuer's log of what it issued: its checkpoint, and the log itself.

The log is built from the ledger when it is asked for, not while licences are signed.
"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple

from certx.app.machine.files import replace_file, replacing
from certx.app.machine.ledgers import open_ledger
from certx.app.machine.listed_keys import check_may_sign
from certx.app.registry.sources import open_registry
from certx.errors import DocumentError, UsageError
from certx.keys import Signer
from certx.ledger import Ledger
from certx.licence.divisions import province_of
from certx.merkle import Peaks
from certx.settings import Settings
from certx.trust.checkpoint import (
    DIGEST_BYTES,
    Checkpoint,
    LogHead,
    checkpoint_path,
    digests_path,
    open_checkpoint,
    origin_of,
    write_checkpoint,
)
from certx.trust.files import MAX_DIGESTS_BYTES
from certx.trust.folder import read_file
from certx.trust.lifecycle import KeyPurpose
from certx.trust.registry import Issuer

_CHUNK: Final = 65_536


class PublishedLog(NamedTuple):
    """A checkpoint as it was written, and the file of the whole log if that was asked for."""

    path: Path
    head: LogHead
    digests: Path | None


def publish_checkpoint(
    wanted: str, signer: Signer, folder: Path, settings: Settings, *,
    now: float, with_digests: bool = False, anew: bool = False,
) -> PublishedLog:  # fmt: skip
    """Write the checkpoint of an issuer's log into its region's folder, signed by one of its log keys.

    Raises `KeyFailureError` if the registry does not let this key sign, `UsageError` if there is no such issuer or no
    ledger, or, unless `anew`, if the ledger's log does not go on from the checkpoint that lies there.
    """
    issuer = open_registry(settings).registry.issuer_named(wanted)
    check_may_sign(signer, issuer, KeyPurpose.LOG, now=now)
    region, code = province_of(issuer.area), issuer.credit_code
    path = folder / _name(checkpoint_path(region, code))
    with closing(open_ledger(settings)) as ledger, ledger.exclusive():
        size = ledger.log_size(code)
        if with_digests and size * DIGEST_BYTES > MAX_DIGESTS_BYTES:
            raise UsageError("log-too-long", hint="log-too-long", size=size, maximum=MAX_DIGESTS_BYTES // DIGEST_BYTES)
        earlier = LogHead(0, b"") if anew else _earlier(path, origin_of(region, code), issuer)
        head = _grown(ledger, code, earlier, size, path)
        digests = folder / _name(digests_path(region, code)) if with_digests else None
        if digests is not None:
            with replacing(digests) as file:
                for chunk in _chunks(ledger, code, 0, size):
                    file.write(chunk)
        replace_file(path, write_checkpoint(Checkpoint(origin_of(region, code), head), signer))
    return PublishedLog(path, head, digests)


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _earlier(path: Path, origin: str, issuer: Issuer) -> LogHead:
    """The head that was published before, that of an empty log if none was."""
    if not path.exists():
        return LogHead(0, b"")
    try:
        return open_checkpoint(read_file(path), origin, issuer.log_keys.values(), str(path)).head
    except DocumentError as error:
        raise UsageError("log-earlier-unreadable", hint="log-anew", path=str(path)) from error


def _grown(ledger: Ledger, issuer: str, earlier: LogHead, size: int, path: Path) -> LogHead:
    """The head of the ledger's log, which must have gone on from the earlier one: a ledger that was lost has not."""
    if size < earlier.size:
        raise UsageError("log-shorter", hint="log-anew", path=str(path), earlier=earlier.size, size=size)
    peaks = Peaks()
    peaks.extend(logged_digests(ledger, issuer, 0, earlier.size))
    if earlier.size and peaks.root != earlier.root:
        raise UsageError("log-rewritten", hint="log-anew", path=str(path), earlier=earlier.size)
    peaks.extend(logged_digests(ledger, issuer, earlier.size, size))
    return LogHead(size, peaks.root)


def _chunks(ledger: Ledger, issuer: str, start: int, stop: int) -> Iterator[bytes]:
    for place in range(start, stop, _CHUNK):
        yield ledger.log(issuer, place, min(place + _CHUNK, stop))


def logged_digests(ledger: Ledger, issuer: str, start: int, stop: int) -> Iterator[bytes]:
    """The digests of an issuer's log from one place to before another, in its order."""
    for chunk in _chunks(ledger, issuer, start, stop):
        for place in range(0, len(chunk), DIGEST_BYTES):
            yield chunk[place : place + DIGEST_BYTES]
