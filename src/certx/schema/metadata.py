"""SD-JWT VC type metadata of a licence type: names of the type and its claims, and what is disclosed one by one.

Written by draft-ietf-oauth-sd-jwt-vc-19, sections 5.2, 5.5 and 5.6. Nothing of it decides a verdict here: verifiers of
other makers show a licence by it.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from certx.licence.paths import Path
from certx.schema.annotations import Label
from certx.schema.catalogue import LicenceSchema
from certx.schema.frame import Frame

LOCALES: Final = {"zh": "zh-CN", "en": "en"}
"""Our languages by the names of RFC 5646."""


def type_metadata(schema: LicenceSchema) -> dict[str, Any]:
    """The metadata document of the schema's `vct`."""
    display = [{"locale": locale, "name": getattr(schema.label, name)} for name, locale in LOCALES.items()]
    return {"vct": schema.vct, "name": schema.label.en, "display": display, "claims": list(_claims(schema))}


def _claims(schema: LicenceSchema) -> Iterator[dict[str, Any]]:
    for path, names in element_paths(schema):
        yield {
            "path": [None if step == -1 else step for step in path],
            "display": _display(schema.labels[names]),
            "mandatory": is_mandatory(schema, names) and path[-1] != -1,
            "sd": "always" if _is_concealed(schema, path, names) else "never",
        }


def concealed_paths(schema: LicenceSchema) -> Iterator[Path]:
    """What is disclosed by itself: claims, and elements of arrays."""
    return (path for path, names in element_paths(schema) if _is_concealed(schema, path, names))


def _is_concealed(schema: LicenceSchema, path: Path, names: tuple[str, ...]) -> bool:
    frame = schema.frame
    for name in names[:-1]:
        frame = frame.children.get(name, Frame())
    return names[-1] in (frame.elements if path[-1] == -1 else frame.selective)


def element_paths(schema: LicenceSchema) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Each claim by its path, -1 for every element of an array, with the names alone beside it."""
    for names in schema.labels:
        path = _path(schema, names)
        yield path, names
        if _node(schema, names).get("type") == "array":
            yield (*path, -1), names


def _path(schema: LicenceSchema, names: tuple[str, ...]) -> Path:
    path: list[str | int] = []
    for depth, name in enumerate(names, 1):
        path.append(name)
        if depth < len(names) and _node(schema, names[:depth]).get("type") == "array":
            path.append(-1)
    return tuple(path)


def _node(schema: LicenceSchema, names: tuple[str, ...]) -> Mapping[str, Any]:
    """The schema of a claim as it stands at its path, an array as an array."""
    node: Mapping[str, Any] = schema.document
    for name in names:
        inside = schema.resolve(node["items"]) if node.get("type") == "array" else node
        node = schema.resolve(inside["properties"][name])
    return node


def is_mandatory(schema: LicenceSchema, names: tuple[str, ...]) -> bool:
    """Has every licence the claim, or every object that it would stand in?"""
    above = _node(schema, names[:-1]) if len(names) > 1 else schema.document
    inside = schema.resolve(above["items"]) if above.get("type") == "array" else above
    is_there = names[-1] in inside.get("required", ())
    return is_there and (len(names) == 1 or is_mandatory(schema, names[:-1]))


def _display(label: Label) -> list[dict[str, str]]:
    return [{"locale": locale, "label": getattr(label, name)} for name, locale in LOCALES.items()]
