"""Presenting for every scenario in `keys/`: how long the holder's and the verifier's steps take, how large answers are.

    python bench/presenting.py [--rounds 40]

Wall time in one process, what is put down in the counter's store included. An answer to a scenario of several
licences is all of them. The scenarios are without their conditions on ages, which an unsigned registry cannot meet. It
fails if a half of the presentations or of the verdicts takes more than its limit.
"""

import argparse
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, NamedTuple

import orjson

from certx.app.counter.session import Counter
from certx.app.machine.clock import now
from certx.app.recognition.requests import Asking, asking_counter
from certx.app.recognition.scenarios import scenarios_in_use
from certx.app.registry.sources import LocalSources
from certx.app.trust.founding import Keeper, add_counter, add_issuer
from certx.app.trust.key_life import add_key
from certx.app.verifying.inputs import Item
from certx.carrier import Carried
from certx.carrier.symbols import version_of, write
from certx.credential.sdjwt import random_salts
from certx.issue import HOLDER_KEY, IssuePlan
from certx.keys import Signer, new_signer
from certx.licence.check_digits import credit_check, organisation_check
from certx.licence.model import day_of, time_text
from certx.present import Purpose, answer, choose
from certx.recognition.request import Request
from certx.recognition.scenario import Scenario
from certx.schema.catalogue import require
from certx.schema.files import shipped_schemas
from certx.schema.rules import Context
from certx.settings import Settings, load_settings
from certx.trust.lifecycle import KeyPurpose

ROOT = Path(__file__).resolve().parents[1]
REGION = "500000"
_BODY = "11500000MB9X0A09"
"""Of the credit code of an issuer that `keys/` does not have, without its check characters."""
_FILLED_IN = frozenset(
    {"certificateName", "certificateIdentifier", "issuingAuthorityName", "issuingAuthorityCode", "areaCode"}
)
PRESENT_LIMIT, VERIFY_LIMIT = 5.0, 15.0
"""Milliseconds that half of the answers may take."""


class Bench(NamedTuple):
    """A counter that asks, and a holder who has two licences of every type."""

    counter: Counter
    holder: Signer
    cards: dict[str, list[str]]


def found(folder: Path) -> Bench:
    """The registry of `keys/` with one more issuer, of every type, and a counter that may ask."""
    registry, moment = folder / "registry", now()
    shutil.copytree(ROOT / "keys", registry)
    for path in [*registry.rglob("scenario-*.json"), *registry.rglob("scenarios/*.json")]:
        path.write_bytes(orjson.dumps(without_conditions(orjson.loads(path.read_bytes()))))
    issuer, hall, holder = new_signer("ES256"), new_signer("ES256"), new_signer("ES256")
    types = [str(name) for name in shipped_schemas().types()]
    name = {"zh": "测试局(虚构)", "en": "Test Bureau (fictional)"}
    code = _BODY + organisation_check(_BODY[8:])
    code += credit_check(code)
    add_issuer(registry, REGION, code, name=name, area=REGION, types=types)
    add_key(registry, code, Keeper("issuer", issuer.public_jwk), time_text(moment - 60), now=moment)
    _path, counter = add_counter(registry, REGION, "hall", name=name)
    since = time_text(moment - 60)
    add_key(registry, counter, Keeper("hall", hall.public_jwk), since, use=KeyPurpose.REQUESTS, now=moment)
    (folder / "certx.toml").write_text(f'region = "{REGION}"\nregistry = "registry"\n', encoding="utf-8")
    settings = load_settings({"CERTX_HOME": str(folder)})
    cards = {name: [issue(settings, code, name, issuer, holder) for _ in range(2)] for name in types}
    asking: Asking = asking_counter(settings, "hall", hall)
    return Bench(Counter(settings, asking=asking), holder, cards)


def without_conditions(scenario: dict[str, Any]) -> dict[str, Any]:
    """A scenario that asks for no ages."""
    kept = {name: value for name, value in scenario.items() if name != "conditions"}
    if "credentials" in kept:
        kept["credentials"] = [without_conditions(query) for query in kept["credentials"]]
    return kept


def issue(settings: Settings, code: str, name: str, issuer: Signer, holder: Signer) -> str:
    """A licence of a type: its fullest example."""
    sources, schema = LocalSources(settings, now=now()), require(shipped_schemas(), name)
    assert sources.registry is not None  # noqa: S101 - it was just written
    document = orjson.loads((ROOT / "schemas" / name / "valid" / "full.json").read_bytes())
    filled_in = _FILLED_IN | {derivation.claim for derivation in schema.derivations}
    row = {claim: value for claim, value in document.items() if claim not in filled_in}
    context = Context(day_of(now()), shipped_schemas())
    body = sources.registry.issuer_named(code)
    plan = IssuePlan(schema, body, issuer, salts=random_salts(), context=context)
    draft = plan.draft({**row, HOLDER_KEY: holder.public_jwk}, serial="BENCH0001", issued_at=int(now()))
    return plan.sign(draft, licence_id=draft.licence_id, issued_at=int(now())).credential


def present(bench: Bench, scenario: Scenario, request: Request) -> list[str]:
    """The holder's step, as `certx present` takes it once the request is believed."""
    queries = scenario.queries.values()
    cards = [bench.cards[min(query.types)][number % 2] for number, query in enumerate(queries)]
    purpose = Purpose(request.counter, request.nonce, scenario.id, request.digest)
    made = answer(choose(cards, scenario), purpose, {bench.holder.kid: bench.holder}.get, issued_at=int(now()))
    return [one.text for one in made]


def timed(seconds: list[float], act: Callable[[], list[str]]) -> list[str]:
    """What an act gives; how long it took is noted."""
    start = perf_counter()
    result = act()
    seconds.append(perf_counter() - start)
    return result


def judge(bench: Bench, texts: list[str]) -> list[str]:
    """The verifier's step."""
    items = [Item(str(number), 1, Carried(1, text)) for number, text in enumerate(texts)]
    shown = bench.counter.show(items, now=now())
    return [str(one.verdict and one.verdict.outcome) for one in shown.answers]


def play(bench: Bench, scenarios: list[Scenario], rounds: int) -> Iterator[str]:
    """Lines of the report; exits where a step is slower than its limit."""
    presenting, verifying = list[float](), list[float]()
    yield f"{'scenario':36} {'licences':>8} {'characters':>10} {'packed into QR versions'}"
    for scenario in scenarios:
        bench.counter.scenario = scenario.id
        texts = list[str]()
        for _ in range(rounds):
            request = bench.counter.ask(now=now())
            texts = timed(presenting, lambda: present(bench, scenario, request))  # noqa: B023 - called at once
            outcomes = timed(verifying, lambda: judge(bench, texts))  # noqa: B023 - likewise
            assert not {"invalid", "undetermined"} & set(outcomes), (scenario.id, outcomes)  # noqa: S101
        dictionary = bench.counter.sources(now()).dictionary
        versions = [version_of(symbol) for text in texts for symbol in write(text, dictionary)]
        yield f"{scenario.id:36} {len(texts):8} {sum(map(len, texts)):10} {', '.join(map(str, versions))}"
    for name, seconds, limit in (("present", presenting, PRESENT_LIMIT), ("verify", verifying, VERIFY_LIMIT)):
        ordered = sorted(seconds)
        middle, late = ordered[len(ordered) // 2] * 1e3, ordered[int(len(ordered) * 0.99)] * 1e3
        yield f"{name}: p50 {middle:.2f} ms, p99 {late:.2f} ms, of {len(ordered)} answers"
        if middle > limit:
            sys.exit(f"{name}: half of them took more than {limit} ms")
    yield f"a request: {len(request.text)} characters"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        bench = found(Path(folder))
        listed = [one.scenario for one in scenarios_in_use(bench.counter.settings)]
        scenarios = [one for one in listed if isinstance(one, Scenario)]
        for line in play(bench, scenarios, arguments.rounds):
            print(line, flush=True)
        bench.counter.close(now=now())


main()
