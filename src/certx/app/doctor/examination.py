"""`certx doctor`: gathers what this machine is like, part by part, and has each part reviewed (`certx.doctor`).

What is broken is told and hinders none of the rest.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from certx.app.doctor.lists import absent_lists, published_lists, unpublished_statuses
from certx.app.doctor.machine import folders_and_ledger, key_files, look_at_disk, look_at_key
from certx.app.machine.ledgers import review_known_ledger
from certx.app.registry.earlier import listed_before
from certx.app.registry.sources import Holding, LocalSources, open_registry
from certx.doctor.anchors import review_anchors, review_keys, review_losses
from certx.doctor.complaint import Ailment, Complaint, Severity, error, warning
from certx.doctor.evidence import (
    ListFacts,
    accepted_from,
    review_agreements,
    review_clock,
    review_lists,
    review_roles,
)
from certx.doctor.machine import AbsentList, review_files, review_ledger
from certx.doctor.summary import Summary
from certx.errors import CertxError, EnvironmentFailureError, UsageError, cause_of
from certx.ledger.review import LedgerReview
from certx.licence.divisions import province_of
from certx.recognition.standing import Standing, standings_of
from certx.recognition.standing import State as Standpoint
from certx.settings import Settings
from certx.trust.files import RegistryFiles
from certx.trust.logs import ProvenLogs
from certx.trust.registry import Region
from certx.trust.rehearsal import key_lists
from certx.trust.roles import CATALOGUE, DUTY, TOP_LEVEL, region_role, status_role


class Examination(NamedTuple):
    """What is wrong, what is only noted, and what was looked at."""

    findings: tuple[Complaint, ...]
    notes: tuple[Complaint, ...]
    summary: Summary


def examine(settings: Settings, mistake: UsageError | None = None, *, now: float) -> Examination:
    """Look at settings, registry, keys, disk and ledger of this machine.

    `mistake`: what is wrong with the settings, of which then no more is known than `settings` says.
    """
    doctor = _Doctor(settings, mistake, now)
    parts: dict[str, Callable[[], Iterator[Complaint]]] = {
        "settings": doctor.settings,
        "registry": doctor.registry,
        "anchors": doctor.anchors,
        "agreements": doctor.agreements,
        "evidence": doctor.evidence,
        "disk": partial(look_at_disk, settings),
        "files": doctor.files,
        "ledger": doctor.ledger,
    }
    complaints = [complaint for name, part in parts.items() for complaint in _told(name, part)]
    findings = tuple(complaint for complaint in complaints if complaint.severity is not Severity.NOTE)
    notes = tuple(complaint for complaint in complaints if complaint.severity is Severity.NOTE)
    return Examination(findings, notes, doctor.summary())


def _told(name: str, part: Callable[[], Iterator[Complaint]]) -> Iterator[Complaint]:
    """The complaints of a part; that it cannot be looked at is one as well."""
    try:
        yield from part()
    except CertxError as problem:
        hint = {} if problem.hint is None else {"hint": problem.hint}
        yield error(Ailment.NOT_LOOKED_AT, **{**_defect(problem), **hint, "part": name})
    except OSError as problem:
        detail = {"path": str(problem.filename or "?"), "detail": cause_of(problem)}
        yield error(Ailment.NOT_LOOKED_AT, part=name, defect="file-unreadable", **detail)


def _defect(problem: CertxError) -> dict[str, object]:
    return {**problem.params, "defect": problem.code}


class _Doctor:
    """One examination; the parts are asked in order, and later ones use what earlier ones found."""

    def __init__(self, settings: Settings, mistake: UsageError | None, now: float) -> None:
        self._settings, self._mistake, self._now = settings, mistake, now
        self._own = province_of(settings.region) if settings.region is not None else None
        self._holding: Holding | None = None
        self._regions: list[Region] = []
        self._unread: set[str] = set()
        self._standings: list[Standing] = []
        self._has_ledger = False

    def settings(self) -> Iterator[Complaint]:
        """Was the machine set up?"""
        if self._mistake is not None:
            yield error(Ailment.SETTINGS_UNUSABLE, **_defect(self._mistake))
        elif self._settings.region is None:
            yield warning(Ailment.REGION_NOT_SET)

    def registry(self) -> Iterator[Complaint]:
        """Is there a registry that can be relied on?"""
        if self._settings.root is None and self._settings.registry is None:
            if self._mistake is None:
                yield error(Ailment.REGISTRY_NOT_SET)
            return
        try:
            self._holding = open_registry(self._settings)
        except CertxError as problem:
            if problem.code == "registry-not-synced":
                yield error(Ailment.REGISTRY_NOT_SYNCED)
            else:
                is_root = problem.code in {"root-missing", "root-differs"}
                yield error(Ailment.ROOT_UNUSABLE if is_root else Ailment.REGISTRY_UNUSABLE, **_defect(problem))
            return
        registry = self._holding.registry
        if registry.signed_at is None:
            yield warning(Ailment.REGISTRY_UNSIGNED)
        else:
            latest = max(registry.signed_at, registry.seen_at or 0.0)
            yield from review_clock(latest, self._holding.limits, self._now)

    def anchors(self) -> Iterator[Complaint]:
        """Whom does it list?"""
        if self._holding is None:
            return
        for code in self._holding.files.regions():
            try:
                self._regions.append(self._holding.registry.regions[code])
            except CertxError as problem:
                self._unread.add(code)
                tell = error if code == self._own else warning
                yield tell(Ailment.REGION_UNUSABLE, member=code, **_defect(problem))
        yield from review_anchors(self._regions, self._now)
        yield from review_losses(self._regions, listed_before(self._settings), self._unread)

    def agreements(self) -> Iterator[Complaint]:
        """Do our agreements hold, and for how long yet?"""
        if self._holding is None or self._own is None:
            return
        files: RegistryFiles = _Readable(self._holding.files, [region.code for region in self._regions])
        self._standings = standings_of(files, self._now)
        yield from review_agreements(self._standings, self._own, self._now, self._unread)

    def evidence(self) -> Iterator[Complaint]:
        """How long are signatures, keys and status lists good that we rely on?"""
        if self._holding is None:
            return
        types = accepted_from(self._standings, self._own) if self._own is not None else {}
        regions = [region for region in self._regions if region.code in types]
        roles = [*TOP_LEVEL, CATALOGUE, DUTY]
        for code in types:
            roles += [region_role(code), status_role(code)]
        yield from review_roles(self._holding.registry.expiries, roles, self._holding.limits, self._now)
        yield from review_keys(regions, self._own, self._now)
        lists: list[ListFacts] = []
        for region in regions:
            try:
                lists += published_lists(self._holding, region, self._now)
            except CertxError as problem:
                yield error(Ailment.LIST_UNUSABLE, **{**_defect(problem), "file": f"status/{region.code}"})
        yield from review_lists(regions, types, lists, self._own, self._now, limits=self._holding.limits)
        if self._holding.logs is not None:
            yield from _review_logs(self._holding.logs, self._regions)

    def files(self) -> Iterator[Complaint]:
        """May others read keys or ledger?"""
        yield from review_files(folders_and_ledger(self._settings))
        for path in key_files(self._settings):
            yield from _told("files", partial(look_at_key, path))

    def ledger(self) -> Iterator[Complaint]:
        """Is the ledger whole, and all that it says published?"""
        url = self._settings.ledger_url
        try:
            known = review_known_ledger(self._settings)
        except UsageError as problem:
            yield error(Ailment.SETTINGS_UNUSABLE, **_defect(problem))
            return
        except EnvironmentFailureError as problem:
            if problem.code != "ledger-failed":
                raise
            yield error(Ailment.LEDGER_UNREACHABLE, **problem.params, url=url)
            return
        if known is not None:
            self._has_ledger = True
            name, found = known
            yield from review_ledger(name, found, *self._unpublished(found))

    def _unpublished(self, found: LedgerReview) -> tuple[int, list[AbsentList]]:
        """How many statuses of the ledger counters do not know of, and the lists that they do not have."""
        if self._holding is None:
            return 0, []
        sources = LocalSources(self._settings, now=self._now)
        return unpublished_statuses(sources, found), list(absent_lists(self._holding, found))

    def summary(self) -> Summary:
        """What there was to look at."""
        registry = self._holding.registry if self._holding is not None else None
        issuers = [issuer for region in self._regions for issuer in region.issuers.values()]
        return Summary(
            registry.version if registry is not None else None,
            registry.signed_at if registry is not None else None,
            len(self._regions),
            len(issuers),
            sum(len(keys) for region in self._regions for owner in region.owners for _, keys in key_lists(owner)),
            sum(standing.state is Standpoint.IN_FORCE for standing in self._standings),
            self._has_ledger,
        )


def _review_logs(logs: ProvenLogs, regions: Sequence[Region]) -> Iterator[Complaint]:
    """Logs that should prove which licences are older than the theft of a key, and do not."""
    for path, defect in logs.review({region.code: region for region in regions}):
        if defect is None:
            yield warning(Ailment.LOG_NOT_NOTED, path=path)
        else:
            yield warning(Ailment.LOG_UNUSABLE, **{**_defect(defect), "path": path})


class _Readable:
    """The files of a registry, of those regions alone that can be read: one of them does not hide the others."""

    def __init__(self, files: RegistryFiles, codes: list[str]) -> None:
        self._codes = codes
        self.names, self.read, self.read_list, self.left_out = files.names, files.read, files.read_list, files.left_out

    def regions(self) -> list[str]:
        """Their codes."""
        return self._codes
