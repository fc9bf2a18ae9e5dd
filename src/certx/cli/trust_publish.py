"""`certx trust publish`, `sign`, `status`, `bundle`: from the reviewed source to the files that counters sync from."""

import os
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from certx.cli.help import epilog
from certx.cli.parameters import JsonLines, Lang, Passphrase
from certx.cli.trust_parameters import Repository, Source

EPILOGS: Final = {
    "publish": epilog(
        ["certx trust publish keys --to registry --key g --key h", "certx trust status registry"], "0 2 3 7 9"
    ),
    "sign": epilog(["certx trust sign registry/staged/root.json --key custodian-2"], "0 2 3 7 9"),
    "status": epilog(["certx trust status registry"], "0 2 3 9"),
    "bundle": epilog(
        [
            "certx trust bundle registry --out registry.zip",
            "certx trust bundle registry --regions 500000 --out chongqing.zip",
        ],
        "0 2 3 9",
    ),
}


def publish(
    source: Source,
    repository: Annotated[Path, typer.Option("--to", metavar="REPOSITORY", help="the folder that is served")],
    keys: Annotated[
        list[str] | None, typer.Option("--key", metavar="KEY", help="a key to sign with; repeatable")
    ] = None,
    passphrase_file: Passphrase = None,
    without: Annotated[
        list[str] | None, typer.Option(metavar="ROLE", help="publish although this role cannot be relied on")
    ] = None,
    as_json: JsonLines = False,
    lang: Lang = None,
) -> int:
    """Turn the reviewed source into the static files that counters sync from.

    What too few have signed waits in REPOSITORY/staged (see `certx trust sign`); the rest is checked as a counter would
    check it, and then served. Run it daily: it renews the timestamp.
    """
    from certx.app.machine.clock import now  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.machine.keystore import open_signer  # noqa: PLC0415
    from certx.app.trust.publishing import publish as make_public  # noqa: PLC0415
    from certx.cli.passphrase import passphrase_source  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.errors import Exit  # noqa: PLC0415
    from certx.render.problems import print_problems  # noqa: PLC0415
    from certx.render.registry_work import pending_lines, publication_object  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, lang=lang)
    words = words_for(settings.lang)
    secret = passphrase_source(passphrase_file, words)
    signers = [open_signer(name, settings.keys, passphrase=secret) for name in keys or []]
    done = make_public(source, repository, signers, now=now(), without=without or [])
    if done.review.problems:
        print_problems(done.review.problems, words, as_json=as_json)
    if done.review.obstacles:
        return Exit.INVALID
    for line in pending_lines(done.pending, words):
        print(line, file=sys.stderr)  # noqa: T201 - talk of a command
    code = "published" if done.version is not None else "publish-waits"
    print(words.term(code, path=repository, version=done.version), file=sys.stderr)  # noqa: T201
    if as_json:
        print(publication_object(done.version, done.pending).decode())  # noqa: T201
    return Exit.INVALID if done.pending else Exit.OK


def sign(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="a staged file")],
    name: Annotated[str | None, typer.Option("--key", metavar="KEY", help="your key")] = None,
    copies: Annotated[
        list[Path] | None, typer.Option("--add", metavar="COPY", help="take the signatures of another copy; repeatable")
    ] = None,
    passphrase_file: Passphrase = None,
    lang: Lang = None,
) -> int:
    """Add a custodian's signature to a staged file, after showing what it says; or those of other copies."""
    from certx.app.machine.keystore import open_signer  # noqa: PLC0415 - imports are the cost of a start
    from certx.app.trust.staged import read_staged, sign_file  # noqa: PLC0415
    from certx.cli.passphrase import passphrase_source  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.errors import UsageError  # noqa: PLC0415
    from certx.render.registry_work import staged_lines  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    settings = load_settings(os.environ, lang=lang)
    words = words_for(settings.lang)
    for line in staged_lines(read_staged(file)[1], words):
        print(line, file=sys.stderr)  # noqa: T201 - talk of a command
    if name is None and not copies:
        raise UsageError("no-signature", hint="no-signature")
    secret = passphrase_source(passphrase_file, words)
    signer = open_signer(name, settings.keys, passphrase=secret) if name is not None else None
    sign_file(file, signer, copies or [])
    done = ", ".join([*([signer.kid] if signer is not None else []), *map(str, copies or [])])
    print(words.term("staged-signed", kid=done, path=file), file=sys.stderr)  # noqa: T201
    return 0


def status(repository: Repository, as_json: JsonLines = False, lang: Lang = None) -> int:
    """Tell what is staged, who has signed it, and who still has to."""
    from certx.app.trust.staged import standing  # noqa: PLC0415 - imports are the cost of a start
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.errors import Exit  # noqa: PLC0415
    from certx.render.registry_work import pending_lines, pending_object  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    words = words_for(load_settings(os.environ, lang=lang).lang)
    rows = standing(repository)
    if as_json:
        for row in rows:
            print(pending_object(row).decode())  # noqa: T201
    else:
        for line in pending_lines(rows, words) if rows else [words.term("staged-nothing")]:
            print(line)  # noqa: T201
    return Exit.INVALID if any(row.needed > 0 for row in rows) else Exit.OK


def bundle(
    repository: Repository,
    out: Annotated[Path, typer.Option(metavar="FILE", help="a .zip file")],
    regions: Annotated[
        str | None,
        typer.Option(metavar="CODES", help="for counters there: these regions and those they have agreements with"),
    ] = None,
    lang: Lang = None,
) -> int:
    """Pack the registry into one file, for machines without a network."""
    from certx.app.trust.bundling import bundle as pack  # noqa: PLC0415 - imports are the cost of a start
    from certx.cli.documents import words_of  # noqa: PLC0415
    from certx.cli.terminal import words_for  # noqa: PLC0415
    from certx.settings import load_settings  # noqa: PLC0415

    packed = pack(repository, out, words_of(regions) if regions is not None else None)
    words = words_for(load_settings(os.environ, lang=lang).lang)
    print(words.term("bundled", path=out, **packed._asdict()), file=sys.stderr)  # noqa: T201
    if packed.regions:
        print(words.term("bundled-regions", regions=", ".join(packed.regions)), file=sys.stderr)  # noqa: T201
    return 0
