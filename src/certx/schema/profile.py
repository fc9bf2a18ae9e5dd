"""A region's profile of a shared schema: stricter, or with claims of its own under its own name (差异化).

Issuers of the region validate the shared schema and the profile. Whoever verifies elsewhere reads what the shared
schema knows, and is told which claims it does not.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from certx.errors import DocumentError
from certx.schema.annotations import CORE_ID
from certx.schema.catalogue import LicenceSchema
from certx.schema.validate import Validator

MEMBERS: Final = frozenset(
    {"region", "type", "major", "version", "name", "requires", "restricts", "adds", "requiresAdded", "legalBasis"}
)
_CLAIM: Final = re.compile(r"[a-z][A-Za-z0-9]{0,63}")
_PROVINCE: Final = re.compile(r"[0-9]{2}0000")


class Profile(NamedTuple):
    """What a region adds to a major version of a licence type.

    `requires`: claims of the shared schema that are optional there; `restricts`: a JSON Schema for some of its claims,
    that holds besides the shared one; `adds`: one for each claim of the region's own; `needs`: those of them that are
    always there. `name` is by language.
    """

    region: str
    licence_type: str
    major: int
    version: int
    name: Mapping[str, str]
    requires: tuple[str, ...]
    restricts: Mapping[str, Any]
    adds: Mapping[str, Any]
    needs: tuple[str, ...]

    @property
    def namespace(self) -> str:
        """The claim that holds all claims of the region's own."""
        return f"x-{self.region}"


def profile_path(region: str, licence_type: str) -> str:
    """Where a region lists its profile of a licence type."""
    return f"regions/{region}/profile-{licence_type}.json"


def read_profile(document: Mapping[str, Any], path: str) -> Profile:
    """One profile document; raises `DocumentError` naming its file."""
    try:
        profile = Profile(
            region=_matching(_PROVINCE, document["region"]),
            licence_type=_of(str, document["type"]),
            major=_of(int, document["major"]),
            version=_of(int, document["version"]),
            name=_of(dict, document["name"]),
            requires=_names(document.get("requires", [])),
            restricts=_of(dict, document.get("restricts", {})),
            adds=_of(dict, document.get("adds", {})),
            needs=_names(document.get("requiresAdded", [])),
        )
        for claim in (*profile.requires, *profile.restricts, *profile.adds):
            _matching(_CLAIM, claim)
        for rule in (*profile.restricts.values(), *profile.adds.values()):
            _of(dict, rule)
        for unknown in sorted(document.keys() - MEMBERS) + sorted(frozenset(profile.needs) - profile.adds.keys()):
            raise KeyError(unknown)  # noqa: TRY301 - told like every other defect of form
    except (KeyError, TypeError, ValueError) as error:
        raise DocumentError("profile-form", path=path, detail=str(error)) from error
    for rules in (profile.restricts, profile.adds):  # a region's own text: bounded before an issuer compiles it
        Validator({"properties": rules}, foreign=True).is_valid({})
    return profile


def with_profile(schema: LicenceSchema, profile: Profile, path: str) -> LicenceSchema:
    """The schema that issuers of the region validate: the shared one, and the profile besides.

    Raises `DocumentError` if the profile is of another major version, or names a claim that the shared schema has not.
    """
    if (profile.licence_type, profile.major) != (schema.type, schema.version.major):
        raise DocumentError("profile-of-another", path=path, type=schema.type, major=schema.version.major)
    shared = schema.document["properties"]
    for claim in (*profile.requires, *profile.restricts):
        if claim not in shared:
            raise DocumentError("profile-claim", path=path, claim=claim, type=schema.type)
    properties = {**shared, profile.namespace: _own(profile)} if profile.adds else shared
    required = [*profile.requires, *([profile.namespace] if profile.needs else [])]
    narrower = {"properties": profile.restricts, "required": required}
    titled = {str(rule.get("title", claim)): f"{profile.namespace}.{claim}" for claim, rule in profile.adds.items()}
    document = {
        **schema.document,
        "properties": properties,
        "allOf": [*schema.document.get("allOf", []), narrower],
        "x-certx": {**schema.annotation, "columns": {**titled, **schema.annotation.get("columns", {})}},
    }
    return LicenceSchema(document, schema.document["$defs"][CORE_ID])


def _own(profile: Profile) -> dict[str, Any]:
    """The schema of the claim that holds those of the region's own; disclosed as a whole."""
    zh = str(profile.name.get("zh", profile.namespace))
    return {
        "type": "object",
        "title": zh,
        "x-title-en": str(profile.name.get("en", zh)),
        "x-disclosure": "selective",
        "x-group": "management",
        "properties": profile.adds,
        "required": list(profile.needs),
        "minProperties": 1,
        "additionalProperties": False,
    }


def _names(value: object) -> tuple[str, ...]:
    return tuple(_of(str, name) for name in _of(list, value))


def _matching(form: re.Pattern[str], value: object) -> str:
    if not isinstance(value, str) or form.fullmatch(value) is None:
        raise ValueError(value)
    return value


def _of(kind: type, value: object) -> Any:  # noqa: ANN401 - checked right here
    if type(value) is not kind:
        raise TypeError(value)
    return value
