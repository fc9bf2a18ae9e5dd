"""Where commands get passphrases and PINs: a file, the environment, or a prompt; never the command line."""

import getpass
import os
import sys
from pathlib import Path

from certx.app.machine.keystore import PassphraseSource
from certx.errors import KeyFailureError
from certx.i18n import Words
from certx.keys.pkcs11_uri import is_pkcs11_uri


def passphrase_source(file: Path | None, words: Words, *, twice: bool = False) -> PassphraseSource:
    """The source for one command; `twice` asks a person to repeat a new passphrase (never a PIN)."""

    def ask(key: str) -> str | None:
        if not sys.stdin.isatty():
            return None
        if is_pkcs11_uri(key):
            return getpass.getpass(words.term("pin", key=key))
        given = getpass.getpass(words.term("passphrase", key=key))
        if twice and getpass.getpass(words.term("passphrase-again")) != given:
            raise KeyFailureError("passphrase-differs")
        return given

    return PassphraseSource(file, os.environ, ask)
