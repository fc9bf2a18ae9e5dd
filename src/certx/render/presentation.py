"""What a holder is about to show, to whom, for what, until when: to be agreed to, claim by claim, and told after."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from certx.i18n import Words, show_time
from certx.licence.paths import format_path
from certx.present import Offer, Presentation, Purpose
from certx.recognition.scenario import Scenario
from certx.render.agreement import text_of
from certx.render.verdict_sheet import claim_rows
from certx.render.width import fold, printable
from certx.schema.catalogue import LicenceSchema
from certx.trust.counters import ListedCounter

_LABEL_WIDTH = 20


def asker_lines(
    purpose: Purpose, scenario: Scenario, counter: ListedCounter | None, expires: int | None,
    words: Words, *, width: int,
) -> Iterator[str]:  # fmt: skip
    """Who asks, for which matter, until when."""
    language = words.language
    who = purpose.audience
    if counter is not None:
        named, region = (text_of(name, language) for name in (counter.counter.name, counter.region.name))
        who = words.term("present-counter", name=named, region=region, counter=purpose.audience)
    rows = {"present-to": who, "present-for": f"{text_of(scenario.name, language)} ({scenario.id})"}
    if expires is not None:
        rows["present-until"] = show_time(expires)
    for label, text in rows.items():
        yield from fold(words.term(label), text, label_width=_LABEL_WIDTH, width=width)
    if counter is None:
        yield words.term("present-unsigned")


def offer_lines(
    offer: Offer, schema: LicenceSchema | None, words: Words, *, width: int, is_bound: bool
) -> Iterator[str]:
    """Each claim that will be seen: those that are shown by choice, then those that always are.

    `is_bound`: is there a key to prove whose it is?
    """
    language = words.language
    label = schema and getattr(schema.label, language)
    query = text_of(offer.query.name, language)
    yield ""
    yield printable(words.term("present-of", type=str(label or offer.licence_type), query=query or offer.query.id))
    tops = {path[0] for path in offer.chosen}
    ordered = offer.claims if schema is None else schema.in_order(offer.claims)
    for heading, is_chosen in (("present-chosen", True), ("present-always", False)):
        yield words.term(heading)
        for name, value in ordered.items():
            if (name in tops) is is_chosen:
                yield from _claim(name, value, schema, words, width)
    if not is_bound:
        yield words.term("present-without-proof")


def answer_object(
    purpose: Purpose, scenario: Scenario, counter: ListedCounter | None, expires: int | None,
    shown: Iterable[tuple[Offer, Presentation, Sequence[int]]],
) -> dict[str, Any]:  # fmt: skip
    """What was presented, to whom and what for, without a value of it (schemas/documents/presentation.json).

    With each presentation the versions of the codes that it takes.
    """
    rows = [
        {
            "query": made.query, "type": offer.licence_type,
            "disclosed": sorted(map(format_path, offer.chosen)),
            "always": sorted(offer.claims.keys() - {path[0] for path in offer.chosen}),
            "proven": not made.text.endswith("~"), "bytes": len(made.text), "symbols": list(symbols),
        }
        for offer, made, symbols in shown
    ]  # fmt: skip
    region = None if counter is None else counter.region.code
    return {
        "audience": purpose.audience, "region": region, "scenario": scenario.id, "version": scenario.version,
        "expires": expires, "presentations": rows,
    }  # fmt: skip


def _claim(
    name: str, value: Any, schema: LicenceSchema | None, words: Words, width: int,  # noqa: ANN401 - any JSON value
) -> Iterator[str]:  # fmt: skip
    if schema is None:
        yield from fold(name, str(value), label_width=_LABEL_WIDTH, width=width)
        return
    for row in claim_rows((name,), value, schema, words.language):
        yield from fold("  " * row.depth + row.label, row.text, label_width=_LABEL_WIDTH, width=width)
