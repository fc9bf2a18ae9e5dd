"""The holder's step: show some claims and no others, and prove possession of the holder key (RFC 9901, 7.2)."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

import orjson

from certx.credential.constants import ELEMENT, SD, TYP_KEY_BINDING
from certx.credential.errors import CredentialError
from certx.credential.parse import Unverified, parse
from certx.credential.reveal import digest_of, read_disclosures
from certx.keys.protocols import Signer
from certx.licence.paths import Path, format_path
from certx.reason import Reason

_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})


def select(credential: str, paths: Iterable[Path]) -> str:
    """The credential with only the Disclosures that these claims need.

    A path names a claim with all that is in it; -1 in it means each element of an array, positions count hidden
    elements too. What is always disclosed needs no path. Raises `CredentialError` if the credential is defective, is
    already bound to a verifier, or does not hold a claim (`claim-missing`).
    """
    held = parse(credential)
    if held.defect is not None:
        raise held.defect
    if held.key_binding is not None:  # RFC 9901, section 7.2: a holder does not pass on another's proof
        raise CredentialError(Reason.KEY_BINDING_MALFORMED)
    nodes = list(_nodes(held))
    shown: set[int] = set()
    for wanted in paths:
        if not any(len(path) == len(wanted) and _touches(path, wanted) for path, _ in nodes):
            raise CredentialError(Reason.CLAIM_MISSING, name=format_path(wanted))
        shown |= {index for path, index in nodes if index is not None and _touches(path, wanted)}
    issuer_signed = held.presented.partition("~")[0]
    kept = [text for index, text in enumerate(held.disclosures) if index in shown]
    return "~".join((issuer_signed, *kept, ""))


def disclosed_in(held: Unverified) -> list[Path]:
    """Where each claim or array element stands that is there because it was disclosed; `held` has no defect."""
    return [path for path, index in _nodes(held) if index is not None]


def bind(
    presentation: str,
    signer: Signer,
    *,
    audience: str,
    nonce: str,
    issued_at: int,
    more: Mapping[str, object] = _NOTHING,
) -> str:
    """The presentation with a KB-JWT for one verifier and one request (RFC 9901, section 4.3).

    `more` are further claims of the KB-JWT, under names that it does not use itself.
    """
    from certx.credential.jose import sign_compact  # noqa: PLC0415 - PyJWT costs 100 ms, and verifiers never bind

    held = parse(presentation)
    if held.revealed is None or held.key_binding is not None:
        raise CredentialError(Reason.KEY_BINDING_MALFORMED)
    claims = {
        **more,
        "iat": issued_at,
        "aud": audience,
        "nonce": nonce,
        "sd_hash": digest_of(presentation, held.revealed.hash_algorithm),
    }
    return presentation + sign_compact(orjson.dumps(claims), typ=TYP_KEY_BINDING, signer=signer)


def _touches(path: Path, wanted: Path) -> bool:
    """Is a Disclosure at `path` on the way to the wanted claim, or inside it?"""
    return all(other in {step, -1} for step, other in zip(path, wanted, strict=False))


_Node = tuple[Path, int | None]
"""A claim or array element that the holder has: where it stands, and the place of its Disclosure if it has one."""


def _nodes(held: Unverified) -> Iterator[_Node]:
    assert held.revealed is not None  # noqa: S101 - a defective credential was turned away
    algorithm = held.revealed.hash_algorithm
    contents = read_disclosures(held.disclosures)
    by_digest = {digest_of(text, algorithm): (index, contents[index]) for index, text in enumerate(held.disclosures)}
    yield from _walk(held.jws.payload, (), by_digest)


def _walk(
    value: Any,  # noqa: ANN401 - any JSON value
    path: Path,
    by_digest: Mapping[str, tuple[int, list[Any]]],
) -> Iterator[_Node]:
    if isinstance(value, dict):
        for digest in value.get(SD, ()):
            if digest in by_digest:
                index, (_, name, inner) = by_digest[digest]
                yield (*path, name), index
                yield from _walk(inner, (*path, name), by_digest)
        for name, inner in value.items():
            if name != SD:
                yield (*path, name), None
                yield from _walk(inner, (*path, name), by_digest)
    elif isinstance(value, list):
        for position, element in enumerate(value):
            index = None
            if isinstance(element, dict) and ELEMENT in element:
                if element[ELEMENT] not in by_digest:
                    continue
                index, (_, element) = by_digest[element[ELEMENT]]
            yield (*path, position), index
            yield from _walk(element, (*path, position), by_digest)
