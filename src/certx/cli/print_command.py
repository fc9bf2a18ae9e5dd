"""`certx print`."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from certx.cli.help import epilog
from certx.cli.parameters import Lang

EPILOG = epilog(
    [
        "certx print licence.txt --as pdf",
        "certx print issued.jsonl --as qr --out codes",
        "certx print issued.jsonl --as pdf --out licences --labels both",
        "certx print licence.txt --as pdf --font-path fonts --template our-layout.typ",
    ],
    "0 2 6 9",
)


def print_(
    inputs: Annotated[
        list[str], typer.Argument(metavar="CREDENTIAL...", help="as certx verify takes them", show_default=False)
    ],
    form: Annotated[
        str, typer.Option("--as", metavar="FORM", help="pdf, a licence to print, or qr, its codes alone (required)")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="where the files go", show_default=False)] = Path(),
    labels: Annotated[str, typer.Option(metavar="LANG", help="zh, en or both: what is printed beside claims")] = "zh",
    template: Annotated[
        Path | None, typer.Option(metavar="FILE", help="a layout of your own, or a folder of them (docs/printing.md)")
    ] = None,
    font_path: Annotated[Path | None, typer.Option(metavar="DIR", help="fonts to look for characters in first")] = None,
    size: Annotated[
        float, typer.Option(metavar="MM", min=1, max=1_000, help="qr: how large a code is printed, in millimetres")
    ] = 40.0,
    digits: Annotated[
        bool, typer.Option("--digits", help="qr: digits alone, for scanners that type on any keyboard layout")
    ] = False,
    svg: Annotated[bool, typer.Option("--svg", help="qr: SVG, not PNG")] = False,
    workers: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, show_default=False, help="processes for many (default: one for each core)"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object for each credential")] = False,
    lang: Lang = None,
) -> int:
    """Print credentials: a PDF/A of each, with its QR code and itself attached, or the code alone. None is verified."""
    from certx.app.issuing.progress import Counting  # noqa: PLC0415
    from certx.app.machine.clock import now  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.printing.run import PrintForm, PrintOrder, print_stream  # noqa: PLC0415
    from certx.app.printing.symbols import SymbolLook  # noqa: PLC0415
    from certx.app.verifying.inputs import open_inputs  # noqa: PLC0415
    from certx.app.verifying.run import cores  # noqa: PLC0415
    from certx.cli.mistake import one_of  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.render.printed import PrintedLines  # noqa: PLC0415
    from certx.render.sheet import Labels  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415
    from certx.verdict import worst  # noqa: PLC0415

    settings = load_settings(os.environ, lang=lang)
    if font_path is not None:
        settings = settings._replace(fonts=font_path)
    words = words_for(settings.lang)
    order = PrintOrder(
        settings, now(), PrintForm(one_of(form, PrintForm, "--as")),
        labels=Labels(one_of(labels, Labels, "--labels")), template=template,
        look=SymbolLook(size, digits, svg),
    )  # fmt: skip
    lines, counting, statuses = PrintedLines(words, as_json=as_json), Counting(words), set()
    try:
        for count, printed in enumerate(print_stream(open_inputs(inputs), order, out, workers=workers or cores()), 1):
            stream = sys.stdout if as_json or printed.error is None else sys.stderr
            stream.write(lines.of(printed.input, printed.files, printed.error))
            statuses.add(lines.status(printed.error))
            counting.seen(count)
    finally:
        counting.end()
    return worst(statuses)
