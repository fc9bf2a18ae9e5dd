"""What reviews of a `keys/` folder tell, and what all of them look for in a document: private keys, wrong members."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from certx.licence.paths import format_path
from certx.schema.validate import Validator

PRIVATE_SUFFIXES: Final = frozenset({".pem", ".key", ".p12", ".pfx"})
_PRIVATE_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "k"})


class TrustProblem(NamedTuple):
    """One thing wrong: in which file, at which place, and the code of its words."""

    path: str
    at: str
    code: str
    params: Mapping[str, object]


_ADVICE: Final = frozenset(
    {
        "trust-agreement-alone", "trust-agreement-matter", "trust-scenario-unrequired", "scenario-claim-in-parts",
        "trust-threshold-one", "trust-denial-unexplained", "trust-compromise-undated", "trust-denies-nothing",
        "trust-delta-unusable", "trust-list-unusable-already",
    }
)  # fmt: skip


class TrustReview(NamedTuple):
    """What a review looked at and found."""

    regions: int
    issuers: int
    keys: int
    problems: tuple[TrustProblem, ...]

    @property
    def obstacles(self) -> tuple[TrustProblem, ...]:
        """What must not be published. An agreement that stands alone may: one side begins, and one side withdraws."""
        return tuple(problem for problem in self.problems if problem.code not in _ADVICE)


def form_problems(
    data: bytes, document: Any, form: Validator | None, path: Path,  # noqa: ANN401 - any JSON
) -> Iterator[TrustProblem]:  # fmt: skip
    """Members that the document's schema does not know or allow, and members that stand in it twice."""
    for problem in form.problems(document) if form is not None else ():
        yield TrustProblem(str(path), format_path(problem.at), problem.code, problem.params)
    double: list[str] = []

    def look(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        double.extend(name for name in set(names) if names.count(name) > 1)
        return dict(pairs)

    json.loads(data, object_pairs_hook=look)
    for name in double:
        yield TrustProblem(str(path), name, "trust-member-twice", {"name": name})


def private_members(value: Any, path: Path, at: str = "") -> Iterator[TrustProblem]:  # noqa: ANN401 - any JSON
    """Private parts of keys, wherever in a document they stand."""
    if isinstance(value, dict):
        if "kty" in value and _PRIVATE_MEMBERS & value.keys():
            yield TrustProblem(str(path), at, "trust-private", {})
        for name, inner in value.items():
            yield from private_members(inner, path, f"{at}.{name}".lstrip("."))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from private_members(inner, path, f"{at}[{index}]")
