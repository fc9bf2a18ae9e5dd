"""`certx status checkpoint` and `receipt`: what was issued when."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from certx.cli.help import epilog
from certx.cli.parameters import JsonObject, Lang, Passphrase, Registry

CHECKPOINT = "certx status checkpoint --issuer 11510100MB9X0A012X --key log --out keys/510000"
RECEIPT = "certx status receipt ID > receipt.json"
CHECKPOINT_EPILOG = epilog([CHECKPOINT, f"{CHECKPOINT} --digests"], "0 2 3 7 9")
RECEIPT_EPILOG = epilog([RECEIPT, "certx verify licence.txt --receipt receipt.json"], "0 2 3 6 9")


def checkpoint(
    issuer: Annotated[str, typer.Option(metavar="ID", help="issuer's id or credit code")],
    key: Annotated[str, typer.Option(metavar="KEY", help="log key: a file, or the name of one of yours")],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="where it goes, such as keys/<region>")],
    passphrase_file: Passphrase = None,
    digests: Annotated[
        bool, typer.Option("--digests", help="the whole log too, so that no holder needs a receipt")
    ] = False,
    anew: Annotated[bool, typer.Option("--anew", help="even if the log does not go on from what lies there")] = False,
    registry: Registry = None,
    as_json: JsonObject = False,
    lang: Lang = None,
) -> int:
    """Sign the head of the log of all that the issuer issued: do so after each batch, and at least daily.

    Once it is published with the registry it proves, should a key be stolen, which licences are older than that.
    """
    import orjson  # noqa: PLC0415 - imports are the cost of a start

    from certx.app.machine.clock import now  # noqa: PLC0415
    from certx.app.machine.keystore import open_signer  # noqa: PLC0415
    from certx.app.status.issuance_log import publish_checkpoint  # noqa: PLC0415
    from certx.cli.passphrase import passphrase_source  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.keys.encoding import base64url  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, registry=registry, lang=lang)
    words = words_for(settings.lang)
    signer = open_signer(key, settings.keys, passphrase=passphrase_source(passphrase_file, words))
    published = publish_checkpoint(issuer, signer, out, settings, now=now(), with_digests=digests, anew=anew)
    if as_json:
        row = {
            "path": str(published.path), "size": published.head.size, "root": base64url(published.head.root),
            "digests": str(published.digests) if published.digests is not None else None,
        }  # fmt: skip
        print(orjson.dumps(row).decode())  # noqa: T201 - the output of a command
    print(words.term("checkpoint-written", size=published.head.size, path=published.path), file=sys.stderr)  # noqa: T201
    return 0


def receipt(
    licence_ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="identifiers of licences", show_default=False)
    ] = None,
    ids: Annotated[str | None, typer.Option(metavar="FILE", help="more identifiers, one a line; - is stdin")] = None,
    size: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, show_default=False,
            help="the log as it was with N licences (default: as a compromise of the key names it, else as it is now)",
        ),
    ] = None,
    registry: Registry = None,
    lang: Lang = None,
) -> int:  # fmt: skip
    """Prove that licences are in the log of what was issued: one JSON object a line."""
    import orjson  # noqa: PLC0415 - imports are the cost of a start

    from certx.app.status.proving import make_receipts  # noqa: PLC0415
    from certx.app.status.statuses import read_ids  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415
    from certx.trust.receipt import receipt_object  # noqa: PLC0415

    settings = load_settings(os.environ, registry=registry, lang=lang)
    wanted = [*(licence_ids or ()), *(read_ids(ids) if ids is not None else ())]
    for made in make_receipts(wanted, settings, size=size):
        print(orjson.dumps(receipt_object(made)).decode())  # noqa: T201 - the output of a command
    return 0
