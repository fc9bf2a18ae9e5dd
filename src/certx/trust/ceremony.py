"""Signing by several people: what is published, what is staged, and whose signatures are still missing."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from securesystemslib.signer import Signature, SSlibKey
from tuf.api.metadata import Key, Metadata
from tuf.api.serialization import DeserializationError
from tuf.api.serialization.json import JSONSerializer

from certx.errors import DocumentError
from certx.keys import Signer
from certx.keys.encoding import from_base64url
from certx.keys.protocols import Jwk
from certx.trust.chain import MAX_ROOTS
from certx.trust.reports import Pending

NAME: Final = "x-certx-name"
"""Our member of a TUF key: what people call its custodian."""
_SERIALIZER: Final = JSONSerializer(compact=True)

Read = Callable[[str], bytes | None]
"""Reads a file of the published registry, such as `metadata/1.root.json`."""
Document = Metadata[Any]


class Ceremony:
    """What is published now and what is staged, by role."""

    def __init__(self, read: Read, staged: Mapping[str, Document]) -> None:
        """Raises `DocumentError` if the published registry is damaged."""
        self._read = read
        self.roots = self._published_roots()
        self.current = self._load_current()
        self.staged = dict(staged)

    def _published_roots(self) -> list[Document]:
        roots: list[Document] = []
        for version in range(1, MAX_ROOTS):
            data = self._read(f"metadata/{version}.root.json")
            if data is None:
                break
            roots.append(parse(data, f"metadata/{version}.root.json"))
        return roots

    def _load_current(self) -> dict[str, Document]:
        found: dict[str, Document] = {"root": self.roots[-1]} if self.roots else {}
        stamp = self._read("metadata/timestamp.json")
        if stamp is None:
            return found
        if not self.roots:
            raise DocumentError("publish-missing", path="metadata/1.root.json")
        found["timestamp"] = parse(stamp, "metadata/timestamp.json")
        found["snapshot"] = self._published("snapshot", found["timestamp"].signed.snapshot_meta.version)
        for file, meta in found["snapshot"].signed.meta.items():
            name = file.removesuffix(".json")
            found[name] = self._published(name, meta.version)
        return found

    def _published(self, role: str, version: int) -> Document:
        path = f"metadata/{version}.{role}.json"
        data = self._read(path)
        if data is None:
            raise DocumentError("publish-missing", path=path)
        return parse(data, path)

    def pending(self) -> list[Pending]:
        """The staged roles that too few have signed."""
        return [row for role in self.staged if (row := self.standing(role)).needed > 0]

    def standing(self, role: str) -> Pending:
        """Who has signed a staged role, and who has not."""
        document = self.staged[role]
        if role == "root":  # by the keys of the root before it, and by its own (section 5.3.4)
            keepers = [document.signed, *(root.signed for root in self.roots[-1:])]
        else:
            keepers = [above.signed] if (above := self.above(role)) is not None else []
        results = [result for keeper in keepers if (result := _result(keeper, role, document)) is not None]
        signed = {key.keyid: key for result in results for key in result.signed.values()}
        waiting = {key.keyid: key for result in results for key in result.unsigned.values() if key.keyid not in signed}
        return Pending(
            role,
            document.signed.version,
            tuple(sorted(map(name_of, signed.values()))),
            tuple(sorted(map(name_of, waiting.values()))),
            max((result.threshold - len(result.signed) for result in results), default=1),
        )

    def keepers(self, role: str) -> set[str]:
        """The key ids whose signatures count for a staged role."""
        above = self.above(role) if role != "root" else self.staged[role]
        signed = [above.signed] if above is not None else []
        signed += [root.signed for root in self.roots[-1:]] if role == "root" else []
        found: set[str] = set()
        for keeper in signed:
            with suppress(ValueError):  # a role to which nobody delegates yet
                found |= set(keeper.get_delegated_role(role).keyids)
        return found

    def above(self, role: str) -> Document | None:
        """Who says whose signatures a role needs: what is staged if it is complete, or the first, else what stands."""
        name = "root" if role in {"targets", "snapshot", "timestamp"} else "targets"
        staged = self.staged.get(name)
        if staged is not None and (name not in self.current or self.standing(name).needed <= 0):
            return staged
        return self.current.get(name)


def _result(keeper: Any, role: str, document: Document) -> Any:  # noqa: ANN401 - of python-tuf
    """Who signed, by what is above; `None` if that does not delegate to such a role yet."""
    try:
        return keeper.get_verification_result(role, document.signed_bytes, document.signatures)
    except ValueError:
        return None


def parse(data: bytes, path: str, code: str = "publish-damaged") -> Document:
    """A file of metadata; raises `DocumentError` naming it if it is none."""
    try:
        return Metadata.from_bytes(data)
    except (DeserializationError, RecursionError) as error:
        raise DocumentError(code, path=path) from error


def name_of(key: Key) -> str:
    """What people call a custodian."""
    return str(key.unrecognized_fields.get(NAME, key.keyid[:16]))


def tuf_key(jwk: Jwk, name: str) -> Key:
    """A public key as TUF writes it."""
    x = from_base64url(str(jwk["x"]).encode())
    if jwk["kty"] == "OKP":
        key = SSlibKey.from_crypto(Ed25519PublicKey.from_public_bytes(x))
    else:
        point = b"\x04" + x + from_base64url(str(jwk["y"]).encode())
        key = SSlibKey.from_crypto(EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point))
    key.unrecognized_fields[NAME] = name
    return key


def sign_metadata(document: Document, key: Key, signer: Signer) -> None:
    """Add a signature to a document."""
    signature = signer.sign(document.signed_bytes)
    if signer.algorithm == "ES256":  # TUF has ASN.1 where JOSE has r||s
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        signature = encode_dss_signature(r, s)
    document.signatures[key.keyid] = Signature(key.keyid, signature.hex())


def to_bytes(document: Document) -> bytes:
    """A document as it is published: compact JSON."""
    return document.to_bytes(_SERIALIZER)
