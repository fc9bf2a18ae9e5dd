"""The parts of the counter's screen, as text: what is shown when, and how it fits."""

from collections.abc import Iterable, Sequence
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from certx.app.background_sync import BackgroundSync
from certx.app.counter import Counter, RegistryAge
from certx.app.scan_buffer import ScanBuffer
from certx.errors import CertxError
from certx.i18n import Words, show_time
from certx.reason import Finding, Outcome, Result
from certx.recognition.scenario import Scenario
from certx.render.verdict_text import VerdictText
from certx.render.width import fold, printable
from certx.schema.catalogue import LicenceSchema
from certx.trust.registry import Registry
from certx.tui.shift import MARKS, UNREADABLE, Seen, Shift
from certx.verdict import Answer

BACKGROUNDS: Final = {
    Outcome.ACCEPTED: "bold white on #0a7a2f",
    Outcome.NOT_ACCEPTABLE: "bold black on #f0b429",
    Outcome.UNDETERMINED: "bold white on #1f5fa8",
    Outcome.INVALID: "bold white on #b3141b",
    UNREADABLE: "bold white on #6b2f82",
}
_QUIET: Final = "on #303030"
DROPPED: Final = "bold white on #6b2f82"
_COLOURS: Final = {
    Outcome.ACCEPTED: "green", Outcome.NOT_ACCEPTABLE: "yellow", Outcome.UNDETERMINED: "#5fa8f0",
    Outcome.INVALID: "#ff5f5f", UNREADABLE: "magenta",
}  # fmt: skip
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def outcome_key(answer: Answer) -> str:
    """What the shift counts an answer as."""
    return str(answer.verdict.outcome) if answer.verdict is not None else UNREADABLE


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
    lines = [f"{MARKS[key]}   {spaced}   {MARKS[key]}"]
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
    """Lines below the banner: why and what next, what to mind, then the licence's face and what was checked."""
    rows = list[Text]()
    verdict = answer.verdict
    if verdict is not None:
        minded = [finding for finding in verdict.findings if finding.result is Result.WARNED]
        if verdict.deciding is None:
            rows += [row for finding in minded for row in _minded(finding, words, width)]
    lines = list(VerdictText(words, colour=False, width=width, explain=False).lines(answer, schema))[1:]
    leading = (words.term("why"), words.term("next"))
    is_leading = False
    for line in lines:
        starts = line.strip()
        if line[:4].strip():
            is_leading = starts.startswith(leading)
        rows.append(Text(line, style="bold" if is_leading else "", no_wrap=True))
    return rows


def _minded(finding: Finding, words: Words, width: int) -> Iterable[Text]:
    message, next_step = words.reason(finding)
    text = f"{message} → {next_step}" if next_step else message
    return [Text(line, style="bold yellow") for line in fold("!", text, label_width=1, width=width)]


def history(shift: Shift, words: Words, *, width: int, rows: int) -> Text:
    """The newest answers of the shift, one a line."""
    lines = [_seen(seen, words, width) for seen, _ in zip(shift, range(rows), strict=False)]
    return Text("\n").join(lines)


def _seen(seen: Seen, words: Words, width: int) -> Text:
    clock = show_time(seen.at, seconds=True)[11:]
    name = str(getattr(seen.schema.label, words.language)) if seen.schema is not None else seen.type
    line = Text(f" {seen.number:>3} {clock} ", no_wrap=True)
    line.append(f"{MARKS[seen.outcome]} {outcome_word(seen.outcome, words)}", style=f"bold {_COLOURS[seen.outcome]}")
    line.append("  ".join(filter(None, ["", printable(name), seen.region, seen.reason])))
    line.truncate(width, overflow="ellipsis")
    return line


def tally(shift: Shift, words: Words) -> Text:
    """How many of each outcome in this shift."""
    parts = [f"{MARKS[key]} {outcome_word(key, words)} {shift.tally[key]}" for key in MARKS if shift.tally[key]]
    return Text(" " + "  ".join([words.term("counter-shift", count=len(shift)), *parts]), no_wrap=True)


def head(counter: Counter, matter: str | None, words: Words, now: float, *, width: int) -> Text:
    """Whose counter it is, in which matter, and the time."""
    sources = counter.sources(now)
    region = words.term("counter-region-none")
    if sources.region is not None:
        name = _region_name(sources.registry, sources.region, words)
        region = words.term("counter-region", name=name)
    chosen = matter or counter.scenario or words.term("counter-no-scenario")
    left = f" {region}    {words.term('counter-scenario', name=chosen)}"
    return _both_ends(printable(left), f"{show_time(now)} ", width)


def _region_name(registry: Registry | None, code: str, words: Words) -> str:
    try:
        return registry.regions[code].name.get(words.language, code) if registry is not None else code
    except (KeyError, CertxError):  # it takes no part, or cannot be relied on
        return code


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
        return Text(f" {shown}", style="bold", no_wrap=True)
    return Text(f" {printable(trouble)}" if trouble is not None else "", style="yellow", no_wrap=True)


def _both_ends(left: str, right: str, width: int) -> Text:
    """One line; if it does not hold both, the right end goes."""
    room = width - cell_len(left) - cell_len(right)
    text = f"{left}{' ' * room}{right}" if room >= 1 else left
    return Text(text, no_wrap=True, overflow="ellipsis")


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
    parts = [shown, age.registry.version, words.term("counter-signed", age=ago(now - signed_at, words))]
    if finding is not None and finding.result is not Result.PASSED:
        mark, colour = ("!", "yellow") if finding.result is Result.WARNED else ("×", "bold #ff5f5f")
        return printable(f"{mark} {' '.join(parts)}  {words.reason(finding)[0]}"), colour
    return f"√ {' '.join(parts)}", "green"


def sync_line(sync: BackgroundSync, words: Words, now: float) -> str:
    """When the registry was last brought up to date, and how that ended."""
    if not sync.can_sync:
        return ""
    if sync.is_running:
        return words.term("counter-syncing")
    if sync.last is None:
        return ""
    when = ago(now - sync.last.at, words)
    if sync.last.failure is None:
        return words.term("counter-synced", age=when)
    return printable(words.term("counter-sync-failed", age=when, message=sync.last.failure))


def status_line(answer: Answer | None, words: Words, now: float) -> str:
    """How old the status list was that the last verdict rests on."""
    verdict = answer.verdict if answer is not None else None
    if verdict is None or verdict.status_signed_at is None:
        return ""
    return words.term("counter-status", age=ago(now - verdict.status_signed_at, words))


def ago(seconds: float, words: Words) -> str:
    """About how long ago that was."""
    for size, code in ((_DAY, "counter-days"), (_HOUR, "counter-hours"), (_MINUTE, "counter-minutes")):
        if seconds >= size:
            return words.term(code, count=int(seconds // size))
    return words.term("counter-now")


def scenario_list(scenarios: Sequence[Scenario], chosen: str | None, at: int, words: Words) -> list[Text]:
    """The matters to choose from; the first is none at all."""
    rows = [Text(words.term("counter-choose"), style="bold"), Text("")]
    names = [words.term("counter-no-scenario"), *(f"{item.matter}  ({item.id})" for item in scenarios)]
    ids = [None, *(item.id for item in scenarios)]
    for place, (name, scenario) in enumerate(zip(names, ids, strict=True)):
        mark = "●" if scenario == chosen else "○"
        rows.append(Text(f"  {mark} {printable(name)}", style="reverse" if place == at else ""))
    if not scenarios:
        rows += [Text(""), Text(f"  {words.term('counter-scenarios-none')}", style="dim")]
    return rows
