"""base64url: one text, one value, by itself or among others."""

from hypothesis import given
from hypothesis import strategies as st

from certx.keys.encoding import EncodingError, base64url, from_base64url, from_base64url_each

TEXTS = st.text("AQgwBZ09-_+/=~. \n\0\x7f", max_size=9).map(str.encode) | st.binary(max_size=9)


def value_of(text: bytes) -> bytes | None:
    try:
        return from_base64url(text)
    except EncodingError:
        return None


@given(st.binary(max_size=70))
def test_what_was_written_is_read_again(data: bytes) -> None:
    text = base64url(data).encode()
    assert from_base64url(text) == data
    assert from_base64url_each(text + b"~" + text) == [data, data]


@given(TEXTS)
def test_a_text_is_read_only_if_its_value_is_written_so(text: bytes) -> None:
    value = value_of(text)
    assert value is None or base64url(value).encode() == text


@given(st.lists(TEXTS.filter(lambda text: b"~" not in text), min_size=1, max_size=4))
def test_several_are_read_if_each_is(texts: list[bytes]) -> None:
    values = [value_of(text) for text in texts]
    try:
        assert from_base64url_each(b"~".join(texts)) == values
    except EncodingError:
        assert None in values
