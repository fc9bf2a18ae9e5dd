"""All rules of the signed form at once, for a caller who already knows whose key it is."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from certx.credential.check import (
    NO_MAXIMUM,
    check_claims,
    check_disclosures,
    check_header,
    check_key_binding,
    check_signature,
    check_validity,
)
from certx.credential.errors import CredentialError
from certx.credential.parse import parse
from certx.errors import KeyFailureError
from certx.keys.algorithms import read_public_key
from certx.reason import Finding, Reason


def verify_with_key(
    compact: str,
    jwk: Mapping[str, object],
    *,
    now: datetime,
    audience: str | None = None,
    nonce: str | None = None,
    max_age: timedelta | None = None,
) -> dict[str, Any]:
    """The processed claims of an SD-JWT VC of any `vct`, signed by `jwk` (RFC 9901, 7.1 and 7.3; SD-JWT VC, 2.4).

    A KB-JWT that is there is always verified; with `audience` or `nonce` there must be one, and it must match them;
    `max_age` bounds the age of its `iat`. Status and issuer are not looked at.

    Raises `CredentialError`, whose `reason` says which rule was broken, and nothing else, whatever the input.
    """
    given: tuple[object, object] = (compact, jwk)  # whatever the annotations promise
    if not isinstance(given[0], str) or not isinstance(given[1], Mapping):
        raise CredentialError(Reason.UNREADABLE_NOT_TEXT)
    moment_given: object = now
    if not isinstance(moment_given, datetime) or moment_given.utcoffset() is None:
        raise CredentialError(Reason.CLOCK_NOT_AWARE)
    moment = now.timestamp()
    credential = parse(compact)
    try:
        key = read_public_key(jwk)
    except KeyFailureError as error:
        raise CredentialError(Reason.KEY_UNUSABLE, defect=error.code) from error
    _demand(check_header(credential))
    _demand(check_signature(credential, key))
    _demand(check_disclosures(credential))
    _demand(check_claims(credential))
    _demand(check_validity(credential.claims, moment))
    if credential.key_binding is not None or audience is not None or nonce is not None:
        oldest = NO_MAXIMUM if max_age is None else max_age.total_seconds()
        _demand(check_key_binding(credential, moment, audience=audience, nonce=nonce, max_age=oldest))
    return credential.claims


def _demand(finding: Finding) -> None:
    if finding.reason is not None:
        raise CredentialError(finding.reason, **finding.params)
