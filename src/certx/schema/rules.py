"""Cross-field rules that JSON Schema cannot say, as the `rules` of a schema's `x-certx` annotation.

Each rule is one function over operands that were found by path; a rule whose operands are not there (absent or
undisclosed) says nothing.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Protocol

from certx.errors import DocumentError
from certx.licence.divisions import Divisions
from certx.licence.holder_codes import check_holder_code
from certx.licence.identifiers import CitizenNumber, IdentifierError
from certx.licence.rows import Path, parse_path

_MISSING: Final = object()


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that does not hold: `rule` names it and its words, `at` is the path of the offending value."""

    rule: str
    at: Path
    params: Mapping[str, object]


class DivisionTable(Protocol):
    """Where the division table is; it is read only if a rule asks."""

    @property
    def divisions(self) -> Divisions:
        """The table."""


@dataclass(frozen=True, slots=True)
class Context:
    """What rules may know besides the document."""

    today: date
    tables: DivisionTable


_Test = Callable[[Any, Any, Context], Mapping[str, object] | None]
"""(value, other operand, context) → what is wrong, or `None`."""

_OK: Final = None
_WRONG: Final[Mapping[str, object]] = {}


def _same(value: Any, other: Any, _: Context) -> Mapping[str, object] | None:  # noqa: ANN401
    return _OK if value == other else _WRONG


def _starts_with(value: Any, other: Any, _: Context) -> Mapping[str, object] | None:  # noqa: ANN401
    return _OK if str(value).startswith(str(other)) else _WRONG


def _not_before(value: Any, other: Any, _: Context) -> Mapping[str, object] | None:  # noqa: ANN401
    return _OK if value >= other else {"earliest": other}  # ISO dates compare as text


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
        return {"defect": error.defect}
    return _OK


def _division_known(code: Any, _: Any, context: Context) -> Mapping[str, object] | None:  # noqa: ANN401
    return _OK if context.tables.divisions.is_known(str(code)[:6]) else {"division": str(code)[:6]}


_PAIRED: Final[Mapping[str, tuple[str | None, _Test]]] = {
    "same": ("other", _same),
    "starts-with": ("other", _starts_with),
    "not-before": ("earlier", _not_before),
    "birth-date-of": ("number", _birth_date_of),
    "sex-of": ("number", _sex_of),
    "code-matches-type": ("codeType", _code_matches_type),
    "division-known": (None, _division_known),
}
RULE_NAMES: Final = frozenset(_PAIRED) | {"digit-at", "distinct", "pattern"}


@dataclass(frozen=True, slots=True)
class Rule:
    """One compiled rule of one schema."""

    name: str
    path: Path
    other: Path | None
    test: _Test | None
    is_warning: bool
    when: tuple[Path, object] | None

    def violations(self, document: Mapping[str, Any], context: Context) -> Sequence[Violation]:
        """Each place where the rule does not hold."""
        if self.when is not None and look_up(document, self.when[0]) != self.when[1]:
            return ()
        if -1 not in self.path:
            places: Sequence[tuple[Path, Any]] = ((self.path, look_up(document, self.path)),)
        else:
            places = list(_expand(document, self.path))
        if self.test is None:
            return self._repeated(places)
        found = []
        for path, value in places:
            other = look_up(document, _align(self.other, path)) if self.other else None
            if value is not _MISSING and other is not _MISSING:
                wrong = self.test(value, other, context)
                if wrong is not None:
                    found.append(Violation(self.name, path, wrong))
        return found

    def _repeated(self, places: Sequence[tuple[Path, Any]]) -> list[Violation]:
        seen = set()
        found = []
        for path, value in places:
            if value in seen:
                found.append(Violation(self.name, path, _WRONG))
            seen.add(value)
        return found


def look_up(document: Any, path: Path) -> Any:  # noqa: ANN401 - any JSON value
    """The value at a path, or a marker equal to nothing."""
    for step in path:
        if isinstance(step, int):
            if not isinstance(document, list) or step >= len(document):
                return _MISSING
            document = document[step]
        else:
            if not isinstance(document, dict):
                return _MISSING
            document = document.get(step, _MISSING)
    return document


def _expand(document: Any, path: Path, done: Path = ()) -> Iterator[tuple[Path, Any]]:  # noqa: ANN401
    """Every value that a path with -1 for "each element" names, with its actual path."""
    if not path:
        if document is not _MISSING:
            yield done, document
        return
    step, rest = path[0], path[1:]
    if step == -1:
        if isinstance(document, list):
            for index, element in enumerate(document):
                yield from _expand(element, rest, (*done, index))
    else:
        yield from _expand(look_up(document, (step,)), rest, (*done, step))


def _align(pattern: Path, actual: Path) -> Path:
    """The other operand in the same element: its -1 take the positions of the actual path."""
    if -1 not in pattern:
        return pattern
    positions = iter([step for step in actual if isinstance(step, int)])
    return tuple(next(positions, 0) if step == -1 else step for step in pattern)


def _path(text: str) -> Path:
    return tuple(-1 if step == 99 else step for step in parse_path(text.replace("[*]", "[99]")))


def compile_rule(row: Mapping[str, Any]) -> Rule:
    """A rule of an annotation; raises `DocumentError` on a name outside the vocabulary."""
    name = row["rule"]
    other: Path | None = None
    test: _Test | None
    if name in _PAIRED:
        member, test = _PAIRED[name]
        other = _path(row[member]) if member else None
    elif name == "digit-at":
        at, other = row["at"], _path(row["other"])

        def test(value: Any, text: Any, _: Context) -> Mapping[str, object] | None:  # noqa: ANN401
            return _OK if str(text)[at : at + 1] == str(value) else _WRONG

    elif name == "pattern":
        pattern = re.compile(row["pattern"])

        def test(value: Any, _other: Any, _: Context) -> Mapping[str, object] | None:  # noqa: ANN401
            return _OK if pattern.fullmatch(str(value)) else {"pattern": pattern.pattern}

    elif name == "distinct":
        test = None
    else:
        raise DocumentError("schema-rule-unknown", rule=name)
    when = (_path(row["when"]["path"]), row["when"]["is"]) if "when" in row else None
    return Rule(name, _path(row["path"]), other, test, row.get("severity") == "warning", when)
