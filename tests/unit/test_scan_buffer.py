"""Keys put together to scans."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certx.app.counter.scan_buffer import LINE_ENDS, MOST_CHARACTERS, ScanBuffer

SCANS: Final = st.lists(st.text("abC1:~. ", min_size=1, max_size=20), min_size=1, max_size=20)


@given(SCANS, st.data())
def test_scans_come_out_as_they_went_in_however_they_are_cut(scans: list[str], data: st.DataObject) -> None:
    text = "".join(scan + data.draw(st.sampled_from(["\r", "\n", "\r\n", "\t"])) for scan in scans)
    buffer, found = ScanBuffer(), list[str]()
    while text:
        cut = data.draw(st.integers(1, len(text)))
        found += buffer.add(text[:cut], at=0.0)
        text = text[cut:]
    assert found == scans
    assert len(buffer) == 0


def test_a_line_without_end_takes_no_more_room_than_the_longest_scan() -> None:
    buffer = ScanBuffer()
    for _ in range(100):
        assert list(buffer.add("x" * 100_000, at=0.0)) == []
    (scan,) = buffer.add("\n", at=0.0)
    assert len(scan) == MOST_CHARACTERS + 1


def test_a_tab_in_a_pipe_is_a_space_and_ends_nothing() -> None:
    assert list(ScanBuffer(LINE_ENDS).add('{"a":\t1}\n', at=0.0)) == ['{"a":\t1}']


@pytest.mark.parametrize(("seconds", "is_typed"), [(0.001, False), (0.02, False), (0.1, True), (1.0, True)])
def test_who_types_may_pause(seconds: float, is_typed: bool) -> None:  # noqa: FBT001 - a case of a table
    buffer = ScanBuffer()
    for number in range(10):
        list(buffer.add("x", at=number * seconds))
    assert buffer.is_typed is is_typed
    buffer.erase()
    assert buffer.text == "x" * 9
