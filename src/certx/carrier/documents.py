"""What the contents of a picture or document say: the credentials attached and printed, side by side."""

from collections.abc import Iterable, Iterator

from certx.carrier.contents import Contents
from certx.carrier.formats import Format
from certx.carrier.pictures import credentials_in, is_ours
from certx.carrier.text import Carried, read_text
from certx.credential.errors import CredentialError
from certx.reason import Reason

_NOT_OURS = frozenset({Reason.UNREADABLE_OTHER_CODE, Reason.UNREADABLE_NO_CODE})


def carried_in(contents: Contents, form: Format) -> list[Carried]:
    """The credentials in a picture or document, those attached first; why none, if there is none.

    An attached one has the codes on the pages as its `copies`: they must say the same.
    """
    attached = [*dict.fromkeys(_credentials_of(contents.attached))]
    if form is Format.PDF and not attached and not contents.codes:
        return [Carried(1, None, CredentialError(Reason.UNREADABLE_PDF_NO_LICENCE))]
    printed = credentials_in(contents.codes)
    return _side_by_side(attached, printed) if attached else printed


def _credentials_of(files: Iterable[bytes]) -> Iterator[str]:
    for data in files:
        yield from (carried.text for carried in read_text(data) if carried.text is not None and is_ours(carried.text))


def _side_by_side(attached: list[str], printed: list[Carried]) -> list[Carried]:
    """Those attached, each with what is printed; what is printed, if it is ours and cannot be read."""
    unread = [carried for carried in printed if carried.error is not None and carried.error.reason not in _NOT_OURS]
    if unread:  # nobody can tell whether it says the same
        return unread
    copies, beside = tuple(carried.text for carried in printed if carried.text is not None), tuple(attached)
    if copies and len(copies) != len(attached):
        return [Carried(1, None, CredentialError(Reason.UNREADABLE_COPIES_DIFFER))]
    return [Carried(number, text, copies=copies, beside=beside) for number, text in enumerate(attached, 1)]
