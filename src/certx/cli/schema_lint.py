"""`certx schema lint`: is each schema in order by itself."""

from typing import Annotated

import typer

from certx.cli.help import epilog
from certx.cli.schema_options import Form, Lang, answer

EPILOG = epilog(["certx schema lint", "certx schema lint shared/ --format github"], "0 2 3 9")


def lint(
    source: Annotated[str, typer.Argument(metavar="[DIR]", help="a repository or a folder of schemas")] = ".",
    form: Form = "text",
    lang: Lang = None,
) -> int:
    """Check each schema: form, labels, examples, patterns, disclosure."""
    from certx.app.schema.lint import run_lint  # noqa: PLC0415 - imports are the cost of a start

    return answer(lambda settings, today: run_lint(source, settings, today=today), form, lang)
