"""`certx agreement list` and `show`: what regions agreed on, and where it stands."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from certx.cli.help import epilog
from certx.cli.parameters import JsonLines, JsonObject, Lang, Registry


def add_to(app: typer.Typer) -> None:
    """Add these commands to those that write."""
    app.command("list", epilog=epilog(_LIST, "0 2 3 9"))(list_)
    app.command("show", epilog=epilog(_SHOW, "0 2 3 9"))(show)


_LIST = ["certx agreement list", "certx agreement list --csv list.csv"]


def list_(
    registry: Registry = None,
    csv: Annotated[
        str | None, typer.Option(metavar="FILE", help="what is in force today, as a 互认清单; - for stdout")
    ] = None,
    as_json: JsonLines = False,
    lang: Lang = None,
) -> int:
    """List every agreement of the registry, and where each stands."""
    from certx.app.machine.clock import now  # noqa: PLC0415
    from certx.app.machine.files import replace_file  # noqa: PLC0415
    from certx.app.machine.shipped import schemas  # noqa: PLC0415
    from certx.app.recognition.agreements import agreements_in_use, files_in_use  # noqa: PLC0415 - imports are the cost of a start
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.render.agreement import print_agreements  # noqa: PLC0415
    from certx.render.agreement_csv import recognition_list  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415
    from certx.trust.files import Regions  # noqa: PLC0415

    settings = load_settings(os.environ, registry=registry, lang=lang)
    standings = agreements_in_use(settings, now=now())
    if csv is not None:
        data = recognition_list(standings, schemas(), Regions(files_in_use(settings)))
        if csv == "-":
            sys.stdout.buffer.write(data)
            return 0
        replace_file(Path(csv), data)
    if csv is None or as_json:
        print_agreements(standings, words_for(settings.lang), as_json=as_json)
    return 0


_SHOW = [
    "certx agreement show agr-500000-510000-1",
    "certx agreement show agreement.json --lang zh",
    "certx agreement show ID --json",
]


def show(
    name: Annotated[str, typer.Argument(metavar="ID", help="see: certx agreement list; or a file, yet to be signed")],
    registry: Registry = None,
    as_json: JsonObject = False,
    lang: Lang = None,
) -> int:
    """Show an agreement as people read it, and where it stands; of a file, the text that its parties sign."""
    from certx.app.machine.shipped import schemas  # noqa: PLC0415 - imports are the cost of a start
    from certx.cli.terminal import width, words_for  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings, catalogue = load_settings(os.environ, registry=registry, lang=lang), schemas()
    words = words_for(settings.lang)
    if Path(name).is_file() and not as_json:
        from certx.app.recognition.agreement_trial import read_proposal  # noqa: PLC0415
        from certx.render.agreement_text import ceremony_lines  # noqa: PLC0415

        print("\n".join(ceremony_lines(*read_proposal(Path(name), catalogue), catalogue, words)))  # noqa: T201
        return 0
    from certx.app.machine.clock import now  # noqa: PLC0415
    from certx.app.recognition.agreements import agreement_named  # noqa: PLC0415
    from certx.render.agreement import print_agreement, print_agreements  # noqa: PLC0415

    standings = agreement_named(settings, name, now=now())
    if as_json:
        print_agreements(standings, words, as_json=True)
        return 0
    for standing in standings:
        print_agreement(standing, catalogue, words, width=width())
    return 0
