"""Does a licence have what the matter at hand needs, by the scenario of the accepting region, and no more?"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from certx.errors import CertxError
from certx.licence.paths import Path, format_path
from certx.reason import Finding, Reason, Result, failed, not_run, passed, undetermined, warned
from certx.recognition.check import days_left
from certx.trust.check import unreadable

if TYPE_CHECKING:
    from certx.recognition.query import Query
    from certx.recognition.scenario import Scenario

CHECK: Final = "scenario"
EXTENT: Final = "extent"

_DAY: Final = 86_400
NO_SCENARIO: Final = not_run(CHECK, Reason.NO_SCENARIO)
_NO_EXTENT: Final = not_run(EXTENT, Reason.PREMISE_FAILED, premise=CHECK)
_NEVER_TOLD: Final = float("inf")
_LONGEST_NAME: Final = 64
"""Of a query, which anybody's proof may name as it likes."""


class Shown(NamedTuple):
    """What was shown: the type of the licence, its disclosed claims, and where some of them may have been kept back.

    `ends_at`: when it ends, Unix time, `None` for 长期. Ages are seconds, `None` where nobody signed when. `query` is
    the one that it is said to answer.
    """

    licence_type: str | None
    claims: Mapping[str, Any]
    ends_at: float | None = None
    status_age: float | None = None
    registry_age: float | None = None
    query: str | None = None
    short: frozenset[Path] = frozenset()
    """The objects and arrays that hide some of their own; `()` is the licence itself."""


def check_scenario(asked: str | None, scenario: "Scenario | CertxError | None", shown: Shown, now: float) -> Finding:
    """Does the licence show what the matter needs, by the accepting region's scenario?

    `scenario` is `None` if the region has none of that id, and an error if it cannot be read.
    """
    if asked is None:
        return NO_SCENARIO
    if scenario is None:
        return undetermined(CHECK, Reason.SCENARIO_UNKNOWN, scenario=asked)
    if isinstance(scenario, CertxError):
        return unreadable(CHECK, Reason.SCENARIO_UNREADABLE, scenario)
    facts: dict[str, object] = {"scenario": scenario.id, "version": scenario.version}
    if not scenario.is_current(now):
        return failed(CHECK, Reason.SCENARIO_OUT_OF_DATE, **facts)
    query = query_of(scenario, shown)
    if query is None:
        return _unasked(scenario, shown, facts)
    if len(scenario.queries) > 1:
        facts["query"] = query.id
    return _claims(query, shown, facts) or _conditions(query, shown, now, facts) or _good(query, facts)


def _unasked(scenario: "Scenario", shown: Shown, facts: Mapping[str, object]) -> Finding:
    """Why nothing that the matter asks is asked of this licence."""
    named = shown.query
    if named is not None and named not in scenario.queries:
        known = ", ".join(scenario.queries)
        return failed(CHECK, Reason.SCENARIO_QUERY_UNKNOWN, query=named[:_LONGEST_NAME], known=known, **facts)
    types = ", ".join(sorted(scenario.types if named is None else scenario.queries[named].types))
    return failed(CHECK, Reason.SCENARIO_TYPE, type=shown.licence_type or "?", types=types, **facts)


def _claims(query: "Query", shown: Shown, facts: Mapping[str, object]) -> Finding | None:
    """What is wrong with what is shown, `None` if nothing is."""
    missing = query.missing_in(shown.claims, shown.short) or query.unseen_in(shown.claims, shown.short)
    if missing:
        return failed(CHECK, Reason.CLAIM_MISSING, name=", ".join(missing), **facts)
    try:
        broken = query.broken_in(shown.claims)
    except CertxError as error:
        return unreadable(CHECK, Reason.SCENARIO_UNREADABLE, error)
    if broken is not None:
        at, rule = broken
        return failed(CHECK, Reason.SCENARIO_NOT_MET, at=at, rule=rule, **facts)
    return None


def _conditions(query: "Query", shown: Shown, now: float, facts: Mapping[str, object]) -> Finding | None:
    """Which condition is not met, `None` if all are."""
    least, ends_at = query.min_remaining_days, shown.ends_at
    if least is not None and ends_at is not None and not days_left(ends_at, now) >= least:
        return failed(CHECK, Reason.SCENARIO_REMAINING_TOO_SHORT, days=least, **facts)
    for days, age, reason in (
        (query.max_status_age_days, shown.status_age, Reason.SCENARIO_STATUS_TOO_OLD),
        (query.max_registry_age_days, shown.registry_age, Reason.SCENARIO_REGISTRY_TOO_OLD),
    ):
        if days is not None and (_NEVER_TOLD if age is None else age) > days * _DAY:
            return undetermined(CHECK, reason, days=days, **facts)
    return None


def _good(query: "Query", facts: Mapping[str, object]) -> Finding:
    if query.paper_waived is False:
        return warned(CHECK, Reason.SCENARIO_PAPER_NEEDED, **facts)
    return Finding(CHECK, Result.PASSED, Reason.SCENARIO_MET, facts)


def check_extent(scenario: "Scenario | CertxError | None", shown: Shown, disclosed: Iterable[Path]) -> Finding:
    """Does the licence show no more than the matter allows? `disclosed`: the claims that its holder chose to show."""
    if scenario is None or isinstance(scenario, CertxError):
        return _NO_EXTENT
    needless = needless_in(scenario, shown, disclosed)
    if needless:
        names = ", ".join(sorted(map(format_path, needless)))
        return warned(EXTENT, Reason.OVER_DISCLOSED, scenario=scenario.id, names=names)
    return passed(EXTENT)


def query_of(scenario: "Scenario | CertxError | None", shown: Shown) -> "Query | None":
    """What the matter asks of this licence, if it asks anything of its type and can be read."""
    if scenario is None or isinstance(scenario, CertxError):
        return None
    return scenario.query_for(shown.licence_type, shown.claims, shown.query)


def needless_in(scenario: "Scenario | CertxError | None", shown: Shown, disclosed: Iterable[Path]) -> frozenset[Path]:
    """The claims that its holder chose to show and that this matter has no use for."""
    query = query_of(scenario, shown)
    return frozenset() if query is None else query.over_disclosed(disclosed)


def demand_holder(finding: Finding, scenario: "Scenario | CertxError | None", shown: Shown) -> Finding:
    """The finding on the holder, which fails if the holder is not proven and the matter needs that."""
    query = query_of(scenario, shown)
    if finding.reason is not Reason.HOLDER_NOT_PROVEN or query is None or not query.holder_binding:
        return finding
    assert scenario is not None and not isinstance(scenario, CertxError)  # noqa: S101, PT018 - it has a query
    return failed(finding.check, Reason.SCENARIO_HOLDER_NOT_PROVEN, scenario=scenario.id)
