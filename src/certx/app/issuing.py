"""Issuing from a table to a file, on this machine."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final

import orjson

from certx.app.files import replacing
from certx.app.issuance_log import receipts_from
from certx.app.output import extended_output, read_output
from certx.app.reject_file import reject_file
from certx.app.sources import open_registry
from certx.app.stores import schemas
from certx.app.tables import Table, open_table
from certx.batch.engine import Run
from certx.batch.order import Order, Report
from certx.credential.sdjwt import random_salts
from certx.errors import KeyFailureError, UnreadableError, UsageError
from certx.issue import IssuePlan, public_members
from certx.keys import Signer
from certx.ledger import Ledger
from certx.ledger.sqlite import SqliteLedger
from certx.licence.mapping import MAX_MAPPING_BYTES, ColumnMapping, read_mapping, template
from certx.licence.model import day_of
from certx.licence.rows import RowProblem
from certx.licence.tabular import rows_of
from certx.schema.catalogue import require
from certx.schema.rules import Context
from certx.settings import Settings
from certx.trust.receipt import receipt_object
from certx.trust.registry import Issuer

_CHUNK: Final = 1_000


def issue_table(
    order: Order,
    signer: Signer,
    settings: Settings,
    *,
    now: float,
    describe: Callable[[RowProblem], str],
    advise: Callable[[RowProblem], str] = lambda _: "",
) -> Report:
    """Carry an order out; raises `CertxError` if it could not begin, or stopped with nothing half-written.

    For the file of rejects `describe` words a problem and `advise` says how to mend it.
    """
    _refuse_same_file(order)
    with open_table(order.rows) as table:
        plan = _plan(order, signer, settings, now)
        check_columns(plan, table.header, order.mapping)
        run = Run(order, plan, int(now), has_header=table.header is not None)
        _carry_out(run, order, table, plan, settings)
        if order.rejects is not None and not order.dry_run:
            with reject_file(
                Path(order.rejects), table.format, table.header, describe=describe, advise=advise
            ) as write:
                for reject in run.rejected:
                    write(reject.row, reject.problems)
    return run.report()


def _carry_out(run: Run, order: Order, table: Table, plan: IssuePlan, settings: Settings) -> None:
    drafts = run.drafts(row for chunk in table.chunks(lambda: _CHUNK) for row in rows_of(chunk))
    if order.dry_run:
        if settings.ledger.exists():
            with closing(SqliteLedger(settings.ledger)) as ledger:
                run.foretell(drafts, ledger)
        else:
            run.foretell(drafts, None)
    else:
        with closing(SqliteLedger(settings.ledger)) as ledger, ledger.exclusive():
            standing = read_output(order.out)
            output = partial(extended_output, order.out, standing.values())
            run.carry_out(list(drafts), ledger, output, standing)
            if order.receipts_out is not None:
                _write_receipts(Path(order.receipts_out), ledger, read_output(order.out), plan.issuer)


def check_columns(plan: IssuePlan, header: Sequence[str] | None, mapping: ColumnMapping | None) -> None:
    """Raise `UsageError` on a mapping or a header that does not fit the type."""
    if mapping is not None:
        mapping.check(plan.schema.shape, header)
    if header is not None:
        plan.check_header(header if mapping is None else mapping.header(header))


def read_map(path: Path | None) -> ColumnMapping | None:
    """The mapping of a file; raises `UsageError` or `UnreadableError`."""
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            data = file.read(MAX_MAPPING_BYTES + 1)
    except OSError as error:
        raise UnreadableError("rows-unreadable", path=str(path), detail=error.strerror or "?") from error
    return read_mapping(data, str(path))


def map_template(rows: str | None, licence_type: str) -> dict[str, str]:
    """A mapping to be filled in, for a table or (`None`) for any; raises `UnreadableError` or `UsageError`."""
    shape = require(schemas(), licence_type).shape
    if rows is None:
        return template(shape)
    with open_table(rows) as table:
        header = table.header
        if header is None:
            first = next(table.chunks(lambda: _CHUNK), None)
            rows_read = () if first is None else rows_of(first)
            header = tuple(dict.fromkeys(name for row in rows_read if row.problem is None for name in row.cells))
        return template(shape, header)


def _write_receipts(path: Path, ledger: Ledger, licence_ids: Iterable[str], issuer: Issuer) -> None:
    """The receipts of all licences of an output, by the log as it is now."""
    size = ledger.log_size(issuer.credit_code)
    with replacing(path, mode=0o600) as file:
        for receipt in receipts_from(ledger, licence_ids, lambda _: issuer, size=size):
            file.write(orjson.dumps(receipt_object(receipt), option=orjson.OPT_APPEND_NEWLINE))


def _refuse_same_file(order: Order) -> None:
    """No file that an order names may take the place of another of them."""
    if order.receipts and order.out == "-":
        raise UsageError("receipts-stdout", hint="receipts-stdout")
    seen: set[Path] = set()
    mapping = None if order.mapping is None else order.mapping.name
    for name in (order.rows, order.out, order.rejects, order.receipts_out, mapping):
        if name is not None and name != "-":
            path = Path(name).resolve()
            if path in seen:
                raise UsageError("same-file", path=name)
            seen.add(path)


def _plan(order: Order, signer: Signer, settings: Settings, now: float) -> IssuePlan:
    holding = open_registry(settings)
    catalogue = holding.catalogue
    schema = require(catalogue, order.licence_type)
    issuer = holding.registry.issuer_named(order.issuer)
    plan = IssuePlan(schema, issuer, signer, salts=random_salts(), context=Context(day_of(now), catalogue))
    key = issuer.keys[signer.kid]
    if now < key.valid_from or (key.valid_to is not None and now >= key.valid_to):
        raise KeyFailureError("signing-key-window", hint="signing-key-window", kid=key.kid)
    return plan


def read_holder_key(path: Path | None) -> Mapping[str, object] | None:
    """A holder's public JWK from a file; raises `KeyFailureError` if it is none or a private one."""
    if path is None:
        return None
    try:
        document: Any = orjson.loads(path.read_bytes())
    except OSError as error:
        raise KeyFailureError("key-unreadable", key=str(path), detail=error.strerror or "?") from error
    except orjson.JSONDecodeError as error:
        raise KeyFailureError("holder-key-not-json") from error
    return public_members(document)
