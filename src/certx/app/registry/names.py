"""Names of regions, licence types, issuers, agreements and matters, as the registry at hand has them."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from certx.app.registry.sources import LocalSources
from certx.errors import CertxError
from certx.i18n import Language
from certx.i18n.names import Named
from certx.recognition.agreement import Agreement
from certx.recognition.published import SUFFIX, Filing, read_filing

_KEPT: Final = 1_024
_BRACKETS: Final[Mapping[str, str]] = {"zh": "{}（{}）", "en": "{} ({})"}


class RegistryNames:
    """Names by these sources; of what they do not know, or cannot read, the code."""

    def __init__(self, sources: LocalSources) -> None:
        self._sources = sources
        self._kept = lru_cache(maxsize=_KEPT)(self._find)

    def name(self, kind: Named, code: str, language: Language) -> str:
        """What people call it."""
        return self._kept(kind, code, language)

    def _find(self, kind: Named, code: str, language: Language) -> str:
        try:
            match kind:
                case Named.REGION:
                    return self._region(code, language)
                case Named.TYPE:
                    schema = self._sources.latest_schema(code)
                    return str(getattr(schema.label, language)) if schema is not None else code
                case Named.ISSUER:
                    registry = self._sources.registry
                    issuer = registry.find(code, None).issuer if registry is not None else None
                    return issuer.name.get(language, code) if issuer is not None else code
                case Named.AGREEMENT:
                    return _with_code(self._agreement(code), code, language)
                case Named.SCENARIO:
                    return _with_code(self._scenario(code), code, language)
        except CertxError:
            return code

    def _region(self, code: str, language: Language) -> str:
        """As the registry calls it, else the table of divisions: a stranger's region is no part of any registry."""
        registry = self._sources.registry
        try:
            if registry is not None and code in registry.regions:
                return registry.regions[code].name.get(language, code)
        except CertxError:  # nobody vouches for it just now
            pass
        division = self._sources.catalogue.divisions.get(code)
        return str(getattr(division, language)) if division is not None else code

    def _agreement(self, code: str) -> Mapping[str, str]:
        """The title of an agreement that our own region published."""
        region, files = self._sources.region, self._sources.files
        if region is None or files is None:
            return {}
        found = read_filing(files, Filing(code + SUFFIX, (region,)), {})
        return found.title if isinstance(found, Agreement) else {}

    def _scenario(self, code: str) -> Mapping[str, str]:
        """What our own region calls a matter."""
        region = self._sources.region
        found = self._sources.scenario(region, code) if region is not None else None
        return {} if found is None or isinstance(found, CertxError) else found.name


def _with_code(names: Mapping[str, str], code: str, language: Language) -> str:
    """A name in this language, else in any, and the code that commands ask for."""
    name = names.get(language) or next(iter(names.values()), "")
    return _BRACKETS[language].format(name, code) if name else code
