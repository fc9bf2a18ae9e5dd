"""`certx trust deny`: what the federation's duty desk puts out of use, at any hour."""

import os
from typing import Annotated, Final

import typer

from certx.cli.help import epilog
from certx.cli.parameters import JsonObject, Lang
from certx.cli.trust_parameters import DryRun, InquirySince, Lift, Source, Why

EPILOG: Final = epilog(
    [
        "certx trust deny keys --region 510000 --why 'keys of its desk are missing' --dry-run",
        "certx trust deny keys --issuer 11510100MB9X0A012X --why 'inquiry 17'",
        "certx trust deny keys --issuer 11510100MB9X0A012X --lift",
    ],
    "0 2 3 9",
)


def deny(
    source: Source,
    region: Annotated[str | None, typer.Option(metavar="CODE", help="a region and all of its issuers")] = None,
    issuer: Annotated[str | None, typer.Option(metavar="ID", help="an issuer, by its id or credit code")] = None,
    key: Annotated[str | None, typer.Option(metavar="KID", help="a key; see also: certx trust key suspend")] = None,
    why: Why = None,
    since: InquirySince = None,
    lift: Lift = False,
    dry: DryRun = False,
    as_json: JsonObject = False,
    lang: Lang = None,
) -> int:
    """Put a region, an issuer or a key under inquiry for all counters, or end that.

    Meanwhile nobody can tell what its licences are worth, and none is invalid. It takes effect once the role `duty` has
    signed, and holds until it is lifted.
    """
    from certx.app.machine.clock import now, read_moment  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.trust.denying import add_denial, lift_denial  # noqa: PLC0415
    from certx.app.trust.key_life import find_key  # noqa: PLC0415
    from certx.app.trust.key_uses import known_uses  # noqa: PLC0415
    from certx.app.trust.source_lock import changing  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.errors import UsageError  # noqa: PLC0415
    from certx.render.key_life import print_change  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415
    from certx.trust.lifecycle import check_why  # noqa: PLC0415
    from certx.trust.registry import State  # noqa: PLC0415

    named = [(kind, name) for kind, name in (("region", region), ("issuer", issuer), ("key", key)) if name is not None]
    if len(named) != 1:
        raise UsageError("deny-what", hint="deny-what")
    settings, moment = load_settings(os.environ, lang=lang), now()
    kind, name = named[0]
    if kind == "key":
        name = find_key(source, name, settings.keys).row["kid"]
    with changing(source, dry=dry), known_uses(settings) as uses:
        if lift:
            done = lift_denial(source, kind, name, uses=uses, dry=dry)
        else:
            began = int(moment) if since is None else read_moment(since)
            done = add_denial(
                source, kind, name, state=State.SUSPENDED, since=began, why=check_why(why), now=moment,
                uses=uses, dry=dry,
            )  # fmt: skip
    print_change(done, source, words_for(settings.lang), as_json=as_json)
    return 0
