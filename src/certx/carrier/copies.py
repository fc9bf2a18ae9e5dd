"""What is printed beside an attached credential must be of the same licence."""

from certx.carrier.packing import Dictionaries
from certx.carrier.symbols import read
from certx.carrier.text import Carried, is_symbol
from certx.credential.errors import CredentialError
from certx.reason import Reason


def compare(carried: Carried, dictionaries: Dictionaries) -> Carried:
    """The same, or an error if none of its copies is of the licence that it is, or one of them cannot be read.

    They may disclose more or less of it: what the issuer signed is compared.
    """
    if carried.text is None or not carried.copies:
        return carried
    try:
        printed = {_signed(read(copy, dictionaries) if is_symbol(copy) else copy) for copy in carried.copies}
    except CredentialError as error:
        return Carried(carried.line, None, error)
    if _signed(carried.text) in printed:
        return carried
    return Carried(carried.line, None, CredentialError(Reason.UNREADABLE_COPIES_DIFFER))


def _signed(credential: str) -> str:
    return credential.partition("~")[0]
