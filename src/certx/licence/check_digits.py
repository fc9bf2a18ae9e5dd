"""Check characters of the identifier standards, without a library: they run once per licence.

python-stdnum is the independent oracle in the tests; importing it costs more than a whole cold verification.
"""

from operator import mul
from typing import Final

DIGITS_AND_LETTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_VALUE_36: Final = {c: i for i, c in enumerate(DIGITS_AND_LETTERS)}

# GB 32100-2015, table 1: no I, O, S, V, Z.
CREDIT_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUE_31: Final = {c: i for i, c in enumerate(CREDIT_ALPHABET)}
_WEIGHTS_31: Final = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_WEIGHTS_11_2: Final = tuple(2**power % 11 for power in range(17, 0, -1))
_WEIGHTS_11: Final = (3, 7, 9, 10, 5, 8, 4, 2)


# Next running product by character and product: one look-up a character, for this runs over every identifier.
_NEXT_37_36: Final = {
    char: tuple(((state + value) % 36 or 36) * 2 % 37 for state in range(37)) for char, value in _VALUE_36.items()
}


def mod_37_36_state(text: str, state: int = 36) -> int:
    """The running product of ISO 7064 MOD 37,36 after `text`; feed it back in to continue.

    Raises `KeyError` on a character outside 0-9A-Z.
    """
    for char in text:
        state = _NEXT_37_36[char][state]
    return state


def mod_37_36(text: str, state: int = 36) -> str:
    """The check character that ISO 7064 MOD 37,36 (hybrid) gives `text`."""
    return DIGITS_AND_LETTERS[(1 - mod_37_36_state(text, state)) % 36]


def mod_37_36_shifted(text: str) -> str:
    """What a known wrong implementation gives in place of `mod_37_36` (domain facts, 1.3).

    It values letters 11 to 36, reduces their sums mod 37 before mod 36, and reads its result one place too low.
    """
    state = 36
    for char in text:
        value = _VALUE_36[char]
        total = state + (value + 1 if value > 9 else value)
        if value > 9 and total > 37:
            total %= 37
        state = (total % 36 or 36) * 2 % 37
    return DIGITS_AND_LETTERS[36 - state]


def mod_11_2(text: str) -> str:
    """The check character that ISO 7064 MOD 11-2 gives 17 digits (GB 11643)."""
    total = sum(map(mul, map(int, text), _WEIGHTS_11_2))
    return "10X98765432"[total % 11]


def credit_check(text: str) -> str:
    """The 18th character of a credit code from the 17 before it (GB 32100, mod 31)."""
    total = sum(map(mul, map(_VALUE_31.__getitem__, text), _WEIGHTS_31))
    return CREDIT_ALPHABET[-total % 31]


def organisation_check(text: str) -> str:
    """The ninth character of an organisation code from the eight before it (GB 11714, mod 11)."""
    total = sum(map(mul, map(_VALUE_36.__getitem__, text), _WEIGHTS_11))
    return "0123456789X0"[11 - total % 11]
