"""Versions of a licence: a renewal, a change or a transfer names the identifier that it supersedes (原证照标识)."""

from typing import Final, NamedTuple

from certx.licence.identifiers import IdentifierError, LicenceIdentifier

PREVIOUS: Final = "previousCertificateIdentifier"
"""The claim that names the superseded licence."""

FIRST: Final = "001"
_LAST: Final = 999


class Version(NamedTuple):
    """Which version of which licence: the last parts of an identifier before its check character."""

    serial: str
    number: str


def version_after(previous: object, type_code: str, issuer_code: str) -> Version | None:
    """The version that follows a licence of this type and issuer: the same serial, counted up by one.

    `None` if there is none: nothing is superseded, or a licence of another issuer or type, or version 999, or the
    identifier is not well-formed, which validation says.
    """
    if not isinstance(previous, str):
        return None
    try:
        old = LicenceIdentifier.parse(previous)
    except IdentifierError:
        return None
    if (old.type_code, old.issuer_code) != (type_code, issuer_code) or int(old.version) == _LAST:
        return None
    return Version(old.serial, f"{int(old.version) + 1:03d}")
