"""Where a verification looks things up, on this machine."""

from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from certx.errors import CertxError, DocumentError, UsageError
from certx.evidence import Hindsight
from certx.licence.divisions import province_of
from certx.licence.model import day_of
from certx.recognition.agreement import Agreement, UnreadAgreement
from certx.recognition.published import agreements_between
from certx.schema.catalogue import LicenceSchema, latest
from certx.schema.documents import DocumentCatalogue
from certx.schema.rules import Context
from certx.settings import Settings
from certx.trust.checkpoint import LogHead
from certx.trust.files import HeldList, RegistryFiles
from certx.trust.freshness import DEFAULT_LIMITS, Limits
from certx.trust.registry import Issuer, Registry

if TYPE_CHECKING:
    from certx.recognition.scenario import Scenario
    from certx.status.tokenlist import StatusToken
    from certx.trust.logs import ProvenLogs

_KEPT_AGREEMENTS: Final = 4_096
"""Pairs of regions and licence types for which the agreements are kept; a type may come from anybody's credential."""
_KEPT_SCHEMAS: Final = 256
_KEPT_LISTS: Final = 64
"""Most status lists that are kept inflated at a time."""


class Holding(NamedTuple):
    """A registry at hand: its files, the snapshot, how old it may be, and the schemas that go with it."""

    files: RegistryFiles
    registry: Registry
    limits: Limits
    catalogue: DocumentCatalogue
    logs: "ProvenLogs | None" = None


def open_registry(settings: Settings, *, at: float | None = None) -> Holding:
    """The registry in use, or the one that was at Unix time `at`.

    Raises `CertxError` if none is set or kept, or what is there cannot be relied on.
    """
    if settings.root is not None:
        from certx.trust.generations import read_signed  # noqa: PLC0415 - one of two kinds
        from certx.trust.shelf import RegistryShelf  # noqa: PLC0415

        signed = read_signed(settings.generations, settings.root, at=at)
        catalogue = DocumentCatalogue(RegistryShelf(signed.files))
        return Holding(signed.files, signed.registry, signed.limits, catalogue, signed.logs)
    if settings.registry is None:
        raise UsageError("registry-not-set", hint="registry-not-set")
    if at is not None:
        raise DocumentError("past-unsigned")
    from certx.schema.files import shipped_schemas  # noqa: PLC0415
    from certx.trust.folder import FolderFiles, read_folder  # noqa: PLC0415

    registry = read_folder(settings.registry)
    return Holding(FolderFiles(settings.registry), registry, DEFAULT_LIMITS, shipped_schemas())


def token_of(held: HeldList) -> "StatusToken":
    """A status list as it is held, not yet believed."""
    text = held.token.decode("ascii", "replace").removesuffix("\n")
    if held.delta is None:
        from certx.status.tokenlist import StatusToken  # noqa: PLC0415 - only for a credential that names a list

        return StatusToken(text)
    from certx.status.delta import patched_token  # noqa: PLC0415

    return patched_token(text, held.delta.decode("ascii", "replace"), stands_for=held.stands_for)


class LocalSources:
    """The registry and the schemas of this machine, each part read once and only when asked for.

    `is_past`: `now` is an earlier time, and the registry is the one that was in force then.
    """

    def __init__(self, settings: Settings, *, now: float, is_past: bool = False) -> None:
        self._settings = settings
        self._today, self._at = day_of(now), now if is_past else None
        self.region = province_of(settings.region) if settings.region is not None else None
        self.registry_error: CertxError | None = None
        self._schema = lru_cache(maxsize=_KEPT_SCHEMAS)(self._read_schema)
        self._dictionary = lru_cache(maxsize=_KEPT_SCHEMAS)(self._read_dictionary)
        self._status_token = lru_cache(maxsize=_KEPT_LISTS)(self._read_status)
        self._agreements = lru_cache(maxsize=_KEPT_AGREEMENTS)(self._read_agreements)
        self._latest = lru_cache(maxsize=_KEPT_SCHEMAS)(lambda name: latest(self.catalogue, name))

    @cached_property
    def _holding(self) -> Holding | None:
        """The registry at hand; what made it unreadable is in `registry_error`."""
        if self._settings.root is None and self._settings.registry is None:
            return None
        try:
            return open_registry(self._settings, at=self._at)
        except CertxError as error:
            self.registry_error = error
            return None

    @cached_property
    def hindsight(self) -> Hindsight | None:
        """What is in force today, where a question is about an earlier time."""
        return None if self._today_sources is None else Hindsight(self._today_sources.registry)

    @cached_property
    def _today_sources(self) -> "LocalSources | None":
        """The registry in use, beside that of an earlier time; only its signatures are looked at, not its age."""
        return None if self._at is None else LocalSources(self._settings, now=self._at)

    def later_status_token(self, region: str, uri: str) -> "StatusToken | None":
        """The status list of this name in the registry in use, where all else is that of an earlier time."""
        return None if self._today_sources is None else self._today_sources.status_token(region, uri)

    @property
    def registry(self) -> Registry | None:
        """The registry snapshot."""
        return self._holding.registry if self._holding is not None else None

    @property
    def files(self) -> RegistryFiles | None:
        """The registry's files, for what no verdict asks for."""
        return self._holding.files if self._holding is not None else None

    @property
    def limits(self) -> Limits:
        """How old evidence may be, as the federation says."""
        return self._holding.limits if self._holding is not None else DEFAULT_LIMITS

    def agreements_between(
        self, issued_in: str, accepted_in: str, licence_type: str
    ) -> Sequence[Agreement | UnreadAgreement] | None:
        """What either region published that bears on the type, `None` if it cannot be read."""
        return self._agreements(issued_in, accepted_in, licence_type)

    def _read_agreements(
        self, issued_in: str, accepted_in: str, licence_type: str
    ) -> Sequence[Agreement | UnreadAgreement] | None:
        if self._holding is None:
            return None
        try:
            return tuple(agreements_between(self._holding.files, issued_in, accepted_in, licence_type))
        except CertxError:
            return None

    def scenario(self, region: str, scenario_id: str) -> "Scenario | CertxError | None":
        """A region's scenario, the error if it cannot be read."""
        from certx.recognition.scenario import scenario_of  # noqa: PLC0415 - only where a matter is named

        if self._holding is None:
            return None
        try:
            return scenario_of(self._holding.files, region, scenario_id)
        except CertxError as error:
            return error

    def status_token(self, region: str, uri: str) -> "StatusToken | None":
        """The status list of this name that the region published, read once; `None` if it cannot be had."""
        return self._status_token(region, uri)

    def _read_status(self, region: str, uri: str) -> "StatusToken | None":
        from certx.status.reference import list_file  # noqa: PLC0415 - only for a credential that names a list

        place = list_file(uri)
        if self._holding is None or place is None or place[0] != region:
            return None
        try:
            held = self._holding.files.read_list(f"status/{region}/{place[1]}")
        except CertxError:
            return None
        return None if held is None else token_of(held)

    def is_logged(self, region: str, issuer: Issuer, head: LogHead, digest: bytes) -> bool:
        """Is the digest in the published log, which `certx sync` saw to have this head? Read once for each log."""
        if self._holding is None or self._holding.logs is None:
            return False
        return self._holding.logs.has(region, issuer.credit_code, head, digest)

    @cached_property
    def catalogue(self) -> DocumentCatalogue:
        """The schemas of the registry; an unsigned one has none of its own, so the shipped ones."""
        if self._holding is not None:
            return self._holding.catalogue
        from certx.schema.files import shipped_schemas  # noqa: PLC0415

        return shipped_schemas()

    @cached_property
    def context(self) -> Context:
        """What cross-field rules may know."""
        return Context(self._today, self.catalogue)

    def dictionary(self, number: int) -> bytes | None:
        """A dictionary of the registry; those that came with certx are as good, for none ever changes."""
        return self._dictionary(number)

    def _read_dictionary(self, number: int) -> bytes | None:
        from certx.schema.files import shipped_schemas  # noqa: PLC0415 - only for what came as a symbol

        with suppress(CertxError):
            found = self.catalogue.dictionary(number)
            if found is not None:
                return found
        return shipped_schemas().dictionary(number)

    def schema(self, licence_type: str, major: int) -> LicenceSchema | None:
        """The highest minor of a licence schema."""
        return self._schema(licence_type, major)

    def _read_schema(self, licence_type: str, major: int) -> LicenceSchema | None:
        try:
            return latest(self.catalogue, licence_type, major)
        except CertxError:  # a damaged schema is one that cannot be had
            return None

    def latest_schema(self, licence_type: str) -> LicenceSchema | None:
        """The highest version of a licence schema, of whatever major: how licences of the type are shown."""
        return self._latest(licence_type)
