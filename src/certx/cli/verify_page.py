"""The page of verdicts that `certx verify --html` writes beside what it says."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from certx import __version__
from certx.app.machine.clock import now
from certx.app.machine.files import replacing
from certx.app.verifying.desk import Order, Tally
from certx.app.verifying.inputs import STDIN
from certx.errors import UsageError
from certx.i18n import Words
from certx.render.verdict_page import VerdictPage


@contextmanager
def page_of(name: str, inputs: Sequence[str], order: Order, words: Words, tally: Tally) -> Iterator[BinaryIO]:
    """A page to write sections to; it is there as a whole once all are. Raises `UsageError` where it cannot be."""
    path = Path(name)
    if name == STDIN:
        raise UsageError("page-stdout", hint="page-stdout")
    if any(_is_same(name, given) for given in inputs):
        raise UsageError("page-is-input", hint="page-is-input", path=name)
    frame = VerdictPage(words, explain=order.explain)
    with replacing(path) as page:
        page.write(frame.head())
        yield page
        page.write(frame.foot(tally.outcomes, made_at=now(), version=__version__))


def _is_same(name: str, given: str) -> bool:
    """Do both name one file? What is no name, such as a credential itself, names none."""
    try:
        return given == name or os.path.samefile(name, given)  # noqa: PTH121 - as names of inputs are looked at
    except (OSError, ValueError):
        return False
