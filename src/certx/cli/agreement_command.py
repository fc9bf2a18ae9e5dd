"""`certx agreement`: which licences regions take of each other."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from certx.cli import agreement_trial_command, agreement_view_command
from certx.cli.documents import words_of, write_document
from certx.cli.help import epilog

_EPILOG = epilog(["certx agreement list", "certx agreement show agr-500000-510000-1"])

app = typer.Typer(
    help="Agreements on mutual recognition: new, sign, withdraw, list, show, diff, test.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog=_EPILOG,
)

_Lang = Annotated[str | None, typer.Option(metavar="LANG", help="zh or en")]
_Registry = Annotated[str | None, typer.Option(metavar="SRC", help="the trust registry")]
_Region = Annotated[str, typer.Option("--as", metavar="CODE", help="the region that acts")]
_Source = Annotated[Path, typer.Option(metavar="DIR", help="the reviewed source, of the shape of keys/")]

_NEW = [
    "certx agreement new --parties 500000,510000 --types business-licence --from 2026-01-01 --out agreement.json",
    "certx agreement new --parties 500000,510000 --types driving-licence --from 2026-01-01 --paper-waived --out -",
]


@app.command("new", epilog=epilog(_NEW, "0 2 3 9"))
def new(
    parties: Annotated[str, typer.Option(metavar="CODES", help="regions, parted by commas: two or more")],
    types: Annotated[str, typer.Option(metavar="TYPES", help="licence types, parted by commas")],
    first_day: Annotated[str, typer.Option("--from", metavar="DATE", help="first day")],
    out: Annotated[str, typer.Option(metavar="FILE", help="a new file, or - for stdout")],
    last_day: Annotated[str | None, typer.Option("--to", metavar="DATE", help="last day (default: open)")] = None,
    agreement_id: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="default: agr-PARTIES-N, the first free N")
    ] = None,
    version: Annotated[int, typer.Option(metavar="N", min=1, max=9999, help="version of the text")] = 1,
    title_zh: Annotated[str | None, typer.Option(metavar="TEXT", help="its name in Chinese")] = None,
    title_en: Annotated[str | None, typer.Option(metavar="TEXT", help="its name in English")] = None,
    issued_in: Annotated[str | None, typer.Option(metavar="CODES", help="whose licences (default: all)")] = None,
    accepted_in: Annotated[str | None, typer.Option(metavar="CODES", help="who takes them (default: all)")] = None,
    scenario: Annotated[str | None, typer.Option(metavar="IDS", help="for these matters only")] = None,
    min_remaining_days: Annotated[int | None, typer.Option(metavar="N", help="days to its last day, at least")] = None,
    max_status_age_days: Annotated[int | None, typer.Option(metavar="N", help="days of its status, at most")] = None,
    replaces_zh: Annotated[str | None, typer.Option(metavar="TEXT", help="material replaced, in Chinese")] = None,
    replaces_en: Annotated[str | None, typer.Option(metavar="TEXT", help="material replaced, in English")] = None,
    paper_waived: Annotated[
        bool | None, typer.Option("--paper-waived/--paper-needed", help="need the paper be shown?", show_default=False)
    ] = None,
    mode: Annotated[str | None, typer.Option(metavar="MODE", help="data, file or presentation")] = None,
    legal_basis: Annotated[str | None, typer.Option(metavar="TEXT", help="what it rests on")] = None,
    contact: Annotated[str | None, typer.Option(metavar="TEXT", help="whom to ask")] = None,
    exceptions: Annotated[str | None, typer.Option(metavar="TEXT", help="what it leaves out, for people")] = None,
    supersedes: Annotated[str | None, typer.Option(metavar="IDS", help="agreements whose place it takes")] = None,
    registry: _Registry = None,
    lang: _Lang = None,
) -> int:
    """Write a new agreement, for every party to read and sign."""
    from certx.app.agreement_draft import Terms, draft_agreement  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.agreements import ids_in_use  # noqa: PLC0415
    from certx.app.stores import schemas  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, registry=registry, lang=lang)
    terms = Terms(
        words_of(parties), words_of(types), first_day, last_day, agreement_id, version, title_zh, title_en,
        words_of(issued_in), words_of(accepted_in), words_of(scenario), min_remaining_days, max_status_age_days,
        replaces_zh, replaces_en, paper_waived, mode, legal_basis, contact, exceptions, words_of(supersedes),
    )  # fmt: skip
    document = draft_agreement(terms, schemas(), ids_in_use(settings))
    if write_document(out, document):
        facts = {"agreement": document["id"], "path": out, "parties": ", ".join(document["parties"])}
        print(words_for(settings.lang).term("agreement-written", **facts), file=sys.stderr)  # noqa: T201 - talk of a command
    return 0


_SIGN = ["certx agreement sign agreement.json --as 510000 --source keys/"]


@app.command("sign", epilog=epilog(_SIGN, "0 2 3 7 9"))
def sign(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="the agreement: its very bytes are published")],
    region: _Region,
    source: _Source,
    key: Annotated[
        str | None, typer.Option(metavar="KEY", help="also sign it, as evidence: a key that the region lists")
    ] = None,
    passphrase_file: Annotated[
        Path | None, typer.Option(metavar="F", help="passphrase of KEY (else CERTX_PASSPHRASE, else asked)")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="as JSON")] = False,
    lang: _Lang = None,
) -> int:
    """Adopt an agreement for a region: publish its very bytes; in force once the others do too."""
    from certx.app.agreements import adopt  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.keystore import open_signer  # noqa: PLC0415
    from certx.app.stores import schemas  # noqa: PLC0415
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
    lang: _Lang = None,
) -> int:
    """Withdraw an agreement for a region: at once, without the others, and for good."""
    from certx.app import agreements  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.clock import now, read_moment  # noqa: PLC0415
    from certx.app.source_lock import changing  # noqa: PLC0415
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
