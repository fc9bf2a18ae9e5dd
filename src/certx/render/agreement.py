"""Agreements for people and for scripts."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import orjson

from certx.errors import CertxError
from certx.i18n import Words
from certx.recognition.agreement import UnreadAgreement
from certx.recognition.standing import Standing, State
from certx.render.table import print_table
from certx.render.width import fold
from certx.schema.catalogue import Catalogue, latest

_LABEL_WIDTH = 20


class Adopted(Protocol):
    """What is shown of an agreement that a region adopted."""

    @property
    def agreement(self) -> str:
        """Its id."""

    @property
    def path(self) -> Path:
        """The file that was published."""

    @property
    def published(self) -> Sequence[str]:
        """Parties that publish these bytes."""

    @property
    def missing(self) -> Sequence[str]:
        """Parties that publish nothing of that name."""

    @property
    def differing(self) -> Sequence[str]:
        """Parties that publish other bytes."""


def print_adoption(adopted: Adopted, words: Words, *, as_json: bool) -> None:
    """Who publishes it now, and who still has to."""
    if as_json:
        names = ("agreement", "published", "missing", "differing")
        print(orjson.dumps({name: getattr(adopted, name) for name in names} | {"path": str(adopted.path)}).decode())  # noqa: T201
        return
    print(words.term("agreement-signed", agreement=adopted.agreement, path=adopted.path))  # noqa: T201
    for name in ("published", "missing", "differing"):
        regions = getattr(adopted, name)
        if regions:
            print(words.term(f"agreement-{name}", regions=", ".join(regions)))  # noqa: T201
    if len(adopted.published) > 1:
        print(words.term("agreement-between", regions=", ".join(adopted.published)))  # noqa: T201


def standing_object(standing: Standing) -> dict[str, Any]:
    """An agreement and where it stands as JSON (schemas/documents/agreement-standing.json)."""
    agreement = standing.agreement
    unread = isinstance(agreement, UnreadAgreement)
    return {
        "agreement": agreement.id,
        "state": standing.state,
        "listed_by": sorted(agreement.listed_by),
        "in_force_between": [list(pair) for pair in standing.between],
        "missing": list(standing.missing),
        "altered": list(standing.altered),
        "withdrawn_by": sorted(agreement.withdrawn_by),
        "superseded_by": list(standing.superseded_by),
        "document": None if unread else dict(standing.document),
    }


def print_agreements(standings: Sequence[Standing], words: Words, *, as_json: bool) -> None:
    """Every agreement on a line."""
    if as_json:
        for standing in standings:
            print(orjson.dumps(standing_object(standing)).decode())  # noqa: T201 - the output of a command
        return
    head = [words.term(f"col-{name}") for name in ("agreement", "version", "parties", "type", "days", "state")]
    rows = []
    for standing in standings:
        document = standing.document
        rows.append(
            (
                standing.agreement.id,
                text_of(document.get("version"), words.language),
                "\n".join(_texts(document.get("parties"))),
                "\n".join(_texts(document.get("types"))),
                f"{document.get('from', '')}\n{document.get('to') or ''}".strip(),
                "\n".join(state_lines(standing, words)),
            )
        )
    print_table(head, rows)


def state_lines(standing: Standing, words: Words) -> Iterator[str]:
    """The state in words, and whatever else stands in the way."""
    if standing.state not in {State.SUPERSEDED, State.WITHDRAWN}:  # these are said with their cause
        yield words.term(f"standing-{standing.state}")
    yield from ("–".join(pair) for pair in standing.between)
    for name, regions in (
        ("missing", standing.missing),
        ("altered-by", standing.altered),
        ("withdrawn-by", sorted(standing.agreement.withdrawn_by)),
        ("superseded-by", standing.superseded_by),
    ):
        if regions:
            yield words.term(f"standing-{name}", regions=", ".join(regions))


def print_agreement(standing: Standing, catalogue: Catalogue, words: Words, *, width: int) -> None:
    """One agreement, member by member."""
    for label, text in _members(standing, catalogue, words):
        for line in fold(label, text, label_width=_LABEL_WIDTH, width=width):
            print(line)  # noqa: T201 - the output of a command
    print()  # noqa: T201


def _members(standing: Standing, catalogue: Catalogue, words: Words) -> Iterator[tuple[str, str]]:
    document, language = standing.document, words.language
    yield words.term("col-agreement"), standing.agreement.id
    for line in state_lines(standing, words):
        yield words.term("col-state"), line
    if isinstance(standing.agreement, UnreadAgreement):
        return
    shown = {**document, "types": [type_name(name, catalogue, language) for name in document["types"]]}
    for name in ("parties", "issuedIn", "acceptedIn"):
        shown[name] = [place_name(code, catalogue, language) for code in document[name]]
    for name, value in shown.items():
        if name in {"conditions", "mode"}:
            yield from _terms({name: value}, words)
        elif name == "perRegion":
            for code, terms in value.items():
                place = place_name(code, catalogue, language)
                for label, text in _terms(terms, words):
                    yield words.term("agreement-perRegion"), f"{place}: {label} {text}"
        elif name != "id" and value is not None:
            yield words.term(f"agreement-{name}"), text_of(value, language, words)


def _terms(terms: Mapping[str, Any], words: Words) -> Iterator[tuple[str, str]]:
    """What is other in one accepting region."""
    for name, value in terms.items():
        match name:
            case "conditions":
                for condition, days in value.items():
                    yield words.term(f"agreement-{condition}"), words.term("days", count=days)
            case "mode":
                yield words.term("agreement-mode"), words.term(f"mode-{value}")
            case _:
                yield words.term(f"agreement-{name}"), text_of(value, words.language, words)


def place_name(code: str, catalogue: Catalogue, language: str) -> str:
    """A region by its name and its code."""
    division = catalogue.divisions.get(code)
    return f"{getattr(division, language)} ({code})" if division is not None else code


def _texts(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


def type_name(name: str, catalogue: Catalogue, language: str) -> str:
    """A licence type by its label and its name."""
    try:
        schema = latest(catalogue, name)
    except CertxError:
        schema = None
    return f"{getattr(schema.label, language)} ({name})" if schema is not None else name


def text_of(value: object, language: str, words: Words | None = None) -> str:
    """A member of an agreement as text, whatever it is; empty if it is absent."""
    match value:
        case None:
            return ""
        case bool():
            return words.term("yes" if value else "no") if words is not None else str(value)
        case Mapping():
            return str(value.get(language) or value.get("zh") or "")
        case list():
            return ", ".join(map(str, value))
        case _:
            return str(value)
