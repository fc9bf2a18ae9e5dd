"""Presenting on the holder's machine: the request believed, the credentials read, the scenario looked up."""

import sys
from collections.abc import Sequence
from hashlib import sha256
from itertools import islice
from pathlib import Path as File
from typing import Final, NamedTuple

import orjson

from certx.app.carrier.request_files import read_request_input
from certx.app.machine.files import replace_file
from certx.app.registry.sources import LocalSources
from certx.app.verifying.inputs import open_inputs
from certx.carrier.symbols import read as read_symbol
from certx.carrier.symbols import version_of
from certx.carrier.symbols import write as write_symbols
from certx.carrier.text import is_symbol
from certx.credential.errors import CredentialError
from certx.errors import RefusedError, UnreadableError, UsageError
from certx.keys.encoding import base64url
from certx.licence.paths import Path, parse_path
from certx.present import Offer, Presentation, Purpose, choose
from certx.reason import Reason, Result
from certx.recognition.request import believe_request
from certx.recognition.scenario import Scenario, scenario_file, scenario_of
from certx.trust.counters import ListedCounter, region_of_counter
from certx.trust.freshness import check_freshness
from certx.trust.roles import roles_behind

_MOST: Final = 16
"""Credentials of one presentation: a scenario asks for no more."""


class Wanted(NamedTuple):
    """What the holder said: which request, or who asks for what with which nonce; which queries, what more to show."""

    request: str | None = None
    scenario: str | None = None
    audience: str | None = None
    nonce: str | None = None
    queries: Sequence[str] = ()
    more: Sequence[str] = ()


class Prepared(NamedTuple):
    """All that the holder is to agree to. `counter` and `expires` are `None` where no signed request was given."""

    offers: Sequence[Offer]
    purpose: Purpose
    scenario: Scenario
    counter: ListedCounter | None
    expires: int | None


def prepare(inputs: Sequence[str], wanted: Wanted, sources: LocalSources, *, now: float) -> Prepared:
    """What would be shown, to whom and what for; raises `CertxError`.

    A request is believed only if a counter that the registry lists signed it, and if the registry is recent enough to
    say so.
    """
    more = [path_given(text) for text in wanted.more]
    credentials = read_credentials(inputs, sources)
    if wanted.request is not None:
        if wanted.scenario or wanted.audience or wanted.nonce:
            raise UsageError("options-apart", hint="usage", first="--request", second="--scenario")
        asked = _believed(wanted.request, sources, now)
    elif wanted.scenario and wanted.audience and wanted.nonce:
        code = region_of_counter(wanted.audience) or sources.region
        scenario = _scenario(sources, code, wanted.scenario)
        asked = Prepared((), Purpose(wanted.audience, wanted.nonce, scenario.id), scenario, None, None)
    else:
        raise UsageError("present-for-whom", hint="present-for-whom")
    return asked._replace(offers=choose(credentials, asked.scenario, queries=wanted.queries, more=more))


def _believed(named: str, sources: LocalSources, now: float) -> Prepared:
    """What a request asks for, nothing chosen yet."""
    request = read_request_input(named)
    registry = sources.registry
    if registry is None:
        raise sources.registry_error or UsageError("registry-not-set", hint="registry-not-set")
    listed = believe_request(request, registry, now)
    code = listed.region.code
    roles = roles_behind(code, code, has_status=False)
    expiries = {role: end for role in roles if (end := registry.expiries.get(role)) is not None}
    if check_freshness(registry, expiries, sources.limits, now).result is Result.UNDETERMINED:
        raise RefusedError("request-registry-old", hint="request-registry-old")
    scenario = _scenario(sources, code, request.scenario)
    if _digest(sources, code, request.scenario) != request.scenario_digest:
        raise RefusedError(
            "request-scenario-version", hint="request-registry-old",
            scenario=scenario.id, ours=scenario.version, version=request.version,
        )  # fmt: skip
    purpose = Purpose(request.counter, request.nonce, scenario.id, request.digest)
    return Prepared((), purpose, scenario, listed, request.expires)


def _digest(sources: LocalSources, region: str, scenario_id: str) -> str | None:
    """SHA-256 of the file of a region's scenario, in base64url."""
    found = None if sources.files is None else scenario_file(sources.files, region, scenario_id)
    return None if found is None else base64url(sha256(found[1]).digest())


def _scenario(sources: LocalSources, region: str | None, scenario_id: str) -> Scenario:
    files = sources.files
    if files is None:
        raise sources.registry_error or UsageError("registry-not-set", hint="registry-not-set")
    found = None if region is None else scenario_of(files, region, scenario_id)
    if found is None:
        raise UsageError("scenario-not-listed", hint="scenario-not-listed", scenario=scenario_id, region=region or "?")
    return found


def path_given(text: str) -> Path:
    """A path as somebody wrote it; raises `UsageError`."""
    try:
        return parse_path(text)
    except ValueError as error:
        raise UsageError("present-path", hint="present-path", text=text) from error


def read_credentials(inputs: Sequence[str], sources: LocalSources) -> list[str]:
    """The text of each credential, symbols unpacked; raises `CertxError` for one that cannot be read."""
    found = []
    for item in islice(open_inputs(inputs), _MOST + 1):
        carried = item.read()
        if carried.text is None:
            raise carried.error or CredentialError(Reason.UNREADABLE_EMPTY)
        found.append(read_symbol(carried.text, sources.dictionary) if is_symbol(carried.text) else carried.text)
    if len(found) > _MOST:
        raise UsageError("present-too-many", maximum=_MOST)
    return found


def answer_of(presentations: Sequence[Presentation], scenario: Scenario) -> str | dict[str, list[str]]:
    """An answer as it travels: one presentation as it is, and by its query where a matter takes several licences.

    The latter is `vp_token` (OpenID4VP 1.0, section 8.1).
    """
    if len(scenario.queries) > 1:
        return {presentation.query: [presentation.text] for presentation in presentations}
    return "".join(presentation.text for presentation in presentations)


def symbols_of(presentation: Presentation, sources: LocalSources) -> list[int]:
    """The versions of the QR codes that it takes; none if it is too large for them."""
    try:
        return [version_of(text) for text in write_symbols(presentation.text, sources.dictionary)]
    except UnreadableError:
        return []


def write_answer(answer: str | dict[str, list[str]], out: File | None) -> None:
    """Write an answer to a file or to stdout; raises `EnvironmentFailureError`."""
    data = answer.encode("ascii") if isinstance(answer, str) else orjson.dumps(answer)
    if out is None:
        sys.stdout.buffer.write(data + b"\n")
    else:
        replace_file(out, data + b"\n", mode=0o600)
