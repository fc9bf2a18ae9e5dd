"""How the bytes of a chunk lie in a file: as they are, or as one zstd frame (RFC 8878) for each chunk."""

import io
from collections.abc import Iterator
from types import ModuleType
from typing import BinaryIO, Final, Protocol

from certx.errors import EnvironmentFailureError

ZSTD_SUFFIX: Final = ".zst"
_LEVEL: Final = 3
_FRAME: Final = b"\x28\xb5\x2f\xfd"
"""How a frame begins (RFC 8878, 3.1.1)."""
_MAX_WINDOW: Final = 8 * 1_048_576
"""What a reader must support (RFC 8878, 3.1.1.1.2), and the most that a foreign file may make us set aside."""
_PIECE: Final = 4_096
"""Four bytes may inflate to a block of 128 kB, so this is 128 MB of memory at worst."""
_PIECE_OUT: Final = 262_144
_MAX_RATIO: Final = 200
_NO_BOMB: Final = 64 * 1_048_576
"""So many bytes are never a bomb, however small they were."""


class Packing(Protocol):
    """How a chunk is packed on its way to the file, and back."""

    def pack(self, data: bytes) -> bytes:
        """What is written."""
        ...

    def unpack(self, data: bytes) -> bytes:
        """What was packed; the bytes are those that were written, by their SHA-256."""
        ...

    def head(self, data: bytes) -> bytes | None:
        """What the beginning of a file was packed from, as far as it goes; `None` of a frame that is torn."""
        ...


class _Plain:
    def pack(self, data: bytes) -> bytes:
        return data

    def unpack(self, data: bytes) -> bytes:
        return data

    def head(self, data: bytes) -> bytes | None:
        return data


PLAIN: Final[Packing] = _Plain()


class ZstdFrames:
    """One frame a chunk: frames one after the other are one valid file, which `zstd -d` reads."""

    def __init__(self) -> None:
        library = _zstandard()
        self._pack = library.ZstdCompressor(level=_LEVEL, write_checksum=True)
        self._unpack = library.ZstdDecompressor(max_window_size=_MAX_WINDOW)
        self._error = library.ZstdError

    def pack(self, data: bytes) -> bytes:
        """One frame."""
        return bytes(self._pack.compress(data))

    def unpack(self, data: bytes) -> bytes:
        """The content of one frame."""
        return bytes(self._unpack.decompress(data))

    def head(self, data: bytes) -> bytes | None:
        """The content of the blocks that are whole; empty if this is no frame."""
        try:
            return bytes(self._unpack.decompressobj().decompress(data)) or None
        except self._error:
            return None if data.startswith(_FRAME) else b""


def inflated(file: BinaryIO) -> Iterator[bytes]:
    """The content of a file of zstd frames, in pieces; raises `ValueError` if it is damaged, cut short or a bomb."""
    library = _zstandard()
    decompressor = library.ZstdDecompressor(max_window_size=_MAX_WINDOW)
    frame, read, written = None, 0, 0
    try:
        while piece := file.read(_PIECE):
            read += len(piece)
            while piece:
                frame = frame or decompressor.decompressobj()
                content = frame.decompress(piece)
                written += len(content)
                if written > max(_MAX_RATIO * read, _NO_BOMB):
                    raise ValueError(f"inflates to more than {_MAX_RATIO} times its size")
                for start in range(0, len(content), _PIECE_OUT):
                    yield content[start : start + _PIECE_OUT]
                piece = frame.unused_data if frame.eof else b""
                frame = None if frame.eof else frame
    except library.ZstdError as error:
        raise ValueError(str(error)) from error
    if frame is not None:
        raise ValueError("ends within a zstd frame")


def split_lines(data: bytes) -> Iterator[bytes]:
    r"""The lines of a chunk, with their breaks; only `\n` breaks a line."""
    return iter(io.BytesIO(data))


def missing_extra(extra: str, package: str) -> EnvironmentFailureError:
    """An optional library that is not installed, and how to get it."""
    return EnvironmentFailureError("extra-missing", hint="extra-missing", extra=extra, package=package)


def _zstandard() -> ModuleType:
    try:
        import zstandard  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise missing_extra("zstd", "zstandard") from error
    return zstandard
