"""The registries that this machine used before the one in use, as far as it keeps them."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from certx.doctor.anchors import Listed
from certx.errors import CertxError
from certx.settings import Settings
from certx.trust.chain import Chain
from certx.trust.generations import Generations
from certx.trust.registry import Region
from certx.trust.signed import SignedFiles, SignedRegistry

_COMPARED: Final = 7 * 86_400.0
"""How far back registries are compared with the one in use, by signed times, seconds."""


def listed_before(settings: Settings) -> Iterator[Listed]:
    """Whom the registries listed that were in use before this one, newest first: the last, and a week back from it.

    Those that cannot be read are left out. Raises `CertxError` if there is no pinned root or no pointer to start from.
    """
    if settings.root is None:
        return
    generations = Generations(settings.generations)
    pinned, pointer = generations.pinned_root(settings.root), generations.pointer()
    earliest: float | None = None
    for name in reversed([name for name in generations.names() if pointer is not None and name < pointer.generation]):
        with suppress(CertxError):
            generation = generations.generation(name)
            chain = Chain(pinned, generation.read)
            if earliest is not None and chain.issued < earliest:
                return
            earliest = earliest if earliest is not None else chain.issued - _COMPARED
            registry = SignedRegistry(chain, SignedFiles(chain, generation.content), seen_at=0.0)
            yield Listed(chain.issued, _regions(registry))


def _regions(registry: SignedRegistry) -> list[Region]:
    """Those that can be read: what another listed then is not known."""
    regions: list[Region] = []
    for code in registry.files.regions():
        with suppress(CertxError):
            regions.append(registry.registry.regions[code])
    return regions
