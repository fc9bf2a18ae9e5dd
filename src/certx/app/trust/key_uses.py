"""How far each key was used, as the ledger of this machine tells it; for the rehearsal of a change."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

from certx.app.machine.ledgers import known_ledger
from certx.ledger import KeyUse, Ledger, SigningKey
from certx.settings import Settings
from certx.trust.rehearsal import Uses


class _KnownUses:
    """The answers of one ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def uses(self, credit_code: str) -> Sequence[KeyUse]:
        """See `Ledger.uses`."""
        return self._ledger.uses(credit_code)

    def live_since(self, credit_code: str, kid: str, at: int) -> int:
        """See `Ledger.live_since`."""
        return self._ledger.live_since(SigningKey(credit_code, kid), at)


@contextmanager
def known_uses(settings: Settings) -> Iterator[Uses | None]:
    """What the ledger knows, `None` on a machine that has none; raises `EnvironmentFailureError`."""
    ledger = known_ledger(settings)
    if ledger is None:
        yield None
        return
    with closing(ledger):
        yield _KnownUses(ledger)
