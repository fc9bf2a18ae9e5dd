"""A licence type as a page of Markdown, in one language."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from certx.i18n import Words
from certx.render.gate_words import GateWords
from certx.schema.annotations import read_nodes
from certx.schema.catalogue import LicenceSchema
from certx.schema.metadata import is_mandatory

_LIMITS: Final = (
    "const", "format", "pattern", "minLength", "maxLength", "minimum", "exclusiveMinimum", "maximum",
    "exclusiveMaximum", "multipleOf",
)  # fmt: skip


def type_page(schema: LicenceSchema, example: object, words: Words) -> str:
    """The page of a type: what it is, its claims, their codes, the rules between them, and an example."""
    book = GateWords(words)
    return "\n".join([*_head(schema, words), "", *_claims(schema, words, book), *_rest(schema, example, book)]) + "\n"


def _head(schema: LicenceSchema, words: Words) -> Iterator[str]:
    provisional = f" ({words.term('col-provisional')})" if schema.is_provisional else ""
    yield f"# {getattr(schema.label, words.language)}"
    yield ""
    yield f"| | |\n|---|---|\n| {words.term('col-type')} | `{schema.type}` |"
    yield f"| {words.term('col-version')} | {schema.version} |"
    yield f"| vct | `{schema.vct}` |"
    yield f"| {words.term('col-code')} | `{schema.national_code}`{provisional} |"


def _claims(schema: LicenceSchema, words: Words, book: GateWords) -> Iterator[str]:
    heads = [words.term("col-claim"), words.term("col-name"), book.term("page-form")]
    yield f"| {' | '.join([*heads, words.term('col-required'), words.term('col-disclosed')])} |"
    yield "|---|---|---|---|---|"
    for path, node in read_nodes(schema.document, schema.resolve).items():
        name = getattr(schema.labels[path], words.language)
        needed = words.term("yes") if is_mandatory(schema, path) else ""
        is_selective = path[0] in schema.frame.selective | schema.frame.elements
        shown = words.term("disclosed-selectively" if is_selective else "disclosed-always")
        yield f"| `{'.'.join(path)}` | {_cell(name)} | {_form(node, words)} | {needed} | {shown} |"


def _form(node: Mapping[str, Any], words: Words) -> str:
    """The kind of a value and its limits, in the words of JSON Schema, which need no translation."""
    parts = [f"`{node['type']}`"] if "type" in node else []
    parts += [f"{name} `{_cell(str(node[name]))}`" for name in _LIMITS if name in node]
    labels = node.get("x-enum-labels", {})
    codes = [f"`{code}` {labels.get(str(code), {}).get(words.language, '')}".rstrip() for code in node.get("enum", ())]
    parts += [_cell("; ".join(codes))] if codes else []
    parts += [str(node["x-unit"])] if "x-unit" in node else []
    return ", ".join(parts)


def _rest(schema: LicenceSchema, example: object, book: GateWords) -> Iterator[str]:
    rules = schema.annotation.get("rules", ())
    if rules:
        yield f"\n## {book.term('page-rules')}\n"
        for row in rules:
            told = ", ".join(f"{name} `{_cell(str(value))}`" for name, value in row.items() if name != "rule")
            yield f"- `{row['rule']}`: {told}"
    if schema.derivations:
        yield f"\n## {book.term('page-derived')}\n"
        for row in schema.derivations:
            yield f"- `{row.claim}`: `{row.source}` {row.rule} {row.value}"
    if example is not None:
        yield f"\n## {book.term('page-example')}\n"
        yield f"```json\n{orjson.dumps(example, option=orjson.OPT_INDENT_2).decode()}\n```"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
