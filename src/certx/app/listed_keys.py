"""May a key of ours sign for an issuer, by the registry in use?"""

from collections.abc import Mapping
from typing import Final

from certx.errors import KeyFailureError
from certx.keys import Signer
from certx.trust.registry import Issuer, ListedKey, State

_LISTS: Final[Mapping[str, str]] = {"statusKeys": "status_keys", "logKeys": "log_keys", "grantKeys": "grant_keys"}


def check_may_sign(signer: Signer, issuer: Issuer, member: str, *, now: float) -> None:
    """Refuse to sign what no counter would believe; `member` is the list of keys.json that the key must be in."""
    keys: Mapping[str, ListedKey] = getattr(issuer, _LISTS[member])
    key = keys.get(signer.kid)
    if key is None:
        raise KeyFailureError(
            "signer-not-listed", hint="signer-not-listed", kid=signer.kid, issuer=issuer.id, member=member
        )
    if key.state is not State.ACTIVE:
        raise KeyFailureError("signer-not-active", kid=key.kid, state=key.state, member=member)
    if not key.is_in_use_at(now):
        raise KeyFailureError("signing-key-window", hint="signing-key-window", kid=key.kid)
