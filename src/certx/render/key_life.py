"""What a change of keys or denials does, for people and for scripts."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import orjson

from certx.i18n import Words
from certx.reason import Outcome, Reason
from certx.render.width import printable
from certx.trust.lifecycle import KeyPurpose
from certx.trust.rehearsal import Effect, KeyEffects


class Changed(Protocol):
    """What is shown of a change."""

    @property
    def path(self) -> Path:
        """The file of the source."""

    @property
    def written(self) -> bool:
        """Not so in a rehearsal."""

    @property
    def role(self) -> str:
        """Who must sign it."""

    @property
    def effects(self) -> Sequence[KeyEffects]:
        """By key."""


def change_lines(change: Changed, words: Words) -> Iterator[str]:
    """For each key that is touched: how many licences rest on it, and what becomes of them."""
    for row in change.effects:
        at = {"kid": row.kid, "issuer": row.issuer, "region": row.region, "use": words.term(f"signs-{row.use}")}
        yield printable(words.term("effects-of-key", **at))
        if row.use in {KeyPurpose.LOG, KeyPurpose.GRANTS, KeyPurpose.REQUESTS}:
            continue
        if row.live is None:
            yield "  " + words.term("effects-unknown")
        elif row.newest is not None:
            yield "  " + words.term("effects-live", count=row.live, at=row.newest)
        else:
            yield "  " + words.term("effects-live-none")
        if row.unknown:
            yield "  " + words.term("effects-live-unknown", count=row.unknown)
        for effect in row.effects:
            yield "  " + _effect_line(effect, words, is_least=row.unknown > 0)
        if row.unproven:
            yield "  " + words.term("effects-unproven", count=row.unproven)
        elif not row.effects:
            yield "  " + words.term("effects-none")


def _effect_line(effect: Effect, words: Words, *, is_least: bool) -> str:
    if effect.since > 0:
        span = "span" if effect.until is not None else "span-open"
    else:
        span = "span-before" if effect.until is not None else "span-all"
    when = words.term(span, since=effect.since, until=effect.until)
    meaning = words.term("effect-receipt" if effect.reason is Reason.KEY_COMPROMISED_LATER else _EFFECT[effect.outcome])
    if effect.live is None:
        return words.term("effect", when=when, meaning=meaning)
    counted = "effect-counted-least" if is_least else "effect-counted"
    return words.term(counted, when=when, meaning=meaning, count=effect.live)


_EFFECT = {
    Outcome.ACCEPTED: "effect-accepted",
    Outcome.INVALID: "effect-invalid",
    Outcome.UNDETERMINED: "effect-undetermined",
    Outcome.NOT_ACCEPTABLE: "effect-invalid",
}


def print_change(change: Changed, source: Path, words: Words, *, as_json: bool) -> None:
    """What it does, on stdout; whether it was written, and what has to be done before it takes effect, on stderr."""
    for line in [change_object(change).decode()] if as_json else change_lines(change, words):
        print(line)  # noqa: T201 - the output of a command
    talk = [printable(words.term("change-rehearsed", path=change.path))]
    if change.written:
        talk = list(next_lines(change.path, source, change.role, words))
    for line in talk:
        print(line, file=sys.stderr)  # noqa: T201 - talk of a command


def next_lines(path: Path, source: Path, role: str, words: Words) -> Iterator[str]:
    """What has to be done before a written change of the source takes effect."""
    yield printable(words.term("change-written", path=path))
    yield printable(words.term("change-next", source=source, role=role))


def change_object(change: Changed) -> bytes:
    """A change for scripts (schemas/documents/trust-change.json); times are Unix seconds."""
    document = {"path": str(change.path), "written": change.written, "role": change.role}
    return orjson.dumps({**document, "keys": [_key_object(row) for row in change.effects]})


def _key_object(row: KeyEffects) -> dict[str, object]:
    return {**row._asdict(), "effects": [_effect_object(effect) for effect in row.effects]}


def _effect_object(effect: Effect) -> dict[str, object]:
    until = None if effect.until is None else int(effect.until)
    return {**effect._asdict(), "since": int(effect.since), "until": until}
