"""What codes are called: people read names, JSON and the log keep the codes."""

from collections.abc import Iterator, Mapping
from enum import Enum, auto
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Protocol

from certx.reason import Reason

if TYPE_CHECKING:
    from certx.i18n import Language


class Named(Enum):
    """What a code is of."""

    REGION = auto()
    TYPE = auto()
    ISSUER = auto()
    AGREEMENT = auto()
    SCENARIO = auto()


class Names(Protocol):
    """Knows names."""

    def name(self, kind: Named, code: str, language: "Language") -> str:
        """What people call it; the code itself where no name is known, and beside one that commands ask for."""


_KINDS: Final[Mapping[str, Named]] = {
    "region": Named.REGION,
    "issued_in": Named.REGION,
    "accepted_in": Named.REGION,
    "type": Named.TYPE,
    "types": Named.TYPE,
    "issuer": Named.ISSUER,
    "agreement": Named.AGREEMENT,
    "scenario": Named.SCENARIO,
    "scenarios": Named.SCENARIO,
}
_KINDS_OF: Final[Mapping[str, Mapping[str, Named]]] = {
    Reason.REGION_SUSPENDED: {"name": Named.REGION},
    Reason.ISSUER_SUSPENDED: {"name": Named.ISSUER},
    Reason.AGREEMENT_WITHDRAWN: {**_KINDS, "by": Named.REGION},
    Reason.AGREEMENT_SUPERSEDED: {**_KINDS, "by": Named.AGREEMENT},
}
"""Where a reason has parameters of its own."""
_COMMAS: Final[Mapping[str, str]] = MappingProxyType({"zh": "、", "en": ", "})


def named(
    reason: str, params: Mapping[str, object], names: Names | None, language: "Language"
) -> Iterator[tuple[str, str]]:
    """Those parameters of a reason that are codes with a name, by that; without `names`, as they are."""
    kinds = _KINDS_OF.get(reason, _KINDS)
    for param, value in params.items():
        kind = kinds.get(param)
        if kind is not None:
            codes = str(value)
            if names is not None:  # several are parted by commas
                codes = _COMMAS[language].join(names.name(kind, code, language) for code in codes.split(", "))
            yield param, codes
