"""What is known of the values that obey a set of terms."""

from typing import Any, Final, NamedTuple

from certx.schema.compat.answer import Step


class Domain(NamedTuple):
    """Some of the values, and whether they are all there are.

    `doubts` say what was not modelled: a value may then not belong here. What is `complete` has lost nothing: with no
    value in it, it is empty for certain.
    """

    values: tuple[Any, ...]
    complete: bool
    doubts: tuple[Step, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Is there certainly no value?"""
        return self.complete and not self.values

    @property
    def is_sure(self) -> bool:
        """Is there certainly a value?"""
        return bool(self.values) and not self.doubts


EMPTY: Final = Domain((), complete=True)


def doubtful(step: Step) -> Domain:
    """Nothing is known but what was in the way."""
    return Domain((), complete=False, doubts=(step,))
