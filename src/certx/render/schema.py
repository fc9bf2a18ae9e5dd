"""Licence schemas as tables and JSON."""

import orjson

from certx.i18n import Words
from certx.licence.paths import format_path
from certx.render.table import print_table
from certx.schema.catalogue import Catalogue, LicenceSchema, require


def print_types(catalogue: Catalogue, words: Words, *, as_json: bool) -> None:
    """Every licence type on a line."""
    schemas = [require(catalogue, name) for name in catalogue.types()]
    if as_json:
        for schema in schemas:
            row = {
                "type": schema.type, "zh": schema.label.zh, "en": schema.label.en, "version": str(schema.version),
                "national_code": schema.national_code, "provisional": schema.is_provisional, "vct": schema.vct,
            }  # fmt: skip
            print(orjson.dumps(row).decode())  # noqa: T201 - the output of a command
        return
    columns = [words.term(f"col-{name}") for name in ("type", "name", "version", "code", "provisional")]
    rows = [
        (
            schema.type,
            getattr(schema.label, words.language),
            str(schema.version),
            schema.national_code,
            words.term("yes" if schema.is_provisional else "no"),
        )
        for schema in schemas
    ]
    print_table(columns, rows)


def print_schema(schema: LicenceSchema, words: Words, *, as_json: bool) -> None:
    """The columns that a row of this type may have, and what each fills."""
    if as_json:
        print(orjson.dumps(schema.document, option=orjson.OPT_INDENT_2).decode())  # noqa: T201
        return
    label = getattr(schema.label, words.language)
    names: dict[str, list[str]] = {}
    for column, field in schema.shape.columns.items():
        path = format_path([0 if step == -1 else step for step in field.path])
        if column != path:
            names.setdefault(path, []).append(column)
        else:
            names.setdefault(path, [])
    required = set(schema.document.get("required", ()))
    rows = [
        (path, "、".join(columns), words.term("yes") if path in required else "", words.term(_disclosure(schema, path)))
        for path, columns in names.items()
    ]
    head = [words.term(f"col-{name}") for name in ("claim", "columns", "required", "disclosed")]
    print_table(head, rows, title=f"{label}  {schema.type} {schema.version}  {schema.vct}")


def _disclosure(schema: LicenceSchema, path: str) -> str:
    name = path.partition("[")[0].partition(".")[0]
    selective = schema.frame.selective | schema.frame.elements
    return "disclosed-selectively" if name in selective else "disclosed-always"
