"""Lists of identifiers as people and programs write them."""

from pathlib import Path

import pytest

from certx.app.status.statuses import read_ids
from certx.errors import UnreadableError

WRITTEN = {
    "a line each": "a\nb\nc\n",
    "without an end": "a\nb\nc",
    "of Windows": "\ufeffa\r\nb\r\nc\r\n",
    "of an old Mac": "a\rb\rc",
    "with blanks": "\n  a\t\n\n \t \nb \n\nc\n\n",
    "two files put together": "\ufeffa\r\n\ufeffb\r\nc",
}


@pytest.mark.parametrize("form", WRITTEN)
def test_identifiers_are_read_in_order(form: str, tmp_path: Path) -> None:
    path = tmp_path / "ids.txt"
    path.write_bytes(WRITTEN[form].encode())
    assert read_ids(str(path)) == ["a", "b", "c"]


def test_what_stands_twice_is_read_twice(tmp_path: Path) -> None:
    """To set it once is the ledger's part."""
    path = tmp_path / "ids.txt"
    path.write_bytes(b"a\nb\na\n")
    assert read_ids(str(path)) == ["a", "b", "a"]


@pytest.mark.parametrize("data", [b"\xff\xfea\0", b"a\n\x80", "张".encode("gb18030")])
def test_what_is_not_utf8_is_refused(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "ids.txt"
    path.write_bytes(data)
    with pytest.raises(UnreadableError) as caught:
        read_ids(str(path))
    assert caught.value.code == "ids-not-text"
