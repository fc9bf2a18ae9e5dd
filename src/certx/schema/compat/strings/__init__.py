"""Strings: languages of regular expressions, their unions, intersections and differences, decided by an automaton.

>>> plate = Language.pattern("^[A-Z]{2}[0-9]{1,4}$")
>>> Language.pattern("^[A-Z0-9]*$").includes(plate), plate.includes(Language.lengths(1, 6))
(True, False)
>>> (plate - Language.lengths(most=5)).shortest()
'AA0000'
"""

from certx.schema.compat.strings.kinds import TooLarge
from certx.schema.compat.strings.language import Language
from certx.schema.compat.strings.pattern import UnsupportedPattern

__all__ = ["Language", "TooLarge", "UnsupportedPattern"]
