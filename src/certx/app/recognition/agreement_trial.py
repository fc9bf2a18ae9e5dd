"""Agreements on trial on this machine: what the registry has, and what a file or folder would change."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from certx.app.recognition.agreement_draft import require_form, require_terms
from certx.app.recognition.agreements import files_in_use
from certx.errors import UsageError
from certx.recognition.agreement import Agreement, read_agreement
from certx.recognition.published import agreements_folder
from certx.recognition.snapshot import published_in
from certx.schema.files import FolderCatalogue
from certx.settings import Settings
from certx.trial.change import Comparison, compare
from certx.trial.matrix import matrix_of
from certx.trial.sample import Example, Sample, make_samples
from certx.trust.files import HeldList, RegistryFiles, parse_document
from certx.trust.folder import FolderFiles, read_document, read_file


class Trial(NamedTuple):
    """What came of a trial at Unix time `at`; `proposal` is what was tried out, `None` if nothing was."""

    at: float
    proposal: str | None
    samples: Sequence[Sample]
    comparisons: Sequence[Comparison]


class Text(NamedTuple):
    """An agreement as it is written: its bytes, what it says, and its document."""

    data: bytes
    agreement: Agreement
    document: Mapping[str, Any]


class _Adopted:
    """The files of a registry, had every party published these bytes."""

    def __init__(self, files: RegistryFiles, text: Text) -> None:
        agreement = text.agreement
        self._files, self._parties, self._data = files, agreement.parties, text.data
        self._name = f"{agreement.id}.json"
        self._paths = {f"{agreements_folder(party)}/{self._name}" for party in agreement.parties}

    def regions(self) -> Sequence[str]:
        """The codes of the regions that take part, the parties among them."""
        return sorted({*self._files.regions(), *self._parties})

    def left_out(self) -> Sequence[str]:
        """Those of them of which nothing is here."""
        return self._files.left_out()

    def names(self, folder: str) -> Mapping[str, str]:
        """The files in a folder; what was adopted has the same digest wherever it lies."""
        names = dict(self._files.names(folder))
        return names | {self._name: "adopted"} if f"{folder}/{self._name}" in self._paths else names

    def read(self, path: str) -> bytes | None:
        """The content of a file."""
        return self._data if path in self._paths else self._files.read(path)

    def read_list(self, path: str) -> HeldList | None:
        """A status list of the registry."""
        return self._files.read_list(path)


def examples_of(catalogue: FolderCatalogue) -> Iterator[Example]:
    """The valid examples of every version of every licence type, the fullest first."""
    for name in catalogue.types():
        found = sorted((catalogue.folder / name / "valid").glob("*.json"), key=lambda path: (path.stem != "full", path))
        documents = [(path.stem, orjson.loads(read_file(path))) for path in found]
        for version in catalogue.versions(name):
            schema = catalogue.read(name, version)
            yield from (Example(schema, stem, row) for stem, row in documents if schema.closed.is_valid(row))


def run_trial(
    settings: Settings, proposal: Path | None, catalogue: FolderCatalogue, *, now: float, at: float | None = None
) -> Trial:
    """Ask every question, of the registry in use and of what would be: with a proposed agreement, or a folder instead.

    It is judged at Unix time `at`: without it now, or on the first day of a proposed agreement if that is later. Raises
    `CertxError` if the registry or the proposal cannot be read.
    """
    files = files_in_use(settings)
    changed, begins = (files, now) if proposal is None else _changed(files, proposal, catalogue, now)
    at = begins if at is None else at
    samples = make_samples(examples_of(catalogue), catalogue, at=at)
    before = matrix_of(published_in(files), samples, at=at)
    after = before if proposal is None else matrix_of(published_in(changed), samples, at=at)
    return Trial(at, None if proposal is None else str(proposal), samples, list(compare(before, after)))


def _changed(
    files: RegistryFiles, proposal: Path, catalogue: FolderCatalogue, now: float
) -> tuple[RegistryFiles, float]:
    """The files as they would be, and when what is proposed is first in force."""
    if proposal.is_dir():
        return FolderFiles(proposal), now
    text = read_proposal(proposal, catalogue)
    return _Adopted(files, text), max(now, text.agreement.since)


def read_proposal(path: Path, catalogue: FolderCatalogue) -> Text:
    """A document that could be signed; raises `CertxError` on any other."""
    data, document = read_document(path)
    require_form(document, "agreement", catalogue, path=str(path))
    require_terms(document, catalogue)
    return Text(data, read_agreement(document, str(path), document["parties"]), document)


def agreement_text(settings: Settings, name: str, catalogue: FolderCatalogue) -> Text:
    """The text of an agreement by its file, or by the id under which the registry has it; raises `CertxError`.

    Of one that a party altered, the text of the first party by code.
    """
    path = Path(name)
    if path.is_file():
        return read_proposal(path, catalogue)
    files = files_in_use(settings)
    for region in files.regions():
        place = f"{agreements_folder(region)}/{name}.json"
        data = files.read(place) if f"{name}.json" in files.names(agreements_folder(region)) else None
        if data is not None:
            document = parse_document(data, place)
            return Text(data, read_agreement(document, place, {region}), document)
    raise UsageError("agreement-unknown", hint="agreement-unknown", agreement=name)
