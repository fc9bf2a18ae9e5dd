"""What a review found, a line for each problem."""

from collections.abc import Iterable, Mapping
from typing import Protocol

import orjson

from certx.i18n import Words
from certx.render.width import printable


class Problem(Protocol):
    """One thing that is wrong: the file, the place in it, its code, and what its words need."""

    @property
    def path(self) -> str:
        """The file."""

    @property
    def at(self) -> str:
        """The place in it, empty for all of it."""

    @property
    def code(self) -> str:
        """The code."""

    @property
    def params(self) -> Mapping[str, object]:
        """What the words need."""


def print_problems(problems: Iterable[Problem], words: Words, *, as_json: bool) -> None:
    """Print them to stdout."""
    for problem in problems:
        message = words.problem(problem.code, {"path": problem.path, "at": problem.at, **problem.params})
        if as_json:
            path = problem.path.encode("utf-8", "backslashreplace").decode()  # a file name may be no text
            row = {"path": path, "at": problem.at, "code": problem.code, "message": printable(message)}
            print(orjson.dumps(row).decode())  # noqa: T201 - the output of a command
        else:
            place = ", ".join(part for part in (problem.path, problem.at) if part)
            print(printable(f"{place}: {message}"))  # noqa: T201
