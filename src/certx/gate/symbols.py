"""How large the QR code of a licence is: its credential as an issuer signs it, with a signature that means nothing."""

from collections.abc import Iterator
from hashlib import sha256
from itertools import count
from typing import Final, NamedTuple

from certx.carrier.packing import pack
from certx.carrier.symbols import ROOM, ROOM_ALONE
from certx.credential.issue import issue
from certx.gate.edition import Edition, Example
from certx.keys.encoding import base64url
from certx.schema.catalogue import LicenceSchema

_SECONDS: Final = 1_767_225_600
_SALT: Final = 16
_KID: Final = base64url(sha256(b"kid").digest())
_POINT: Final = {  # the base point of P-256 (NIST SP 800-186, section 3.2.1.3): a holder's key must be on the curve
    "kty": "EC", "crv": "P-256", "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY",
    "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
}  # fmt: skip


class SymbolSize(NamedTuple):
    """How many symbols a packed credential takes, and its bytes."""

    symbols: int
    size: int


class _Blank:
    """Signs with bytes that nobody could tell from a signature by their number, and proves nothing."""

    algorithm = "ES256"
    kid = _KID
    public_jwk: Final = dict[str, str]()

    def sign(self, data: bytes) -> bytes:
        """Sixty-four bytes (RFC 7518, section 3.4)."""
        return sha256(data).digest() * 2


def symbol_size(schema: LicenceSchema, example: Example, edition: Edition) -> SymbolSize:
    """The size of an example at full disclosure, with a status and a holder's key; raises `CredentialError`."""
    envelope = {
        "iss": "urn:certx:issuer:11510100MB9X0A012X", "iat": _SECONDS, "nbf": _SECONDS, "vct": schema.vct,
        "status": {"status_list": {"idx": 734_512, "uri": "urn:certx:status:510000:11510100MB9X0A012X:1"}},
        "cnf": {"jwk": _POINT},
    }  # fmt: skip
    credential = issue({**envelope, **example.document}, frame=schema.frame, signer=_Blank(), salts=_salts())
    size = len(pack(credential, edition.catalogue.dictionary))
    return SymbolSize(1 if size <= ROOM_ALONE else -(-size // ROOM), size)


def _salts() -> Iterator[str]:
    """The same for every measurement, and as hard to compress as random ones."""
    for number in count():
        yield base64url(sha256(str(number).encode()).digest()[:_SALT])
