"""Scenarios in the language of wallets: DCQL (OpenID4VP 1.0, section 6), out and in.

DCQL says what is to be shown. What else a scenario asks (constraints beyond values, remaining validity, the age of
status and registry, the paper) it cannot say; that is judged when the licence is verified.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from certx.errors import DocumentError
from certx.licence.paths import Path, format_path
from certx.recognition.members import items, mapping, text, texts, truth
from certx.recognition.query import Query
from certx.recognition.scenario import MAX_QUERIES, QuerySet, Scenario
from certx.schema.catalogue import VCT_PREFIX, split_vct

FORMAT: Final = "dc+sd-jwt"
_ID: Final = re.compile("[A-Za-z0-9_-]+")
"""What queries and claims may be called (sections 6.1 and 6.3)."""
_SCALARS: Final = (str, int, bool)
"""What a value may be (section 6.3): no number with a fraction."""


def to_dcql(scenario: Scenario, majors: Mapping[str, Iterable[int]]) -> dict[str, Any]:
    """The query for a wallet; `majors`: the major versions of each licence type, which its `vct` names.

    A claim that is allowed and not required is asked for in a second claim set: the first, which is preferred, has the
    required ones alone.
    """
    query: dict[str, Any] = {"credentials": [_to_credential(one, majors) for one in scenario.queries.values()]}
    if scenario.sets:
        query["credential_sets"] = [_to_set(each) for each in scenario.sets]
    return query


def _to_credential(query: Query, majors: Mapping[str, Iterable[int]]) -> dict[str, Any]:
    vcts = [f"{VCT_PREFIX}{name}:{major}" for name in sorted(query.types) for major in sorted(majors.get(name, ()))]
    credential: dict[str, Any] = {
        "id": query.id,
        "format": FORMAT,
        "meta": {"vct_values": vcts},
        "require_cryptographic_holder_binding": query.holder_binding,
    }
    optional = [path for path in query.allows if path not in query.requires]
    rows = [_to_claim(path, query) for path in query.requires]
    if optional:
        more = [_to_claim(path, query) for path in optional]
        for number, row in enumerate(rows + more):
            row["id"] = f"c{number}"
        needed = [row["id"] for row in rows]
        credential["claim_sets"] = [*([needed] if needed else []), needed + [row["id"] for row in more]]
        rows += more
    if rows:
        credential["claims"] = rows
    return credential


def _to_claim(path: Path, query: Query) -> dict[str, Any]:
    claim: dict[str, Any] = {"path": [None if step == -1 else step for step in path]}
    values = _values(path, query)
    if values:
        claim["values"] = values
    return claim


def _values(path: Path, query: Query) -> list[Any]:
    """The values that a constraint demands of a claim of the licence itself, if it demands nothing else of it."""
    schema = query.constraints.schema if query.constraints is not None else {}
    properties = schema.get("properties", {}) if isinstance(schema, Mapping) else {}
    demanded = properties.get(path[0]) if len(path) == 1 else None
    match demanded:
        case {"const": value, **rest} if not rest:
            values = [value]
        case {"enum": list(values), **rest} if not rest:
            pass
        case _:
            return []
    return values if all(type(value) in _SCALARS for value in values) else []


def _to_set(each: QuerySet) -> dict[str, Any]:
    return {"options": [list(option) for option in each.options], "required": each.required}


def from_dcql(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What a DCQL query asks, as members of a scenario document; raises `DocumentError` naming its file.

    Properties that the standard does not have are passed over, as it demands (section 6). Refused is what a scenario
    has no word for: other formats, several licences for one query, trusted authorities, claims of which either serves.
    """
    try:
        rows = _some(document["credentials"])
        if len(rows) > MAX_QUERIES:
            raise ValueError(len(rows))  # noqa: TRY301 - told like every other defect of form
        queries = [_from_credential(mapping(row)) for row in rows]
        ids = _apart([query["id"] for query in queries])
        sets = [_from_set(mapping(row), ids) for row in _some_of(document, "credential_sets")]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DocumentError("dcql-form", hint="dcql-form", file=name, detail=str(error)) from error
    if len(queries) == 1 and not sets:
        return {member: value for member, value in queries[0].items() if member != "id"}
    return {"credentials": queries, **({"credentialSets": sets} if sets else {})}


def _some(value: object) -> list[Any]:
    """The members of a list, which has one at least."""
    found = items(value)
    if not found:
        raise ValueError(value)
    return found


def _some_of(row: Mapping[str, Any], name: str) -> list[Any]:
    """Those of a list that need not be there."""
    return _some(row[name]) if name in row else []


def _apart(values: list[str]) -> list[str]:
    """The values, none of which is there twice."""
    if len(frozenset(values)) < len(values):
        raise ValueError(values)
    return values


def _ident(value: object) -> str:
    if _ID.fullmatch(text(value)) is None:
        raise ValueError(value)
    return text(value)


def _own_id(value: object) -> str:
    """The id of a query in the form that those of scenarios have."""
    return _ident(value).lower().replace("_", "-")


def _from_credential(row: Mapping[str, Any]) -> dict[str, Any]:
    if row["format"] != FORMAT:
        raise ValueError(row["format"])
    if "trusted_authorities" in row or truth(row.get("multiple", False)):
        raise KeyError("trusted_authorities" if "trusted_authorities" in row else "multiple")
    claims = [mapping(claim) for claim in _some_of(row, "claims")]
    paths = _apart([format_path(_path(_some(claim["path"]))) for claim in claims])
    required = _required(row, claims)
    query: dict[str, Any] = {
        "id": _own_id(row["id"]),
        "types": sorted({_type(text(vct)) for vct in _some(mapping(row["meta"])["vct_values"])}),
        "requires": [path for path, is_required in zip(paths, required, strict=True) if is_required],
        "holderBinding": truth(row.get("require_cryptographic_holder_binding", True)),
    }
    if not all(required):
        query["allows"] = paths
    demanded = {
        path: {"enum": _listed(claim["values"], path)}
        for path, claim in zip(paths, claims, strict=True)
        if "values" in claim
    }
    if demanded:
        query["constraints"] = {"properties": demanded}
    return query


def _required(row: Mapping[str, Any], claims: Sequence[Mapping[str, Any]]) -> list[bool]:
    """Which claims each claim set has; all, where there is none. One of the sets must ask for these alone."""
    ids = _apart([_ident(claim["id"]) for claim in claims if "id" in claim])
    sets = [frozenset(texts(one)) for one in _some_of(row, "claim_sets")]
    if not sets:
        return [True] * len(claims)
    least = min(sets, key=len)
    if len(ids) < len(claims) or not all(least <= one <= frozenset(ids) for one in sets):
        raise ValueError(row["claim_sets"])
    return [claim_id in least for claim_id in ids]


def _path(steps: Sequence[object]) -> Path:
    """A claims path pointer (section 7.1), `null` for each element."""
    path: list[str | int] = []
    for step in steps:
        if step is None:
            path.append(-1)
        elif isinstance(step, str) or (type(step) is int and step >= 0):
            path.append(step)
        else:
            raise TypeError(step)
    return tuple(path)


def _listed(values: object, path: str) -> list[Any]:
    if not path.isalnum():  # of one inside another, a scenario's constraint would have to be written by hand
        raise ValueError(f"values: {path}")
    found = _some(values)
    if not all(type(value) in _SCALARS for value in found):
        raise TypeError(values)
    return found


def _type(vct: str) -> str:
    named = split_vct(vct)
    if named is None:
        raise ValueError(vct)
    return named[0]


def _from_set(row: Mapping[str, Any], known: Sequence[str]) -> dict[str, Any]:
    options = [[_own_id(one) for one in _some(option)] for option in _some(row["options"])]
    for query_id in (query_id for option in options for query_id in option):
        if query_id not in known:
            raise KeyError(query_id)
    return {"options": options, **({} if truth(row.get("required", True)) else {"required": False})}
