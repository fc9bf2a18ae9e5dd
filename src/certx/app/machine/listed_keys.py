"""May a key of ours sign for an issuer, by the registry in use?"""

from certx.errors import KeyFailureError
from certx.keys import Signer
from certx.trust.lifecycle import KeyPurpose
from certx.trust.registry import Issuer, State
from certx.trust.rehearsal import key_lists


def check_may_sign(signer: Signer, issuer: Issuer, member: KeyPurpose, *, now: float) -> None:
    """Refuse to sign what no counter would believe; `member` is the list of keys.json that the key must be in."""
    key = dict(key_lists(issuer))[member].get(signer.kid)
    if key is None:
        raise KeyFailureError(
            "signer-not-listed", hint="signer-not-listed", kid=signer.kid, issuer=issuer.id, member=member
        )
    if key.state is not State.ACTIVE:
        raise KeyFailureError("signer-not-active", kid=key.kid, state=key.state, member=member)
    if not key.is_in_use_at(now):
        raise KeyFailureError("signing-key-window", hint="signing-key-window", kid=key.kid)
