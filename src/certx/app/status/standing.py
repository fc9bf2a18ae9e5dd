"""How one licence stands: what the ledger knows of it, and whether counters can know it too."""

from collections.abc import Iterable
from contextlib import closing
from typing import Final

from certx.app.machine.ledgers import open_ledger
from certx.app.machine.shipped import schemas
from certx.app.registry.sources import Holding, open_registry
from certx.errors import CertxError, UsageError
from certx.ledger import ListPlace, Standing
from certx.licence.identifiers import IdentifierError, LicenceIdentifier
from certx.licence.status import CanonicalStatus
from certx.schema.catalogue import latest
from certx.schema.documents import DocumentCatalogue
from certx.settings import Settings
from certx.status.reference import list_file, list_uri
from certx.status.standing import LicenceType, Publication, StandingReport
from certx.status.tokenlist import StatusToken

_TYPE_PART: Final = 5
"""Which part of a licence identifier is its type's code (GB/T 36904), counted from 0."""
SETTABLE: Final = tuple(status for status in CanonicalStatus if status is not CanonicalStatus.OTHER)


def report_standing(licence_id: str, settings: Settings) -> StandingReport:
    """How a licence that was issued here stands; raises `UsageError` if it was not."""
    with closing(open_ledger(settings)) as ledger:
        standing = ledger.standing(licence_id)
        history = tuple(ledger.history(licence_id))
    if standing is None:
        raise UsageError("licence-unknown", hint="licence-not-here", licence_id=licence_id)
    holding = _holding(settings)
    catalogue = _catalogue(holding)
    licence_type = _type_of(licence_id, catalogue)
    codes: tuple[str, ...] = ()
    if licence_type is not None:
        codes = catalogue.status_codes.codes(licence_type.name, standing.status)
    uri = None if standing.place is None else list_uri(standing.place.series, standing.place.number)
    publication, published_at = _publication(standing, holding)
    since = history[-1].at if history else standing.issued_at
    return StandingReport(standing, licence_type, since, codes, history, uri, publication, published_at)


def read_status(text: str, licence_ids: Iterable[str], settings: Settings) -> CanonicalStatus:
    """The status that a text names: a canonical one, also in Chinese, or what the types of these licences call it.

    Raises `UsageError` if it names none, or not the same one in each of the types.
    """
    if text in SETTABLE:
        return CanonicalStatus(text)
    catalogue = _catalogue(_holding(settings))
    named = _national_codes(licence_ids)
    types = [found for found in _types(catalogue) if found.national_code in named]
    names = [found.name for found in types] or [""]  # whether they were issued is for the ledger to say
    meanings = {name: catalogue.status_codes.meant(name, text) for name in names}
    if not set(meanings.values()) - {CanonicalStatus.OTHER}:
        raise UsageError("status-unknown", hint="status-unknown", status=text, known=", ".join(SETTABLE))
    if len(set(meanings.values())) > 1:
        shown = ", ".join(f"{name}: {meaning}" for name, meaning in meanings.items())
        raise UsageError("status-ambiguous", hint="status-ambiguous", status=text, meanings=shown)
    return next(iter(meanings.values()))


def _national_codes(licence_ids: Iterable[str]) -> set[str]:
    """The type codes in identifiers, well-formed or not: whether each was issued is for the ledger to say."""
    return {"".join(name.split(".", _TYPE_PART + 1)[_TYPE_PART : _TYPE_PART + 1]) for name in licence_ids}


def _holding(settings: Settings) -> Holding | None:
    """The registry in use, `None` if there is none that can be relied on."""
    try:
        return open_registry(settings)
    except CertxError:
        return None


def _catalogue(holding: Holding | None) -> DocumentCatalogue:
    return schemas() if holding is None else holding.catalogue


def _types(catalogue: DocumentCatalogue) -> Iterable[LicenceType]:
    for name in catalogue.types():
        schema = latest(catalogue, name)
        if schema is not None:
            yield LicenceType(name, schema.national_code, schema.label)


def _type_of(licence_id: str, catalogue: DocumentCatalogue) -> LicenceType | None:
    try:
        code = LicenceIdentifier.parse(licence_id).type_code
    except IdentifierError:
        return None
    return next((found for found in _types(catalogue) if found.national_code == code), None)


def _publication(standing: Standing, holding: Holding | None) -> tuple[Publication, int | None]:
    """What the list in the registry in use says, and when it was signed."""
    if standing.place is None:
        return Publication.NO_LIST, None
    if holding is None:
        return Publication.UNKNOWN, None
    try:
        return _published(standing.status, standing.place, holding)
    except (CertxError, UnicodeDecodeError):  # of a list that cannot be read or believed nothing is known
        return Publication.UNKNOWN, None


def _published(status: CanonicalStatus, place: ListPlace, holding: Holding) -> tuple[Publication, int | None]:
    uri = list_uri(place.series, place.number)
    region, name = list_file(uri) or ("", "")
    data = holding.files.read(f"status/{region}/{name}")
    if data is None:
        return Publication.NOT_PUBLISHED, None
    token = StatusToken(data.decode("ascii").strip())
    issuer = holding.registry.issuer_named(place.series.rpartition(":")[2])
    key = issuer.status_keys.get(str(token.jws.header.get("kid")))
    if key is None:
        return Publication.UNKNOWN, None
    found = token.open(key.public, uri)
    says = found.get(place.idx) == status.list_value
    return Publication.PUBLISHED if says else Publication.NOT_PUBLISHED, int(found.issued_at.timestamp())
