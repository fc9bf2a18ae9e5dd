"""What became of a sync, a publication, a signature: values for the screens."""

from typing import NamedTuple

from certx.errors import CertxError


class Problem(NamedTuple):
    """A part of the registry that is at fault by itself: the others go on without it.

    Not `is_left_out` if all that the role vouches for is in use, and only one of its files is worth nothing.
    """

    role: str
    error: CertxError
    is_left_out: bool = True


class SyncReport(NamedTuple):
    """What a sync brought: the version in use, its signed time (Unix), how many files came, what is at fault.

    `left_out`: regions of which the source had nothing, on purpose.
    """

    version: int
    issued: float
    is_new: bool
    fetched: int
    problems: tuple[Problem, ...] = ()
    left_out: tuple[str, ...] = ()


class Pending(NamedTuple):
    """A staged role: who has signed, who still may, and how many of these must."""

    role: str
    version: int
    signed: tuple[str, ...]
    waiting: tuple[str, ...]
    needed: int


class SignedFile(NamedTuple):
    """A staged file that a custodian signs: what it is, and what it speaks for. `expires`: Unix time."""

    role: str
    kind: str
    version: int
    expires: float
    says: tuple[str, ...]
