"""A counter's requests for presentations: made, kept as long as they are open, and known again."""

import sys
from collections.abc import Mapping
from pathlib import Path
from secrets import token_bytes
from typing import Any, Final, NamedTuple

from certx.app.consuming import counter_store
from certx.app.files import replace_file
from certx.app.scenarios import query_for_wallets, region_in_use, scenario_named
from certx.app.sources import open_registry
from certx.app.stores import schemas
from certx.audit.uses import OpenRequest
from certx.carrier import is_file_format
from certx.errors import UsageError
from certx.evidence import Expectation
from certx.keys import Signer
from certx.keys.encoding import base64url
from certx.recognition.request import (
    MAX_CHARACTERS,
    MOST_MINUTES,
    NONCE_BYTES,
    Asked,
    Request,
    believe_request,
    make_request,
    read_request,
)
from certx.settings import Settings
from certx.trust.counters import COUNTER_PREFIX, counter_id
from certx.trust.folder import read_file
from certx.trust.registry import Counter, Registry

MINUTES: Final = 10
"""How long a request is open, unless something else is asked for."""
_SKEW: Final = 300
_LARGEST_PICTURE: Final = 4 * 1_048_576


class Asking(NamedTuple):
    """Who asks, and for how long: a counter of the accepting region, and the key that signs for it."""

    counter: Counter
    signer: Signer
    minutes: int = MINUTES


def asking_counter(settings: Settings, named: str | None, signer: Signer, *, minutes: int = MINUTES) -> Asking:
    """The counter of that id, or of that last part of one, or the one that lists the key; raises `UsageError`.

    What holders would refuse is refused here: a counter or a key that the region does not list.
    """
    if not 1 <= minutes <= MOST_MINUTES:
        raise UsageError("request-minutes", hint="request-minutes", minutes=minutes, maximum=MOST_MINUTES)
    region = region_in_use(settings)
    counters = open_registry(settings).registry.regions[region].counters
    if named is None:
        found = next((counter for counter in counters.values() if signer.kid in counter.request_keys), None)
    else:
        found = counters.get(named if named.startswith(COUNTER_PREFIX) else counter_id(region, named))
    if found is None:
        raise UsageError("counter-unknown", hint="counter-unknown", counter=named or signer.kid)
    if signer.kid not in found.request_keys:
        raise UsageError("counter-key", hint="counter-key", counter=found.id, kid=signer.kid)
    return Asking(found, signer, minutes)


def ask(settings: Settings, scenario_id: str, asking: Asking, *, now: float, for_wallets: bool = False) -> Request:
    """A new request of that counter, signed, and kept until it ends.

    Raises `UsageError` if the region has no such scenario, `RefusedError` if holders would not believe it.
    """
    _document, scenario = scenario_named(settings, scenario_id)
    if not scenario.is_current(now):
        raise UsageError("request-scenario-over", hint="scenario-not-listed", scenario=scenario_id)
    nonce, begins = base64url(token_bytes(NONCE_BYTES)), int(now)
    ends = begins + asking.minutes * 60
    draft = Request("", asking.counter.id, nonce, begins, ends, scenario.id, scenario.version)
    query: Mapping[str, Any] | None = query_for_wallets(scenario, schemas()) if for_wallets else None
    request = make_request(draft, asking.signer, query)
    believe_request(request, _registry(settings), now)
    store = counter_store(settings)
    try:
        store.open_request(OpenRequest(nonce, request.digest, scenario.id, asking.counter.id, begins, ends))
    finally:
        store.close()
    return request


def _registry(settings: Settings) -> Registry:
    return open_registry(settings).registry


def write_request(request: Request, out: Path | None, *, as_picture: bool) -> None:
    """Write a request to a file, as its text or as the picture of a QR code, or its text to stdout.

    Raises `EnvironmentFailureError` if that cannot be, or if the library for pictures is not installed.
    """
    if as_picture and out is not None:
        from certx.app.symbol_drawing import draw  # noqa: PLC0415 - of an extra

        replace_file(out, draw(request.text))
    elif out is not None:
        replace_file(out, f"{request.text}\n".encode("ascii"))
    else:
        sys.stdout.write(f"{request.text}\n")


def read_request_input(named: str) -> Request:
    """The request in a file, `-`, a picture of its QR code, or of that text itself; raises `CertxError`."""
    if named.startswith("eyJ"):
        return read_request(named)
    if named == "-":
        data = sys.stdin.buffer.read(_LARGEST_PICTURE) if sys.stdin is not None else b""
    else:
        data = read_file(Path(named), maximum=_LARGEST_PICTURE)
    if not is_file_format(data):
        return read_request(data[: MAX_CHARACTERS + 2].decode("ascii", "replace").strip())
    from certx.carrier.pictures import texts_in  # noqa: PLC0415 - its libraries cost 100 ms

    found = next((text for text in texts_in(data) if text is not None and text.startswith("eyJ")), "")
    return read_request(found)


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
    return expect_answer(found, given, now=now)


def expect_answer(request: OpenRequest | Request, given: Expectation, *, now: float) -> Expectation:
    """What an answer to that request must be bound to, and no older than it; raises `UsageError` on another matter."""
    for option, ours, other in (
        ("--scenario", request.scenario, given.scenario),
        ("--audience", request.counter, given.audience),
    ):
        if other not in {None, ours}:
            raise UsageError("options-apart", hint="usage", first="--request", second=option)
    return given._replace(
        nonce=request.nonce, audience=request.counter, scenario=request.scenario,
        max_age=max(now - request.issued_at, 0.0) + _SKEW,
        asked=Asked(request.expires, base64url(request.digest)),
    )  # fmt: skip
