"""Text → `Unverified`: taken apart and its disclosures worked in, nothing believed."""

from typing import Any, NamedTuple

import orjson

from certx.credential.constants import MAX_CHARACTERS
from certx.credential.errors import CredentialError
from certx.credential.jws import Jws, parse_jws
from certx.credential.reveal import Revealed, reveal
from certx.keys.encoding import EncodingError, from_base64url
from certx.reason import Reason


class Unverified(NamedTuple):
    """A credential as somebody presented it.

    `revealed` holds the processed payload; it is `None`, and `defect` tells why, if the disclosures break a rule
    of RFC 9901, section 7.1. `key_binding` is the text of a KB-JWT, `None` if there was none.
    """

    jws: Jws
    disclosures: tuple[str, ...]
    key_binding: str | None
    revealed: Revealed | None
    defect: CredentialError | None
    presented: str
    """The text up to and with the last `~`: what a KB-JWT's `sd_hash` covers (RFC 9901, section 4.3.1)."""

    @property
    def binding(self) -> dict[str, Any]:
        """What the KB-JWT says, unproven; nothing if there is none that can be decoded."""
        if self.key_binding is None:
            return {}
        try:
            return parse_jws(self.key_binding).payload
        except CredentialError:
            return {}

    @property
    def claims(self) -> dict[str, Any]:
        """The processed payload, or the raw one if the disclosures are defective."""
        return self.revealed.claims if self.revealed is not None else self.jws.payload


def parse(text: str) -> Unverified:
    """Take a compact SD-JWT or SD-JWT+KB apart (RFC 9901, section 4).

    Raises `CredentialError` if there is no decodable JWS in front: with an `unreadable-…` reason if the text does
    not even begin like one. Defective disclosures are kept as `defect`.
    """
    if len(text) > MAX_CHARACTERS:
        raise CredentialError(Reason.UNREADABLE_TOO_LARGE, maximum=MAX_CHARACTERS)
    presented, tilde, key_binding = text.rpartition("~")
    if not tilde:
        raise CredentialError(
            Reason.UNREADABLE_TRUNCATED if text.startswith("eyJ") else Reason.UNREADABLE_NOT_A_CREDENTIAL
        )
    if key_binding and key_binding.count(".") != 2:
        raise CredentialError(Reason.UNREADABLE_TRUNCATED)
    issuer_signed, *disclosures = presented.split("~")
    try:
        jws = parse_jws(issuer_signed)
    except CredentialError:
        if not _has_header(issuer_signed):
            raise CredentialError(Reason.UNREADABLE_NOT_A_CREDENTIAL) from None
        raise
    revealed = defect = None
    try:
        revealed = reveal(jws.payload, disclosures)
    except CredentialError as error:
        defect = error
    return Unverified(jws, tuple(disclosures), key_binding or None, revealed, defect, presented + "~")


def _has_header(text: str) -> bool:
    """Does the text begin with a JOSE header, so that it once was a credential?"""
    try:
        header = orjson.loads(from_base64url(text.partition(".")[0].encode("ascii")))
    except (ValueError, EncodingError):
        return False
    return isinstance(header, dict) and "alg" in header
