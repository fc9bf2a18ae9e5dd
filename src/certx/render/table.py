"""Tables for people, by rich; values are folded, never cut."""

from collections.abc import Iterable, Sequence
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from certx.render.width import printable


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], *, title: str | None = None, file: TextIO | None = None
) -> None:
    """Print a table to stdout or `file`, as wide as the terminal (100 columns where there is none)."""
    console = Console(file=file, highlight=False)
    if not console.is_terminal:
        console = Console(file=file, highlight=False, width=100)
    table = Table(title=title, show_edge=False, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text("\n".join(map(printable, value.split("\n")))) for value in row))
    console.print(table)
