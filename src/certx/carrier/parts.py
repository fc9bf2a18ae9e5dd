"""Parts of credentials, as they are found among other codes and lines, put together."""

from collections.abc import Iterable

from certx.carrier.symbols import join, part_of
from certx.carrier.text import Carried, is_symbol
from certx.credential.errors import CredentialError


def join_parts(found: Iterable[Carried]) -> list[Carried]:
    """What was found, with the parts of one credential as one, in the place of the first of them."""
    groups = dict[tuple[int, int], list[str]]()
    firsts = list[Carried | tuple[int, tuple[int, int]]]()
    for carried in found:
        text = carried.text
        try:
            part = part_of(text) if text is not None and is_symbol(text) else None
        except CredentialError as error:
            firsts.append(Carried(carried.line, None, error))
            continue
        if text is None or part is None:
            firsts.append(carried)
            continue
        name = (part.whole, part.total)
        if name not in groups:
            firsts.append((carried.line, name))
        groups.setdefault(name, []).append(text)
    return [first if isinstance(first, Carried) else _joined(first[0], groups[first[1]]) for first in firsts]


def _joined(line: int, texts: list[str]) -> Carried:
    try:
        return Carried(line, join(texts))
    except CredentialError as error:  # what is in other inputs may complete or mend it
        return Carried(line, None, error, parts=tuple(texts))
