"""What is to be issued, and what became of it."""

from collections.abc import Mapping
from typing import NamedTuple

from certx.errors import Exit
from certx.licence.mapping import ColumnMapping
from certx.licence.rows import RowProblem
from certx.licence.tabular import Row


class Rejected(NamedTuple):
    """A row that was not issued, as it was read, and why."""

    row: Row
    problems: tuple[RowProblem, ...]


class Warned(NamedTuple):
    """A row that was issued although something about it is unusual."""

    row: Row
    problems: tuple[RowProblem, ...]


class Order(NamedTuple):
    """What to issue: the table, the type, the issuer, and where the credentials go."""

    rows: str
    licence_type: str
    issuer: str
    out: str
    rejects: str | None = None
    holder_key: Mapping[str, object] | None = None
    dry_run: bool = False
    receipts: bool = False
    mapping: ColumnMapping | None = None

    @property
    def receipts_out(self) -> str | None:
        """The file of receipts, beside the output."""
        return f"{self.out}.receipts" if self.receipts else None


class Report(NamedTuple):
    """What became of an order."""

    order: Order
    issued: int
    already: int
    rejected: tuple[Rejected, ...]
    warned: tuple[Warned, ...]
    superseding: int = 0
    """How many of the issued licences supersede an earlier one."""

    @property
    def exit(self) -> Exit:
        """8 if any row was rejected."""
        return Exit.REJECTED_ROWS if self.rejected else Exit.OK
