"""Counters that regions list: read, reviewed, denied, and changed like the keys of issuers."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from certx.app.trust.founding import Keeper, add_counter
from certx.app.trust.key_life import add_key, change_key, find_key, rotate_key
from certx.app.trust.review.folder import review_trust
from certx.errors import DocumentError, UsageError
from certx.keys import new_signer
from certx.licence.model import time_text
from certx.trust.counters import counter_id, find_counter, region_of_counter
from certx.trust.denials import deny, read_denials
from certx.trust.lifecycle import KeyPurpose, retire
from certx.trust.region_document import read_region
from certx.trust.registry import State, make_registry

NOW: Final = 1_795_438_753.0
HALL: Final = "urn:certx:counter:500000:hall"
KEY: Final = new_signer("ES256")
NAME: Final = {"zh": "大厅", "en": "Hall"}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    document = {"region": "500000", "name": {"zh": "重庆市", "en": "Chongqing"}, "issuers": []}
    (tmp_path / "500000").mkdir()
    (tmp_path / "500000" / "keys.json").write_text(json.dumps(document))
    add_counter(tmp_path, "500000", "hall", name=NAME)
    add_key(tmp_path, HALL, Keeper("k", KEY.public_jwk), time_text(NOW), use=KeyPurpose.REQUESTS, now=NOW)
    return tmp_path


def document(source: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((source / "500000" / "keys.json").read_bytes())
    return read


def test_a_counter_is_listed_with_the_keys_of_its_requests(source: Path) -> None:
    region = read_region(document(source))
    listed = find_counter(make_registry("1", [region]), HALL, KEY.kid)
    assert listed is not None
    assert (listed.counter.name, listed.key and listed.key.kid) == (NAME, KEY.kid)
    assert find_counter(make_registry("1", [region]), counter_id("500000", "other"), KEY.kid) is None
    assert [problem.code for problem in review_trust(source).problems] == []
    assert review_trust(source).keys == 1


@pytest.mark.parametrize(
    ("named", "region"),
    [
        (HALL, "500000"), ("urn:certx:counter:500100:hall", None), ("urn:certx:counter:500000:", None),
        ("urn:certx:counter:500000:Hall", None), (f"{HALL}\n", None), ("urn:certx:issuer:500000:hall", None),
        (counter_id("500000", "a" * 33), None),
    ],
)  # fmt: skip
def test_an_id_says_which_region_lists_the_counter(named: str, region: str | None) -> None:
    assert region_of_counter(named) == region


def test_a_region_cannot_list_a_counter_of_another_or_one_twice(source: Path) -> None:
    with pytest.raises(UsageError, match="registry-counter-twice"):
        add_counter(source, "500000", "hall", name=NAME)
    with pytest.raises(UsageError, match="counter-id"):
        add_counter(source, "500000", "Hall", name=NAME)
    changed = document(source)
    changed["counters"][0]["id"] = "urn:certx:counter:510000:hall"
    (source / "500000" / "keys.json").write_text(json.dumps(changed))
    assert [problem.code for problem in review_trust(source).problems] == ["counter-id"]
    registry = make_registry("1", [read_region(changed)])
    assert find_counter(registry, "urn:certx:counter:510000:hall", KEY.kid) is None
    with pytest.raises(DocumentError, match="registry-counter-twice"):
        read_region({**changed, "counters": changed["counters"] * 2})


def test_a_key_of_a_counter_signs_nothing_else_and_no_other_counters_requests(source: Path) -> None:
    add_counter(source, "500000", "other", name=NAME)
    with pytest.raises(UsageError, match="registry-key-twice"):
        add_key(
            source, counter_id("500000", "other"), Keeper("k", KEY.public_jwk), time_text(NOW),
            use=KeyPurpose.REQUESTS, now=NOW,
        )  # fmt: skip
    other = Keeper("o", new_signer("ES256").public_jwk)
    with pytest.raises(UsageError, match="counter-unknown"):
        add_key(source, counter_id("500000", "third"), other, time_text(NOW), use=KeyPurpose.REQUESTS, now=NOW)


def test_its_key_is_rotated_and_retired_like_any(source: Path) -> None:
    place = find_key(source, KEY.kid, source)
    rotate_key(
        source, place, Keeper("n", new_signer("ES256").public_jwk),
        at=NOW, overlap_days=30, now=NOW, uses=None, dry=False,
    )  # fmt: skip
    place = find_key(source, KEY.kid[:8], source)
    done = change_key(source, place, lambda row: retire(row, NOW, NOW), None, dry=False)
    assert [(row.kid, row.use) for row in done.effects] == [(KEY.kid, KeyPurpose.REQUESTS)]
    keys = read_region(document(source)).counters[HALL].request_keys
    assert [key.state for key in keys.values()] == [State.RETIRED, State.ACTIVE]


def test_the_duty_desk_can_suspend_it(source: Path) -> None:
    denials = read_denials({"denials": [{"key": KEY.kid}]}, "suspensions.json")
    denied = deny(read_region(document(source)), denials)
    assert denied.counters[HALL].request_keys[KEY.kid].state is State.SUSPENDED
