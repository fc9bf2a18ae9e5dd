"""`certx present`."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from certx.cli.help import epilog
from certx.cli.parameters import Lang, Passphrase, Registry

EPILOG = epilog(
    [
        "certx present licence.txt --request request.txt --key mine --out answer.txt",
        "certx present card.txt --request request.png --key mine --query second-person",
        "certx present licence.txt --request request.txt --key mine --yes --out answer.txt --json",
        "certx present a.txt b.txt --scenario ID --audience ID --nonce N --key mine --show 'holders[*].name'",
    ],
    "0 2 3 7 9",
)


def present(
    inputs: Annotated[
        list[str], typer.Argument(metavar="CREDENTIAL...", help="as certx verify takes them", show_default=False)
    ],
    keys: Annotated[
        list[str] | None, typer.Option("--key", metavar="KEY", help="your key, which the credential names; repeatable")
    ] = None,
    request: Annotated[
        str | None, typer.Option(metavar="FILE", help="the counter's request: its text, a picture of its code, or -")
    ] = None,
    scenario: Annotated[str | None, typer.Option(metavar="ID", help="without a request: the matter")] = None,
    audience: Annotated[str | None, typer.Option(metavar="ID", help="without a request: who asks")] = None,
    nonce: Annotated[str | None, typer.Option(metavar="N", help="without a request: their nonce")] = None,
    queries: Annotated[
        list[str] | None,
        typer.Option("--query", metavar="ID", help="what of several to answer, as certx scenario show names it"),
    ] = None,
    more: Annotated[
        list[str] | None, typer.Option("--show", metavar="CLAIM", help="show this claim too; repeatable")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="agree without being asked")] = False,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="where the answer goes (default: stdout)")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="tell what was shown, to whom and for which matter, as one JSON object")
    ] = False,
    passphrase_file: Passphrase = None,
    registry: Registry = None,
    lang: Lang = None,
) -> int:
    """Show what a counter asks for and no more, with a proof that it is yours, once you agreed to each claim."""
    import orjson  # noqa: PLC0415 - imports are the cost of a start

    from certx.app.machine.clock import now  # noqa: PLC0415
    from certx.app.machine.keystore import open_signer  # noqa: PLC0415
    from certx.app.recognition.presenting import Wanted, answer_of, prepare, symbols_of, write_answer  # noqa: PLC0415
    from certx.app.registry.sources import LocalSources  # noqa: PLC0415
    from certx.cli.passphrase import passphrase_source  # noqa: PLC0415
    from certx.cli.terminal import width, words_for  # noqa: PLC0415
    from certx.errors import UsageError  # noqa: PLC0415
    from certx.present import answer  # noqa: PLC0415
    from certx.render.presentation import answer_object, asker_lines, offer_lines  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings, moment = load_settings(os.environ, registry=registry, lang=lang), now()
    words, sources = words_for(settings.lang), LocalSources(settings, now=moment)
    wanted = Wanted(request, scenario, audience, nonce, queries or [], more or [])
    found = prepare(inputs, wanted, sources, now=moment)
    secret = passphrase_source(passphrase_file, words)
    signers = {
        signer.kid: signer for name in keys or [] for signer in [open_signer(name, settings.keys, passphrase=secret)]
    }
    lines = [*asker_lines(found.purpose, found.scenario, found.counter, found.expires, words, width=width())]
    for offer in found.offers:
        schema, is_bound = sources.latest_schema(offer.licence_type), offer.holder in signers
        lines += offer_lines(offer, schema, words, width=width(), is_bound=is_bound)
    print("\n".join(lines), file=sys.stderr)  # noqa: T201 - talk of a command
    if not yes:
        if sys.stdin is None or not sys.stdin.isatty() or request == "-":
            raise UsageError("present-consent", hint="present-consent")
        print(words.term("present-ask"), end="", file=sys.stderr, flush=True)  # noqa: T201
        if sys.stdin.readline().strip().lower() not in {"y", "yes", "是", "同意"}:
            raise UsageError("present-declined")
    made = [*answer(found.offers, found.purpose, signers.get, issued_at=int(now()))]
    answered = answer_of(made, found.scenario)
    if out is not None or not as_json:
        write_answer(answered, out)
    if as_json:
        shown = [(o, one, symbols_of(one, sources)) for o, one in zip(found.offers, made, strict=True)]
        told = answer_object(found.purpose, found.scenario, found.counter, found.expires, shown)
        where = {"path": None if out is None else str(out), "answer": answered if out is None else None}
        print(orjson.dumps({**told, **where}).decode())  # noqa: T201 - the output of a command
    elif out is not None:
        print(words.term("present-written", path=out), file=sys.stderr)  # noqa: T201
    return 0
