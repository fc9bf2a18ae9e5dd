"""`certx trust init`, `region`, `issuer`, `key`: writing the source of a registry, for review."""

import os
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from certx.cli.help import epilog

EPILOGS: Final = {
    "init": epilog(["certx trust init keys --root a,b,c --federation d,e,f --online g,h"], "0 2 7 9"),
    "region": epilog(["certx trust region keys 510000 --keys sc-1,sc-2,sc-3"], "0 2 3 7 9"),
    "issuer": epilog(
        ["certx trust issuer keys 11510100MB9X0A012X --region 510000 --zh 示例局 --en Bureau --types TYPE"],
        "0 2 3 9",
    ),
    "key": epilog(["certx trust key keys samr --issuer 11510100MB9X0A012X"], "0 2 3 7 9"),
}

_Lang = Annotated[str | None, typer.Option(metavar="LANG", help="zh or en")]
_Source = Annotated[Path, typer.Argument(metavar="SOURCE", help="the reviewed source, a folder of the shape of keys/")]
_KEYS = "names of your keys, or .jwk.json files, parted by commas"


def init(
    source: _Source,
    root: Annotated[str, typer.Option(metavar="KEYS", help=f"custodians of the root: {_KEYS}")],
    federation: Annotated[str, typer.Option(metavar="KEYS", help="who speaks for the federation")],
    online: Annotated[str, typer.Option(metavar="KEYS", help="the publisher's own: snapshot, timestamp")],
    catalogue: Annotated[str, typer.Option(metavar="KEYS", help="schemas and limits (default: the federation)")] = "",
    duty: Annotated[str, typer.Option(metavar="KEYS", help="suspensions at any hour (default: the federation)")] = "",
    threshold: Annotated[
        list[str] | None, typer.Option(metavar="ROLE=N", help="how many must sign (default: the majority)")
    ] = None,
    lang: _Lang = None,
) -> int:
    """Found a federation: who keeps its roles. Regions are added with `certx trust region`."""
    from certx.app.founding import find_keepers, found_federation, standard_roles  # noqa: PLC0415 - cost of a start
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, lang=lang)
    found = [find_keepers(_parts(names), settings.keys) for names in (root, federation, online, catalogue, duty)]
    path = found_federation(source, standard_roles(*found), _thresholds(threshold or []))
    print(words_for(settings.lang).term("source-written", path=path), file=sys.stderr)  # noqa: T201
    return 0


def region(
    source: _Source,
    code: Annotated[str, typer.Argument(help="code of the region (GB/T 2260)")],
    keys: Annotated[str, typer.Option(metavar="KEYS", help=f"its custodians: {_KEYS}")],
    status_keys: Annotated[
        str, typer.Option(metavar="KEYS", help="who publishes its status lists (default: its first)")
    ] = "",
    threshold: Annotated[
        int | None, typer.Option(metavar="N", help="how many must sign (default: the majority)")
    ] = None,
    lang: _Lang = None,
) -> int:
    """Let a region take part."""
    from certx.app.founding import add_region, find_keepers  # noqa: PLC0415 - imports are the cost of a start
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, lang=lang)
    keepers, status = (find_keepers(_parts(names), settings.keys) for names in (keys, status_keys))
    path = add_region(source, code, keepers, status, threshold)
    print(words_for(settings.lang).term("source-written", path=path), file=sys.stderr)  # noqa: T201
    return 0


def issuer(
    source: _Source,
    credit_code: Annotated[str, typer.Argument(metavar="CREDIT-CODE", help="its unified social credit code")],
    region: Annotated[str, typer.Option(metavar="CODE", help="the region that lists it")],
    zh: Annotated[str, typer.Option(metavar="NAME", help="its name in Chinese")],
    en: Annotated[str, typer.Option(metavar="NAME", help="its name in English")],
    types: Annotated[str, typer.Option(metavar="TYPES", help="licence types it may sign, parted by commas")],
    area: Annotated[str | None, typer.Option(metavar="CODE", help="where it acts (default: the region)")] = None,
    lang: _Lang = None,
) -> int:
    """List an issuer of a region; its keys are added with `certx trust key`."""
    from certx.app.founding import add_issuer  # noqa: PLC0415 - imports are the cost of a start
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    path = add_issuer(source, region, credit_code, name={"zh": zh, "en": en}, area=area or region, types=_parts(types))
    words = words_for(load_settings(os.environ, lang=lang).lang)
    print(words.term("source-written", path=path), file=sys.stderr)  # noqa: T201
    return 0


def key(
    source: _Source,
    name: Annotated[str, typer.Argument(metavar="KEY", help="name of one of your keys, or its .jwk.json file")],
    issuer: Annotated[str, typer.Option(metavar="ID", help="issuer's id or credit code")],
    since: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="first moment at which it may sign (default: now)")
    ] = None,
    status: Annotated[bool, typer.Option("--status", help="it signs status lists, not licences")] = False,
    lang: _Lang = None,
) -> int:
    """List a key of an issuer."""
    from certx.app.clock import now  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.founding import add_key, find_keepers  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.licence.model import time_text  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, lang=lang)
    (keeper,) = find_keepers([name], settings.keys)
    path = add_key(source, issuer, keeper, since or time_text(now()), member="statusKeys" if status else "keys")
    print(words_for(settings.lang).term("source-written", path=path), file=sys.stderr)  # noqa: T201
    return 0


def _parts(names: str) -> list[str]:
    return [name.strip() for name in names.split(",") if name.strip()]


def _thresholds(given: list[str]) -> dict[str, int]:
    from certx.errors import UsageError  # noqa: PLC0415

    found: dict[str, int] = {}
    for text in given:
        role, _, number = text.partition("=")
        if not (number.isascii() and number.isdigit()):
            raise UsageError("threshold-form", hint="threshold-form", value=text)
        found[role] = int(number)
    return found
