"""An edition of what regions share: schemas, examples, scenarios and agreements, at one place and time."""

import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, Final, NamedTuple

from certx.errors import CertxError
from certx.gate.tree import Layout, Tree, TreeFiles, TreeShelf, documents_below, join
from certx.recognition.agreement import Agreement, UnreadAgreement
from certx.recognition.published import filings_of, read_filing, withdrawals_of
from certx.recognition.scenario import Scenario, scenario_ids, scenario_of, scenario_path, shared_path
from certx.recognition.snapshot import Published, published_in
from certx.schema.catalogue import LicenceSchema, SchemaVersion, latest
from certx.schema.documents import DocumentCatalogue, Shelf
from certx.schema.profile import Profile, profile_path, read_profile
from certx.trust.files import RegistryFiles, parse_document
from certx.trust.shelf import RegistryShelf, schema_path

_FILES: Final = frozenset({"path", "file"})
"""Parameters of errors that name a file."""
_PROFILE: Final = re.compile(r"profile-([a-z][a-z0-9-]{0,63})\.json")


class Example(NamedTuple):
    """A licence document beside a schema. Of an invalid one: the rule it breaks and the JSON Pointer of the place."""

    place: str
    document: Any
    wrong: str = ""
    at: str = ""


class Matter(NamedTuple):
    """A scenario, and where it is published: by a region, or for all."""

    place: str
    scenario: Scenario


class Treaty(NamedTuple):
    """An agreement, and where one of its parties published it."""

    place: str
    agreement: Agreement


class RegionProfile(NamedTuple):
    """A region's profile of a licence type, and where it is published; the error, if it is none."""

    region: str
    licence_type: str
    place: str
    profile: Profile | CertxError


class Edition:
    """Schemas and what lives by them. `name` is for people: a folder, `git:main`, the version of a registry."""

    def __init__(
        self,
        name: str,
        shelf: Shelf,
        files: RegistryFiles,
        *,
        tree: Tree,
        layout: Layout,
        place: Callable[[str, SchemaVersion], str],
    ) -> None:
        self.name = name
        self.shelf = shelf
        self.catalogue = DocumentCatalogue(shelf)
        self.place = place
        """Where a version of a schema lies, by type and version; of what all share, by `core`."""
        self.tree, self.layout = tree, layout
        self._files = files
        self._examples: dict[tuple[str, str], tuple[Example, ...]] = {}

    @classmethod
    def of_tree(cls, name: str, tree: Tree, layout: Layout) -> "Edition":
        """That of the files of a repository."""
        layout = layout.on(tree)
        files = TreeFiles(tree, layout.keys)
        return cls(name, TreeShelf(tree, layout), files, tree=tree, layout=layout, place=layout.schema)

    @classmethod
    def of_registry(cls, name: str, files: RegistryFiles) -> "Edition":
        """That of a signed registry: it has no examples and no profiles."""
        return cls(name, RegistryShelf(files), files, tree={}, layout=Layout(), place=schema_path)

    def schemas(self) -> Iterator[tuple[str, SchemaVersion]]:
        """Every version of every licence type."""
        for licence_type in self.shelf.types():
            for version in self.shelf.versions(licence_type):
                yield licence_type, version

    def has(self, licence_type: str, version: SchemaVersion) -> bool:
        """Is that version here?"""
        return version in self.shelf.versions(licence_type)

    def read(self, licence_type: str, version: SchemaVersion) -> LicenceSchema:
        """One version that is here; raises `DocumentError` if it is no licence schema."""
        return self.catalogue.read(licence_type, version)

    def newest(self, licence_type: str, major: int | None = None) -> LicenceSchema | None:
        """The highest minor of a major (default: the highest), `None` if there is none or it is no licence schema."""
        try:
            return latest(self.catalogue, licence_type, major)
        except CertxError:  # told of the schema itself
            return None

    def examples(self, licence_type: str, kind: str) -> tuple[Example, ...]:
        """The `valid` or `invalid` example documents of a type; raises `DocumentError` if one is no JSON."""
        key = (licence_type, kind)
        if key not in self._examples:
            self._examples[key] = tuple(self._read_examples(join(self.layout.schemas, f"{licence_type}/{kind}"), kind))
        return self._examples[key]

    def _read_examples(self, folder: str, kind: str) -> Iterator[Example]:
        for stem, document in documents_below(self.tree, folder):
            place = f"{folder}/{stem}.json"
            if kind == "valid":
                yield Example(place, document)
            else:
                wrong, at = str(document.get("wrong", "")), str(document.get("at", ""))
                yield Example(place, document.get("document"), wrong, at)

    @cached_property
    def _scenarios(self) -> dict[str, Scenario | CertxError]:
        """By its place every scenario, or why it cannot be read."""
        found: dict[str, Scenario | CertxError] = {}
        for region in self._files.regions():
            for scenario_id in scenario_ids(self._files, region):
                place = self._scenario_place(region, scenario_id)
                try:
                    scenario = scenario_of(self._files, region, scenario_id)
                except CertxError as error:
                    found[place] = self._as_here(error)
                else:
                    if scenario is not None:
                        found[place] = scenario
        return found

    @property
    def matters(self) -> tuple[Matter, ...]:
        """Every scenario in use that can be read, once."""
        return tuple(Matter(place, one) for place, one in self._scenarios.items() if isinstance(one, Scenario))

    @property
    def unread(self) -> dict[str, CertxError]:
        """Scenarios and agreements that cannot be read, by their place."""
        scenarios = {place: one for place, one in self._scenarios.items() if isinstance(one, CertxError)}
        agreements = {place: one.defect for place, one in self._filings.items() if isinstance(one, UnreadAgreement)}
        return scenarios | agreements

    def _scenario_place(self, region: str, scenario_id: str) -> str:
        own = scenario_path(region, scenario_id)
        return self._place_of(shared_path(scenario_id) if self._files.read(own) is None else own)

    @cached_property
    def _filings(self) -> dict[str, Agreement | UnreadAgreement]:
        """By its place every agreement of every region, or why it cannot be read."""
        regions = self._files.regions()
        try:
            withdrawals = withdrawals_of(self._files, regions)
        except CertxError:
            withdrawals = {}
        found = {}
        for filing in filings_of(self._files, regions):
            place = self._place_of(filing.path)
            found[place] = agreement = read_filing(self._files, filing, withdrawals)
            if isinstance(agreement, UnreadAgreement):
                self._as_here(agreement.defect)
        return found

    @property
    def treaties(self) -> tuple[Treaty, ...]:
        """Every agreement of every region that can be read."""
        return tuple(Treaty(place, one) for place, one in self._filings.items() if isinstance(one, Agreement))

    def _place_of(self, path: str) -> str:
        return self._files.place(path) if isinstance(self._files, TreeFiles) else path

    @property
    def regions(self) -> tuple[str, ...]:
        """The codes of the regions that take part."""
        return tuple(self._files.regions())

    @cached_property
    def published(self) -> Published:
        """Every agreement and scenario as verifiers have them; raises `CertxError` if a region cannot be relied on."""
        return published_in(self._files)

    @cached_property
    def profiles(self) -> tuple[RegionProfile, ...]:
        """Every profile of every region."""
        return tuple(
            RegionProfile(region, match[1], self._place_of(path), self._profile(path))
            for region in self._files.regions()
            for name in sorted(self._files.names(f"regions/{region}"))
            if (match := _PROFILE.fullmatch(name)) and (path := profile_path(region, match[1]))
        )

    def _profile(self, path: str) -> Profile | CertxError:
        try:
            return read_profile(parse_document(self._files.read(path) or b"", path), path)
        except CertxError as error:
            return self._as_here(error)

    def _as_here(self, error: CertxError) -> CertxError:
        """An error about a file of the registry, which it names as this edition does."""
        error.params.update({name: self._place_of(str(error.params[name])) for name in _FILES & error.params.keys()})
        return error
