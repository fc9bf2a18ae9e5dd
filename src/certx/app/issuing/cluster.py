"""Issuing on an existing Dask cluster: chunks go to its workers, the output and the ledger's commits stay here.

The plan, the chunks and the worker's function are those of one machine (docs/adr/0012). What a killed worker had is
done by others, and it does not matter how often: who asked writes and commits one answer to each chunk.
"""

import logging
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any, Final, NamedTuple
from uuid import uuid4

from certx.app.issuing.cluster_parcel import Failed, Parcel, PlanMark, RemoteOrder
from certx.app.issuing.cluster_security import security_of
from certx.app.issuing.cluster_work import VERSION, Bench, Turns, probe, sign_chunk, version
from certx.app.issuing.pool import IN_FLIGHT, Pace, Pool, Submit, results_of_pool
from certx.app.issuing.run import MakeRunner, Runner
from certx.app.issuing.work import WorkOrder
from certx.batch.worker import Signed, Worker
from certx.errors import EnvironmentFailureError, UsageError
from certx.extras import extra_module
from certx.issue import IssuePlan
from certx.licence.tabular import RawChunk
from certx.settings import ClusterSettings

_CONNECT_SECONDS: Final = 10
_PATIENCE_SECONDS: Final = 30
"""After so long without an answer, and without a worker, nobody is waited for any more."""
_COUNTED_EVERY_SECONDS: Final = 5.0
_DETAIL: Final = 200


def on_cluster(settings: ClusterSettings, *, is_open: bool = False) -> MakeRunner:
    """A runner for `issue_table`: connected, and every worker asked whether it can do what is asked.

    `is_open`: rows may go unencrypted to another machine.
    """

    @contextmanager
    def runner(work: WorkOrder, plan: IssuePlan) -> Iterator[Runner]:
        if settings.scheduler is None:
            raise UsageError("cluster-scheduler", hint="cluster-scheduler")
        if work.settings.ledger_url is None:
            raise UsageError("cluster-ledger", hint="cluster-ledger")
        library = extra_module("distributed", extra="cluster", package="distributed")
        security = security_of(library, settings, is_open=is_open)
        for name in ("distributed", "distributed.client"):  # what goes wrong is raised, and told by certx
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        cluster = _Cluster(library, settings.scheduler, PlanMark.of(plan))
        with cluster.connected(security):
            cluster.ask(work)
            yield cluster.results

    return runner


class _Cluster:
    """A connection to a scheduler."""

    def __init__(self, library: Any, scheduler: str, mark: PlanMark) -> None:  # noqa: ANN401 - of an extra
        self.library = library
        self._scheduler, self._mark = scheduler, mark
        self.client: Any = None
        self.is_lost = False

    @contextmanager
    def connected(self, security: Any) -> Iterator[None]:  # noqa: ANN401 - of an extra
        """Be a client for the block; raises `EnvironmentFailureError` if the scheduler cannot be reached."""
        with self.failures("cluster-away"):
            self.client = self.library.Client(
                self._scheduler, security=security, timeout=_CONNECT_SECONDS,
                set_as_default=False, name="certx",
            )  # fmt: skip
        try:
            yield
        finally:
            with suppress(OSError, CancelledError):  # whoever is lost by now need not be told
                self.client.close(timeout=0 if self.is_lost else _CONNECT_SECONDS)

    @contextmanager
    def failures(self, code: str = "cluster-lost") -> Iterator[None]:
        """What goes wrong with the cluster in the block is an `EnvironmentFailureError`."""
        try:
            yield
        except (OSError, CancelledError) as error:
            self.is_lost = True
            detail = (str(error).splitlines() or [type(error).__name__])[0][:_DETAIL]
            raise EnvironmentFailureError(code, hint=code, scheduler=self._scheduler, detail=detail) from error

    def bench(self, work: WorkOrder, name: str) -> Bench:
        """What workers are to have open."""
        return Bench(VERSION, name, Parcel(RemoteOrder.of(work, self._mark)))

    def ask(self, work: WorkOrder) -> None:
        """Raise `CertxError` unless there are workers and each of them can do what is asked."""
        with self.failures("cluster-away"):
            with suppress(TimeoutError):
                self.client.wait_for_workers(1, timeout=_PATIENCE_SECONDS)
            self._understands("scheduler", self.client.run_on_scheduler)
            answers = self.client.run(probe, self.bench(work, ""), on_error="return")
        if not answers:
            raise self._empty()
        for worker in sorted(answers):
            answer = answers[worker]
            if isinstance(answer, Failed):
                raise answer.error()
            if isinstance(answer, Exception):
                raise _stranger(worker, answer) from answer

    def expect_workers(self) -> None:
        """Raise `EnvironmentFailureError` if there are none any more."""
        if not self.client.nthreads():
            raise self._empty()

    def results(
        self, work: WorkOrder, _worker: Worker, chunks: Iterable[RawChunk], pace: Pace
    ) -> Generator[Signed, None, None]:
        """What became of each chunk, in order; see `Runner`."""
        return results_of_pool(lambda begin_at: _ClusterPool(self, work, begin_at), enumerate(chunks), pace)

    def _understands(self, who: str, ask: Callable[..., Any]) -> None:
        """Raise `EnvironmentFailureError` unless somebody has the same certx as this machine."""
        try:
            found = ask(version)
        except (ImportError, AttributeError) as error:
            raise _stranger(who, error) from error
        if found != VERSION:
            raise EnvironmentFailureError(
                "on-cluster", hint="cluster-version", worker=who, defect="cluster-version", known=VERSION, found=found
            )

    def _empty(self) -> EnvironmentFailureError:
        return EnvironmentFailureError("cluster-empty", hint="cluster-empty", scheduler=self._scheduler)


def _stranger(who: str, error: Exception) -> EnvironmentFailureError:
    """Whoever has no certx, or one that does not know the question, answers with any error at all."""
    return EnvironmentFailureError(
        "on-cluster", hint="cluster-version", worker=who, defect="cluster-stranger", detail=str(error)[:_DETAIL]
    )


class _ClusterPool(Pool):
    """The workers of a cluster, at work on one order."""

    def __init__(self, cluster: _Cluster, work: WorkOrder, begin_at: int) -> None:
        self._cluster, self._work, self._begin_at = cluster, work, begin_at
        self._name = f"certx-{uuid4().hex}"
        self._turns = Turns(self._name)
        self._counted_at, self._window = 0.0, 0
        self._unanswered: dict[int, Any] = {}

    @property
    def window(self) -> int:
        """By the threads that workers have now: they come and go."""
        if monotonic() - self._counted_at > _COUNTED_EVERY_SECONDS:
            with self._cluster.failures():
                self._window = IN_FLIGHT * max(1, sum(self._cluster.client.nthreads().values()))
            self._counted_at = monotonic()
        return self._window

    @contextmanager
    def executor(self) -> Iterator[Submit]:
        """See `Pool.executor`."""
        client = self._cluster.client
        with self._cluster.failures():
            bench = client.submit(Bench, *self._cluster.bench(self._work, self._name).made_of, key=self._name)
            self._event(self._begin_at).set()

        def submit(index: int, chunk: RawChunk) -> "_Sent":
            with self._cluster.failures():
                future = client.submit(sign_chunk, bench, Parcel((index, chunk)), key=f"{self._name}-{index}")
            self._unanswered[index] = future
            return _Sent(self, index)

        try:
            yield submit
        finally:
            self._let_go()

    def answer(self, index: int) -> tuple[Signed, float]:
        """Wait for that to a chunk; raises `CertxError`."""
        with self._cluster.failures():
            parcel = self._wait_for(index)
        answer: Failed | tuple[Signed, float] = parcel.open()
        if isinstance(answer, Failed):
            raise answer.error()
        with self._cluster.failures():
            del self._unanswered[index]
            self._event(index).clear()
        return answer

    def _wait_for(self, index: int) -> Parcel:
        while True:
            try:
                parcel: Parcel = self._unanswered[index].result(timeout=_PATIENCE_SECONDS)
            except self._cluster.library.KilledWorker as error:
                raise EnvironmentFailureError("cluster-dies", hint="cluster-dies") from error
            except TimeoutError:
                self._cluster.expect_workers()
            else:
                return parcel

    def _event(self, index: int) -> Any:  # noqa: ANN401 - of an extra
        return self._cluster.library.Event(self._turns.event(index), client=self._cluster.client)

    def _let_go(self) -> None:
        """What was not begun is dropped, and nobody waits any more for a turn that will not come."""
        if self._cluster.is_lost:  # then its workers end
            return
        with suppress(OSError, CancelledError):  # it may be lost just now
            self._cluster.client.cancel(list(self._unanswered.values()))
            for index in self._unanswered:
                self._event(index).set()


class _Sent(NamedTuple):
    """A chunk that was sent; see `certx.app.issuing.pool.Answer`."""

    pool: _ClusterPool
    nth: int

    def result(self) -> tuple[Signed, float]:
        """Wait for it."""
        return self.pool.answer(self.nth)
