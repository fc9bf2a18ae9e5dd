"""What a matter asks of one licence: which types serve, what must and may be shown, and what must hold of it."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from certx.errors import DocumentError
from certx.licence.paths import Path, format_path, parse_path
from certx.recognition.looks import Look, looks_of
from certx.recognition.members import ident, mapping, texts, truth, whole, words
from certx.schema.validate import Validator

CONDITIONS: Final = frozenset({"minRemainingDays", "maxStatusAgeDays", "maxRegistryAgeDays"})
MEMBERS: Final = frozenset({"types", "requires", "allows", "constraints", "conditions", "holderBinding", "paperWaived"})
"""All that may be asked of one licence."""
_NO_NAME: Final[Mapping[str, str]] = MappingProxyType({})


class Query(NamedTuple):
    """What is asked of one licence: any one of `types` serves.

    `requires` must be shown and `allows` may be, which has all of the former; `constraints` is a JSON Schema over the
    disclosed claims. `holder_binding`: must whoever shows it prove that it is theirs? `paper_waived`: need the paper
    not be shown, `None` if nothing is said.
    """

    id: str
    types: frozenset[str]
    requires: tuple[Path, ...] = ()
    allows: tuple[Path, ...] = ()
    constraints: Validator | None = None
    min_remaining_days: int | None = None
    max_status_age_days: int | None = None
    max_registry_age_days: int | None = None
    holder_binding: bool = True
    paper_waived: bool | None = None
    name: Mapping[str, str] = _NO_NAME

    def missing_in(self, claims: Mapping[str, Any], short: AbstractSet[Path] = frozenset()) -> list[str]:
        """The required claims of which not all is there: of a claim all that is in it, of `[*]` each element.

        `short`: where objects and arrays stand that hide some of their own.
        """
        return [format_path(path) for path in self.requires if not has(claims, path) or hides(claims, path, short)]

    @property
    def constrained(self) -> tuple[Look, ...]:
        """What the constraints look at, in alternatives and conditions too."""
        return () if self.constraints is None else tuple(dict.fromkeys(looks_of(self.constraints.schema)))

    def unseen_in(self, claims: Mapping[str, Any], short: AbstractSet[Path]) -> list[str]:
        """The constrained claims that may be hidden: to conceal one is no way around what is asked of it."""
        looks = self.constrained if short else ()
        hidden = (look for look in looks if hides(claims, look.path, short, inside=look.is_whole))
        return list(dict.fromkeys(map(str, hidden)))

    def broken_in(self, claims: Mapping[str, Any]) -> tuple[str, str] | None:
        """Place and keyword of the first constraint that the claims break, `None` if they keep all.

        Raises `DocumentError` if the constraints are no JSON Schema that may stand there.
        """
        if self.constraints is None or self.constraints.is_valid(claims):
            return None
        path, keyword = min(self.constraints.defects(claims), default=((), "schema"), key=_place)
        return format_path(path), keyword

    def over_disclosed(self, shown: Iterable[Path]) -> frozenset[Path]:
        """Those of the claims that the holder chose to show which the matter does not allow to be asked for.

        Elements of an array are not told apart: their paths have -1.
        """
        needless = (path for path in shown if not any(_meet(path, other) for other in self.allows))
        return frozenset(tuple(-1 if isinstance(step, int) else step for step in path) for path in needless)


def read_query(document: Mapping[str, Any], name: str) -> Query:
    """What a document asks of one licence; raises `DocumentError` naming its file, `TypeError` and its like on form."""
    conditions = mapping(document.get("conditions", {}))
    for unknown in sorted(conditions.keys() - CONDITIONS):
        raise KeyError(unknown)
    constraints = document.get("constraints")
    days = {limit: whole(value) for limit, value in conditions.items()}
    requires = tuple(map(parse_path, texts(document.get("requires", []))))
    query = Query(
        id=ident(document.get("id", "licence")),
        types=frozenset(texts(document["types"])),
        requires=requires,
        allows=tuple(map(parse_path, texts(document["allows"]))) if "allows" in document else requires,
        constraints=None if constraints is None else Validator(mapping(constraints), foreign=True),
        min_remaining_days=days.get("minRemainingDays"),
        max_status_age_days=days.get("maxStatusAgeDays"),
        max_registry_age_days=days.get("maxRegistryAgeDays"),
        holder_binding=truth(document.get("holderBinding", True)),
        paper_waived=truth(document["paperWaived"]) if "paperWaived" in document else None,
        name=words(document.get("name")),
    )
    for path in requires:
        if not any(covers(other, path) for other in query.allows):
            raise DocumentError("scenario-asks-more", file=name, claim=format_path(path))
    return query


def _place(defect: tuple[Path, str]) -> tuple[str, str]:
    path, keyword = defect
    return format_path(path), keyword


def covers(wide: Path, narrow: Path) -> bool:
    """Is what is at `narrow` part of what is at `wide`? -1 stands for every position."""
    whole = len(wide) <= len(narrow)
    return whole and all(a == b or _is_each(a, b) for a, b in zip(wide, narrow, strict=False))


def _meet(one: Path, other: Path) -> bool:
    """Does one path lead to, or past, what the other may lead to?"""
    return all(a == b or _is_each(a, b) or _is_each(b, a) for a, b in zip(one, other, strict=False))


def _is_each(each: str | int, position: str | int) -> bool:
    return each == -1 and isinstance(position, int)


def has(value: object, path: Sequence[str | int]) -> bool:
    """Is there something at the path, of `[*]` in each element?"""
    if not path:
        return value is not None and value not in ([], {})  # of an array that is hidden, the brackets remain
    step, rest = path[0], path[1:]
    if isinstance(step, str):
        return isinstance(value, Mapping) and step in value and has(value[step], rest)
    if not isinstance(value, list):
        return False
    if step == -1:
        return bool(value) and all(has(item, rest) for item in value)
    return step < len(value) and has(value[step], rest)


def hides(value: object, path: Path, short: AbstractSet[Path], at: Path = (), *, inside: bool = True) -> bool:
    """May what the path leads to be hidden, or (`inside`) something in it? `short` as in `missing_in`.

    A position counts the elements that are shown.
    """
    if not path:
        return inside and any(place[: len(at)] == at for place in short)
    step, rest = path[0], path[1:]
    if isinstance(step, str) and isinstance(value, Mapping):
        return hides(value[step], rest, short, (*at, step), inside=inside) if step in value else at in short
    if isinstance(step, str) or not isinstance(value, list):
        return False
    places = range(len(value)) if step == -1 else range(step, min(step + 1, len(value)))
    if step == -1 and at in short:
        return True
    return any(hides(value[nth], rest, short, (*at, nth), inside=inside) for nth in places)
