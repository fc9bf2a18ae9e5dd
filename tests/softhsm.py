"""A device for tests: SoftHSM2, its tokens in a folder of the test."""

import subprocess
import sys
from itertools import count
from pathlib import Path
from typing import Any, Final

from certx.app.machine.keystore import PassphraseSource, create_any_key
from certx.keys.pkcs11_uri import Pkcs11Uri

PIN: Final = "31415926"
_NUMBERS: Final = count()


def with_pin(pin: str | None = PIN, asked: str | None = None) -> PassphraseSource:
    """A source that has a PIN in the environment, or whose person answers so."""
    return PassphraseSource(None, {} if pin is None else {"CERTX_PIN": pin}, lambda _: asked)


class SoftHsm:
    """Tokens of one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.configuration = folder / "softhsm2.conf"
        (folder / "tokens").mkdir()
        lines = (f"directories.tokendir = {folder / 'tokens'}", "objectstore.backend = file", "log.level = ERROR")
        self.configuration.write_text("\n".join(lines) + "\n")
        self.pin_file = folder / "pin"
        self.pin_file.write_text(f"{PIN}\n")

    def util(self, *words: str) -> None:
        """Run `softhsm2-util` on these tokens."""
        environment = {"SOFTHSM2_CONF": str(self.configuration), "PATH": "/usr/bin:/bin:/usr/local/bin"}
        subprocess.run(["softhsm2-util", *words], check=True, capture_output=True, env=environment)

    def new_token(self, label: str | None = None) -> Pkcs11Uri:
        """A fresh token, of a label of its own unless told."""
        label = label or f"certx {next(_NUMBERS)}"
        self.util("--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "2718281828")
        self._plug_in()
        return Pkcs11Uri(token=label)

    def _plug_in(self) -> None:
        """Open the module anew: SoftHSM shows a process only the tokens that were there when it was opened."""
        import pkcs11  # noqa: PLC0415 - an extra

        from certx.keys.pkcs11_tokens import _sessions  # noqa: PLC0415

        _sessions.clear()
        for library in pkcs11._loaded.values():
            library.reinitialize()

    def new_key(self, algorithm: str = "ES256", token: Pkcs11Uri | None = None, label: str = "issuer") -> Pkcs11Uri:
        """A fresh key, on a fresh token unless told."""
        uri = (token or self.new_token())._replace(object=label, id=b"\x01\xff/")
        create_any_key(str(uri), self.folder, algorithm=algorithm, passphrase=with_pin())
        return uri._replace(id=None)


def in_token(uri: Pkcs11Uri, program: str) -> None:
    """Run Python in another process with a session `s` (read-write, logged in) to a token, and `pkcs11`'s names."""
    opening = f"""
import pkcs11
from pkcs11 import Attribute as A, KeyType, Mechanism, MechanismFlag, ObjectClass as C
from certx.app.machine.devices import _module
from certx.keys.pkcs11_uri import Pkcs11Uri
token = pkcs11.lib(_module(Pkcs11Uri(), {{}})).get_token(token_label={uri.token!r})
P256 = bytes.fromhex("06082a8648ce3d030107")
def pair(label, id, curve=P256, **more):
    return s.create_domain_parameters(KeyType.EC, {{A.EC_PARAMS: curve}}, local=True).generate_keypair(
        store=True, label=label, id=id, **more)
def public(label, id, point):
    s.create_object({{A.CLASS: C.PUBLIC_KEY, A.KEY_TYPE: KeyType.EC, A.EC_PARAMS: P256, A.EC_POINT: point,
        A.LABEL: label, A.ID: id, A.TOKEN: True, A.VERIFY: True}})
with token.open(rw=True, user_pin={PIN!r}) as s:
"""
    body = "".join(f"    {line}\n" for line in program.strip().splitlines())
    subprocess.run([sys.executable, "-c", opening + body], check=True)


def describe(error: Any) -> tuple[str, str | None]:
    """Code and hint of an error that was caught."""
    return error.value.code, error.value.hint
