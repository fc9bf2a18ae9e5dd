"""What a worker answers, on its way to another process."""

import pickle

import pytest

from certx.batch.order import Rejected, Warned
from certx.batch.worker import Signed
from certx.ledger import Entry, EntryState
from certx.licence.rows import RowProblem
from certx.licence.tabular import Row

PROBLEM = RowProblem("row-twice", "", "", {"first": 1})
DONE = [
    Entry(f"row {n}", f"1.2.156.{n}", EntryState.ISSUED, bytes(32), 7, supersedes=old, is_again=n == 1)
    for n, old in enumerate((None, "1.2.156.9"))
]


@pytest.mark.parametrize("done", [DONE, []])
def test_what_was_signed_arrives_as_it_was(done: list[Entry]) -> None:
    row = Row(3, {"名称": "甲"})
    signed = Signed(4, [b"{}\n"] * len(done), done, 1, [Rejected(row, (PROBLEM,))], [Warned(row, ())], ["eyJ"])
    arrived = pickle.loads(pickle.dumps(signed))  # noqa: S301 - what was made here
    assert arrived == signed
    assert type(arrived) is Signed
    assert all(type(entry) is Entry for entry in arrived.done)
