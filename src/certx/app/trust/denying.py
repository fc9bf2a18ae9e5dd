"""`certx trust deny`: the duty desk's rows in `federation/suspensions.json`, each written and taken away by itself.

The rest of the file keeps its form, so that a review shows the one row that changed. In effect once the role `duty`
has signed (`certx trust publish`), without waiting for the region.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from certx.app.machine.files import replace_file
from certx.app.trust.founding import read_keys
from certx.errors import DocumentError, UsageError
from certx.keys.encoding import base64url
from certx.licence.model import time_text
from certx.trust.checkpoint import LogHead
from certx.trust.denials import Denial, deny, read_denials
from certx.trust.folder import read_document
from certx.trust.lifecycle import check_past, check_why
from certx.trust.region_document import read_region
from certx.trust.registry import Region, State
from certx.trust.rehearsal import KeyEffects, Uses, key_lists, rehearse
from certx.trust.roles import DUTY, SUSPENSIONS

_SPACE: Final = re.compile(r"[ \t\n\r]*")
_EMPTY: Final = '{\n  "denials": []\n}\n'


class Change(NamedTuple):
    """What became of the source: the file, whether it was written, who must sign it, what it does to licences."""

    path: Path
    written: bool
    role: str
    effects: tuple[KeyEffects, ...]


class Overlay(NamedTuple):
    """The deny overlay of a source: its text, and its denials by row."""

    path: Path
    text: str
    denials: tuple[Denial, ...]


def overlay_of(source: Path) -> Overlay:
    """The overlay as it stands; an empty one if there is none. Raises `DocumentError`."""
    path = source / SUSPENSIONS
    if not path.exists():
        return Overlay(path, _EMPTY, ())
    data, document = read_document(path)
    json.loads(data, object_pairs_hook=_once)
    return Overlay(path, data.decode(), read_denials(document, str(path)))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two lists of the same name a reader takes one, and a writer might change the other."""
    for index, (name, _) in enumerate(pairs):
        if any(name == other for other, _ in pairs[:index]):
            raise DocumentError("trust-member-twice", name=name)
    return dict(pairs)


def regions_of(source: Path) -> list[str]:
    """The codes of the regions that have a folder in a source."""
    return sorted(path.name for path in source.glob("[0-9][0-9][0-9][0-9][0-9][0-9]") if path.is_dir())


def find_named(source: Path, kind: str, name: str) -> tuple[Region, str]:
    """The region that a denial of this region, issuer or kid bears on, and the name as the overlay has it.

    Raises `UsageError` if nobody lists it.
    """
    for code in regions_of(source):
        path, document = read_keys(source, code)
        region = read_region(document, str(path))
        if kind == "region" and code == name:
            return region, code
        for issuer in region.issuers.values():
            if kind == "issuer" and name in {issuer.id, issuer.credit_code}:
                return region, issuer.id
            if kind == "key" and any(name in keys for _use, keys in key_lists(issuer)):
                return region, name
    raise UsageError("denial-unknown", hint="denial-unknown", name=name)


def add_denial(
    source: Path, kind: str, name: str, *, state: State, since: float, why: str, now: float,
    uses: Uses | None = None, dry: bool = False, more: Mapping[str, Any] | None = None,
) -> Change:  # fmt: skip
    """Deny a region, an issuer or a key (by kid); `more`: further members of the row. Raises `UsageError`.

    A key that is suspended may become compromised, and what is compromised may be so since longer or get its
    checkpoint; nothing is weakened.
    """
    check_past(since, now)
    region, name = find_named(source, kind, name)
    overlay = overlay_of(source)
    row = {kind: name, "state": state.value, "since": time_text(since), "reason": check_why(why), **(more or {})}
    text = overlay.text
    for index, denial in _rows_of(overlay, region, kind, name):
        is_worse = denial.state is State.SUSPENDED and state is State.COMPROMISED
        is_earlier = denial.state is state is State.COMPROMISED and denial.since is not None and since < denial.since
        is_proof = denial.state is state is State.COMPROMISED and denial.since == since and _adds_proof(denial, row)
        if not (is_worse or is_earlier or is_proof):
            raise UsageError("denied-already", name=name, state=denial.state, since=denial.since)
        row = {**row, **_outlasting(denial, since), **(more or {})}
        text = _without(text, index)
    return _change(overlay, _with(text, row), region, uses, dry=dry)


def checkpoint_row(head: LogHead, at: float) -> dict[str, Any]:
    """A head of a log as a denial names it, with when the registry was signed that witnessed it (Unix time)."""
    return {"size": head.size, "root": base64url(head.root), "at": time_text(at)}


def _outlasting(denial: Denial, since: float) -> dict[str, Any]:
    """The checkpoint that this denial names, if that was witnessed before a theft at another time as well."""
    head, at = denial.witnessed, denial.witnessed_at
    return {"checkpoint": checkpoint_row(head, at)} if head is not None and at is not None and at < since else {}


def _adds_proof(denial: Denial, row: Mapping[str, Any]) -> bool:
    """Does the new row name a checkpoint, where the old one names none?"""
    return denial.witnessed is None and "checkpoint" in row


def lift_denial(source: Path, kind: str, name: str, *, uses: Uses | None = None, dry: bool = False) -> Change:
    """End a suspension by the duty desk; raises `UsageError` if there is none, or if it is more than a suspension."""
    region, name = find_named(source, kind, name)
    overlay = overlay_of(source)
    rows = _rows_of(overlay, region, kind, name)
    if not rows:
        raise UsageError("denied-not", hint="denied-not", name=name)
    text = overlay.text
    for index, denial in rows:
        if denial.state is State.COMPROMISED:
            raise UsageError("denial-stays", name=name)
        text = _without(text, index)
    return _change(overlay, text, region, uses, dry=dry)


def _rows_of(overlay: Overlay, region: Region, kind: str, name: str) -> list[tuple[int, Denial]]:
    """The rows about a name, the last first."""
    issuer = region.issuers.get(name) if kind == "issuer" else None
    names = {name} if issuer is None else {name, issuer.credit_code}
    rows = [(index, d) for index, d in enumerate(overlay.denials) if d.kind == kind and d.name in names]
    return rows[::-1]


def _change(overlay: Overlay, text: str, region: Region, uses: Uses | None, *, dry: bool) -> Change:
    denials = read_denials(json.loads(text), str(overlay.path))
    effects = rehearse(deny(region, overlay.denials), deny(region, denials), uses)
    if not dry:
        replace_file(overlay.path, text.encode())
    return Change(overlay.path, not dry, DUTY, tuple(effects))


# --- the text of the file: rows are put in and taken out, the rest stays as people wrote it


def _with(text: str, row: Mapping[str, Any]) -> str:
    """The text with a row more, at the end, on a line of its own."""
    start, spans = _spans(text)
    line = "\n    " + json.dumps(row, ensure_ascii=False)
    if spans:
        end = spans[-1][1]
        return f"{text[:end]},{line}{text[end:]}"
    closing = text.index("]", start)
    return f"{text[:start]}{line}\n  {text[closing:]}"


def _without(text: str, index: int) -> str:
    """The text without a row, and without the comma and the white space that parted it from its neighbour."""
    start, spans = _spans(text)
    if index > 0:
        return text[: spans[index - 1][1]] + text[spans[index][1] :]
    if len(spans) > 1:
        return text[: spans[0][0]] + text[spans[1][0] :]
    return text[:start] + text[text.index("]", spans[0][1]) :]


def _spans(text: str) -> tuple[int, list[tuple[int, int]]]:
    """Where the list `denials` begins, after its bracket, and where each of its rows begins and ends."""
    decode = json.JSONDecoder().raw_decode
    place = _skip(text, text.index("{") + 1)
    while True:
        name, place = decode(text, place)
        place = _skip(text, _skip(text, place) + 1)
        if name == "denials":
            break
        place = _skip(text, decode(text, place)[1])
        place = _skip(text, place + 1)
    start = place + 1
    spans: list[tuple[int, int]] = []
    place = _skip(text, start)
    while text[place] != "]":
        _, end = decode(text, place)
        spans.append((place, end))
        place = _skip(text, end)
        place = _skip(text, place + 1) if text[place] == "," else place
    return start, spans


def _skip(text: str, place: int) -> int:
    """The next place that is no white space."""
    match = _SPACE.match(text, place)
    return match.end() if match is not None else place
