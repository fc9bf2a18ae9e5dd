"""Arrays and objects to try: around what one way of the left schema asks for, one thing changed at a time."""

from collections.abc import Callable, Iterator
from functools import cache
from itertools import combinations, count, islice
from typing import Any, Final, NamedTuple

from certx.schema.compat.boundaries import boundaries, sizes
from certx.schema.compat.facts import Places, contents, of_item, of_member, schemas
from certx.schema.compat.load import At

_MAX_VARIED: Final = 40
"""Items of an array of which some are varied; of longer ones only those are tried that differ in nothing but length."""
_LONG: Final = 200
_MAX_ITEMS: Final = 20_000
"""Items of an array that the left side asks to be long."""
_MAX_NAMES: Final = 200
_MAX_PAIRED: Final = 8
_PLACES: Final = 4
"""Items at the beginning that are varied."""


class Values(NamedTuple):
    """Values of a place: those that only the left side takes, those that both take, those that the left refuses."""

    parting: list[Any]
    taken: list[Any]
    others: list[Any]

    @property
    def unparting(self) -> list[Any]:
        """Those that tell no difference by themselves."""
        return [*self.taken, *self.others]

    @property
    def every(self) -> list[Any]:
        """All of them, those that tell most first."""
        return [*self.parting, *self.unparting]

    @property
    def usual(self) -> Any:  # noqa: ANN401 - any JSON
        """One that disturbs nothing, if there is any."""
        return next(iter((*self.taken, *self.parting, *self.others)), None)


Inside = Callable[[Places, Places], Values]
"""The values of a place within, by what the left and the right side say about it."""


def objects(way: list[At], ours: list[At], theirs: list[At], inside: Inside) -> Iterator[dict[str, Any]]:
    """Objects around the members that one way of the left schema requires, and around all it knows."""
    names = list(islice(dict.fromkeys(_names(ours, theirs, inside)), _MAX_NAMES))

    @cache
    def member(name: str) -> Values:
        return inside(of_member(way, name), of_member(theirs, name))

    required = [name for at in schemas(way, "required") for name in at.contents["required"]]
    known = [name for at in schemas(way, "properties") for name in at.contents["properties"]]
    bases = []
    for wanted in (required, [*required, *known]):
        bases.append(base := {name: member(name).usual for name in dict.fromkeys(wanted) if name in names})
        yield base
        yield from ({**base, name: value} for name in names for value in member(name).parting)
    for base in bases:
        yield from ({name: base[name] for name in base if name != left_out} for left_out in base)
        yield from ({**base, name: value} for name in names for value in member(name).unparting)
    bounds = [
        size for size in sizes(contents([*ours, *theirs]), "minProperties", "maxProperties") if size <= _MAX_NAMES
    ]
    members = {name: member(name) for name in names}
    telling = {name: [*values.parting[:2], values.usual] for name, values in members.items()}
    for base in bases:
        yield from (_sized(base, size, members) for size in bounds if size <= _MAX_NAMES)
        yield {**base, **{name: values.parting[0] for name, values in members.items() if values.parting}}
        for one, other in combinations(names[:_MAX_PAIRED], 2):
            yield from ({**base, one: value, other: more} for value in telling[one] for more in telling[other])


def _names(ours: list[At], theirs: list[At], inside: Inside) -> Iterator[str]:
    """Names that either side knows, names on both sides of each pattern of names, and names that nobody knows."""
    both = [*schemas(ours), *schemas(theirs)]
    for at in both:
        yield from at.contents.get("properties", ())
        yield from at.contents.get("required", ())
        yield from at.contents.get("dependentSchemas", ())
        for name, needed in at.contents.get("dependentRequired", {}).items():
            yield from (name, *needed)
    of_names = [tuple(at.into("propertyNames") for at in schemas(side, "propertyNames")) for side in (ours, theirs)]
    patterns = [
        [
            {"pattern": pattern}
            for at in schemas(side, "patternProperties")
            for pattern in at.contents["patternProperties"]
        ]
        for side in (ours, theirs)
    ]
    found = inside(*of_names).every if any(of_names) else []
    found += islice(boundaries(*patterns), _MAX_NAMES) if any(patterns) else []
    yield from (name for name in found if isinstance(name, str))
    yield from ("x", "y", "other")


def _sized(base: dict[str, Any], size: int, members: dict[str, Values]) -> dict[str, Any]:
    """The base with members taken away or put in until it has that many."""
    result = dict(islice(base.items(), size))
    for name in (*members, *(f"x{number}" for number in range(size))):
        if len(result) < size and name not in result:
            result[name] = members[name].usual if name in members else 0
    return result


def arrays(way: list[At], ours: list[At], theirs: list[At], inside: Inside) -> Iterator[list[Any]]:
    """Arrays of the lengths that matter, with one item changed at a time, with and without repetition."""
    both = contents([*ours, *theirs])
    prefix = max((len(schema.get("prefixItems", ())) for schema in both), default=0)
    contained = [tuple(at.into("contains") for at in schemas(side, "contains")) for side in (way, theirs)]
    counts = (
        [size for size in sizes(both, "minContains", "maxContains") if size <= _MAX_ITEMS] if any(contained) else []
    )
    longest = max(sizes(contents(way), "minItems", "minContains"), default=0)
    lengths = {*sizes(both, "minItems", "maxItems"), *counts, 1, 2, prefix, prefix + 1, *range(prefix)}
    places = [inside(of_item(way, place), of_item(theirs, place)) for place in range(prefix + 1)]
    wanted = inside(*contained) if any(contained) else Values([], [], [])
    for length in sorted(length for length in lengths if length <= max(_LONG, min(longest, _MAX_ITEMS))):
        base = [places[min(place, prefix)].usual for place in range(length)]
        unlike = list(islice(_unlike(places, prefix), length)) if length <= _MAX_VARIED else base
        yield from (base, unlike)
        if length > _MAX_VARIED:
            yield from (_put(base, 0, value) for value in places[0].parting)
            continue
        for place in range(min(length, prefix + 1)):
            for start in (base, unlike):
                yield from (_put(start, place, value) for value in places[place].every)
        for number in {*counts, 1, 2} if any(contained) else ():
            yield from ([*[value] * number, *base[number:]] for value in wanted.every)
            yield [*wanted.every[:number], *base[number:]]


def _unlike(places: list[Values], prefix: int) -> Iterator[Any]:
    """Items that all differ, as far as the values of their places go."""
    used: set[str] = set()
    for place in count():
        values = places[min(place, prefix)]
        fresh = (
            value for value in (*values.taken, *values.others, *range(place, 2 * place + 2)) if repr(value) not in used
        )
        value = next(fresh, place)
        used.add(repr(value))
        yield value


def _put(items: list[Any], place: int, value: Any) -> list[Any]:  # noqa: ANN401 - any JSON
    return [*items[:place], value, *items[place + 1 :]]
