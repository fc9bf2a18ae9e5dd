"""The printing press: a credential becomes a PDF/A-3b by typst, with the credential itself attached.

Nothing is verified, nothing is fetched. What is printed comes from the credential alone, its labels from the schema.
"""

import re
from pathlib import Path
from typing import Any, Final

import orjson

from certx.app.carrier.symbol_drawing import draw
from certx.app.printing.fonts import find_fonts
from certx.app.printing.templates import Template, Templates, offline
from certx.carrier.packing import Dictionaries
from certx.carrier.symbols import write
from certx.credential.parse import Unverified, parse
from certx.errors import EnvironmentFailureError, UnreadableError, UsageError
from certx.extras import extra_module
from certx.render.sheet import Labels, Sheet
from certx.render.sheet_writer import write_sheet
from certx.schema.catalogue import Catalogue, LicenceSchema, latest, split_vct

_STANDARD: Final = "a-3b"
_LATEST: Final = 253_402_300_799
"""The last second of the year 9999: PDF has no later dates."""
_TEXT: Final = re.compile(r'`".*?"`', re.DOTALL)
"""How typst quotes what stands in a document, which may be personal data."""


class Press:
    """Prints credentials; fonts and templates are read once."""

    def __init__(
        self,
        catalogue: Catalogue,
        dictionaries: Dictionaries,
        *,
        labels: Labels = Labels.ZH,
        fonts: Path | None = None,
        template: Path | None = None,
    ) -> None:
        """`fonts` is a folder; `template` a file for every type, or a folder (see `Templates`).

        Raises `CertxError` if a library of the extra, a font or the template is not there.
        """
        typst = extra_module("typst", extra="print", package="typst")
        self._catalogue, self._dictionaries, self._labels = catalogue, dictionaries, labels
        self._fonts = find_fonts(fonts)
        self._templates = Templates(template)
        self._failure: type[Exception] = typst.TypstError
        self._compiler = typst.Compiler(font_paths=self._fonts.fonts, ignore_system_fonts=True)

    def print(self, text: str) -> bytes:
        """The PDF of a credential: of the same bytes whenever it is printed.

        Raises `CredentialError` if the text is none, another `CertxError` if it cannot be printed: its type is not
        known, it says too much, a character has no glyph, or the template has a mistake (`UsageError`).
        """
        credential = parse(text)
        schema = self._schema(credential)
        symbols = write(text, self._dictionaries)
        sheet = write_sheet(credential, schema, labels=self._labels, symbols=len(symbols))
        missing = self._fonts.missing(sheet.texts())
        if missing:
            named = ", ".join(map(str, missing))
            hint = "glyph-control" if any(character.is_control for character in missing) else "glyph-missing"
            raise EnvironmentFailureError("glyph-missing", hint=hint, characters=named)
        inputs = {
            "sheet": orjson.dumps(self._document(sheet, schema), default=_named).decode(),
            "symbols": orjson.dumps([list(draw(symbol)) for symbol in symbols]).decode(),
            "credential": text,
        }
        return self._set(self._templates.of(schema.type), inputs, _dated(credential))

    def _schema(self, credential: Unverified) -> LicenceSchema:
        named = split_vct(credential.claims.get("vct"))
        schema = latest(self._catalogue, *named) if named is not None else None
        if schema is None:
            raise UnreadableError("print-type-unknown", hint="print-type-unknown")
        return schema

    def _document(self, sheet: Sheet, schema: LicenceSchema) -> dict[str, object]:
        """What a template is given (docs/printing.md)."""
        fonts = {"text": self._fonts.families, "label": self._fonts.for_labels}
        return {"type": schema.type, "lang": self._labels.languages[0], "fonts": fonts, **sheet._asdict()}

    def _set(self, template: Template, inputs: dict[str, str], moment: int) -> bytes:
        """Set a page. What our own template cannot set either is the credential's fault, all else the template's."""
        try:
            with offline():
                pdf, warnings = self._compiler.compile_with_warnings(
                    template.program, root=template.path.parent, sys_inputs=inputs,
                    format="pdf", pdf_standards=[_STANDARD], pdf_tags=False, timestamp=moment,
                )  # fmt: skip
        except self._failure as error:
            if template.is_shipped:
                raise UnreadableError("print-impossible") from error
            self._set(self._templates.shipped, inputs, moment)
            raise _failed(template, str(error)) from error
        if warnings:  # such as of a font that is not there, whose text is left out
            raise _failed(template, str(warnings[0]))
        page: bytes = pdf
        return page


def _failed(template: Template, said: str) -> UsageError:
    detail = _TEXT.sub("`…`", said.partition("\n")[0])
    return UsageError("template-failed", hint="template-failed", path=template.path.name, detail=detail)


def _named(value: Any) -> dict[str, object]:  # noqa: ANN401 - what orjson does not know
    """A part of a sheet by the names of its members."""
    members: dict[str, object] = value._asdict()
    return members


def _dated(credential: Unverified) -> int:
    """The date of the document: when the credential was issued, as it says."""
    for name in ("iat", "nbf"):
        moment = credential.claims.get(name)
        if isinstance(moment, int) and 0 <= moment <= _LATEST:
            return moment
    return 0
