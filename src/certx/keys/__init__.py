"""WITH WHAT it is signed: signers, public keys and the one table of algorithms.

A new kind of key (an HSM, SM2) is one more module with a `Signer` and a `PublicKey`, and one more row in
`certx.keys.algorithms.ALGORITHMS`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from certx.keys.algorithms import ALGORITHMS, Algorithm, new_signer, read_public_key
    from certx.keys.jwk import thumbprint
    from certx.keys.protocols import Jwk, PublicKey, Signer

__all__ = ["ALGORITHMS", "Algorithm", "Jwk", "PublicKey", "Signer", "new_signer", "read_public_key", "thumbprint"]

_HOME: Final = {
    **dict.fromkeys(("ALGORITHMS", "Algorithm", "new_signer", "read_public_key"), "algorithms"),
    **dict.fromkeys(("Jwk", "PublicKey", "Signer"), "protocols"),
    "thumbprint": "jwk",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - as the module protocol has it (PEP 562)
    """Import a public name when it is first used."""
    if name not in _HOME:
        raise AttributeError(name)
    return getattr(import_module(f"certx.keys.{_HOME[name]}"), name)
