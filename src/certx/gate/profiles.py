"""Profiles of regions (`certx.schema.profile`): what a change of one, or of the schema under it, does to issuers there.

A profile cannot allow what the shared schema refuses: an issuer keeps both. So it may fit that schema no more, leave
nothing to be issued, or become stricter than rows are.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

from certx.errors import CertxError, DocumentError
from certx.gate.change import substance
from certx.gate.deciding import Side, chain, decide, explained
from certx.gate.edition import Edition, RegionProfile
from certx.gate.finding import Breaks, Finding, Step, Weight
from certx.schema.catalogue import LicenceSchema
from certx.schema.compat import Answer
from certx.schema.profile import Profile, with_profile
from certx.schema.validate import Validator


class Applied(NamedTuple):
    """A profile on the newest shared schema of its major: what issuers of the region hold rows against."""

    profile: Profile
    shared: LicenceSchema
    schema: LicenceSchema


def applied(filed: RegionProfile, edition: Edition) -> Applied:
    """A profile as issuers there apply it; raises `CertxError` if it is none, or none of that schema."""
    profile = filed.profile
    if isinstance(profile, CertxError):
        raise profile
    shared = edition.newest(filed.licence_type, profile.major)
    if shared is None:
        raise DocumentError("profile-of-nothing", type=filed.licence_type, major=profile.major)
    return Applied(profile, shared, with_profile(shared, profile, filed.place))


def review_profiles(before: Edition, after: Edition, seconds: float) -> Iterator[Step]:
    """Each profile that is new, changed or gone, or whose shared schema did."""
    known = {filed.place: filed for filed in before.profiles}
    for place in sorted(known.keys() - {filed.place for filed in after.profiles}):
        yield _gone(known[place])
    for filed in after.profiles:
        old = _applied_before(known.get(filed.place), before)
        subject = f"{filed.region} {filed.licence_type}"
        try:
            new = applied(filed, after)
        except CertxError as error:
            told = {**error.params, "defect": error.code}
            finding = Finding("profile-unfit", Weight.BREAK, Breaks.ROWS, filed.place, params=told)
            yield Step(filed.place, subject, findings=(finding,))
            continue
        if old is None or substance(old.schema) != substance(new.schema):
            findings = [*_of_rows(old, new, filed.place, before, after), *_changed(old, new, filed.place, seconds)]
            yield Step(filed.place, subject, str(new.shared.version), findings=tuple(findings))


def _gone(filed: RegionProfile) -> Step:
    """A profile that nobody keeps any more: rows are checked for less, and claims of the region's own have no place."""
    told = {"region": filed.region, "type": filed.licence_type}
    found = [Finding("profile-removed", Weight.NOTICE, Breaks.ROWS, filed.place, params=told)]
    if isinstance(filed.profile, Profile):
        found += _dropped(filed.profile, filed.profile.adds.keys(), filed.place)
    return Step(filed.place, f"{filed.region} {filed.licence_type}", findings=tuple(found))


def _dropped(profile: Profile, claims: AbstractSet[str], place: str) -> Iterator[Finding]:
    """Claims of a region's own that went."""
    for claim in sorted(claims):
        at = f"{profile.namespace}.{claim}"
        yield Finding("profile-claim-removed", Weight.NOTICE, Breaks.ROWS, place, at, {"claim": at})


def _applied_before(filed: RegionProfile | None, before: Edition) -> Applied | None:
    try:
        return None if filed is None else applied(filed, before)
    except CertxError:  # told when it was new
        return None


def _of_rows(old: Applied | None, new: Applied, place: str, before: Edition, after: Edition) -> Iterator[Finding]:
    """Examples that the issuers there could issue and cannot any more: a break if nothing is left of them all."""
    if old is None or old.profile != new.profile:  # of its own change, the region knows
        return
    examples = {e.place: e for edition in (before, after) for e in edition.examples(new.schema.type, "valid")}
    is_left = any(new.schema.closed.is_valid(example.document) for example in examples.values())
    for example in before.examples(new.schema.type, "valid"):
        if old.schema.closed.is_valid(example.document) and not new.schema.closed.is_valid(example.document):
            witness = explained(example.document, new.schema.closed.problems(example.document))
            weight = Weight.NOTICE if is_left else Weight.BREAK
            told = {"example": example.place}
            yield Finding("profile-rows-refused", weight, Breaks.ROWS, place, witness.at, told, witness)


def _changed(old: Applied | None, new: Applied, place: str, seconds: float) -> Iterator[Finding]:
    """What a region's own change asks of its issuers."""
    was = _nothing(new.profile) if old is None else old.profile
    if _rules(was) == _rules(new.profile):
        return
    if new.profile.version <= was.version:
        due = {"should_be": was.version + 1}
        yield Finding("profile-version", Weight.BREAK, Breaks.REPOSITORY, place, "version", due)
    dropped = was.adds.keys() - new.profile.adds.keys()
    yield from _dropped(was, dropped, place)
    was = _without(was, dropped)
    names = {name for profile in (was, new.profile) for name in _touched(profile)}
    accepts, refuses = (_part(new.shared, profile, names, place) for profile in (was, new.profile))
    answer = decide(accepts, refuses, national_code=new.shared.national_code, examples=(), seconds=seconds)
    if answer.answer is Answer.INCOMPATIBLE:  # what stays open here would weigh nothing
        witness = explained(answer.witness, refuses.validator.problems(answer.witness))
        yield Finding("profile-stricter", Weight.NOTICE, Breaks.ROWS, place, witness.at, {}, witness, chain(answer))


def _without(profile: Profile, claims: AbstractSet[str]) -> Profile:
    """A profile that never had these claims of its own."""
    adds = {name: rule for name, rule in profile.adds.items() if name not in claims}
    return profile._replace(adds=adds, needs=tuple(name for name in profile.needs if name not in claims))


def _nothing(profile: Profile) -> Profile:
    """The profile of a region that has none."""
    return profile._replace(version=0, requires=(), restricts={}, adds={}, needs=())


def _rules(profile: Profile) -> Profile:
    """What a profile asks for, whatever it is called."""
    return profile._replace(version=0, name={})


def _touched(profile: Profile) -> tuple[str, ...]:
    return (*profile.requires, *profile.restricts, *([profile.namespace] if profile.adds else ()))


def _part(shared: LicenceSchema, profile: Profile, names: set[str], place: str) -> Side:
    """What the shared schema and a profile say of these claims together, and of no other."""
    document: Mapping[str, Any] = substance(with_profile(shared, profile, place))
    properties = {name: node for name, node in document["properties"].items() if name in names}
    required = [name for name in document["required"] if name in names]
    part = {
        "type": "object", "properties": properties, "required": required, "allOf": document["allOf"][-1:],
        "additionalProperties": False, "$defs": document["$defs"],
    }  # fmt: skip
    return Side(part, Validator(part))
