"""`certx key`: issuer, holder and counter keys of this machine and of devices."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from certx.cli.help import epilog
from certx.cli.parameters import Lang

_EPILOG = epilog(["certx key new samr", "certx key public samr"])

app = typer.Typer(
    help="Keys of this machine and of devices: make, list, show, export.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog=_EPILOG,
)

_Json = Annotated[bool, typer.Option("--json", help="as JSON")]
_Passphrase = Annotated[
    Path | None, typer.Option(metavar="F", help="file with the PIN of a device (else CERTX_PIN, else asked)")
]


@app.command("new", epilog=epilog(["certx key new samr", "certx key new counter --algorithm Ed25519"], "0 2 7 9"))
def new(
    name: Annotated[str, typer.Argument(help="a name, a path that ends in .pem, or 'pkcs11:token=…;object=…'")],
    algorithm: Annotated[str, typer.Option(metavar="ALG", help="ES256 or Ed25519")] = "ES256",
    passphrase_file: Annotated[
        Path | None, typer.Option(metavar="F", help="file with the passphrase (else CERTX_PASSPHRASE, else asked)")
    ] = None,
    as_json: _Json = False,
    lang: Lang = None,
) -> int:
    """Make a key; the private part is encrypted, the public JWK lies beside it. In a device it never leaves that."""
    import orjson  # noqa: PLC0415 - imports are the cost of a start

    from certx.app.machine.keystore import KeyFile, create_any_key  # noqa: PLC0415
    from certx.cli.passphrase import passphrase_source  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, lang=lang)
    words = words_for(settings.lang)
    source = passphrase_source(passphrase_file, words, twice=True)
    key = create_any_key(name, settings.keys, algorithm=algorithm, passphrase=source)
    if isinstance(key, KeyFile):
        public = key.path.with_suffix(".jwk.json")
        message = words.term("key-created", kid=key.jwk["kid"], path=key.path, public=public)
    else:
        message = words.term("device-key-created", kid=key.jwk["kid"], uri=key.reference)
    print(message, file=sys.stderr)  # noqa: T201 - talk of a command
    if as_json:
        print(orjson.dumps(key.to_object()).decode())  # noqa: T201
    return 0


@app.command("list", epilog=epilog(["certx key list", "certx key list 'pkcs11:token=samr'"], "0 2 7"))
def list_(
    token: Annotated[str | None, typer.Argument(help="a device, as 'pkcs11:token=…'; else this machine")] = None,
    passphrase_file: _Passphrase = None,
    as_json: _Json = False,
    lang: Lang = None,
) -> int:
    """List the keys of this machine, or those of a device."""
    import orjson  # noqa: PLC0415 - imports are the cost of a start

    from certx.app.machine.keystore import list_held_keys  # noqa: PLC0415
    from certx.cli.passphrase import passphrase_source  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.render.table import print_table  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, lang=lang)
    words = words_for(settings.lang)
    keys = list_held_keys(token, settings.keys, passphrase=passphrase_source(passphrase_file, words))
    if as_json:
        for key in keys:
            print(orjson.dumps(key.to_object()).decode())  # noqa: T201
        return 0
    columns = [words.term(f"col-{name}") for name in ("name", "algorithm", "kid", "file")]
    print_table(columns, [(k.name, k.jwk.get("alg", "?"), k.jwk.get("kid", "?"), k.place) for k in keys])
    return 0


@app.command("show", epilog=epilog(["certx key show samr"], "0 2 7"))
def show(
    name: Annotated[str, typer.Argument(help="a name, a path, or 'pkcs11:token=…;object=…'")],
    passphrase_file: _Passphrase = None,
    as_json: _Json = False,
    lang: Lang = None,
) -> int:
    """Show a key: its kid, algorithm and file (never its private part)."""
    import orjson  # noqa: PLC0415 - imports are the cost of a start

    from certx.app.machine.keystore import find_public  # noqa: PLC0415
    from certx.cli.passphrase import passphrase_source  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, lang=lang)
    words = words_for(settings.lang)
    key = find_public(name, settings.keys, passphrase=passphrase_source(passphrase_file, words))
    if as_json:
        print(orjson.dumps(key.to_object()).decode())  # noqa: T201
        return 0
    for label, value in (("kid", key.jwk["kid"]), ("algorithm", key.jwk["alg"]), ("file", key.place)):
        print(f"{words.term(f'col-{label}')}: {value}")  # noqa: T201
    return 0


@app.command("public", epilog=epilog(["certx key public samr > samr.jwk.json"], "0 2 7"))
def public(
    name: Annotated[str, typer.Argument(help="a name, a path, or 'pkcs11:token=…;object=…'")],
    passphrase_file: _Passphrase = None,
) -> int:
    """Print the public JWK, for the registry or for an issuer."""
    import orjson  # noqa: PLC0415 - imports are the cost of a start

    from certx.app.machine.keystore import find_public  # noqa: PLC0415
    from certx.cli.passphrase import passphrase_source  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ)
    source = passphrase_source(passphrase_file, words_for(settings.lang))
    key = find_public(name, settings.keys, passphrase=source)
    print(orjson.dumps(key.jwk).decode())  # noqa: T201
    return 0
