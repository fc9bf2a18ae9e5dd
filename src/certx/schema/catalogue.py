"""The catalogue of licence schemas: which types and versions there are, and each one ready for use."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from certx.errors import DocumentError, UsageError
from certx.licence.divisions import Divisions
from certx.licence.identifiers import LICENCE_OID
from certx.licence.model import LicenceType
from certx.schema.annotations import (
    CORE_ID,
    Derivation,
    Label,
    Resolver,
    label_of,
    read_derivations,
    read_frame,
    read_nodes,
)
from certx.schema.frame import Frame
from certx.schema.rules import Context, Rule, Violation, compile_rule
from certx.schema.validate import Validator
from certx.schema.views import open_view

if TYPE_CHECKING:
    from certx.licence.rows import RowShape

VCT_PREFIX: Final = "urn:certx:licence:"
_LONGEST_VCT: Final = 256
"""Types are kept with what was looked up for them, and anybody can name one."""


class SchemaVersion(NamedTuple):
    """A version of a licence schema; the major is part of `vct`, minors of one major read each other."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


class LicenceSchema:
    """One version of one licence type's schema, with its core definitions bundled in."""

    def __init__(self, document: Mapping[str, Any], core: Mapping[str, Any]) -> None:
        self.source = document
        """As it lies on the shelf, without them."""
        self.document = {**document, "$defs": {**document.get("$defs", {}), CORE_ID: core}}
        self.annotation: Mapping[str, Any] = document["x-certx"]
        self.type = LicenceType(self.annotation["type"])
        major, minor = str(document["$id"]).rpartition(":")[2].split(".")
        self.version = SchemaVersion(int(major), int(minor))
        self.label = Label(document["title"], document["x-title-en"])
        self.resolve = Resolver(document, core)

    @property
    def vct(self) -> str:
        """The credential type: `urn:certx:licence:<type>:<major>`."""
        return f"{VCT_PREFIX}{self.type}:{self.version.major}"

    @property
    def national_code(self) -> str:
        """The 21-character type code of GB/T 36904, provisional where the real one is not known."""
        return str(self.annotation["nationalCode"])

    @cached_property
    def identifier_prefix(self) -> str:
        """How the identifiers of its licences begin (GB/T 36904)."""
        return f"{LICENCE_OID}.{self.national_code}."

    @cached_property
    def names(self) -> frozenset[str]:
        """The claims that it has."""
        return frozenset(self.document["properties"])

    @property
    def is_provisional(self) -> bool:
        """Is the national code our own stand-in?"""
        return bool(self.annotation.get("provisional"))

    @property
    def holder_category(self) -> str:
        """`legal`, `natural` or `mixed`."""
        return str(self.annotation["holderCategory"])

    @cached_property
    def frame(self) -> Frame:
        """What is selectively disclosable."""
        return read_frame(self.document, self.resolve)

    @cached_property
    def shape(self) -> "RowShape":
        """What the columns of a row are."""
        from certx.schema.shape import read_shape  # noqa: PLC0415 - a verifier reads no rows

        return read_shape(self.document, self.resolve)

    @cached_property
    def labels(self) -> Mapping[tuple[str, ...], Label]:
        """What claims are called, by path of names."""
        return {path: label_of(path, node) for path, node in self._nodes.items()}

    def in_order(self, claims: Mapping[str, Any]) -> dict[str, Any]:
        """Claims in the order of the schema, unknown ones last; disclosures come in any order."""
        ordered = {name: claims[name] for name in self.document["properties"] if name in claims}
        if len(ordered) < len(claims):
            ordered |= claims
        return ordered

    def show(self, path: tuple[str, ...], value: object, language: str) -> str:
        """A scalar claim as people read it: codes by their label, numbers with their unit."""
        node = self._nodes.get(path, {})
        labels = node.get("x-enum-labels", {})
        if isinstance(labels, Mapping) and str(value) in labels:
            return f"{labels[str(value)].get(language, value)} ({value})"
        if isinstance(value, bool):
            return {"zh": "是" if value else "否"}.get(language, "yes" if value else "no")
        unit = node.get("x-unit")
        return f"{value} {unit}" if unit else str(value)

    def is_date(self, path: tuple[str, ...]) -> bool:
        """Is it a calendar date?"""
        return self._nodes.get(path, {}).get("format") == "date"

    @cached_property
    def _nodes(self) -> Mapping[tuple[str, ...], Mapping[str, Any]]:
        return read_nodes(self.document, self.resolve)

    @cached_property
    def derivations(self) -> tuple[Derivation, ...]:
        """Facts that the issuer derives, each to be shown alone; raises `DocumentError` on one that cannot be."""
        rows = read_derivations(self.annotation)
        for row in rows:
            node = self.resolve(self.document["properties"].get(row.claim, {}))
            if row.claim not in self.frame.selective or node.get("const") is not True:
                raise DocumentError("schema-derived-claim", claim=row.claim)
        return rows

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Cross-field rules that reject."""
        return tuple(rule for rule in self._rules if not rule.is_warning)

    @cached_property
    def warnings(self) -> tuple[Rule, ...]:
        """Cross-field rules that only warn, at issue."""
        return tuple(rule for rule in self._rules if rule.is_warning)

    @cached_property
    def _rules(self) -> tuple[Rule, ...]:
        return tuple(map(compile_rule, self.annotation.get("rules", ())))

    @cached_property
    def closed(self) -> Validator:
        """What an issuer validates: no unknown claims."""
        return Validator(self.document)

    def closed_trusting(self, names: frozenset[str]) -> Validator:
        """The closed schema without the formats of these claims: for values whose type is their proof already."""
        properties = dict(self.document["properties"])
        for name in names:
            node = self.resolve(properties[name])
            properties[name] = {key: value for key, value in node.items() if key != "format"}
        return Validator({**self.document, "properties": properties})

    @cached_property
    def open(self) -> Validator:
        """What a verifier holds against a full disclosure: unknown claims are ignored."""
        return Validator(open_view(self.document, partial=False))

    @cached_property
    def partial(self) -> Validator:
        """What a verifier holds against a partial disclosure: nothing hidden is missed."""
        return Validator(open_view(self.document, partial=True))

    def violations(self, claims: Mapping[str, Any], rules: Iterable[Rule], context: Context) -> list[Violation]:
        """Every cross-field rule among `rules` that these claims break."""
        found: list[Violation] = []
        for rule in rules:
            found += rule.violations(claims, context)
        return found


class Catalogue(Protocol):
    """Where schemas come from; nothing is read before it is asked for."""

    @property
    def divisions(self) -> Divisions:
        """The division table beside the schemas."""

    def types(self) -> list[LicenceType]:
        """Every licence type, sorted."""

    def versions(self, licence_type: str) -> list[SchemaVersion]:
        """The versions of a type, oldest first; empty if the type is unknown."""

    def read(self, licence_type: str, version: SchemaVersion) -> LicenceSchema:
        """One version that exists."""


def latest(catalogue: Catalogue, licence_type: str, major: int | None = None) -> LicenceSchema | None:
    """The highest minor of a major (default: the highest major), or `None` if there is none."""
    versions = catalogue.versions(licence_type)
    if major is not None:
        versions = [version for version in versions if version.major == major]
    return catalogue.read(licence_type, versions[-1]) if versions else None


def require(catalogue: Catalogue, licence_type: str) -> LicenceSchema:
    """The latest schema of a type; raises `UsageError` listing the known types if there is none."""
    schema = latest(catalogue, licence_type)
    if schema is None:
        raise UsageError(
            "type-unknown", hint="type-unknown",
            type=licence_type, known=", ".join(catalogue.types()),
        )  # fmt: skip
    return schema


def split_vct(vct: object) -> tuple[str, int] | None:
    """Type and major of one of our `vct` values, `None` for any other."""
    if not isinstance(vct, str) or not vct.startswith(VCT_PREFIX) or len(vct) > _LONGEST_VCT:
        return None
    licence_type, _, major = vct[len(VCT_PREFIX) :].rpartition(":")
    if not licence_type or not major.isascii() or not major.isdigit() or len(major) > 4:
        return None
    return licence_type, int(major)
