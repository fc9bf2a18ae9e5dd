"""Profiles of regions: narrower schemas, which must stay inside of what all share."""

from collections.abc import Iterator
from typing import Any, Final

from certx.errors import CertxError
from certx.gate.change import substance
from certx.gate.deciding import Side, chain, decide, explained
from certx.gate.edition import Edition, Profile
from certx.gate.finding import Breaks, Finding, Step, Weight
from certx.schema.catalogue import LicenceSchema, latest
from certx.schema.compat import Answer
from certx.schema.validate import Validator

RULE: Final = "profile-outside"


def review_profiles(edition: Edition, seconds: float) -> Iterator[Step]:
    """Each profile against the newest shared schema of its type: it may ask for more, and allow nothing else."""
    for profile in edition.profiles:
        yield _review(profile, edition, seconds)


def self_contained(profile: Profile, schema: LicenceSchema) -> dict[str, Any]:
    """The profile with the definitions that all share, as the schema of its type has them."""
    shared = schema.document["$defs"]
    return {**profile.document, "$defs": {**shared, **profile.document.get("$defs", {})}}


def _review(profile: Profile, edition: Edition, seconds: float) -> Step:
    subject = f"{profile.region} {profile.licence_type}"
    try:
        schema = latest(edition.catalogue, profile.licence_type)
    except CertxError:
        schema = None  # told of the schema itself
    if schema is None:
        finding = Finding("profile-of-nothing", Weight.BREAK, Breaks.REPOSITORY, profile.place)
        return Step(profile.place, subject, findings=(finding,))
    shared, profiled = substance(schema), self_contained(profile, schema)
    inner, outer = Side(profiled, Validator(profiled)), Side(shared, schema.closed)
    examples = edition.examples(profile.licence_type, "valid")
    answer = decide(inner, outer, national_code=schema.national_code, examples=examples, seconds=seconds)
    step = Step(profile.place, subject, str(schema.version))
    if answer.answer is Answer.COMPATIBLE:
        return step._replace(proven={"profile": chain(answer)})
    weight, witness = Weight.UNDECIDED, None
    if answer.answer is Answer.INCOMPATIBLE:
        weight, witness = Weight.BREAK, explained(answer.witness, schema.closed.problems(answer.witness))
    params = {"part": chain(answer)[-1]}
    finding = Finding(RULE, weight, Breaks.ROWS, profile.place, params=params, witness=witness, because=chain(answer))
    return step._replace(findings=(finding,))
