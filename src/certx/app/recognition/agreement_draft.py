"""Writing a new agreement: what was asked for, as a document that its schema accepts."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple
from unicodedata import category

from certx.app.recognition.agreement_regions import read_per_region
from certx.errors import DocumentError, UsageError
from certx.licence.divisions import Divisions, province_of
from certx.licence.model import day_starts_at
from certx.licence.paths import format_path
from certx.recognition.members import ID_FORM
from certx.schema.catalogue import require
from certx.schema.files import FolderCatalogue
from certx.schema.validate import Validator

_ID: Final = re.compile(ID_FORM)
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Characters that are not seen, or that turn round how others are (Unicode, general category)."""
_RESERVED: Final = frozenset(
    {"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(10))}
)
"""Names that a file cannot have on Windows, whatever comes after the point."""


class Terms(NamedTuple):
    """What the parties want; an empty list or text is what was not said. `per_region`: a `CODE:TERM=VALUE` for each."""

    parties: Sequence[str]
    types: Sequence[str]
    first_day: str
    last_day: str | None = None
    agreement_id: str | None = None
    version: int = 1
    title_zh: str | None = None
    title_en: str | None = None
    issued_in: Sequence[str] = ()
    accepted_in: Sequence[str] = ()
    scenarios: Sequence[str] = ()
    min_remaining_days: int | None = None
    max_status_age_days: int | None = None
    replaces_zh: str | None = None
    replaces_en: str | None = None
    paper_waived: bool | None = None
    mode: str | None = None
    legal_basis: str | None = None
    contact: str | None = None
    exceptions: str | None = None
    supersedes: Sequence[str] = ()
    per_region: Sequence[str] = ()


def draft_agreement(terms: Terms, catalogue: FolderCatalogue, taken: Collection[str] = ()) -> dict[str, Any]:
    """The document; raises `UsageError` with the mend, or `DocumentError` where the schema refuses it.

    `taken`: ids in use, which a default id keeps clear of.
    """
    parties, divisions = sorted(set(terms.parties)), catalogue.divisions
    if len(parties) < 2:
        raise UsageError("agreement-parties-few", hint="agreement-parties-few")
    for code in (*parties, *terms.issued_in, *terms.accepted_in):
        _require_region(code, divisions)
    for code in (*terms.issued_in, *terms.accepted_in):
        if code not in parties:
            raise UsageError("agreement-party", hint="agreement-party", region=code, parties=", ".join(parties))
    for name in terms.types:
        require(catalogue, name)
    require_days(terms.first_day, terms.last_day)
    agreement_id = terms.agreement_id if terms.agreement_id is not None else _default_id(parties, taken)
    require_safe_id(agreement_id)
    names = [divisions.by_code[code] for code in parties]
    conditions = {"minRemainingDays": terms.min_remaining_days, "maxStatusAgeDays": terms.max_status_age_days}
    members = {
        "id": agreement_id,
        "version": terms.version,
        "title": {
            "zh": terms.title_zh or "、".join(name.zh for name in names) + "电子证照互认协议",
            "en": terms.title_en or f"Mutual recognition of licences: {', '.join(name.en for name in names)}",
        },
        "parties": parties,
        "types": sorted(set(terms.types)),
        "issuedIn": sorted(set(terms.issued_in)) or parties,
        "acceptedIn": sorted(set(terms.accepted_in)) or parties,
        "scenarios": sorted(set(terms.scenarios)) or None,
        "from": terms.first_day,
        "to": terms.last_day,
        "conditions": _given(conditions) or None,
        "perRegion": read_per_region(terms.per_region) or None,
        "replaces": _given({"zh": terms.replaces_zh, "en": terms.replaces_en}) or None,
        "paperWaived": terms.paper_waived,
        "mode": terms.mode,
        "legalBasis": terms.legal_basis,
        "contact": terms.contact,
        "exceptions": terms.exceptions,
        "supersedes": sorted(set(terms.supersedes)) or None,
    }
    document = _given(members)
    require_form(document, "agreement", catalogue, path=f"{agreement_id}.json")
    require_terms(document, catalogue)
    return document


def require_terms(document: Mapping[str, Any], catalogue: FolderCatalogue) -> None:
    """Raises `UsageError` on what no region should sign, though the schema takes it, whoever wrote it."""
    parties = document["parties"]
    if len(set(parties)) < 2:
        raise UsageError("agreement-parties-few", hint="agreement-parties-few")
    for code in (*parties, *document["issuedIn"], *document["acceptedIn"]):
        _require_region(code, catalogue.divisions)
        if code not in parties:
            raise UsageError("agreement-party", hint="agreement-party", region=code, parties=", ".join(parties))
    for code in sorted(document.get("perRegion", {}).keys() - set(document["acceptedIn"])):
        accepting = ", ".join(document["acceptedIn"])
        raise UsageError("agreement-accepts-nothing", hint="agreement-accepts-nothing", region=code, regions=accepting)
    for name in document["types"]:
        require(catalogue, name)
    require_days(document["from"], document.get("to"))
    if document["id"] in document.get("supersedes", ()):
        raise UsageError("agreement-supersedes-itself", hint="agreement-new-id", agreement=document["id"])
    for name in ("title", "replaces", "legalBasis", "contact", "exceptions"):
        value = document.get(name)
        for text in value.values() if isinstance(value, dict) else filter(None, [value]):
            if not _UNSEEN.isdisjoint(map(category, text)):
                raise UsageError("agreement-characters", hint="agreement-characters", name=name)


def require_form(document: Mapping[str, Any], name: str, catalogue: FolderCatalogue, *, path: str) -> None:
    """Raises `DocumentError` naming the first place of a document that its schema refuses."""
    problems = Validator(catalogue.document_schema(name)).problems(document)
    if problems:
        detail = ": ".join(filter(None, (format_path(problems[0].at), problems[0].keyword)))
        raise DocumentError(f"{name}-form", hint="agreement-form", file=path, detail=detail)


def require_safe_id(agreement_id: str) -> None:
    """Raises `UsageError` for an id that cannot be the name of a file everywhere."""
    if _ID.fullmatch(agreement_id) is None or agreement_id in _RESERVED:
        raise UsageError("agreement-id", hint="agreement-id", agreement=agreement_id)


def _require_region(code: str, divisions: Divisions) -> None:
    if code != province_of(code) or not divisions.is_known(code):
        raise UsageError("region-not-known", hint="region-unknown", region=code)


def require_days(first: str, last: str | None) -> None:
    """Refuse what is no day, or ends before it begins; raises `UsageError`."""
    for day in filter(None, (first, last)):
        try:
            day_starts_at(day)
        except ValueError as error:
            raise UsageError("day-form", hint="day-form", day=day) from error
    if last is not None and last < first:
        raise UsageError("days-order", hint="days-order", first=first, last=last)


def _default_id(parties: Sequence[str], taken: Collection[str]) -> str:
    number = 1
    while f"agr-{'-'.join(parties)}-{number}" in taken:
        number += 1
    return f"agr-{'-'.join(parties)}-{number}"


def _given(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
