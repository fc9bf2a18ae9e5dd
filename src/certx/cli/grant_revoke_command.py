"""`certx grant revoke`: by the key that signed, at the site, or in the ledger of the body that granted."""

import os
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from certx.cli.documents import write_text
from certx.cli.help import epilog
from certx.cli.parameters import Lang, NewFile, OfSite, Passphrase

LISTED: Final = "certx grant revoke grants.txt --why 'contract ended'"
SIGNED: Final = "certx grant revoke grant.txt --key mine --out revocation.txt"
TAKEN: Final = "certx grant revoke revocation.txt --take"
EPILOG: Final = epilog([LISTED, SIGNED, TAKEN], "0 2 3 7 9")


def revoke(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="grants; with --take, a revocation")],
    why: Annotated[
        str | None, typer.Option(metavar="TEXT", help="by a body: end them by its status lists, for this reason")
    ] = None,
    key: Annotated[
        str | None, typer.Option(metavar="KEY", help="sign a revocation for its site, with the key of the grant")
    ] = None,
    take: Annotated[bool, typer.Option("--take", help="at the site: know it from now on")] = False,
    out: NewFile = "-",
    site: OfSite = None,
    passphrase_file: Passphrase = None,
    lang: Lang = None,
) -> int:
    """Revoke grants: a body by its status lists; any grantor by a revocation that the site of the grant takes."""
    from certx.app.machine.clock import now  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.recognition.grants import grant_for, grants_for  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.errors import UsageError  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, lang=lang)
    words = words_for(settings.lang)
    match why, key, take:
        case str(), None, False:
            from certx.app.recognition.grant_ledger import revoke_here  # noqa: PLC0415 - a ledger

            ended = revoke_here(settings, grants_for(file, site), why, now=now())
            told = words.term("grant-revoked-here", count=ended.changed + ended.unchanged)
        case None, str(), False:
            from certx.app.machine.keystore import open_signer  # noqa: PLC0415
            from certx.cli.passphrase import passphrase_source  # noqa: PLC0415
            from certx.recognition.grant_revocation import make_revocation  # noqa: PLC0415

            grant = grant_for(file, site)
            signer = open_signer(key, settings.keys, passphrase=passphrase_source(passphrase_file, words))
            if not write_text(out, make_revocation(grant, signer, issued_at=int(now())) + "\n"):
                return 0
            told = words.term("grant-revocation-written", path=out, site=grant.terms.audience)
        case None, None, True:
            from certx.app.verifying.grant_use import take_revocation  # noqa: PLC0415 - a database

            told = words.term("grant-revocation-taken", grant=take_revocation(settings, file, now=now()).grant)
        case _:
            raise UsageError("grant-revoke-how", hint="grant-revoke-how")
    print(told, file=sys.stderr)  # noqa: T201 - talk of a command
    return 0
