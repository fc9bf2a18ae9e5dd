"""Whatever comes in by a carrier: an answer with a reason, in a breath and in bounded memory; never a crash."""

import random
import resource
import sys
import zlib
from collections.abc import Callable
from contextlib import suppress
from time import perf_counter
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import world
from certx.app.carrier.confined_process import MOST_MEMORY
from certx.app.carrier.reading import read
from certx.app.carrier.symbol_parts import SymbolParts
from certx.carrier import symbols
from certx.carrier.apart import take_apart
from certx.carrier.base45 import from_base45, to_base45
from certx.carrier.digits import from_digits, to_digits
from certx.carrier.packing import pack, unpack
from certx.credential.errors import CredentialError
from certx.credential.issue import issue as sign_claims
from certx.credential.sdjwt import random_salts
from certx.schema.frame import Frame
from hostile import ODD, PICTURES
from issued import DICTIONARIES, EXAMPLES
from papers import encoded, pdf_of, picture_of, texts_of
from spending import seconds_spent

SMALL, LARGE = (
    EXAMPLES[-1].credential,
    next(one.credential for one in EXAMPLES if one.type == "real-estate-certificate"),
)
CODE: Final = texts_of(SMALL)[0]
PACKED: Final = pack(SMALL, DICTIONARIES)
APART: Final = take_apart(SMALL.encode())
_PICTURE: Final = picture_of(CODE)

SEEDS: Final[dict[str, bytes]] = {
    "text": SMALL.encode(),
    "base45": CODE.encode(),
    "digits": texts_of(SMALL, digits=True)[0].encode(),
    "parts": "\n".join([*texts_of(LARGE), CODE, *texts_of(LARGE, digits=True)]).encode(),
    "png": encoded(_PICTURE),
    "jpeg": encoded(_PICTURE, "JPEG", quality=70),
    "pdf": pdf_of([_PICTURE.resize((300, 300))], {"credential.txt": SMALL.encode()}),
    "gif": encoded(_PICTURE, "GIF"),
    "tiff": encoded(_PICTURE, "TIFF", compression="tiff_lzw"),
    "fax": encoded(_PICTURE.convert("1"), "TIFF", compression="group4"),
    "webp": encoded(_PICTURE, "WEBP", quality=80),
    "bmp": encoded(_PICTURE, "BMP"),
    "packed": PACKED,
    "apart": APART.text,
}
BUILT: Final = [data for data in (ODD | PICTURES).values() if len(data) < 100_000]
"""Files that are hostile as they are; changed, they may be more so."""
HEADS: Final = (
    b"", b"CX1:", b"1", b"eyJ", b"{", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"%PDF-1.7\n", b"GIF89a", b"II*\0",
    b"RIFF\0\1\0\0WEBP", b"BM\0\0\0\0\0\0\0\0",
)  # fmt: skip
_MOST_SECONDS: Final = 1.5
"""Of the processor: one, and half of one where a new process to open files has to be started first."""
_MOST_WAIT: Final = 40.0
_MOST_GROWTH: Final = 400 * 1_048_576


def mutated(data: bytes, choice: random.Random) -> bytes:
    """The bytes with one to five things done to them."""
    for _ in range(choice.randint(1, 5)):
        place, length = choice.randrange(len(data) + 1), choice.choice((1, 1, 2, 8, 64))
        match choice.randrange(5):
            case 0:
                data = data[:place] + choice.randbytes(length) + data[place + length :]
            case 1:
                data = data[:place] + data[place + length :]
            case 2:
                data = data[:place] + choice.randbytes(length) + data[place:]
            case 3:
                other = choice.randrange(len(data) + 1)
                data = data[:place] + data[other : other + length * 8] + data[place:]
            case _:
                data = data[: max(place, 1)] if choice.random() < 0.2 else data[:place] + data[place - 1 :]
    return data


def an_input(number: int) -> bytes:
    """The n-th input: one of the carriers, changed, or random bytes behind a beginning that they have."""
    choice = random.Random(number)  # noqa: S311 - the same inputs each time
    name = choice.choice([*SEEDS, "random", "built"])
    if name == "built":
        return mutated(choice.choice(BUILT), choice)
    if name == "random":
        return choice.choice(HEADS) + choice.randbytes(choice.randrange(2_000))
    data = mutated(SEEDS[name], choice)
    if name == "apart":
        deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
        data, name = b"\0" + deflate.compress(data) + deflate.flush() + APART.raw, "packed"
    if name == "packed":
        return choice.choice([f"CX1:{to_base45(data)}", f"111{to_digits(data)}"]).encode()
    return data


def answer(data: bytes) -> None:
    """Go all the way to a verdict, and see that there is always an answer with a reason."""
    found = read(data)
    assert found
    scanned = SymbolParts()
    for line in data.decode("ascii", "replace").splitlines()[:100]:
        with suppress(CredentialError):
            scanned.add(line)
    for carried in found:
        assert (carried.text is None) != (carried.error is None)
        if carried.text is None:
            continue
        with suppress(CredentialError):  # which has a reason, or could not be made
            verdict = world.verify(carried.text)
            assert verdict.deciding is not None or verdict.outcome == "accepted"


def memory(whose: int = resource.RUSAGE_SELF) -> int:
    """The most that this process has had, or one that it started, in bytes."""
    peak = resource.getrusage(whose).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def answer_all(numbers: range) -> None:
    answer(SEEDS["pdf"])
    answer(SEEDS["jpeg"])
    before = memory()
    for number in numbers:
        data, start, began = an_input(number), seconds_spent(), perf_counter()
        try:
            answer(data)
        except Exception as error:
            raise AssertionError(f"input {number}") from error
        assert seconds_spent() - start < _MOST_SECONDS, f"input {number}"
        assert perf_counter() - began < _MOST_WAIT, f"input {number}"
    assert memory() - before < _MOST_GROWTH
    assert memory(resource.RUSAGE_CHILDREN) < MOST_MEMORY


@pytest.mark.parametrize("name", [name for name in SEEDS if name not in {"packed", "apart"}])
def test_what_is_mutated_below_is_read(name: str) -> None:
    found = read(SEEDS[name])
    assert [symbols.read(c.text, DICTIONARIES) if c.text and c.text[:3] != "eyJ" else c.text for c in found] == (
        [LARGE, SMALL, LARGE][: len(found)] if name == "parts" else [SMALL]
    )


def test_three_hundred_inputs_have_an_answer() -> None:
    answer_all(range(300))


@pytest.mark.slow
def test_ten_thousand_inputs_have_an_answer() -> None:
    answer_all(range(300, 10_300))


@given(st.binary(max_size=600))
def test_bytes_come_back_from_both_alphabets(data: bytes) -> None:
    assert from_base45(to_base45(data)) == data
    assert from_digits(to_digits(data)) == data
    assert not to_base45(data).endswith(" ")


@pytest.mark.parametrize(("decode", "encode"), [(from_base45, to_base45), (from_digits, to_digits)])
@given(data=st.data())
def test_no_two_texts_mean_the_same_bytes(data: st.DataObject, decode: Any, encode: Callable[[bytes], str]) -> None:
    text = data.draw(st.text("0123456789AB %:" if decode is from_base45 else "0123456789", max_size=60))
    try:
        decoded = decode(text)
    except ValueError:
        return
    assert encode(decoded) == text


_VALUES: Final = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abcdef", min_size=1, max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)
_NAMES: Final = ("a", "b", "c", "d", "e")


@settings(max_examples=60, deadline=None)
@given(
    claims=st.dictionaries(st.sampled_from(_NAMES), _VALUES, max_size=5),
    selective=st.frozensets(st.sampled_from(_NAMES)),
    decoys=st.integers(0, 4),
    shown=st.integers(0, 5),
    digits=st.booleans(),
)
def test_any_credential_comes_back_from_its_symbols(
    claims: dict[str, Any], selective: frozenset[str], decoys: int, shown: int, *, digits: bool
) -> None:
    frame = Frame(selective, decoys=decoys)
    credential = sign_claims({"vct": "x", **claims}, frame=frame, signer=world.KEY, salts=random_salts())
    issuer_signed, *disclosures, _ = credential.split("~")
    credential = "~".join([issuer_signed, *disclosures[:shown], ""])
    texts = symbols.write(credential, DICTIONARIES, digits=digits)
    assert symbols.read(symbols.join(reversed(texts)), DICTIONARIES) == credential


@settings(max_examples=60, deadline=None)
@given(st.text("ey.~AZ09-_", max_size=300))
def test_any_text_comes_back_from_its_packed_form(text: str) -> None:
    assert unpack(pack(text, DICTIONARIES), DICTIONARIES) == text
