"""`certx grant present`, by the grantee, and `certx grant use`, at the site."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from certx.cli.documents import words_of, write_text
from certx.cli.parameters import Grants, Lang, NewFile, OfSite, Passphrase, Registry

PRESENT = "certx grant present grant.txt --key bank --nonce N --claims name --out use.txt"
USE = "certx grant use use.txt --licence licence.txt --site bank --nonce N --matter example-0001 --json"


def present(
    file: Grants,
    key: Annotated[str, typer.Option(metavar="KEY", help="the grantee's key")],
    nonce: Annotated[str, typer.Option(metavar="N", help="what the site gave for this use")],
    claims: Annotated[
        str | None, typer.Option(metavar="CLAIMS", help="what is asked for (default: all that is granted)")
    ] = None,
    site: OfSite = None,
    out: NewFile = "-",
    passphrase_file: Passphrase = None,
    lang: Lang = None,
) -> int:
    """Show a grant to its site, with a proof that you are the grantee, for one use."""
    from certx.app.machine.clock import now  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.machine.keystore import open_signer  # noqa: PLC0415
    from certx.app.recognition.grants import grant_for, show_grant  # noqa: PLC0415
    from certx.cli.passphrase import passphrase_source  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, lang=lang)
    words, grant = words_for(settings.lang), grant_for(file, site)
    signer = open_signer(key, settings.keys, passphrase=passphrase_source(passphrase_file, words))
    shown = show_grant(grant, signer, nonce=nonce, claims=words_of(claims), now=now())
    if write_text(out, f"{shown}\n"):
        print(words.term("grant-shown", path=out, site=grant.terms.audience), file=sys.stderr)  # noqa: T201 - talk
    return 0


def use(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="what certx grant present wrote")],
    licence: Annotated[str, typer.Option(metavar="FILE", help="the licence, as certx verify takes it; - for stdin")],
    site: Annotated[str, typer.Option(metavar="SITE", help="who this site is, as grants name it")],
    nonce: Annotated[str, typer.Option(metavar="N", help="what this site gave for this use")],
    matter: Annotated[str, typer.Option(metavar="CODE", help="the matter that this site serves")],
    scenario: Annotated[
        str | None, typer.Option(metavar="ID", help="the matter: a scenario of the accepting region")
    ] = None,
    registry: Registry = None,
    region: Annotated[str | None, typer.Option(metavar="CODE", help="the region of this site")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="as certx verify --json")] = False,
    lang: Lang = None,
) -> int:
    """At the site: verify a licence and the grant to use it, count the use, and give out what was asked for alone."""
    from certx.app.machine.clock import now  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.verifying.desk import Desk, Form, Order  # noqa: PLC0415
    from certx.app.verifying.grant_use import licence_input, use_shown  # noqa: PLC0415
    from certx.cli.noting import noting, with_salt  # noqa: PLC0415
    from certx.cli.terminal import uses_colour, width, words_for  # noqa: PLC0415
    from certx.evidence import Expectation  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, registry=registry, region=region, lang=lang)
    words, items = words_for(settings.lang), licence_input(licence)
    using = use_shown(settings, file, audience=site, nonce=nonce, matter=matter)
    order = Order(settings, now(), expectation=Expectation(scenario=scenario, grant=using), language=words.language)
    if not as_json:
        order = order._replace(form=Form.SCREEN, colour=uses_colour(), width=width())
    order = with_salt(order, words, wanted=True)
    with noting(order, words) as note:
        done = Desk(order).together(items)
        sys.stdout.buffer.write(done.output)
        note(done.lines)
    return done.tally.exit
