"""Points of the curve P-256: the y that goes with an x, so that only its parity need travel (SEC 1, section 2.3.4)."""

from typing import Final

_P: Final = 2**256 - 2**224 + 2**192 + 2**96 - 1
_B: Final = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B


def y_of(x: bytes, *, odd: bool) -> bytes | None:
    """The y of this parity, 32 bytes as x has; `None` if no point has that x."""
    number = int.from_bytes(x, "big")
    square = (number * number * number - 3 * number + _B) % _P
    root = pow(square, (_P + 1) // 4, _P)
    if number >= _P or root * root % _P != square:
        return None
    return (root if root % 2 == odd else _P - root).to_bytes(32, "big")
