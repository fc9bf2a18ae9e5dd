"""An agreement as a text that its signers read aloud, and what another text would change, in words."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from certx.i18n import Words, show_time
from certx.recognition.agreement import Agreement
from certx.recognition.terms import Difference, Effect, Terms, clauses_of
from certx.render.agreement import place_name, text_of, type_name
from certx.schema.catalogue import Catalogue

_DAY = 86_400
_FOR_PEOPLE = ("replaces", "exceptions", "legalBasis", "contact")
"""Members that no check looks at."""
_COMPARED = ("title", "parties", *_FOR_PEOPLE, "supersedes")


def ceremony_lines(
    data: bytes, agreement: Agreement, document: Mapping[str, Any], catalogue: Catalogue, words: Words
) -> Iterator[str]:
    """The text, clause by clause, and the fingerprint of the bytes that each party publishes."""
    language = words.language
    title = text_of(document["title"], language)
    yield words.term("text-head", title=title, agreement=agreement.id, version=agreement.version)
    yield words.term("text-parties", parties=_places(sorted(agreement.parties), catalogue, words))
    for number, clause in enumerate(clauses_of(agreement), 1):
        yield ""
        yield words.term(
            "text-clause", number=number,
            accepted_in=place_name(clause.accepted_in, catalogue, language),
            issued_in=_places(clause.issued_in, catalogue, words),
            types=_types(clause.types, catalogue, words),
        )  # fmt: skip
        yield from (f"   {line}" for line in sentences_of(clause.terms, words).values())
    rest = [(name, text_of(document.get(name), language, words)) for name in _FOR_PEOPLE]
    if any(text for _, text in rest) or agreement.supersedes:
        yield ""
    for name, text in rest:
        if text:
            yield words.term("text-member", name=words.term(f"agreement-{name}"), text=text)
    if agreement.supersedes:
        yield words.term("text-supersedes", agreements=words.term("comma").join(sorted(agreement.supersedes)))
    yield ""
    yield words.term("text-fingerprint", digest=sha256(data).hexdigest())


def sentences_of(terms: Terms, words: Words) -> dict[str, str]:
    """Each term in a sentence, by what it is about; what nothing is said of is left out."""
    first, until = show_time(terms.since)[:10], terms.until
    found = {
        "days": words.term("term-days-open", first=first)
        if until is None
        else words.term("term-days", first=first, last=show_time(until - _DAY)[:10]),
        "scenarios": words.term("term-every-matter")
        if terms.scenarios is None
        else words.term("term-matters", matters=words.term("comma").join(sorted(terms.scenarios))),
    }
    for name in ("min_remaining_days", "max_status_age_days"):
        if getattr(terms, name) is not None:
            found[name] = words.term(f"term-{name.replace('_', '-')}", days=getattr(terms, name))
    if terms.paper_waived is not None:
        found["paper"] = words.term("term-paper-waived" if terms.paper_waived else "term-paper-needed")
    if terms.mode is not None:
        found["mode"] = words.term("term-mode", mode=words.term(f"mode-{terms.mode}"))
    return found


def difference_lines(found: Sequence[Difference], catalogue: Catalogue, words: Words) -> Iterator[str]:
    """What changes for whom."""
    language = words.language
    for one in found:
        yield words.term(
            f"diff-{one.effect}",
            accepted_in=place_name(one.accepted_in, catalogue, language),
            issued_in=place_name(one.issued_in, catalogue, language),
            types=_types(one.types, catalogue, words),
        )
        yield from (f"   {line}" for line in _changed(one, words))


def _changed(one: Difference, words: Words) -> Iterator[str]:
    """The terms that begin or end; of terms that change, those that do."""
    before, after = ({} if terms is None else sentences_of(terms, words) for terms in (one.before, one.after))
    if one.effect is not Effect.CHANGES:
        yield from (before | after).values()
        return
    nothing = words.term("diff-nothing")
    for name in dict.fromkeys((*before, *after)):
        if before.get(name) != after.get(name):
            yield words.term("diff-from-to", before=before.get(name, nothing), after=after.get(name, nothing))


def member_lines(before: Mapping[str, Any], after: Mapping[str, Any], words: Words) -> Iterator[str]:
    """What is only said to people and differs."""
    for name in _COMPARED:
        texts = [text_of(one.get(name), words.language, words) for one in (before, after)]
        if before.get(name) != after.get(name):
            shown = [text or words.term("diff-nothing") for text in texts]
            change = words.term("diff-from-to", before=shown[0], after=shown[1])
            yield words.term("text-member", name=words.term(f"agreement-{name}"), text=change)


def _places(codes: Sequence[str], catalogue: Catalogue, words: Words) -> str:
    return words.term("comma").join(place_name(code, catalogue, words.language) for code in codes)


def _types(names: Sequence[str], catalogue: Catalogue, words: Words) -> str:
    return words.term("comma").join(type_name(name, catalogue, words.language) for name in names)
