"""Issuing from a table to a file, on this machine."""

import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final

import orjson

from certx.app.files import replacing
from certx.app.issuance_log import receipts_from
from certx.app.output import extended_output, read_output, write_rejects
from certx.app.sources import open_registry
from certx.batch.engine import Run
from certx.batch.order import Order, Report
from certx.credential.sdjwt import random_salts
from certx.errors import KeyFailureError, UnreadableError, UsageError
from certx.issue import IssuePlan, public_members
from certx.keys import Signer
from certx.ledger import Ledger
from certx.ledger.sqlite import SqliteLedger
from certx.licence.model import day_of
from certx.licence.rows import RowProblem
from certx.licence.tabular import csv_header, guess_format, read_rows
from certx.schema.catalogue import require
from certx.schema.rules import Context
from certx.settings import Settings
from certx.trust.receipt import receipt_object
from certx.trust.registry import Issuer

MAX_TABLE_BYTES: Final = 1024 * 1_048_576


def issue_table(
    order: Order,
    signer: Signer,
    settings: Settings,
    *,
    now: float,
    describe: Callable[[RowProblem], str],
) -> Report:
    """Carry an order out; raises `CertxError` if it could not begin, or stopped with nothing half-written.

    `describe` words a problem for the file of rejects.
    """
    _refuse_same_file(order)
    data = read_table(order.rows)
    table_format = guess_format(order.rows, data)
    plan = _plan(order, signer, settings, now)
    if table_format == "csv":
        plan.check_header(csv_header(data, name=order.rows))
    run = Run(order, plan, int(now), has_header=table_format == "csv")
    drafts = run.drafts(read_rows(data, table_format, name=order.rows))
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
        if order.rejects is not None and run.rejected:
            write_rejects(
                Path(order.rejects),
                [(reject.row, reject.problems) for reject in run.rejected],
                table_format,
                describe,
            )
    return run.report()


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
    for name in (order.rows, order.out, order.rejects, order.receipts_out):
        if name is not None and name != "-":
            path = Path(name).resolve()
            if path in seen:
                raise UsageError("same-file", path=name)
            seen.add(path)


def read_table(name: str) -> bytes:
    """The bytes of a table, `-` being stdin; raises `UnreadableError`."""
    try:
        if name == "-" and sys.stdin is None:
            raise UnreadableError("rows-unreadable", path=name, detail="closed")
        if name == "-":
            data = sys.stdin.buffer.read(MAX_TABLE_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(MAX_TABLE_BYTES + 1)
    except OSError as error:
        raise UnreadableError("rows-unreadable", path=name, detail=error.strerror or "?") from error
    if len(data) > MAX_TABLE_BYTES:
        raise UnreadableError("document-too-large", path=name, maximum=MAX_TABLE_BYTES)
    return data


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
