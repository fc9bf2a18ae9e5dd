"""What is to be issued, and what became of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from certx.batch.sizes import SymbolSizes
from certx.errors import Exit
from certx.licence.mapping import ColumnMapping
from certx.licence.rows import RowProblem
from certx.licence.tabular import Row

MAX_TOLD: Final = 1_000
"""So many rejected rows, and so many warnings, are kept for the report; the file of rejects has all of them."""


class Rejected(NamedTuple):
    """A row that was not issued, as it was read, and why."""

    row: Row
    problems: tuple[RowProblem, ...]


class Warned(NamedTuple):
    """A row that was issued although something about it is unusual."""

    row: Row
    problems: tuple[RowProblem, ...]


class Order(NamedTuple):
    """What to issue: the table, the type, the issuer, and where the credentials go.

    `supersede`: a row whose content changed becomes the next version. `reissue`: licences whose output is lost are
    signed again. `explode`: a file for each licence. `workers`: processes that sign. `row_key`: the columns that tell
    rows apart, `None` for those of the ledger, or the licence number.
    """

    rows: str
    licence_type: str
    issuer: str
    out: str
    rejects: str | None = None
    holder_key: Mapping[str, object] | None = None
    dry_run: bool = False
    receipts: bool = False
    mapping: ColumnMapping | None = None
    supersede: bool = False
    reissue: bool = False
    explode: bool = False
    workers: int = 1
    row_key: tuple[str, ...] | None = None

    @property
    def receipts_out(self) -> str | None:
        """The file of receipts, beside the output."""
        return f"{self.out}.receipts" if self.receipts else None


class Tally:
    """What became of the rows so far."""

    def __init__(self) -> None:
        self.rows = self.issued = self.already = self.superseding = self.again = 0
        self.rejected = self.warned = 0
        self.reasons = Counter[str]()
        """How many rows were rejected for each reason; one row may have several."""
        self.first_rejected: list[Rejected] = []
        self.first_warned: list[Warned] = []
        self.sizes: list[int] = []
        """Characters of credentials that a rehearsal made."""
        self.symbols: SymbolSizes | None = None
        """What the QR symbols of some of them would be."""

    def reject(self, rejected: Sequence[Rejected]) -> None:
        """Count rows that were set aside, and keep the first of them."""
        self.rejected += len(rejected)
        self.reasons.update(code for one in rejected for code in {problem.code for problem in one.problems})
        self.first_rejected += rejected[: MAX_TOLD - len(self.first_rejected)]

    def warn(self, warned: Sequence[Warned]) -> None:
        """Likewise rows that were issued with a warning."""
        self.warned += len(warned)
        self.first_warned += warned[: MAX_TOLD - len(self.first_warned)]


class Proven(NamedTuple):
    """How many licences of an output got a receipt, and how many have none."""

    written: int
    left_out: int


class Report(NamedTuple):
    """What became of an order. `is_cut_off`: it was interrupted, and the same command goes on.

    `proven`: of the whole output, if receipts were asked for.
    """

    order: Order
    tally: Tally
    is_cut_off: bool = False
    proven: Proven | None = None

    @property
    def exit(self) -> Exit:
        """8 if any row was rejected, 130 if it was interrupted."""
        if self.is_cut_off:
            return Exit.INTERRUPTED
        return Exit.REJECTED_ROWS if self.tally.rejected else Exit.OK
