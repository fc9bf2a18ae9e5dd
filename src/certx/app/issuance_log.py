"""An issuer's log of what it issued: its checkpoint, the log itself, and receipts for licences in it.

The log is built from the ledger when it is asked for, not while licences are signed.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple

from certx.app.files import replace_file, replacing
from certx.app.ledgers import open_ledger
from certx.app.listed_keys import check_may_sign
from certx.app.sources import open_registry
from certx.errors import DocumentError, UsageError
from certx.keys import Signer
from certx.ledger import Ledger, LogPlace
from certx.licence.divisions import province_of
from certx.merkle import Peaks, Tree
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
from certx.trust.receipt import MAX_RECEIPTS, Receipt
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
    check_may_sign(signer, issuer, "logKeys", now=now)
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
    peaks.extend(_digests(_chunks(ledger, issuer, 0, earlier.size)))
    if earlier.size and peaks.root != earlier.root:
        raise UsageError("log-rewritten", hint="log-anew", path=str(path), earlier=earlier.size)
    peaks.extend(_digests(_chunks(ledger, issuer, earlier.size, size)))
    return LogHead(size, peaks.root)


def _chunks(ledger: Ledger, issuer: str, start: int, stop: int) -> Iterator[bytes]:
    for place in range(start, stop, _CHUNK):
        yield ledger.log(issuer, place, min(place + _CHUNK, stop))


def _digests(chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        for place in range(0, len(chunk), DIGEST_BYTES):
            yield chunk[place : place + DIGEST_BYTES]


def make_receipts(licence_ids: Sequence[str], settings: Settings, *, size: int | None = None) -> Iterator[Receipt]:
    """The receipts of licences, in order, from the log as it was with `size` licences.

    Without a size: as the compromise of the licence's key says in the registry in use, else as the log is now. Raises
    `UsageError` naming a licence that has none: it was not issued here, or logged later than that.
    """
    if not licence_ids:
        raise UsageError("no-ids", hint="no-ids")
    if len(licence_ids) > MAX_RECEIPTS:
        raise UsageError("receipts-too-many", hint="receipts-too-many", count=len(licence_ids), maximum=MAX_RECEIPTS)
    registry = open_registry(settings).registry
    with closing(open_ledger(settings)) as ledger:
        yield from receipts_from(ledger, licence_ids, registry.issuer_named, size=size)


def receipts_from(
    ledger: Ledger, licence_ids: Iterable[str], issuer_named: Callable[[str], Issuer], *, size: int | None = None
) -> Iterator[Receipt]:
    """See `make_receipts`; `issuer_named` finds one by its credit code."""
    trees: dict[tuple[str, int], Tree] = {}
    for licence_id in licence_ids:
        place = ledger.log_place(licence_id)
        if place is None:
            raise UsageError("receipt-not-issued", hint="receipt-not-issued", licence_id=licence_id)
        issuer = issuer_named(place.issuer)
        pinned = _witnessed(issuer, place)
        wanted = size if size is not None else pinned.size if pinned is not None else ledger.log_size(place.issuer)
        if not place.position < wanted <= ledger.log_size(place.issuer):
            raise UsageError("receipt-too-late", hint="receipt-too-late", licence_id=licence_id, size=wanted)
        tree = trees.get((place.issuer, wanted))
        if tree is None:
            tree = trees[place.issuer, wanted] = Tree(_digests(_chunks(ledger, place.issuer, 0, wanted)))
        head = LogHead(wanted, tree.root)
        if pinned is not None and pinned.size == wanted and pinned != head:
            raise UsageError("receipt-other-log", hint="receipt-other-log", issuer=issuer.id, size=wanted)
        origin = origin_of(province_of(issuer.area), place.issuer)
        path = tuple(tree.prove_entry(place.position))
        yield Receipt(licence_id, origin, place.digest, place.position, head, path)


def _witnessed(issuer: Issuer, place: LogPlace) -> LogHead | None:
    """The head that the compromise of the key names which signed a licence."""
    key = issuer.keys.get(place.kid) if place.kid is not None else None
    if key is not None:
        return key.witnessed
    heads = [key.witnessed for key in issuer.keys.values() if key.witnessed is not None]
    return heads[0] if len(heads) == 1 else None
