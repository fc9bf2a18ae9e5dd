"""A run: nothing is lost, nothing is signed twice.

Identifiers are reserved in the ledger, then the output is made durable, then the ledger is told. Killed before the
output stands, the next run signs under the same identifiers; killed after it, the next run finds the licences in
the output and only tells the ledger.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

import orjson

from certx.batch.order import Order, Rejected, Report, Warned
from certx.credential.parse import parse
from certx.errors import UsageError
from certx.issue import HOLDER_KEY, Draft, Issued, IssuePlan
from certx.ledger import Entry, EntryState, Ledger, Refusal, Reservation, version_key
from certx.licence.rows import RowError, RowProblem
from certx.licence.tabular import Row
from certx.licence.versions import PREVIOUS

_CHUNK: Final = 1_000
_SERIAL_BYTES: Final = 10

Output = Callable[[], AbstractContextManager[Callable[[Issued], object]]]
"""Opens the output: a context whose value writes one licence, and whose end makes all of them durable at once."""


class Run:
    """One run of an order: what was read, refused and signed so far."""

    def __init__(self, order: Order, plan: IssuePlan, issued_at: int, *, has_header: bool) -> None:
        """`has_header`: all rows share one header, so a wrong column stops the run and not just a row."""
        self._order, self._plan, self._issued_at = order, plan, issued_at
        self._has_header = has_header
        self._not_content = {"certificateIdentifier", *(row.claim for row in plan.schema.derivations)}
        self.rejected: list[Rejected] = []
        self.warned: list[Warned] = []
        self.issued = 0
        self.superseding = 0
        self.already = 0
        self._first_of: dict[str, int] = {}

    def drafts(self, rows: Iterable[Row]) -> Iterator[tuple[Row, Draft]]:
        """The rows that can be issued; the others are set aside with their reasons."""
        for row in rows:
            try:
                draft = self._draft(row)
            except RowError as error:
                self.rejected.append(Rejected(row, error.problems))
                continue
            own_key = draft.row_key if draft.supersedes is None else version_key(draft.row_key, draft.supersedes)
            if self._is_repeated(row, own_key, "row-twice"):
                continue
            if draft.supersedes is not None and self._is_repeated(row, draft.supersedes, "previous-twice"):
                continue
            if draft.warnings:
                self.warned.append(Warned(row, draft.warnings))
            yield row, draft

    def _draft(self, row: Row) -> Draft:
        if row.problem is not None:
            raise RowError([row.problem])
        mapping = self._order.mapping
        serial = os.urandom(_SERIAL_BYTES).hex().upper()
        try:
            cells: Mapping[str, Any] = row.cells if mapping is None else mapping.apply(row.cells)
            if self._order.holder_key is not None and not cells.get(HOLDER_KEY):
                cells = {**cells, HOLDER_KEY: self._order.holder_key}
            draft = self._plan.draft(cells, serial=serial, issued_at=self._issued_at)
        except RowError as error:
            raise (error if mapping is None else RowError(mapping.told(error.problems))) from error
        except UsageError as error:
            if self._has_header:
                raise
            raise RowError([RowProblem(error.code, "", "", error.params)]) from error
        return draft if mapping is None else draft._replace(warnings=mapping.told(draft.warnings))

    def _is_repeated(self, row: Row, key: str, code: str) -> bool:
        """Has another row this row key, or superseded identifier? Then this one is rejected."""
        first = self._first_of.setdefault(key, row.line)
        if first != row.line:
            self._reject(row, code, first=first)
        return first != row.line

    def _reject(self, row: Row, code: str, **params: object) -> None:
        self.rejected.append(Rejected(row, (RowProblem(code, "", "", params),)))

    def _refuse(self, row: Row, refusal: Refusal) -> None:
        mapping = self._order.mapping
        cells = row.cells if mapping is None else mapping.apply(row.cells)
        problem = self._plan.problem_with(cells, PREVIOUS, refusal.code, refusal.params)
        self.rejected.append(Rejected(row, (problem,) if mapping is None else mapping.told([problem])))

    def foretell(self, drafts: Iterable[tuple[Row, Draft]], ledger: Ledger | None) -> None:
        """What `carry_out` would do with an empty output, by what the ledger holds; nothing is written."""
        for row, draft in drafts:
            want = self._reservation(draft)
            found = ledger.find([want])[0] if ledger is not None else None
            if isinstance(found, Refusal):
                self._refuse(row, found)
            elif draft.supersedes is not None and self._is_repeated(row, _row_key(want, found, ledger), "row-twice"):
                continue
            elif found is None or found.state is EntryState.RESERVED:
                self.issued += 1
                self.superseding += draft.supersedes is not None
            elif found.is_same:
                self.already += 1
            else:
                self._reject(row, "already-issued-otherwise", licence_id=found.licence_id, at=found.issued_at or 0)

    def carry_out(
        self, drafts: Sequence[tuple[Row, Draft]], ledger: Ledger, output: Output, standing: Mapping[str, Issued]
    ) -> None:
        """Reserve, sign, write, commit. `standing`: what the output holds already, by licence identifier."""
        to_sign: list[tuple[Draft, Entry]] = []
        done: list[Entry] = []
        for start in range(0, len(drafts), _CHUNK):
            chunk = drafts[start : start + _CHUNK]
            asked = [self._reservation(draft) for _, draft in chunk]
            for (row, draft), want, found in zip(chunk, asked, ledger.reserve(asked), strict=True):
                if isinstance(found, Refusal):
                    self._refuse(row, found)
                    continue
                if draft.supersedes is not None and self._is_repeated(row, found.row_key, "row-twice"):
                    continue
                entry = found._replace(content=want.content)
                written = standing.get(entry.licence_id)
                if written is not None and entry.is_same:
                    self.already += 1
                    if entry.state is EntryState.RESERVED:
                        done.append(_issued_entry(entry, written))
                elif entry.state is EntryState.ISSUED or written is not None:
                    code = "already-issued" if entry.is_same else "already-issued-otherwise"
                    at = entry.issued_at if written is None else _issued_at(written)
                    self._reject(row, code, licence_id=entry.licence_id, at=at)
                else:
                    to_sign.append((draft, entry))
        if to_sign:
            with output() as write:
                for draft, entry in to_sign:
                    issued = self._plan.sign(
                        draft, licence_id=entry.licence_id, issued_at=self._issued_at, place=entry.place
                    )
                    write(issued._replace(row_key=entry.row_key))
                    done.append(_issued_entry(entry, issued))
        ledger.commit(done, self._plan.key)
        self.issued = len(to_sign)
        self.superseding = sum(draft.supersedes is not None for draft, _ in to_sign)

    def _reservation(self, draft: Draft) -> Reservation:
        """What the ledger is asked for. Derived claims are no content: they change with the day of issue."""
        content = {name: value for name, value in draft.claims.items() if name not in self._not_content}
        if draft.holder_key is not None:
            content["cnf"] = draft.holder_key
        data = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
        return Reservation(draft.row_key, draft.licence_id, data, self._plan.series, draft.supersedes)

    def report(self) -> Report:
        """What became of the order."""
        return Report(
            self._order, self.issued, self.already, tuple(self.rejected), tuple(self.warned), self.superseding
        )


def _row_key(row: Reservation, found: Entry | None, ledger: Ledger | None) -> str:
    """The key under which the ledger holds a superseding row, or would: that of a version only where it has one."""
    if found is not None:
        return found.row_key
    if ledger is None or row.supersedes is None or ledger.find([row._replace(supersedes=None)])[0] is None:
        return row.row_key
    return version_key(row.row_key, row.supersedes)


def _issued_entry(entry: Entry, issued: Issued) -> Entry:
    return entry._replace(state=EntryState.ISSUED, digest=issued.digest, issued_at=_issued_at(issued))


def _issued_at(issued: Issued) -> int:
    """The `iat` of a licence that we signed."""
    return int(parse(issued.credential).jws.payload["iat"])
