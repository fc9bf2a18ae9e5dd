"""The console script: `--version` and `verify` start without typer; all else goes to `certx.cli.main`."""

import gc
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command in `sys.argv` and exit with its status."""
    gc.disable()  # what imports make lives until the end; `guarded` turns it on again
    try:
        status = run(sys.argv[1:])
    except KeyboardInterrupt:  # while imports were still running
        status = 130
    finally:
        gc.freeze()  # the interpreter would otherwise look at every object once more as it ends: 12 ms
    sys.exit(status)


def run(argv: list[str]) -> int:
    """The exit status of a command line."""
    if argv == ["--version"]:
        from certx import __version__  # noqa: PLC0415 - imports are the cost of a start

        sys.stdout.write(f"certx {__version__}\n")
        return 0
    from certx.cli.failure import guarded  # noqa: PLC0415

    if argv[:1] == ["verify"]:
        from certx.cli.options import parse_verify  # noqa: PLC0415

        arguments = parse_verify(argv[1:])
        if arguments is not None:
            from certx.cli.verify_command import run_verify  # noqa: PLC0415

            return guarded(lambda: run_verify(arguments), argv)
    from certx.cli.main import run_typer  # noqa: PLC0415

    return guarded(lambda: run_typer(argv), argv)


if __name__ == "__main__":
    main()
