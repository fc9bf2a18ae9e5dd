"""Is it STILL good: Token Status Lists (draft-ietf-oauth-status-list-20).

`payload` is what a list says, `tokenlist` proves who says it, `listing` makes one, `reference` says where the list of
a credential is found, `check` is the verifier's rule.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from certx.status.errors import StatusError
    from certx.status.payload import StatusList
    from certx.status.tokenlist import read_token

__all__ = ["StatusError", "StatusList", "read_token"]

_HOME: Final = {"StatusError": "errors", "StatusList": "payload", "read_token": "tokenlist"}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - as the module protocol has it (PEP 562)
    """Import a public name when it is first used: a credential without a status needs none."""
    if name not in _HOME:
        raise AttributeError(name)
    return getattr(import_module(f"certx.status.{_HOME[name]}"), name)
