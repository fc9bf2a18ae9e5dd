"""`certx issue`."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from certx.cli.help import epilog

EPILOG = epilog(
    [
        "certx issue rows.csv --type business-licence --issuer 11510100MB9X0A012X --key samr --out out.jsonl",
        "certx issue rows.csv --type driving-licence --issuer ID --key K --out out.jsonl --dry-run",
        "certx issue - --type business-licence --issuer ID --key K --out - < rows.jsonl",
    ],
    "0 2 3 6 7 8 9",
)


def issue(
    rows: Annotated[str, typer.Argument(metavar="ROWS", help=".csv, .json, .jsonl, or - for stdin")],
    licence_type: Annotated[str, typer.Option("--type", metavar="TYPE", help="see: certx schema list")],
    issuer: Annotated[str, typer.Option(metavar="ID", help="issuer's id or credit code")],
    key: Annotated[str, typer.Option(metavar="KEY", help="key file, or the name of one of yours")],
    out: Annotated[str, typer.Option(metavar="OUT", help=".jsonl file, or - for stdout")],
    passphrase_file: Annotated[
        Path | None, typer.Option(metavar="F", help="passphrase of KEY (else CERTX_PASSPHRASE, else asked)")
    ] = None,
    rejects: Annotated[str | None, typer.Option(metavar="F", help="where rejected rows go")] = None,
    holder_key: Annotated[
        Path | None, typer.Option(metavar="F", help="holder's public JWK, for rows without holderKey")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, show_default=False, help="processes that sign (default: one for each core)"),
    ] = None,
    supersede: Annotated[
        bool, typer.Option("--supersede", help="a row whose content changed becomes the next version of its licence")
    ] = False,
    reissue: Annotated[
        bool, typer.Option("--reissue", help="sign again, under the same identifier, what was issued and is lost")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="check everything, write nothing")] = False,
    receipts: Annotated[bool, typer.Option("--receipts", help="a receipt for each licence, into OUT.receipts")] = False,
    registry: Annotated[str | None, typer.Option(metavar="SRC", help="the trust registry")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="the summary as one JSON object")] = False,
    lang: Annotated[str | None, typer.Option(metavar="LANG", help="zh or en")] = None,
) -> int:
    """Issue licences: one or many rows become signed credentials, one JSON line each."""
    from certx.app.clock import now  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.issuing import issue_table, read_holder_key  # noqa: PLC0415
    from certx.app.progress import watching  # noqa: PLC0415
    from certx.app.work import Secret, WorkOrder  # noqa: PLC0415
    from certx.batch.order import Order  # noqa: PLC0415
    from certx.cli.passphrase import passphrase_source  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.render.report import report_object, report_text, word_problem  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, registry=registry, lang=lang)
    words = words_for(settings.lang)
    order = Order(
        rows, licence_type, issuer, out, rejects, read_holder_key(holder_key), dry_run, receipts,
        supersede, reissue, workers or os.cpu_count() or 1,
    )  # fmt: skip
    secret = Secret(passphrase_source(passphrase_file, words).get(key))
    work = WorkOrder(order, settings, key, secret, now())
    with watching(words) as watch:
        report = issue_table(work, describe=lambda problem: word_problem(problem, words), watch=watch)
    for line in report_text(report, words):
        print(line, file=sys.stderr)  # noqa: T201 - talk of a command
    if as_json:
        print(report_object(report, words), file=sys.stderr if out == "-" else sys.stdout)
    return report.exit
