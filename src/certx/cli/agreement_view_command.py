"""`certx agreement`, what changes nothing: agreements listed, shown, compared and tried out."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from certx.cli.help import epilog

_Lang = Annotated[str | None, typer.Option(metavar="LANG", help="zh or en")]
_Registry = Annotated[str | None, typer.Option(metavar="SRC", help="the trust registry")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to those that write."""
    app.command("list", epilog=epilog(["certx agreement list", "certx agreement list --csv list.csv"], "0 2 3 9"))(
        list_
    )
    app.command("show", epilog=epilog(_SHOW, "0 2 3 9"))(show)


def list_(
    registry: _Registry = None,
    csv: Annotated[
        str | None, typer.Option(metavar="FILE", help="what is in force today, as a 互认清单; - for stdout")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="as JSON, one object a line")] = False,
    lang: _Lang = None,
) -> int:
    """List every agreement of the registry, and where each stands."""
    from certx.app.agreements import agreements_in_use, files_in_use  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.clock import now  # noqa: PLC0415
    from certx.app.files import replace_file  # noqa: PLC0415
    from certx.app.stores import schemas  # noqa: PLC0415
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


_SHOW = ["certx agreement show agr-500000-510000-1", "certx agreement show ID --json"]


def show(
    agreement_id: Annotated[str, typer.Argument(metavar="ID", help="see: certx agreement list")],
    registry: _Registry = None,
    as_json: Annotated[bool, typer.Option("--json", help="as JSON")] = False,
    lang: _Lang = None,
) -> int:
    """Show an agreement as people read it, and where it stands."""
    from certx.app.agreements import agreement_named  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.clock import now  # noqa: PLC0415
    from certx.app.stores import schemas  # noqa: PLC0415
    from certx.cli.terminal import width, words_for  # noqa: PLC0415
    from certx.render.agreement import print_agreement, print_agreements  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, registry=registry, lang=lang)
    words, standings = words_for(settings.lang), agreement_named(settings, agreement_id, now=now())
    if as_json:
        print_agreements(standings, words, as_json=True)
        return 0
    for standing in standings:
        print_agreement(standing, schemas(), words, width=width())
    return 0
