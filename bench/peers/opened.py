"""The peers that are installed, ready for the same work, and what is said of those that are not."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final, NamedTuple

from workload import Workload

from peers import PeerMissingError
from peers.npm import NpmPeer
from peers.open_vc import OpenVc

PEER_BOUNDS: Final = {OpenVc.name: 2.0, NpmPeer.name: 4.0}
"""How many times as fast as each peer certx has to be, although it does more."""


class Peers(NamedTuple):
    """Those that are there, and a line for each that is not."""

    found: list[OpenVc | NpmPeer]
    notes: list[str]


@contextmanager
def open_peers(work: Workload) -> Iterator[Peers]:
    """Open for the block."""
    peers = Peers([], [])
    with ExitStack() as stack:
        for peer in (OpenVc, NpmPeer):
            try:
                opened = peer(work)
            except PeerMissingError as missing:
                peers.notes.append(f"skipped: {missing}")
                continue
            peers.found.append(stack.enter_context(opened) if isinstance(opened, NpmPeer) else opened)
        yield peers
