"""Has a licence the shape of its type?"""

from collections.abc import Mapping
from typing import Any, Final

from certx.licence.paths import format_path
from certx.reason import Finding, Reason, failed, passed, warned
from certx.schema.catalogue import LicenceSchema
from certx.schema.rules import Context

_MOST_NAMES: Final = 16
_LONGEST_NAME: Final = 80
"""What is told of claims that anybody's credential may have."""


def check_schema(schema: LicenceSchema, licence: Mapping[str, Any], context: Context, *, partial: bool) -> Finding:
    """[12] The licence has the shape of its type, as far as it is disclosed: unknown claims are ignored.

    `partial` if some of it is concealed: what is not disclosed is not missing.
    """
    check = "schema"
    validator = schema.partial if partial else schema.open
    if not validator.is_valid(licence):
        problems = validator.problems(licence)
        at, keyword = (problems[0].at, problems[0].keyword) if problems else ((), "schema")
        return failed(check, Reason.LICENCE_MALFORMED, at=format_path(at), rule=keyword)
    violations = schema.violations(licence, schema.rules, context)
    if violations:
        return failed(check, Reason.LICENCE_MALFORMED, at=format_path(violations[0].at), rule=violations[0].rule)
    identifier = licence.get("certificateIdentifier")
    if identifier is not None and not identifier.startswith(schema.identifier_prefix):
        return failed(check, Reason.LICENCE_MALFORMED, at="certificateIdentifier", rule="type-code")
    unknown = unknown_claims(schema, licence)
    return warned(check, Reason.CLAIMS_NOT_KNOWN, names=", ".join(unknown)) if unknown else passed(check)


def unknown_claims(schema: LicenceSchema, licence: Mapping[str, Any]) -> list[str]:
    """The claims of a licence that its shared schema does not have, such as those of a region's own (`x-<code>`)."""
    found: list[str] = []
    if schema.names.issuperset(licence):
        return found
    for name in sorted(licence.keys() - schema.names):
        inner = licence[name]
        found += (f"{name}.{part}" for part in sorted(inner)) if isinstance(inner, Mapping) else [name]
    return [name[:_LONGEST_NAME] for name in found[:_MOST_NAMES]]
