"""Issuing from a table to a file: nothing is lost, nothing is signed twice.

Identifiers are reserved in the ledger, then the output is made durable, then the ledger is told. Killed before the
output stands, the next run signs under the same identifiers; killed after it, the next run finds the licences in
the output and only tells the ledger.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import orjson

from certx.app.output import extended_output, output_line, read_output, write_rejects
from certx.app.sources import find_issuer, require_registry
from certx.credential.sdjwt import random_salts
from certx.errors import Exit, KeyFailureError, UnreadableError, UsageError
from certx.issue import HOLDER_KEY, Draft, Issued, IssuePlan
from certx.keys import Signer
from certx.ledger import Entry, EntryState, Ledger, Reservation
from certx.ledger.sqlite import SqliteLedger
from certx.licence.model import day_of
from certx.licence.rows import RowError, RowProblem
from certx.licence.tabular import Row, guess_format, read_rows
from certx.schema.catalogue import require
from certx.schema.files import shipped_schemas
from certx.schema.rules import Context
from certx.settings import Settings

MAX_TABLE_BYTES: Final = 1024 * 1_048_576
_CHUNK: Final = 1_000
_SERIAL_BYTES: Final = 10


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that was not issued, as it was read, and why."""

    row: Row
    problems: tuple[RowProblem, ...]


@dataclass(frozen=True, slots=True)
class Warned:
    """A row that was issued although something about it is unusual."""

    row: Row
    problems: tuple[RowProblem, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """What to issue: the table, the type, the issuer, and where the credentials go."""

    rows: str
    licence_type: str
    issuer: str
    out: str
    rejects: Path | None = None
    holder_key: Mapping[str, object] | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What became of an order."""

    order: Order
    issued: int
    already: int
    rejected: tuple[Rejected, ...]
    warned: tuple[Warned, ...]

    @property
    def exit(self) -> Exit:
        """8 if any row was rejected."""
        return Exit.REJECTED_ROWS if self.rejected else Exit.OK


def issue_table(
    order: Order,
    signer: Signer,
    settings: Settings,
    *,
    now: float,
    describe: Callable[[RowProblem], str],
) -> Report:
    """Carry an order out; raises `CertxError` if it could not begin, or stopped with nothing half-written.

    `describe` words a problem for the file of rejects.
    """
    data = read_table(order.rows)
    table_format = guess_format(order.rows, data)
    plan = _plan(order, signer, settings, now)
    job = _Job(order, plan, int(now))
    drafts = job.drafts(read_rows(data, table_format, name=order.rows))
    if order.dry_run:
        job.issued = sum(1 for _ in drafts)
    else:
        with closing(SqliteLedger(settings.ledger)) as ledger, ledger.exclusive():
            job.run(list(drafts), ledger)
        if order.rejects is not None:
            write_rejects(
                order.rejects,
                [(reject.row, reject.problems) for reject in job.rejected],
                table_format,
                describe,
            )
    return Report(order, job.issued, job.already, tuple(job.rejected), tuple(job.warned))


def read_table(name: str) -> bytes:
    """The bytes of a table, `-` being stdin; raises `UnreadableError`."""
    try:
        if name == "-":
            data = sys.stdin.buffer.read(MAX_TABLE_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(MAX_TABLE_BYTES + 1)
    except OSError as error:
        raise UnreadableError("rows-unreadable", path=name, detail=error.strerror or "?") from error
    if len(data) > MAX_TABLE_BYTES:
        raise UnreadableError("document-too-large", path=name, maximum=MAX_TABLE_BYTES)
    return data


def _plan(order: Order, signer: Signer, settings: Settings, now: float) -> IssuePlan:
    catalogue = shipped_schemas()
    schema = require(catalogue, order.licence_type)
    issuer = find_issuer(require_registry(settings), order.issuer)
    plan = IssuePlan(
        schema, issuer, signer, salts=random_salts(), context=Context(day_of(now), catalogue)
    )
    key = issuer.keys[signer.kid]
    if now < key.valid_from or (key.valid_to is not None and now >= key.valid_to):
        raise KeyFailureError("signing-key-window", hint="signing-key-window", kid=key.kid)
    return plan


class _Job:
    """One run: what was read, refused and signed so far."""

    def __init__(self, order: Order, plan: IssuePlan, issued_at: int) -> None:
        self._order, self._plan, self._issued_at = order, plan, issued_at
        self.rejected: list[Rejected] = []
        self.warned: list[Warned] = []
        self.issued = 0
        self.already = 0

    def drafts(self, rows: Iterable[Row]) -> Iterator[tuple[Row, Draft]]:
        """The rows that can be issued; the others are set aside with their reasons."""
        first_of: dict[str, int] = {}
        for row in rows:
            try:
                draft = self._draft(row)
            except RowError as error:
                self.rejected.append(Rejected(row, error.problems))
                continue
            first = first_of.setdefault(draft.row_key, row.line)
            if first != row.line:
                self._reject(row, "row-twice", first=first)
                continue
            if draft.warnings:
                self.warned.append(Warned(row, draft.warnings))
            yield row, draft

    def _draft(self, row: Row) -> Draft:
        if row.problem is not None:
            raise RowError([row.problem])
        cells: Mapping[str, Any] = row.cells
        if self._order.holder_key is not None and HOLDER_KEY not in cells:
            cells = {**cells, HOLDER_KEY: self._order.holder_key}
        serial = os.urandom(_SERIAL_BYTES).hex().upper()
        try:
            return self._plan.draft(cells, serial=serial, issued_at=self._issued_at)
        except UsageError as error:
            if row.line > 1 and error.code == "columns-unknown" and self._order.rows.endswith("csv"):
                raise  # the header is wrong, and so is every row
            raise RowError([RowProblem(error.code, "", "", error.params)]) from error

    def _reject(self, row: Row, code: str, **params: object) -> None:
        self.rejected.append(Rejected(row, (RowProblem(code, "", "", params),)))

    def run(self, drafts: Sequence[tuple[Row, Draft]], ledger: Ledger) -> None:
        """Reserve, sign, write, commit."""
        standing = read_output(self._order.out)
        to_sign: list[tuple[Draft, Entry]] = []
        done: list[Entry] = []
        for start in range(0, len(drafts), _CHUNK):
            chunk = drafts[start : start + _CHUNK]
            entries = ledger.reserve([_reservation(draft) for _, draft in chunk])
            for (row, draft), entry in zip(chunk, entries, strict=True):
                written = standing.get(entry.licence_id)
                if written is not None and entry.is_same:
                    self.already += 1
                    if entry.state is EntryState.RESERVED:
                        done.append(self._issued_entry(entry, written))
                elif entry.state is EntryState.ISSUED or written is not None:
                    code = "already-issued" if entry.is_same else "already-issued-otherwise"
                    self._reject(row, code, licence_id=entry.licence_id, at=entry.issued_at or 0)
                else:
                    to_sign.append((draft, entry))
        if to_sign:
            with extended_output(self._order.out, standing.values()) as file:
                for draft, entry in to_sign:
                    issued = self._plan.sign(
                        draft, licence_id=entry.licence_id, issued_at=self._issued_at
                    )
                    file.write(output_line(issued))
                    done.append(self._issued_entry(entry, issued))
        ledger.commit(done)
        self.issued = len(to_sign)

    def _issued_entry(self, entry: Entry, issued: Issued) -> Entry:
        return replace(
            entry, state=EntryState.ISSUED, digest=issued.digest, issued_at=self._issued_at
        )


def _reservation(draft: Draft) -> Reservation:
    content = {k: v for k, v in draft.claims.items() if k != "certificateIdentifier"}
    if draft.holder_key is not None:
        content["cnf"] = draft.holder_key
    return Reservation(
        draft.row_key, draft.licence_id, orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    )
