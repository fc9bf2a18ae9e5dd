"""What is printed beside an attached credential must be of the same licence."""

from collections.abc import Sequence

from certx.carrier.packing import Dictionaries
from certx.carrier.symbols import read
from certx.carrier.text import Carried, is_symbol
from certx.credential.errors import CredentialError
from certx.reason import Reason


class Comparison:
    """Holds what is printed in a document against what is attached to it, once for all that it holds."""

    def __init__(self, dictionaries: Dictionaries) -> None:
        self._dictionaries = dictionaries
        self._paper: tuple[Sequence[str], Sequence[str]] | None = None
        self._difference: str | CredentialError | None = None

    def of(self, carried: Carried) -> Carried:
        """The same; an error if its document has not the same licences printed and attached, or one cannot be read.

        They may disclose more or less of it: what the issuer signed is compared.
        """
        if carried.text is None or not carried.copies:
            return carried
        paper = carried.copies, carried.beside or (carried.text,)
        if paper != self._paper:
            self._paper, self._difference = paper, _difference(*paper, self._dictionaries)
        match self._difference:
            case None:
                return carried
            case str(unknown):  # which the verdict on that very text says
                return Carried(carried.line, unknown)
            case error:
                return Carried(carried.line, None, error)


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
