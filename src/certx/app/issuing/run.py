"""Issuing from a table to an output. Chunks are signed by this machine, or by what is given as a `Runner`."""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from certx.app.issuing.mapping import check_columns
from certx.app.issuing.pool import Pace, results_of
from certx.app.issuing.rejects import check_reject_file, reject_file
from certx.app.issuing.row_key import agree
from certx.app.issuing.work import WorkOrder, open_plan, open_worker
from certx.app.issuing.written import WrittenBefore
from certx.app.machine.ledgers import known_ledger, make_ledger
from certx.app.outputs.by_name import open_output
from certx.app.registry.sources import LocalSources, open_registry
from certx.app.status.proving import write_receipts
from certx.app.tables.chunks import Table, open_table
from certx.batch.engine import carry_out, commit_to, count
from certx.batch.order import Order, Proven, Rejected, Report, Tally
from certx.batch.output import Output, Placed
from certx.batch.sizes import EvenSample, measure_symbols
from certx.batch.worker import Books, Signed, Worker
from certx.errors import CertxError, KeyFailureError, UsageError, cause_of
from certx.issue import IssuePlan, read_holder_key
from certx.ledger import Entry, Ledger
from certx.ledger.rehearsing import rehearsal_of_the_first
from certx.licence.rows import RowProblem
from certx.licence.status import CanonicalStatus
from certx.licence.tabular import RawChunk

STDOUT: Final = "-"

Runner = Callable[[WorkOrder, Worker, Iterable[RawChunk], Pace], Generator[Signed, None, None]]
"""What became of each chunk, in order; the worker is this process's own, for who wants it."""
MakeRunner = Callable[[WorkOrder, IssuePlan], AbstractContextManager[Runner]]
"""Gets ready what signs; raises `CertxError` if it cannot."""


def on_this_machine(_work: WorkOrder, _plan: IssuePlan) -> AbstractContextManager[Runner]:
    """Nothing needs to be got ready."""
    return nullcontext(results_of)


class Watch:
    """What a run is told of and may ask while it goes on; see `certx.app.issuing.progress` for people."""

    def begin(self, table: Table) -> None:
        """The table is open."""

    def seen(self, tally: Tally) -> None:
        """A chunk is done."""

    @property
    def wants_to_stop(self) -> bool:
        """Is the run to end after what is at work?"""
        return False


class Words(NamedTuple):
    """How problems are told in the file of rejects: what is wrong, and how it is mended."""

    describe: Callable[[RowProblem], str]
    advise: Callable[[RowProblem], str]


def issue_table(
    work: WorkOrder, *,
    describe: Callable[[RowProblem], str], advise: Callable[[RowProblem], str] = lambda _: "",
    watch: Watch | None = None,
    runner: MakeRunner = on_this_machine,
) -> Report:  # fmt: skip
    """Carry an order out; raises `CertxError` if it could not begin, or stopped: the same order then goes on.

    `runner` gets ready what signs, before the ledger knows of the order; a rehearsal needs none.

    For the file of rejects `describe` words a problem and `advise` says how to mend it.
    """
    order, watch = work.order, watch or Watch()
    _refuse_same_file(order)
    with open_table(order.rows) as table:
        plan = open_plan(work, work.open_signer())
        check_columns(plan, table.header, order.mapping)
        if order.rejects is not None:
            check_reject_file(order.rejects, table.format)
        watch.begin(table)
        if order.dry_run:
            return Report(order, _rehearse(work, plan, table, watch))
        with ExitStack() as stack:
            run = stack.enter_context(runner(work, plan))
            ledger = stack.enter_context(closing(make_ledger(work.settings)))
            work = work.told_by(agree(plan, ledger, is_asked=order.row_key is not None, note=True))
            return _issue(work, plan, ledger, _Desk(table, watch, Words(describe, advise), run))


class _Desk(NamedTuple):
    """What a run is done with."""

    table: Table
    watch: Watch
    words: Words
    run: Runner


def _issue(work: WorkOrder, plan: IssuePlan, ledger: Ledger, desk: _Desk) -> Report:
    order, name, table, watch = work.order, work.output_name, desk.table, desk.watch
    registry = open_registry(work.settings).registry if order.receipts else None
    proven: Proven | None = None
    with open_output(order.out, explode=order.explode) as output, ledger.job(name) as job:
        chunks = ledger.chunks(name)
        whole = output.resume([Placed(*chunk[1:]) for _, chunk in chunks], lambda one: ledger.standing(one) is not None)
        here = frozenset(number for (number, _), is_whole in zip(chunks, whole, strict=True) if is_whole)
        work = work.begun(job, here)
        pace = Pace()
        with _set_aside(order, table, desk.words) as set_aside:
            results = desk.run(work, open_worker(work, plan, ledger), _until(watch, table.chunks(pace.rows)), pace)
            with closing(results):
                tally = carry_out(
                    results, output, commit_to(ledger, plan.key, job),
                    name=name, set_aside=set_aside, watch=watch.seen,
                )  # fmt: skip
        is_cut_off = watch.wants_to_stop
        if not is_cut_off:
            output.finish()
            if order.receipts_out is not None and registry is not None:
                licence_ids = _licence_ids(ledger, output, name)
                proven = write_receipts(Path(order.receipts_out), ledger, licence_ids, registry)
    return Report(order, tally, is_cut_off=is_cut_off, proven=proven)


def _until(watch: Watch, chunks: Iterable[Any]) -> Iterator[Any]:
    for chunk in chunks:
        if watch.wants_to_stop:
            return
        yield chunk


def _rehearse(work: WorkOrder, plan: IssuePlan, table: Table, watch: Watch) -> Tally:
    """What issuing would do, by what the ledger and the output hold."""
    tally, sample = Tally(), EvenSample()
    with ExitStack() as stack:
        ledger = known_ledger(work.settings)
        here: frozenset[int] = frozenset()
        if ledger is not None:
            stack.enter_context(closing(ledger))
            agree(plan, ledger, is_asked=work.order.row_key is not None, note=False)
            output = stack.enter_context(open_output(work.order.out, explode=work.order.explode))
            chunks = ledger.chunks(work.output_name)
            here = frozenset(number for number, chunk in chunks if _is_whole(output, Placed(*chunk[1:])))
        books = Books(
            rehearsal_of_the_first() if ledger is None else ledger.rehearsal(),
            (lambda rows: [None] * len(rows)) if ledger is None else ledger.latest,
            WrittenBefore(ledger, work.output_name, here),
            lambda _: nullcontext(),
        )
        worker = Worker(plan, work.rules._replace(is_rehearsal=True), books)
        for index, chunk in enumerate(_until(watch, table.chunks(lambda: 1_000))):
            signed = worker(index, chunk)
            count(tally, signed)
            sample.offer(signed.samples)
            tally.superseding += _superseding(ledger, signed.done)
            watch.seen(tally)
    tally.symbols = measure_symbols(sample.chosen, LocalSources(work.settings, now=work.now).dictionary)
    return tally


def _is_whole(output: Output, placed: Placed) -> bool:
    """Is a chunk there as it was written? Nothing is changed."""
    try:
        for _ in output.lines(placed):
            pass
    except CertxError:
        return False
    return True


def _superseding(ledger: Ledger | None, entries: Iterable[Entry]) -> int:
    """How many licences of the ledger would be superseded by these."""
    if ledger is None:
        return 0
    old = [ledger.standing(e.supersedes) for e in entries if e.supersedes is not None and not e.is_again]
    return sum(one is not None and one.status.may_become(CanonicalStatus.SUPERSEDED) for one in old)


@contextmanager
def _set_aside(order: Order, table: Table, words: Words) -> Iterator[Callable[[Rejected], object]]:
    """Where rejected rows go."""
    if order.rejects is None:
        yield lambda _: None
        return
    with reject_file(Path(order.rejects), table.format, table.header, **words._asdict()) as write:
        yield lambda rejected: write(rejected.row, rejected.problems)


def _licence_ids(ledger: Ledger, output: Output, name: str) -> Iterator[str]:
    """What the output holds, in its order."""
    for _, chunk in ledger.chunks(name):
        for line in output.lines(Placed(*chunk[1:])):
            yield orjson.loads(line)["licence_id"]


def _refuse_same_file(order: Order) -> None:
    """No file that an order names may take the place of another of them."""
    if order.receipts and order.out == STDOUT:
        raise UsageError("receipts-stdout", hint="receipts-stdout")
    if order.out == order.rejects == STDOUT:
        raise UsageError("same-file", path=STDOUT)
    seen: set[Path] = set()
    mapping = None if order.mapping is None else order.mapping.name
    for name in (order.rows, order.out, order.rejects, order.receipts_out, mapping):
        if name is not None and name != STDOUT:
            path = Path(name).resolve()
            if path in seen:
                raise UsageError("same-file", path=name)
            seen.add(path)


def holder_key_file(path: Path | None) -> Mapping[str, object] | None:
    """A holder's public JWK from a file; raises `KeyFailureError` if it is none or a private one."""
    if path is None:
        return None
    try:
        return read_holder_key(path.read_bytes())
    except OSError as error:
        raise KeyFailureError("key-unreadable", key=str(path), detail=cause_of(error)) from error
