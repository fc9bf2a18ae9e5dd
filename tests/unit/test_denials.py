"""What the duty desk denies only ever takes trust away."""

from itertools import permutations

import pytest

from certx.errors import DocumentError
from certx.keys.encoding import base64url
from certx.licence.model import day_starts_at
from certx.trust.checkpoint import LogHead
from certx.trust.denials import deny, read_denials
from certx.trust.registry import ListedKey, State
from world import CREDIT_CODE, ISSUER, KEY, SICHUAN, STATUS_KEY, WORLD

THEN, LATER = float(day_starts_at("2024-01-01")), float(day_starts_at("2026-01-01"))
DAYS = {THEN: "2024-01-01T00:00:00+08:00", LATER: "2026-01-01T00:00:00+08:00"}
REGISTRY = WORLD.registry
assert REGISTRY is not None
REGION = REGISTRY.regions[SICHUAN]


def denied(*rows: dict[str, object], state: State = State.ACTIVE, since: float | None = None) -> ListedKey:
    """The issuer's key, listed in some state, as the denials leave it."""
    issuer = REGION.issuers[ISSUER]
    key = ListedKey(KEY.kid, KEY.public_jwk, 0, state=state, since=since)
    region = REGION._replace(issuers={ISSUER: issuer._replace(keys={KEY.kid: key})})
    return deny(region, read_denials({"denials": list(rows)}, "x")).issuers[ISSUER].keys[KEY.kid]


def row(**more: object) -> dict[str, object]:
    return {"key": KEY.kid, **more}


COMPROMISED = row(state="compromised", since=DAYS[THEN])


@pytest.mark.parametrize(
    "rows",
    [
        [COMPROMISED, row()], [row(), COMPROMISED], [COMPROMISED, row(state="compromised", since=DAYS[LATER])],
        [row(state="compromised", since=DAYS[LATER]), COMPROMISED],
    ],
)  # fmt: skip
def test_another_row_never_weakens_one(rows: list[dict[str, object]]) -> None:
    key = denied(*rows)
    assert (key.state, key.since) == (State.COMPROMISED, THEN)


@pytest.mark.parametrize(
    ("listed", "named", "expected"), [(THEN, LATER, THEN), (LATER, THEN, THEN), (None, THEN, None)]
)
def test_of_two_compromises_the_earlier_holds(listed: float | None, named: float, expected: float | None) -> None:
    key = denied(row(state="compromised", since=DAYS[named]), state=State.COMPROMISED, since=listed)
    assert (key.state, key.since) == (State.COMPROMISED, expected)


def test_a_key_is_condemned_from_when_the_federation_says_so_and_not_the_region() -> None:
    key = denied(row(state="compromised", since=DAYS[LATER]), state=State.COMPROMISED, since=THEN)
    assert (key.since, key.condemned_since) == (THEN, LATER)
    assert denied(row(state="compromised"), state=State.COMPROMISED, since=THEN).condemned_since == float("-inf")
    assert denied(row(), state=State.COMPROMISED, since=THEN).condemned_since is None


def test_a_denial_does_not_make_a_compromised_key_merely_suspended() -> None:
    assert denied(row(), state=State.COMPROMISED, since=LATER).state is State.COMPROMISED


@pytest.mark.parametrize("more", [{}, {"state": "compromised", "since": DAYS[LATER]}])
def test_what_was_retired_stays_so_from_then_on(more: dict[str, object]) -> None:
    key = denied(row(**more), state=State.RETIRED, since=THEN)
    assert not key.is_in_use_at(THEN)
    assert key.is_in_use_at(THEN - 1)


@pytest.mark.parametrize("name", [ISSUER, CREDIT_CODE])
def test_an_issuer_is_denied_by_id_or_credit_code(name: str) -> None:
    region = deny(REGION, read_denials({"denials": [{"issuer": name}]}, "x"))
    assert region.issuers[ISSUER].state is State.SUSPENDED
    assert region.state is State.ACTIVE


def test_a_status_key_is_denied_too() -> None:
    issuer = REGION.issuers[ISSUER]
    listed = issuer._replace(status_keys={STATUS_KEY.kid: ListedKey(STATUS_KEY.kid, STATUS_KEY.public_jwk, 0)})
    region = deny(REGION._replace(issuers={ISSUER: listed}), read_denials({"denials": [{"key": STATUS_KEY.kid}]}, "x"))
    assert region.issuers[ISSUER].status_keys[STATUS_KEY.kid].state is State.SUSPENDED


def test_a_key_that_signs_logs_is_denied_too() -> None:
    issuer = REGION.issuers[ISSUER]
    listed = issuer._replace(log_keys={STATUS_KEY.kid: ListedKey(STATUS_KEY.kid, STATUS_KEY.public_jwk, 0)})
    region = deny(REGION._replace(issuers={ISSUER: listed}), read_denials({"denials": [{"key": STATUS_KEY.kid}]}, "x"))
    assert region.issuers[ISSUER].log_keys[STATUS_KEY.kid].state is State.SUSPENDED


def test_a_key_that_signs_grants_is_denied_too() -> None:
    issuer = REGION.issuers[ISSUER]
    listed = issuer._replace(grant_keys={STATUS_KEY.kid: ListedKey(STATUS_KEY.kid, STATUS_KEY.public_jwk, 0)})
    region = deny(REGION._replace(issuers={ISSUER: listed}), read_denials({"denials": [{"key": STATUS_KEY.kid}]}, "x"))
    assert region.issuers[ISSUER].grant_keys[STATUS_KEY.kid].state is State.SUSPENDED


def test_what_is_not_named_stays_as_it_is() -> None:
    rows = [{"key": "other"}, {"issuer": "other"}, {"region": "530000"}]
    assert deny(REGION, read_denials({"denials": rows}, "x")) == REGION._replace(suspended=frozenset({"other"}))


@pytest.mark.parametrize(
    "rows",
    [7, None, [7], [{}], [{"key": 7}], [{"key": "a", "region": "b"}], [row(state="retired")], [row(state="x")],
     [{"region": SICHUAN, "state": "compromised"}], [row(state="active")], [row(since="soon")]],
)  # fmt: skip
def test_a_row_that_is_none_names_its_place(rows: object) -> None:
    with pytest.raises(DocumentError) as caught:
        read_denials({"denials": rows}, "suspensions.json")
    assert str(caught.value.params["at"]).startswith("suspensions.json: denials")


ROOT = b"\7" * 32


def pinned(size: int, since: float = THEN, at: str | None = None) -> dict[str, object]:
    """A record of a compromise with its checkpoint, and the day on which that was witnessed."""
    checkpoint: dict[str, object] = {"size": size, "root": base64url(ROOT)}
    if at is not None:
        checkpoint["at"] = f"{at}T00:00:00+08:00"
    return row(state="compromised", since=DAYS[since], checkpoint=checkpoint)


def test_a_compromise_names_the_log_as_it_was_before() -> None:
    assert denied(pinned(5)).witnessed == LogHead(5, ROOT)
    assert denied(COMPROMISED).witnessed is None


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([pinned(5), COMPROMISED], 5), ([pinned(5), pinned(3)], 3), ([pinned(3), pinned(5)], 3),
        ([pinned(3, LATER), pinned(5)], 5), ([pinned(5, LATER), COMPROMISED], None), ([row(), pinned(4)], 4),
        ([pinned(5, LATER, "2023-12-31"), COMPROMISED], 5), ([pinned(5, LATER, "2024-01-01"), COMPROMISED], None),
        ([pinned(5, LATER, "2023-06-01"), pinned(7, THEN)], 5), ([pinned(5, LATER, "2025-06-01"), pinned(7, THEN)], 7),
        ([pinned(5, LATER, "2023-06-01"), row(state="compromised")], None),
        ([pinned(5, LATER, "2023-06-01"), pinned(3, LATER, "2025-06-01"), COMPROMISED], 5),
    ],
)  # fmt: skip
def test_of_two_records_the_one_of_the_earlier_compromise_counts(
    rows: list[dict[str, object]], expected: int | None
) -> None:
    for given in permutations(rows):
        witnessed = denied(*given).witnessed
        assert (witnessed and witnessed.size) == expected


def test_the_regions_own_record_of_an_earlier_compromise_leaves_nothing_witnessed() -> None:
    assert denied(pinned(5, LATER), state=State.COMPROMISED, since=THEN).witnessed is None
    assert denied(pinned(5, LATER, "2024-01-01"), state=State.COMPROMISED, since=THEN).witnessed is None
    assert denied(pinned(5, LATER, "2023-06-01"), state=State.COMPROMISED).witnessed is None
    key = denied(pinned(5, LATER, "2023-12-31"), state=State.COMPROMISED, since=THEN)
    assert (key.witnessed, key.since, key.condemned_since) == (LogHead(5, ROOT), THEN, LATER)
    assert denied(pinned(5), state=State.COMPROMISED, since=LATER).witnessed == LogHead(5, ROOT)
    assert denied(pinned(5), state=State.COMPROMISED, since=THEN).witnessed == LogHead(5, ROOT)


@pytest.mark.parametrize(
    "bad",
    [
        None, [], {}, {"size": 5}, {"size": "5", "root": base64url(ROOT)}, {"size": -1, "root": base64url(ROOT)},
        {"size": True, "root": base64url(ROOT)}, {"size": 5, "root": "AAAA"}, {"size": 5, "root": "é"},
        {"size": 2**41, "root": base64url(ROOT)},
    ],
)  # fmt: skip
def test_a_checkpoint_that_is_none_is_refused(bad: object) -> None:
    with pytest.raises(DocumentError) as caught:
        read_denials({"denials": [row(state="compromised", since=DAYS[THEN], checkpoint=bad)]}, "x")
    assert caught.value.params["at"] == "x: denials[0].checkpoint"


@pytest.mark.parametrize("more", [{}, {"state": "suspended", "since": DAYS[THEN]}, {"state": "compromised"}])
def test_only_a_compromise_at_a_time_has_a_checkpoint(more: dict[str, object]) -> None:
    with pytest.raises(DocumentError):
        read_denials({"denials": [row(checkpoint=pinned(5)["checkpoint"], **more)]}, "x")


@pytest.mark.parametrize("at", [5, "", "2023-01-01", DAYS[THEN], DAYS[LATER]])
def test_a_witness_of_no_time_or_of_a_time_after_the_theft_is_refused(at: object) -> None:
    checkpoint = {"size": 5, "root": base64url(ROOT), "at": at}
    given = {"denials": [row(state="compromised", since=DAYS[THEN], checkpoint=checkpoint)]}
    with pytest.raises(DocumentError) as caught:
        read_denials(given, "x")
    assert caught.value.params["at"] == "x: denials[0].checkpoint.at"
