"""Where a verification looks things up, on this machine."""

from collections.abc import Sequence
from functools import cached_property

from certx.errors import CertxError, UsageError
from certx.licence.divisions import province_of
from certx.licence.model import day_of
from certx.recognition.agreement import Agreement, read_agreements
from certx.schema.catalogue import LicenceSchema, latest
from certx.schema.files import FolderCatalogue, shipped_schemas
from certx.schema.rules import Context
from certx.settings import Settings
from certx.trust.folder import read_folder, read_published_agreements
from certx.trust.registry import Issuer, Registry


class LocalSources:
    """The registry folder and the schemas of this machine, each read once and only when asked for."""

    def __init__(self, settings: Settings, *, now: float) -> None:
        self._folder = settings.registry
        self._today = day_of(now)
        self.region = province_of(settings.region) if settings.region is not None else None
        self.registry_error: CertxError | None = None
        self._schemas: dict[tuple[str, int], LicenceSchema | None] = {}

    @cached_property
    def registry(self) -> Registry | None:
        """The registry snapshot; what made it unreadable is in `registry_error`."""
        if self._folder is None:
            return None
        try:
            return read_folder(self._folder)
        except CertxError as error:
            self.registry_error = error
            return None

    @cached_property
    def agreements(self) -> Sequence[Agreement] | None:
        """Every published agreement, `None` if they cannot be read."""
        if self._folder is None or self.registry is None:
            return None
        try:
            return read_agreements(read_published_agreements(self._folder))
        except CertxError:
            return None

    @cached_property
    def catalogue(self) -> FolderCatalogue:
        """The schemas: an unsigned registry has none of its own, so the shipped ones."""
        return shipped_schemas()

    @cached_property
    def context(self) -> Context:
        """What cross-field rules may know."""
        return Context(self._today, self.catalogue)

    def schema(self, licence_type: str, major: int) -> LicenceSchema | None:
        """The highest minor of a licence schema."""
        key = (licence_type, major)
        if key not in self._schemas:
            try:
                self._schemas[key] = latest(self.catalogue, licence_type, major)
            except CertxError:  # a damaged schema is one that cannot be had
                self._schemas[key] = None
        return self._schemas[key]


def require_registry(settings: Settings) -> Registry:
    """The registry for issuing; raises `UsageError` if none is set."""
    if settings.registry is None:
        raise UsageError("registry-not-set", hint="registry-not-set")
    return read_folder(settings.registry)


def find_issuer(registry: Registry, wanted: str) -> Issuer:
    """An issuer by its id or its credit code; raises `UsageError`."""
    for region in registry.regions.values():
        for issuer in region.issuers.values():
            if wanted in {issuer.id, issuer.credit_code}:
                return issuer
    raise UsageError("issuer-unknown", hint="issuer-unknown", issuer=wanted)
