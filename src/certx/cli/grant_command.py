"""`certx grant`: what somebody may use a licence for, at one site, how often and until when."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from certx.cli import grant_use_command
from certx.cli.documents import words_of, write_text
from certx.cli.help import epilog

_HOLDER = (
    "certx grant new --licence mine.txt --key mine --grantee 'Bank (fictional)' --grantee-key bank.jwk.json "
    "--claims name,capital --matter example-0001 --purpose-zh '开户' --to 2026-12-31 --quota bank=3 --out grant.txt"
)
_BODY = (
    "certx grant new --issuer 11510100MB9X0A012X --types business-licence --key samr-grants --grantee 'Exchange' "
    "--grantee-key exchange.jwk.json --claims name --matter example-0001 --purpose-zh '共享' --to 2026-12-31 "
    "--quota east=500 --quota west=500 --daily 50 --out grants.txt"
)
_REVOKE = "certx grant revoke grant.txt --key mine --out revocation.txt"
_TAKE = "certx grant revoke revocation.txt --take"

app = typer.Typer(
    help="Grants to use licences: new, show, present, use, revoke.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog=epilog([_HOLDER, grant_use_command.PRESENT, grant_use_command.USE, _REVOKE]),
)
app.command("present", epilog=epilog([grant_use_command.PRESENT], "0 2 3 7 9"))(grant_use_command.present)
app.command("use", epilog=epilog([grant_use_command.USE], "0 2 3 4 5 6 9"))(grant_use_command.use)

_Lang = Annotated[str | None, typer.Option(metavar="LANG", help="zh or en")]
_Registry = Annotated[str | None, typer.Option(metavar="SRC", help="the trust registry")]
_Passphrase = Annotated[
    Path | None,
    typer.Option("--passphrase-file", metavar="F", help="passphrase of KEY (else CERTX_PASSPHRASE, asked)"),
]


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
    passphrase_file: _Passphrase = None,
    registry: _Registry = None,
    lang: _Lang = None,
) -> int:
    """Grant the use of a licence that is yours, or, as a body, of those that you issued."""
    from certx.app.clock import now  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.grants import Wanted, grant_anew  # noqa: PLC0415
    from certx.app.keystore import open_signer  # noqa: PLC0415
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
    file: Annotated[Path, typer.Argument(metavar="FILE", help="grants, one on a line")],
    as_json: Annotated[bool, typer.Option("--json", help="as JSON, one object a line")] = False,
    lang: _Lang = None,
) -> int:
    """Show what grants say, proven or not, and how often they were used at this site."""
    from certx.app.clock import now  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.grant_use import counted_here  # noqa: PLC0415
    from certx.app.grants import read_grants  # noqa: PLC0415
    from certx.app.stores import schemas  # noqa: PLC0415
    from certx.cli.terminal import width, words_for  # noqa: PLC0415
    from certx.render.grant import print_grants  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, lang=lang)
    found = [(grant, counted_here(settings, grant, now=now())) for grant in read_grants(file)]
    print_grants(found, schemas(), words_for(settings.lang), as_json=as_json, width=width())
    return 0


@app.command("revoke", epilog=epilog([_REVOKE, _TAKE], "0 2 3 7 9"))
def revoke(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="a grant; with --take, a revocation")],
    key: Annotated[str | None, typer.Option(metavar="KEY", help="the key that signed the grant")] = None,
    out: Annotated[str, typer.Option(metavar="FILE", help="a new file, or - for stdout")] = "-",
    site: Annotated[str | None, typer.Option(metavar="SITE", help="of several grants, the one for this site")] = None,
    take: Annotated[bool, typer.Option("--take", help="at the site: know it from now on")] = False,
    passphrase_file: _Passphrase = None,
    lang: _Lang = None,
) -> int:
    """Revoke a grant: the grantor signs a revocation, and the site of the grant takes it."""
    from certx.app.clock import now  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.grant_use import take_revocation  # noqa: PLC0415
    from certx.app.grants import grant_for  # noqa: PLC0415
    from certx.app.keystore import open_signer  # noqa: PLC0415
    from certx.cli.passphrase import passphrase_source  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.errors import UsageError  # noqa: PLC0415
    from certx.recognition.grant_revocation import make_revocation  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, lang=lang)
    words = words_for(settings.lang)
    if take == (key is not None):
        raise UsageError("grant-revoke-how", hint="grant-revoke-how")
    if key is None:
        taken = take_revocation(settings, file, now=now())
        print(words.term("grant-revocation-taken", grant=taken.grant), file=sys.stderr)  # noqa: T201 - talk
        return 0
    grant = grant_for(file, site)
    signer = open_signer(key, settings.keys, passphrase=passphrase_source(passphrase_file, words))
    if write_text(out, make_revocation(grant, signer, issued_at=int(now())) + "\n"):
        told = words.term("grant-revocation-written", path=out, site=grant.terms.audience)
        print(told, file=sys.stderr)  # noqa: T201 - talk of a command
    return 0
