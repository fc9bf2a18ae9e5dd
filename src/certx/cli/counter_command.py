"""`certx counter`."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from certx.cli.help import epilog
from certx.cli.parameters import Lang, Passphrase, Registry

EPILOG = epilog(
    [
        "certx counter",
        "certx counter --scenario open-a-company --watch scans/",
        "certx counter --scenario marriage-registration --key hall-1",
        "certx counter --plain --serial /dev/ttyACM0",
        "certx counter --plain --json < scans.txt",
        "certx counter --history --day 2026-11-23",
        "certx counter --history --csv history.csv",
    ],
    "0 2 9",
)


def counter(
    plain: Annotated[bool, typer.Option("--plain", help="read lines from stdin, print one verdict each")] = False,
    serial: Annotated[
        str | None, typer.Option(metavar="DEV", help="a scanner's serial port: COM3, /dev/ttyACM0")
    ] = None,
    baud: Annotated[int, typer.Option(metavar="N", help="its speed; USB-COM scanners do not mind")] = 9600,
    scenario: Annotated[
        str | None, typer.Option(metavar="ID", help="the matter: a scenario of the accepting region")
    ] = None,
    key: Annotated[
        str | None, typer.Option(metavar="KEY", help="the counter's key: F4, or the line request, asks holders")
    ] = None,
    passphrase_file: Passphrase = None,
    watch: Annotated[
        Path | None, typer.Option(metavar="DIR", help="verify each file that a camera or scanner drops there")
    ] = None,
    history: Annotated[bool, typer.Option("--history", help="show the log of verdicts")] = False,
    day: Annotated[str | None, typer.Option(metavar="DAY", help="with --history: of that day")] = None,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="with --history: since a day or time")] = None,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="with --history: write it as CSV")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="with --plain or --history: one JSON object a line")] = False,
    region: Annotated[str | None, typer.Option(metavar="CODE", help="the accepting region's code")] = None,
    registry: Registry = None,
    lang: Lang = None,
) -> int:
    """A counter that stays open: scan after scan, a verdict for each; and the log of verdicts."""
    from certx.cli.terminal import words_for  # noqa: PLC0415 - imports are the cost of a start
    from certx.settings import load_settings  # noqa: PLC0415

    given = {"--plain": plain, "--serial": serial, "--watch": watch, "--history": history, "--day": day}
    _check_options({**given, "--since": since, "--csv": csv, "--json": as_json, "--key": key})
    settings = load_settings(os.environ, region=region, registry=registry, lang=lang)
    words = words_for(settings.lang)
    if history:
        from certx.cli.counter_history import show_history  # noqa: PLC0415

        show_history(settings, words, since=since, day=day, csv=csv, as_json=as_json)
        return 0
    from certx.app.counter.session import Counter  # noqa: PLC0415

    asking = None
    if key is not None:
        from certx.app.machine.keystore import open_signer  # noqa: PLC0415
        from certx.app.recognition.requests import asking_counter  # noqa: PLC0415
        from certx.cli.passphrase import passphrase_source  # noqa: PLC0415

        signer = open_signer(key, settings.keys, passphrase=passphrase_source(passphrase_file, words))
        asking = asking_counter(settings, None, signer)
    desk = Counter(settings, scenario=scenario, asking=asking)
    try:
        if plain:
            from certx.app.counter.serial_port import serial_chunks  # noqa: PLC0415
            from certx.cli.counter_plain import run_plain, stdin_chunks  # noqa: PLC0415

            def tell(code: str) -> None:
                sys.stderr.write(f"certx: {words.term(code)}\n")

            chunks = serial_chunks(serial, baud, tell) if serial is not None else stdin_chunks()
            run_plain(desk, chunks, words, as_json=as_json, is_scanner=serial is not None)
        else:
            from certx.cli.counter_screen import run_screen  # noqa: PLC0415

            run_screen(desk, words.language, watch=watch, serial=serial, baud=baud)
    finally:
        from certx.app.machine.clock import now  # noqa: PLC0415

        lost = desk.close(now=now())
        if lost:
            sys.stderr.write(f"certx: {words.term('log-lost', count=lost)}\n")
    return 0


def _check_options(options: dict[str, object]) -> None:
    """Raise `UsageError` on options that do not go together."""
    given = {name for name, value in options.items() if value}
    needed, allowed = "certx counter", {"--serial", "--watch", "--key"}
    if "--history" in given:
        needed, allowed = "--history", {"--history", "--json" if "--csv" not in given else "--csv"}
        allowed |= {"--since" if "--day" not in given else "--day"}
    elif "--plain" in given:
        needed, allowed = "--plain", {"--plain", "--serial", "--json", "--key"}
    others = sorted(given - allowed)
    if others:
        from certx.errors import UsageError  # noqa: PLC0415 - imports are the cost of a start

        raise UsageError("options-apart", hint="usage", first=needed, second=others[0])
