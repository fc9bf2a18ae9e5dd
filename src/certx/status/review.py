"""Would counters take a list as it lies in a registry? Asked before it is published, and by `certx doctor`."""

from hashlib import sha256
from typing import Any

from certx.reason import Reason
from certx.status.changes import digest_of
from certx.status.constants import MAX_DELTA_CHARACTERS, TYP_STATUS_DELTA
from certx.status.delta import read_delta
from certx.status.errors import StatusError
from certx.status.payload import StatusList
from certx.status.reference import list_file
from certx.status.tokenlist import StatusToken
from certx.trust.registry import Issuer, Region


def open_published(token: StatusToken, region: Region, file: str) -> StatusList:
    """The list in this file of a region's status folder, as a counter opens it.

    Raises `StatusError` or `KeyFailureError`: it is no list of this name, a status key of its issuer did not sign it,
    or that key was not to be trusted then, or it ended before it began.
    """
    uri = token.uri or ""
    if list_file(uri) != (region.code, file):
        raise StatusError(Reason.STATUS_LIST_OF_ANOTHER)
    issuer = _issuer_of(region, file)
    key = issuer.status_keys.get(token.kid or "") if issuer is not None else None
    if key is None:
        raise StatusError(Reason.STATUS_KEY_NOT_LISTED)
    statuses = token.open(key.public, uri)
    issued_at = statuses.issued_at.timestamp()
    if not key.is_trusted_at(issued_at):
        raise StatusError(Reason.STATUS_KEY_NOT_IN_USE, kid=key.kid, state=key.state)
    statuses.check_ever_good()
    return statuses


def check_delta(delta: str, data: bytes, statuses: StatusList, region: Region, file: str) -> None:
    """Raise `StatusError` or `KeyFailureError` unless a delta leads to this list, whose file has these bytes."""

    def read(claims: Any, uri: str) -> StatusList:  # noqa: ANN401 - any payload
        found = read_delta(claims, uri)
        if (found.token, found.bits, found.result) != (
            sha256(data).hexdigest(), statuses.bits, digest_of(statuses.entries),
        ):  # fmt: skip
            raise StatusError(Reason.STATUS_LIST_OF_ANOTHER)
        return statuses

    token = StatusToken(delta, typ=TYP_STATUS_DELTA, maximum=MAX_DELTA_CHARACTERS, read=read)
    open_published(token, region, file)


def _issuer_of(region: Region, file: str) -> Issuer | None:
    credit_code = file.rpartition("-")[0]
    return next((issuer for issuer in region.issuers.values() if issuer.credit_code == credit_code), None)
