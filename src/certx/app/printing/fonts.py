"""The fonts that licences are printed with: which there are, and which characters they have.

Those of a folder that was named come first, then those of the package that `certx[print]` brings; those of the system
only where there is neither. None is ever fetched.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple
from unicodedata import category

from certx.errors import EnvironmentFailureError, UsageError
from certx.extras import extra_module

_EXTRA: Final = "print"
_PACKAGE: Final = "pylopdf-fonts-zh-cn"
_PACKED: Final = ("Noto Serif SC", "Noto Sans SC")
"""The families of the package, that of values first."""
_OF_SYSTEMS: Final = (
    "Noto Serif CJK SC", "Source Han Serif SC", "SimSun", "NSimSun", "Songti SC", "STSong",
    "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", "Heiti SC", "WenQuanYi Zen Hei",
)  # fmt: skip
"""Chinese families that systems have, by preference."""
_REGULAR: Final = 400
_CONTROLS: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""General categories of Unicode: control, format, surrogate, line and paragraph separator."""
_MOST_MISSING: Final = 10
"""Most characters that are named when a font does not have them."""


class Missing(NamedTuple):
    """A character that no font has, and what it stands in."""

    character: str
    label: str

    def __str__(self) -> str:
        """The character where it can be shown, its code point, and the label of its claim."""
        shown = f"{self.character} " if self.character.isprintable() else ""
        return f"{shown}U+{ord(self.character):04X} ({self.label})"

    @property
    def is_control(self) -> bool:
        """Is it one that no font could have a glyph for?"""
        return category(self.character) in _CONTROLS


class FontSet:
    """Fonts ready for use: families in the order in which each character is looked for."""

    def __init__(self, fonts: Any, families: Iterable[str]) -> None:  # noqa: ANN401 - typst.Fonts
        """`families`: those to use of what typst found."""
        self.fonts = fonts
        self.families = tuple(dict.fromkeys(families))
        self._characters: dict[str, frozenset[int]] = {}
        self._there = {"\n", "\r"}

    @property
    def for_labels(self) -> tuple[str, ...]:
        """The same families for small print: of ours the one without serifs first."""
        return (*(name for name in self.families if name not in _PACKED), *self._packed[::-1])

    @property
    def _packed(self) -> tuple[str, ...]:
        return tuple(name for name in self.families if name in _PACKED)

    def missing(self, texts: Iterable[tuple[str, str]]) -> list[Missing]:
        """The characters of labelled texts that no font has, the first few of them; line breaks need none."""
        labelled = list(texts)
        unknown = set[str]().union(*(text for _, text in labelled)) - self._there
        missing = {character for character in unknown if not self._has(ord(character))}
        self._there |= unknown - missing
        where = {character: label for label, text in reversed(labelled) for character in missing.intersection(text)}
        return [Missing(character, where[character]) for character in sorted(missing)[:_MOST_MISSING]]

    def _has(self, code_point: int) -> bool:
        return any(code_point in self._coverage(family) for family in self.families)

    def _coverage(self, family: str) -> frozenset[int]:
        covered = self._characters.get(family)
        if covered is None:
            covered = self._characters[family] = _code_points(self._face[family])
        return covered

    @cached_property
    def _face(self) -> dict[str, Any]:
        """The face of each family that plain text is set in."""
        faces = sorted(self.fonts.fonts(), key=lambda face: (face.style != "normal", abs(face.weight - _REGULAR)))
        return {face.family: face for face in reversed(faces)}


def find_fonts(folder: Path | None) -> FontSet:
    """The fonts to print with.

    Raises `UsageError` if the folder has none, `EnvironmentFailureError` if there are none at all.
    """
    typst = extra_module("typst", extra=_EXTRA, package="typst")
    named = list[str]()
    if folder is not None:
        named = _families(typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder]))
        if not named:
            raise UsageError("font-path-empty", hint="font-path-empty", path=str(folder))
    packed = list(_packed_folder())
    paths = [*([folder] if folder is not None else ()), *packed]
    if paths:
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=paths)
        return FontSet(fonts, [*named, *(_PACKED if packed else ())])
    fonts = typst.Fonts(include_system_fonts=True, include_embedded_fonts=False)
    there = set(fonts.families())
    families = [name for name in _OF_SYSTEMS if name in there]
    if not families:
        raise EnvironmentFailureError("fonts-missing", hint="fonts-missing", extra=_EXTRA, package=_PACKAGE)
    return FontSet(fonts, families)


def _families(fonts: Any) -> list[str]:  # noqa: ANN401 - typst.Fonts
    return sorted({face.family for face in fonts.fonts()})


def _packed_folder() -> Iterator[Path]:
    """Where the package of fonts has them, if it is installed."""
    try:
        from pylopdf_fonts_zh_cn import serif_path  # noqa: PLC0415 - of an extra
    except ImportError:
        return
    yield serif_path().parent


def _code_points(face: Any) -> frozenset[int]:  # noqa: ANN401 - typst.FontInfo
    """The characters of a font file that have a glyph."""
    library = extra_module("fontTools.ttLib", extra=_EXTRA, package="fonttools")
    with library.TTFont(face.path, fontNumber=face.index, lazy=True) as font:
        return frozenset(font.getBestCmap() or ())
