"""What `certx print` did, as lines: a file for each credential, or why there is none."""

from collections.abc import Sequence
from pathlib import Path

import orjson

from certx.credential.errors import CredentialError
from certx.errors import CertxError, Exit
from certx.i18n import Words
from certx.render.width import printable


class PrintedLines:
    """Writes them, for people or as JSON."""

    def __init__(self, words: Words, *, as_json: bool) -> None:
        self._words, self._as_json = words, as_json

    def of(self, label: str, files: Sequence[Path], error: CertxError | None) -> str:
        """The line, or lines, of one credential."""
        message, hint = self._words.error(error) if error is not None else ("", None)
        if self._as_json:
            document = {
                "input": label,
                "files": [str(file) for file in files],
                "reason": error.code if error is not None else None,
                "message": message or None,
                "next_step": hint,
            }
            return orjson.dumps(document).decode() + "\n"
        if error is None:
            return "".join(f"{printable(str(file))}\n" for file in files)
        text = f"{printable(label)}: {printable(message)}"
        return f"{text} → {printable(hint)}\n" if hint else f"{text}\n"

    def status(self, error: CertxError | None) -> Exit:
        """The exit status of one credential: one that cannot be read is no verdict on it."""
        if error is None:
            return Exit.OK
        return Exit.UNREADABLE if isinstance(error, CredentialError) else error.exit
