"""`certx agreement new`: an agreement by options."""

import os
import sys
from typing import Annotated, Final

import typer

from certx.cli.documents import words_of, write_document
from certx.cli.help import epilog
from certx.cli.parameters import Lang, NewFile, Registry

_ALL = "certx agreement new --parties 500000,510000 --types business-licence --from 2026-01-01 --out agreement.json"
_EACH = (
    "certx agreement new --parties 500000,510000 --types driving-licence --from 2026-01-01 --paper-waived "
    "--in 500000:paperWaived=false --in 500000:minRemainingDays=30 --out -"
)
EPILOG: Final = epilog([_ALL, _EACH], "0 2 3 9")


def new(
    parties: Annotated[str, typer.Option(metavar="CODES", help="regions, parted by commas: two or more")],
    types: Annotated[str, typer.Option(metavar="TYPES", help="licence types, parted by commas")],
    first_day: Annotated[str, typer.Option("--from", metavar="DATE", help="first day")],
    out: NewFile,
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
    per_region: Annotated[
        list[str] | None,
        typer.Option("--in", metavar="CODE:TERM=VALUE", help="what is other in one accepting region; again for each"),
    ] = None,
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
    registry: Registry = None,
    lang: Lang = None,
) -> int:
    """Write a new agreement, for every party to read and sign."""
    from certx.app.machine.shipped import schemas  # noqa: PLC0415
    from certx.app.recognition.agreement_draft import Terms, draft_agreement  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.recognition.agreements import ids_in_use  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, registry=registry, lang=lang)
    terms = Terms(
        words_of(parties), words_of(types), first_day, last_day, agreement_id, version, title_zh, title_en,
        words_of(issued_in), words_of(accepted_in), words_of(scenario), min_remaining_days, max_status_age_days,
        replaces_zh, replaces_en, paper_waived, mode, legal_basis, contact, exceptions, words_of(supersedes),
        per_region or (),
    )  # fmt: skip
    document = draft_agreement(terms, schemas(), ids_in_use(settings))
    if write_document(out, document):
        facts = {"agreement": document["id"], "path": out, "parties": ", ".join(document["parties"])}
        print(words_for(settings.lang).term("agreement-written", **facts), file=sys.stderr)  # noqa: T201 - talk of a command
    return 0
