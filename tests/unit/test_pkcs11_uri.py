"""References to keys in devices: the examples of RFC 7512, section 3, and what is refused."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certx.errors import KeyFailureError
from certx.i18n import Words
from certx.keys.pkcs11_uri import MAX_CHARACTERS, Pkcs11Uri, is_pkcs11_uri, parse_pkcs11_uri

EXAMPLES: list[tuple[str, dict[str, Any]]] = [
    ("pkcs11:", {}),
    ("pkcs11:object=my-pubkey;type=public", {"object": "my-pubkey", "type": "public"}),
    (
        "pkcs11:object=my-key;type=private?pin-source=file:/etc/token",
        {"object": "my-key", "type": "private", "pin_source": "file:/etc/token"},
    ),
    (
        "pkcs11:token=The%20Software%20PKCS%2311%20Softtoken;manufacturer=Snake%20Oil,%20Inc.;object=my-cert;type=cert;"  # noqa: ISC004
        "model=1.0;id=%69%95%3E%5C%F4%BD%EC%91;serial=?pin-source=file:/etc/token_pin",
        {
            "token": "The Software PKCS#11 Softtoken",
            "manufacturer": "Snake Oil, Inc.",
            "model": "1.0",
            "object": "my-cert",
            "type": "cert",
            "id": b"\x69\x95\x3e\x5c\xf4\xbd\xec\x91",
            "serial": "",
            "pin_source": "file:/etc/token_pin",
        },
    ),
    (
        "pkcs11:object=my-sign-key;type=private?module-name=mypkcs11",
        {"object": "my-sign-key", "type": "private", "module_name": "mypkcs11"},
    ),
    (
        "pkcs11:object=my-sign-key;type=private?module-path=/mnt/libmypkcs11.so.1",
        {"object": "my-sign-key", "type": "private", "module_path": "/mnt/libmypkcs11.so.1"},
    ),
    (
        "pkcs11:token=Software%20PKCS%2311%20softtoken;manufacturer=Snake%20Oil,%20Inc.?pin-source=|/usr/lib/pinomatic",
        {
            "token": "Software PKCS#11 softtoken",
            "manufacturer": "Snake Oil, Inc.",
            "pin_source": "|/usr/lib/pinomatic",
        },
    ),
    (
        "pkcs11:slot-description=Sun%20Metaslot;slot-manufacturer=Sun;slot-id=327",
        {"slot_description": "Sun Metaslot", "slot_manufacturer": "Sun", "slot_id": 327},
    ),
    (
        "pkcs11:library-manufacturer=Snake%20Oil,%20Inc.;library-description=Soft%20Token%20Library;library-version=1.23",
        {
            "library_manufacturer": "Snake Oil, Inc.",
            "library_description": "Soft Token Library",
            "library_version": "1.23",
        },
    ),
    (
        "pkcs11:token=My%20token%25%20created%20by%20Joe;id=%01%02%03%Ba%dd%Ca%fe%04%05%06",
        {"token": "My token% created by Joe", "id": bytes.fromhex("010203baddcafe040506")},
    ),
    (
        "pkcs11:token=A%20name%20with%20a%20substring%20%25%3B;object=my-certificate;type=cert",
        {"token": "A name with a substring %;", "object": "my-certificate", "type": "cert"},
    ),
    (
        "pkcs11:token=Name%20with%20a%20small%20A%20with%20acute:%20%C3%A1;object=my-certificate;type=cert",
        {"token": "Name with a small A with acute: á", "object": "my-certificate", "type": "cert"},
    ),
    ("pkcs11:token=x?vendor-bbb=value-b&x-c=1", {"token": "x", "vendor": (("vendor-bbb", "value-b"), ("x-c", "1"))}),
    ("PKCS11:token=证照;object=签发", {"token": "证照", "object": "签发"}),
]


@pytest.mark.parametrize(("text", "attributes"), EXAMPLES, ids=[text[:60] for text, _ in EXAMPLES])
def test_an_example_means_what_the_rfc_says_and_is_written_again(text: str, attributes: dict[str, Any]) -> None:
    uri = parse_pkcs11_uri(text)
    assert uri == Pkcs11Uri(**attributes)
    assert parse_pkcs11_uri(str(uri)) == uri


# The text, the error, and what it names: the attribute and the place (from 1) where it stands.
REFUSED: list[tuple[str, str, dict[str, Any]]] = [
    ("pkcs11:token=x;vendor-aaa=value-a", "hsm-uri-attribute", {"name": "vendor-aaa", "place": 16}),
    ("pkcs11:Token=x", "hsm-uri-attribute", {"name": "Token", "place": 8}),
    ("pkcs11:token=x?pin-sorce=file:/p", "hsm-uri-attribute", {"name": "pin-sorce", "place": 16}),
    ("pkcs11:token=x?modulepath=/p", "hsm-uri-attribute", {"name": "modulepath", "place": 16}),
    ("pkcs11:token=x?object=y", "hsm-uri-attribute", {"name": "object", "place": 16}),
    ("pkcs11:token=x;object=a;token=y", "hsm-uri-twice", {"name": "token", "place": 25}),
    ("pkcs11:token=x?module-name=a&module-name=a", "hsm-uri-twice", {"name": "module-name", "place": 30}),
    ("pkcs11:token=x;", "hsm-uri-syntax", {"place": 16}),
    ("pkcs11:token", "hsm-uri-syntax", {"place": 8}),
    ("pkcs11:=x", "hsm-uri-syntax", {"place": 8}),
    ("pkcs11:token=x?&", "hsm-uri-syntax", {"place": 16}),
    ("pkcs11:token=a b", "hsm-uri-value", {"name": "token", "place": 8}),
    ("pkcs11:token=a%2", "hsm-uri-value", {"name": "token", "place": 8}),
    ("pkcs11:token=a%zz", "hsm-uri-value", {"name": "token", "place": 8}),
    ("pkcs11:token=%ff", "hsm-uri-value", {"name": "token", "place": 8}),
    ("pkcs11:token=a%00b", "hsm-uri-value", {"name": "token", "place": 8}),
    ("pkcs11:token=a/b", "hsm-uri-value", {"name": "token", "place": 8}),
    ("pkcs11:token=a\n", "hsm-uri-value", {"name": "token", "place": 8}),
    ("pkcs11:object=x;type=key", "hsm-uri-value", {"name": "type", "place": 17}),
    ("pkcs11:slot-id=-1", "hsm-uri-value", {"name": "slot-id", "place": 8}),
    ("pkcs11:slot-id=٣", "hsm-uri-value", {"name": "slot-id", "place": 8}),
    ("pkcs11:slot-id=", "hsm-uri-value", {"name": "slot-id", "place": 8}),
    ("pkcs11:library-version=1.", "hsm-uri-value", {"name": "library-version", "place": 8}),
    ("pkcs11:token=x?pin-value=31415926", "hsm-uri-pin", {}),
    ("pkcs11:token=x;pin-value=31415926", "hsm-uri-pin", {}),
    ("pkcs11:token=x?PIN-VALUE=31415926", "hsm-uri-pin", {}),
    ("pkcs12:token=x", "hsm-uri-form", {"maximum": MAX_CHARACTERS}),
    ("pkcs11:token=" + "x" * MAX_CHARACTERS, "hsm-uri-form", {"maximum": MAX_CHARACTERS}),
]


@pytest.mark.parametrize(("text", "code", "params"), REFUSED, ids=[text[:40] for text, _, _ in REFUSED])
def test_a_reference_with_a_mistake_is_refused_naming_attribute_and_place(
    text: str, code: str, params: dict[str, Any]
) -> None:
    with pytest.raises(KeyFailureError) as caught:
        parse_pkcs11_uri(text)
    assert (caught.value.code, caught.value.params) == (code, params)


@pytest.mark.parametrize("text", ["pkcs11:token=x?pin-value=31415926", "pkcs11:token=31415926%zz", "pkcs11:31415926 "])
def test_a_value_is_not_repeated_for_it_may_be_a_pin(text: str) -> None:
    with pytest.raises(KeyFailureError) as caught:
        parse_pkcs11_uri(text)
    for words in (Words("zh"), Words("en")):
        assert "31415926" not in "".join(filter(None, words.error(caught.value)))


def test_a_name_or_a_path_is_no_such_reference() -> None:
    assert [is_pkcs11_uri(text) for text in ("samr", "pkcs11", "keys/pkcs11.pem", "pkcs11:x")] == [0, 0, 0, 1]


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
VENDOR = st.from_regex(r"(?!pin|module|PIN|MODULE)x-[a-z0-9_]{1,8}", fullmatch=True)
URIS = st.builds(
    Pkcs11Uri,
    **dict.fromkeys(
        [name for name in Pkcs11Uri._fields if name not in {"type", "id", "slot_id", "library_version", "vendor"}],
        st.none() | TEXT,
    ),
    type=st.sampled_from([None, "public", "private", "cert", "secret-key", "data"]),
    id=st.none() | st.binary(max_size=40),
    slot_id=st.none() | st.integers(0, 2**64 - 1),
    library_version=st.sampled_from([None, "2", "2.6", "03.040"]),
    vendor=st.lists(st.tuples(VENDOR, TEXT), max_size=3).map(tuple),
)


@given(URIS)
def test_what_was_written_reads_as_the_same(uri: Pkcs11Uri) -> None:
    text = str(uri)
    assert text.isascii()
    assert text.isprintable()
    assert parse_pkcs11_uri(text) == uri


@given(st.text(max_size=60).map("pkcs11:".__add__))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        uri = parse_pkcs11_uri(text)
    except KeyFailureError:
        return
    assert parse_pkcs11_uri(str(uri)) == uri
