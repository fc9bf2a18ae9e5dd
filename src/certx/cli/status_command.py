"""`certx status`: whether licences still stand."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from certx.cli import status_log_command
from certx.cli.help import epilog
from certx.cli.parameters import JsonLines, JsonObject, Lang, Passphrase, Registry

_SET = "certx status set ID --to suspended --why 'inquiry 2026-17'"
_SHOW = "certx status show ID"
_PUBLISH = "certx status publish --issuer 11510100MB9X0A012X --key status --out keys/510000/status"

app = typer.Typer(
    help="Whether licences still stand: set, show, publish; and what was issued when: checkpoint, receipt.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog=epilog([_SET, _SHOW, _PUBLISH, status_log_command.CHECKPOINT, status_log_command.RECEIPT]),
)


@app.command(
    "set", epilog=epilog([_SET, "certx status set --ids ids.txt --to withdrawn --why 'decision 8'"], "0 2 6 9")
)
def set_(
    to: Annotated[
        str,
        typer.Option(
            metavar="STATUS",
            help="valid, suspended, cancelled, withdrawn, revoked-penalty, expired, transferred-out or superseded; "
            "or what the type of the licences calls it",
        ),
    ],
    why: Annotated[str, typer.Option(metavar="TEXT", help="the reason, for the ledger alone")],
    licence_ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="identifiers of licences", show_default=False)
    ] = None,
    ids: Annotated[str | None, typer.Option(metavar="FILE", help="more identifiers, one a line; - is stdin")] = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="since when: 2026-11-23, 2026-11-23T09:30+08:00 (default: now)")
    ] = None,
    as_json: JsonObject = False,
    lang: Lang = None,
) -> int:
    """Set the status of licences issued here: all of them or none. Counters see it once it is published."""
    import orjson  # noqa: PLC0415 - imports are the cost of a start

    from certx.app.machine.clock import now  # noqa: PLC0415
    from certx.app.status.standing import read_status  # noqa: PLC0415
    from certx.app.status.statuses import read_event, read_ids, set_statuses  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, lang=lang)
    wanted = [*(licence_ids or ()), *(read_ids(ids) if ids is not None else ())]
    moment = now()
    event = read_event(read_status(to, wanted, settings), at, why, now=moment)
    change = set_statuses(wanted, event, settings, now=moment)
    words = words_for(settings.lang)
    term = "status-set" if change.changed > change.unlisted else "status-set-unseen"
    print(words.term(term, count=change.changed, status=event.status), file=sys.stderr)  # noqa: T201 - talk
    if change.unchanged:
        print(words.term("status-same", count=change.unchanged, status=event.status), file=sys.stderr)  # noqa: T201
    if change.unlisted:
        print(words.term("status-unlisted", count=change.unlisted), file=sys.stderr)  # noqa: T201
    if as_json:
        print(orjson.dumps({"status": event.status, "at": event.at, **change._asdict()}).decode())  # noqa: T201 - the output of a command
    return 0


@app.command("show", epilog=epilog([_SHOW, "certx status show ID --json"], "0 2 9"))
def show(
    licence_id: Annotated[str, typer.Argument(metavar="ID", help="identifier of a licence issued here")],
    registry: Registry = None,
    as_json: JsonObject = False,
    lang: Lang = None,
) -> int:
    """Show how a licence stands, what became of it, whether counters see that, and what people should be told."""
    from certx.app.status.standing import report_standing  # noqa: PLC0415 - imports are the cost of a start
    from certx.cli.terminal import width, words_for  # noqa: PLC0415
    from certx.render.standing import print_standing  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, registry=registry, lang=lang)
    report = report_standing(licence_id.strip(), settings)
    print_standing(report, words_for(settings.lang), as_json=as_json, width=width())
    return 0


@app.command("publish", epilog=epilog([_PUBLISH], "0 2 3 7 9"))
def publish(
    issuer: Annotated[str, typer.Option(metavar="ID", help="issuer's id or credit code")],
    key: Annotated[str, typer.Option(metavar="KEY", help="status key: a file, or the name of one of yours")],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="where the lists go, such as keys/<region>/status")],
    passphrase_file: Passphrase = None,
    days: Annotated[int, typer.Option(metavar="N", min=1, max=90, help="how long the lists are good for")] = 7,
    anew: Annotated[bool, typer.Option("--anew", help="even if what lies there is not from this ledger")] = False,
    registry: Registry = None,
    as_json: JsonLines = False,
    lang: Lang = None,
) -> int:
    """Sign the issuer's status lists as the ledger has them now, one file each."""
    import orjson  # noqa: PLC0415 - imports are the cost of a start

    from certx.app.machine.clock import now  # noqa: PLC0415
    from certx.app.machine.keystore import open_signer  # noqa: PLC0415
    from certx.app.status.statuses import publish_lists  # noqa: PLC0415
    from certx.cli.passphrase import passphrase_source  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, registry=registry, lang=lang)
    words = words_for(settings.lang)
    signer = open_signer(key, settings.keys, passphrase=passphrase_source(passphrase_file, words))
    count = 0
    for published in publish_lists(issuer, signer, out, settings, days=days, now=now(), anew=anew):
        count += 1
        if as_json:
            print(orjson.dumps({**published._asdict(), "path": str(published.path)}).decode())  # noqa: T201 - output
    print(words.term("status-published", count=count, path=out), file=sys.stderr)  # noqa: T201 - talk of a command
    return 0


app.command("checkpoint", epilog=status_log_command.CHECKPOINT_EPILOG)(status_log_command.checkpoint)
app.command("receipt", epilog=status_log_command.RECEIPT_EPILOG)(status_log_command.receipt)
