"""Whatever regions publish: only what both published alike accepts, and the order of files means nothing."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from certx.reason import Finding, Result
from certx.recognition.agreement import Agreement
from certx.recognition.check import check_recognition
from certx.recognition.published import agreements_between
from certx.recognition.standing import standings_of
from world import CHONGQING, NOW, SICHUAN, MemoryFiles

TYPES = ["identity-card", "driving-licence"]
REGIONS = [CHONGQING, SICHUAN, "530000"]
IDS = ["agr-1", "agr-2", "agr-3"]

SOME_REGIONS = st.lists(st.sampled_from(REGIONS), min_size=1, max_size=3, unique=True).map(sorted)
DOCUMENTS = st.fixed_dictionaries(
    {
        "id": st.sampled_from(IDS),
        "version": st.integers(1, 2),
        "parties": SOME_REGIONS,
        "types": st.lists(st.sampled_from(TYPES), min_size=1, max_size=2, unique=True).map(sorted),
        "issuedIn": SOME_REGIONS,
        "acceptedIn": SOME_REGIONS,
        "from": st.sampled_from(["2026-01-01", "2026-12-01"]),
    },
    optional={
        "to": st.sampled_from(["2026-03-01", "2027-01-01", None]),
        "scenarios": st.lists(st.sampled_from(["a", "b"]), min_size=1, unique=True),
        "supersedes": st.lists(st.sampled_from(IDS), max_size=2, unique=True),
        "conditions": st.sampled_from([{"minRemainingDays": 30}, {"maxStatusAgeDays": 1}, {"unheard-of": 1}]),
    },
)
FILES = st.lists(st.tuples(DOCUMENTS, st.sets(st.sampled_from(REGIONS), min_size=1)), max_size=5)
WITHDRAWN = st.dictionaries(st.sampled_from(REGIONS), st.lists(st.sampled_from(IDS), max_size=2), max_size=2)
FACTS = st.fixed_dictionaries(
    {
        "scenario": st.sampled_from([None, "a", "c"]),
        "ends_at": st.sampled_from([None, NOW + 86_400, NOW + 90 * 86_400]),
        "status_age": st.sampled_from([None, 60.0, 1e6]),
    }
)


def published(listed: list[tuple[dict[str, Any], set[str]]], withdrawn: dict[str, list[str]]) -> MemoryFiles:
    content: dict[str, bytes] = {}
    for document, regions in listed:
        for region in regions:
            content[f"regions/{region}/agreements/{document['id']}.json"] = json.dumps(document).encode()
    for region, ids in withdrawn.items():
        rows = [{"id": name, "at": "2026-05-01T00:00:00+08:00", "why": "x"} for name in ids]
        content[f"regions/{region}/withdrawn.json"] = json.dumps({"agreements": rows}).encode()
    return MemoryFiles(content)


def judge(files: MemoryFiles, facts: dict[str, Any], licence_type: str = TYPES[0]) -> Finding:
    found = agreements_between(files, SICHUAN, CHONGQING, licence_type)
    return check_recognition(licence_type, SICHUAN, CHONGQING, found, NOW, **facts)


def mutual_terms(files: MemoryFiles) -> list[dict[str, Any]]:
    """What both listed in the same bytes, covers the licence, and neither withdrew: read without any code of ours."""
    found = []
    withdrawn = {
        row["id"]
        for region in (SICHUAN, CHONGQING)
        for row in json.loads(files.read(f"regions/{region}/withdrawn.json") or b'{"agreements": []}')["agreements"]
    }
    for path, data in files.content.items():
        if "/agreements/" in path and files.read(path.replace(SICHUAN, CHONGQING)) == data and SICHUAN in path:
            terms = json.loads(data)
            if (
                {SICHUAN, CHONGQING} <= set(terms["parties"])
                and terms["id"] not in withdrawn
                and TYPES[0] in terms["types"]
                and SICHUAN in terms["issuedIn"]
                and CHONGQING in terms["acceptedIn"]
                and "unheard-of" not in terms.get("conditions", {})
                and terms["from"] == "2026-01-01"
                and terms.get("to") != "2026-03-01"
            ):
                found.append(terms)
    return found


@settings(deadline=None)
@given(FILES, WITHDRAWN, FACTS)
def test_nothing_is_recognised_but_by_what_both_published(
    listed: list[tuple[dict[str, Any], set[str]]], withdrawn: dict[str, list[str]], facts: dict[str, Any]
) -> None:
    files = published(listed, withdrawn)
    finding = judge(files, facts)
    if finding.result is Result.PASSED:
        assert finding.params["agreement"] in {terms["id"] for terms in mutual_terms(files)}


@settings(deadline=None)
@given(FILES, st.tuples(DOCUMENTS, st.sampled_from(REGIONS)), FACTS)
def test_what_one_region_does_alone_never_makes_it_recognise_more(
    listed: list[tuple[dict[str, Any], set[str]]], more: tuple[dict[str, Any], str], facts: dict[str, Any]
) -> None:
    files = published(listed, {})
    document, region = more
    path = f"regions/{region}/agreements/another.json"
    after = MemoryFiles({**files.content, path: json.dumps(document).encode()})
    if judge(files, facts).result is not Result.PASSED:
        assert judge(after, facts).result is not Result.PASSED


@settings(deadline=None)
@given(FILES, WITHDRAWN, FACTS, st.randoms(use_true_random=False))
def test_the_order_of_files_does_not_matter(
    listed: list[tuple[dict[str, Any], set[str]]], withdrawn: dict[str, list[str]], facts: dict[str, Any], chance: Any
) -> None:
    files = published(listed, withdrawn)
    found = list(agreements_between(files, SICHUAN, CHONGQING, TYPES[0]))
    content = list(files.content.items())
    before = judge(files, facts)
    for order in (found, content):
        chance.shuffle(order)
    assert judge(MemoryFiles(dict(content)), facts) == before
    assert check_recognition(TYPES[0], SICHUAN, CHONGQING, found, NOW, **facts) == before


@settings(deadline=None)
@given(FILES, WITHDRAWN)
def test_the_list_of_agreements_says_what_a_verdict_says(
    listed: list[tuple[dict[str, Any], set[str]]], withdrawn: dict[str, list[str]]
) -> None:
    files = published(listed, withdrawn)
    applying = {
        standing.agreement.id
        for standing in standings_of(files, NOW)
        if isinstance(standing.agreement, Agreement)
        and standing.applies(SICHUAN, CHONGQING)
        and TYPES[0] in standing.agreement.types
        and standing.agreement.serves("a")
        and standing.agreement.max_status_age_days is None
    }
    finding = judge(files, {"scenario": "a"})
    assert (finding.result is Result.PASSED) == bool(applying)
    assert finding.result is not Result.PASSED or finding.params["agreement"] == min(applying)
