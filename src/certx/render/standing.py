"""How a licence stands, for people and as JSON (schemas/documents/licence-standing.json)."""

from collections.abc import Iterator
from typing import Any, Final

import orjson

from certx.i18n import Words, show_time
from certx.render.width import fold
from certx.status.standing import StandingReport

_LABEL_WIDTH: Final = 14


def print_standing(report: StandingReport, words: Words, *, as_json: bool, width: int) -> None:
    """One object, or a few labelled lines."""
    if as_json:
        print(orjson.dumps(standing_object(report, words)).decode())  # noqa: T201 - the output of a command
        return
    for label, text in _pairs(report, words):
        for line in fold(label, text, label_width=_LABEL_WIDTH, width=width):
            print(line.removeprefix("  "))  # noqa: T201


def standing_object(report: StandingReport, words: Words) -> dict[str, Any]:
    """The report as JSON; only what is to be told depends on the language."""
    standing = report.standing
    return {
        "licence_id": standing.licence_id,
        "type": None if report.type is None else report.type.name,
        "national_code": None if report.type is None else report.type.national_code,
        "issued_at": standing.issued_at,
        "status": standing.status,
        "since": report.since,
        "codes": list(report.codes),
        "history": [event._asdict() for event in report.history],
        "status_list": None if standing.place is None else {"uri": report.uri, "idx": standing.place.idx},
        "publication": report.publication,
        "published_at": report.published_at,
        "predecessor": standing.predecessor,
        "successor": standing.successor,
        "tell_holder": words.term(f"holder-{standing.status}"),
        "tell_users": words.term(f"users-{standing.status}", since=report.since),
    }


def _pairs(report: StandingReport, words: Words) -> Iterator[tuple[str, str]]:
    standing, term = report.standing, words.term
    yield term("licence-id"), standing.licence_id
    if report.type is not None:
        label = str(getattr(report.type.label, words.language))
        yield term("type"), term("stands-type", label=label, name=report.type.name, national=report.type.national_code)
    yield term("issued-at"), show_time(standing.issued_at)
    status = term(f"stands-{standing.status}")
    form = "stands-code" if report.codes else "stands-status"
    yield term("col-state"), term(form, status=status, codes=" / ".join(report.codes), since=report.since)
    for number, event in enumerate(report.history):
        label = term("stands-history") if number == 0 else ""
        yield label, term("stands-event", at=event.at, status=term(f"stands-{event.status}"), why=event.why)
    for name in ("predecessor", "successor"):
        other = getattr(standing, name)
        if other is not None:
            yield term(f"stands-{name}"), other
    if standing.place is None:
        yield term("stands-list"), term("stands-no-entry")
    else:
        yield term("stands-list"), term("stands-entry", idx=standing.place.idx, uri=report.uri)
        yield term("stands-counters"), term(f"publication-{report.publication}", at=report.published_at)
    yield term("stands-holder"), term(f"holder-{standing.status}")
    yield term("stands-users"), term(f"users-{standing.status}", since=report.since)
