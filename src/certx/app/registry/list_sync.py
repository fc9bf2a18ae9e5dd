"""Status lists in a sync and in a publication: none goes back; where a delta leads on, the list itself stays away."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from tuf.ngclient.fetcher import FetcherInterface

from certx.app.registry.sources import token_of
from certx.credential.constants import CLOCK_SKEW
from certx.errors import CertxError, DocumentError
from certx.status.constants import MAX_DELTA_CHARACTERS
from certx.status.errors import StatusError
from certx.status.reference import list_file
from certx.trust.files import HeldList, delta_path, is_delta, is_list
from certx.trust.generations import Generation, Generations, ListNote
from certx.trust.registry import ListedKey, Region
from certx.trust.reports import Problem
from certx.trust.roles import role_for
from certx.trust.staging import find_object, put_object
from certx.trust.tuf_roles import Wanted, download_target


class Fetched(NamedTuple):
    """The lists of a sync: what is noted of each, the digests of the files held, how many are new, what is at fault."""

    notes: dict[str, ListNote]
    objects: frozenset[str]
    new: int
    problems: tuple[Problem, ...]


class Store(NamedTuple):
    """Where lists come from, where they are kept, and the regions whose issuers sign them."""

    origin: FetcherInterface
    generations: Generations
    regions: Mapping[str, Region]


def fetch_lists(
    store: Store,
    current: Generation | None,
    wanted: Sequence[Wanted],
    now: float,
) -> Fetched:
    """Have every list among these files at hand, as itself or as an earlier one with its delta.

    A role that lists an older one than this machine has seen is at fault; what was seen of its lists stays noted.
    Raises `CertxError` if a list cannot be had.
    """
    before = current.lists() if current is not None else {}
    notes, objects, count = dict(before), set[str](), 0
    deltas = {row.path: row for row in wanted if is_delta(row.path)}
    faulty: dict[str, CertxError] = {}
    for row in wanted:
        if not is_list(row.path) or row.role in faulty:
            continue
        seen = _credible(before.get(row.path), now)
        fetch = _Fetch(store, row, deltas.get(delta_path(row.path)))
        found = fetch.list_from(seen)
        if seen is not None and found.issued_at < seen.issued_at:
            faulty[row.role] = _older(row.path, found.issued_at, seen.issued_at)
            continue
        count += fetch.count
        if found.issued_at > now + CLOCK_SKEW:  # nobody believes it before that, so it outdates no other
            found = found._replace(issued_at=seen.issued_at if seen is not None else 0.0)
        notes[row.path] = found
        objects |= {row.sha256} if found.token == row.sha256 else {found.token, fetch.delta_digest}
    notes |= {path: note for path, note in before.items() if role_for(path) in faulty}
    return Fetched(notes, frozenset(objects), count, tuple(Problem(role, error) for role, error in faulty.items()))


def _credible(note: ListNote | None, now: float) -> ListNote | None:
    """A note as a sync may have written it: never that a list was signed later than it was read."""
    if note is None or note.issued_at <= now + CLOCK_SKEW:
        return note
    return note._replace(issued_at=0.0)


class _Fetch:
    """One list, had in the cheapest way."""

    def __init__(self, store: Store, row: Wanted, delta: Wanted | None) -> None:
        self._store, self._row, self._delta = store, row, delta
        self.count = 0
        self.delta_digest = delta.sha256 if delta is not None else ""

    def list_from(self, seen: ListNote | None) -> ListNote:
        """What is held of the list from now on."""
        row = self._row
        data = find_object(self._store.generations, row.sha256)
        if data is None and seen is not None and seen.token != row.sha256:
            patched = self._patched(seen.token)
            if patched is not None and patched >= seen.issued_at:
                return ListNote(patched, seen.token)
        return ListNote(signed_at(data if data is not None else self._download(row)), row.sha256)

    def _patched(self, earlier: str) -> float | None:
        """When the delta was signed, if it leads from that file to this list; else it is as if there were none."""
        delta, base = self._delta, find_object(self._store.generations, earlier)
        if delta is None or base is None or delta.target.length > min(MAX_DELTA_CHARACTERS, self._row.target.length):
            return None
        with suppress(CertxError):
            data = find_object(self._store.generations, delta.sha256) or download_target(self._store.origin, delta)
            held = HeldList(base, data, self._row.sha256)
            if not leads_on(held, self._row.path, self._store.regions):
                return None
            if find_object(self._store.generations, delta.sha256) is None:
                put_object(self._store.generations, delta.sha256, data)
                self.count += 1
            return signed_at(data)
        return None

    def _download(self, row: Wanted) -> bytes:
        data = download_target(self._store.origin, row)
        put_object(self._store.generations, row.sha256, data)
        self.count += 1
        return data


def leads_on(held: HeldList, path: str, regions: Mapping[str, Region] | None = None) -> bool:
    """Does the delta lead from the earlier file to the list at this path that it stands for?

    With `regions` given, also: is it signed as the list's issuer must? Raises `CertxError` if its region is at fault.
    """
    token = token_of(held)
    try:
        uri = token.uri or ""
        place = list_file(uri)
        if place is None or f"status/{place[0]}/{place[1]}" != path:
            return False
        if regions is None:
            token.read_unproven(uri)
            return True
        key = _status_key(regions, place, token.kid or "")
        return key is not None and key.is_trusted_at(token.open(key.public, uri).issued_at.timestamp())
    except StatusError:
        return False


def _status_key(regions: Mapping[str, Region], place: tuple[str, str], kid: str) -> ListedKey | None:
    """The key of that name among the status keys of the issuer whose list lies there."""
    code, name = place
    issuers = regions[code].issuers.values() if code in regions else ()
    keys = (issuer.status_keys.get(kid) for issuer in issuers if issuer.credit_code == name.rpartition("-")[0])
    return next((key for key in keys if key is not None), None)


def signed_at(data: bytes) -> float:
    """When a list or a delta says that it was signed, Unix time; 0 if it does not say, for then it says nothing."""
    return token_of(HeldList(data)).issued_at or 0.0


def check_order(role: str, files: Mapping[str, bytes], published: Mapping[str, bytes]) -> None:
    """Raise `DocumentError` if a role is about to publish an older list than it has published."""
    for path, data in files.items():
        earlier = published.get(path)
        if earlier is not None and is_list(path) and signed_at(data) < signed_at(earlier):
            raise DocumentError(
                "publish-list-older", hint="publish-list-older", path=path, role=role,
                signed_at=signed_at(data), at=signed_at(earlier),
            )  # fmt: skip


def _older(path: str, found: float, seen: float) -> DocumentError:
    return DocumentError("sync-list-older", hint="sync-list-older", file=path, signed_at=found, at=seen)
