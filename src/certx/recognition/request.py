"""Requests for presentations: made and signed by a counter, believed by a holder if the counter is listed.

A JWT-secured authorization request (RFC 9101) as OpenID4VP has it: `client_id` is the id of the counter, `nonce` has
128 bits, and what is asked for is a scenario of the counter's region; for wallets that do not know it, DCQL too.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final, NamedTuple

from certx.credential.constants import CLOCK_SKEW
from certx.credential.errors import CredentialError
from certx.credential.jws import encode_segment, parse_jws, sign_jws
from certx.errors import DocumentError, RefusedError
from certx.keys import Signer
from certx.keys.encoding import base64url
from certx.reason import Finding, Reason, failed, passed
from certx.trust.counters import ListedCounter, find_counter
from certx.trust.registry import Registry, key_defect

TYPE: Final = "oauth-authz-req+jwt"
MAX_CHARACTERS: Final = 32_768
MOST_MINUTES: Final = 1_440
"""How long a request may be open."""
NONCE_BYTES: Final = 16
CHECK: Final = "request"


class Request(NamedTuple):
    """What a counter asks, and the text that says so; nothing of it is proven. Times are Unix seconds."""

    text: str
    counter: str
    nonce: str
    issued_at: int
    expires: int
    scenario: str
    version: int
    scenario_digest: str = ""
    """SHA-256 of the file of the scenario, in base64url: by which text of it the answer is judged."""

    @property
    def digest(self) -> bytes:
        """SHA-256 of the text."""
        return sha256(self.text.encode("ascii")).digest()


class Asked(NamedTuple):
    """A request that a verifier made, for its checks: until when it is open, and its digest in base64url.

    `document`: the file of the scenario as it was then, by which the answer is judged; `None`: that of today.
    """

    expires: int
    digest: str
    document: bytes | None = None


def make_request(request: Request, signer: Signer, query: Mapping[str, Any] | None = None) -> Request:
    """The request with its text, signed; `query` is what it asks for in DCQL, for wallets."""
    header = encode_segment({"alg": signer.algorithm, "typ": TYPE, "kid": signer.kid})
    claims: dict[str, Any] = {
        "client_id": request.counter, "nonce": request.nonce, "iat": request.issued_at, "exp": request.expires,
        "scenario": request.scenario, "version": request.version, "scenario_digest": request.scenario_digest,
    }  # fmt: skip
    if query is not None:
        claims |= {"aud": "https://self-issued.me/v2", "response_type": "vp_token", "dcql_query": query}
    return request._replace(text=sign_jws(header, claims, signer))


def read_request(text: str) -> Request:
    """The request of a text; raises `DocumentError` if it is none."""
    try:
        if len(text) > MAX_CHARACTERS:
            raise ValueError("size")  # noqa: TRY301 - told like every other defect of form
        jws = parse_jws(text)
        if jws.header.get("typ") != TYPE or "crit" in jws.header:
            raise ValueError("typ")  # noqa: TRY301 - likewise
        claims = jws.payload
        texts = [_need(claims, name, str) for name in ("client_id", "nonce", "scenario", "scenario_digest")]
        numbers = [_need(claims, name, int) for name in ("iat", "exp", "version")]
    except (CredentialError, KeyError, ValueError) as error:
        raise DocumentError("request-form", hint="request-form", detail=str(error)) from error
    return Request(text, texts[0], texts[1], numbers[0], numbers[1], texts[2], numbers[2], texts[3])


def _need(claims: Mapping[str, Any], name: str, kind: type) -> Any:  # noqa: ANN401 - checked right here
    value = claims[name]
    if type(value) is not kind:
        raise ValueError(name)
    return value


def believe_request(request: Request, registry: Registry, now: float) -> ListedCounter:
    """The counter that signed a request, as its region lists it.

    Raises `RefusedError` if none did, if its key is not in good standing, or if the request is not open at `now`.
    """
    jws = parse_jws(request.text)
    kid = jws.header.get("kid")
    listed = find_counter(registry, request.counter, kid) if isinstance(kid, str) else None
    if listed is None or listed.key is None:
        raise RefusedError("request-unlisted", hint="request-unlisted", counter=request.counter)
    key = listed.key
    if key_defect(key) is not None or not key.is_trusted_at(request.issued_at) or not key.is_trusted_at(now):
        raise RefusedError("request-key", hint="request-unlisted", counter=request.counter, state=key.state)
    if jws.header.get("alg") not in key.public.algorithms or not key.public.verify(jws.signature, jws.signing_input):
        raise RefusedError("request-signature", hint="request-unlisted", counter=request.counter)
    if now >= request.expires:
        raise RefusedError("request-over", hint="request-over", at=request.expires)
    span = request.expires - request.issued_at
    if request.issued_at > now + CLOCK_SKEW or not 0 < span <= MOST_MINUTES * 60:
        raise RefusedError("request-times", hint="request-times", at=request.issued_at)
    return listed


def bound_claims(request_digest: bytes | None, scenario: str, query: str) -> dict[str, str]:
    """What a holder's proof says beside audience and nonce: the matter, the query that it answers, the request."""
    said = {"scenario": scenario, "query": query}
    return said if request_digest is None else {**said, "request": base64url(request_digest)}


def check_request(
    asked: Asked | None, ours: Mapping[str, str | None], binding: Mapping[str, Any], now: float
) -> Finding:
    """Is the request still open, and is it what the holder's proof (`binding`) says that it answers?

    `ours` has what such a proof says (see `bound_claims`) as this counter has it, `None` where it knows nothing of it.
    Wallets that do not know our requests bind to audience and nonce alone, which no other request has.
    """
    if asked is not None and now >= asked.expires:
        return failed(CHECK, Reason.REQUEST_EXPIRED, at=asked.expires)
    if any(value is not None and binding.get(name, value) != value for name, value in ours.items()):
        return failed(CHECK, Reason.REQUEST_OF_ANOTHER)
    return passed(CHECK)
