"""WITH WHAT it is signed: signers, public keys and the one table of algorithms.

A new kind of key (an HSM, SM2) is one more module with a `Signer` and a `PublicKey`, and one more row in
`certx.keys.algorithms.ALGORITHMS`.
"""

from certx.keys.algorithms import ALGORITHMS, Algorithm, new_signer, read_public_key
from certx.keys.protocols import Jwk, PublicKey, Signer
from certx.keys.thumbprint import thumbprint

__all__ = [
    "ALGORITHMS",
    "Algorithm",
    "Jwk",
    "PublicKey",
    "Signer",
    "new_signer",
    "read_public_key",
    "thumbprint",
]
