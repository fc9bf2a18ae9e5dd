"""Receipts of licences, out of the log that a ledger keeps of what each issuer issued."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import NamedTuple

import orjson

from certx.app.machine.files import replacing
from certx.app.machine.ledgers import open_ledger
from certx.app.registry.sources import open_registry
from certx.app.status.issuance_log import logged_digests
from certx.batch.order import Proven
from certx.errors import DocumentError, UsageError
from certx.ledger import Ledger, LogPlace
from certx.licence.divisions import province_of
from certx.merkle import Tree
from certx.settings import Settings
from certx.trust.checkpoint import LogHead, origin_of
from certx.trust.receipt import MAX_RECEIPTS, Receipt, receipt_object
from certx.trust.registry import Issuer, Registry


class Provable(NamedTuple):
    """A licence that has a receipt: where it stands in which log, and in which state of that log."""

    licence_id: str
    place: LogPlace
    origin: str
    head: LogHead


class Prover:
    """Finds and proves licences of one ledger; a log that grows meanwhile is looked at again only where that is needed.

    `issuer_named` finds an issuer by its credit code. `size`: the log as it was with so many licences; without it as
    the compromise of the licence's key says in the registry, else as it is now.
    """

    def __init__(self, ledger: Ledger, issuer_named: Callable[[str], Issuer], *, size: int | None = None) -> None:
        self._ledger, self._size = ledger, size
        self._issuer_named = cache(issuer_named)
        self._log_sizes: dict[str, int] = {}
        self._tree = cache(self._build)

    def find(self, licence_id: str) -> Provable:
        """Where it stands; raises `UsageError` if it has no receipt: not issued here, or logged later than that."""
        place = self._ledger.log_place(licence_id)
        if place is None:
            raise UsageError("receipt-not-issued", hint="receipt-not-issued", licence_id=licence_id)
        issuer = self._issuer_named(place.issuer)
        witnessed = _witnessed(issuer, place)
        size = self._wanted(issuer, place, licence_id, witnessed)
        head = LogHead(size, self._tree(place.issuer, size).root)
        if witnessed is not None and witnessed.size == size and witnessed != head:
            raise UsageError("receipt-other-log", hint="receipt-other-log", issuer=issuer.id, size=size)
        return Provable(licence_id, place, origin_of(province_of(issuer.area), place.issuer), head)

    def _wanted(self, issuer: Issuer, place: LogPlace, licence_id: str, witnessed: LogHead | None) -> int:
        """With how many licences the log is meant: they are there, and the licence is one of them."""
        count = self._log_sizes.get(place.issuer, 0)
        if place.position >= count:
            count = self._log_sizes[place.issuer] = self._ledger.log_size(place.issuer)
        if self._size is not None:
            if self._size > count:
                raise UsageError("receipt-size", hint="receipt-size", issuer=issuer.id, size=self._size, count=count)
            if place.position >= self._size:
                needed = place.position + 1
                raise UsageError(
                    "receipt-too-late", hint="receipt-size-more",
                    licence_id=licence_id, size=self._size, needed=needed, count=count,
                )  # fmt: skip
            return self._size
        if witnessed is None:
            return count
        if witnessed.size > count:
            raise UsageError("receipt-other-log", hint="receipt-other-log", issuer=issuer.id, size=witnessed.size)
        if place.position >= witnessed.size:
            raise UsageError("receipt-too-late", hint="receipt-too-late", licence_id=licence_id, size=witnessed.size)
        return witnessed.size

    def _build(self, issuer: str, size: int) -> Tree:
        return Tree(logged_digests(self._ledger, issuer, 0, size))

    def prove(self, found: Provable) -> Receipt:
        """Its receipt."""
        licence_id, place, origin, head = found
        path = self._tree(place.issuer, head.size).prove_entry(place.position)
        return Receipt(licence_id, origin, place.digest, place.position, head, tuple(path))


def make_receipts(licence_ids: Sequence[str], settings: Settings, *, size: int | None = None) -> Iterator[Receipt]:
    """The receipts of licences, in order, by the registry in use; `size`: see `Prover`.

    Raises `UsageError` naming a licence that has none, before the first is given.
    """
    if not licence_ids:
        raise UsageError("no-ids", hint="no-ids")
    if len(licence_ids) > MAX_RECEIPTS:
        raise UsageError("receipts-too-many", hint="receipts-too-many", count=len(licence_ids), maximum=MAX_RECEIPTS)
    registry = open_registry(settings).registry
    with closing(open_ledger(settings)) as ledger:
        prover = Prover(ledger, registry.issuer_named, size=size)
        yield from map(prover.prove, [prover.find(licence_id) for licence_id in licence_ids])


def write_receipts(path: Path, ledger: Ledger, licence_ids: Iterable[str], registry: Registry) -> Proven:
    """The receipts of the licences of an output, one JSON object a line; those that have none are counted."""
    prover = Prover(ledger, registry.issuer_named)
    written = left_out = 0
    with replacing(path, mode=0o600) as file:
        for licence_id in licence_ids:
            try:
                found = prover.find(licence_id)
            except (UsageError, DocumentError):  # it is signed all the same
                left_out += 1
                continue
            file.write(orjson.dumps(receipt_object(prover.prove(found)), option=orjson.OPT_APPEND_NEWLINE))
            written += 1
    return Proven(written, left_out)


def _witnessed(issuer: Issuer, place: LogPlace) -> LogHead | None:
    """The head that the compromise of the key names which signed a licence."""
    key = issuer.keys.get(place.kid) if place.kid is not None else None
    if key is not None:
        return key.witnessed
    heads = [key.witnessed for key in issuer.keys.values() if key.witnessed is not None]
    return heads[0] if len(heads) == 1 else None
