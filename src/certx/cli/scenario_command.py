"""`certx scenario`: what a matter asks of a licence at the counters of a region."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from certx.cli import scenario_new_command
from certx.cli.help import epilog
from certx.cli.parameters import JsonLines, Lang, Registry

app = typer.Typer(
    help="What matters ask for: new, check, show, list, export.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog=epilog(["certx scenario list", "certx scenario export company-branch --dcql"]),
)

_Region = Annotated[str | None, typer.Option(metavar="CODE", help="the region whose counters are meant")]
_Id = Annotated[str, typer.Argument(metavar="ID", help="see: certx scenario list")]

app.command("new", epilog=scenario_new_command.EPILOG)(scenario_new_command.new)


@app.command("check", epilog=epilog(["certx scenario check keys/catalogue/scenario-company-branch.json"], "0 2 3 9"))
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="scenario documents")],
    as_json: JsonLines = False,
    lang: Lang = None,
) -> int:
    """Check scenarios before they are published: form, types, claims, more required than allowed."""
    from certx.app.machine.shipped import schemas  # noqa: PLC0415
    from certx.app.recognition.scenarios import check_files  # noqa: PLC0415 - imports are the cost of a start
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.errors import Exit  # noqa: PLC0415
    from certx.render.problems import print_problems  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    words = words_for(load_settings(os.environ, lang=lang).lang)
    problems = check_files(files, schemas())
    print_problems(problems, words, as_json=as_json)
    if not problems:
        print(words.term("scenario-good", count=len(files)), file=sys.stderr)  # noqa: T201 - talk of a command
    return Exit.INVALID if problems else Exit.OK


@app.command("list", epilog=epilog(["certx scenario list --registry keys --region 500000"], "0 2 9"))
def list_(
    registry: Registry = None,
    region: _Region = None,
    as_json: JsonLines = False,
    lang: Lang = None,
) -> int:
    """List the scenarios of a region and those that all regions share."""
    from certx.app.recognition.scenarios import scenarios_in_use  # noqa: PLC0415 - imports are the cost of a start
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.render.scenario import print_scenarios  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, registry=registry, region=region, lang=lang)
    print_scenarios(list(scenarios_in_use(settings)), words_for(settings.lang), as_json=as_json)
    return 0


@app.command("show", epilog=epilog(["certx scenario show company-branch", "certx scenario show ID --json"], "0 2 3 9"))
def show(
    scenario_id: _Id,
    registry: Registry = None,
    region: _Region = None,
    as_json: Annotated[bool, typer.Option("--json", help="as JSON")] = False,
    lang: Lang = None,
) -> int:
    """Show a scenario as people read it."""
    from certx.app.machine.shipped import schemas  # noqa: PLC0415
    from certx.app.recognition.agreements import pretty  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.recognition.scenarios import scenario_named  # noqa: PLC0415
    from certx.cli.terminal import width, words_for  # noqa: PLC0415
    from certx.render.scenario import print_scenario  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, registry=registry, region=region, lang=lang)
    document, scenario = scenario_named(settings, scenario_id)
    if as_json:
        sys.stdout.buffer.write(pretty(document))
    else:
        print_scenario(document, scenario, schemas(), words_for(settings.lang), width=width())
    return 0


@app.command("export", epilog=epilog(["certx scenario export company-branch --dcql > query.json"], "0 2 3 9"))
def export(
    scenario_id: _Id,
    dcql: Annotated[bool, typer.Option("--dcql", help="as a DCQL query (OpenID4VP 1.0)")],
    registry: Registry = None,
    region: _Region = None,
    lang: Lang = None,
) -> int:
    """Write what a scenario asks for in the language of wallets."""
    from certx.app.machine.shipped import schemas  # noqa: PLC0415
    from certx.app.recognition.agreements import pretty  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.recognition.scenarios import query_for_wallets, scenario_named  # noqa: PLC0415
    from certx.errors import UsageError  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    if not dcql:
        raise UsageError("scenario-export", hint="scenario-export")
    settings = load_settings(os.environ, registry=registry, region=region, lang=lang)
    _document, scenario = scenario_named(settings, scenario_id)
    sys.stdout.buffer.write(pretty(query_for_wallets(scenario, schemas())))
    return 0
