"""Is the machine fit: space on its disk, files that nobody else may read, a ledger that is whole and finished?"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from certx.doctor.complaint import Ailment, Complaint, error, warning
from certx.ledger.review import LedgerReview
from certx.licence.status import CanonicalStatus

_MIB: Final = 1_048_576
_LEAST_FREE: Final = 64 * _MIB
_OTHERS: Final = 0o077


class Kind(StrEnum):
    """What a file is to certx."""

    FOLDER = "folder"
    KEY = "key"
    LEDGER = "ledger"


class FileFacts(NamedTuple):
    """A file or folder; `mode` is `None` where a system has none.

    `is_plain`: a key that is not encrypted; `is_usable`: it has the form of a key at all.
    """

    kind: Kind
    path: str
    mode: int | None
    is_plain: bool = False
    is_usable: bool = True


def review_disk(path: str, free: int, registry: int) -> Iterator[Complaint]:
    """Is there room for more generations of a registry of that size? All in bytes."""
    needed = max(_LEAST_FREE, 3 * registry)
    if free < needed:
        yield error(Ailment.DISK_FULL, path=path, free=free // _MIB, needed=-(-needed // _MIB))


def review_files(files: Iterable[FileFacts]) -> Iterator[Complaint]:
    """Keys and ledger are for their owner alone, and a key is encrypted besides."""
    for file in files:
        if file.is_plain:
            yield error(Ailment.KEY_PLAIN, path=file.path)
        elif not file.is_usable:
            yield error(Ailment.KEY_UNUSABLE, path=file.path)
        if file.mode is not None and file.mode & _OTHERS:
            mode = f"{file.mode & 0o777:03o}"
            match file.kind:
                case Kind.KEY:
                    yield error(Ailment.KEY_OPEN, path=file.path, mode=mode)
                case Kind.LEDGER:
                    yield warning(Ailment.LEDGER_OPEN, path=file.path, mode=mode)
                case Kind.FOLDER:
                    yield warning(Ailment.FOLDER_OPEN, path=file.path, mode=mode)


class AbsentList(NamedTuple):
    """A status list that licences name and the registry in use does not have."""

    issuer: str
    file: str


def review_ledger(
    path: str, ledger: LedgerReview, unpublished: int, absent: Sequence[AbsentList] = ()
) -> Iterator[Complaint]:
    """Is it whole, of a format that is known, and is all that was begun with it finished?"""
    if ledger.format > ledger.known:
        yield error(Ailment.LEDGER_FORMAT, path=path, found=ledger.format, known=ledger.known)
        return
    if ledger.format == 0 and ledger.damage is None:
        yield error(Ailment.LEDGER_EMPTY, path=path)
    if ledger.damage is not None:
        yield error(Ailment.LEDGER_DAMAGED, path=path, detail=ledger.damage)
    if ledger.reserved:
        yield warning(Ailment.LEDGER_UNFINISHED, count=ledger.reserved)
    for found in absent:
        yield error(Ailment.LIST_UNPUBLISHED, issuer=found.issuer, file=found.file)
    if unpublished:
        yield warning(Ailment.STATUS_UNPUBLISHED, count=unpublished)


def count_unpublished(statuses: Mapping[int, CanonicalStatus], published: Mapping[int, int]) -> int:
    """How many entries of a list say something else in the ledger than in the list that is published."""
    return sum(status.list_value != published.get(index, 0) for index, status in statuses.items())
