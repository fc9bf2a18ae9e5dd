"""Symbols of which several make a credential, scanned in any order: kept until the last one is there."""

from collections import deque
from typing import Final

from certx.carrier import symbols
from certx.carrier.text import is_symbol

_MOST_WHOLES: Final = 8
"""So many credentials may be scanned half way; of more, the one that waited longest is forgotten."""

_MOST_PARTS: Final = 4 * symbols.MOST_PARTS
"""Of one credential, forged and damaged ones among them; of more, the earliest is forgotten."""


class SymbolParts:
    """What was scanned of credentials that are not whole yet."""

    def __init__(self) -> None:
        self._wholes: dict[tuple[int, int], deque[symbols.Part]] = {}

    def __bool__(self) -> bool:
        return bool(self._wholes)

    def add(self, text: str) -> str | tuple[int, int]:
        """The text that a scan is or completes, or how many parts there are, and of how many.

        Raises `CredentialError` if it begins like a symbol and cannot be one, or if a part is damaged: those that were
        scanned are kept, so that one that is scanned again makes them whole.
        """
        part = symbols.part_of(text) if is_symbol(text) else None
        if part is None:
            return text
        key = part.whole, part.total
        parts = self._wholes.pop(key, deque(maxlen=_MOST_PARTS))
        if part not in parts:
            parts.append(part)
        while len(self._wholes) >= _MOST_WHOLES:
            del self._wholes[next(iter(self._wholes))]
        self._wholes[key] = parts
        have = len({one.number for one in parts})
        if have < part.total:
            return have, part.total
        joined = symbols.join_parts(parts)
        del self._wholes[key]
        return joined
