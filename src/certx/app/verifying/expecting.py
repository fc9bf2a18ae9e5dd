"""What an answer to a request of this counter must be bound to."""

from typing import Final

from certx.app.carrier.request_files import read_request_input
from certx.app.verifying.consuming import counter_store
from certx.audit.uses import OpenRequest
from certx.credential.constants import CLOCK_SKEW
from certx.errors import UsageError
from certx.evidence import Expectation
from certx.keys.encoding import base64url
from certx.recognition.request import Asked
from certx.settings import Settings

MINUTES: Final = 10
"""How long a request is open, unless something else is asked for."""


def expected_answer(settings: Settings, named: str | None, given: Expectation, *, now: float) -> Expectation:
    """What an answer to a request of this counter must be bound to; `named` is its file, else its nonce is `given`.

    A nonce that is not one of this counter's requests is what another program asked with: the answer must not be older
    than a request may be by default. Raises `UsageError` if the request is not one of ours, or not what was given.
    """
    nonce = given.nonce
    if named is not None:
        request = read_request_input(named)
        if nonce not in {None, request.nonce}:
            raise UsageError("options-apart", hint="usage", first="--request", second="--nonce")
        nonce = request.nonce
    assert nonce is not None  # noqa: S101 - one of both was given
    store = counter_store(settings)
    try:
        found = store.find_request(nonce)
    finally:
        store.close()
    if named is not None and (found is None or found.digest != request.digest):
        raise UsageError("request-not-ours", hint="request-not-ours", counter=request.counter)
    if found is None:
        return given._replace(max_age=MINUTES * 60)
    return expect_answer(found, given, now=now, by="--nonce" if named is None else "--request")


def expect_answer(request: OpenRequest, given: Expectation, *, now: float, by: str = "--request") -> Expectation:
    """What an answer to that request must be bound to, and no older than it; raises `UsageError` on another matter.

    `by`: the option that named the request.
    """
    for option, ours, other in (
        ("--scenario", request.scenario, given.scenario),
        ("--audience", request.counter, given.audience),
    ):
        if other not in {None, ours}:
            raise UsageError("options-apart", hint="usage", first=by, second=option)
    return given._replace(
        nonce=request.nonce, audience=request.counter, scenario=request.scenario,
        max_age=max(now - request.issued_at, 0.0) + CLOCK_SKEW,
        asked=Asked(request.expires, base64url(request.digest), request.document),
    )  # fmt: skip
