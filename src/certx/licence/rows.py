"""A row of an issuer's table becomes the claims of a licence.

Columns are matched once per header; what becomes of a cell is in `certx.licence.cells`.
Whether the values are right is the schema's question, not this module's.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Self

from certx.errors import CertxError, Exit, UsageError
from certx.licence.cells import CellError, Kind, converter, mask
from certx.licence.paths import Path, parse_path
from certx.licence.rejects import RAW


class Field(NamedTuple):
    """One claim that a column may fill. `path` holds -1 for "any position"; `many` is a list of scalars."""

    path: Path
    kind: Kind
    many: bool = False
    personal: bool = False


class RowProblem(NamedTuple):
    """One thing wrong with one row: `code` names the words, `value` is masked where it is personal.

    `hint` names the words of the mend, where `code` is that of an error.
    """

    code: str
    column: str
    value: str
    params: Mapping[str, object]
    hint: str | None = None

    @classmethod
    def of(cls, error: CertxError, column: str = "") -> Self:
        """What an error says about a row."""
        return cls(error.code, column, "", error.params, error.hint)


class RowError(CertxError):
    """A row cannot become a licence; `problems` lists all that is wrong with it."""

    exit = Exit.REJECTED_ROWS

    def __init__(self, problems: Sequence[RowProblem], claims: dict[str, object] | None = None) -> None:
        """`claims`: what could be read of the row, so that the rest of it can be looked at too."""
        super().__init__("row-rejected", problems=len(problems))
        self.problems = tuple(problems)
        self.claims = claims


class RowShape(NamedTuple):
    """What the columns of a licence type are called and what they fill.

    `columns`: every accepted name (English, Chinese, alias) to its field, array positions of `fields` being -1.
    `defaults`: (name, member, value) filled in where an object, or an element of an array, lacks the member.
    `reserved`: names that certx itself uses in a row, such as `holderKey`.
    """

    columns: Mapping[str, Field]
    fields: Mapping[Path, Field]
    defaults: tuple[tuple[str, str, object], ...] = ()
    reserved: frozenset[str] = frozenset()
    is_personal: bool = False
    """Are holders persons, so that a value in the wrong column may be theirs?"""

    def find(self, column: str) -> Field | None:
        """The field of a column name: a name or alias, else a path such as `holders[1].name`."""
        known = self.columns.get(column)
        if known is not None:
            return known
        try:
            path = parse_path(column)
        except ValueError:
            return None
        if -1 in path:
            return None
        field = self.fields.get(tuple(-1 if isinstance(step, int) else step for step in path))
        return field and Field(path, field.kind, field.many, field.personal)


class Column(NamedTuple):
    """A column of one header: its name there, what it fills, and how its cells are converted (`None`: as they are).

    `claim` is the name of the claim if it is one of the top level.
    """

    name: str
    field: Field
    convert: Callable[[str], object] | None
    claim: str | None
    is_unread: bool = False


class RowReader:
    """Reads rows of one shape; the matching of a header is kept for the rows that share it."""

    def __init__(self, shape: RowShape) -> None:
        self._shape = shape
        self._bound: dict[tuple[str, ...], list[Column]] = {}

    def bind(self, header: Sequence[str]) -> list[Column]:
        """Match column names to fields; raises `UsageError` naming the columns that are unknown or double."""
        names = tuple(header)
        bound = self._bound.get(names)
        if bound is None:
            bound = self._bound[names] = self._match(names)
        return bound

    def _match(self, names: tuple[str, ...]) -> list[Column]:
        bound: list[Column] = []
        unknown: list[str] = []
        taken: dict[Path, str] = {}
        for name in names:
            cleaned = name.strip()
            if cleaned.startswith(RAW):
                bound.append(Column(name, Field((RAW,), Kind.UNREAD), None, None, is_unread=True))
                continue
            if cleaned in self._shape.reserved:
                continue
            field = self._shape.find(cleaned)
            if field is None:
                unknown.append(name)
            elif field.path in taken:
                raise UsageError("columns-collide", hint="columns-collide", first=taken[field.path], second=name)
            else:
                taken[field.path] = name
                claim = str(field.path[0]) if len(field.path) == 1 else None
                bound.append(Column(name, field, converter(field.kind, many=field.many), claim))
        if unknown and not bound:  # not named: without a header, these would be somebody's data
            raise UsageError("columns-none-known", hint="columns-unknown", count=len(unknown))
        if unknown:
            raise UsageError("columns-unknown", hint="columns-unknown", columns="、".join(unknown))
        return bound

    def read(self, row: Mapping[str, object]) -> dict[str, object]:  # noqa: C901 - one loop, run for every cell of a batch
        """The claims of a row; empty cells are absent. Raises `RowError` with every cell that has a wrong form."""
        claims: dict[str, object] = {}
        problems: list[RowProblem] = []
        for name, field, convert, claim, is_unread in self.bind(tuple(row)):
            cell = row[name]
            if type(cell) is str:
                cell = cell.strip()
                if not cell:
                    continue
                if convert is not None:
                    try:
                        cell = convert(cell)
                    except CellError:
                        problems.append(self._misfit(name, field, cell))
                        continue
            if cell is None:
                continue
            if is_unread:
                problems.append(RowProblem("cell-not-unread", name, "", {}))
                continue
            if claim is not None:
                claims[claim] = cell
            elif not _place(claims, field.path, cell):
                problems.append(self._misfit(name, field, cell))
        self._fill(claims)
        if problems:
            raise RowError(problems, claims)
        return claims

    def _misfit(self, column: str, field: Field, cell: object) -> RowProblem:
        is_masked = field.personal or self._shape.is_personal
        return RowProblem(f"cell-not-{field.kind}", column, mask(cell) if is_masked else str(cell), {})

    def _fill(self, claims: dict[str, object]) -> None:
        for name, member, value in self._shape.defaults:
            given = claims.get(name)
            if isinstance(given, dict):
                claims[name] = _with_default(given, member, value)
            elif isinstance(given, list):
                claims[name] = [_with_default(item, member, value) for item in given]


def _with_default(element: object, member: str, value: object) -> object:
    """An object with a member filled in if it lacks it; anything else as it is."""
    return {**element, member: value} if isinstance(element, dict) and member not in element else element


def _place(claims: dict[str, object], path: Path, value: object) -> bool:
    """Put a value at a path, making the objects and arrays on the way; false where something else stands there."""
    here: object = claims
    last = len(path) - 1
    for depth, step in enumerate(path):
        if type(here) is list and type(step) is int:
            while len(here) <= step:
                here.append({})
            if depth == last:
                here[step] = value
        elif type(here) is dict and type(step) is str:
            if depth == last:
                here[step] = value
            elif step not in here:
                here[step] = [] if type(path[depth + 1]) is int else {}
        else:
            return False
        here = here[step]  # type: ignore[index]  # a list with a position, or an object with a name
    return True
