"""What a process needs to work on an order: it opens registry, key and ledger by itself, from their references."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Final, NamedTuple

from certx.app.issuing.written import WrittenBefore
from certx.app.machine.keystore import Ask, PassphraseSource, open_signer
from certx.app.machine.ledgers import make_ledger
from certx.app.registry.sources import open_registry
from certx.batch.order import Order
from certx.batch.worker import Books, Rules, Standing, Worker
from certx.credential.sdjwt import random_salts
from certx.errors import KeyFailureError
from certx.issue import IssuePlan
from certx.keys import Signer
from certx.ledger import Ledger
from certx.licence.divisions import province_of
from certx.licence.model import day_of
from certx.schema.catalogue import LicenceSchema, require
from certx.schema.profile import profile_path, read_profile, with_profile
from certx.schema.rules import Context
from certx.settings import Settings
from certx.trust.files import RegistryFiles, parse_document

STDOUT: Final = "-"


class Secret:
    """Where the passphrase comes from, on its way to other processes of ours: a person is asked once, here."""

    def __init__(self, source: PassphraseSource) -> None:
        self._file, self._environment = source.file, dict(source.environment)
        self._ask: Ask | None = source.ask
        self._asked: str | None = None

    @property
    def file(self) -> Path | None:
        """Where it is written down, if that is how it is given."""
        return self._file

    def __repr__(self) -> str:
        """Nothing of it."""
        return "Secret(…)"

    def __getstate__(self) -> dict[str, object]:
        """What another process gets: the answer and not the terminal."""
        return {**self.__dict__, "_ask": None}

    def source(self) -> PassphraseSource:
        """The same, with the answer remembered."""
        return PassphraseSource(self._file, self._environment, self._remembered)

    def _remembered(self, key: str) -> str | None:
        if self._asked is None and self._ask is not None:
            self._asked = self._ask(key)
        return self._asked


class WorkOrder(NamedTuple):
    """An order with all that another process needs to work on it. `now`: Unix seconds, the same in all of them.

    `key` is a reference; the key itself goes nowhere. `job` is its number in the ledger, `here` the numbers of the
    chunks that the output has already.
    """

    order: Order
    settings: Settings
    key: str
    secret: Secret
    now: float
    job: int = 0
    here: frozenset[int] = frozenset()

    @property
    def output_name(self) -> str:
        """What the ledger calls the output."""
        return STDOUT if self.order.out == STDOUT else str(Path(self.order.out).resolve())

    @property
    def rules(self) -> Rules:
        """What holds for every row."""
        order = self.order
        return Rules(int(self.now), order.holder_key, order.mapping, supersede=order.supersede, reissue=order.reissue)

    def told_by(self, claims: tuple[str, ...]) -> "WorkOrder":
        """The same, once the ledger has said what tells rows apart."""
        return self._replace(order=self.order._replace(row_key=claims))

    def begun(self, job: int, here: frozenset[int]) -> "WorkOrder":
        """The same, once the ledger has given it a number."""
        return self._replace(job=job, here=here)

    def open_signer(self) -> Signer:
        """The signer; raises `KeyFailureError`."""
        return open_signer(self.key, self.settings.keys, passphrase=self.secret.source())


def open_plan(work: WorkOrder, signer: Signer) -> IssuePlan:
    """The plan of an order; raises `CertxError` if registry or key do not allow it."""
    holding = open_registry(work.settings)
    schema = require(holding.catalogue, work.order.licence_type)
    issuer = holding.registry.issuer_named(work.order.issuer)
    schema = _as_at_home(schema, holding.files, province_of(issuer.area))
    context = Context(day_of(work.now), holding.catalogue)
    plan = IssuePlan(schema, issuer, signer, salts=random_salts(), context=context)
    if work.order.row_key is not None:
        plan.tell_by(work.order.row_key)
    key = issuer.keys[signer.kid]
    if work.now < key.valid_from or (key.valid_to is not None and work.now >= key.valid_to):
        raise KeyFailureError("signing-key-window", hint="signing-key-window", kid=key.kid)
    return plan


def _as_at_home(schema: LicenceSchema, files: RegistryFiles, region: str) -> LicenceSchema:
    """The schema with the profile of the issuer's region, if that has one; raises `CertxError`."""
    path = profile_path(region, schema.type)
    data = files.read(path)
    return schema if data is None else with_profile(schema, read_profile(parse_document(data, path), path), path)


def open_worker(
    work: WorkOrder, plan: IssuePlan, ledger: Ledger,
    turn: Callable[[int], AbstractContextManager[object]] = lambda _: nullcontext(),
    *, standing: Standing | None = None,
) -> Worker:  # fmt: skip
    """The worker of an order over a ledger that is open; what earlier runs wrote is looked up on this machine."""
    standing = standing or WrittenBefore(ledger, work.output_name, work.here)
    return Worker(plan, work.rules, Books(lambda rows: ledger.reserve(rows, work.job), ledger.latest, standing, turn))


def open_worker_alone(work: WorkOrder, turn: Callable[[int], AbstractContextManager[object]]) -> Worker:
    """The worker of a process of its own, which opens everything itself."""
    ledger = make_ledger(work.settings)
    return open_worker(work, open_plan(work, work.open_signer()), ledger, turn)
