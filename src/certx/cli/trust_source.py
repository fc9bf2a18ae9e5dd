"""`certx trust init`, `region`, `issuer`, `role`: writing the source of a registry, for review."""

import os
import sys
from typing import Annotated, Final

import typer

from certx.cli.documents import words_of
from certx.cli.help import epilog
from certx.cli.parameters import Lang
from certx.cli.trust_parameters import Source

EPILOGS: Final = {
    "init": epilog(["certx trust init keys --root a,b,c --federation d,e,f --online g,h"], "0 2 7 9"),
    "region": epilog(["certx trust region keys 510000 --keys sc-1,sc-2,sc-3"], "0 2 3 7 9"),
    "issuer": epilog(
        ["certx trust issuer keys 11510100MB9X0A012X --region 510000 --zh 示例局 --en Bureau --types TYPE"],
        "0 2 3 9",
    ),
    "role": epilog(["certx trust role keys root --keys root-1,root-2,root-6.jwk.json"], "0 2 3 7 9"),
}

_KEYS = "names of your keys, or .jwk.json files, parted by commas"


def init(
    source: Source,
    root: Annotated[str, typer.Option(metavar="KEYS", help=f"custodians of the root: {_KEYS}")],
    federation: Annotated[str, typer.Option(metavar="KEYS", help="who speaks for the federation")],
    online: Annotated[str, typer.Option(metavar="KEYS", help="the publisher's own: snapshot, timestamp")],
    catalogue: Annotated[str, typer.Option(metavar="KEYS", help="schemas and limits (default: the federation)")] = "",
    duty: Annotated[str, typer.Option(metavar="KEYS", help="suspensions at any hour (default: the federation)")] = "",
    threshold: Annotated[
        list[str] | None, typer.Option(metavar="ROLE=N", help="how many must sign (default: the majority)")
    ] = None,
    lang: Lang = None,
) -> int:
    """Found a federation: who keeps its roles. Regions are added with `certx trust region`."""
    from certx.app.trust.founding import find_keepers, found_federation, standard_roles  # noqa: PLC0415 - cost of a start
    from certx.app.trust.source_lock import changing  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, lang=lang)
    found = [find_keepers(words_of(names), settings.keys) for names in (root, federation, online, catalogue, duty)]
    with changing(source):
        path = found_federation(source, standard_roles(*found), _thresholds(threshold or []))
    print(words_for(settings.lang).term("source-written", path=path), file=sys.stderr)  # noqa: T201
    return 0


def region(
    source: Source,
    code: Annotated[str, typer.Argument(help="code of the region (GB/T 2260)")],
    keys: Annotated[str, typer.Option(metavar="KEYS", help=f"its custodians: {_KEYS}")],
    status_keys: Annotated[
        str, typer.Option(metavar="KEYS", help="who publishes its status lists (default: its first)")
    ] = "",
    threshold: Annotated[
        int | None, typer.Option(metavar="N", help="how many must sign (default: the majority)")
    ] = None,
    lang: Lang = None,
) -> int:
    """Let a region take part."""
    from certx.app.trust.founding import add_region, find_keepers  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.trust.source_lock import changing  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, lang=lang)
    keepers, status = (find_keepers(words_of(names), settings.keys) for names in (keys, status_keys))
    with changing(source):
        path = add_region(source, code, keepers, status, threshold)
    print(words_for(settings.lang).term("source-written", path=path), file=sys.stderr)  # noqa: T201
    return 0


def issuer(
    source: Source,
    credit_code: Annotated[str, typer.Argument(metavar="CREDIT-CODE", help="its unified social credit code")],
    region: Annotated[str, typer.Option(metavar="CODE", help="the region that lists it")],
    zh: Annotated[str, typer.Option(metavar="NAME", help="its name in Chinese")],
    en: Annotated[str, typer.Option(metavar="NAME", help="its name in English")],
    types: Annotated[str, typer.Option(metavar="TYPES", help="licence types it may sign, parted by commas")],
    area: Annotated[str | None, typer.Option(metavar="CODE", help="where it acts (default: the region)")] = None,
    lang: Lang = None,
) -> int:
    """List an issuer of a region; its keys are added with `certx trust key add`."""
    from certx.app.trust.founding import add_issuer  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.trust.source_lock import changing  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    names, area = {"zh": zh, "en": en}, area or region
    with changing(source):
        path = add_issuer(source, region, credit_code, name=names, area=area, types=words_of(types))
    words = words_for(load_settings(os.environ, lang=lang).lang)
    print(words.term("source-written", path=path), file=sys.stderr)  # noqa: T201
    return 0


def role(
    source: Source,
    name: Annotated[str, typer.Argument(metavar="ROLE", help="such as root, targets, duty, region-510000")],
    keys: Annotated[str, typer.Option(metavar="KEYS", help=f"who keeps it from now on: their names in it, {_KEYS}")],
    threshold: Annotated[int | None, typer.Option(metavar="N", help="how many must sign (default: as before)")] = None,
    days: Annotated[
        int | None, typer.Option(metavar="N", help="for how many days a signature is good (default: as before)")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="as JSON")] = False,
    lang: Lang = None,
) -> int:
    """Change who keeps a role: a custodian was lost, a passphrase forgotten, a key stolen.

    A key that keeps no role any more is dropped. A new root is signed by its old custodians and by its new ones.
    """
    import orjson  # noqa: PLC0415 - imports are the cost of a start

    from certx.app.trust.custodians import change_role  # noqa: PLC0415
    from certx.app.trust.source_lock import changing  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.render.key_life import next_lines  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, lang=lang)
    words = words_for(settings.lang)
    with changing(source):
        done = change_role(source, name, words_of(keys), settings.keys, threshold=threshold, days=days)
    if as_json:
        print(orjson.dumps({**done._asdict(), "path": str(done.path)}).decode())  # noqa: T201 - output of a command
    out = ", ".join(done.dismissed) or "–"
    named = {"role": done.role, "names": ", ".join(done.keepers), "out": out}
    print(words.term("role-changed", **named, threshold=done.threshold), file=sys.stderr)  # noqa: T201 - talk
    for line in next_lines(done.path, source, done.signed_by, words):
        print(line, file=sys.stderr)  # noqa: T201
    return 0


def _thresholds(given: list[str]) -> dict[str, int]:
    from certx.errors import UsageError  # noqa: PLC0415

    found: dict[str, int] = {}
    for text in given:
        role, _, number = text.partition("=")
        if not (number.isascii() and number.isdigit()):
            raise UsageError("threshold-form", hint="threshold-form", value=text)
        found[role] = int(number)
    return found
