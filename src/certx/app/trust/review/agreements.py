"""Review of the agreements in a `keys/` folder: one counts only between parties that publish the same bytes."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from pathlib import Path

from certx.app.trust.review.problem import TrustProblem, form_problems
from certx.errors import CertxError, DocumentError
from certx.recognition.agreement import read_agreement
from certx.recognition.published import withdrawals_in
from certx.schema.validate import Validator
from certx.trust.folder import read_document


def agreement_problems(
    folder: Path, entries: Sequence[Path], known_types: AbstractSet[str], form: Validator | None
) -> Iterator[TrustProblem]:
    """An agreement counts only between parties that publish the same bytes under the same name."""
    for entry in entries:
        for path in sorted((entry / "agreements").glob("*.json")):
            try:
                data, document = read_document(path)
                agreement = read_agreement(document, path.name, {entry.name})
            except DocumentError as error:
                yield TrustProblem(str(path), "", error.code, error.params)
                continue
            yield from form_problems(data, document, form, path)
            parties = sorted(agreement.parties)
            for name in sorted(agreement.types - known_types):
                yield TrustProblem(str(path), "types", "trust-type", {"type": name})
            named = {"agreement": str(document.get("id"))}
            if path.stem != document.get("id"):
                yield TrustProblem(
                    str(path), "id", "trust-agreement-name", {**named, "expected": f"{document.get('id')}.json"}
                )
            if entry.name not in parties:
                yield TrustProblem(str(path), "parties", "trust-agreement-party", {**named, "region": entry.name})
            missing = [p for p in parties if not _publishes(folder / p / "agreements" / path.name, data)]
            missing = [p for p in missing if agreement.id not in withdrawn_in(folder / p)]
            if missing:
                yield TrustProblem(str(path), "", "trust-agreement-alone", {**named, "missing": ", ".join(missing)})


def withdrawn_in(entry: Path) -> AbstractSet[str]:
    """The ids that a region's folder says it withdrew; none if it cannot be read, which is a problem of its own."""
    path = entry / "withdrawn.json"
    with suppress(CertxError):
        return withdrawals_in(read_document(path)[1], str(path)).keys()
    return frozenset()


def _publishes(path: Path, data: bytes) -> bool:
    return path.is_file() and path.read_bytes() == data
