"""What is done with a chunk of rows, in whatever process: draft, reserve, sign.

Nothing is written here but the ledger's reservations: whoever asked makes the lines durable and commits them.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, NamedTuple, Protocol

from certx.batch.changes import changes_since
from certx.batch.order import Rejected, Warned
from certx.batch.output import output_object
from certx.errors import UsageError
from certx.issue import HOLDER_KEY, Draft, IssuePlan, Reserved
from certx.ledger import Entry, EntryState, Refusal, Reservation
from certx.licence.mapping import ColumnMapping
from certx.licence.rows import RowError, RowProblem
from certx.licence.tabular import RawChunk, Row, rows_of
from certx.licence.versions import PREVIOUS

_SHARED_BYTES: Final = 3
_SERIAL_BYTES: Final = 10
_SAMPLE: Final = 20
_ABOUT_PREVIOUS: Final = "previous-"


class Rules(NamedTuple):
    """What of an order holds for every row. `issued_at`: Unix seconds, the `iat` of all that is signed."""

    issued_at: int
    holder_key: Mapping[str, object] | None = None
    mapping: ColumnMapping | None = None
    supersede: bool = False
    reissue: bool = False
    is_rehearsal: bool = False
    """Nothing is to be issued: a few of each chunk are signed, to see how long credentials will be."""

    def cells(self, row: Row) -> Mapping[str, Any]:
        """What a row says, by names that the type knows."""
        cells: Mapping[str, Any] = row.cells if self.mapping is None else self.mapping.apply(row.cells)
        if self.holder_key is not None and not cells.get(HOLDER_KEY):
            cells = {**cells, HOLDER_KEY: self.holder_key}
        return cells

    def told(self, problems: Sequence[RowProblem]) -> tuple[RowProblem, ...]:
        """Problems by the names of the table's own columns."""
        return tuple(problems) if self.mapping is None else self.mapping.told(problems)


class Signed(NamedTuple):
    """What became of a chunk: lines of output and, in the same order, what the ledger is to be told."""

    rows: int
    lines: Sequence[bytes]
    done: Sequence[Entry]
    already: int
    rejected: Sequence[Rejected]
    warned: Sequence[Warned]
    samples: Sequence[str] = ()
    """Credentials of a rehearsal: a few, to see how large they are."""

    def __reduce__(self) -> tuple[Callable[..., "Signed"], tuple[object, ...]]:
        """On their way to another process entries go by columns: thousands of them one by one take far longer."""
        rows, lines, done, *others = self
        return _arrived, (rows, lines, tuple(zip(*done, strict=True)), *others)


def _arrived(rows: int, lines: Sequence[bytes], columns: Sequence[Sequence[Any]], *others: Any) -> Signed:  # noqa: ANN401
    return Signed(rows, lines, [Entry(*entry) for entry in zip(*columns, strict=True)], *others)


class Standing(Protocol):
    """What earlier runs wrote, by the number of the ledger's chunk."""

    def is_here(self, chunk: int | None) -> bool:
        """Is it whole, in the output of this run?"""

    def is_lost(self, chunk: int | None) -> bool:
        """Is it known where it was written, and not there any more?"""

    def credential(self, chunk: int | None, nth: int | None) -> str | None:
        """A credential of it, if it can be read."""


Reserve = Callable[[Sequence[Reservation]], Sequence[Entry | Refusal]]
Latest = Callable[[Sequence[Reservation]], Sequence[Entry | None]]


class Books(NamedTuple):
    """How a worker asks the ledger. `turn` lets chunks reserve one after the other, in their order."""

    reserve: Reserve
    latest: Latest
    standing: Standing
    turn: Callable[[int], AbstractContextManager[object]]


def serials() -> Iterator[str]:
    """Random serials without end, 20 hexadecimal digits each.

    They begin alike, so that what the ledger's index of identifiers notes of a chunk stands in one place; 56 bits of
    each are its own.
    """
    shared, own = os.urandom(_SHARED_BYTES).hex().upper(), _SERIAL_BYTES - _SHARED_BYTES
    while True:
        digits = os.urandom(64 * own).hex().upper()
        yield from [shared + digits[start : start + 2 * own] for start in range(0, len(digits), 2 * own)]


class Worker:
    """Issues chunks of one order, in one process."""

    def __init__(self, plan: IssuePlan, rules: Rules, books: Books) -> None:
        self._plan, self._rules, self._books = plan, rules, books
        self._serials = serials()

    def __call__(self, index: int, chunk: RawChunk) -> Signed:
        """Issue a chunk; `index` counts them from 0. Raises `UsageError` for a column that the type does not know."""
        job = _Chunk(self._plan, self._rules, self._books.standing)
        self._serials = serials()
        drafts = list(self._drafts(chunk, job))
        wanted = [self._reservation(row, draft) for row, draft in drafts]
        with self._books.turn(index):
            answers = list(self._books.reserve(wanted))
            if self._rules.supersede:
                self._supersede(drafts, wanted, answers)
            else:
                self._next_to_latest(wanted, answers)
        for (row, draft), answer in zip(drafts, answers, strict=True):
            job.settle(row, draft, answer)
        job.sign()
        return job.signed()

    def _drafts(self, chunk: RawChunk, job: "_Chunk") -> Iterator[tuple[Row, Draft]]:
        for row in rows_of(chunk):
            job.rows += 1
            try:
                draft = self._draft(row, has_header=chunk.header is not None)
            except RowError as error:
                job.rejected.append(Rejected(row, error.problems))
                continue
            if draft.warnings:
                job.warned.append(Warned(row, draft.warnings))
            yield row, draft

    def _draft(self, row: Row, *, has_header: bool) -> Draft:
        if row.problem is not None:
            raise RowError([row.problem])
        try:
            return self._draft_of(self._rules.cells(row))
        except UsageError as error:
            if has_header:  # all rows share the column
                raise
            raise RowError([RowProblem.of(error)]) from error

    def _draft_of(self, cells: Mapping[str, Any]) -> Draft:
        try:
            draft = self._plan.draft(cells, serial=next(self._serials), issued_at=self._rules.issued_at)
        except RowError as error:
            raise RowError(self._rules.told(error.problems)) from error
        return draft if not draft.warnings else draft._replace(warnings=self._rules.told(draft.warnings))

    def _reservation(self, row: Row, draft: Draft) -> Reservation:
        """What the ledger is asked for."""
        asked = draft.row_key, draft.licence_id, draft.content, self._plan.series, draft.supersedes, row.line
        return Reservation(*asked)

    def _latest(
        self, wanted: Sequence[Reservation], answers: Sequence[Entry | Refusal],
        is_asked: Callable[[Reservation, Entry], bool],
    ) -> list[tuple[int, Entry, Entry]]:  # fmt: skip
        """Of rows that are issued and asked about: where each stands, how it is answered, and what was issued last."""
        asked = [
            (position, want, answer)
            for position, (want, answer) in enumerate(zip(wanted, answers, strict=True))
            if isinstance(answer, Entry) and answer.state is EntryState.ISSUED and is_asked(want, answer)
        ]
        found = self._books.latest([want for _, want, _ in asked]) if asked else ()
        return [(position, answer, last or answer) for (position, _, answer), last in zip(asked, found, strict=True)]

    def _next_to_latest(self, wanted: Sequence[Reservation], answers: list[Entry | Refusal]) -> None:
        """Of rows that are not what was issued first, what was issued last: they are that, or differ from it."""
        for position, _, latest in self._latest(wanted, answers, lambda _, answer: not answer.is_same):
            if not latest.is_same or self._books.standing.is_here(latest.chunk):
                answers[position] = latest

    def _supersede(
        self, drafts: list[tuple[Row, Draft]], wanted: Sequence[Reservation], answers: list[Entry | Refusal]
    ) -> None:
        """Rows whose content is not what was issued last become the next version of that."""
        changed, standing = list[tuple[int, Reservation]](), self._books.standing
        for position, answer, latest in self._latest(
            wanted, answers, lambda want, answer: not answer.is_same or want.supersedes is None
        ):  # a row that says the same and names a licence says which version it is
            if latest.is_same and (latest.licence_id == answer.licence_id or standing.is_here(latest.chunk)):
                answers[position] = latest
                continue
            row = drafts[position][0]
            previous = latest.supersedes if latest.is_same else latest.licence_id  # it may be the latest already
            next_version = self._draft_of({**self._rules.cells(row), PREVIOUS: previous})
            drafts[position] = (row, next_version)
            changed.append((position, self._reservation(row, next_version)._replace(unless_ended=True)))
        found = self._books.reserve([want for _, want in changed]) if changed else ()
        for (position, _), reserved in zip(changed, found, strict=True):
            answers[position] = reserved


class _Chunk:
    """What becomes of the rows of one chunk."""

    def __init__(self, plan: IssuePlan, rules: Rules, standing: Standing) -> None:
        self._plan, self._rules, self._standing = plan, rules, standing
        self.rows = self._already = 0
        self.rejected: list[Rejected] = []
        self.warned: list[Warned] = []
        self._wanted: list[tuple[Draft, Entry]] = []
        self._lines: list[bytes] = []
        self._done: list[Entry] = []
        self._samples: list[str] = []

    def settle(self, row: Row, draft: Draft, answer: Entry | Refusal) -> None:
        """Is a row to be signed? If not, say why."""
        if isinstance(answer, Refusal):
            self._refuse(row, answer)
            return
        if answer.state is EntryState.RESERVED:
            self._wanted.append((draft, answer))
            return
        licence_id, at = answer.licence_id, answer.issued_at or 0
        if not answer.is_same:
            earlier = self._standing.credential(answer.chunk, answer.nth)
            changes = changes_since(earlier, draft.claims, self._plan.schema) if earlier is not None else ""
            self._reject(row, "already-issued-otherwise", licence_id=licence_id, at=at, changes=changes or "?")
        elif self._standing.is_here(answer.chunk):
            self._already += 1
        elif not self._standing.is_lost(answer.chunk):
            self._reject(row, "already-issued", licence_id=licence_id, at=at)
        elif self._rules.reissue:
            self._wanted.append((draft, answer._replace(is_again=True)))
        else:
            self._reject(row, "output-lost", licence_id=licence_id, at=at)

    def sign(self) -> None:
        """Sign what is to be; in a rehearsal a few."""
        at, is_rehearsal = self._rules.issued_at, self._rules.is_rehearsal
        wanted = self._wanted[:_SAMPLE] if is_rehearsal else self._wanted
        each = self._plan.sign_each((Reserved(draft, e.licence_id, e.place) for draft, e in wanted), issued_at=at)
        if is_rehearsal:
            self._samples = [signed.credential for signed in each]
            self._done = [entry for _, entry in self._wanted]
            return
        for (_, entry), signed in zip(wanted, each, strict=True):
            self._lines.append(output_object(entry.row_key, entry.licence_id, signed.credential))
            self._done.append(entry.when_issued(signed.digest, at))

    def _reject(self, row: Row, code: str, **params: object) -> None:
        self.rejected.append(Rejected(row, (RowProblem(code, "", "", params),)))

    def _refuse(self, row: Row, refusal: Refusal) -> None:
        problem = RowProblem(refusal.code, "", "", refusal.params)
        if refusal.code.startswith(_ABOUT_PREVIOUS):
            problem = self._plan.problem_with(self._rules.cells(row), PREVIOUS, refusal.code, refusal.params)
        self.rejected.append(Rejected(row, self._rules.told([problem])))

    def signed(self) -> Signed:
        """All of it; rejected rows in the order of the table, whenever it turned out that they are."""
        rejected = sorted(self.rejected, key=lambda one: one.row.line)
        return Signed(
            self.rows, self._lines, self._done, self._already, rejected, self.warned, self._samples,
        )  # fmt: skip
