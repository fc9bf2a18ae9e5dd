"""`certx request`."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from certx.cli.help import epilog
from certx.cli.parameters import Lang, Passphrase, Registry

EPILOG = epilog(
    [
        "certx request --scenario marriage-registration --key hall-1 --out request.txt",
        "certx request --scenario marriage-registration --for hall --key hall-1 --as qr --out request.png",
        "certx verify answer.json --request request.txt",
    ],
    "0 2 3 7 9",
)


def request(
    scenario: Annotated[str, typer.Option(metavar="ID", help="the matter: see certx scenario list")],
    key: Annotated[str, typer.Option(metavar="KEY", help="the counter's key, which its region lists")],
    counter: Annotated[
        str | None, typer.Option("--for", metavar="COUNTER", help="its id, or the name in it (default: by KEY)")
    ] = None,
    minutes: Annotated[int, typer.Option(metavar="N", min=1, max=1440, help="how long it may be answered")] = 10,
    form: Annotated[str, typer.Option("--as", metavar="FORM", help="text, or qr: a picture, for --out")] = "text",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="where it goes (default: stdout)")] = None,
    dcql: Annotated[bool, typer.Option("--dcql", help="say what is asked for in DCQL too, for wallets")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="as one JSON object, with the nonce")] = False,
    passphrase_file: Passphrase = None,
    registry: Registry = None,
    region: Annotated[str | None, typer.Option(metavar="CODE", help="the region of the counter")] = None,
    lang: Lang = None,
) -> int:
    """Ask a holder for what a matter needs: a request that this counter signs, good for one answer."""
    import orjson  # noqa: PLC0415 - imports are the cost of a start

    from certx.app.carrier.request_files import write_request  # noqa: PLC0415
    from certx.app.machine.clock import now  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.machine.keystore import open_signer  # noqa: PLC0415
    from certx.app.recognition.requests import ask, asking_counter  # noqa: PLC0415
    from certx.cli.passphrase import passphrase_source  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.errors import UsageError  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    if as_json and out is not None:
        raise UsageError("options-apart", hint="usage", first="--json", second="--out")
    if form not in {"text", "qr"} or (form == "qr" and out is None):
        raise UsageError("request-form-out", hint="request-form-out")
    settings = load_settings(os.environ, registry=registry, region=region, lang=lang)
    words = words_for(settings.lang)
    signer = open_signer(key, settings.keys, passphrase=passphrase_source(passphrase_file, words))
    asking = asking_counter(settings, counter, signer, minutes=minutes)
    made, _kept = ask(settings, scenario, asking, now=now(), for_wallets=dcql)
    if as_json:
        document = {"request": made.text, "counter": made.counter, "scenario": made.scenario, "nonce": made.nonce}
        print(orjson.dumps({**document, "expires": made.expires}).decode())  # noqa: T201 - the output of a command
    else:
        write_request(made, out, as_picture=form == "qr")
    told = words.term("request-made", counter=made.counter, scenario=made.scenario, at=made.expires)
    print(told, file=sys.stderr)  # noqa: T201 - talk of a command
    return 0
