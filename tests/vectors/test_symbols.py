"""Our own known answers for symbols: what was printed once is read for ever."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pytest

from certx.carrier import symbols
from certx.carrier.packing import unpack
from certx.credential.errors import CredentialError
from world import CATALOGUE

VECTORS: Final = json.loads((Path(__file__).parent / "symbols" / "symbols.json").read_bytes())


def named(case: dict[str, Any]) -> str:
    return str(case["name"])


def test_the_dictionary_is_the_one_that_they_were_made_with() -> None:
    data = CATALOGUE.dictionary(VECTORS["dictionary"]["number"])
    assert data is not None
    assert sha256(data).hexdigest() == VECTORS["dictionary"]["sha256"]


@pytest.mark.parametrize("case", VECTORS["good"], ids=named)
def test_what_was_packed_is_unpacked(case: dict[str, Any]) -> None:
    assert unpack(bytes.fromhex(case["packed"]), CATALOGUE.dictionary) == case["credential"]
    for alphabet in ("base45", "digits"):
        assert symbols.read(symbols.join(case[alphabet]), CATALOGUE.dictionary) == case["credential"]


@pytest.mark.parametrize("case", VECTORS["bad"], ids=named)
def test_what_is_wrong_is_named(case: dict[str, Any]) -> None:
    with pytest.raises(CredentialError) as refused:
        symbols.read(case["text"], CATALOGUE.dictionary)
    assert refused.value.reason == case["reason"]
