"""Where a verification looks things up, on this machine."""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from certx.errors import CertxError, UsageError
from certx.licence.divisions import province_of
from certx.licence.model import day_of
from certx.recognition.agreement import Agreement, UnreadAgreement
from certx.recognition.published import agreements_between
from certx.schema.catalogue import LicenceSchema, latest
from certx.schema.files import FolderCatalogue, shipped_schemas
from certx.schema.rules import Context
from certx.settings import Settings
from certx.trust.folder import FolderFiles, read_folder
from certx.trust.freshness import DEFAULT_LIMITS, Limits
from certx.trust.registry import Registry

if TYPE_CHECKING:
    from certx.recognition.scenario import Scenario


class LocalSources:
    """The registry folder and the schemas of this machine, each read once and only when asked for."""

    def __init__(self, settings: Settings, *, now: float) -> None:
        self._folder = settings.registry
        self._files = FolderFiles(settings.registry) if settings.registry is not None else None
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

    def agreements_between(
        self, issued_in: str, accepted_in: str, licence_type: str
    ) -> Sequence[Agreement | UnreadAgreement] | None:
        """What either region published that bears on the type, `None` if it cannot be read."""
        if self._files is None:
            return None
        try:
            return agreements_between(self._files, issued_in, accepted_in, licence_type)
        except CertxError:
            return None

    def scenario(self, region: str, scenario_id: str) -> "Scenario | CertxError | None":
        """A region's scenario, the error if it cannot be read."""
        from certx.recognition.scenario import scenario_of  # noqa: PLC0415 - only where a matter is named

        if self._files is None:
            return None
        try:
            return scenario_of(self._files, region, scenario_id)
        except CertxError as error:
            return error

    @cached_property
    def catalogue(self) -> FolderCatalogue:
        """The schemas: an unsigned registry has none of its own, so the shipped ones."""
        return shipped_schemas()

    @cached_property
    def context(self) -> Context:
        """What cross-field rules may know."""
        return Context(self._today, self.catalogue)

    @property
    def limits(self) -> Limits:
        """An unsigned registry does not age."""
        return DEFAULT_LIMITS

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
