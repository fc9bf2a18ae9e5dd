"""The SIGNED form: SD-JWT VC (RFC 9901; SD-JWT VC draft 19 or later).

`certx.credential.sdjwt` conceals claims and `reveal` reveals them, without key or clock; `issue` signs, `parse` takes
apart, `check` holds the verifier's rules, `present` is the holder's step. `verify_with_key` runs all rules at once.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from certx.credential.errors import CredentialError
    from certx.credential.verifier import verify_with_key

__all__ = ["CredentialError", "verify_with_key"]

_HOME: Final = {"CredentialError": "errors", "verify_with_key": "verifier"}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - as the module protocol has it (PEP 562)
    """Import a public name when it is first used: a cold `certx verify` needs neither."""
    if name not in _HOME:
        raise AttributeError(name)
    return getattr(import_module(f"certx.credential.{_HOME[name]}"), name)
