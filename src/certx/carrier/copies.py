"""What is printed beside an attached credential must be of the same licence."""

from certx.carrier.packing import Dictionaries
from certx.carrier.symbols import read
from certx.carrier.text import Carried, is_symbol
from certx.credential.errors import CredentialError
from certx.reason import Reason


def compare(carried: Carried, dictionaries: Dictionaries) -> Carried:
    """The same, or an error if what is printed and what is attached are not the same licences, or one cannot be read.

    They may disclose more or less of it: what the issuer signed is compared.
    """
    if carried.text is None or not carried.copies:
        return carried
    printed = set[str]()
    for copy in carried.copies:
        try:
            printed.add(_signed(_unpacked(copy, dictionaries)))
        except CredentialError as error:
            if error.reason is Reason.DICTIONARY_UNKNOWN:  # which the verdict on that very text says
                return Carried(carried.line, copy)
            return Carried(carried.line, None, error)
    try:
        attached = {_signed(_unpacked(text, dictionaries)) for text in carried.beside or (carried.text,)}
    except CredentialError as error:
        return Carried(carried.line, None, error)
    if printed == attached:
        return carried
    return Carried(carried.line, None, CredentialError(Reason.UNREADABLE_COPIES_DIFFER))


def _unpacked(text: str, dictionaries: Dictionaries) -> str:
    return read(text, dictionaries) if is_symbol(text) else text


def _signed(credential: str) -> str:
    return credential.partition("~")[0]
