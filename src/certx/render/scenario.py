"""Scenarios for people: what a matter asks for, in the words that its licences are shown in."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

import orjson

from certx.errors import CertxError
from certx.i18n import Words
from certx.licence.paths import Path, format_path
from certx.recognition.query import Query
from certx.recognition.scenario import Scenario
from certx.render.agreement import text_of, type_name
from certx.render.table import print_table
from certx.render.width import fold
from certx.schema.catalogue import Catalogue, latest

_LABEL_WIDTH = 20


class Entry(Protocol):
    """A scenario as it is listed."""

    @property
    def path(self) -> str:
        """Its file in the registry."""

    @property
    def document(self) -> Mapping[str, Any]:
        """Its document."""

    @property
    def scenario(self) -> Scenario | CertxError:
        """What it says, or why it cannot be read."""


def print_scenarios(entries: Iterable[Entry], words: Words, *, as_json: bool) -> None:
    """Every scenario on a line."""
    if as_json:
        for entry in entries:
            print(orjson.dumps(_object(entry, words)).decode())  # noqa: T201 - the output of a command
        return
    head = [words.term(f"col-{name}") for name in ("scenario", "name", "version", "type", "days")]
    print_table(head, (_row(entry, words) for entry in entries))


def _object(entry: Entry, words: Words) -> dict[str, Any]:
    """As JSON (schemas/documents/scenario-entry.json)."""
    found = entry.scenario
    if isinstance(found, CertxError):
        return {"path": entry.path, "document": None, "reason": found.code, "message": words.error(found)[0]}
    return {"path": entry.path, "document": entry.document, "reason": None, "message": None}


def _row(entry: Entry, words: Words) -> tuple[str, ...]:
    document, scenario = entry.document, entry.scenario
    if isinstance(scenario, CertxError):
        return entry.path, words.error(scenario)[0], "", "", ""
    days = f"{document.get('from') or ''}\n{document.get('to') or ''}".strip()
    name, version = text_of(scenario.name, words.language), str(scenario.version)
    return scenario.id, name, version, "\n".join(sorted(scenario.types)), days


def print_scenario(
    document: Mapping[str, Any], scenario: Scenario, catalogue: Catalogue, words: Words, *, width: int
) -> None:
    """One scenario, member by member."""
    for label, text in _members(document, scenario, catalogue, words):
        for line in fold(label, text, label_width=_LABEL_WIDTH, width=width):
            print(line)  # noqa: T201 - the output of a command


def _members(
    document: Mapping[str, Any], scenario: Scenario, catalogue: Catalogue, words: Words
) -> Iterator[tuple[str, str]]:
    yield words.term("col-scenario"), scenario.id
    for name in ("version", "name", "matter", "from", "to", "legalBasis"):
        if document.get(name) is not None:
            yield words.term(f"scenario-{name}"), text_of(document[name], words.language, words)
    for each in scenario.sets:
        options = words.term("or").join(" + ".join(option) for option in each.options)
        yield words.term("scenario-needed" if each.required else "scenario-welcome"), options
    for query in scenario.queries.values():
        if len(scenario.queries) > 1:
            yield "", ""
            yield words.term("scenario-credential"), f"{text_of(query.name, words.language)} ({query.id})".strip()
        yield from _asked(query, catalogue, words)


def _asked(query: Query, catalogue: Catalogue, words: Words) -> Iterator[tuple[str, str]]:
    types = sorted(query.types)
    yield words.term("scenario-types"), words.term("or").join(type_name(n, catalogue, words.language) for n in types)
    optional = [path for path in query.allows if path not in query.requires]
    for name, paths in (("requires", query.requires), ("allows", optional)):
        if paths:
            labels = (claim_name(path, types[0], catalogue, words.language) for path in paths)
            yield words.term(f"scenario-{name}"), words.term("comma").join(labels)
    if query.constraints is not None:
        yield words.term("scenario-constraints"), orjson.dumps(query.constraints.schema).decode()
    for name, days in (
        ("minRemainingDays", query.min_remaining_days), ("maxStatusAgeDays", query.max_status_age_days),
        ("maxRegistryAgeDays", query.max_registry_age_days),
    ):  # fmt: skip
        if days is not None:
            yield words.term(f"agreement-{name}"), words.term("days", count=days)
    yield words.term("scenario-holderBinding"), words.term("yes" if query.holder_binding else "no")
    if query.paper_waived is not None:
        yield words.term("agreement-paperWaived"), words.term("yes" if query.paper_waived else "no")


def claim_name(path: Path, licence_type: str, catalogue: Catalogue, language: str) -> str:
    """A claim by its label and its path."""
    names = tuple(step for step in path if isinstance(step, str))
    try:
        schema = latest(catalogue, licence_type)
    except CertxError:
        schema = None
    label = schema.labels.get(names) if schema is not None else None
    return format_path(path) if label is None else f"{getattr(label, language)} ({format_path(path)})"
