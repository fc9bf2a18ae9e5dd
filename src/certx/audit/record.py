"""One line of the log of verdicts: what it says of an answer, and its canonical bytes.

A line has no personal data and no text of a stranger's: codes, names from the registry, and a keyed hash of the
licence identifier, by which one counter knows a licence again and nobody else does.
"""

import re
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final, NamedTuple

import orjson

from certx.reason import Result
from certx.verdict import Answer, Verdict

SALT_BYTES: Final = 32
_MARK_BYTES: Final = 16
_TYPE: Final = re.compile(r"[a-z0-9-]{1,64}")
_WARNED: Final = Result.WARNED


class Kind(NamedTuple):
    """What many lines have in common; a text is empty where there is none.

    `outcome` is empty if the input could not be read. `reason` decided, `warnings` are codes with a space between.
    `registry` is the version of the one that the verdict rests on.
    """

    outcome: str
    reason: str
    warnings: str = ""
    type: str = ""
    region: str = ""
    agreement: str = ""
    scenario: str = ""
    registry: str = ""


class Line(NamedTuple):
    """What is noted of one answer: when (Unix time, whole seconds), what, and of which licence (empty: unproven)."""

    at: int
    kind: Kind
    licence: bytes = b""


class Record(NamedTuple):
    """A line under its number in the log."""

    number: int
    line: Line


def lines_of(answers: Sequence[Answer], *, now: float, salt: bytes) -> list[Line]:
    """What is noted of answers that were given at Unix time `now`; `salt` is this counter's own secret.

    The kind of those that came to the very same findings, on licences of one type and region, is made once.
    """
    kinds: dict[tuple[object, ...], Kind] = {}
    lines = []
    for _input, verdict, error in answers:
        if verdict is None:
            lines.append(Line(int(now), Kind("", error.reason if error is not None else "")))
            continue
        facts, licence_id = verdict.credential, None
        key: tuple[object, ...] = (id(verdict.findings),)
        if facts is not None:
            licence_id = facts.licence_id
            key = (id(verdict.findings), facts.type, facts.region)
        kind = kinds.get(key)
        if kind is None:
            kind = kinds[key] = _kind_of(verdict)
        lines.append(Line(int(verdict.checked_at), kind, mark_of(licence_id, salt) if licence_id else b""))
    return lines


def _kind_of(verdict: Verdict) -> Kind:
    warned = (
        finding.reason for finding in verdict.findings if finding.result is _WARNED and finding.reason is not None
    )
    named = (finding.params.get("agreement", "") for finding in verdict.findings if finding.check == "recognition")
    facts, registry, deciding = verdict.credential, verdict.registry, verdict.deciding
    return Kind(  # of plain texts: what an enumeration's member costs to hash would be felt in a batch
        verdict.outcome._value_,
        deciding.reason._value_ if deciding is not None and deciding.reason is not None else "",
        " ".join(warned),
        _type_of(facts.type) if facts is not None else "",
        facts.region if facts is not None else "",
        str(next(named, "")),
        verdict.scenario or "",
        registry.version if registry is not None else "",
    )


def _type_of(name: str) -> str:
    """A type of ours; what else an issuer put there is none of the log's business."""
    return name if _TYPE.fullmatch(name) else ""


def mark_of(licence_id: str, salt: bytes) -> bytes:
    """The keyed hash (BLAKE2b, 16 bytes) under which a licence is known again at this counter."""
    return blake2b(licence_id.encode(), key=salt, digest_size=_MARK_BYTES).digest()


def line_object(line: Line) -> dict[str, Any]:
    """A line as a JSON object; `null` stands for what there is not."""
    kind = line.kind
    reasons = {name: getattr(kind, name) or None for name in Kind._fields if name != "warnings"}
    return {"at": line.at, **reasons, "warnings": kind.warnings.split(), "licence": line.licence.hex() or None}


def line_from(document: Mapping[str, Any]) -> Line:
    """The line that `line_object` made an object of; raises `KeyError`, `TypeError` or `ValueError` if it is none."""
    texts = {name: document[name] for name in Kind._fields if name != "warnings"}
    if type(document["at"]) is not int or not all(text is None or isinstance(text, str) for text in texts.values()):
        raise TypeError(document)
    kind = Kind(**{name: text or "" for name, text in texts.items()}, warnings=_joined(document["warnings"]))
    return Line(document["at"], kind, bytes.fromhex(document["licence"] or ""))


def _joined(warnings: Sequence[str]) -> str:
    return " ".join(warnings)


def canonical(record: Record) -> bytes:
    """The bytes of a record, the same for ever: RFC 8785, of which its few kinds of values need no more than sorting.

    They are what a tamper-evident log has for its leaves.
    """
    return orjson.dumps({"number": record.number, **line_object(record.line)}, option=orjson.OPT_SORT_KEYS)
