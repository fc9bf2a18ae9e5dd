"""May this licence be used by this grant, here, now, for this? Pure rules, each a finding (docs/grants.md).

They are run on a licence whose signature was proven: it alone says which key is its holder's. How often a grant was
used is found afterwards, when the use is counted (`certx.app.verifying.grant_use`).
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final, NamedTuple

from certx.credential.check import check_header, check_key_binding, check_signature
from certx.credential.constants import CLOCK_SKEW
from certx.errors import KeyFailureError
from certx.keys.algorithms import read_public_key
from certx.keys.encoding import base64url
from certx.keys.jwk import thumbprint
from certx.keys.protocols import PublicKey
from certx.licence.paths import Path, format_path, only
from certx.reason import Finding, Reason, failed, passed, undetermined
from certx.recognition.grant import ASKED, HOLDER_PREFIX, Grant
from certx.recognition.query import covers, has, hides
from certx.trust.check import unreadable
from certx.trust.registry import Issuer, ListedKey, State

GRANTOR: Final = "grantor"
TERM: Final = "grant-term"
GRANTEE: Final = "grantee"
SCOPE: Final = "grant-scope"
PROOF_SECONDS: Final = 600
"""How old a grantee's proof may be."""


class Use(NamedTuple):
    """What a site was shown, and what it knows itself: who it is, the nonce it gave, the matter it serves.

    `is_revoked`: did the grantor revoke the grant, by what this site was told?
    """

    grant: Grant
    audience: str
    nonce: str
    matter: str
    is_revoked: bool = False


def check_grantor(use: Use, issuer: Issuer, confirmation: object) -> Finding:
    """Was it signed by whoever may grant the use of this licence: its holder, or the body that issued it?

    `confirmation` is the `cnf` of the licence, `issuer` the body as the registry lists it.
    """
    grant = use.grant
    if grant.grantor.startswith(HOLDER_PREFIX):
        jwk = confirmation.get("jwk") if isinstance(confirmation, Mapping) else None
        if not isinstance(jwk, dict) or not _is_key_of(grant, jwk):
            return failed(GRANTOR, Reason.GRANT_NOT_BY_HOLDER)
        try:
            return _signed(grant, read_public_key(jwk))
        except KeyFailureError as error:
            return unreadable(GRANTOR, Reason.KEY_UNUSABLE, error)
    if grant.grantor != issuer.id:
        return failed(GRANTOR, Reason.GRANT_NOT_BY_ISSUER, issuer=issuer.id)
    key = issuer.grant_keys.get(grant.kid)
    if key is None:
        return failed(GRANTOR, Reason.GRANT_KEY_NOT_LISTED, issuer=issuer.id, kid=grant.kid)
    return _signed_by_listed(grant, key)


def _is_key_of(grant: Grant, jwk: Mapping[str, str]) -> bool:
    """Is the grant said to be by this key, in its header as in its `iss`?"""
    try:
        kid = thumbprint(jwk)
    except (KeyError, TypeError):
        return False
    return grant.kid == kid and grant.grantor == HOLDER_PREFIX + kid


def _signed_by_listed(grant: Grant, key: ListedKey) -> Finding:
    if key.state is State.SUSPENDED:
        return undetermined(GRANTOR, Reason.KEY_SUSPENDED, name=key.kid)
    if not key.is_trusted_at(grant.issued_at):
        return failed(GRANTOR, Reason.GRANT_KEY_NOT_IN_USE, kid=key.kid, state=key.state)
    try:
        return _signed(grant, key.public)
    except KeyFailureError as error:
        return unreadable(GRANTOR, Reason.KEY_UNUSABLE, error)


def _signed(grant: Grant, key: PublicKey) -> Finding:
    for finding in (check_header(grant.held), check_signature(grant.held, key)):
        if finding.reason is not None:
            return finding._replace(check=GRANTOR)
    return passed(GRANTOR)


def check_term(use: Use, now: float) -> Finding:
    """Is it in force at Unix time `now`: begun, not over, not revoked?"""
    terms = use.grant.terms
    if use.is_revoked:
        return failed(TERM, Reason.GRANT_REVOKED)
    if now >= terms.until:
        return failed(TERM, Reason.GRANT_OVER, at=terms.until)
    if now < terms.since or use.grant.issued_at > now + CLOCK_SKEW:
        return failed(TERM, Reason.GRANT_NOT_YET, at=max(terms.since, use.grant.issued_at))
    return passed(TERM)


def check_grantee(use: Use, now: float) -> Finding:
    """Is it the grantee who uses it, here? A grant without a proof by the key that it names is worth nothing."""
    if use.grant.terms.audience != use.audience:
        return failed(GRANTEE, Reason.GRANT_OTHER_SITE, audience=use.grant.terms.audience)
    found = check_key_binding(
        use.grant.held, now, audience=use.audience, nonce=use.nonce, max_age=PROOF_SECONDS
    )  # fmt: skip
    if found.reason is Reason.KEY_BINDING_MISSING or found.reason is Reason.KEY_BINDING_SIGNATURE_WRONG:
        return failed(GRANTEE, Reason.GRANT_OF_ANOTHER)
    return passed(GRANTEE) if found.reason is None else failed(GRANTEE, Reason.GRANT_PROOF_WRONG, defect=found.reason)


def check_scope(  # noqa: PLR0911 - one return for each rule
    use: Use,
    licence_type: str | None,
    digest: bytes,
    claims: Mapping[str, Any],
    short: AbstractSet[Path] = frozenset(),
) -> Finding:
    """Is what is asked for part of what was granted: this licence (by its digest), this matter, these claims?

    What the proof names must be there, with all that is in it: a derived claim that is absent is no yes, some elements
    are not all, and no use is counted for nothing. `short`: where objects and arrays stand that hide some of their own.
    """
    terms, asked = use.grant.terms, use.grant.asked
    if licence_type not in terms.types:
        return failed(SCOPE, Reason.GRANT_OTHER_TYPE, type=licence_type or "?", types=", ".join(sorted(terms.types)))
    if not _is_of(terms.licence, digest, use.grant):
        return failed(SCOPE, Reason.GRANT_OTHER_LICENCE)
    if terms.matter != use.matter:
        return failed(SCOPE, Reason.GRANT_OTHER_MATTER, matter=terms.matter)
    if asked is None:
        return failed(SCOPE, Reason.GRANT_PROOF_WRONG, defect=Reason.KEY_BINDING_MALFORMED)
    beyond = sorted(format_path(path) for path in asked if not any(covers(wide, path) for wide in terms.claims))
    if beyond:
        return failed(SCOPE, Reason.GRANT_BEYOND, names=", ".join(beyond))
    missing = [format_path(path) for path in asked if not has(claims, path) or hides(claims, path, short)]
    if missing and (ASKED in use.grant.held.binding or len(missing) == len(asked)):
        return failed(SCOPE, Reason.GRANT_CLAIM_MISSING, names=", ".join(missing))
    return passed(SCOPE)


def _is_of(named: str | None, digest: bytes, grant: Grant) -> bool:
    """A holder grants the use of one licence; a body may grant that of any which it issued."""
    if named is None:
        return not grant.grantor.startswith(HOLDER_PREFIX)
    return named == base64url(digest)


def asked_claims(use: Use, claims: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of the claims of a licence those that were asked for, and no others."""
    found: Mapping[str, Any] = only(dict(claims), use.grant.asked or ())
    return found
