"""What every help text ends with: examples and exit statuses."""

from collections.abc import Sequence
from typing import Final

_MEANING: Final = {
    "0": "done",
    "1": "bug",
    "2": "usage",
    "3": "invalid, or findings",
    "4": "not acceptable here",
    "5": "undetermined",
    "6": "unreadable input",
    "7": "key failure",
    "8": "rejected rows",
    "9": "environment",
}


def epilog(examples: Sequence[str], statuses: str = "0 2") -> str:
    """The end of a help text; a line of one backspace keeps typer from filling the lines after it."""
    lines = ["\b", "Examples:", *(f"  {example}" for example in examples), "", "\b", "Exit status:"]
    lines += [f"  {status}  {_MEANING[status]}" for status in sorted({*statuses.split(), "2"})]
    return "\n".join(lines)
