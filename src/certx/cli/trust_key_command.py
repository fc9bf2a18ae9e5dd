"""`certx trust key`: the life of a listed key, in the reviewed source of a registry."""

import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from certx.cli import trust_key_doubt
from certx.cli.help import epilog
from certx.cli.parameters import JsonObject, Lang
from certx.cli.trust_key_step import change_listed_key, moment_of, region_step
from certx.cli.trust_parameters import LISTED_KEY, OWN_KEY, DryRun, ListedKey, Source, Why

if TYPE_CHECKING:
    from certx.app.trust.denying import Change
    from certx.app.trust.key_life import Place
    from certx.trust.lifecycle import Row
    from certx.trust.rehearsal import Uses

_ADD = "certx trust key add keys samr --issuer 11510100MB9X0A012X"
_ROTATE = "certx trust key rotate keys samr samr-2027 --dry-run"

app = typer.Typer(
    help="The life of a listed key: add, rotate, retire, suspend, compromise.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog=epilog([_ADD, _ROTATE, trust_key_doubt.COMPROMISE]),
)


@app.command("add", epilog=epilog([_ADD, f"{_ADD} --status"], "0 2 3 7 9"))
def add(
    source: Source,
    name: Annotated[str, typer.Argument(metavar="KEY", help=OWN_KEY)],
    issuer: Annotated[str | None, typer.Option(metavar="ID", help="issuer's id or credit code")] = None,
    counter: Annotated[
        str | None, typer.Option(metavar="ID", help="counter's id: it signs requests for presentations, not licences")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="first moment at which it may sign (default: now)")
    ] = None,
    status: Annotated[bool, typer.Option("--status", help="it signs status lists, not licences")] = False,
    log: Annotated[bool, typer.Option("--log", help="it signs what the issuer's log says, not licences")] = False,
    grant: Annotated[bool, typer.Option("--grant", help="it signs grants to use licences, not licences")] = False,
    lang: Lang = None,
) -> int:
    """List a key of an issuer or of a counter."""
    from certx.app.machine.clock import now, read_moment  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.trust.founding import find_keepers  # noqa: PLC0415
    from certx.app.trust.key_life import add_key  # noqa: PLC0415
    from certx.app.trust.source_lock import changing  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.errors import UsageError  # noqa: PLC0415
    from certx.licence.model import time_text  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415
    from certx.trust.lifecycle import KeyPurpose  # noqa: PLC0415

    if status + log + grant > 1:
        raise UsageError("key-two-purposes")
    owner = counter if issuer is None else issuer
    if owner is None or (counter is not None and (issuer is not None or status or log or grant)):
        raise UsageError("key-one-owner", hint="key-one-owner")
    settings = load_settings(os.environ, lang=lang)
    (keeper,) = find_keepers([name], settings.keys)
    chosen = {KeyPurpose.STATUS: status, KeyPurpose.LOG: log, KeyPurpose.GRANTS: grant}
    use = next((use for use, is_meant in chosen.items() if is_meant), KeyPurpose.LICENCES)
    use = use if counter is None else KeyPurpose.REQUESTS
    moment = now()
    start = time_text(moment if since is None else read_moment(since))
    with changing(source):
        path = add_key(source, owner, keeper, start, use=use, now=moment)
    print(words_for(settings.lang).term("source-written", path=path), file=sys.stderr)  # noqa: T201
    return 0


@app.command("rotate", epilog=epilog([_ROTATE, "certx trust key rotate keys samr samr-2027 --overlap 60"], "0 2 3 7 9"))
def rotate(
    source: Source,
    old: Annotated[str, typer.Argument(metavar="OLD", help=LISTED_KEY)],
    new: Annotated[str, typer.Argument(metavar="NEW", help=OWN_KEY)],
    at: Annotated[str | None, typer.Option(metavar="TIME", help="when the new key begins (default: now)")] = None,
    overlap: Annotated[int, typer.Option(metavar="DAYS", min=0, max=3650, help="how long both may sign")] = 30,
    dry: DryRun = False,
    as_json: JsonObject = False,
    lang: Lang = None,
) -> int:
    """Let a new key take the place of an old one. What the old one signed before stays good."""
    from certx.app.trust.founding import find_keepers  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.trust.key_life import rotate_key  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    (keeper,) = find_keepers([new], load_settings(os.environ, lang=lang).keys)

    def change(place: "Place", uses: "Uses | None", now: float) -> "Change":
        begins = moment_of(at, now)
        return rotate_key(source, place, keeper, at=begins, overlap_days=overlap, now=now, uses=uses, dry=dry)

    return change_listed_key(source, old, change, dry=dry, as_json=as_json, lang=lang)


@app.command("retire", epilog=epilog(["certx trust key retire keys samr --at 2027-01-01"], "0 2 3 7 9"))
def retire(
    source: Source,
    key: ListedKey,
    at: Annotated[str | None, typer.Option(metavar="TIME", help="from when on it signs nothing (default: now)")] = None,
    why: Why = None,
    dry: DryRun = False,
    as_json: JsonObject = False,
    lang: Lang = None,
) -> int:
    """End the use of a key: no new signatures; what it signed before stays good."""
    from certx.trust.lifecycle import retire as take_step  # noqa: PLC0415 - imports are the cost of a start

    def step(row: "Row", now: float) -> dict[str, Any]:
        return take_step(row, moment_of(at, now), now, why)

    return change_listed_key(source, key, region_step(source, step, dry=dry), dry=dry, as_json=as_json, lang=lang)


for _command in (trust_key_doubt.suspend, trust_key_doubt.compromise):
    app.command(_command.__name__, epilog=trust_key_doubt.EPILOGS[_command.__name__])(_command)
