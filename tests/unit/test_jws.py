"""Compact JWS: what is made for many at once is what is made one by one."""

from typing import Any

import pytest

from certx.credential.jws import encode_each, encode_segment


@pytest.mark.parametrize(
    "values",
    [
        [],
        [{"a": 1}],
        [["s", "名称", "a,\n,b"], ["s", "\n"], ",\n,", {"\n": [",", "\\n"]}, None, [], {}, ""],
    ],
)
def test_many_segments_are_those_of_each_value_by_itself(values: list[Any]) -> None:
    assert encode_each(values) == [encode_segment(value) for value in values]
