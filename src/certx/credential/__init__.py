"""The SIGNED form: SD-JWT VC (RFC 9901; SD-JWT VC draft 19 or later).

`certx.credential.sdjwt` conceals and reveals claims without key or clock, `issue` signs, `parse` takes apart,
`check` holds the verifier's rules, `present` is the holder's step. `verify_with_key` runs all rules at once.
"""

from certx.credential.errors import CredentialError
from certx.credential.verify_with_key import verify_with_key

__all__ = ["CredentialError", "verify_with_key"]
