"""JOSE by PyJWT, on an instance of our own: only our algorithms, and the process-wide one left alone.

For what is signed now and then (key-binding proofs, requests). Issuing and verifying, which run for every licence,
use `certx.credential.jws`: see docs/adr/0003-jose.md.
"""

from typing import Any, Final, NoReturn

from jwt.algorithms import Algorithm
from jwt.api_jws import PyJWS

from certx.keys.algorithms import ALGORITHMS
from certx.keys.protocols import PublicKey, Signer


class _OurAlgorithm(Algorithm):
    """PyJWT's view of our signers and public keys."""

    def prepare_key(self, key: Any) -> Any:  # noqa: ANN401 - a Signer to sign, a PublicKey to verify
        return key

    def sign(self, msg: bytes, key: Signer) -> bytes:
        return key.sign(msg)

    def verify(self, msg: bytes, key: PublicKey, sig: bytes) -> bool:
        return key.verify(sig, msg)

    @staticmethod
    def to_jwk(key_obj: Signer, as_dict: bool = False) -> Any:  # noqa: ANN401, FBT001, FBT002 - PyJWT's signature
        return key_obj.public_jwk if as_dict else NotImplemented

    @staticmethod
    def from_jwk(jwk: str | dict[str, Any]) -> NoReturn:  # noqa: ARG004 - keys are read by certx.keys
        raise TypeError


def _instance() -> PyJWS:
    jws = PyJWS(algorithms=[])
    for row in ALGORITHMS.values():
        for name in row.names:
            if name in jws.get_algorithms():
                jws.unregister_algorithm(name)
            jws.register_algorithm(name, _OurAlgorithm())
    return jws


_JWS: Final = _instance()


def sign_compact(payload: bytes, *, typ: str, signer: Signer) -> str:
    """A compact JWS with `alg` and `typ` in its header."""
    return _JWS.encode(payload, signer, algorithm=signer.algorithm, headers={"typ": typ})  # type: ignore[arg-type]
