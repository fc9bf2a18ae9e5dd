"""Agreements on this machine: a region adopts one or withdraws it in its reviewed source; a registry's are listed."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from certx.app.machine.files import replace_file
from certx.app.recognition.agreement_draft import require_form, require_safe_id, require_terms
from certx.app.registry.sources import open_registry
from certx.app.trust.source_lock import changing
from certx.errors import DocumentError, KeyFailureError, UsageError
from certx.keys import Signer
from certx.licence.model import time_text
from certx.recognition.agreement import Agreement, read_agreement
from certx.recognition.published import agreements_folder, withdrawals_of
from certx.recognition.signature import SUFFIX, sign_detached
from certx.recognition.standing import Standing, standings_of
from certx.schema.files import FolderCatalogue
from certx.settings import Settings
from certx.trust.files import Regions, RegistryFiles
from certx.trust.folder import FolderFiles, read_document

_PRETTY: Final = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE


class Adoption(NamedTuple):
    """What became of adopting an agreement: the file, and where the other parties stand."""

    agreement: str
    path: Path
    published: Sequence[str]
    missing: Sequence[str]
    differing: Sequence[str]


def files_in_use(settings: Settings) -> RegistryFiles:
    """The files of the registry of this machine; raises `CertxError` if there is none that can be relied on."""
    return open_registry(settings).files


def agreements_in_use(settings: Settings, *, now: float) -> list[Standing]:
    """Every agreement of the registry of this machine and where it stands; raises `CertxError`."""
    return standings_of(files_in_use(settings), now)


def agreement_named(settings: Settings, agreement_id: str, *, now: float) -> list[Standing]:
    """The texts of one agreement, several if a party altered it; raises `UsageError` if there is none."""
    found = [s for s in agreements_in_use(settings, now=now) if s.agreement.id == agreement_id]
    if not found:
        raise UsageError("agreement-unknown", hint="agreement-unknown", agreement=agreement_id)
    return found


def ids_in_use(settings: Settings) -> set[str]:
    """Ids that were ever given, as far as the registry of this machine says."""
    if settings.registry is None and settings.root is None:
        return set()
    files = files_in_use(settings)
    listed = {Path(name).stem for code in files.regions() for name in files.names(agreements_folder(code))}
    return listed.union(*withdrawals_of(files, files.regions()).values())


def pretty(document: Mapping[str, Any]) -> bytes:
    """A document as people read it."""
    return orjson.dumps(document, option=_PRETTY)


def adopt(
    file: Path, region: str, source: Path, catalogue: FolderCatalogue, open_key: Callable[[], Signer] | None = None
) -> Adoption:
    """Put these very bytes among a region's agreements, with a signature of `open_key` beside them.

    Raises `UsageError` or `DocumentError` on what must not be published. Once more with the same bytes changes nothing.
    """
    data, document = read_document(file)
    require_form(document, "agreement", catalogue, path=str(file))
    _refuse_twins(data, str(file))
    agreement = read_agreement(document, str(file), {region})
    require_safe_id(agreement.id)
    parties = sorted(agreement.parties)
    if region not in parties:
        raise UsageError("agreement-party", hint="agreement-party", region=region, parties=", ".join(parties))
    require_terms(document, catalogue)
    files = _source_of(region, source)
    _texts_beside(files, region, agreement, data)
    path = source / region / "agreements" / f"{agreement.id}.json"
    signature = _signature(data, files, region, open_key()) if open_key is not None else None
    with changing(source):  # only now: to open a key may have taken somebody's time
        texts = _texts_beside(_source_of(region, source), region, agreement, data)
        if texts[region] is None:
            replace_file(path, data)
        if signature is not None:
            replace_file(path.with_suffix(SUFFIX), signature.encode() + b"\n")
    others = [party for party in parties if party != region]
    return Adoption(
        agreement.id,
        path,
        sorted([region, *(party for party in others if texts[party] == data)]),
        [party for party in others if texts[party] is None],
        [party for party in others if texts[party] not in {None, data}],
    )


def _texts_beside(files: RegistryFiles, region: str, agreement: Agreement, data: bytes) -> dict[str, bytes | None]:
    """What each party has under the agreement's id; raises `UsageError` if this text cannot be the region's."""
    parties = sorted(agreement.parties)
    for party, withdrawn in withdrawals_of(files, [region, *parties]).items():
        if agreement.id in withdrawn:
            raise UsageError("agreement-id-withdrawn", hint="agreement-new-id", region=party, agreement=agreement.id)
    texts = {party: files.read(f"{agreements_folder(party)}/{agreement.id}.json") for party in parties}
    if texts[region] not in {None, data}:
        raise UsageError("agreement-id-taken", hint="agreement-new-id", region=region, agreement=agreement.id)
    return texts


def withdraw(agreement_id: str, region: str, source: Path, *, why: str, now: float, at: float | None = None) -> Path:
    """Take an agreement out of a region's source and record it as withdrawn, so that it cannot come back.

    Raises `UsageError` if the region neither publishes nor withdrew it, or on a time that is yet to come: it counts at
    once. The record is written first.
    """
    require_safe_id(agreement_id)
    if not why.strip():
        raise UsageError("agreement-no-reason", hint="agreement-no-reason")
    at = now if at is None else at
    if at > now:  # it would end at once all the same
        raise UsageError("withdrawal-in-future", hint="withdrawal-in-future", at=at)
    files = _source_of(region, source)
    entries = dict(withdrawals_of(files, [region])[region])
    path = source / region / "agreements" / f"{agreement_id}.json"
    if agreement_id not in entries:
        if not path.is_file():
            raise UsageError("agreement-not-listed", hint="agreement-unknown", region=region, agreement=agreement_id)
        entries[agreement_id] = {"id": agreement_id, "at": time_text(at), "why": why.strip()}
        replace_file(source / region / "withdrawn.json", pretty({"agreements": list(entries.values())}))
    for listed in (path, path.with_suffix(SUFFIX)):
        listed.unlink(missing_ok=True)
    return source / region / "withdrawn.json"


def _source_of(region: str, source: Path) -> FolderFiles:
    if not (source / region / "keys.json").is_file():
        raise UsageError("source-region", hint="registry-missing", path=str(source), region=region)
    return FolderFiles(source)


def _refuse_twins(data: bytes, path: str) -> None:
    """A member that stands twice would be read one way by some and another way by others."""

    def look(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in pairs}) < len(pairs):
            raise DocumentError("document-member-twice", path=path)
        return dict(pairs)

    json.loads(data, object_pairs_hook=look)


def _signature(data: bytes, files: RegistryFiles, region: str, signer: Signer) -> str:
    keys = {key.kid for issuer in Regions(files)[region].issuers.values() for key in issuer.keys.values()}
    if signer.kid not in keys:
        raise KeyFailureError("signing-key-not-listed", hint="signing-key-not-listed", kid=signer.kid, issuer=region)
    return sign_detached(data, signer)
