"""START HERE for the holder's step: credentials → what a matter asks of each → presentations, bound to one request.

    credentials → choose(scenario) → Offer* → (the holder consents) → answer → Presentation*

Nothing is shown that the matter does not require, unless the holder adds what it allows.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from certx.credential.constants import ENVELOPE_CLAIMS
from certx.credential.errors import CredentialError
from certx.credential.parse import parse
from certx.credential.present import bind, disclosed_in, select
from certx.errors import KeyFailureError, RefusedError, UsageError
from certx.keys import Signer
from certx.keys.jwk import thumbprint
from certx.licence.paths import Path, format_path
from certx.reason import Reason
from certx.recognition.query import Query, has
from certx.recognition.request import bound_claims
from certx.recognition.scenario import Scenario
from certx.schema.catalogue import split_vct


class Purpose(NamedTuple):
    """Whom a presentation is for: who asked, with which nonce, in which matter, by which request (SHA-256)."""

    audience: str
    nonce: str
    scenario: str
    request: bytes | None = None


class Offer(NamedTuple):
    """What would be shown of one credential, and which query that answers.

    `claims` are those of the licence that whoever it is shown to will see; `chosen` are the paths of those that are
    shown by choice, the others are in every presentation. `holder` is the kid of the holder's key, `None` if the
    credential names none.
    """

    query: Query
    licence_type: str
    presentation: str
    claims: Mapping[str, Any]
    chosen: frozenset[Path]
    holder: str | None


class Presentation(NamedTuple):
    """An SD-JWT+KB, or, where the matter does not need a proof and its key is not at hand, an SD-JWT."""

    query: str
    text: str


def choose(
    credentials: Sequence[str], scenario: Scenario, *, queries: Sequence[str] = (), more: Sequence[Path] = ()
) -> list[Offer]:
    """For each query (those of `queries`, else all) the first of the credentials that fits and was not taken yet.

    `more`: claims to show beside the required ones. Raises `UsageError` if a credential fits nothing, `RefusedError`
    if the matter does not allow one of `more`, and `CredentialError` as `select` does, and if it is of no licence type.
    """
    for query_id in queries:
        if query_id not in scenario.queries:
            known = ", ".join(scenario.queries)
            raise UsageError("present-query", hint="present-query", query=query_id, known=known)
    waiting = [(text, _type_of(text)) for text in credentials]
    offers: list[Offer] = []
    for query in scenario.queries.values():
        if queries and query.id not in queries:
            continue
        fitting = next((one for one in waiting if one[1] in query.types), None)
        if fitting is not None:
            waiting.remove(fitting)
            offers.append(_offer(*fitting, query, more))
    if waiting:
        types = ", ".join(sorted(scenario.types))
        raise UsageError("present-fits-nothing", hint="present-query", type=waiting[0][1], types=types)
    return offers


def _type_of(text: str) -> str:
    named = split_vct(parse(text).claims.get("vct"))
    if named is None:
        raise CredentialError(Reason.VCT_MISSING)
    return named[0]


def _offer(text: str, licence_type: str, query: Query, more: Sequence[Path]) -> Offer:
    needless = query.over_disclosed(more)
    if needless:
        names = ", ".join(sorted(map(format_path, needless)))
        raise RefusedError("present-not-allowed", hint="present-not-allowed", names=names)
    presentation = select(text, [*query.requires, *more])
    shown = parse(presentation)
    claims = {name: value for name, value in shown.claims.items() if name not in ENVELOPE_CLAIMS and has(value, ())}
    return Offer(query, licence_type, presentation, claims, frozenset(disclosed_in(shown)), _holder_of(shown.claims))


def _holder_of(claims: Mapping[str, Any]) -> str | None:
    confirmation = claims.get("cnf")
    jwk = confirmation.get("jwk") if isinstance(confirmation, dict) else None
    try:
        return thumbprint(jwk) if isinstance(jwk, dict) else None
    except (KeyError, TypeError, KeyFailureError):
        return None


def answer(
    offers: Sequence[Offer], purpose: Purpose, signer_of: Callable[[str], Signer | None], *, issued_at: int
) -> Iterator[Presentation]:
    """The presentations, each with a proof by the key that its credential names; `signer_of` has them by kid.

    Raises `KeyFailureError` if the matter needs a proof, and the credential names no key or one that is not at hand.
    """
    for offer in offers:
        signer = None if offer.holder is None else signer_of(offer.holder)
        if signer is None:
            if offer.query.holder_binding:
                code = "present-no-key" if offer.holder is None else "present-other-key"
                raise KeyFailureError(code, hint=code, type=offer.licence_type, kid=offer.holder)
            yield Presentation(offer.query.id, offer.presentation)
            continue
        text = bind(
            offer.presentation, signer,
            audience=purpose.audience, nonce=purpose.nonce, issued_at=issued_at,
            more=bound_claims(purpose.request, purpose.scenario, offer.query.id),
        )  # fmt: skip
        yield Presentation(offer.query.id, text)
