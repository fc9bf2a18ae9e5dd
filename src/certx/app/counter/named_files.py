"""Files that a line at a counter names: typed, pasted, or dropped into a terminal."""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from stat import S_ISREG
from typing import Final
from urllib.parse import unquote, urlsplit

from certx.app.verifying.inputs import MOST_TOGETHER, Item, open_inputs
from certx.carrier import Carried
from certx.carrier.text import half_width
from certx.credential.errors import CredentialError
from certx.errors import EnvironmentFailureError
from certx.reason import Reason

_LONGEST_PATH: Final = 4_096


def named_file(text: str) -> Path | None:
    """The file that was typed or pasted, `None` if that names none: names of files do have full-width brackets."""
    typed = text.strip()
    return local_file(typed) or local_file(half_width(typed))


def local_file(text: str) -> Path | None:
    """The file that a line names, `None` if there is none: quoted, as `file:` URL, or as it is.

    Only a regular file on this machine: a symbol that somebody brought must not make a counter open a share of theirs,
    or a device that never ends.
    """
    if len(text) > _LONGEST_PATH or text[:3] == "eyJ" or text[:1] == "{":
        return None
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1]
    if text[:7].lower() == "file://":
        url = urlsplit(text)
        if url.netloc not in {"", "localhost"}:
            return None
        text = unquote(url.path)
        if os.name == "nt":
            text = text.lstrip("/")
    if text[:2] in {"\\\\", "//", "\\/", "/\\"}:
        return None
    try:
        path = Path(text)
        return path if S_ISREG(path.stat().st_mode) else None
    except (OSError, ValueError):
        return None


def read_file(path: Path) -> list[Item]:
    """The credentials of a file, with one more than a counter shows if there are so many.

    A package that is not installed ends a command; a counter stays open, and says what to install.
    """
    try:
        return [Item(item.label, item.line, item.read()) for item in islice(_items(path), MOST_TOGETHER + 1)]
    except EnvironmentFailureError as error:
        extra = error.params.get("extra")
        detail = f"pip install 'certx[{extra}]'" if extra else error.code
        refused = CredentialError(Reason.UNREADABLE_FILE, path=str(path), detail=detail)
        return [Item(str(path), 1, Carried(1, None, refused))]


def _items(path: Path) -> Iterator[Item]:
    return open_inputs([f"./{path}" if str(path).startswith("-") else str(path)])
