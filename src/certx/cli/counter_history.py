"""`certx counter --history`: the log of verdicts, shown or exported."""

import sys
from pathlib import Path

from certx.app.machine.clock import now, read_moment
from certx.app.machine.files import replacing
from certx.app.registry.names import RegistryNames
from certx.app.registry.sources import LocalSources
from certx.app.verifying.verdict_log import read_history
from certx.i18n import Words
from certx.licence.model import day_ends_at
from certx.render.history import history_csv, history_json, history_lines
from certx.render.width import printable
from certx.settings import Settings


def show_history(
    settings: Settings, words: Words, *, since: str | None, day: str | None, csv: Path | None, as_json: bool
) -> None:
    """Write the verdicts of a day, since a time, or all that are kept."""
    moment = now()
    start = read_moment(day or since or "1970-01-02")
    until = day_ends_at(day) if day is not None else float("inf")
    records = read_history(settings, since=start, until=until, now=moment)
    sources = LocalSources(settings, now=moment)
    told = Words(words.language, RegistryNames(sources))
    if csv is not None and str(csv) == "-":
        sys.stdout.buffer.writelines(history_csv(records, told, sources.region))
    elif csv is not None:
        with replacing(csv, mode=0o600) as file:
            file.writelines(history_csv(records, told, sources.region))
    elif as_json:
        sys.stdout.buffer.writelines(history_json(records))
    else:
        count = 0
        for count, line in enumerate(history_lines(records, told, sources.region), 1):  # noqa: B007 - counted
            sys.stdout.write(f"{printable(line)}\n")
        if not count:
            sys.stderr.write(f"{words.term('history-empty')}\n")
