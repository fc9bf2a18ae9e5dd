"""`certx trust key`: the life of a listed key, in the reviewed source of a registry."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from certx.cli.help import epilog

if TYPE_CHECKING:
    from certx.app.denying import Change
    from certx.app.key_life import Place
    from certx.trust.lifecycle import Row
    from certx.trust.registry import State
    from certx.trust.rehearsal import Uses

_ADD = "certx trust key add keys samr --issuer 11510100MB9X0A012X"
_ROTATE = "certx trust key rotate keys samr samr-2027 --dry-run"
_COMPROMISE = "certx trust key compromise keys samr --since 2026-11-01 --why 'theft at the bureau' --dry-run"

app = typer.Typer(
    help="The life of a listed key: add, rotate, retire, suspend, compromise.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog=epilog([_ADD, _ROTATE, _COMPROMISE]),
)

_Lang = Annotated[str | None, typer.Option(metavar="LANG", help="zh or en")]
_Source = Annotated[Path, typer.Argument(metavar="SOURCE", help="the reviewed source, a folder of the shape of keys/")]
_Own = "name of one of your keys, or its .jwk.json file"
_Key = Annotated[str, typer.Argument(metavar="KEY", help=f"kid of a listed key, 8 or more characters of it; {_Own}")]
_Why = Annotated[str | None, typer.Option(metavar="TEXT", help="the reason, for everybody to read")]
_Dry = Annotated[bool, typer.Option("--dry-run", help="tell what it would do to licences, and write nothing")]
_Duty = Annotated[bool, typer.Option("--duty", help="at once, by the federation's duty desk, not by the region")]
_Json = Annotated[bool, typer.Option("--json", help="as one JSON object")]


@app.command("add", epilog=epilog([_ADD, f"{_ADD} --status"], "0 2 3 7 9"))
def add(
    source: _Source,
    name: Annotated[str, typer.Argument(metavar="KEY", help=_Own)],
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
    lang: _Lang = None,
) -> int:
    """List a key of an issuer or of a counter."""
    from certx.app.clock import now, read_moment  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.founding import find_keepers  # noqa: PLC0415
    from certx.app.key_life import add_key  # noqa: PLC0415
    from certx.app.source_lock import changing  # noqa: PLC0415
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
    source: _Source,
    old: Annotated[str, typer.Argument(metavar="OLD", help=f"kid of a listed key, 8 or more characters of it; {_Own}")],
    new: Annotated[str, typer.Argument(metavar="NEW", help=_Own)],
    at: Annotated[str | None, typer.Option(metavar="TIME", help="when the new key begins (default: now)")] = None,
    overlap: Annotated[int, typer.Option(metavar="DAYS", min=0, max=3650, help="how long both may sign")] = 30,
    dry: _Dry = False,
    as_json: _Json = False,
    lang: _Lang = None,
) -> int:
    """Let a new key take the place of an old one. What the old one signed before stays good."""
    from certx.app.founding import find_keepers  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.key_life import rotate_key  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    (keeper,) = find_keepers([new], load_settings(os.environ, lang=lang).keys)

    def change(place: "Place", uses: "Uses | None", now: float) -> "Change":
        begins = _moment(at, now)
        return rotate_key(source, place, keeper, at=begins, overlap_days=overlap, now=now, uses=uses, dry=dry)

    return _run(source, old, change, dry=dry, as_json=as_json, lang=lang)


@app.command("retire", epilog=epilog(["certx trust key retire keys samr --at 2027-01-01"], "0 2 3 7 9"))
def retire(
    source: _Source,
    key: _Key,
    at: Annotated[str | None, typer.Option(metavar="TIME", help="from when on it signs nothing (default: now)")] = None,
    why: _Why = None,
    dry: _Dry = False,
    as_json: _Json = False,
    lang: _Lang = None,
) -> int:
    """End the use of a key: no new signatures; what it signed before stays good."""
    from certx.trust.lifecycle import retire as take_step  # noqa: PLC0415 - imports are the cost of a start

    def step(row: "Row", now: float) -> dict[str, Any]:
        return take_step(row, _moment(at, now), now, why)

    return _run(source, key, _stepping(source, step, dry=dry), dry=dry, as_json=as_json, lang=lang)


@app.command("suspend", epilog=epilog(["certx trust key suspend keys samr --why 'inquiry 17' --duty"], "0 2 3 7 9"))
def suspend(
    source: _Source,
    key: _Key,
    why: _Why = None,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="when the inquiry began (default: now)")] = None,
    duty: _Duty = False,
    lift: Annotated[bool, typer.Option("--lift", help="the inquiry is over and found nothing")] = False,
    dry: _Dry = False,
    as_json: _Json = False,
    lang: _Lang = None,
) -> int:
    """Put a key under inquiry, or end that. Meanwhile nobody can tell what its licences are worth; none is invalid."""
    from certx.app.denying import lift_denial  # noqa: PLC0415 - imports are the cost of a start
    from certx.trust.lifecycle import check_why, reinstate  # noqa: PLC0415
    from certx.trust.lifecycle import suspend as take_step  # noqa: PLC0415
    from certx.trust.registry import State  # noqa: PLC0415

    def step(row: "Row", now: float) -> dict[str, Any]:
        return reinstate(row, now, why) if lift else take_step(row, _moment(since, now), now, check_why(why))

    def lifting(place: "Place", uses: "Uses | None", _: float) -> "Change":
        return lift_denial(source, "key", place.row["kid"], uses=uses, dry=dry)

    change = _stepping(source, step, dry=dry)
    if duty:
        change = lifting if lift else _denying(source, State.SUSPENDED, since, why, dry=dry)
    return _run(source, key, change, dry=dry, as_json=as_json, lang=lang)


@app.command("compromise", epilog=epilog([_COMPROMISE], "0 2 3 7 9"))
def compromise(
    source: _Source,
    key: _Key,
    since: Annotated[
        str, typer.Option(metavar="TIME", help="since when it must be assumed; or: always, if that is not known")
    ],
    why: Annotated[str, typer.Option(metavar="TEXT", help="the reason, for everybody to read")],
    duty: _Duty = False,
    repository: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", show_default=False,
            help="the repository: the last checkpoint in it before TIME proves what is older (with --duty)",
        ),
    ] = None,
    dry: _Dry = False,
    as_json: _Json = False,
    lang: _Lang = None,
) -> int:  # fmt: skip
    """A key is in wrong hands: what it signed since then is invalid, what is older needs proof of its age."""
    from certx.errors import UsageError  # noqa: PLC0415
    from certx.trust.lifecycle import compromise as take_step  # noqa: PLC0415 - imports are the cost of a start
    from certx.trust.registry import State  # noqa: PLC0415

    began = None if since == "always" else since

    def step(row: "Row", now: float) -> dict[str, Any]:
        return take_step(row, None if began is None else _moment(began, now), now, why)

    change = _stepping(source, step, dry=dry)
    if repository is not None and (not duty or began is None):
        raise UsageError("checkpoint-duty", hint="checkpoint-duty")
    if duty:
        change = _denying(source, State.COMPROMISED, since, why, dry=dry, repository=repository)
    return _run(source, key, change, dry=dry, as_json=as_json, lang=lang)


_Changing = Callable[["Place", "Uses | None", float], "Change"]


def _moment(text: str | None, now: float) -> float:
    from certx.app.clock import read_moment  # noqa: PLC0415 - imports are the cost of a start

    return int(now) if text is None else read_moment(text)


def _stepping(source: Path, step: "Callable[[Row, float], dict[str, Any]]", *, dry: bool) -> _Changing:
    """A step that the region takes."""
    from certx.app.key_life import change_key  # noqa: PLC0415 - imports are the cost of a start

    return lambda place, uses, now: change_key(source, place, lambda row: step(row, now), uses, dry=dry)


def _denying(
    source: Path, state: "State", since: str | None, why: str | None, *, dry: bool, repository: Path | None = None
) -> _Changing:
    """A step that the duty desk takes; `repository`: what was published in it witnesses what is older."""
    from certx.app.denying import add_denial  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.key_life import listed_from, witnessed_by  # noqa: PLC0415
    from certx.trust.lifecycle import check_why  # noqa: PLC0415

    def change(place: "Place", uses: "Uses | None", now: float) -> "Change":
        began = listed_from(place) if since == "always" else _moment(since, now)
        more = None if repository is None else witnessed_by(repository, place, before=began)
        return add_denial(
            source, "key", place.row["kid"],
            state=state, since=began, why=check_why(why), now=now, uses=uses, dry=dry, more=more,
        )  # fmt: skip

    return change


def _run(source: Path, reference: str, change: _Changing, *, dry: bool, as_json: bool, lang: str | None) -> int:
    """Find the key, change something about it, and tell what that does."""
    from certx.app.clock import now  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.key_life import find_key  # noqa: PLC0415
    from certx.app.key_uses import known_uses  # noqa: PLC0415
    from certx.app.source_lock import changing  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.render.key_life import print_change  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, lang=lang)
    with changing(source, dry=dry), known_uses(settings) as uses:
        done = change(find_key(source, reference, settings.keys), uses, now())
    print_change(done, source, words_for(settings.lang), as_json=as_json)
    return 0
