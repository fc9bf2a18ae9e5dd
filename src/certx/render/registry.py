"""A registry as a table and JSON."""

from collections.abc import Iterator
from typing import NamedTuple

import orjson

from certx.errors import CertxError
from certx.i18n import Words, show_time
from certx.render.table import print_table
from certx.trust.lifecycle import KeyPurpose
from certx.trust.registry import Counter, Issuer, ListedKey, Region, Registry
from certx.trust.rehearsal import key_lists


class _Row(NamedTuple):
    region: Region
    owner: Issuer | Counter
    key: ListedKey
    use: KeyPurpose


def print_registry(registry: Registry, words: Words, *, as_json: bool) -> None:
    """Each key with its region, issuer, what it may sign, window and state; then what cannot be relied on."""
    regions, unread = _read(registry)
    rows = list(_rows(regions))
    if as_json:
        for row in rows:
            print(orjson.dumps(_object(row)).decode())  # noqa: T201 - the output of a command
        for code, error in unread.items():
            faulty = {"region": code, "reason": error.code, "message": words.error(error)[0]}
            print(orjson.dumps(faulty).decode())  # noqa: T201
        return
    head = [words.term(f"col-{name}") for name in ("region", "issuer", "types", "kid", "window", "state")]
    signed = show_time(registry.signed_at) if registry.signed_at is not None else words.term("unsigned")
    title = words.term("registry-title", version=registry.version, signed=signed)
    print_table(head, [_cells(row, words) for row in rows], title=title)
    for code, error in unread.items():
        print(f"! {code}: {words.error(error)[0]}")  # noqa: T201


def _read(registry: Registry) -> tuple[list[Region], dict[str, CertxError]]:
    regions: list[Region] = []
    unread: dict[str, CertxError] = {}
    for code in registry.regions:
        try:
            regions.append(registry.regions[code])
        except CertxError as error:
            unread[code] = error
    return regions, unread


def _rows(regions: list[Region]) -> Iterator[_Row]:
    for region in regions:
        for owner in region.owners:
            for use, keys in key_lists(owner):
                yield from (_Row(region, owner, key, use) for key in keys.values())


def _object(row: _Row) -> dict[str, object]:
    region, owner, key, use = row
    issuer = owner if isinstance(owner, Issuer) else None
    types = sorted(key.types or issuer.types) if issuer is not None and use is KeyPurpose.LICENCES else []
    return {
        "region": region.code, "issuer": issuer and issuer.id, "credit_code": issuer and issuer.credit_code,
        "counter": owner.id if issuer is None else None,
        "kid": key.kid, "types": types, "signs_status_lists": use is KeyPurpose.STATUS,
        "signs_log": use is KeyPurpose.LOG, "signs_requests": use is KeyPurpose.REQUESTS,
        "signs_grants": use is KeyPurpose.GRANTS,
        "from": key.valid_from, "to": key.valid_to, "state": key.state,
    }  # fmt: skip


def _cells(row: _Row, words: Words) -> tuple[str, ...]:
    region, owner, key, use = row
    signs = words.term(f"signs-{use}")
    if isinstance(owner, Issuer) and use is KeyPurpose.LICENCES:
        signs = ", ".join(sorted(key.types or owner.types))
    window = f"{show_time(key.valid_from)[:10]} – {show_time(key.valid_to)[:10] if key.valid_to else ''}"
    return (
        f"{region.code} {region.name.get(words.language, '')}",
        f"{owner.name.get(words.language, '')}\n{owner.credit_code if isinstance(owner, Issuer) else owner.id}",
        signs,
        key.kid,
        window,
        key.state,
    )
