"""How a credential names its entry, and where in a registry the list of that name lies."""

import re
from typing import Final, NamedTuple

from certx.licence.divisions import province_of
from certx.reason import Reason
from certx.status.errors import StatusError
from certx.trust.registry import Issuer

_PREFIX: Final = "urn:certx:status:"
_LIST: Final = r"([0-9]{6})%s([0-9A-HJ-NPQRTUWXY]{18})%s([1-9][0-9]{0,8})"
_URN: Final = re.compile(_PREFIX + _LIST % (":", ":"))
_WEB_END: Final = re.compile(_LIST % ("/", "-") + r"\.jwt")


class Reference(NamedTuple):
    """An entry of a status list, as a credential names it."""

    idx: int
    uri: str


def read_reference(status: object) -> Reference | None:
    """The entry that a `status` claim names, `None` if it names no list but something else.

    Raises `StatusError` if it is no object, or its `status_list` not `{idx, uri}` with a whole number from 0 and a text
    (TSL, section 6.2).
    """
    if not isinstance(status, dict):
        raise StatusError(Reason.STATUS_REFERENCE_MALFORMED)
    if "status_list" not in status:
        return None
    named = status["status_list"]
    index, uri = (named.get("idx"), named.get("uri")) if isinstance(named, dict) else (None, None)
    if type(index) is not int or index < 0 or not isinstance(uri, str) or not uri:
        raise StatusError(Reason.STATUS_REFERENCE_MALFORMED)
    return Reference(index, uri)


def series_of(region: str, credit_code: str) -> str:
    """What the lists of one issuer have in common; the ledger counts them under it."""
    return f"{region}:{credit_code}"


def series_by(issuer: Issuer) -> str | None:
    """The series of an issuer's lists, `None` if nobody is listed to sign any."""
    return series_of(province_of(issuer.area), issuer.credit_code) if issuer.status_keys else None


def list_uri(series: str, number: int) -> str:
    """The name of an issuer's list; the first is number 1."""
    return f"{_PREFIX}{series}:{number}"


def list_file(uri: str) -> tuple[str, str] | None:
    """Region and file name of the list with this name, `None` if a registry has no place for it.

    `urn:certx:status:<region>:<credit code>:<n>` and `https://…/<region>/<credit code>-<n>.jwt` both lie in
    `status/<region>/<credit code>-<n>.jwt`; no address is ever opened.
    """
    match = _URN.fullmatch(uri)
    if match is None and uri.startswith("https://"):
        match = _WEB_END.fullmatch("/".join(uri[len("https://") :].split("/")[1:][-2:]))
    return None if match is None else (match[1], f"{match[2]}-{match[3]}.jwt")
