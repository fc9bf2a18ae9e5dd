"""The sheet of paper that shows a licence: what stands where, in which words, and nothing about fonts."""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from certx.i18n import Language


class Labels(StrEnum):
    """The language of what is printed around the claims; their values are printed as they are."""

    ZH = "zh"
    EN = "en"
    BOTH = "both"

    @property
    def languages(self) -> tuple[Language, ...]:
        """The languages, the first one large."""
        return {Labels.ZH: ("zh",), Labels.EN: ("en",), Labels.BOTH: ("zh", "en")}[self]  # type: ignore[return-value]


class Caption(NamedTuple):
    """What something is called, and in small print beside it in the other language, if both are wanted."""

    text: str
    small: str = ""


class Field(NamedTuple):
    """A claim with its label."""

    label: Caption
    text: str


class Block(NamedTuple):
    """Claims under a heading: lines of one or two fields, or a table where there are several of a kind.

    `widths` are those of the columns, in relation to each other.
    """

    heading: Caption
    lines: list[list[Field]]
    columns: list[Caption]
    rows: list[list[str]]
    widths: list[int]


class Group(NamedTuple):
    """One of the groups of a licence."""

    heading: Caption
    blocks: list[Block]


class Sheet(NamedTuple):
    """All that a template lays out; see docs/printing.md for what each member is."""

    title: Caption
    identifier: str
    number: Field | None
    groups: list[Group]
    authority: Field | None
    issued: Field | None
    proof: list[Field]
    partial: Caption | None
    notice: Caption
    scan: list[Caption]

    def texts(self) -> Iterator[tuple[str, str]]:
        """Every text on the sheet, with the label of where it stands."""
        yield self.title.text, "".join(self.title)
        yield self.title.text, self.identifier
        for field in (self.number, self.authority, self.issued, *self.proof):
            if field is not None:
                yield from _texts_of(field)
        for group in self.groups:
            yield group.heading.text, "".join(group.heading)
            for block in group.blocks:
                yield block.heading.text, "".join(block.heading)
                for field in (field for line in block.lines for field in line):
                    yield from _texts_of(field)
                for row in block.rows:
                    yield from zip((column.text for column in block.columns), row, strict=True)
                yield from ((column.text, "".join(column)) for column in block.columns)
        for caption in (self.notice, *self.scan, *([self.partial] if self.partial is not None else ())):
            yield caption.text, "".join(caption)


def _texts_of(field: Field) -> Iterator[tuple[str, str]]:
    yield field.label.text, "".join(field.label)
    yield field.label.text, field.text
