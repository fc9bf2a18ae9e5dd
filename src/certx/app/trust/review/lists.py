"""Review of the status lists in a `keys/` folder: one that no counter could open makes its licences undetermined."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

from certx.app.registry.sources import token_of
from certx.app.trust.review.problem import TrustProblem, TrustReview
from certx.errors import CertxError
from certx.status.review import check_delta, open_published
from certx.trust.denials import Denial, deny, read_denials
from certx.trust.files import HeldList, is_delta, list_of_delta
from certx.trust.folder import read_document, read_file, region_folders
from certx.trust.region_document import read_region
from certx.trust.registry import Region
from certx.trust.roles import SUSPENSIONS

UNUSABLE: Final = "trust-list-unusable"
UNUSABLE_ALREADY: Final = "trust-list-unusable-already"
DELTA_UNUSABLE: Final = "trust-delta-unusable"


def review_status_lists(folder: Path) -> Iterator[TrustProblem]:
    """What is wrong with the lists in the folders of the regions that can be read; of others that is told already."""
    denials: tuple[Denial, ...] = ()
    with suppress(CertxError):
        overlay = folder / SUSPENSIONS
        denials = read_denials(read_document(overlay)[1], str(overlay)) if overlay.is_file() else ()
    for entry in region_folders(folder):
        with suppress(CertxError):
            listed = read_region(read_document(entry / "keys.json")[1])
            yield from _lists_of(deny(listed, denials), entry)


def _lists_of(region: Region, entry: Path) -> Iterator[TrustProblem]:
    for path in sorted((entry / "status").glob("*.jwt")):
        code = DELTA_UNUSABLE if is_delta(f"status/{path.name}") else UNUSABLE
        try:
            _check(path, region)
        except CertxError as error:
            yield TrustProblem(str(path), "", code, {**error.params, "defect": error.code})


def _check(path: Path, region: Region) -> None:
    """Raise `CertxError` if a counter would not take this list, or this delta for the list beside it."""
    name = list_of_delta(path.name) if is_delta(f"status/{path.name}") else path.name
    data = read_file(path.with_name(name))
    statuses = open_published(token_of(HeldList(data)), region, name)
    if name != path.name:
        delta = read_file(path).decode("ascii", "replace").removesuffix("\n")
        check_delta(delta, data, statuses, region, name)


def excuse_published(review: TrustReview, source: Path, published: Callable[[str], str | None]) -> TrustReview:
    """The review, in which lists that cannot be used hinder nothing if the same bytes are published already.

    What is published of a path has the digest (SHA-256, hex) that `published` tells. A key that was lost since makes
    the lists that it signed worthless, and it must be possible to say so.
    """

    def excused(problem: TrustProblem) -> TrustProblem:
        if problem.code != UNUSABLE:
            return problem
        path = Path(problem.path)
        code, name = path.relative_to(source).parts[0], path.name
        same = published(f"status/{code}/{name}") == sha256(read_file(path)).hexdigest()
        return problem._replace(code=UNUSABLE_ALREADY) if same else problem

    return review._replace(problems=tuple(map(excused, review.problems)))
