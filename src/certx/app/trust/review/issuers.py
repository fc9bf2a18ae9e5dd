"""Review of the issuers, counters and keys that regions list: what is wrong, and what stands in two places."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from certx.app.trust.review.problem import TrustProblem
from certx.licence.divisions import province_of
from certx.licence.identifiers import CreditCode, IdentifierError
from certx.trust.counters import region_of_counter
from certx.trust.lifecycle import KeyPurpose
from certx.trust.registry import ISSUER_PREFIX, Counter, Issuer, ListedKey, Region, State, key_defect
from certx.trust.rehearsal import key_lists


def issuer_problems(
    issuer: Issuer, region: Region, known_types: AbstractSet[str]
) -> Iterator[tuple[str, str, Mapping[str, object]]]:
    """What is wrong with an issuer and its keys: where, the code of the words, and what fills them."""
    expected = ISSUER_PREFIX + issuer.credit_code
    if issuer.id != expected:
        yield f"{issuer.id}.id", "trust-issuer-id", {"expected": expected}
    try:
        CreditCode.parse(issuer.credit_code)
    except IdentifierError as error:
        yield f"{issuer.id}.creditCode", "trust-credit-code", {"defect": error.defect}
    if province_of(issuer.area) != region.code:
        yield f"{issuer.id}.area", "trust-area", {"area": issuer.area, "region": region.code}
    for name in sorted(issuer.types | {t for key in issuer.keys.values() for t in key.types or ()}):
        if name not in known_types:
            yield f"{issuer.id}.types", "trust-type", {"type": name}
    for use, keys in key_lists(issuer):
        for key in keys.values():
            for code, params in _key(key):
                yield f"{issuer.id}.{use}.{key.kid}", code, params
            if use is KeyPurpose.LOG and key.jwk.get("crv") != "Ed25519":
                yield f"{issuer.id}.{use}.{key.kid}", "trust-log-key", {}


def counter_problems(counter: Counter, region: Region) -> Iterator[tuple[str, str, Mapping[str, object]]]:
    """The same of a counter."""
    if region_of_counter(counter.id) != region.code:
        yield f"{counter.id}.id", "counter-id", {"counter": counter.id}
    for key in counter.request_keys.values():
        for code, params in _key(key):
            yield f"{counter.id}.{KeyPurpose.REQUESTS}.{key.kid}", code, params


def _key(key: ListedKey) -> Iterator[tuple[str, Mapping[str, object]]]:
    defect = key_defect(key)
    if defect is not None:
        yield defect.code, defect.params
    if key.valid_to is not None and key.valid_to <= key.valid_from:
        yield "trust-window", {}
    if key.state is not State.ACTIVE and key.since is None:
        yield "trust-window-open", {"state": key.state}


def listed_twice(regions: Sequence[Region]) -> Iterator[TrustProblem]:
    """Keys and issuers that stand in more than one place, told of their region."""
    yield from _shared_keys(regions)
    yield from _issuers_of_two(regions)


def _shared_keys(regions: Sequence[Region]) -> Iterator[TrustProblem]:
    """The same key under two names would meet a threshold of two by itself, or sign for two bodies or purposes."""
    first: dict[str, tuple[str, KeyPurpose]] = {}
    for region in regions:
        for owner in region.owners:
            for use, keys in key_lists(owner):
                for key in keys.values():
                    material = str(key.jwk.get("x"))
                    holder = first.setdefault(material, (owner.id, use))
                    if holder != (owner.id, use):
                        at = f"{owner.id}.{use}.{key.kid}"
                        yield TrustProblem(region.code, at, "trust-key-shared", {"first": holder[0]})


def _issuers_of_two(regions: Sequence[Region]) -> Iterator[TrustProblem]:
    seen: set[str] = set()
    for region in regions:
        for issuer in region.issuers:
            if issuer in seen:
                yield TrustProblem(region.code, issuer, "registry-issuer-twice", {"issuer": issuer})
            seen.add(issuer)
