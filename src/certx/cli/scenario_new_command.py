"""`certx scenario new`: a scenario by options, from a wallet's query, or like another."""

import os
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from certx.cli.documents import words_of, write_document
from certx.cli.help import epilog
from certx.cli.parameters import Lang

_NEW = [
    "certx scenario new renewal --matter 0002 --name-zh '换证' --types driving-licence --requires sex --out r.json",
    "certx scenario new renewal --matter 0002 --name-zh '换证' --dcql query.json --out -",
    "certx scenario show company-branch --json > like.json",
    "certx scenario new our-branch --matter 0003 --name-zh '设立分公司' --like like.json --out our-branch.json",
]

EPILOG: Final = epilog(_NEW, "0 2 3 9")


def new(
    scenario_id: Annotated[str, typer.Argument(metavar="ID", help="also the name of its file")],
    matter: Annotated[str, typer.Option(metavar="CODE", help="the code of the matter")],
    name_zh: Annotated[str, typer.Option(metavar="TEXT", help="its name in Chinese")],
    out: Annotated[str, typer.Option(metavar="FILE", help="a new file, or - for stdout")],
    name_en: Annotated[str | None, typer.Option(metavar="TEXT", help="its name in English")] = None,
    types: Annotated[str | None, typer.Option(metavar="TYPES", help="licence types, any of which serves")] = None,
    requires: Annotated[str | None, typer.Option(metavar="CLAIMS", help="claims that must be shown")] = None,
    allows: Annotated[
        str | None, typer.Option(metavar="CLAIMS", help="all claims that may be asked for (default: the required)")
    ] = None,
    dcql: Annotated[
        Path | None, typer.Option(metavar="FILE", help="what is asked for, as a DCQL query (OpenID4VP)")
    ] = None,
    like: Annotated[
        Path | None, typer.Option(metavar="FILE", help="what is asked for, as another scenario asks for it")
    ] = None,
    version: Annotated[int, typer.Option(metavar="N", min=1, max=9999, help="version of the text")] = 1,
    min_remaining_days: Annotated[int | None, typer.Option(metavar="N", help="days to its last day, at least")] = None,
    max_status_age_days: Annotated[int | None, typer.Option(metavar="N", help="days of its status, at most")] = None,
    max_registry_age_days: Annotated[
        int | None, typer.Option(metavar="N", help="days of the registry, at most")
    ] = None,
    holder_binding: Annotated[
        bool | None,
        typer.Option("--holder-proven/--holder-unproven", help="must it be proven whose it is?", show_default=False),
    ] = None,
    paper_waived: Annotated[
        bool | None, typer.Option("--paper-waived/--paper-needed", help="need the paper be shown?", show_default=False)
    ] = None,
    first_day: Annotated[str | None, typer.Option("--from", metavar="DATE", help="first day")] = None,
    last_day: Annotated[str | None, typer.Option("--to", metavar="DATE", help="last day (default: open)")] = None,
    legal_basis: Annotated[str | None, typer.Option(metavar="TEXT", help="what it rests on")] = None,
    lang: Lang = None,
) -> int:
    """Write a new scenario: by options, from a wallet's query, or like another, of several licences too."""
    from certx.app.machine.shipped import schemas  # noqa: PLC0415
    from certx.app.recognition.scenarios import Asked, draft_scenario  # noqa: PLC0415 - imports are the cost of a start
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    words = words_for(load_settings(os.environ, lang=lang).lang)
    asked = Asked(
        scenario_id, matter, name_zh, name_en, words_of(types), words_of(requires), words_of(allows), dcql, like,
        version, min_remaining_days, max_status_age_days, max_registry_age_days, holder_binding,
        paper_waived, first_day, last_day, legal_basis,
    )  # fmt: skip
    if write_document(out, draft_scenario(asked, schemas())):
        print(words.term("scenario-written", scenario=scenario_id, path=out), file=sys.stderr)  # noqa: T201 - talk
    return 0
