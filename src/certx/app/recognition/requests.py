"""A counter's requests for presentations: made, signed, and kept as long as they are open."""

from collections.abc import Mapping
from hashlib import sha256
from secrets import token_bytes
from typing import Any, NamedTuple

from certx.app.machine.shipped import schemas
from certx.app.recognition.scenarios import query_for_wallets, region_in_use, scenario_data
from certx.app.registry.sources import open_registry
from certx.app.verifying.consuming import counter_store
from certx.app.verifying.expecting import MINUTES
from certx.audit.uses import OpenRequest
from certx.errors import UsageError
from certx.keys import Signer
from certx.keys.encoding import base64url
from certx.recognition.request import (
    MOST_MINUTES,
    NONCE_BYTES,
    Request,
    believe_request,
    make_request,
)
from certx.recognition.scenario import scenario_in
from certx.settings import Settings
from certx.trust.counters import COUNTER_PREFIX, counter_id
from certx.trust.registry import Counter


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
    regions = open_registry(settings).registry.regions
    counters = regions[region].counters if region in regions else {}
    if named is None:
        found = next((counter for counter in counters.values() if signer.kid in counter.request_keys), None)
    else:
        found = counters.get(named if named.startswith(COUNTER_PREFIX) else counter_id(region, named))
    if found is None:
        raise UsageError("counter-unknown", hint="counter-unknown", counter=named or signer.kid)
    if signer.kid not in found.request_keys:
        raise UsageError("counter-key", hint="counter-key", counter=found.id, kid=signer.kid)
    return Asking(found, signer, minutes)


def ask(
    settings: Settings, scenario_id: str, asking: Asking, *, now: float, for_wallets: bool = False
) -> tuple[Request, OpenRequest]:
    """A new request of that counter, signed, and what is kept of it until it ends.

    Raises `UsageError` if the region has no such scenario, `RefusedError` if holders would not believe it.
    """
    document = scenario_data(settings, scenario_id)
    scenario = scenario_in(document)
    if not scenario.is_current(now):
        raise UsageError("request-scenario-over", hint="scenario-not-listed", scenario=scenario_id)
    nonce, begins = base64url(token_bytes(NONCE_BYTES)), int(now)
    ends = begins + asking.minutes * 60
    asked_by = base64url(sha256(document).digest())
    draft = Request("", asking.counter.id, nonce, begins, ends, scenario.id, scenario.version, asked_by)
    query: Mapping[str, Any] | None = query_for_wallets(scenario, schemas()) if for_wallets else None
    request = make_request(draft, asking.signer, query)
    believe_request(request, open_registry(settings).registry, now)
    kept = OpenRequest(nonce, request.digest, scenario.id, asking.counter.id, begins, ends, document)
    store = counter_store(settings)
    try:
        store.open_request(kept)
    finally:
        store.close()
    return request, kept
