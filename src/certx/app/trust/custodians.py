"""`certx trust role`: who keeps a role of the registry, after a custodian was lost or a key was stolen."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from certx.app.trust.founding import Keeper, find_keepers, keep_role, read_roles, write_roles
from certx.errors import KeyFailureError, UsageError
from certx.keys.jwk import thumbprint
from certx.trust.roles import TOP_LEVEL

_SHORTEST: Final = 8
"""Characters of a beginning that stands for a whole kid."""


class NewCustody(NamedTuple):
    """Who keeps a role from now on, who keeps it no more (by name), how many must sign, for how many days.

    `signed_by` is the role that says so.
    """

    path: Path
    role: str
    keepers: tuple[str, ...]
    dismissed: tuple[str, ...]
    threshold: int
    days: int | None
    signed_by: str


def change_role(
    source: Path, role: str, references: Sequence[str], own_keys: Path, *, threshold: int | None, days: int | None
) -> NewCustody:
    """Give a role other custodians; threshold and days not given stay as they are.

    A custodian is named as `roles.json` names it, by its kid or a beginning of it, or as one of our keys or a
    `.jwk.json` file. A key that keeps no role any more is dropped. Raises `UsageError`, `KeyFailureError` or
    `DocumentError`.
    """
    document = read_roles(source)
    rows = {thumbprint(row["jwk"]): row for row in document["keys"]}
    before = document["roles"].get(role)
    if before is None:
        raise UsageError("publish-without", hint="publish-without", role=role, known=", ".join(document["roles"]))
    keepers = [_keeper(reference, rows, own_keys) for reference in references]
    wanted = threshold if threshold is not None else before.get("threshold", 1)
    if not 1 <= wanted <= len(keepers):
        raise UsageError("role-threshold", hint="role-threshold", role=role, threshold=wanted, count=len(keepers))
    keep_role(document, role, keepers, wanted)
    if days is not None or "days" in before:
        document["roles"][role]["days"] = days if days is not None else before["days"]
    kept = {keeper.jwk["kid"] for keeper in keepers}
    used = {kid for row in document["roles"].values() for kid in row["keys"]}
    document["keys"] = [row for row in document["keys"] if thumbprint(row["jwk"]) in used]
    return NewCustody(
        write_roles(source, document),
        role,
        tuple(keeper.name for keeper in keepers),
        tuple(str(rows[kid]["name"]) for kid in before["keys"] if kid not in kept),
        wanted,
        document["roles"][role].get("days"),
        "root" if role in TOP_LEVEL else "targets",
    )


def _keeper(reference: str, rows: dict[str, dict[str, Any]], own_keys: Path) -> Keeper:
    """A custodian who is there already, or a new one; raises `UsageError` on a name that means two keys."""
    known = {
        kid: Keeper(row["name"], {**row["jwk"], "kid": kid})
        for kid, row in rows.items()
        if reference == row["name"] or (len(reference) >= _SHORTEST and kid.startswith(reference))
    }
    try:
        (own,) = find_keepers([reference], own_keys)
        known.setdefault(own.jwk["kid"], own)
    except KeyFailureError:
        if not known:
            raise
    if len(known) > 1:
        raise UsageError("key-ambiguous", hint="key-ambiguous", key=reference, count=len(known))
    return next(iter(known.values()))
