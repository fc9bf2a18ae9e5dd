"""`certx key`: issuer, holder and counter keys of this machine."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from certx.cli.help import epilog

_EPILOG = epilog(["certx key new samr", "certx key public samr"])

app = typer.Typer(
    help="Keys of this machine: make, list, show, export.", no_args_is_help=True, rich_markup_mode=None, epilog=_EPILOG
)

_Json = Annotated[bool, typer.Option("--json", help="as JSON")]
_Lang = Annotated[str | None, typer.Option(metavar="LANG", help="zh or en")]


@app.command("new", epilog=epilog(["certx key new samr", "certx key new counter --algorithm Ed25519"], "0 2 7 9"))
def new(
    name: Annotated[str, typer.Argument(help="a name, or a path that ends in .pem")],
    algorithm: Annotated[str, typer.Option(metavar="ALG", help="ES256 or Ed25519")] = "ES256",
    passphrase_file: Annotated[
        Path | None, typer.Option(metavar="F", help="file with the passphrase (else CERTX_PASSPHRASE, else asked)")
    ] = None,
    as_json: _Json = False,
    lang: _Lang = None,
) -> int:
    """Make a key; the private part is encrypted, the public JWK lies beside it."""
    import orjson  # noqa: PLC0415 - imports are the cost of a start

    from certx.app.keystore import create_key  # noqa: PLC0415
    from certx.cli.passphrase import passphrase_source  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, lang=lang)
    words = words_for(settings.lang)
    source = passphrase_source(passphrase_file, words, twice=True)
    key = create_key(name, settings.keys, algorithm=algorithm, passphrase=source)
    public = key.path.with_suffix(".jwk.json")
    message = words.term("key-created", kid=key.jwk["kid"], path=key.path, public=public)
    print(message, file=sys.stderr)  # noqa: T201 - talk of a command
    if as_json:
        print(orjson.dumps({"name": key.name, "path": str(key.path), "jwk": key.jwk}).decode())  # noqa: T201
    return 0


@app.command("list", epilog=epilog(["certx key list"], "0 2"))
def list_(as_json: _Json = False, lang: _Lang = None) -> int:
    """List the keys of this machine."""
    import orjson  # noqa: PLC0415 - imports are the cost of a start

    from certx.app.keystore import list_keys  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.render.table import print_table  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, lang=lang)
    words, keys = words_for(settings.lang), list_keys(settings.keys)
    if as_json:
        for key in keys:
            print(orjson.dumps({"name": key.name, "path": str(key.path), "jwk": key.jwk}).decode())  # noqa: T201
        return 0
    columns = [words.term(f"col-{name}") for name in ("name", "algorithm", "kid", "file")]
    print_table(columns, [(k.name, k.jwk.get("alg", "?"), k.jwk.get("kid", "?"), str(k.path)) for k in keys])
    return 0


@app.command("show", epilog=epilog(["certx key show samr"], "0 2 7"))
def show(
    name: Annotated[str, typer.Argument(help="a name or a path")], as_json: _Json = False, lang: _Lang = None
) -> int:
    """Show a key: its kid, algorithm and file (never its private part)."""
    import orjson  # noqa: PLC0415 - imports are the cost of a start

    from certx.app.keystore import read_public  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, lang=lang)
    words, key = words_for(settings.lang), read_public(name, settings.keys)
    if as_json:
        print(orjson.dumps({"name": key.name, "path": str(key.path), "jwk": key.jwk}).decode())  # noqa: T201
        return 0
    for label, value in (("kid", key.jwk["kid"]), ("algorithm", key.jwk["alg"]), ("file", key.path)):
        print(f"{words.term(f'col-{label}')}: {value}")  # noqa: T201
    return 0


@app.command("public", epilog=epilog(["certx key public samr > samr.jwk.json"], "0 2 7"))
def public(name: Annotated[str, typer.Argument(help="a name or a path")]) -> int:
    """Print the public JWK, for the registry or for an issuer."""
    import orjson  # noqa: PLC0415 - imports are the cost of a start

    from certx.app.keystore import read_public  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    key = read_public(name, load_settings(os.environ).keys)
    print(orjson.dumps(key.jwk).decode())  # noqa: T201
    return 0
