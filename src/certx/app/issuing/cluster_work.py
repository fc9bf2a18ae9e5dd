"""What a process of a Dask cluster does with chunks: as a worker process of this machine does, with things of its own.

What it is sent, and what it sends back: `certx.app.issuing.cluster_parcel`.
"""

from asyncio import to_thread
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from time import perf_counter
from typing import Any, Final
from weakref import finalize

import certx
from certx.app.issuing.cluster_parcel import Failed, Parcel, PlanMark, RemoteOrder
from certx.app.issuing.work import WorkOrder, open_plan, open_worker
from certx.app.issuing.written import WrittenElsewhere
from certx.app.machine.ledgers import make_ledger
from certx.batch.worker import Signed, Worker
from certx.errors import CertxError, EnvironmentFailureError
from certx.issue import IssuePlan

_FORM: Final = 2
"""Of what travels: raised with each change of it."""
VERSION: Final = f"{certx.__version__}/{_FORM}"
_SOON_SECONDS: Final = 1.0
_AT_LAST_SECONDS: Final = 900.0
"""A turn that did not come by then never will: who asked is gone."""
_ONE_AT_A_TIME: Final = Lock()
"""Modules of devices and connections to a ledger are for one thread; another may work while one waits for its turn."""


class Bench:
    """What a process has open for an order, from the first chunk on; another process gets what it is made of.

    It ends when the cluster lets go of it: when the order is done, or who asked is gone.
    """

    def __init__(self, version: str, name: str, parcel: Parcel) -> None:
        """`name`: by which the turns of the order are called; `parcel`: a `RemoteOrder`, of that version."""
        self.made_of = version, name, parcel
        self._version, self._parcel = version, parcel
        self._worker: Worker | None = None
        self.turns = Turns(name)

    def __reduce__(self) -> tuple[type["Bench"], tuple[str, str, Parcel]]:
        """Keys and connections stay."""
        return Bench, self.made_of

    def worker(self) -> Worker:
        """The worker of this process; raises `CertxError` if this machine cannot do what is asked."""
        if self._worker is None:
            if self._version != VERSION:
                raise EnvironmentFailureError(
                    "cluster-version", hint="cluster-version", known=self._version, found=VERSION
                )
            remote: RemoteOrder = self._parcel.open()
            work = remote.at_home()
            plan = _same_plan(work, remote.mark)
            ledger = make_ledger(work.settings)
            finalize(self, ledger.close)
            standing = WrittenElsewhere(ledger, remote.order.out, work.here)
            self._worker = open_worker(work, plan, ledger, self.turns.of, standing=standing)
        return self._worker


class Turns:
    """Chunks reserve one after the other, whichever machine works on them; see `certx.app.issuing.pool.Turn`.

    The turn of each is an event that the scheduler keeps. A chunk that is done again, because its worker died, finds
    its turn come.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self.waited = 0.0
        """Seconds that the last chunk waited."""

    def event(self, index: int) -> str:
        """What the turn of a chunk is called."""
        return f"{self._name}-{index}"

    @contextmanager
    def of(self, index: int) -> Iterator[None]:
        """Wait for the turn of a chunk; the next one's comes when the block ends, however it does."""
        from distributed import Event  # noqa: PLC0415 - an extra

        waited = _wait(Event(self.event(index)))
        try:
            yield
        finally:
            self.waited = waited
            Event(self.event(index + 1)).set()


def _wait(turn: Any) -> float:  # noqa: ANN401 - an event of the cluster
    """Wait, for so many seconds, and let others work meanwhile: what is waited for may have to be done here."""
    from distributed import secede  # noqa: PLC0415 - an extra

    began = perf_counter()
    _ONE_AT_A_TIME.release()
    try:
        if not turn.wait(timeout=_SOON_SECONDS):
            secede()
            if not turn.wait(timeout=_AT_LAST_SECONDS):
                raise EnvironmentFailureError("cluster-turn", hint="cluster-lost")
    finally:
        _ONE_AT_A_TIME.acquire()
    return perf_counter() - began


def sign_chunk(bench: Bench, parcel: Parcel) -> Parcel:
    """A worker works on a chunk: what was signed and how many seconds it took, or `Failed`."""
    from distributed import get_worker  # noqa: PLC0415 - an extra

    try:
        with _ONE_AT_A_TIME:
            worker = bench.worker()
            index, chunk = parcel.open()
            began = perf_counter()
            signed: Signed = worker(index, chunk)
            return Parcel((signed, perf_counter() - began - bench.turns.waited))
    except CertxError as error:
        return Parcel(Failed.on(get_worker(), error))


async def probe(bench: Bench, dask_worker: Any) -> Failed | None:  # noqa: ANN401 - of an extra
    """Can this worker do what is asked? Key, registry and ledger are opened, and let go; others go on meanwhile."""

    def can_do() -> None:
        with _ONE_AT_A_TIME:
            bench.worker()

    try:
        await to_thread(can_do)
    except CertxError as error:
        return Failed.on(dask_worker, error)
    return None


def version() -> str:
    """Of the certx on a machine, and of what it sends."""
    return VERSION


def _same_plan(work: WorkOrder, mark: PlanMark) -> IssuePlan:
    plan = open_plan(work, work.open_signer())
    for asked, found in zip(mark, PlanMark.of(plan), strict=True):
        if asked != found:
            raise EnvironmentFailureError("cluster-plan", hint="cluster-plan", asked=asked, found=found)
    return plan
