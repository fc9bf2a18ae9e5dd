"""What a rehearsal tells of sizes: an even sample, and the QR symbols that it would fill."""

from itertools import pairwise
from secrets import token_urlsafe

import pytest

from certx.app.carrier.symbol_drawing import QUIET, modules_of
from certx.batch.sizes import EvenSample, Spread, measure_symbols
from certx.carrier.symbols import version_of, write
from certx.schema.files import shipped_schemas
from world import TYPES, issue

DICTIONARY = shipped_schemas().dictionary


def version_drawn(text: str) -> int:
    return (len(modules_of(text)) - 2 * QUIET - 17) // 4


@pytest.mark.parametrize("length", [*range(5, 1_134, 97), 20, 21, 909, 910, 1_035, 1_036, 1_134])
def test_the_version_is_that_of_the_symbol_that_is_drawn(length: int) -> None:
    text = "CX1:" + "A" * (length - 4)
    assert version_of(text) == version_drawn(text)


@pytest.mark.parametrize("licence_type", TYPES)
def test_what_is_measured_is_what_is_printed(licence_type: str) -> None:
    credential = issue(licence_type)
    texts = write(credential, DICTIONARY)
    found = measure_symbols([credential], DICTIONARY)
    version, count = max(map(version_drawn, texts)), len(texts)
    assert found == (1, (version, version, version), (count, count, count), 0)


def test_the_least_the_one_in_the_middle_and_the_most() -> None:
    assert Spread.of([]) is None
    assert Spread.of([5, 1, 9, 7]) == (1, 7, 9)
    assert Spread.of([3]) == (3, 3, 3)


def test_what_does_not_fit_is_counted() -> None:
    fits, too_large = issue(), "eyJ" + token_urlsafe(30_000)
    found = measure_symbols([too_large, fits], DICTIONARY)
    assert (found.packed, found.too_large) == (2, 1)
    assert found.symbols == (1, 1, 1)
    assert measure_symbols([too_large], DICTIONARY) == (1, None, None, 1)
    assert measure_symbols([], DICTIONARY) == (0, None, None, 0)


@pytest.mark.parametrize("offered", [0, 1, 9, 10, 11, 1_000, 98_765])
def test_a_sample_is_bounded_and_spread_evenly(offered: int) -> None:
    sample = EvenSample(10)
    for start in range(0, offered, 20):
        sample.offer(map(str, range(start, min(start + 20, offered))))
    chosen = [int(text) for text in sample.chosen]
    assert len(chosen) == offered if offered <= 10 else 5 <= len(chosen) <= 10
    strides = {after - before for before, after in pairwise(chosen)}
    assert len(strides) <= 1
    assert chosen[:1] == ([0] if offered else [])
    if offered > 10:
        assert offered - chosen[-1] <= strides.pop()
