"""A scanner on a serial port (USB-COM, RS-232), by pyserial: an extra."""

import time
from collections.abc import Callable, Generator, Iterator
from typing import Any, Final

from certx.app.counter.scan_buffer import GAP_SECONDS
from certx.errors import EnvironmentFailureError, UsageError, cause_of
from certx.extras import extra_module

_AGAIN_SECONDS: Final = 1.0


def serial_chunks(device: str, baud: int, tell: Callable[[str], None]) -> Iterator[bytes]:
    """What the scanner sends, as it comes; nothing (`b""`) whenever it paused.

    A scanner that is unplugged is waited for: `tell` gets the code of what to say, "scanner-gone" and "scanner-back".
    Raises `EnvironmentFailureError` if there is no such device to begin with, or pyserial is not installed,
    `UsageError` if the device has no such speed.
    """
    serial = extra_module("serial", extra="counter", package="pyserial")
    port = _open(serial, device, baud)
    while True:
        try:
            chunk = port.read(port.in_waiting or 1)
        except (OSError, TypeError):  # pyserial on POSIX: a port that is closed under it has no number any more
            port.close()
            tell("scanner-gone")
            yield b""
            port = yield from _wait_for(serial, device, baud)
            tell("scanner-back")
        else:
            yield chunk


def _open(serial: Any, device: str, baud: int) -> Any:  # noqa: ANN401 - of an extra
    try:
        return serial.Serial(device, baud, timeout=GAP_SECONDS)
    except OSError as error:  # `SerialException` is one; where it has no number, what it came from has
        came_from = error.__context__
        detail = cause_of(came_from if error.errno is None and isinstance(came_from, Exception) else error)
        raise EnvironmentFailureError("serial-failed", hint="serial-failed", path=device, detail=detail) from error
    except ValueError as error:
        raise UsageError("serial-baud", hint="serial-baud", baud=baud) from error


def _wait_for(serial: Any, device: str, baud: int) -> Generator[bytes, None, Any]:  # noqa: ANN401 - of an extra
    while True:
        time.sleep(_AGAIN_SECONDS)
        try:
            return _open(serial, device, baud)
        except EnvironmentFailureError:
            yield b""
