"""What the commands that change a listed key have in common: find it, change it, tell what that does to licences."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from certx.app.trust.denying import Change
    from certx.app.trust.key_life import Place
    from certx.trust.lifecycle import Row
    from certx.trust.rehearsal import Uses

Changing = Callable[["Place", "Uses | None", float], "Change"]


def moment_of(text: str | None, now: float) -> float:
    """The time that was given, else now in whole seconds."""
    from certx.app.machine.clock import read_moment  # noqa: PLC0415 - imports are the cost of a start

    return int(now) if text is None else read_moment(text)


def region_step(source: Path, step: "Callable[[Row, float], dict[str, Any]]", *, dry: bool) -> Changing:
    """A step that the region takes."""
    from certx.app.trust.key_life import change_key  # noqa: PLC0415 - imports are the cost of a start

    return lambda place, uses, now: change_key(source, place, lambda row: step(row, now), uses, dry=dry)


def change_listed_key(
    source: Path, reference: str, change: Changing, *, dry: bool, as_json: bool, lang: str | None
) -> int:
    """Find the key, change something about it, and tell what that does."""
    from certx.app.machine.clock import now  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.trust.key_life import find_key  # noqa: PLC0415
    from certx.app.trust.key_uses import known_uses  # noqa: PLC0415
    from certx.app.trust.source_lock import changing  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.render.key_life import print_change  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, lang=lang)
    with changing(source, dry=dry), known_uses(settings) as uses:
        done = change(find_key(source, reference, settings.keys), uses, now())
    print_change(done, source, words_for(settings.lang), as_json=as_json)
    return 0
