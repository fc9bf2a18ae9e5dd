"""`certx grant`: what somebody may use a licence for, at one site, how often and until when."""

import os
import sys
from typing import Annotated

import typer

from certx.cli import grant_revoke_command, grant_use_command
from certx.cli.documents import words_of, write_text
from certx.cli.help import epilog
from certx.cli.parameters import Grants, JsonLines, Lang, Passphrase, Registry

_HOLDER = (
    "certx grant new --licence mine.txt --key mine --grantee 'Bank (fictional)' --grantee-key bank.jwk.json "
    "--claims name,capital --matter example-0001 --purpose-zh '开户' --to 2026-12-31 --quota bank=3 --out grant.txt"
)
_BODY = (
    "certx grant new --issuer 11510100MB9X0A012X --types business-licence --key samr-grants --grantee 'Exchange' "
    "--grantee-key exchange.jwk.json --claims name --matter example-0001 --purpose-zh '共享' --to 2026-12-31 "
    "--quota east=500 --quota west=500 --daily 50 --out grants.txt"
)

app = typer.Typer(
    help="Grants to use licences: new, show, present, use, revoke.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog=epilog([_HOLDER, grant_use_command.PRESENT, grant_use_command.USE, grant_revoke_command.SIGNED]),
)
app.command("present", epilog=epilog([grant_use_command.PRESENT], "0 2 3 7 9"))(grant_use_command.present)
app.command("use", epilog=epilog([grant_use_command.USE], "0 2 3 4 5 6 9"))(grant_use_command.use)


@app.command("new", epilog=epilog([_HOLDER, _BODY], "0 2 3 7 9"))
def new(
    key: Annotated[str, typer.Option(metavar="KEY", help="the grantor's: the holder's, or one listed for grants")],
    grantee: Annotated[str, typer.Option(metavar="NAME", help="who may use it, as people know them")],
    grantee_key: Annotated[str, typer.Option(metavar="KEY", help="their public key: a .jwk.json file")],
    claims: Annotated[str, typer.Option(metavar="CLAIMS", help="what of the licence, parted by commas")],
    matter: Annotated[str, typer.Option(metavar="CODE", help="the code of the matter")],
    purpose_zh: Annotated[str, typer.Option(metavar="TEXT", help="what for, in Chinese")],
    last_day: Annotated[str, typer.Option("--to", metavar="DATE", help="last day")],
    quotas: Annotated[
        list[str], typer.Option("--quota", metavar="SITE=N", help="where, and how often; a grant for each site")
    ],
    out: Annotated[str, typer.Option(metavar="FILE", help="a new file, or - for stdout; a grant on each line")],
    purpose_en: Annotated[str | None, typer.Option(metavar="TEXT", help="what for, in English")] = None,
    first_day: Annotated[str | None, typer.Option("--from", metavar="DATE", help="first day (default: today)")] = None,
    daily: Annotated[int | None, typer.Option(metavar="N", min=1, help="how often a day at a site, at most")] = None,
    licence: Annotated[str | None, typer.Option(metavar="FILE", help="by its holder: the one licence")] = None,
    issuer: Annotated[str | None, typer.Option(metavar="ID", help="by the body that issued: its id")] = None,
    types: Annotated[str | None, typer.Option(metavar="TYPES", help="by a body: licence types of its own")] = None,
    passphrase_file: Passphrase = None,
    registry: Registry = None,
    lang: Lang = None,
) -> int:
    """Grant the use of a licence that is yours, or, as a body, of those that you issued."""
    from certx.app.machine.clock import now  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.machine.keystore import open_signer  # noqa: PLC0415
    from certx.app.recognition.grants import Wanted, grant_anew  # noqa: PLC0415
    from certx.cli.passphrase import passphrase_source  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, registry=registry, lang=lang)
    words = words_for(settings.lang)
    signer = open_signer(key, settings.keys, passphrase=passphrase_source(passphrase_file, words))
    purpose = {"zh": purpose_zh} if purpose_en is None else {"zh": purpose_zh, "en": purpose_en}
    wanted = Wanted(
        grantee, grantee_key, words_of(claims), matter, purpose, last_day, quotas, first_day, daily,
        licence, issuer, words_of(types),
    )  # fmt: skip
    made = grant_anew(settings, wanted, signer, now=now())
    if write_text(out, "".join(f"{text}\n" for text in made)):
        print(words.term("grant-written", count=len(made), path=out), file=sys.stderr)  # noqa: T201 - talk
    return 0


@app.command("show", epilog=epilog(["certx grant show grant.txt", "certx grant show grant.txt --json"], "0 2 3 9"))
def show(
    file: Grants,
    as_json: JsonLines = False,
    lang: Lang = None,
) -> int:
    """Show what grants say, proven or not, and how often they were used at this site."""
    from certx.app.machine.clock import now  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.machine.shipped import schemas  # noqa: PLC0415
    from certx.app.recognition.grants import read_grants  # noqa: PLC0415
    from certx.app.verifying.grant_use import counted_here  # noqa: PLC0415
    from certx.cli.terminal import width, words_for  # noqa: PLC0415
    from certx.render.grant import print_grants  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, lang=lang)
    found = [(grant, counted_here(settings, grant, now=now())) for grant in read_grants(file)]
    print_grants(found, schemas(), words_for(settings.lang), as_json=as_json, width=width())
    return 0


app.command("revoke", epilog=grant_revoke_command.EPILOG)(grant_revoke_command.revoke)
