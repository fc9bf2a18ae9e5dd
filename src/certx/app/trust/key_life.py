"""`certx trust key`: adding, rotating, retiring, suspending keys, and the day one is stolen, in the reviewed source.

What is written here takes effect once the region's custodians have signed it (`certx trust publish`). Each change is
rehearsed first: which licences would be told otherwise.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from certx.app.registry.witness import last_checkpoint
from certx.app.trust.denying import Change, checkpoint_row, overlay_of, regions_of
from certx.app.trust.founding import Keeper, find_keepers, read_keys, write_keys
from certx.errors import KeyFailureError, UsageError
from certx.licence.model import time_text
from certx.trust.denials import deny
from certx.trust.lifecycle import KeyPurpose, Row, new_row, rotate
from certx.trust.region_document import read_region
from certx.trust.rehearsal import Uses, rehearse
from certx.trust.roles import region_role

_SHORTEST: Final = 8
"""Characters of a beginning that stands for a whole kid."""
_DAY: Final = 86_400


class Place(NamedTuple):
    """Where a key is listed: the file, its document, the issuer's or counter's row, what it signs, and its own row."""

    path: Path
    document: dict[str, Any]
    owner: dict[str, Any]
    use: KeyPurpose
    row: dict[str, Any]


def find_key(source: Path, reference: str, own_keys: Path) -> Place:
    """The listed key of a kid, of a beginning of one, or of one of our keys or `.jwk.json` files.

    Raises `UsageError` if no region lists it, or if the beginning is that of several.
    """
    places = list(_places(source))
    found = [place for place in places if place.row["kid"] == reference]
    if not found and len(reference) >= _SHORTEST:
        found = [place for place in places if place.row["kid"].startswith(reference)]
    if not found:
        kid = _own_kid(reference, own_keys)
        found = [place for place in places if place.row["kid"] == kid]
    if not found:
        raise UsageError("key-nowhere", hint="key-nowhere", key=reference)
    if len(found) > 1:
        raise UsageError("key-ambiguous", hint="key-ambiguous", key=reference, count=len(found))
    return found[0]


def _own_kid(reference: str, own_keys: Path) -> str | None:
    try:
        return find_keepers([reference], own_keys)[0].jwk["kid"]
    except KeyFailureError:
        if Path(reference).suffix == ".json":
            raise
        return None


def _places(source: Path) -> Iterator[Place]:
    for code in regions_of(source):
        path, document = read_keys(source, code)
        for owner in _owners(document):
            for use in KeyPurpose:
                for row in owner.get(use, ()):
                    yield Place(path, document, owner, use, row)


def _owners(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows that list keys: of issuers, and of counters."""
    return [*document["issuers"], *document.get("counters", ())]


def listed_from(place: Place) -> float:
    """The first moment at which a listed key might sign, Unix time."""
    return datetime.fromisoformat(place.row["from"]).timestamp()  # `read_keys` has looked at it


def witnessed_by(repository: Path, place: Place, *, before: float) -> dict[str, Any]:
    """What the record of a compromise says of the log, as it was last published before then; raises `CertxError`."""
    if place.use is not KeyPurpose.LICENCES:
        raise UsageError("checkpoint-purpose", hint="checkpoint-purpose", kid=place.row["kid"])
    region, credit_code = place.path.parent.name, place.owner["creditCode"]
    (_, head), at = last_checkpoint(repository, region, credit_code, before=before)
    return {"checkpoint": checkpoint_row(head, at)}


def add_key(
    source: Path, owner: str, keeper: Keeper, since: str, *, use: KeyPurpose = KeyPurpose.LICENCES, now: float
) -> Path:
    """List a key of an issuer, or one for the requests of a counter, from a time with its offset on.

    Raises `UsageError`.
    """
    _check_new(source, keeper, use)
    is_counter = use is KeyPurpose.REQUESTS
    for code in regions_of(source):
        path, document = read_keys(source, code)
        for row in document.get("counters", ()) if is_counter else document["issuers"]:
            if owner in {row["id"], row.get("creditCode")}:
                row.setdefault(use.value, []).append(new_row(keeper.jwk, since, now))
                return write_keys(path, document)
    if is_counter:
        raise UsageError("counter-unknown", hint="counter-unknown", counter=owner)
    raise UsageError("issuer-unknown", hint="issuer-unknown", issuer=owner)


def _check_new(source: Path, keeper: Keeper, use: KeyPurpose) -> None:
    """Refuse a key that somebody lists already, for whatever purpose, or one of the wrong kind."""
    kid = keeper.jwk["kid"]
    for place in _places(source):
        if place.row["kid"] == kid:
            raise UsageError("registry-key-twice", at=place.owner["id"])
    if use is KeyPurpose.LOG and keeper.jwk.get("crv") != "Ed25519":
        raise UsageError("trust-log-key", hint="trust-log-key")


def rotate_key(
    source: Path, old: Place, keeper: Keeper, *, at: float, overlap_days: int, now: float, uses: Uses | None, dry: bool
) -> Change:
    """Let a new key take the place of an old one, which may sign on for the days of the overlap.

    Raises `UsageError` if the old one is not in use, the new one listed already, or the overlap over: what the old
    key signed since would not stand.
    """
    until = at + overlap_days * _DAY
    if until < int(now):
        raise UsageError("rotation-past", hint="rotation-past", kid=old.row["kid"], until=until)
    _check_new(source, keeper, old.use)

    def edit(document: dict[str, Any], row: Row) -> dict[str, Any]:
        added = new_row(keeper.jwk, time_text(at), now, row.get("types"))
        owner = next(owner for owner in _owners(document) if owner["id"] == old.owner["id"])
        owner[old.use.value].append(added)
        return rotate(row, until, now)

    return _change(source, old, edit, uses, dry=dry)


def change_key(
    source: Path, place: Place, step: Callable[[Row], dict[str, Any]], uses: Uses | None, *, dry: bool
) -> Change:
    """Take a step in the life of a key, such as `certx.trust.lifecycle.retire`; raises `UsageError`.

    A `dry` run writes nothing.
    """
    return _change(source, place, lambda _, row: step(row), uses, dry=dry)


def _change(
    source: Path, place: Place, edit: Callable[[dict[str, Any], Row], dict[str, Any]], uses: Uses | None, *, dry: bool
) -> Change:
    after = deepcopy(place.document)
    rows = next(owner for owner in _owners(after) if owner["id"] == place.owner["id"])[place.use.value]
    index = next(index for index, row in enumerate(rows) if row["kid"] == place.row["kid"])
    rows[index] = edit(after, rows[index])
    denials = overlay_of(source).denials
    regions = [deny(read_region(document, str(place.path)), denials) for document in (place.document, after)]
    effects = rehearse(regions[0], regions[1], uses)
    if not dry:
        write_keys(place.path, after)
    return Change(place.path, not dry, region_role(place.path.parent.name), tuple(effects))
