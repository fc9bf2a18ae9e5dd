"""The parts of the counter's screen, as text: what is shown when, and how it fits."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from certx.app.counter.background_sync import BackgroundSync
from certx.app.counter.scan_buffer import ScanBuffer
from certx.app.counter.session import Counter, RegistryAge
from certx.i18n import Words, show_age, show_time
from certx.i18n.names import Named
from certx.reason import Outcome, Result
from certx.recognition.scenario import Scenario
from certx.render.verdict_sheet import OUTCOME_MARKS, UNREADABLE, UNREADABLE_MARK, Row, SheetWriter
from certx.render.verdict_text import VerdictText
from certx.render.width import fold, printable
from certx.schema.catalogue import LicenceSchema
from certx.tui.shift import Seen, Shift
from certx.verdict import Answer

BACKGROUNDS: Final = {
    Outcome.ACCEPTED: "bold white on #0a7a2f",
    Outcome.NOT_ACCEPTABLE: "bold black on #f0b429",
    Outcome.UNDETERMINED: "bold white on #1f5fa8",
    Outcome.INVALID: "bold white on #b3141b",
    UNREADABLE: "bold white on #6b2f82",
}
_QUIET: Final = "on #303030"
MARKED: Final = "reverse"
DROPPED: Final = "bold white on #6b2f82"
_COLOURS: Final = {
    Outcome.ACCEPTED: "green", Outcome.NOT_ACCEPTABLE: "yellow", Outcome.UNDETERMINED: "#5fa8f0",
    Outcome.INVALID: "#ff5f5f", UNREADABLE: "magenta",
}  # fmt: skip
_ORDER: Final = (*reversed(Outcome), UNREADABLE)
_COLUMN: Final = 40
"""Cells that one short claim may take beside another."""
_MOST_COLUMNS: Final = 3
_ROOMY: Final = 12
"""From so many rows on, each answer of the history may have two."""


def outcome_key(answer: Answer) -> str:
    """What the shift counts an answer as."""
    return str(answer.verdict.outcome) if answer.verdict is not None else UNREADABLE


def mark_of(key: str) -> str:
    """The sign of an outcome."""
    return UNREADABLE_MARK if key == UNREADABLE else OUTCOME_MARKS[Outcome(key)]


def outcome_word(key: str, words: Words) -> str:
    """The outcome in words."""
    return words.term(UNREADABLE if key == UNREADABLE else f"outcome-{key}")


def banner(lines: Sequence[str], style: str, *, width: int, height: int) -> Text:
    """Lines in the middle of a coloured block."""
    above = max((height - len(lines)) // 2, 0)
    rows = [""] * above + list(lines) + [""] * max(height - len(lines) - above, 0)
    return Text("\n".join(_centred(row, width) for row in rows), style=style, no_wrap=True)


def _centred(text: str, width: int) -> str:
    left = max((width - cell_len(text)) // 2, 0)
    return set_cell_size(" " * left + text, width)


def verdict_banner(answer: Answer, label: str, words: Words, *, width: int, height: int) -> Text:
    """The outcome, as large as a terminal allows, and of what."""
    key = outcome_key(answer)
    word = outcome_word(key, words)
    spaced = "  ".join(word) if words.language == "zh" else " ".join(word)
    lines = [f"{mark_of(key)}   {spaced}   {mark_of(key)}"]
    if label:
        lines.append(printable(label))
    return banner(lines, BACKGROUNDS[key], width=width, height=height)


def quiet_banner(lines: Sequence[str], *, width: int, height: int) -> Text:
    """What stands in the place of an outcome while there is none."""
    return banner([printable(line) for line in lines], _QUIET, width=width, height=height)


def label_of(answer: Answer, schema: LicenceSchema | None, words: Words) -> str:
    """What the licence is called and whose it is: `营业执照 · 四川省`."""
    facts = answer.verdict.credential if answer.verdict is not None else None
    if facts is None:
        return ""
    name = str(getattr(schema.label, words.language)) if schema is not None else facts.type
    return f"{name} · {facts.region_name.get(words.language, facts.region)}"


def body(answer: Answer, schema: LicenceSchema | None, words: Words, *, width: int) -> list[Text]:
    """Lines below the banner: what to mind, why and what next, then the licence's face and what was checked."""
    sheet = SheetWriter(words).sheet(answer, schema)
    minded = [check for check in (*sheet.checked, *sheet.unchecked) if check.result is Result.WARNED]
    rows = [
        Text(line, style="bold yellow")
        for check in minded
        if sheet.outcome == Outcome.ACCEPTED
        for line in fold("!", f"{check.label}: {check.text}", label_width=1, width=width)
    ]
    columns = max(min(width // _COLUMN, _MOST_COLUMNS), 1)
    drawn = VerdictText(words, colour=True, width=width, explain=False, columns=columns).draw(sheet)
    lines = [Text.from_ansi(line, no_wrap=True) for line in drawn][1:]
    for line in lines[: _height(sheet.why, lines)]:
        line.stylize("bold")
    return rows + lines


def _height(why: Sequence[Row], lines: Sequence[Text]) -> int:
    """How many of the lines say why and what next: up to the one that begins with the label of something else."""
    labels = tuple(row.label for row in why)
    for place, line in enumerate(lines):
        if line.plain[2:3].strip() and not line.plain.strip().startswith(labels):
            return place
    return len(lines)


def history(shift: Shift, words: Words, *, width: int, rows: int) -> Text:
    """The newest answers of the shift, one a line, or where there is room why on a second one."""
    with_why = rows >= _ROOMY
    lines = [
        line
        for seen, _ in zip(shift, range(rows), strict=False)
        for line in _seen(seen, words, width, with_why=with_why)
    ]
    return Text("\n").join(lines[:rows])


def _seen(seen: Seen, words: Words, width: int, *, with_why: bool) -> Iterator[Text]:
    clock = show_time(seen.at, seconds=True)[11:]
    name = str(getattr(seen.schema.label, words.language)) if seen.schema is not None else seen.type
    line = Text(f" {seen.number:>3} {clock} ", no_wrap=True)
    line.append(f"{mark_of(seen.outcome)} {outcome_word(seen.outcome, words)}", style=f"bold {_COLOURS[seen.outcome]}")
    why = words.gist(seen.reason, seen.params) if seen.reason else ""
    told = (printable(name), seen.region.get(words.language, ""), "" if with_why else printable(why))
    line.append("".join(f"  {part}" for part in told if part))
    line.truncate(width, overflow="ellipsis")
    yield line
    if with_why and why:
        below = Text(f"     {printable(why)}", style="dim", no_wrap=True)
        below.truncate(width, overflow="ellipsis")
        yield below


def tally(shift: Shift, words: Words, *, width: int) -> Text:
    """How many of each outcome in this shift; where not all words fit, those of the worst."""
    seen = [key for key in _ORDER if shift.tally[key]]
    for named in range(len(seen), -1, -1):
        first = len(seen) - named
        parts = [
            f"{mark_of(key)} {outcome_word(key, words)} {shift.tally[key]}"
            if place >= first
            else f"{mark_of(key)} {shift.tally[key]}"
            for place, key in enumerate(seen)
        ]
        line = " " + "  ".join([words.term("counter-shift", count=len(shift)), *parts])
        if cell_len(line) <= width:
            break
    return Text(line, no_wrap=True)


def tally_column(shift: Shift, words: Words, *, width: int) -> Text:
    """The same, a line each."""
    lines = [Text(set_cell_size(f" {words.term('counter-shift', count=len(shift))}", width), style="bold")]
    lines += [
        Text(f"  {mark_of(key)} {outcome_word(key, words)}  {shift.tally[key]}", style=_COLOURS[key]) for key in _ORDER
    ]
    return Text("\n").join(lines)


def head(counter: Counter, words: Words, now: float, *, width: int) -> Text:
    """Whose counter it is, in which matter, and the time."""
    sources = counter.sources(now)
    region = words.term("counter-region-none")
    if sources.region is not None:
        region = words.term("counter-region", name=words.name(Named.REGION, sources.region))
    chosen = words.term("counter-no-scenario")
    if counter.scenario is not None:
        chosen = words.name(Named.SCENARIO, counter.scenario)
    left = f" {region}    {words.term('counter-scenario', name=chosen)}"
    return _both_ends(printable(left), f"{show_time(now)} ", width)


def registry(
    age: RegistryAge, sync: BackgroundSync, answer: Answer | None, words: Words, now: float, *, width: int
) -> Text:
    """How old registry and status list are, and how the last sync went."""
    left, colour = registry_line(age, words, now)
    right = "  ".join(filter(None, [status_line(answer, words, now), sync_line(sync, words, now)]))
    text = _both_ends(f" {left}", f"{right} ", width)
    text.stylize(colour, 0, len(left) + 1)
    return text


def prompt(buffer: ScanBuffer, trouble: str | None, words: Words, *, width: int) -> Text:
    """What was typed so far, or what else is to be known."""
    if buffer:
        shown = words.term("counter-receiving", count=len(buffer))
        if buffer.is_typed:
            shown = words.term("counter-typed", text=printable(buffer.text[-max(width - 20, 10) :]))
        return _one_line(f" {shown}", width, style="bold")
    return _one_line(f" {printable(trouble)}" if trouble is not None else "", width, style="yellow")


def _both_ends(left: str, right: str, width: int) -> Text:
    """One line; if it does not hold both, the right end goes."""
    room = width - cell_len(left) - cell_len(right)
    return _one_line(f"{left}{' ' * room}{right}" if room >= 1 else left, width)


def _one_line(text: str, width: int, *, style: str = "") -> Text:
    """A line, its end left out with a sign where it does not fit: Textual would fold it out of sight."""
    line = Text(text, style=style, no_wrap=True)
    line.truncate(width, overflow="ellipsis")
    return line


def registry_line(age: RegistryAge, words: Words, now: float) -> tuple[str, str]:
    """Which registry is in use and how old it is, and the colour of that."""
    if age.registry is None:
        problem = words.error(age.error)[0] if age.error is not None else words.term("counter-registry-none")
        return printable(f"× {words.term('registry')}: {problem}"), "bold #ff5f5f"
    finding = age.finding
    signed_at = age.registry.signed_at
    shown = words.term("registry")
    if signed_at is None:
        return f"! {shown}: {words.term('counter-registry-unsigned')}", "yellow"
    params = {"version": age.registry.version, "age": show_age(now - signed_at, words)}
    shown = words.term("counter-registry", **params)
    if age.left_out:
        shown = words.term("counter-registry-part", count=age.left_out, **params)
    if finding is not None and finding.result is not Result.PASSED:
        mark, colour = ("!", "yellow") if finding.result is Result.WARNED else ("×", "bold #ff5f5f")
        return printable(f"{mark} {shown}  {words.reason(finding)[0]}"), colour
    return f"√ {shown}", "green"


def sync_line(sync: BackgroundSync, words: Words, now: float) -> str:
    """When the registry was last brought up to date, and how that ended."""
    if not sync.can_sync:
        return ""
    if sync.is_running:
        return words.term("counter-syncing")
    if sync.last is None:
        return ""
    when = show_age(now - sync.last.at, words)
    if sync.last.failure is None:
        return words.term("counter-synced", age=when)
    return printable(words.term("counter-sync-failed", age=when, message=sync.last.failure))


def status_line(answer: Answer | None, words: Words, now: float) -> str:
    """How old the status list was that the last verdict rests on."""
    verdict = answer.verdict if answer is not None else None
    if verdict is None or verdict.status_signed_at is None:
        return ""
    return words.term("counter-status", age=show_age(now - verdict.status_signed_at, words))


def scenario_list(
    scenarios: Sequence[Scenario], chosen: str | None, at: int, words: Words, *, width: int
) -> list[Text]:
    """The matters to choose from; the first is none at all."""
    rows = [Text(words.term("counter-choose"), style="bold"), Text("")]
    names = [words.term("counter-no-scenario"), *(words.name(Named.SCENARIO, item.id) for item in scenarios)]
    ids = [None, *(item.id for item in scenarios)]
    for place, (name, scenario) in enumerate(zip(names, ids, strict=True)):
        mark = "●" if scenario == chosen else "○"
        style = MARKED if place == at else ""
        rows += [Text(row, style=style) for row in fold(mark, name, label_width=1, width=width)]
    if not scenarios:
        rows += [Text(""), Text(f"  {words.term('counter-scenarios-none')}", style="dim")]
    return rows
