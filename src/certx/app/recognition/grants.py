"""Grants on the grantor's and the grantee's machine: made, read from files, shown with a proof, revoked."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path as File
from secrets import token_urlsafe
from typing import Any, Final, NamedTuple

from certx.app.machine.listed_keys import check_may_sign
from certx.app.machine.shipped import schemas
from certx.app.machine.stdin import read_input
from certx.app.recognition.agreement_draft import require_days
from certx.app.recognition.grant_ledger import Make, enter_grants
from certx.app.recognition.presenting import path_given, read_credentials
from certx.app.registry.sources import LocalSources, open_registry
from certx.app.trust.founding import find_keepers
from certx.credential.parse import Unverified, parse
from certx.credential.present import bind
from certx.errors import KeyFailureError, UsageError
from certx.keys import Signer
from certx.keys.encoding import base64url
from certx.keys.jwk import thumbprint
from certx.licence.model import day_ends_at, day_of, day_starts_at
from certx.licence.paths import Path, format_path
from certx.recognition.grant import (
    ASKED,
    HOLDER_PREFIX,
    MAX_CHARACTERS,
    MOST_USES,
    Grant,
    Terms,
    make_grant,
    read_grant,
)
from certx.recognition.query import covers
from certx.schema.catalogue import require, split_vct
from certx.settings import Settings
from certx.trust.lifecycle import KeyPurpose
from certx.trust.registry import Issuer

_PUBLIC: Final = frozenset({"kty", "crv", "x", "y"})
_UNIQUE_BYTES: Final = 16
_MOST_SITES: Final = 64


class Wanted(NamedTuple):
    """What the grantor said. `quotas`: `SITE=N` for each; `licence` is a holder's file, else `issuer` is a body.

    Days are ISO dates, both inclusive; `first_day` is today if it is not said.
    """

    grantee: str
    grantee_key: str
    claims: Sequence[str]
    matter: str
    purpose: Mapping[str, str]
    last_day: str
    quotas: Sequence[str]
    first_day: str | None = None
    daily: int | None = None
    licence: str | None = None
    issuer: str | None = None
    types: Sequence[str] = ()


def grant_anew(settings: Settings, wanted: Wanted, signer: Signer, *, now: float) -> list[str]:
    """A signed grant for each site; raises `CertxError` where it would not be believed, or names an unknown claim."""
    if (wanted.licence is None) == (wanted.issuer is None) or (wanted.issuer is None) == bool(wanted.types):
        raise UsageError("grant-by-whom", hint="grant-by-whom")
    issuer: Issuer | None = None
    if wanted.licence is not None:
        licence = parse(read_credentials([wanted.licence], LocalSources(settings, now=now))[0])
        types, digest = [_type_held(licence, signer)], base64url(licence.jws.digest)
        grantor: str = HOLDER_PREFIX + signer.kid
    else:
        assert wanted.issuer is not None  # noqa: S101 - see above
        issuer = open_registry(settings).registry.issuer_named(wanted.issuer)
        check_may_sign(signer, issuer, KeyPurpose.GRANTS, now=now)
        types, digest, grantor = [*wanted.types], None, issuer.id
    first = wanted.first_day or day_of(now).isoformat()
    require_days(first, wanted.last_day)
    terms = Terms(
        wanted.grantee, "", wanted.purpose, wanted.matter, frozenset(types), _known(wanted.claims, types),
        day_starts_at(first), day_ends_at(wanted.last_day), 0, wanted.daily, digest,
    )  # fmt: skip
    jwk = find_keepers([wanted.grantee_key], settings.keys)[0].jwk
    public = {name: value for name, value in jwk.items() if name in _PUBLIC}
    makers: dict[str, Make] = {
        token_urlsafe(_UNIQUE_BYTES): partial(
            make_grant, terms._replace(audience=site, uses=uses), public, signer, grantor=grantor, issued_at=int(now)
        )
        for site, uses in _quotas(wanted.quotas)
    }
    if issuer is not None:
        return enter_grants(settings, issuer, signer.kid, makers, now=now)
    return [make(unique=unique) for unique, make in makers.items()]


def _type_held(licence: Unverified, signer: Signer) -> str:
    """The type of a licence of which this key is the holder's; raises `CertxError` if it is not."""
    named = split_vct(licence.claims.get("vct"))
    if licence.defect is not None or named is None:
        raise licence.defect or UsageError("grant-no-licence")
    confirmation: Any = licence.claims.get("cnf")
    jwk = confirmation.get("jwk") if isinstance(confirmation, dict) else None
    if not isinstance(jwk, dict):
        raise KeyFailureError("grant-no-key", hint="present-no-key", type=named[0])
    kid = thumbprint(jwk)
    if kid != signer.kid:
        raise KeyFailureError("present-other-key", hint="present-other-key", type=named[0], kid=kid)
    return named[0]


def _known(claims: Sequence[str], types: Sequence[str]) -> tuple[Path, ...]:
    """The claims, each of which some of the types has; raises `UsageError`."""
    paths, labels = [path_given(text) for text in claims], [require(schemas(), name).labels for name in types]
    for path in paths:
        names = tuple(step for step in path if isinstance(step, str))
        if not any(names in known for known in labels) and not str(path[0]).startswith("x-"):
            raise UsageError("grant-claim", hint="grant-claim", claim=format_path(path), types=", ".join(types))
    if not paths:
        raise UsageError("grant-claims-none", hint="present-path")
    return tuple(paths)


def _quotas(texts: Sequence[str]) -> list[tuple[str, int]]:
    found = dict[str, int]()
    for text in texts:
        site, _, count = text.rpartition("=")
        if not site or site in found or not (count.isascii() and count.isdigit() and 0 < int(count[:11]) <= MOST_USES):
            raise UsageError("grant-quota", hint="grant-quota", text=text)
        found[site] = int(count)
    if not 0 < len(found) <= _MOST_SITES:
        raise UsageError("grant-quota", hint="grant-quota", text="")
    return [*found.items()]


def read_grants(path: File) -> list[Grant]:
    """The grants in a file or at stdin (`-`), one on a line; raises `CertxError`."""
    data = read_input(path, maximum=_MOST_SITES * MAX_CHARACTERS)
    return [read_grant(line) for line in data.decode("ascii", "replace").split() or [""]]


def grants_for(path: File, site: str | None, *, most: int = _MOST_SITES) -> list[Grant]:
    """The grants of a file, or those for a site; raises `UsageError` if there is none, or more than so many."""
    found = [grant for grant in read_grants(path) if site in {None, grant.terms.audience}]
    if not 0 < len(found) <= most:
        raise UsageError("grant-which", hint="grant-which", path=str(path), count=len(found))
    return found


def grant_for(path: File, site: str | None) -> Grant:
    """The only grant of a file, or the one for a site; raises `UsageError` if there is none, or no site is named."""
    return grants_for(path, site, most=1)[0]


def show_grant(grant: Grant, signer: Signer, *, nonce: str, claims: Sequence[str], now: float) -> str:
    """A grant with the grantee's proof, for its site and a nonce of that site; `claims` are asked for, else all.

    Raises `KeyFailureError` if the key is not the grantee's, `UsageError` if more is asked for than was granted.
    """
    if signer.kid != grant.grantee_kid:
        raise KeyFailureError("grant-other-key", hint="present-other-key", kid=grant.grantee_kid)
    asked = [path_given(text) for text in claims]
    for path in asked:
        if not any(covers(wide, path) for wide in grant.terms.claims):
            granted = ", ".join(map(format_path, grant.terms.claims))
            raise UsageError("grant-more", hint="grant-more", claim=format_path(path), claims=granted)
    more = {ASKED: [format_path(path) for path in asked]} if asked else {}
    return bind(grant.text, signer, audience=grant.terms.audience, nonce=nonce, issued_at=int(now), more=more)
