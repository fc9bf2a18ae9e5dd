"""The whole command line, by typer; `certx._entry` reaches `verify` and `--version` without it."""

import inspect
import os
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.main import get_command

from certx.cli import (
    agreement_command,
    counter_command,
    demo_command,
    doctor_command,
    grant_command,
    init_command,
    issue_command,
    key_command,
    present_command,
    print_command,
    request_command,
    scenario_command,
    schema_command,
    status_command,
    sync_command,
    trust_command,
)
from certx.cli.failure import asked_language
from certx.cli.help import epilog
from certx.cli.language import language_first, without_language
from certx.cli.mistake import mistake
from certx.cli.options import VERIFY, VerifyArguments
from certx.cli.terminal import words_for
from certx.errors import Exit

app = typer.Typer(
    name="certx",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=epilog(["certx demo", "certx verify licence.txt", "certx issue rows.csv --help"]),
)


def _version(wanted: bool) -> None:
    if wanted:
        from certx import __version__  # noqa: PLC0415 - only when asked

        typer.echo(f"certx {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[  # noqa: ARG001 - its callback does it
        bool, typer.Option("--version", callback=_version, is_eager=True, help="print the version")
    ] = False,
    lang: Annotated[
        str | None, typer.Option(metavar="LANG", help="the language of help and of all that is said: zh or en")
    ] = None,
) -> None:
    """Electronic licences that every region recognises: issue, sign, verify. 一次认证、异地可办."""
    if lang is not None:
        os.environ["CERTX_LANG"] = lang  # for the command that follows, whose own --lang overrides it


def verify(**given: Any) -> int:  # noqa: ANN401 - typer fills in what the table of options says
    """Verify credentials: files, - for stdin, or the credential itself; a verdict for each."""
    from certx.cli.verify_command import run_verify  # noqa: PLC0415 - imports are the cost of a start

    return run_verify(VerifyArguments(**given))


def _verify_signature() -> inspect.Signature:
    """The parameters that typer sees, from the table that the fast path reads."""
    help_text = "files, - for stdin, or a credential itself"
    inputs = Annotated[list[str] | None, typer.Argument(metavar="[INPUT]...", help=help_text, show_default=False)]
    parameters = [inspect.Parameter("inputs", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=inputs)]
    for option in VERIFY:
        kind: Any = str | None if option.takes_value else bool
        parameters.append(
            inspect.Parameter(
                option.name.removeprefix("--").replace("-", "_"),
                inspect.Parameter.KEYWORD_ONLY,
                default=None if option.takes_value else False,
                annotation=Annotated[kind, typer.Option(option.name, help=option.help, metavar=option.metavar)],
            )
        )
    return inspect.Signature(parameters)


verify.__signature__ = _verify_signature()  # type: ignore[attr-defined]
verify.__annotations__ = {p.name: p.annotation for p in verify.__signature__.parameters.values()}  # type: ignore[attr-defined]

_VERIFY_EXAMPLES = [
    "certx verify licence.txt --registry keys --region 500000",
    "certx verify issued.jsonl --json",
    "certx verify answer.json --request request.txt",
    "certx verify licence.txt --at 2026-11-23T09:30+08:00",
    "certx verify - < licence.txt",
]
app.command("verify", epilog=epilog(_VERIFY_EXAMPLES, "0 3 4 5 6"))(verify)
app.command("request", epilog=request_command.EPILOG)(request_command.request)
app.command("present", epilog=present_command.EPILOG)(present_command.present)
app.command("issue", epilog=issue_command.EPILOG)(issue_command.issue)
app.command("print", epilog=print_command.EPILOG)(print_command.print_)
app.command("init", epilog=init_command.EPILOG)(init_command.init)
app.command("counter", epilog=counter_command.EPILOG)(counter_command.counter)
app.command("sync", epilog=sync_command.EPILOG)(sync_command.sync)
app.command("demo", epilog=demo_command.EPILOG)(demo_command.demo)
app.command("doctor", epilog=doctor_command.EPILOG)(doctor_command.doctor)
app.add_typer(key_command.app, name="key")
app.add_typer(trust_command.app, name="trust")
app.add_typer(agreement_command.app, name="agreement")
app.add_typer(scenario_command.app, name="scenario")
app.add_typer(grant_command.app, name="grant")
app.add_typer(status_command.app, name="status")
app.add_typer(schema_command.app, name="schema")


def run_typer(argv: list[str]) -> int:
    """The exit status of a command line; raises `UsageError` where typer finds one wrong."""
    command = get_command(app)
    if words_for(asked_language(argv)).language == "zh":
        from certx.cli.localise import localise  # noqa: PLC0415 - for one of two languages

        localise(command)
    try:
        arguments = without_language(language_first(argv, command))
        status = command.main(arguments, prog_name="certx", standalone_mode=False)
    except _TyperUsageError as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            print(error.format_message(), file=sys.stderr)  # type: ignore[attr-defined]  # noqa: T201
            return Exit.USAGE
        message: Callable[[], str] = error.format_message  # type: ignore[attr-defined]
        raise mistake(message()) from error
    except SystemExit:  # how typer says that nobody reads stdout any more
        raise BrokenPipeError from None
    except typer.Abort as error:
        raise KeyboardInterrupt from error
    return int(status or 0)


# Typer's own usage error is not public; its public subclass leads to it.
_TyperUsageError: type[Exception] = typer.BadParameter.__bases__[0]
