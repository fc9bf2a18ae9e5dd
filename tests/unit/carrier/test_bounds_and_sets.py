"""What a hostile carrier must not bring about."""

import zlib
from time import perf_counter

import pytest

from certx.carrier import symbols
from certx.carrier.base45 import to_base45
from certx.carrier.copies import Comparison
from certx.carrier.documents import _side_by_side
from certx.carrier.packing import unpack
from certx.carrier.pictures import _grey
from certx.carrier.points import y_of
from certx.carrier.text import Carried
from certx.credential.errors import CredentialError
from certx.reason import Reason


def test_a_symbol_cannot_ask_for_one_point_thousands_of_times() -> None:
    x = next(x for number in range(99) if y_of(x := number.to_bytes(32, "big"), odd=True))
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    text = deflate.compress(b"{}\n\x01" + b"\x07" * 65_000) + deflate.flush()
    start = perf_counter()
    with pytest.raises(CredentialError, match=Reason.UNREADABLE_SYMBOL):
        unpack(b"\0" + text + b"\x40" + bytes(64) + x, lambda _: None)
    assert perf_counter() - start < 1


def test_each_printed_code_is_of_an_attached_licence() -> None:
    attached, printed = ("a.b.c~", "a.b.c~d~"), ("a.b.c~", "x.y.z~")
    found = Comparison(lambda _: None).of(Carried(1, attached[0], copies=printed, beside=attached))
    assert found.error is not None
    assert found.error.reason is Reason.UNREADABLE_COPIES_DIFFER


def test_a_code_printed_with_an_unknown_dictionary_is_what_the_verdict_is_about() -> None:
    text = "CX1:" + to_base45(b"\x02" + bytes(40))
    assert Comparison(lambda _: None).of(Carried(1, "a.b.c~", copies=(text,))) == Carried(1, text)


@pytest.mark.parametrize("reason", [Reason.UNREADABLE_SYMBOL, Reason.UNREADABLE_PARTS_MISSING])
def test_a_printed_code_that_cannot_be_read_is_not_passed_over(reason: Reason) -> None:
    unread = Carried(1, None, CredentialError(reason))
    assert _side_by_side(["a.b.c~"], [unread]) == [unread]


def test_a_code_of_somebody_else_says_nothing_of_an_attachment() -> None:
    foreign = Carried(1, None, CredentialError(Reason.UNREADABLE_OTHER_CODE))
    assert [carried.text for carried in _side_by_side(["a.b.c~"], [foreign])] == ["a.b.c~"]


def test_sixteen_bits_of_grey_are_not_clipped() -> None:
    imaging = pytest.importorskip("PIL.Image")
    picture = imaging.new("I;16", (2, 1))
    picture.frombytes(b"\x3c\x3c\xbe\xbe")
    assert abs(_grey(picture).tobytes()[1] - 0xBE) <= 1
    assert abs(_grey(picture).tobytes()[0] - 0x3C) <= 1


def test_a_document_is_compared_once_for_all_that_it_holds() -> None:
    asked = list[int]()

    def dictionary(number: int) -> bytes:
        asked.append(number)
        return b"words"

    credentials = tuple(f"eyJ.b.c{number}~" for number in range(40))
    printed = tuple(symbols.write(credential, dictionary)[0] for credential in credentials)
    found = [Carried(number, text, copies=printed, beside=credentials) for number, text in enumerate(credentials)]
    asked.clear()
    comparison = Comparison(dictionary)
    assert [comparison.of(carried) for carried in found] == found
    assert len(asked) == len(printed)
