"""A credential, written as the sheet of paper that shows it.

Everything on it comes from the credential; its labels and their order are those of the schema. Nothing is verified
here, and the sheet says so.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

import orjson

from certx.credential.constants import ENVELOPE_CLAIMS
from certx.credential.parse import Unverified
from certx.errors import UnreadableError
from certx.i18n import Language, Words, show_time
from certx.render.sheet import Block, Caption, Field, Group, Labels, Sheet
from certx.render.width import cells
from certx.schema.annotations import Label
from certx.schema.catalogue import LicenceSchema

MAX_CHARACTERS: Final = 40_000
"""Most characters on one licence, a text being one more than it has: some twenty pages of values, and more than any
schema of ours allows."""
_GROUPS: Final = ("holder", "grant", "basic", "management", "other")
"""The groups of a licence, as it is read: whose, what for, by whom and how long, and the rest."""
_APART: Final = ("certificateName", "certificateNumber", "issuingAuthorityName", "issuedDate")
"""Claims with a place of their own on the sheet: at its head and at its foot."""
_MOST_COLUMNS: Final = 6
_NARROW: Final = 22
"""Columns of a terminal that a value may take to stand beside another: eleven Chinese characters."""
_NARROWEST: Final = 8
_WIDEST: Final = 24
"""Columns of a terminal that a column of a table is sized for; longer texts in it are folded."""

_BETWEEN: Final[Mapping[Language, str]] = {"zh": "、", "en": ", "}

Path = tuple[str, ...]


def write_sheet(credential: Unverified, schema: LicenceSchema, *, labels: Labels, symbols: int) -> Sheet:
    """The sheet of a credential that is carried by so many symbols.

    Raises the credential's own `CredentialError` if its disclosures are defective, `UnreadableError` if it says more
    than fits on a licence.
    """
    if credential.revealed is None:
        assert credential.defect is not None  # noqa: S101 - one of both is there
        raise credential.defect
    sheet = _Writer(schema, labels).sheet(credential, credential.revealed.hidden, symbols)
    if sum(len(text) + 1 for _, text in sheet.texts()) > MAX_CHARACTERS:
        raise UnreadableError("print-too-long", maximum=MAX_CHARACTERS)
    return sheet


class _Writer:
    """Writes sheets for one schema in one choice of languages."""

    def __init__(self, schema: LicenceSchema, labels: Labels) -> None:
        self._schema, self._languages = schema, labels.languages
        self._books = [Words(language) for language in self._languages]

    def sheet(self, credential: Unverified, hidden: int, symbols: int) -> Sheet:
        every = {name: value for name, value in credential.claims.items() if name not in ENVELOPE_CLAIMS}
        claims = self._schema.in_order(every)
        title = self._caption(self._schema.label)
        if isinstance(claims.get("certificateName"), str):
            title = title._replace(text=claims["certificateName"]) if self._languages[0] == "zh" else title
        return Sheet(
            title=title,
            identifier=_plain(claims.get("certificateIdentifier", "")),
            number=self._apart("certificateNumber", claims),
            groups=list(self._groups(claims, lasts="exp" not in credential.claims)),
            authority=self._apart("issuingAuthorityName", claims),
            issued=self._apart("issuedDate", claims),
            proof=list(self._proof(credential)),
            partial=self._term("print-hidden", count=hidden) if hidden else None,
            notice=self._term("print-not-verified"),
            scan=[self._term("print-scan")]
            if symbols == 1
            else [self._term("print-scan-each", number=number, count=symbols) for number in range(1, symbols + 1)],
        )

    def _apart(self, name: str, claims: Mapping[str, Any]) -> Field | None:
        return self._field((name,), claims[name]) if name in claims else None

    def _groups(self, claims: Mapping[str, Any], *, lasts: bool) -> Iterator[Group]:
        for name in _GROUPS:
            heading, blocks, fields = self._term(f"print-group-{name}"), list[Block](), list[Field]()
            for part in self._group(name, claims, lasts=lasts):
                if isinstance(part, Field):
                    fields.append(part)
                    continue
                blocks += _in_lines(fields)
                fields = []
                blocks.append(part._replace(heading=Caption("")) if part.heading.text == heading.text else part)
            blocks += _in_lines(fields)
            if blocks:
                yield Group(heading, blocks)

    def _group(self, name: str, claims: Mapping[str, Any], *, lasts: bool) -> Iterator[Field | Block]:
        """The claims of a group; of a licence that never ends, that it does not."""
        properties = self._schema.document["properties"]
        for claim, value in claims.items():
            if claim not in _APART and properties.get(claim, {}).get("x-group", "other") == name:
                yield from self._parts((claim,), value)
                if claim == "effectiveDate" and lasts and "expiringDate" in properties.keys() - claims.keys():
                    yield Field(self._label(("expiringDate",)), self._said("print-long-term"))

    def _parts(self, path: Path, value: object) -> Iterator[Field | Block]:
        """A claim as fields beside others, or as a block of its own."""
        items = value if isinstance(value, list) else [value]
        objects = [item for item in items if isinstance(item, dict)]
        if not objects or len(objects) < len(items):
            yield self._field(path, value)
        elif len(objects) == 1 and isinstance(value, list):
            yield from (self._field((*path, name), inner) for name, inner in objects[0].items())
        elif len(objects) == 1:
            lines = list(_lines(self._field((*path, name), inner) for name, inner in objects[0].items()))
            yield Block(self._label(path), lines, [], [], [])
        else:
            yield self._table(path, objects)

    def _table(self, path: Path, objects: list[dict[str, Any]]) -> Block:
        names = list(dict.fromkeys(name for item in objects for name in item))
        if len(names) > _MOST_COLUMNS:
            lines = [line for item in objects for line in _lines(self._field((*path, n), v) for n, v in item.items())]
            return Block(self._label(path), lines, [], [], [])
        columns = [self._label((*path, name)) for name in names]
        rows = [[self._text((*path, n), item[n]) if n in item else "" for n in names] for item in objects]
        texts = [[column.text for column in columns], *rows]
        widths = [min(max(_NARROWEST, *map(cells, column)), _WIDEST) for column in zip(*texts, strict=True)]
        return Block(self._label(path), [], columns, rows, widths)

    def _field(self, path: Path, value: object) -> Field:
        return Field(self._label(path), self._text(path, value))

    def _text(self, path: Path, value: object) -> str:
        said = dict[str, str]()  # once, if both languages say the same but for what stands between
        for language in self._languages:
            text = self._in(language, path, value)
            said.setdefault(text.replace(_BETWEEN["zh"], _BETWEEN["en"]), text)
        return " / ".join(said.values())

    def _in(self, language: Language, path: Path, value: object) -> str:
        """A value as people read it in one language."""
        if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
            return _BETWEEN[language].join(self._in(language, path, item) for item in value)
        if value is None or isinstance(value, dict | list):  # deeper than any schema of ours
            return _plain(value)
        if isinstance(value, str) and self._languages == ("zh",) and self._schema.is_date(path):
            return _chinese_date(value)
        return _without_number(self._schema.show(path, value, language), value)

    def _proof(self, credential: Unverified) -> Iterator[Field]:
        """What the signature is made with, as the credential says."""
        claims, header = credential.claims, credential.jws.header
        if isinstance(claims.get("iat"), int):
            yield Field(self._term("print-signed-at"), show_time(claims["iat"]))
        for code, value in (("print-issuer-id", claims.get("iss")), ("print-key", header.get("kid"))):
            if isinstance(value, str):
                yield Field(self._term(code), value)

    def _label(self, path: Path) -> Caption:
        return self._caption(self._schema.labels.get(path, Label(path[-1], path[-1])))

    def _caption(self, label: Label) -> Caption:
        return Caption(*dict.fromkeys(getattr(label, language) for language in self._languages))

    def _term(self, code: str, **params: object) -> Caption:
        return Caption(*(book.term(code, **params) for book in self._books))

    def _said(self, code: str) -> str:
        return " ".join(self._term(code)).strip()


def _in_lines(fields: Sequence[Field]) -> Iterator[Block]:
    """Fields without a heading of their own, as a block; none if there are none."""
    if fields:
        yield Block(Caption(""), list(_lines(fields)), [], [], [])


def _lines(fields: Iterable[Field]) -> Iterator[list[Field]]:
    """Short fields two on a line, long ones alone."""
    waiting: Field | None = None
    for field in fields:
        is_narrow = cells(field.text) <= _NARROW and "\n" not in field.text
        if waiting is None:
            waiting = field if is_narrow else None
            if not is_narrow:
                yield [field]
        elif is_narrow:
            yield [waiting, field]
            waiting = None
        else:
            yield [waiting]
            yield [field]
            waiting = None
    if waiting is not None:
        yield [waiting]


def _plain(value: object) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _without_number(text: str, value: object) -> str:
    """A meaning without its code, if that is a number or says the same; codes such as A1 are what people ask for."""
    code = str(value)
    is_asked_for = code.isascii() and not code.isdigit()
    return text if is_asked_for else text.removesuffix(f" ({code})")


def _chinese_date(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return f"{day.year}年{day.month}月{day.day}日"
