"""Names of files within commands that a reader types as they are shown."""

import os
import shlex


def shell_word(text: str) -> str:
    """One word of any POSIX shell's command line; what cannot be shown is written by its bytes."""
    if text.startswith("-"):
        text = f"./{text}"
    if text.isprintable():
        return shlex.quote(text)
    return "\"$(printf %b '" + "".join(map(_character, os.fsencode(text))) + "')\""


def _character(byte: int) -> str:
    is_plain = 0x20 <= byte < 0x7F and byte not in b"'\\"
    return chr(byte) if is_plain else f"\\0{byte:03o}"
