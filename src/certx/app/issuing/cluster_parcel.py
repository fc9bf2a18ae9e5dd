"""What travels between who asks and the processes of a Dask cluster: the order, references and rows, and answers.

Key, passphrase, registry and home are those of the machine that works. Nothing that travels can be printed, for
clusters log and show what they are given.
"""

import os
import pickle
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from certx.app.issuing.work import Secret, WorkOrder
from certx.app.machine.keystore import PassphraseSource
from certx.batch.order import Order
from certx.errors import CertxError
from certx.issue import IssuePlan
from certx.settings import load_settings


class Parcel:
    """Something on its way that nobody on the way looks into: neither the scheduler nor a log."""

    def __init__(self, content: object) -> None:
        self._data = pickle.dumps(content, protocol=pickle.HIGHEST_PROTOCOL)

    def open(self) -> Any:  # noqa: ANN401 - what was put in
        """What was put in."""
        return pickle.loads(self._data)  # noqa: S301 - who may send tasks to a cluster runs what they like there

    def __repr__(self) -> str:
        """Nothing of it."""
        return "Parcel(…)"

    def __sizeof__(self) -> int:
        """How many bytes it has."""
        return len(self._data)


class PlanMark(NamedTuple):
    """By what plans are known to be the same on two machines."""

    issuer: str
    kid: str
    schema: str
    series: str | None

    @classmethod
    def of(cls, plan: IssuePlan) -> "PlanMark":
        """That of a plan."""
        document = orjson.dumps(plan.schema.document, option=orjson.OPT_SORT_KEYS)
        digest = sha256(document).hexdigest()[:12]
        return cls(plan.issuer.id, plan.key.kid, f"{plan.schema.vct} {plan.schema.version} {digest}", plan.series)


class RemoteOrder(NamedTuple):
    """What another machine is told of a `WorkOrder`: no secret, and nothing of the home of who asks."""

    order: Order
    key: str
    passphrase_file: Path | None
    ledger_url: str | None
    now: float
    job: int
    here: frozenset[int]
    mark: PlanMark

    @classmethod
    def of(cls, work: WorkOrder, mark: PlanMark) -> "RemoteOrder":
        """What is told; the output goes by the name that it has where it is written."""
        order = work.order._replace(out=work.output_name)
        return cls(order, work.key, work.secret.file, work.settings.ledger_url, work.now, work.job, work.here, mark)

    def at_home(self) -> WorkOrder:
        """The order with the settings and the environment of this machine."""
        settings = load_settings(os.environ)._replace(ledger_url=self.ledger_url)
        secret = Secret(PassphraseSource(self.passphrase_file, os.environ, lambda _: None))
        return WorkOrder(self.order, settings, self.key, secret, self.now, self.job, self.here)


class Failed(NamedTuple):
    """What went wrong, and on which worker: the error without what led to it, which need not be fit to travel."""

    kind: type[CertxError]
    code: str
    hint: str | None
    params: Mapping[str, object]
    worker: str

    @classmethod
    def on(cls, dask_worker: Any, error: CertxError) -> "Failed":  # noqa: ANN401 - of an extra
        """It went wrong on a worker, which goes by its name, if it was given one, and its address."""
        name, address = dask_worker.name, dask_worker.address
        worker = address if name in {None, address} else f"{name} ({address})"
        return cls(type(error), error.code, error.hint, error.params, worker)

    def error(self) -> CertxError:
        """The error again, which now names the worker."""
        params = {**self.params, "worker": self.worker, "defect": self.code}
        return self.kind("on-cluster", hint=self.hint, **params)
