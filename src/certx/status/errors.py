"""The one error of this package."""

from certx.errors import CertxError, Exit
from certx.reason import Reason


class StatusError(CertxError):
    """The text is not a status list, or not one that may be believed; `reason` says why."""

    exit = Exit.INVALID

    def __init__(self, reason: Reason, **params: object) -> None:
        super().__init__(reason, hint=None, **params)
        self.reason = reason
