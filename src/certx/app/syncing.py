"""`certx sync`: from a source to a new verified generation, all or nothing."""

from pathlib import Path

from tuf.ngclient.fetcher import FetcherInterface

from certx.app.lock import exclusive
from certx.errors import CertxError, DocumentError, EnvironmentFailureError, UsageError
from certx.settings import Settings
from certx.trust.chain import Chain
from certx.trust.fetch import PATIENCE, open_source
from certx.trust.freshness import DEFAULT_LIMITS
from certx.trust.generations import Generation, Generations
from certx.trust.metadata import check_target
from certx.trust.reports import SyncReport
from certx.trust.staging import discard, find_object, put_object, stage, switch
from certx.trust.tuf import Stamp, Walked, download_target, read_stamp, refresh_top_level, walk


def sync(settings: Settings, *, now: float, source: str | None = None, patience: float = PATIENCE) -> SyncReport:
    """Bring the registry up to date from its source, or from the one named.

    Whatever goes wrong, the generation in use stays, and the `CertxError` raised names the file. `patience`: seconds
    that one file may take from a web server.
    """
    if settings.root is None:
        raise UsageError("registry-not-signed", hint="init-signed")
    wanted = source or settings.source
    if wanted is None:
        raise UsageError("registry-not-set", hint="registry-not-set")
    generations = Generations(settings.generations)
    pinned = generations.pinned_root(settings.root)
    place = wanted if source is not None else from_home(settings, wanted)
    lock = exclusive(settings.generations / "sync.lock", code="sync-busy")
    with open_source(place, patience=patience) as origin, lock:
        try:
            return _sync(generations, pinned, origin, now)
        except OSError as error:
            discard(generations)
            path = str(error.filename or settings.generations)
            detail = error.strerror or str(error)
            raise EnvironmentFailureError("sync-unwritable", hint="sync-kept", path=path, detail=detail) from error
        except CertxError:
            discard(generations)
            raise


def from_home(settings: Settings, source: str) -> str:
    """A source as the settings name it: a relative path counts from the home."""
    return source if "://" in source else str(settings.home / source)


def _sync(generations: Generations, pinned: bytes, origin: FetcherInterface, now: float) -> SyncReport:
    current = _current(generations)

    def cached(name: str) -> bytes | None:
        return current.read(name) if current is not None else None

    top = refresh_top_level(origin, pinned, cached)
    stamp = read_stamp(top["timestamp.json"])
    if now < stamp.issued - DEFAULT_LIMITS.clock_behind:
        raise EnvironmentFailureError("sync-clock", hint="sync-clock", at=now, signed_at=stamp.issued)
    if current is not None and top["timestamp.json"] == cached("timestamp.json") and is_whole(pinned, current):
        return SyncReport(stamp.version, stamp.issued, is_new=False, fetched=0)
    walked = walk(origin, top, cached)
    fetched = 0
    for wanted in walked.wanted:
        if find_object(generations, wanted.sha256) is None:
            put_object(generations, wanted.sha256, download_target(origin, wanted))
            fetched += 1
    staged = stage(generations, walked.metadata, {wanted.sha256 for wanted in walked.wanted})
    _check_again(pinned, staged, walked, stamp)
    switch(generations, staged, stamp.issued)
    return SyncReport(stamp.version, stamp.issued, is_new=True, fetched=fetched, problems=walked.problems)


def _current(generations: Generations) -> Generation | None:
    try:
        return generations.current()
    except DocumentError:  # a damaged pointer: begin anew
        return None


def is_whole(pinned: bytes, generation: Generation) -> bool:
    """Is everything there, as the lean reader reads it? What is damaged is fetched anew."""
    try:
        chain = Chain(pinned, generation.read)
        for role in chain.roles:
            for path, target in chain.targets_of(role).items():
                check_target(generation.content(path, target) or b"", target, path)
    except CertxError:
        return False
    return True


def _check_again(pinned: bytes, staged: Generation, walked: Walked, stamp: Stamp) -> None:
    """The reader of every start must come to what python-tuf came to, before anything depends on it."""
    chain = Chain(pinned, staged.read)
    roles = {wanted.role for wanted in walked.wanted}
    seen = {(path, target.sha256) for role in roles for path, target in chain.targets_of(role).items()}
    if chain.issued != stamp.issued or seen != {(wanted.path, wanted.sha256) for wanted in walked.wanted}:
        raise DocumentError("sync-disagrees", hint="sync-kept", file=str(Path(staged.folder.name)))
