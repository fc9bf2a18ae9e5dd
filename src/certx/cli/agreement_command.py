"""`certx agreement`: which licences regions take of each other."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from certx.cli import agreement_new_command, agreement_trial_command, agreement_view_command
from certx.cli.help import epilog
from certx.cli.parameters import JsonObject, Lang, Passphrase

_EPILOG = epilog(["certx agreement list", "certx agreement show agr-500000-510000-1"])

app = typer.Typer(
    help="Agreements on mutual recognition: new, sign, withdraw, list, show, diff, test.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog=_EPILOG,
)

_Region = Annotated[str, typer.Option("--as", metavar="CODE", help="the region that acts")]
_Source = Annotated[Path, typer.Option(metavar="DIR", help="the reviewed source, of the shape of keys/")]

app.command("new", epilog=agreement_new_command.EPILOG)(agreement_new_command.new)

_SIGN = ["certx agreement sign agreement.json --as 510000 --source keys/"]


@app.command("sign", epilog=epilog(_SIGN, "0 2 3 7 9"))
def sign(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="the agreement: its very bytes are published")],
    region: _Region,
    source: _Source,
    key: Annotated[
        str | None, typer.Option(metavar="KEY", help="also sign it, as evidence: a key that the region lists")
    ] = None,
    passphrase_file: Passphrase = None,
    as_json: JsonObject = False,
    lang: Lang = None,
) -> int:
    """Adopt an agreement for a region: publish its very bytes; in force once the others do too."""
    from certx.app.machine.keystore import open_signer  # noqa: PLC0415
    from certx.app.machine.shipped import schemas  # noqa: PLC0415
    from certx.app.recognition.agreements import adopt  # noqa: PLC0415 - imports are the cost of a start
    from certx.cli.passphrase import passphrase_source  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.render.agreement import print_adoption  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, lang=lang)
    words = words_for(settings.lang)
    passphrase = passphrase_source(passphrase_file, words)
    signer = None if key is None else lambda: open_signer(key, settings.keys, passphrase=passphrase)
    print_adoption(adopt(file, region, source, schemas(), signer), words, as_json=as_json)
    return 0


_WITHDRAW = ['certx agreement withdraw agr-500000-510000-1 --as 510000 --source keys/ --why "replaced"']


@app.command("withdraw", epilog=epilog(_WITHDRAW, "0 2 3 9"))
def withdraw(
    agreement_id: Annotated[str, typer.Argument(metavar="ID", help="see: certx agreement list")],
    region: _Region,
    source: _Source,
    why: Annotated[str, typer.Option(metavar="TEXT", help="for the record")],
    at: Annotated[str | None, typer.Option(metavar="TIME", help="when, with its offset (default: now)")] = None,
    lang: Lang = None,
) -> int:
    """Withdraw an agreement for a region: at once, without the others, and for good."""
    from certx.app.machine.clock import now, read_moment  # noqa: PLC0415
    from certx.app.recognition import agreements  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.trust.source_lock import changing  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    words = words_for(load_settings(os.environ, lang=lang).lang)
    today = now()
    moment = today if at is None else read_moment(at)
    with changing(source):
        path = agreements.withdraw(agreement_id, region, source, why=why, at=moment, now=today)
    message = words.term("agreement-gone", agreement=agreement_id, region=region, path=path)
    print(message, file=sys.stderr)  # noqa: T201 - talk of a command
    return 0


agreement_view_command.add_to(app)
agreement_trial_command.add_to(app)
