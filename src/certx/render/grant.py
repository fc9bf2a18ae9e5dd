"""Grants for people: who may use what, for which purpose, where, how often and until when."""

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from certx.audit.uses import Counted
from certx.i18n import Words, show_time
from certx.licence.paths import format_path
from certx.recognition.grant import Grant
from certx.render.agreement import text_of, type_name
from certx.render.scenario import claim_name
from certx.render.width import fold
from certx.schema.catalogue import Catalogue

_LABEL_WIDTH = 20
_DAY = 86_400


def print_grants(
    grants: Iterable[tuple[Grant, Counted | None]], catalogue: Catalogue, words: Words, *, as_json: bool, width: int
) -> None:
    """Each grant, with how often it was used here, `None` if this machine counts nothing."""
    for number, (grant, counted) in enumerate(grants):
        if as_json:
            print(orjson.dumps(_object(grant, counted)).decode())  # noqa: T201 - the output of a command
            continue
        if number:
            print()  # noqa: T201 - likewise
        for label, text in _members(grant, counted, catalogue, words):
            for line in fold(words.term(f"grant-{label}"), text, label_width=_LABEL_WIDTH, width=width):
                print(line)  # noqa: T201 - likewise


def _members(grant: Grant, counted: Counted | None, catalogue: Catalogue, words: Words) -> Iterator[tuple[str, str]]:
    terms, language, comma = grant.terms, words.language, words.term("comma")
    yield "id", grant.id
    yield "grantor", grant.grantor
    yield "grantee", f"{terms.grantee} ({grant.grantee_kid})"
    yield "purpose", text_of(terms.purpose, language)
    yield "matter", terms.matter
    yield "types", comma.join(type_name(name, catalogue, language) for name in sorted(terms.types))
    yield "licence", terms.licence or words.term("grant-any-licence")
    first = min(terms.types)
    yield "claims", comma.join(claim_name(path, first, catalogue, language) for path in terms.claims)
    yield "days", f"{show_time(terms.since)[:10]} – {show_time(terms.until - _DAY)[:10]}"
    yield "site", terms.audience
    yield "uses", str(terms.uses)
    if terms.daily is not None:
        yield "daily", str(terms.daily)
    if grant.place is None:
        yield "ended-by", words.term("grant-ended-by-site")
    else:
        yield "ended-by", words.term("grant-ended-by-list", **grant.place._asdict())
    if counted is not None:
        yield "counted", words.term("grant-count", used=counted.used, today=counted.today, refused=counted.refused)


def _object(grant: Grant, counted: Counted | None) -> dict[str, Any]:
    """As JSON (schemas/documents/grant.json)."""
    terms = grant.terms
    return {
        "id": grant.id, "grantor": grant.grantor, "kid": grant.kid, "issued_at": grant.issued_at,
        "grantee": terms.grantee, "grantee_kid": grant.grantee_kid, "purpose": dict(terms.purpose),
        "matter": terms.matter, "types": sorted(terms.types), "licence": terms.licence,
        "claims": [format_path(path) for path in terms.claims], "from": terms.since, "to": terms.until,
        "site": terms.audience, "uses": terms.uses, "daily": terms.daily,
        "status": None if grant.place is None else grant.place._asdict(),
        "counted": None if counted is None else counted._asdict(),
    }  # fmt: skip
