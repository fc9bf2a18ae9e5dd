"""What a reader of a table format hands over."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from certx.licence.tabular import RawRow


class Opened(NamedTuple):
    """A table's column names, its rows, and how much of it was read (0 to 1)."""

    header: tuple[str, ...]
    rows: Iterator[RawRow]
    done: Callable[[], float]
