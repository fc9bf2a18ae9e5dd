"""A federation of 34 regions, 680 keys and 561 agreements: what sync and the offline check of one verdict cost."""

import json
from collections.abc import Callable, Sequence
from functools import partial
from itertools import combinations
from pathlib import Path
from time import process_time
from typing import Any, Final

from rounds import Contestant, Section, Target, Timing, interleave
from stdnum.cn import uscc

from certx.app.machine.clock import now as wall_clock
from certx.app.machine.files import replace_file
from certx.app.machine.shipped import schemas
from certx.app.registry.setup import Anchor, initialise
from certx.app.registry.syncing import sync
from certx.app.trust.founding import Keeper, add_region, found_federation, standard_roles
from certx.app.trust.publishing import publish
from certx.keys import Signer, new_signer
from certx.recognition.published import agreements_between
from certx.settings import Settings, load_settings
from certx.trust.generations import read_signed

ISSUERS: Final = 4
"""In each region, with five keys each."""
_KEYS: Final = 5
_HERE: Final = "500000"
_THERE: Final = "510000"
_KIB: Final = 1_024


def found(folder: Path) -> list[Signer]:
    """Write the source of such a federation; every key that signs for it."""
    catalogue = schemas()
    codes = sorted(code for code in catalogue.divisions.by_code if code.endswith("0000"))
    types = [str(name) for name in catalogue.types()]
    signers: list[Signer] = []

    def keepers(name: str, count: int) -> list[Keeper]:
        made = [new_signer("Ed25519") for _ in range(count)]
        signers.extend(made)
        return [Keeper(f"{name}-{number}", signer.public_jwk) for number, signer in enumerate(made, 1)]

    roles = standard_roles(keepers("root", 5), keepers("federation", 3), keepers("online", 2), [], [])
    found_federation(folder, roles, {})
    for code in codes:
        add_region(folder, code, keepers(code, 3), keepers(f"status-{code}", 1), None)
        _write(folder / code / "keys.json", _region(code, types, catalogue.divisions.by_code[code].zh))
    for one, other in combinations(codes, 2):
        document = _agreement(one, other, types)
        for code in (one, other):
            _write(folder / code / "agreements" / f"{document['id']}.json", document)
    return signers


def list_key(folder: Path, region: str, key: Signer, *, purpose: str) -> dict[str, Any]:
    """List a key among the `keys` or `statusKeys` of the first issuer of a region; the region's document then."""
    path = folder / region / "keys.json"
    document: dict[str, Any] = json.loads(path.read_bytes())
    document["issuers"][0].setdefault(purpose, []).append(_listed(key))
    _write(path, document)
    return document


def serve(source: Path, repository: Path, signers: Sequence[Signer], *, now: float) -> None:
    """Publish the source; one that cannot be is no bench."""
    publication = publish(source, repository, signers, now=now)
    if publication.version is None:
        raise RuntimeError(publication)


def credit_code(region: str, number: int) -> str:
    """A code that nobody has, with both its check digits (GB 11714, GB 32100)."""
    organisation = f"MB9X{number:04d}"
    total = sum(int(char, 36) * weight for char, weight in zip(organisation, (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    body = f"11{region}{organisation}{'0123456789X0'[(11 - total % 11) % 12]}"
    return str(body + uscc.calc_check_digit(body))


def _region(code: str, types: list[str], name: str) -> dict[str, Any]:
    issuers = []
    for number in range(ISSUERS):
        own_code = credit_code(code, number)
        listed = [_listed(new_signer("ES256")) for _ in range(_KEYS)]
        issuers.append({
            "id": f"urn:certx:issuer:{own_code}", "name": {"zh": f"{name}示例局", "en": f"Bureau of {code}"},
            "creditCode": own_code, "area": code, "types": types, "keys": listed,
        })  # fmt: skip
    return {"region": code, "name": {"zh": name, "en": code}, "issuers": issuers}


def _listed(key: Signer) -> dict[str, Any]:
    jwk = key.public_jwk
    return {"kid": jwk["kid"], "jwk": jwk, "from": "2026-01-01T00:00:00+08:00", "state": "active"}


def _agreement(one: str, other: str, types: list[str]) -> dict[str, Any]:
    return {
        "id": f"agr-{one}-{other}-1", "version": 1, "title": {"zh": "电子证照互认协议", "en": "agreement"},
        "parties": [one, other], "types": types, "issuedIn": [one, other], "acceptedIn": [one, other],
        "from": "2026-01-01",
    }  # fmt: skip


def _write(path: Path, document: dict[str, Any]) -> None:
    replace_file(path, json.dumps(document, ensure_ascii=False).encode())


def _seconds(work: Callable[[], object]) -> float:
    start = process_time()
    work()
    return process_time() - start


def measure(folder: Path, *, rounds: int) -> list[Section]:
    """One table of CPU time, one of size."""
    source, repository = folder / "source", folder / "repository"
    signers = found(source)
    now = wall_clock()  # python-tuf looks at it too
    serve(source, repository, signers, now=now)
    homes = iter(range(1_000_000))

    def fresh() -> Settings:
        home = folder / "homes" / str(next(homes))
        root = repository / "metadata" / "1.root.json"
        initialise(Settings(home, region=_HERE), str(repository), Anchor(root, None, lambda: None))
        return load_settings({"CERTX_HOME": str(home)})

    kept = fresh()
    sync(kept, now=now)

    def empty(count: int) -> float:
        return sum(_seconds(partial(sync, fresh(), now=now)) for _ in range(count))

    def unchanged(count: int) -> float:
        return sum(_seconds(partial(sync, kept, now=now)) for _ in range(count))

    def offline(count: int) -> float:
        return sum(_seconds(partial(_rely_on, kept)) for _ in range(count))

    names = ["sync from empty, folder", "sync, nothing changed, folder", "offline check of what one verdict relies on"]
    runs = [Contestant(name, run) for name, run in zip(names, (empty, unchanged, offline), strict=True)]
    timings = interleave(runs, rounds=rounds, counts=[1, 1, 5])
    bounds = [400.0, 60.0, 8.0]
    targets = [_at_most(timing, bound) for timing, bound in zip(timings, bounds, strict=True)]
    served = [path for path in (repository / "metadata").glob("*.json") if not path.name.endswith("root.json")]
    size = sum(path.stat().st_size for path in [*served, repository / "metadata" / "1.root.json"]) / _KIB
    targets.append(Target("metadata, KiB", size, size, 200.0, at_most=True))
    regions = len(list(source.glob("[0-9]*")))
    agreements = len(list(source.glob("*/agreements/*"))) // 2
    note = f"{regions} regions, {regions * ISSUERS * _KEYS} keys, {agreements} agreements"
    return [Section("federation", timings, targets, [note])]


def _at_most(timing: Timing, milliseconds: float) -> Target:
    return Target(f"{timing.name}, ms", timing.best / 1_000, timing.median / 1_000, milliseconds, at_most=True)


def _rely_on(settings: Settings) -> None:
    """All that a Chongqing counter's verdict on a Sichuan licence asks of the registry."""
    assert settings.root is not None  # noqa: S101
    signed = read_signed(settings.generations, settings.root)
    registry = signed.registry
    issuer = next(iter(registry.regions[_THERE].issuers.values()))
    assert registry.find(issuer.id, next(iter(issuer.keys))).key is not None  # noqa: S101
    assert agreements_between(signed.files, _THERE, _HERE, "business-licence")  # noqa: S101
    assert signed.files.read("catalogue/schemas/business-licence-1.0.json")  # noqa: S101
    assert signed.files.read("catalogue/schemas/core-1.0.json")  # noqa: S101
    assert signed.limits  # noqa: S101
    assert [registry.expiries[role] for role in ("timestamp", "catalogue", "duty")]  # noqa: S101
