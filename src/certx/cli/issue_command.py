"""`certx issue`."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from certx.cli.help import epilog
from certx.cli.parameters import Lang, Passphrase, Registry
from certx.errors import UsageError

EPILOG = epilog(
    [
        "certx issue rows.csv --type business-licence --issuer 11510100MB9X0A012X --key samr --out out.jsonl",
        "certx issue rows.csv --type driving-licence --issuer ID --key K --out out.jsonl --dry-run",
        "certx issue - --type business-licence --issuer ID --key K --out - < rows.jsonl",
        "certx issue rows.xlsx --type business-licence --map-template > map.json",
        "certx issue rows.xlsx --type business-licence --issuer ID --key K --out out.jsonl --map map.json",
        "certx issue rows.csv --type business-licence --issuer ID --key K --out out/ --runner dask",
    ],
    "0 2 3 6 7 8 9",
)


def issue(
    rows: Annotated[
        str | None,
        typer.Argument(metavar="ROWS", help=".csv, .jsonl, .json, .xlsx, .parquet, or - for stdin", show_default=False),
    ] = None,
    licence_type: Annotated[
        str | None, typer.Option("--type", metavar="TYPE", help="see: certx schema list (required)")
    ] = None,
    issuer: Annotated[str | None, typer.Option(metavar="ID", help="issuer's id or credit code (required)")] = None,
    key: Annotated[
        str | None, typer.Option(metavar="KEY", help="key file, or the name of one of yours (required)")
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(metavar="OUT", help=".jsonl, .jsonl.zst or .parquet, a folder, or - for stdout (required)"),
    ] = None,
    passphrase_file: Passphrase = None,
    rejects: Annotated[
        str | None, typer.Option(metavar="F", help="where rejected rows go, in the format of ROWS")
    ] = None,
    row_key: Annotated[
        str | None, typer.Option(metavar="COLS", help="columns that tell rows apart, if not the licence number alone")
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option("--map", metavar="FILE", help="JSON: which column of ROWS is which of the type")
    ] = None,
    map_template: Annotated[
        bool, typer.Option("--map-template", help="print such a file for TYPE, or for ROWS, and do no more")
    ] = False,
    holder_key: Annotated[
        Path | None, typer.Option(metavar="F", help="holder's public JWK, for rows without holderKey")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, show_default=False, help="processes that sign (default: one for each core)"),
    ] = None,
    runner: Annotated[
        str | None, typer.Option(metavar="NAME", help="dask: the workers of a Dask cluster sign (docs/cluster.md)")
    ] = None,
    scheduler: Annotated[str | None, typer.Option(metavar="URL", help="of the cluster: tls://host:8786")] = None,
    tls_ca: Annotated[Path | None, typer.Option(metavar="F", help="CA of the cluster (PEM)")] = None,
    tls_cert: Annotated[Path | None, typer.Option(metavar="F", help="this machine's certificate for it")] = None,
    tls_key: Annotated[Path | None, typer.Option(metavar="F", help="the key of that certificate")] = None,
    unencrypted: Annotated[
        bool, typer.Option("--unencrypted", help="let rows go to a scheduler at tcp:// on another machine")
    ] = False,
    supersede: Annotated[
        bool, typer.Option("--supersede", help="a row whose content changed becomes the next version of its licence")
    ] = False,
    explode: Annotated[bool, typer.Option("--explode", help="OUT is a folder of one file for each licence")] = False,
    reissue: Annotated[
        bool, typer.Option("--reissue", help="sign again, under the same identifier, what was issued and is lost")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="check everything, write nothing")] = False,
    receipts: Annotated[bool, typer.Option("--receipts", help="a receipt for each licence, into OUT.receipts")] = False,
    registry: Registry = None,
    as_json: Annotated[bool, typer.Option("--json", help="the summary as one JSON object")] = False,
    lang: Lang = None,
) -> int:
    """Issue licences: one or many rows become signed credentials, one JSON line each."""
    if map_template:
        return _print_template(rows, _given(licence_type, "option '--type'"))
    rows = _given(rows, "argument 'ROWS'")
    licence_type = _given(licence_type, "option '--type'")
    issuer, key, out = _given(issuer, "option '--issuer'"), _given(key, "option '--key'"), _given(out, "option '--out'")
    from certx.app.issuing.mapping import read_map  # noqa: PLC0415
    from certx.app.issuing.progress import watching  # noqa: PLC0415
    from certx.app.issuing.run import holder_key_file, issue_table  # noqa: PLC0415
    from certx.app.issuing.runners import choose_runner  # noqa: PLC0415
    from certx.app.issuing.work import Secret, WorkOrder  # noqa: PLC0415
    from certx.app.machine.clock import now  # noqa: PLC0415 - imports are the cost of a start
    from certx.batch.order import Order  # noqa: PLC0415
    from certx.cli.documents import words_of  # noqa: PLC0415
    from certx.cli.passphrase import passphrase_source  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.render import report as told  # noqa: PLC0415
    from certx.settings import ClusterSettings, load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, registry=registry, lang=lang)
    named = ClusterSettings(scheduler, tls_ca, tls_cert, tls_key)
    running = choose_runner(runner, named, settings, workers=workers, is_open=unencrypted)
    words = words_for(settings.lang)
    order = Order(
        rows, licence_type, issuer, out, rejects, holder_key_file(holder_key), dry_run, receipts,
        read_map(mapping), supersede, reissue, explode, workers or os.cpu_count() or 1,
        None if row_key is None else tuple(words_of(row_key)),
    )  # fmt: skip
    secret = Secret(passphrase_source(passphrase_file, words))
    work = WorkOrder(order, settings, key, secret, now())
    try:
        with watching(words) as watch:
            report = issue_table(
                work, watch=watch, runner=running,
                describe=lambda problem: told.word_problem(problem, words),
                advise=lambda problem: told.mend_problem(problem, words),
            )  # fmt: skip
    except KeyboardInterrupt:
        print(words.term("cut-off-at-once"), file=sys.stderr)  # noqa: T201 - talk of a command
        raise
    for line in told.report_text(report, words):
        print(line, file=sys.stderr)  # noqa: T201 - talk of a command
    if watch.is_seen:
        told.print_totals(report, watch.seconds, words)
    if as_json:
        print(told.report_object(report, words), file=sys.stderr if "-" in {out, rejects} else sys.stdout)
    return report.exit


def _given(value: str | None, what: str) -> str:
    """What the command line must give unless a template is asked for."""
    if value is None:
        kind, _, name = what.partition(" ")
        raise UsageError(f"usage-missing-{kind}", hint="usage", name=name)
    return value


def _print_template(rows: str | None, licence_type: str) -> int:
    import orjson  # noqa: PLC0415 - imports are the cost of a start

    from certx.app.issuing.mapping import map_template  # noqa: PLC0415

    print(orjson.dumps(map_template(rows, licence_type), option=orjson.OPT_INDENT_2).decode())  # noqa: T201 - the answer
    return 0
