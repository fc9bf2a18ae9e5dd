"""Gathers for `certx doctor` what the registry in use has of status lists, and what the ledger has that it has not."""

from collections.abc import Iterator

from certx.app.registry.sources import Holding, LocalSources, token_of
from certx.doctor.evidence import ListFacts
from certx.doctor.machine import AbsentList, count_unpublished
from certx.errors import CertxError
from certx.ledger.review import LedgerReview
from certx.status.errors import StatusError
from certx.status.reference import list_file, list_uri
from certx.status.review import open_published
from certx.status.tokenlist import StatusToken
from certx.trust.files import is_list
from certx.trust.freshness import latest_signed
from certx.trust.registry import Region


def published_lists(holding: Holding, region: Region, now: float) -> Iterator[ListFacts]:
    """The status lists that a region published; raises `CertxError` if it cannot be told which there are."""
    files, latest = holding.files, latest_signed(holding.registry)
    for file in sorted(files.names(f"status/{region.code}")):
        if not is_list(f"status/{region.code}/{file}"):
            continue
        try:
            held = files.read_list(f"status/{region.code}/{file}")
            if held is not None:
                statuses = open_published(token_of(held), region, file)
                statuses.check_begun(max(now, latest or 0.0))  # of a clock that is behind is told already
                yield ListFacts(region.code, file, statuses.issued_at.timestamp(), statuses.end)
        except CertxError as problem:
            yield ListFacts(region.code, file, None, None, problem)


def unpublished_statuses(sources: LocalSources, found: LedgerReview) -> int:
    """How many statuses of the ledger counters with this registry do not know of yet."""
    count = 0
    for (series, number), statuses in found.statuses.items():
        uri = list_uri(series, number)
        count += count_unpublished(statuses, _marks(sources.status_token(series.partition(":")[0], uri), uri))
    return count


def absent_lists(holding: Holding, found: LedgerReview) -> Iterator[AbsentList]:
    """Lists on which licences were issued, and that the registry in use does not have."""
    for series, number in sorted(found.lists):
        place = list_file(list_uri(series, number))
        if place is not None and place[1] not in holding.files.names(f"status/{place[0]}"):
            yield AbsentList(series.partition(":")[2], place[1])


def _marks(token: StatusToken | None, uri: str) -> dict[int, int]:
    """What a published list says of those that are not valid; nothing if there is none that can be read."""
    try:
        return dict(token.read_unproven(uri).marked()) if token is not None else {}
    except StatusError:
        return {}
