"""Cross-field rules that JSON Schema cannot say, as the `rules` of a schema's `x-certx` annotation.

Each rule is one function over operands that were found by path; a rule whose operands are not there (absent or
undisclosed) says nothing.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple, Protocol

from certx.errors import DocumentError
from certx.licence.divisions import Divisions, is_known_place
from certx.licence.holder_codes import CITIZEN_NUMBER, check_holder_code
from certx.licence.identifiers import CitizenNumber, IdentifierError
from certx.licence.paths import Path, parse_path

_MISSING: Final = object()
_RESIDENTS: Final = frozenset({"81", "82", "83"})
"""Where the numbers of residents from Hong Kong, Macao and Taiwan begin."""


class Violation(NamedTuple):
    """A rule that does not hold: `rule` names it and its words, `at` is the path of the offending value."""

    rule: str
    at: Path
    params: Mapping[str, object]


class DivisionTable(Protocol):
    """Where the division table is; it is read only if a rule asks."""

    @property
    def divisions(self) -> Divisions:
        """The table."""


class Context(NamedTuple):
    """What rules may know besides the document."""

    today: date
    tables: DivisionTable


_Test = Callable[[Any, Any, Context], Mapping[str, object] | None]
"""(value, other operand, context) → what is wrong, or `None`."""

_OK: Final = None
_WRONG: Final[Mapping[str, object]] = {}


def _same(value: Any, other: Any, _: Context) -> Mapping[str, object] | None:  # noqa: ANN401
    return _OK if value == other else _WRONG


def _differs(value: Any, other: Any, _: Context) -> Mapping[str, object] | None:  # noqa: ANN401
    return _OK if value != other else _WRONG


def _starts_with(value: Any, other: Any, _: Context) -> Mapping[str, object] | None:  # noqa: ANN401
    return _OK if str(value).startswith(str(other)) else _WRONG


def _not_before(value: Any, other: Any, _: Context) -> Mapping[str, object] | None:  # noqa: ANN401
    if not isinstance(value, str) or not isinstance(other, str):
        return _OK  # the schema's matter
    return _OK if value >= other else _WRONG  # ISO dates compare as text


def _birth_date_of(value: Any, number: Any, _: Context) -> Mapping[str, object] | None:  # noqa: ANN401
    return _OK if str(value).replace("-", "") == str(number)[6:14] else _WRONG


def _sex_of(value: Any, number: Any, _: Context) -> Mapping[str, object] | None:  # noqa: ANN401
    try:
        return _OK if CitizenNumber.parse(str(number)).sex == value else _WRONG
    except IdentifierError:
        return _OK  # the number itself is another rule's matter


def _code_matches_type(code: Any, kind: Any, context: Context) -> Mapping[str, object] | None:  # noqa: ANN401
    try:
        check_holder_code(str(code), str(kind), today=context.today)
    except IdentifierError as error:
        return {"defect": error.defect, **error.params}
    return _OK


def _division_known(code: Any, _: Any, context: Context) -> Mapping[str, object] | None:  # noqa: ANN401
    return _OK if context.tables.divisions.is_known(str(code)[:6]) else {"division": str(code)[:6]}


def _place_known(number: Any, kind: Any, context: Context) -> Mapping[str, object] | None:  # noqa: ANN401
    """Whether the place in a citizen number is known; numbers outlive places, so this can only ever warn."""
    if kind != CITIZEN_NUMBER or not isinstance(number, str):
        return _OK
    place = number[:6]
    known = place[:2] in _RESIDENTS or context.tables.divisions.is_known(place) or is_known_place(place)
    return _OK if known else {"division": place}


_PAIRED: Final[Mapping[str, tuple[str | None, _Test]]] = {
    "same": ("other", _same),
    "differs": ("other", _differs),
    "starts-with": ("other", _starts_with),
    "not-before": ("earlier", _not_before),
    "birth-date-of": ("number", _birth_date_of),
    "sex-of": ("number", _sex_of),
    "code-matches-type": ("codeType", _code_matches_type),
    "division-known": (None, _division_known),
    "place-known": ("codeType", _place_known),
}
RULE_NAMES: Final = frozenset(_PAIRED) | {"digit-at", "distinct", "pattern"}


_Get = Callable[[Mapping[str, Any]], Any]


class Rule(NamedTuple):
    """One compiled rule of one schema.

    `get` and `get_other` look operands up where no path has a wildcard; `pair` is (array, member, other member) where
    both operands stand in the same element of an array.
    """

    name: str
    path: Path
    other: Path | None
    test: _Test | None
    is_warning: bool
    when: tuple[_Get, object] | None
    get: _Get | None
    get_other: _Get | None
    pair: tuple[str, str, str] | None

    def violations(self, document: Mapping[str, Any], context: Context) -> Sequence[Violation]:
        """Each place where the rule does not hold."""
        if self.when is not None and self.when[0](document) != self.when[1]:
            return ()
        if self.get is None:
            return self._in_each(document, context)
        value = self.get(document)
        if value is _MISSING or self.test is None:
            return ()
        other = self.get_other(document) if self.get_other is not None else None
        if other is _MISSING:
            return ()
        wrong = self.test(value, other, context)
        return () if wrong is None else (Violation(self.name, self.path, wrong),)

    def _in_each(self, document: Mapping[str, Any], context: Context) -> Sequence[Violation]:
        if self.pair is not None and self.test is not None:
            return self._in_elements(document, context, self.test, self.pair)
        places = _expand(document, self.path)
        if self.test is None:
            return self._repeated(places)
        found = []
        for path, value in places:
            other = look_up(document, _align(self.other, path)) if self.other else None
            wrong = self.test(value, other, context) if other is not _MISSING else None
            if wrong is not None:
                found.append(Violation(self.name, path, wrong))
        return found

    def _in_elements(
        self, document: Mapping[str, Any], context: Context, test: _Test, pair: tuple[str, str, str]
    ) -> Sequence[Violation]:
        """The common case by itself: both operands are members of the same element."""
        array, member, other = pair
        found: list[Violation] = []
        elements = document.get(array)
        for index, element in enumerate(elements if type(elements) is list else ()):
            if type(element) is dict and member in element and other in element:
                wrong = test(element[member], element[other], context)
                if wrong is not None:
                    found.append(Violation(self.name, (array, index, member), wrong))
        return found

    def _repeated(self, places: Sequence[tuple[Path, Any]]) -> list[Violation]:
        seen = set()
        found = []
        for path, value in places:
            if str(value) in seen:
                found.append(Violation(self.name, path, _WRONG))
            seen.add(str(value))
        return found


def look_up(document: Any, path: Path) -> Any:  # noqa: ANN401 - any JSON value
    """The value at a path, or a marker equal to nothing."""
    for step in path:
        if type(document) is dict:
            document = document.get(step, _MISSING)
        elif type(document) is list and type(step) is int and step < len(document):
            document = document[step]
        else:
            return _MISSING
    return document


def _expand(document: Any, path: Path, done: Path = ()) -> list[tuple[Path, Any]]:  # noqa: ANN401
    """Every value that a path with -1 for "each element" names, with its actual path."""
    if -1 not in path:
        value = look_up(document, path)
        return [] if value is _MISSING else [((*done, *path), value)]
    at = path.index(-1)
    array, head, rest = look_up(document, path[:at]), (*done, *path[:at]), path[at + 1 :]
    if not isinstance(array, list):
        return []
    found: list[tuple[Path, Any]] = []
    for index, element in enumerate(array):
        found += _expand(element, rest, (*head, index))
    return found


def _align(pattern: Path, actual: Path) -> Path:
    """The other operand in the same element: its -1 take the positions of the actual path."""
    positions = iter([step for step in actual if isinstance(step, int)])
    return tuple(next(positions, 0) if step == -1 else step for step in pattern)


def compile_rule(row: Mapping[str, Any]) -> Rule:
    """A rule of an annotation; raises `DocumentError` on a name outside the vocabulary."""
    name = row["rule"]
    other: Path | None = None
    test: _Test | None
    if name in _PAIRED:
        member, test = _PAIRED[name]
        other = parse_path(row[member]) if member else None
    elif name == "digit-at":
        at, other = row["at"], parse_path(row["other"])

        def test(value: Any, text: Any, _: Context) -> Mapping[str, object] | None:  # noqa: ANN401
            return _OK if str(text)[at : at + 1] == str(value) else _WRONG

    elif name == "pattern":
        try:
            pattern = re.compile(row["pattern"])
        except re.error as error:
            raise DocumentError("schema-not-a-schema", detail=f"{row['pattern']}: {error}") from error

        def test(value: Any, _other: Any, _: Context) -> Mapping[str, object] | None:  # noqa: ANN401
            return _OK if pattern.fullmatch(str(value)) else {"pattern": pattern.pattern}

    elif name == "distinct":
        test = None
    else:
        raise DocumentError("schema-rule-unknown", rule=name)
    path = parse_path(row["path"])
    when = (_getter(parse_path(row["when"]["path"])), row["when"]["is"]) if "when" in row else None
    plain = -1 not in path and (other is None or -1 not in other)
    return Rule(
        name, path, other, test, row.get("severity") == "warning", when,
        _getter(path) if plain else None, _getter(other) if plain and other is not None else None,
        _pair(path, other),
    )  # fmt: skip


def _pair(path: Path, other: Path | None) -> tuple[str, str, str] | None:
    match path, other:
        case (str(array), -1, str(member)), (str(second), -1, str(name)) if array == second:
            return array, member, name
        case _:
            return None


def _getter(path: Path) -> _Get:
    if len(path) == 1:
        name = str(path[0])
        return lambda document: document.get(name, _MISSING)
    return lambda document: look_up(document, path)
