"""A registry as a table and JSON."""

from collections.abc import Iterator
from typing import NamedTuple

import orjson

from certx.errors import CertxError
from certx.i18n import Words, show_time
from certx.render.table import print_table
from certx.trust.lifecycle import KeyPurpose
from certx.trust.registry import Issuer, ListedKey, Region, Registry
from certx.trust.rehearsal import key_lists


class _Row(NamedTuple):
    region: Region
    issuer: Issuer
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
        for issuer in region.issuers.values():
            for use, keys in key_lists(issuer):
                yield from (_Row(region, issuer, key, use) for key in keys.values())


def _object(row: _Row) -> dict[str, object]:
    region, issuer, key, use = row
    types = sorted(key.types or issuer.types) if use is KeyPurpose.LICENCES else []
    return {
        "region": region.code, "issuer": issuer.id, "credit_code": issuer.credit_code, "kid": key.kid,
        "types": types, "signs_status_lists": use is KeyPurpose.STATUS, "signs_log": use is KeyPurpose.LOG,
        "from": key.valid_from, "to": key.valid_to, "state": key.state,
    }  # fmt: skip


def _cells(row: _Row, words: Words) -> tuple[str, ...]:
    region, issuer, key, use = row
    signs = words.term(f"signs-{use}")
    if use is KeyPurpose.LICENCES:
        signs = ", ".join(sorted(key.types or issuer.types))
    window = f"{show_time(key.valid_from)[:10]} – {show_time(key.valid_to)[:10] if key.valid_to else ''}"
    return (
        f"{region.code} {region.name.get(words.language, '')}",
        f"{issuer.name.get(words.language, '')}\n{issuer.credit_code}",
        signs,
        key.kid,
        window,
        key.state,
    )
