"""What there was to look at on a machine."""

from typing import NamedTuple


class Summary(NamedTuple):
    """`registry` is its version, `None` if there is none that can be read; `signed_at` is Unix time.

    `agreements` counts those in force.
    """

    registry: str | None = None
    signed_at: float | None = None
    regions: int = 0
    issuers: int = 0
    keys: int = 0
    agreements: int = 0
    has_ledger: bool = False
