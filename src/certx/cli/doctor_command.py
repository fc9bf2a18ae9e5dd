"""`certx doctor`."""

import os
import sys
from typing import Annotated

import typer

from certx.cli.help import epilog
from certx.cli.parameters import Lang

EPILOG = epilog(["certx doctor", "certx doctor --json"], "0 2 3")


def doctor(
    as_json: Annotated[
        bool, typer.Option("--json", help="as JSON, one object a line for each finding and note")
    ] = False,
    lang: Lang = None,
) -> int:
    """What is wrong with this machine or soon will be, each with the command that mends it."""
    import orjson  # noqa: PLC0415 - imports are the cost of a start

    from certx.app.doctor.examination import examine  # noqa: PLC0415
    from certx.app.machine.clock import now  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.errors import Exit  # noqa: PLC0415
    from certx.render.doctor import complaint_lines, complaint_object, summary_lines  # noqa: PLC0415
    from certx.settings import load_settings_to_review  # noqa: PLC0415

    settings, mistake = load_settings_to_review(os.environ, lang=lang)
    words = words_for(settings.lang)
    examination = examine(settings, mistake, now=now())
    for complaint in (*examination.findings, *examination.notes):
        if as_json:
            print(orjson.dumps(complaint_object(complaint, words), default=str).decode())  # noqa: T201 - the output
        else:
            for line in complaint_lines(complaint, words):
                print(line)  # noqa: T201 - the output
    for line in summary_lines(examination.summary, len(examination.findings), words):
        print(line, file=sys.stderr)  # noqa: T201 - talk of a command
    return Exit.INVALID if examination.findings else Exit.OK
