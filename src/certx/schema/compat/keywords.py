"""What each keyword of JSON Schema 2020-12 says, as a term. A keyword without a row here is an annotation."""

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import partial
from typing import Any, Final

from certx.schema.compat.answer import Rule
from certx.schema.compat.constants import exact, one_of
from certx.schema.compat.formats import KNOWN
from certx.schema.compat.load import At
from certx.schema.compat.terms import (
    FALSE,
    TRUE,
    Above,
    Below,
    Count,
    Distinct,
    Format,
    Has,
    Item,
    Items,
    Kind,
    Longer,
    Matches,
    Members,
    Multiple,
    Node,
    Rest,
)
from certx.schema.compat.translate import Keyword, Translation
from certx.schema.formats import REGULAR


def _type(to: Translation, _at: At, value: str | list[str]) -> int:
    """Validation, section 6.1.1; an integer is a number without a fraction, however written."""
    names = {value} if isinstance(value, str) else set(value)
    kinds = {Kind(name) for name in names - {"integer"}}
    if "integer" not in names or Kind.NUMBER in kinds:
        return to.terms.types(*kinds)
    return to.terms.all_of(to.terms.types(*kinds, Kind.NUMBER), to.terms.atom(Multiple(Fraction(1))))


def _enum(to: Translation, at: At, values: list[Any]) -> int:
    return one_of(to.terms, values, at.place)


def _const(to: Translation, at: At, value: Any) -> int:  # noqa: ANN401 - any JSON
    return one_of(to.terms, [value], at.place)


def _number(make: Callable[..., Node], keyword: str, to: Translation, at: At, value: float) -> int:
    """Validation, section 6.2."""
    number = exact(value)
    return (
        to.terms.unknown(Rule.KEYWORD, at.place, keyword, repr(value))
        if number is None
        else to.terms.atom(make(number))
    )


def _at_least(make: Callable[[int], Node], to: Translation, _at: At, value: float) -> int:
    return to.terms.atom(make(int(value)))


def _at_most(kind: Kind, make: Callable[[int], Node], to: Translation, _at: At, value: float) -> int:
    return to.terms.at_most(kind, make(int(value) + 1))


def _pattern(to: Translation, _at: At, value: str) -> int:
    return to.terms.atom(Matches(value))


def _format(to: Translation, _at: At, name: str) -> int:
    """Validation, section 7.2, where it was agreed that formats assert."""
    if name not in KNOWN:
        return TRUE
    regular = to.terms.atom(Matches(REGULAR[name])) if name in REGULAR else TRUE
    return to.terms.all_of(regular, to.terms.atom(Format(name)))


def _unique(to: Translation, _at: At, value: bool) -> int:  # noqa: FBT001 - a keyword's value
    return to.terms.atom(Distinct()) if value else TRUE


def _prefix(to: Translation, at: At, value: list[Any]) -> int:
    """Core, section 10.3.1.1."""
    items = (Item(i, to.inner(at.into("prefixItems", i))) for i in range(len(value)))
    return to.terms.all_of(*map(to.terms.atom, items))


def _items(to: Translation, at: At, _value: Any) -> int:  # noqa: ANN401 - a schema
    """Core, section 10.3.1.2: the items after those of `prefixItems`."""
    return to.terms.atom(Rest(len(at.contents.get("prefixItems", ())), to.inner(at.into("items"))))


def _contains(to: Translation, at: At, _value: Any) -> int:  # noqa: ANN401 - a schema
    """Core, section 10.3.1.3; validation, sections 6.4.4 and 6.4.5."""
    term = to.inner(at.into("contains"))
    least = to.terms.atom(Items(int(at.contents.get("minContains", 1)), term))
    if "maxContains" not in at.contents:
        return least
    return to.terms.all_of(least, to.terms.at_most(Kind.ARRAY, Items(int(at.contents["maxContains"]) + 1, term)))


def _required(to: Translation, _at: At, names: list[str]) -> int:
    return to.terms.all_of(*(to.terms.atom(Has(name)) for name in names))


def _dependent_required(to: Translation, _at: At, value: Mapping[str, list[str]]) -> int:
    """Validation, section 6.5.4."""
    return to.terms.all_of(
        *(to.terms.any_of(-has(to, name), _required(to, _at, needed)) for name, needed in value.items())
    )


def has(to: Translation, name: str) -> int:
    """The value is an object with a member of this name."""
    return to.terms.all_of(to.terms.types(Kind.OBJECT), to.terms.atom(Has(name)))


def declared(to: Translation, contents: Mapping[str, Any]) -> int:
    """The names that `properties` and `patternProperties` of a schema speak of."""
    patterns = (to.terms.atom(Matches(pattern)) for pattern in contents.get("patternProperties", ()))
    return to.terms.any_of(to.terms.names(contents.get("properties", ())), *patterns)


def _properties(to: Translation, at: At, value: Mapping[str, Any]) -> int:
    """Core, section 10.3.2.1."""
    members = (Members(to.terms.names([name]), to.inner(at.into("properties", name))) for name in value)
    return to.terms.all_of(*map(to.terms.atom, members))


def _pattern_properties(to: Translation, at: At, value: Mapping[str, Any]) -> int:
    """Core, section 10.3.2.2."""
    named = ((to.terms.atom(Matches(pattern)), pattern) for pattern in value)
    members = (Members(names, to.inner(at.into("patternProperties", pattern))) for names, pattern in named)
    return to.terms.all_of(*map(to.terms.atom, members))


def _additional(to: Translation, at: At, _value: Any) -> int:  # noqa: ANN401 - a schema
    """Core, section 10.3.2.3."""
    return to.terms.atom(Members(-declared(to, at.contents), to.inner(at.into("additionalProperties"))))


def _names(to: Translation, at: At, _value: Any) -> int:  # noqa: ANN401 - a schema
    """Core, section 10.3.2.4: no member of another name."""
    return to.terms.atom(Members(-to.inner(at.into("propertyNames")), FALSE))


def _each(to: Translation, at: At, keyword: str) -> Iterator[int]:
    return (to.schema(at.into(keyword, i)) for i in range(len(at.contents[keyword])))


def _all(to: Translation, at: At, _value: list[Any]) -> int:
    return to.terms.all_of(*_each(to, at, "allOf"))


def _any(to: Translation, at: At, _value: list[Any]) -> int:
    return to.terms.any_of(*_each(to, at, "anyOf"))


def _one(to: Translation, at: At, _value: list[Any]) -> int:
    """Core, section 10.2.1.3: at least one, and no two."""
    terms = list(_each(to, at, "oneOf"))
    pairs: list[int] = []
    for i, term in enumerate(terms):
        to.check(at)
        pairs += (-to.terms.all_of(term, other) for other in terms[i + 1 :])
    return to.terms.all_of(to.terms.any_of(*terms), *pairs)


def _not(to: Translation, at: At, _value: Any) -> int:  # noqa: ANN401 - a schema
    return -to.schema(at.into("not"))


def _if(to: Translation, at: At, _value: Any) -> int:  # noqa: ANN401 - a schema
    """Core, section 10.2.2."""
    condition, terms = to.schema(at.into("if")), to.terms
    then = to.schema(at.into("then")) if "then" in at.contents else TRUE
    otherwise = to.schema(at.into("else")) if "else" in at.contents else TRUE
    return terms.all_of(terms.any_of(-condition, then), terms.any_of(condition, otherwise))


def _dependent_schemas(to: Translation, at: At, value: Mapping[str, Any]) -> int:
    """Core, section 10.2.2.4."""
    return to.terms.all_of(
        *(to.terms.any_of(-has(to, name), to.schema(at.into("dependentSchemas", name))) for name in value)
    )


def _reference(dynamic: bool, to: Translation, at: At, value: str) -> int:  # noqa: FBT001 - bound in the table
    """Core, section 8.2.3."""
    target = to.follow(at, value, dynamic=dynamic)
    return target if isinstance(target, int) else to.schema(target)


ASSERTIONS: Final[Mapping[str, Keyword]] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "minimum": partial(_number, lambda n: Above(n, strict=False), "minimum"),
    "exclusiveMinimum": partial(_number, lambda n: Above(n, strict=True), "exclusiveMinimum"),
    "maximum": partial(_number, lambda n: Below(n, strict=False), "maximum"),
    "exclusiveMaximum": partial(_number, lambda n: Below(n, strict=True), "exclusiveMaximum"),
    "multipleOf": partial(_number, Multiple, "multipleOf"),
    "minLength": partial(_at_least, Longer),
    "maxLength": partial(_at_most, Kind.STRING, Longer),
    "pattern": _pattern,
    "minItems": partial(_at_least, lambda n: Items(n, TRUE)),
    "maxItems": partial(_at_most, Kind.ARRAY, lambda n: Items(n, TRUE)),
    "uniqueItems": _unique,
    "prefixItems": _prefix,
    "items": _items,
    "contains": _contains,
    "minProperties": partial(_at_least, Count),
    "maxProperties": partial(_at_most, Kind.OBJECT, Count),
    "required": _required,
    "dependentRequired": _dependent_required,
    "properties": _properties,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional,
    "propertyNames": _names,
    "allOf": _all,
    "anyOf": _any,
    "oneOf": _one,
    "not": _not,
    "if": _if,
    "dependentSchemas": _dependent_schemas,
    "$ref": partial(_reference, False),  # noqa: FBT003 - not dynamic
    "$dynamicRef": partial(_reference, True),  # noqa: FBT003 - dynamic
}
"""Every keyword whose meaning does not depend on what its neighbours have looked at."""
FORMATS: Final[Mapping[str, Keyword]] = {"format": _format}
"""The keyword that asserts something only where that was agreed."""
