"""Check characters of the identifier standards, without a library: they run once per licence.

python-stdnum is the independent oracle in the tests; importing it costs more than a whole cold verification.
"""

from typing import Final

DIGITS_AND_LETTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_VALUE_36: Final = {c: i for i, c in enumerate(DIGITS_AND_LETTERS)}

# GB 32100-2015, table 1: no I, O, S, V, Z.
CREDIT_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_TO_DIGITS: Final = bytes.maketrans(CREDIT_ALPHABET.encode(), DIGITS_AND_LETTERS[: len(CREDIT_ALPHABET)].encode())


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


# The other sums weigh by powers of a number modulo a prime. To a base that is this number modulo the prime, the text
# read as one number is that sum: 13 and 35 are 2 modulo 11, 34 is 3 modulo 31.


def mod_11_2(text: str) -> str:
    """The check character that ISO 7064 MOD 11-2 gives 17 digits (GB 11643): weights 2^17 to 2^1."""
    return "10X98765432"[2 * int(text, 13) % 11]


def credit_check(text: str) -> str:
    """The 18th character of a credit code from the 17 before it (GB 32100, mod 31): weights 3^0 to 3^16."""
    return CREDIT_ALPHABET[-int(text[::-1].encode().translate(_TO_DIGITS), 34) % 31]


def organisation_check(text: str) -> str:
    """The ninth character of an organisation code from the eight before it (GB 11714, mod 11): weights 2^8 to 2^1.

    In credit codes it has no Z.
    """
    return "0123456789X"[-2 * int(text, 35) % 11]
