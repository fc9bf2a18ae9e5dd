"""A credential as QR symbols to print or to show: `certx print --as qr`."""

from math import ceil
from typing import Final, NamedTuple

from certx.app.carrier.symbol_drawing import QUIET, draw, draw_svg, modules_of
from certx.carrier.packing import Dictionaries
from certx.carrier.symbols import write
from certx.errors import UsageError

MILLIMETRES: Final = 40.0
"""Along a symbol without its quiet zone, unless another size is asked for: enough for version 22."""
_LEAST_MODULE: Final = 0.38
"""Millimetres: of finer modules, cameras of telephones miss too many (docs/performance.md)."""


class SymbolLook(NamedTuple):
    """How symbols are to look: how large they are printed, in which alphabet, as PNG or SVG."""

    millimetres: float = MILLIMETRES
    digits: bool = False
    svg: bool = False


class SymbolPrinter:
    """Draws the symbols of credentials."""

    def __init__(self, dictionaries: Dictionaries, look: SymbolLook) -> None:
        self._dictionaries, self._look = dictionaries, look

    def print(self, credential: str) -> list[tuple[str, bytes]]:
        """For each symbol, how its file's name ends, and the file.

        Raises `UnreadableError` if the credential is too large for nine, `UsageError` if it would be printed too
        small to be photographed.
        """
        texts = write(credential, self._dictionaries, digits=self._look.digits)
        self._check_size(texts[0])
        kind = ".svg" if self._look.svg else ".png"
        endings = [kind] if len(texts) == 1 else [f"-{place}of{len(texts)}{kind}" for place in range(1, len(texts) + 1)]
        return [(ending, self._draw(text)) for ending, text in zip(endings, texts, strict=True)]

    def _draw(self, text: str) -> bytes:
        drawn = draw_svg if self._look.svg else draw
        return drawn(text, millimetres=self._look.millimetres)

    def _check_size(self, text: str) -> None:
        least = ceil(_LEAST_MODULE * (len(modules_of(text)) - 2 * QUIET))
        if self._look.millimetres < least:
            size = f"{self._look.millimetres:g}"
            raise UsageError("symbol-too-small", hint="symbol-too-small", size=size, least=least)
