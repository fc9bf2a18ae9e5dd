"""`certx sync`: from a source to a new verified generation, all or nothing."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

from tuf.ngclient.fetcher import FetcherInterface

from certx.app.machine.lock import exclusive
from certx.app.registry.list_sync import Store, fetch_lists, leads_on
from certx.errors import CertxError, DocumentError, EnvironmentFailureError, UsageError, cause_of
from certx.settings import Settings
from certx.trust.chain import Chain
from certx.trust.fetch import PATIENCE, open_source
from certx.trust.files import Regions, is_delta, is_list
from certx.trust.freshness import DEFAULT_LIMITS
from certx.trust.generations import Generation, Generations
from certx.trust.logs import PROVEN, prove_logs
from certx.trust.reports import Problem, SyncReport
from certx.trust.roles import patterns_of, region_of, role_for
from certx.trust.signed import SignedFiles, SignedRegistry
from certx.trust.staging import discard, find_object, put_object, stage, switch
from certx.trust.tuf import read_stamp, refresh_top_level
from certx.trust.tuf_roles import Walked, download_target, walk


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
            detail = cause_of(error)
            raise EnvironmentFailureError("sync-unwritable", hint="sync-kept", path=path, detail=detail) from error
        except BaseException:
            discard(generations)
            raise


def from_home(settings: Settings, source: str) -> str:
    """A source as the settings name it: a relative path counts from the home."""
    return source if "://" in source else str(settings.home / source)


def _sync(generations: Generations, pinned: bytes, origin: FetcherInterface, now: float) -> SyncReport:
    current = _current(generations, pinned)

    def cached(name: str) -> bytes | None:
        return current.read(name) if current is not None else None

    top = refresh_top_level(origin, pinned, cached)
    stamp, seen_at = read_stamp(top["timestamp.json"]), _seen_at(generations, current)
    if now < stamp.issued - DEFAULT_LIMITS.clock_behind:
        raise EnvironmentFailureError("sync-clock", hint="sync-clock", at=now, signed_at=stamp.issued)
    if stamp.issued < seen_at:
        raise DocumentError("sync-older", hint="sync-kept", file="timestamp.json", signed_at=stamp.issued, at=seen_at)
    noted, is_in_use = cached(PROVEN), _is_pointed_to(generations, current)
    is_same = is_in_use and top["timestamp.json"] == cached("timestamp.json")
    if current is not None and is_same and is_whole(pinned, current):
        proven, faulty = _prove(generations, pinned, current.metadata(), noted)
        if proven == noted:
            return SyncReport(stamp.version, stamp.issued, is_new=False, fetched=0, problems=faulty)
    walked = agreed(pinned, walk(origin, top, cached))
    fetched, objects = 0, set[str]()
    for wanted in walked.wanted:
        if is_list(wanted.path) or is_delta(wanted.path):
            continue
        if find_object(generations, wanted.sha256) is None:
            put_object(generations, wanted.sha256, download_target(origin, wanted))
            fetched += 1
        objects.add(wanted.sha256)
    chain = Chain(pinned, walked.metadata.get)
    regions = Regions(SignedFiles(chain, lambda _, target: find_object(generations, target.sha256)))
    lists = fetch_lists(Store(origin, generations, regions), current, walked.wanted, now)
    walked, fetched = _without(walked, lists.problems), fetched + lists.new
    proven, faulty = _prove(generations, pinned, walked.metadata, noted)
    is_new = (
        fetched > 0 or proven != noted or not is_in_use
        or current is None or current.metadata() != walked.metadata or current.lists() != lists.notes
    )  # fmt: skip
    if is_new:
        staged = stage(generations, walked.metadata, objects | lists.objects, lists.notes, proven)
        switch(generations, staged, max(stamp.issued, seen_at))
    problems = (*walked.problems, *faulty)
    return SyncReport(
        stamp.version, stamp.issued, is_new=is_new, fetched=fetched, problems=problems, left_out=walked.left_out
    )


def _prove(
    generations: Generations, pinned: bytes, metadata: Mapping[str, bytes], noted: bytes | None
) -> tuple[bytes | None, tuple[Problem, ...]]:
    """The published logs that have the heads which the federation's denials name, and what is at fault in others.

    What the generation in use notes of a file with the same digest stands: to look at a log of a million licences again
    takes some seconds.
    """
    chain = Chain(pinned, metadata.get)
    files = SignedFiles(chain, lambda _, target: find_object(generations, target.sha256))
    try:
        regions = SignedRegistry(chain, files, seen_at=0.0).registry.regions
    except CertxError:  # a verification says so
        return None, ()
    proven, faulty = prove_logs(regions, files, noted)
    return proven, tuple(Problem(role_for(path) or "", error, is_left_out=False) for path, error in faulty)


def _current(generations: Generations, pinned: bytes) -> Generation | None:
    """The generation in use; if the pointer is damaged, the newest that is whole: what was seen is not forgotten."""
    try:
        return generations.current()
    except DocumentError:
        found = map(generations.generation, reversed(generations.names()))
        return next((generation for generation in found if is_whole(pinned, generation, in_part=True)), None)


def _is_pointed_to(generations: Generations, current: Generation | None) -> bool:
    """Is this the generation that readers are led to?"""
    with suppress(DocumentError):
        pointer = generations.pointer()
        return pointer is not None and current is not None and pointer.generation == current.name
    return False


def _seen_at(generations: Generations, current: Generation | None) -> float:
    """The latest signed time that this machine ever saw."""
    seen = 0.0
    with suppress(DocumentError):
        pointer = generations.pointer()
        seen = pointer.seen_at if pointer is not None else 0.0
    data = current.read("timestamp.json") if current is not None else None
    with suppress(CertxError):
        seen = max(seen, read_stamp(data).issued if data is not None else 0.0)
    return seen


def is_whole(pinned: bytes, generation: Generation, *, in_part: bool = False) -> bool:
    """Is everything there, as the lean reader reads it? What is damaged is fetched anew.

    With `in_part`, a region may have been left out of it.
    """
    try:
        chain = Chain(pinned, generation.read)
        files = SignedFiles(chain, generation.content, generation.earlier)
        return all(
            _is_held(files, path)
            for role in chain.roles
            if patterns_of(role) and not (in_part and region_of(role) and not chain.holds(role))
            for path in chain.targets_of(role)
            if not is_delta(path)
        )
    except CertxError:
        return False


def _is_held(files: SignedFiles, path: str) -> bool:
    """Is this file there, or, of a status list, an earlier one from which its delta leads on? Raises `CertxError`."""
    if not is_list(path):
        return files.read(path) is not None
    held = files.read_list(path)
    return held is not None and (held.delta is None or leads_on(held, path))


def agreed(pinned: bytes, walked: Walked) -> Walked:
    """What the reader of every start comes to as well, before anything depends on it.

    A delegated role on which it differs from python-tuf is left out, like any other that is at fault. Raises
    `DocumentError` if it differs on a role of the top level.
    """
    chain, faulty = Chain(pinned, walked.metadata.get), dict[str, CertxError]()
    for role in sorted({wanted.role for wanted in walked.wanted}):
        listed = {(wanted.path, wanted.sha256) for wanted in walked.wanted if wanted.role == role}
        try:
            seen = {(path, target.sha256) for path, target in chain.targets_of(role).items()}
        except CertxError as error:
            faulty[role] = error
            continue
        if seen != listed:
            faulty[role] = DocumentError("sync-disagrees", hint="sync-kept", file=f"{role}.json")
    return _without(walked, [Problem(role, error) for role, error in faulty.items()])


def _without(walked: Walked, problems: Sequence[Problem]) -> Walked:
    """The same without the roles that are at fault, which are told."""
    faulty = {problem.role for problem in problems}
    metadata = {name: data for name, data in walked.metadata.items() if name.removesuffix(".json") not in faulty}
    wanted = tuple(row for row in walked.wanted if row.role not in faulty)
    return walked._replace(metadata=metadata, wanted=wanted, problems=(*walked.problems, *problems))
