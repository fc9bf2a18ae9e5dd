"""A Merkle tree over entries in order: its root, and short proofs that an entry, or an earlier tree, is in it.

RFC 6962, section 2.1 (the same tree as RFC 9162, section 2.1): SHA-256, 0x00 before a leaf and 0x01 before a pair.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = sha256().digest()
"""The root of the tree without entries."""
MAX_PROOF_HASHES: Final = 64
"""More than the longest proof in any tree that could be built."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of an entry."""
    return sha256(b"\x00" + entry).digest()


def pair_hash(left: bytes, right: bytes) -> bytes:
    """The hash of what is above two hashes."""
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """The tree over some entries, all of its hashes at hand: 64 bytes an entry."""

    def __init__(self, entries: Iterable[bytes]) -> None:
        self._levels = [b"".join(map(leaf_hash, entries))]
        while len(self._levels[-1]) > HASH_BYTES:
            self._levels.append(_above(self._levels[-1]))

    def __len__(self) -> int:
        """How many entries it has."""
        return len(self._levels[0]) // HASH_BYTES

    @property
    def root(self) -> bytes:
        """What stands for all of its entries and their order."""
        return self._levels[-1] or EMPTY_ROOT

    def prove_entry(self, index: int) -> list[bytes]:
        """The audit path of an entry, from its sibling up (section 2.1.1); raises `IndexError` if there is none."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        path: list[bytes] = []
        for level in self._levels[:-1]:
            sibling = (index ^ 1) * HASH_BYTES
            if sibling < len(level):
                path.append(level[sibling : sibling + HASH_BYTES])
            index >>= 1
        return path


def _above(level: bytes) -> bytes:
    """The next level: hashes of pairs, and a last one without a partner as it is."""
    step, whole = 2 * HASH_BYTES, len(level) // (2 * HASH_BYTES) * (2 * HASH_BYTES)
    hashes = [sha256(b"\x01" + level[place : place + step]).digest() for place in range(0, whole, step)]
    return b"".join((*hashes, level[whole:]))


def root_of(entries: Iterable[bytes]) -> bytes:
    """The root of the tree over some entries, in the memory of a few hashes."""
    peaks: list[tuple[int, bytes]] = []  # of the perfect trees so far, with their heights, the highest first
    for entry in entries:
        height, found = 0, leaf_hash(entry)
        while peaks and peaks[-1][0] == height:
            height, found = height + 1, pair_hash(peaks.pop()[1], found)
        peaks.append((height, found))
    if not peaks:
        return EMPTY_ROOT
    root = peaks.pop()[1]
    while peaks:
        root = pair_hash(peaks.pop()[1], root)
    return root


def is_entry(entry: bytes, index: int, *, size: int, root: bytes, path: Sequence[bytes]) -> bool:
    """Does an audit path prove that the tree of this size and root has the entry at this index? (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size or len(path) > MAX_PROOF_HASHES:
        return False
    place, last, found = index, size - 1, leaf_hash(entry)
    for sibling in path:
        if last == 0 or len(sibling) != HASH_BYTES:
            return False
        if place & 1 or place == last:
            found = pair_hash(sibling, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = pair_hash(found, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root
