"""A trial of agreements: a matrix as text, JSON and a page."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import groupby
from typing import Any, Protocol

import orjson

from certx.i18n import Words, show_time
from certx.render.agreement import place_name, type_name
from certx.schema.catalogue import Catalogue
from certx.trial.change import Comparison, Turn
from certx.trial.sample import Sample

_RESULT = {Turn.STARTS: "+", Turn.STOPS: "−", Turn.STAYS: "✓", Turn.REMAINS_REFUSED: ""}
_STYLE = (
    "body{font:14px/1.5 sans-serif;margin:2em}table{border-collapse:collapse}"
    "td,th{border:1px solid #bbb;padding:.2em .5em;text-align:center}th{font-weight:normal;text-align:left}"
    ".starts{background:#cfe9d6}.stops{background:#f4c7c3}.open{background:#fdeab5}"
)


class Trial(Protocol):
    """What came of a trial."""

    @property
    def at(self) -> float:
        """The time that it is about, Unix seconds."""

    @property
    def proposal(self) -> str | None:
        """What was tried out."""

    @property
    def samples(self) -> Sequence[Sample]:
        """The licences that were shown."""

    @property
    def comparisons(self) -> Sequence[Comparison]:
        """The answers."""


def counts_of(trial: Trial) -> dict[str, int]:
    """How many questions came to what."""
    turns = [one.turn for one in trial.comparisons]
    return {
        "asked": len(turns),
        "samples": len(trial.samples),
        "accepted": turns.count(Turn.STAYS) + turns.count(Turn.STARTS),
        "starts": turns.count(Turn.STARTS),
        "stops": turns.count(Turn.STOPS),
        "open": sum(one.is_open for one in trial.comparisons),
    }


def trial_lines(trial: Trial, catalogue: Catalogue, words: Words) -> Iterator[str]:
    """What a proposal changes, or without one what is recognised, for each two regions; what cannot be told always."""
    is_told = {Turn.STARTS, Turn.STOPS} if trial.proposal is not None else {Turn.STAYS}
    for pair, group in groupby(trial.comparisons, key=lambda one: one.cell[:2]):
        found: dict[tuple[str, str, str], list[str]] = {}
        for one in group:
            if one.turn in is_told or one.is_open:
                kind = f"{one.cell.licence_type} {one.cell.version}"
                found.setdefault((kind, *_result(one, words)), []).append(_matter(one, words))
        if found:
            yield " → ".join(place_name(code, catalogue, words.language) for code in pair)
        for (kind, result, why), matters in found.items():
            shown = words.term("comma").join(matters)
            yield words.term("trial-line" if why else "trial-line-good", type=kind, turn=result, matters=shown, why=why)
    yield summary(trial, words)


def _matter(one: Comparison, words: Words) -> str:
    return one.cell.scenario or words.term("trial-every")


def summary(trial: Trial, words: Words) -> str:
    """The whole in a sentence."""
    return words.term("trial-summary", at=show_time(trial.at), **counts_of(trial))


def _result(one: Comparison, words: Words) -> tuple[str, str]:
    if one.is_open:
        return words.term("outcome-undetermined"), _why(one, words)
    return words.term(f"turn-{one.turn}"), "" if one.turn in {Turn.STAYS, Turn.STARTS} else _why(one, words)


def _why(one: Comparison, words: Words) -> str:
    return words.reason(one.finding)[0] if one.finding is not None else ""


def trial_objects(trial: Trial, words: Words) -> Iterator[dict[str, Any]]:
    """An object for each question (schemas/documents/agreement-trial.json)."""
    for one in trial.comparisons:
        cell = one.cell
        yield {
            "issued_in": cell.issued_in,
            "accepted_in": cell.accepted_in,
            "type": cell.licence_type,
            "version": cell.version,
            "scenario": cell.scenario,
            "turn": one.turn,
            "before": None if one.before is None else one.before.outcome,
            "after": None if one.after is None else one.after.outcome,
            "reason": None if one.finding is None else one.finding.reason,
            "message": _why(one, words),
        }


def print_trial_json(trial: Trial, words: Words) -> None:
    """The same, an object a line."""
    for row in trial_objects(trial, words):
        print(orjson.dumps(row).decode())  # noqa: T201 - the output of a command


def trial_page(trial: Trial, catalogue: Catalogue, words: Words) -> Iterator[str]:
    """The matrix as a page of its own: a row for two regions, a column for each type and version."""
    title = escape(words.term("trial-title"))
    yield f'<!doctype html>\n<html lang="{words.language}">\n<meta charset="utf-8">\n<title>{title}</title>\n'
    yield f"<style>{_STYLE}</style>\n<h1>{title}</h1>\n"
    yield f"<p>{escape(summary(trial, words))}</p>\n<p>{escape(words.term('trial-legend'))}</p>\n<table>\n"
    kinds = sorted({(one.cell.licence_type, one.cell.version) for one in trial.comparisons})
    heads = "".join(f"<th>{escape(type_name(n, catalogue, words.language))} {escape(v)}</th>" for n, v in kinds)
    yield f"<tr><th>{escape(words.term('col-issued'))}</th><th>{escape(words.term('col-accepted'))}</th>{heads}</tr>\n"
    for pair, rows in groupby(trial.comparisons, key=lambda one: one.cell[:2]):
        places = "".join(f"<th>{escape(place_name(code, catalogue, words.language))}</th>" for code in pair)
        by_kind = {kind: list(group) for kind, group in groupby(rows, key=lambda one: one.cell[2:4])}
        yield f"<tr>{places}{''.join(_td(by_kind.get(kind, []), words) for kind in kinds)}</tr>\n"
    yield "</table>\n</html>\n"


def _td(cells: Iterable[Comparison], words: Words) -> str:
    """A type between two regions: whether a licence is recognised where no matter is named, and in how many it is."""
    found = list(cells)
    everywhere = next((one for one in found if one.cell.scenario is None), None)
    matters = sum(one.turn in {Turn.STAYS, Turn.STARTS} for one in found if one.cell.scenario is not None)
    turns = {one.turn for one in found}
    is_open = any(one.is_open for one in found)
    shade = "stops" if Turn.STOPS in turns else "starts" if Turn.STARTS in turns else "open" if is_open else ""
    sign = "" if everywhere is None else "?" if everywhere.is_open else _RESULT[everywhere.turn]
    note = "\n".join(f"{_matter(one, words)}: {' '.join(_result(one, words)).strip()}" for one in found)
    return f'<td class="{shade}" title="{escape(note)}">{sign} {matters or ""}</td>'
