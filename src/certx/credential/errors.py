"""The one error of this package."""

from certx.errors import CertxError, Exit
from certx.reason import Reason


class CredentialError(CertxError):
    """The text is not a credential, or not one that may be believed; `reason` says why."""

    exit = Exit.INVALID

    def __init__(self, reason: Reason, **params: object) -> None:
        super().__init__(reason, hint=None, **params)
        self.reason = reason

    def __reduce__(self) -> tuple[object, ...]:
        """Between processes: exceptions with named arguments do not travel by themselves."""
        return _error_again, (self.reason, self.params)


def _error_again(reason: Reason, params: dict[str, object]) -> CredentialError:
    return CredentialError(reason, **params)
