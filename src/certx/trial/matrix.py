"""Which licences are recognised where, for which matters: region × region × type and version × matter."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple

from certx.checks import check_matter, check_recognised
from certx.errors import CertxError
from certx.evidence import Evidence
from certx.reason import Finding, Outcome, Reason
from certx.recognition.agreement import Agreement, UnreadAgreement
from certx.recognition.scenario import Scenario
from certx.recognition.snapshot import Published
from certx.trial.sample import EXPECTATION, Sample
from certx.trust.registry import Listing, Region
from certx.verdict import judge

_OF_THE_SAMPLE: Final = frozenset({Reason.REMAINING_TOO_SHORT, Reason.STATUS_TOO_OLD})
"""Why an agreement may not cover one licence although it covers another of the same type."""
_BEST_FIRST: Final = tuple(reversed(Outcome))


class Cell(NamedTuple):
    """One question: is a licence of this type, issued there, recognised here in this matter (`None`: in none named)?"""

    issued_in: str
    accepted_in: str
    licence_type: str
    version: str
    scenario: str | None


class Answer(NamedTuple):
    """What the checks say of the best sample, and why where it is not accepted."""

    outcome: Outcome
    finding: Finding


Matrix = Mapping[Cell, Answer]


def matrix_of(published: Published, samples: Sequence[Sample], *, at: float) -> dict[Cell, Answer]:
    """The answer to every question at Unix time `at`; a matter is asked about for the types that serve it."""
    kinds = {kind: list(group) for kind, group in groupby(samples, key=lambda one: (one.licence_type, one.version))}
    matrix: dict[Cell, Answer] = {}
    for accepted_in in published.regions:
        asked = {
            (name, version): list(_matters(published.scenarios[accepted_in], name, group, at))
            for (name, version), group in kinds.items()
        }
        for issued_in in published.regions:
            if issued_in != accepted_in:
                between = _between(published.agreements, issued_in, accepted_in)
                for (name, version), group in kinds.items():
                    here = [_as_seen(sample.evidence, issued_in, accepted_in, between, at) for sample in group]
                    for matter in asked[name, version]:
                        cell = Cell(issued_in, accepted_in, name, version, matter.name)
                        matrix[cell] = _answer(here, matter)
    return matrix


class _Matter(NamedTuple):
    """A matter of one region (`None`: none is named), and what it makes of each sample, wherever that comes from."""

    name: str | None
    fits: Sequence[Finding]


def _matters(
    scenarios: Mapping[str, Scenario | CertxError], licence_type: str, samples: Sequence[Sample], at: float
) -> Iterator[_Matter]:
    """Those that a type serves, and those that cannot be read."""
    for name, scenario in ((None, None), *scenarios.items()):
        if not isinstance(scenario, Scenario) or licence_type in scenario.types:
            expected = EXPECTATION._replace(scenario=name)
            shown = (_on(one.evidence, expectation=expected, scenario=scenario, now=at) for one in samples)
            yield _Matter(name, [check_matter(evidence) for evidence in shown])


def _between(
    agreements: Sequence[Agreement | UnreadAgreement], issued_in: str, accepted_in: str
) -> tuple[Agreement | UnreadAgreement, ...]:
    """Those that may bear on licences between two regions: by their terms, or because both published them."""
    return tuple(
        one
        for one in agreements
        if one.is_mutual(issued_in, accepted_in)
        or (isinstance(one, Agreement) and issued_in in one.issued_in and accepted_in in one.accepted_in)
    )


def _as_seen(
    evidence: Evidence, issued_in: str, accepted_in: str, between: tuple[Agreement | UnreadAgreement, ...], at: float
) -> Evidence:
    """A sample as if it came from the one region and were shown in the other."""
    home, issuer, key = evidence.ground.listing[:3]
    region = Region(issued_in, {}, {} if home is None else home.issuers)
    listing = Listing(region, issuer, key)
    return _on(evidence, now=at, region=accepted_in, agreements=between, listing=listing)


def _on(evidence: Evidence, **ground: Any) -> Evidence:  # noqa: ANN401 - as `_replace` has it
    """The same on a ground that differs in this."""
    return evidence._replace(ground=evidence.ground._replace(**ground))


def _answer(samples: Sequence[Evidence], matter: _Matter) -> Answer:
    """That of the sample which does best: it is the type that is asked about."""
    answers = []
    expectation = EXPECTATION._replace(scenario=matter.name)
    for sample, fits in zip(samples, matter.fits, strict=True):
        recognised = check_recognised(_on(sample, expectation=expectation))
        outcome, deciding = judge((recognised, fits))
        answers.append(Answer(outcome, recognised if deciding is None else deciding))
        is_settled = outcome is Outcome.NOT_ACCEPTABLE and deciding is recognised
        if outcome is Outcome.ACCEPTED or (is_settled and recognised.reason not in _OF_THE_SAMPLE):
            break
    return min(answers, key=lambda answer: _BEST_FIRST.index(answer.outcome))
