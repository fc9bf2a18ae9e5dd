"""`certx trust key suspend`, `compromise`: a key that is not to be relied on, by its region or by the duty desk."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from certx.cli.help import epilog
from certx.cli.parameters import JsonObject, Lang
from certx.cli.trust_key_step import Changing, change_listed_key, moment_of, region_step
from certx.cli.trust_parameters import DryRun, InquirySince, Lift, ListedKey, Source, Why

if TYPE_CHECKING:
    from certx.app.trust.denying import Change
    from certx.app.trust.key_life import Place
    from certx.trust.lifecycle import Row
    from certx.trust.registry import State
    from certx.trust.rehearsal import Uses

COMPROMISE: Final = "certx trust key compromise keys samr --since 2026-11-01 --why 'theft at the bureau' --dry-run"
EPILOGS: Final = {
    "suspend": epilog(["certx trust key suspend keys samr --why 'inquiry 17' --duty"], "0 2 3 7 9"),
    "compromise": epilog([COMPROMISE], "0 2 3 7 9"),
}

_Duty = Annotated[bool, typer.Option("--duty", help="at once, by the federation's duty desk, not by the region")]


def suspend(
    source: Source,
    key: ListedKey,
    why: Why = None,
    since: InquirySince = None,
    duty: _Duty = False,
    lift: Lift = False,
    dry: DryRun = False,
    as_json: JsonObject = False,
    lang: Lang = None,
) -> int:
    """Put a key under inquiry, or end that. Meanwhile nobody can tell what its licences are worth; none is invalid."""
    from certx.app.trust.denying import lift_denial  # noqa: PLC0415 - imports are the cost of a start
    from certx.trust.lifecycle import check_why, reinstate  # noqa: PLC0415
    from certx.trust.lifecycle import suspend as take_step  # noqa: PLC0415
    from certx.trust.registry import State  # noqa: PLC0415

    def step(row: "Row", now: float) -> dict[str, Any]:
        return reinstate(row, now, why) if lift else take_step(row, moment_of(since, now), now, check_why(why))

    def lifting(place: "Place", uses: "Uses | None", _: float) -> "Change":
        return lift_denial(source, "key", place.row["kid"], uses=uses, dry=dry)

    change = region_step(source, step, dry=dry)
    if duty:
        change = lifting if lift else _denying(source, State.SUSPENDED, since, why, dry=dry)
    return change_listed_key(source, key, change, dry=dry, as_json=as_json, lang=lang)


def compromise(
    source: Source,
    key: ListedKey,
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
    dry: DryRun = False,
    as_json: JsonObject = False,
    lang: Lang = None,
) -> int:  # fmt: skip
    """A key is in wrong hands: what it signed since then is invalid, what is older needs proof of its age."""
    from certx.errors import UsageError  # noqa: PLC0415 - imports are the cost of a start
    from certx.trust.lifecycle import compromise as take_step  # noqa: PLC0415
    from certx.trust.registry import State  # noqa: PLC0415

    began = None if since == "always" else since

    def step(row: "Row", now: float) -> dict[str, Any]:
        return take_step(row, None if began is None else moment_of(began, now), now, why)

    change = region_step(source, step, dry=dry)
    if repository is not None and (not duty or began is None):
        raise UsageError("checkpoint-duty", hint="checkpoint-duty")
    if duty:
        change = _denying(source, State.COMPROMISED, since, why, dry=dry, repository=repository)
    return change_listed_key(source, key, change, dry=dry, as_json=as_json, lang=lang)


def _denying(
    source: Path, state: "State", since: str | None, why: str | None, *, dry: bool, repository: Path | None = None
) -> Changing:
    """A step that the duty desk takes; `repository`: what was published in it witnesses what is older."""
    from certx.app.trust.denying import add_denial  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.trust.key_life import listed_from, witnessed_by  # noqa: PLC0415
    from certx.trust.lifecycle import check_why  # noqa: PLC0415

    def change(place: "Place", uses: "Uses | None", now: float) -> "Change":
        began = listed_from(place) if since == "always" else moment_of(since, now)
        more = None if repository is None else witnessed_by(repository, place, before=began)
        return add_denial(
            source, "key", place.row["kid"],
            state=state, since=began, why=check_why(why), now=now, uses=uses, dry=dry, more=more,
        )  # fmt: skip

    return change
