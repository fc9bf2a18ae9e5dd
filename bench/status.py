"""Status lists of 1, 10 and 100 million entries: what it costs to make, publish, fetch, load and ask them."""

import random
import tracemalloc
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from time import process_time
from typing import Final, NamedTuple

from federation import credit_code, found, list_key, serve
from rounds import Contestant, Section, Target, Timing, interleave

from certx.app.machine.clock import now as wall_clock
from certx.app.machine.files import replace_file
from certx.app.registry.setup import Anchor, initialise
from certx.app.registry.syncing import sync
from certx.credential.jws import parse_jws
from certx.keys import new_signer, read_public_key
from certx.keys.encoding import from_base64url
from certx.ledger.protocol import capacity_of
from certx.settings import Settings, load_settings
from certx.status.delta import patched_token
from certx.status.earlier import read_earlier, write_delta
from certx.status.listing import Signing, pack, write_token
from certx.status.payload import StatusList
from certx.status.reference import list_uri
from certx.status.tokenlist import StatusToken

MILLIONS: Final = (1, 10, 100)
SHARES: Final = (0.001, 0.01, 0.05)
DAILY: Final = 274 / 10_000_000
"""One entry in a hundred changes in ten years."""

_REGION: Final = "510000"
_SERIES: Final = f"{_REGION}:{credit_code(_REGION, 0)}"
_SIGNER: Final = new_signer("ES256")
_KEY: Final = read_public_key(_SIGNER.public_jwk)
_DAY: Final = 86_400
_MIB: Final = 1_048_576
_LOOKUPS: Final = 100_000


class Shard(NamedTuple):
    """A list on two days, with the delta between them."""

    uri: str
    earlier: str
    token: str
    delta: str

    @property
    def compressed(self) -> int:
        """Bytes of the entries, compressed, without the two layers of base64 that a JWT puts around them."""
        return len(from_base64url(parse_jws(self.token).payload["status_list"]["lst"].encode()))

    def load(self) -> StatusList:
        """The list out of its token."""
        return StatusToken(self.token).open(_KEY, self.uri)

    def load_by_delta(self) -> StatusList:
        """The same out of the day before and the delta."""
        stands_for = sha256(self.token.encode()).hexdigest()
        return patched_token(self.earlier, self.delta, stands_for=stands_for).open(_KEY, self.uri)


def sizes_of(millions: int) -> list[int]:
    """The lists that so many entries take, as an issuer fills them."""
    sizes: list[int] = []
    while sum(sizes) < millions * 1_000_000:
        sizes.append(capacity_of(len(sizes) + 1))
    return sizes


class Built(NamedTuple):
    """Lists, and the CPU seconds that it took to make the tokens and the deltas."""

    shards: list[Shard]
    tokens: float
    deltas: float


def build(sizes: Sequence[int], share: float) -> Built:
    """Lists with this share of entries revoked, and those of a day later."""
    chance, now = random.Random(20261123), int(wall_clock())  # noqa: S311 - the same lists every time
    shards, tokens, deltas = list[Shard](), 0.0, 0.0
    for number, size in enumerate(sizes, 1):
        uri = list_uri(_SERIES, number)
        before = dict.fromkeys(chance.sample(range(size), int(size * share)), 1)
        after = before | dict.fromkeys(chance.sample(range(size), max(1, round(size * DAILY))), 1)
        earlier, _ = _write(before, size, Signing(uri, _SIGNER, now - _DAY, now + 6 * _DAY, _DAY))
        signing = Signing(uri, _SIGNER, now, now + 7 * _DAY, _DAY)
        start = process_time()
        token, entries = _write(after, size, signing)
        made = process_time()
        delta = write_delta(entries, read_earlier(earlier, None, uri), token, signing)
        tokens, deltas = tokens + made - start, deltas + process_time() - made
        assert delta is not None  # noqa: S101
        shards.append(Shard(uri, earlier, token, delta))
    return Built(shards, tokens, deltas)


def _write(values: Mapping[int, int], size: int, signing: Signing) -> tuple[str, bytes]:
    entries = pack(values, size=size)
    return write_token(entries, **signing._asdict()), entries


def measure(folder: Path, *, rounds: int, quick: bool) -> list[Section]:
    """A table for each size and share; one of publishing and syncing."""
    sections = [
        _lists(millions, share, rounds=rounds)
        for millions in (MILLIONS[:1] if quick else MILLIONS)
        for share in (SHARES[1:2] if quick else SHARES)
    ]
    return [*sections, _travel(folder, sizes_of(1 if quick else 10), rounds=max(3, rounds // 4))]


def _lists(millions: int, share: float, *, rounds: int) -> Section:
    sizes = sizes_of(millions)
    built = build(sizes, share)
    shards = built.shards
    loads = [
        Contestant("load all, signatures checked", _summed(partial(_all, [shard.load for shard in shards]))),
        Contestant("load all by delta", _summed(partial(_all, [shard.load_by_delta for shard in shards]))),
    ]
    timings = interleave(loads, rounds=max(3, rounds // 4), counts=[1, 1])
    lookup = _lookup(shards[-1].load(), rounds)
    memory = _memory(shards[-1])
    compressed, tokens, deltas = (
        sum(map(count, shards)) / _MIB
        for count in (lambda s: s.compressed, lambda s: len(s.token), lambda s: len(s.delta))
    )
    targets = [
        Target("one look-up, µs", lookup.best, lookup.median, 1.0, at_most=True),
        Target("memory of a loaded list, times its bitmap", memory, memory, 1.3, at_most=True),
    ]
    if (millions, share) == (100, 0.01):
        targets.append(Target("load all, ms", timings[0].best / 1e3, timings[0].median / 1e3, 70.0, at_most=True))
        targets.append(Target("compressed, MiB", compressed, compressed, 1.5, at_most=True))
    notes = [
        f"{len(sizes)} list(s), {sum(sizes):,} entries; compressed {compressed:.3f} MiB, tokens {tokens:.3f} MiB",
        f"delta of one day: {deltas * 1024:.1f} KiB for {sum(max(1, round(n * DAILY)) for n in sizes)} changes",
        f"made in {built.tokens:.2f} s (pack, compress, sign), the deltas in {built.deltas:.2f} s of CPU",
    ]
    return Section(f"{millions} million entries, {share:.1%} revoked", [*timings, lookup], targets, notes)


def _all(loads: Sequence[Callable[[], object]]) -> None:
    """One after the other, as a counter would that needs all of them; each is let go."""
    for load in loads:
        load()


def _summed(work: Callable[[], object]) -> Callable[[int], float]:
    def run(count: int) -> float:
        start = process_time()
        for _ in range(count):
            work()
        return process_time() - start

    return run


def _lookup(statuses: StatusList, rounds: int) -> Timing:
    indexes = random.Random(1).choices(range(len(statuses)), k=_LOOKUPS)  # noqa: S311 - no secret

    def run(count: int) -> float:
        get = statuses.get
        start = process_time()
        for _ in range(count):
            for index in indexes:
                get(index)
        return (process_time() - start) / _LOOKUPS

    return interleave([Contestant("look up one entry", run)], rounds=max(3, rounds // 4), counts=[1])[0]


def _memory(shard: Shard) -> float:
    """What a list takes once it is open, by delta, next to its bitmap: the token object with all that it keeps."""
    stands_for = sha256(shard.token.encode()).hexdigest()
    tracemalloc.start()
    token = patched_token(shard.earlier, shard.delta, stands_for=stands_for)
    size = len(token.open(_KEY, shard.uri).entries)
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return kept / size


def _travel(folder: Path, sizes: Sequence[int], *, rounds: int) -> Section:
    """Published in a federation of 34 regions; fetched by a counter that has yesterday's, or nothing."""
    source, repository = folder / "source", folder / "repository"
    signers, now = found(source), wall_clock()
    list_key(source, _REGION, _SIGNER, purpose="statusKeys")
    shards = build(sizes, 0.01).shards
    names = [f"{_SERIES.partition(':')[2]}-{number}" for number in range(1, len(sizes) + 1)]
    homes = iter(range(1_000_000))

    def place(files: Iterator[tuple[str, str]]) -> float:
        for name, text in files:
            replace_file(source / _REGION / "status" / name, text.encode())
        start = process_time()
        serve(source, repository, signers, now=now)
        return process_time() - start

    def counter() -> Settings:
        home = folder / "homes" / str(next(homes))
        root = repository / "metadata" / "1.root.json"
        initialise(Settings(home, region="500000"), str(repository), Anchor(root, None, lambda: None))
        return load_settings({"CERTX_HOME": str(home)})

    place((f"{name}.jwt", shard.earlier) for name, shard in zip(names, shards, strict=True))
    waiting = [counter() for _ in range(rounds)]
    for settings in waiting:
        sync(settings, now=now)
    held = _objects(waiting[0])
    listed = [(f"{name}.jwt", shard.token) for name, shard in zip(names, shards, strict=True)]
    listed += [(f"{name}.delta.jwt", shard.delta) for name, shard in zip(names, shards, strict=True)]
    published = place(iter(listed)) * 1e6
    by_delta = [_seconds(partial(sync, settings, now=now)) for settings in waiting]
    fresh = [counter() for _ in range(rounds)]
    whole = [_seconds(partial(sync, settings, now=now)) for settings in fresh]
    again = [_seconds(partial(sync, settings, now=now)) for settings in waiting]
    timings = [
        Timing("trust publish of lists and deltas", published, published),
        _timing("sync from empty", whole),
        _timing("sync by delta", by_delta),
        _timing("sync, nothing changed, lists checked", again),
    ]
    fetched = sum(size for name, size in _objects(waiting[0]).items() if name not in held) / 1024
    entire = sum(len(shard.token) for shard in shards) / 1024
    notes = [f"{len(sizes)} list(s), {sum(sizes):,} entries, 1 % revoked; whole they are {entire:,.0f} KiB"]
    targets = [Target("fetched by delta, KiB", fetched, fetched, 20.0, at_most=True)]
    return Section("status lists, folder", timings, targets, notes)


def _objects(settings: Settings) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in (settings.generations / "objects").iterdir()}


def _seconds(work: Callable[[], object]) -> float:
    start = process_time()
    work()
    return process_time() - start


def _timing(name: str, seconds: Sequence[float]) -> Timing:
    ordered = sorted(seconds)
    return Timing(name, ordered[0] * 1e6, ordered[len(ordered) // 2] * 1e6)
