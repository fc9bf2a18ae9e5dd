"""Reading what somebody brought: as `certx.carrier.read`, within bounds for every format."""

from certx import carrier
from certx.carrier import Carried
from certx.carrier.contents import Contents


def read(data: bytes) -> list[Carried]:
    """Every credential in the bytes of one input, in order, or why there is none.

    Raises `EnvironmentFailureError` if what a picture or PDF needs is not there.
    """
    return carrier.read(data, opened=_open_confined)


def _open_confined(data: bytes) -> Contents:
    from certx.app.carrier.confined import open_confined  # noqa: PLC0415 - only for pictures and documents

    return open_confined(data)
