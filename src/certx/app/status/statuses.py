"""Statuses of licences: set in the ledger, published as lists."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple

from certx.app.machine.clock import read_moment
from certx.app.machine.files import replace_file
from certx.app.machine.ledgers import open_ledger
from certx.app.machine.listed_keys import check_may_sign
from certx.app.registry.sources import open_registry
from certx.credential.constants import CLOCK_SKEW
from certx.errors import EnvironmentFailureError, UnreadableError, UsageError, cause_of
from certx.keys import Signer
from certx.ledger import StatusChange, StatusesOfList, StatusEvent
from certx.licence.divisions import province_of
from certx.licence.status import CanonicalStatus
from certx.settings import Settings
from certx.status.constants import DAY, MAX_DELTA_CHARACTERS, MAX_TOKEN_CHARACTERS, SUSPENDED
from certx.status.earlier import Earlier, read_earlier, write_delta
from certx.status.errors import StatusError
from certx.status.listing import Signing, pack, write_token
from certx.status.reference import list_file, list_uri, series_of
from certx.trust.files import delta_path
from certx.trust.lifecycle import KeyPurpose

MAX_IDS_BYTES: Final = 1024 * 1_048_576


class PublishedList(NamedTuple):
    """A status list as it was written; times are Unix seconds."""

    uri: str
    path: Path
    issued_at: int
    expires_at: int


def read_ids(name: str) -> list[str]:
    """Licence identifiers, one a line, from a file, `-` being stdin; raises `UnreadableError`."""
    try:
        if name == "-" and sys.stdin is None:
            raise UnreadableError("file-unreadable", path=name, detail="closed")
        if name == "-":
            data = sys.stdin.buffer.read(MAX_IDS_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(MAX_IDS_BYTES + 1)
        if len(data) > MAX_IDS_BYTES:
            raise UnreadableError("document-too-large", path=name, maximum=MAX_IDS_BYTES)
        text = data.decode().replace("\ufeff", "")  # of files put together each may begin with one
    except OSError as error:
        raise UnreadableError("file-unreadable", path=name, detail=cause_of(error)) from error
    except UnicodeDecodeError as error:
        raise UnreadableError("ids-not-text", path=name) from error
    return [line.strip() for line in text.splitlines() if line.strip()]


def read_event(status: CanonicalStatus, at: str | None, why: str, *, now: float) -> StatusEvent:
    """What is to become of licences, from when on: a day, a time with its offset from UTC, else now.

    Raises `UsageError` on a time that is none or yet to come, and a missing reason.
    """
    if not why.strip():
        raise UsageError("status-no-reason", hint="status-no-reason")
    moment = int(now) if at is None else read_moment(at)
    if moment > now:
        raise UsageError("status-in-future", hint="status-in-future", at=moment)
    return StatusEvent(status, moment, why.strip())


def set_statuses(licence_ids: Sequence[str], event: StatusEvent, settings: Settings, *, now: float) -> StatusChange:
    """Give licences a status, all of them or none; raises `UsageError` naming the one that stands in the way."""
    if not licence_ids:
        raise UsageError("no-ids", hint="no-ids")
    with closing(open_ledger(settings)) as ledger:
        return ledger.set_status(licence_ids, event, noted=int(now))


def publish_lists(
    wanted: str, signer: Signer, folder: Path, settings: Settings, *, days: int, now: float, anew: bool = False
) -> Iterator[PublishedList]:
    """Write every status list of an issuer, signed by one of its status keys and good for some days.

    Each file takes the place of the earlier one whole, and beside it goes the delta that leads there from what lay
    there before. The delta is replaced first: it names the list that it leads to, so that with any other it is unused.
    Raises `KeyFailureError` if the registry does not let this key
    sign, `UsageError` if there is no such issuer or no ledger, or, unless `anew`, if the lists that lie there did not
    come from this ledger; then nothing is written.
    """
    issuer = open_registry(settings).registry.issuer_named(wanted)
    check_may_sign(signer, issuer, KeyPurpose.STATUS, now=now)
    series = series_of(province_of(issuer.area), issuer.credit_code)
    with (
        closing(open_ledger(settings)) as ledger,
        ledger.exclusive(),
    ):  # a later job must not be undone by an earlier one
        lists = ledger.lists(series)
        if not lists:
            raise UsageError("status-no-lists", hint="status-no-lists", issuer=issuer.id)
        before = [None if anew else _predecessor(found, series, folder, now) for found in lists]
        signed_at = [int(earlier.statuses.issued_at.timestamp()) for earlier in before if earlier is not None]
        issued_at, life = max(int(now), *signed_at, 0), days * DAY
        for found, earlier in zip(lists, before, strict=True):
            uri, path = _named(series, found.number, folder)
            signing = Signing(uri, signer, issued_at, issued_at + life, min(DAY, life))
            entries = pack({index: status.list_value for index, status in found.statuses.items()}, size=found.size)
            token = write_token(entries, **signing._asdict())
            _write_beside(path, None if earlier is None else write_delta(entries, earlier, token, signing))
            replace_file(path, token.encode())
            yield PublishedList(uri, path, issued_at, issued_at + life)


def _write_beside(path: Path, delta: str | None) -> None:
    """Put the delta beside a list, or take the earlier one away."""
    place = Path(delta_path(str(path)))
    if delta is not None:
        replace_file(place, delta.encode())
        return
    try:
        place.unlink(missing_ok=True)
    except OSError as error:
        raise EnvironmentFailureError("file-unwritable", path=str(place), detail=cause_of(error)) from error


def _named(series: str, number: int, folder: Path) -> tuple[str, Path]:
    """Name and file of a list."""
    uri = list_uri(series, number)
    place = list_file(uri)
    assert place is not None  # noqa: S101 - a name of our own has one
    return uri, folder / place[1]


def _predecessor(found: StatusesOfList, series: str, folder: Path, now: float) -> Earlier | None:
    """The published list that this one takes the place of, `None` if there is none.

    Raises `UsageError` if the ledger cannot be the one that it came from: an end stays an end, and what was suspended
    is valid only if it was reinstated after that list. A ledger that was lost, or brought back from a copy, knows of
    neither.
    """
    uri, path = _named(series, found.number, folder)
    try:
        text = _read_text(path, MAX_TOKEN_CHARACTERS)
        if text is None:
            return None
        earlier = read_earlier(text, _read_text(Path(delta_path(str(path))), MAX_DELTA_CHARACTERS), uri)
    except OSError as error:
        raise EnvironmentFailureError("file-unreadable", path=str(path), detail=cause_of(error)) from error
    except (StatusError, UnicodeDecodeError) as error:
        raise UsageError("status-earlier-unreadable", hint="status-anew", path=str(path)) from error
    signed_at = int(earlier.statuses.issued_at.timestamp())
    if signed_at > now + CLOCK_SKEW:
        raise UsageError("status-earlier-later", hint="status-anew", path=str(path), at=signed_at)
    revived = sum(not _may_follow(found, index, value, signed_at) for index, value in earlier.statuses.marked())
    if revived:
        raise UsageError("status-would-revive", hint="status-anew", path=str(path), count=revived)
    return earlier


def _read_text(path: Path, maximum: int) -> str | None:
    """A token, `None` if there is none; of one that is too long no more is read than shows that."""
    try:
        with path.open("rb") as file:
            return file.read(maximum + 2).decode("ascii").strip()
    except FileNotFoundError:
        return None


def _may_follow(found: StatusesOfList, index: int, value: int, signed_at: int) -> bool:
    """May the ledger say what it says of a licence that was published at a time (Unix) with this value?"""
    status = found.statuses.get(index)
    if value == SUSPENDED:
        return status is not None or found.reinstated.get(index, -1) >= signed_at - CLOCK_SKEW
    return status is not None and status.list_value == value
