"""A registry as a table and JSON."""

import orjson

from certx.i18n import Words, show_time
from certx.render.table import print_table
from certx.trust.registry import Registry


def print_registry(registry: Registry, words: Words, *, as_json: bool) -> None:
    """Each key with its region, issuer, types, window and state."""
    rows = [
        (region, issuer, key)
        for region in registry.regions.values()
        for issuer in region.issuers.values()
        for key in issuer.keys.values()
    ]
    if as_json:
        for region, issuer, key in rows:
            row = {
                "region": region.code, "issuer": issuer.id, "credit_code": issuer.credit_code,
                "types": sorted(key.types or issuer.types), "kid": key.kid, "from": key.valid_from,
                "to": key.valid_to, "state": key.state,
            }  # fmt: skip
            print(orjson.dumps(row).decode())  # noqa: T201 - the output of a command
        return
    head = [words.term(f"col-{name}") for name in ("region", "issuer", "types", "kid", "window", "state")]
    print_table(
        head,
        [
            (
                f"{region.code} {region.name.get(words.language, '')}",
                f"{issuer.name.get(words.language, '')}\n{issuer.credit_code}",
                ", ".join(sorted(key.types or issuer.types)),
                key.kid,
                f"{show_time(key.valid_from)[:10]} – {show_time(key.valid_to)[:10] if key.valid_to else ''}",
                key.state,
            )
            for region, issuer, key in rows
        ],
        title=registry.version,
    )
