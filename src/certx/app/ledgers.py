"""The ledger of this machine."""

from certx.errors import UsageError
from certx.ledger.sqlite import SqliteLedger
from certx.settings import Settings


def open_ledger(settings: Settings) -> SqliteLedger:
    """The ledger that is there already; raises `UsageError` if nothing was ever issued here."""
    if not settings.ledger.exists():
        raise UsageError("ledger-none", hint="ledger-none", path=str(settings.ledger))
    return SqliteLedger(settings.ledger)
