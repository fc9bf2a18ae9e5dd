"""What is printed beside an attached credential must be of the same licence."""

from collections.abc import Sequence

from certx.carrier.packing import Dictionaries
from certx.carrier.symbols import read
from certx.carrier.text import Carried, is_symbol
from certx.credential.errors import CredentialError
from certx.reason import Reason

_Paper = tuple[tuple[str, ...], tuple[str, ...]]
"""What is printed in a document, and what is attached to it."""


def compare(found: Sequence[Carried], dictionaries: Dictionaries) -> list[Carried]:
    """The same; an error where what is printed and what is attached are not the same licences, or one cannot be read.

    They may disclose more or less of it: what the issuer signed is compared, once for all that one document holds.
    """
    differences = dict[_Paper, str | CredentialError | None]()
    compared = list[Carried]()
    for carried in found:
        if carried.text is None or not carried.copies:
            compared.append(carried)
            continue
        paper = carried.copies, carried.beside or (carried.text,)
        if paper not in differences:
            differences[paper] = _difference(*paper, dictionaries)
        match differences[paper]:
            case None:
                compared.append(carried)
            case str(unknown):  # which the verdict on that very text says
                compared.append(Carried(carried.line, unknown))
            case error:
                compared.append(Carried(carried.line, None, error))
    return compared


def _difference(
    printed: Sequence[str], attached: Sequence[str], dictionaries: Dictionaries
) -> str | CredentialError | None:
    """Why they cannot be said to be the same, `None` if they can.

    It is an error, or a printed text whose dictionary is not at hand.
    """
    signed = set[str]()
    for text in printed:
        try:
            signed.add(_signed(_unpacked(text, dictionaries)))
        except CredentialError as error:
            return text if error.reason is Reason.DICTIONARY_UNKNOWN else error
    try:
        same = signed == {_signed(_unpacked(text, dictionaries)) for text in attached}
    except CredentialError as error:
        return error
    return None if same else CredentialError(Reason.UNREADABLE_COPIES_DIFFER)


def _unpacked(text: str, dictionaries: Dictionaries) -> str:
    return read(text, dictionaries) if is_symbol(text) else text


def _signed(credential: str) -> str:
    return credential.partition("~")[0]
