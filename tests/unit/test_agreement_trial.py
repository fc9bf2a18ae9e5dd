"""Agreements on trial: the matrix says what verifying a licence would, and a change is told as what it does."""

import json
import time
from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator

from certx.app.recognition.agreement_trial import agreement_text, examples_of, run_trial
from certx.cli.main import run_typer
from certx.errors import DocumentError, UsageError
from certx.i18n import Words
from certx.reason import Outcome, Reason
from certx.recognition.agreement import read_agreement
from certx.recognition.snapshot import published_in
from certx.recognition.terms import Effect, differences
from certx.render.agreement_text import ceremony_lines, difference_lines, member_lines
from certx.render.trial import trial_objects
from certx.schema.files import shipped_schemas
from certx.settings import Settings
from certx.trial.change import Comparison, Turn
from certx.trial.matrix import Cell, matrix_of
from certx.trial.sample import Example, make_sample, make_samples
from world import CATALOGUE, CHONGQING, DAY, NOW, SCHEMAS, SICHUAN, TYPES, MemoryFiles

AGREEMENT: dict[str, Any] = {
    "id": "agr-1", "version": 1, "title": {"zh": "协议", "en": "agreement"}, "parties": [CHONGQING, SICHUAN],
    "types": ["driving-licence"], "issuedIn": [CHONGQING, SICHUAN], "acceptedIn": [CHONGQING, SICHUAN],
    "from": "2026-01-01",
}  # fmt: skip
RENEWAL = {
    "id": "renewal", "version": 1, "name": {"zh": "换证"}, "matter": "2", "types": ["driving-licence"],
    "requires": ["fileNumber"], "constraints": {"properties": {"accumulatedPoints": {"exclusiveMaximum": 12}}},
}  # fmt: skip
ENGLISH = Words("en")


VERSIONS = CATALOGUE.versions("driving-licence")


def write(path: Path, document: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(orjson.dumps(document))
    return path


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """Two regions that recognise each other's driving licences; one of them has a matter for them."""
    folder = tmp_path / "keys"
    for code in (CHONGQING, SICHUAN):
        write(folder / code / "keys.json", {"region": code, "name": {"zh": code, "en": code}, "issuers": []})
        write(folder / code / "agreements" / "agr-1.json", AGREEMENT)
    write(folder / CHONGQING / "scenarios" / "renewal.json", RENEWAL)
    return folder


def proposed(keys: Path, **changes: Any) -> Path:
    return write(keys.parent / "proposed.json", {**AGREEMENT, "id": "agr-2", **changes})


def trial(keys: Path, proposal: Path | None = None, **options: Any) -> dict[Cell, Comparison]:
    settings = Settings(keys.parent / "home", registry=keys)
    found = run_trial(settings, proposal, shipped_schemas(), now=NOW, **options)
    return {one.cell: one for one in found.comparisons}


def cell(issued_in: str, accepted_in: str, name: str = "driving-licence", matter: str | None = None) -> Cell:
    return Cell(issued_in, accepted_in, name, "1.0", matter)


def changed(found: dict[Cell, Comparison], turn: Turn) -> set[Cell]:
    """Of the first version of each type; the later ones come out the same."""
    for key, one in found.items():
        assert one.turn is found[key._replace(version="1.0")].turn, key
    return {key for key, one in found.items() if one.turn is turn and key.version == "1.0"}


def test_what_is_recognised_without_a_proposal(keys: Path) -> None:
    found = trial(keys)
    assert {key.licence_type for key in found} == set(TYPES)
    assert {(key.issued_in, key.accepted_in) for key in found} == {(CHONGQING, SICHUAN), (SICHUAN, CHONGQING)}
    assert changed(found, Turn.STAYS) == {
        cell(CHONGQING, SICHUAN), cell(SICHUAN, CHONGQING), cell(SICHUAN, CHONGQING, matter="renewal"),
    }  # fmt: skip
    refused = found[cell(SICHUAN, CHONGQING, "identity-card")]
    assert refused.finding is not None
    assert refused.finding.reason is Reason.NO_AGREEMENT


def test_what_a_proposal_starts(keys: Path) -> None:
    found = trial(keys, proposed(keys, types=["identity-card"], acceptedIn=[CHONGQING]))
    assert changed(found, Turn.STARTS) == {cell(SICHUAN, CHONGQING, "identity-card")}
    assert not changed(found, Turn.STOPS)


def test_what_a_proposal_stops_that_takes_the_place_of_another(keys: Path) -> None:
    found = trial(keys, proposed(keys, supersedes=["agr-1"], acceptedIn=[CHONGQING], scenarios=["renewal"]))
    assert changed(found, Turn.STOPS) == {cell(CHONGQING, SICHUAN), cell(SICHUAN, CHONGQING)}
    assert changed(found, Turn.STAYS) == {cell(SICHUAN, CHONGQING, matter="renewal")}


def test_a_folder_in_place_of_the_registry(keys: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    for code in (CHONGQING, SICHUAN):
        write(other / code / "keys.json", json.loads((keys / code / "keys.json").read_bytes()))
    write(other / CHONGQING / "agreements" / "agr-1.json", AGREEMENT)
    found = trial(keys, other)
    assert changed(found, Turn.STOPS) == {
        cell(CHONGQING, SICHUAN), cell(SICHUAN, CHONGQING), cell(SICHUAN, CHONGQING, matter="renewal"),
    }  # fmt: skip
    assert found[cell(SICHUAN, CHONGQING, matter="renewal")].after is None, "there is no such matter any more"
    reason = found[cell(SICHUAN, CHONGQING)].finding
    assert reason is not None
    assert reason.reason is Reason.AGREEMENT_NOT_MUTUAL


def test_a_proposal_is_tried_on_its_first_day(keys: Path) -> None:
    later = proposed(keys, types=["identity-card"], **{"from": "2027-01-01"})
    assert cell(SICHUAN, CHONGQING, "identity-card") in changed(trial(keys, later), Turn.STARTS)
    assert not changed(trial(keys, later, at=NOW), Turn.STARTS)


def test_conditions_differ_from_region_to_region(keys: Path) -> None:
    hard = {"conditions": {"minRemainingDays": 36_500}}
    found = trial(keys, proposed(keys, types=["road-transport-permit"], perRegion={CHONGQING: hard}))
    assert changed(found, Turn.STARTS) == {cell(CHONGQING, SICHUAN, "road-transport-permit")}
    finding = found[cell(SICHUAN, CHONGQING, "road-transport-permit")].finding
    assert finding is not None
    assert (finding.reason, finding.params["days"]) == (Reason.REMAINING_TOO_SHORT, 36_500)


def test_a_type_is_recognised_where_any_of_its_licences_is(keys: Path) -> None:
    hard = proposed(keys, types=["identity-card"], conditions={"minRemainingDays": 36_500})  # one example is 长期
    assert changed(trial(keys, hard), Turn.STARTS) == {
        cell(CHONGQING, SICHUAN, "identity-card"), cell(SICHUAN, CHONGQING, "identity-card"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "terms", [{"530000": {}}, {CHONGQING: {"types": []}}, {CHONGQING: {"conditions": {"days": 1}}}, {CHONGQING: 7}, 7]
)
def test_terms_that_no_region_could_apply_make_it_no_agreement(terms: Any) -> None:
    with pytest.raises(DocumentError, match="agreement-form"):
        read_agreement({**AGREEMENT, "perRegion": terms}, "x", [])


def test_an_agreement_that_cannot_be_read_leaves_it_open(keys: Path) -> None:
    for code in (CHONGQING, SICHUAN):
        write(keys / code / "agreements" / "agr-9.json", {**AGREEMENT, "id": "agr-9", "newer": 1})
    found = trial(keys)
    assert found[cell(SICHUAN, CHONGQING, "identity-card")].is_open
    assert not found[cell(SICHUAN, CHONGQING)].is_open


def test_a_withdrawn_agreement_cannot_be_proposed_again(keys: Path) -> None:
    rows = {"agreements": [{"id": "agr-2", "at": "2026-01-01T00:00:00+08:00", "why": "x"}]}
    write(keys / SICHUAN / "withdrawn.json", rows)
    assert not changed(trial(keys, proposed(keys, types=["identity-card"])), Turn.STARTS)


def test_every_example_of_every_version_becomes_a_sample_that_is_good_on_that_day() -> None:
    examples = list(examples_of(CATALOGUE))
    assert {(e.schema.type, e.schema.version) for e in examples} == {
        (name, version) for name in CATALOGUE.types() for version in CATALOGUE.versions(name)
    }
    for days in (0, 400, 2_500):
        assert len(make_samples(iter(examples), CATALOGUE, at=NOW + days * DAY)) == len(examples)


def test_a_sample_that_would_not_be_accepted_is_not_used() -> None:
    (example, *_) = examples_of(CATALOGUE)
    broken = Example(example.schema, "broken", {**example.document, "holders": []})
    with pytest.raises(DocumentError, match="trial-sample"):
        make_sample(broken, CATALOGUE, at=NOW)


def test_what_the_matrix_says_the_command_that_verifies_says(keys: Path) -> None:
    """The same question, once more, of `certx.verify` as a whole."""
    from certx.recognition.scenario import read_scenario  # noqa: PLC0415 - only here
    from world import issue, verify  # noqa: PLC0415

    agreement = read_agreement(AGREEMENT, "x", [CHONGQING, SICHUAN])
    found = trial(keys)
    for name in TYPES:
        for matter in (None, "renewal"):
            question = cell(SICHUAN, CHONGQING, name, matter)
            if question not in found:
                continue
            from certx.evidence import Expectation  # noqa: PLC0415

            scenarios = {"renewal": read_scenario({**RENEWAL, "holderBinding": False}, "x")}
            verdict = verify(
                issue(name), agreements=[agreement], scenarios=scenarios, expectation=Expectation(scenario=matter)
            )
            answer = found[question].after
            assert answer is not None
            assert answer.outcome is verdict.outcome, question


def test_rows_obey_their_schema(keys: Path) -> None:
    schema = Draft202012Validator(json.loads((SCHEMAS / "documents" / "agreement-trial.json").read_bytes()))
    settings = Settings(keys.parent / "home", registry=keys)
    found = run_trial(settings, proposed(keys, types=["identity-card"]), shipped_schemas(), now=NOW)
    rows = list(trial_objects(found, ENGLISH))
    for row in rows:
        schema.validate(row)
    assert {row["turn"] for row in rows} == {"starts", "stays", "refused"}


def command(*words: str, keys: Path) -> int:
    return run_typer(["agreement", *words, "--registry", str(keys), "--lang", "en"])


def test_the_command_ends_as_ci_needs_it(keys: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("test", keys=keys) == 0
    assert "driving-licence 1.0: recognised in no matter named, renewal" in capsys.readouterr().out
    page = keys.parent / "matrix.html"
    stops = proposed(keys, supersedes=["agr-1"], types=["identity-card"])
    assert command("test", str(stops), "--html", str(page), keys=keys) == 3
    assert "driving-licence 1.0: stops in no matter named, renewal (the agreement agr-1 was" in capsys.readouterr().out
    assert page.read_text("utf-8").count('<td class="stops"') == 2 * len(VERSIONS)
    for code in (CHONGQING, SICHUAN):
        write(keys / code / "agreements" / "agr-9.json", {**AGREEMENT, "id": "agr-9", "newer": 1})
    assert command("test", "--json", keys=keys) == 5
    assert json.loads(capsys.readouterr().out.splitlines()[0])["issued_in"] == CHONGQING


def test_the_page_runs_nothing_that_a_file_brought(keys: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = keys.parent / "matrix.html"
    bad = proposed(keys, types=["identity-card"], title={"zh": "<script>"}, scenarios=["renewal"])
    assert command("test", str(bad), "--html", str(page), keys=keys) == 0
    assert "<script" not in page.read_text("utf-8")
    assert capsys.readouterr().out


def test_what_changes_for_whom(keys: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = proposed(
        keys, types=["driving-licence", "identity-card"], acceptedIn=[CHONGQING], legalBasis="法",
        perRegion={CHONGQING: {"conditions": {"minRemainingDays": 30}, "mode": "file"}},
    )  # fmt: skip
    old = read_agreement(AGREEMENT, "x", [])
    found = differences(old, read_agreement(json.loads(new.read_bytes()), "y", []))
    assert [(one.effect, one.issued_in, one.accepted_in, one.types) for one in found] == [
        (Effect.ENDS, CHONGQING, SICHUAN, ("driving-licence",)),
        (Effect.CHANGES, SICHUAN, CHONGQING, ("driving-licence",)),
        (Effect.BEGINS, SICHUAN, CHONGQING, ("identity-card",)),
    ]
    assert command("diff", "agr-1", str(new), keys=keys) == 3
    said = capsys.readouterr().out
    assert "- Sichuan (510000) no longer recognises licences from Chongqing (500000)" in said
    assert "(nothing said) → the licence has 30 days left, at least" in said
    assert "legal basis: (nothing said) → 法" in said
    assert command("diff", "agr-1", "agr-1", keys=keys) == 0
    assert capsys.readouterr().out == "the same for everybody\n"
    with pytest.raises(UsageError, match="agreement-unknown"):
        command("diff", "agr-1", "agr-7", keys=keys)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_text_that_is_signed_says_every_term(keys: Path, language: Any) -> None:
    words = Words(language)
    full = {
        "scenarios": ["renewal"], "to": "2026-12-31", "conditions": {"minRemainingDays": 11, "maxStatusAgeDays": 12},
        "perRegion": {SICHUAN: {"conditions": {"minRemainingDays": 13}, "paperWaived": False}}, "paperWaived": True,
        "mode": "file", "replaces": {"zh": "原件甲", "en": "the original"}, "legalBasis": "依据乙", "contact": "联系丙",
        "exceptions": "例外丁", "supersedes": ["agr-0"],
    }  # fmt: skip
    path = proposed(keys, **full)
    text = agreement_text(Settings(keys.parent, registry=keys), str(path), CATALOGUE)
    lines = list(ceremony_lines(*text, CATALOGUE, words))
    said = "\n".join(lines)
    for word in ("agr-2", "renewal", "2026-12-31", "11", "12", "13", "依据乙", "联系丙", "例外丁", "agr-0"):
        assert word in said, word
    for term in ("term-paper-waived", "term-paper-needed", "mode-file"):
        assert words.term(term) in said
    assert len(lines[-1].split()[-1][-64:]) == 64
    other = write(path, {**json.loads(path.read_bytes()), "contact": "联系戊"})
    again = ceremony_lines(*agreement_text(Settings(keys), str(other), CATALOGUE), CATALOGUE, words)
    assert list(again)[-1] != lines[-1], "another text has another fingerprint"


def test_only_members_for_people_differ() -> None:
    changed_title = {**AGREEMENT, "title": {"zh": "另一协议"}, "contact": "某处"}
    old, new = (read_agreement(one, "x", []) for one in (AGREEMENT, changed_title))
    assert list(difference_lines(differences(old, new), CATALOGUE, ENGLISH)) == []
    assert list(member_lines(AGREEMENT, changed_title, ENGLISH)) == [
        "title: agreement → 另一协议", "contact: (nothing said) → 某处",
    ]  # fmt: skip


def test_thirty_four_regions_take_seconds() -> None:
    """A tenth of what bench/agreements.py measures: 34 regions, and a time that no slow machine exceeds."""
    codes = [f"{number}0000" for number in range(11, 45)]
    document = json.dumps({**AGREEMENT, "parties": codes, "issuedIn": codes, "acceptedIn": codes}).encode()
    files = MemoryFiles({f"regions/{code}/agreements/agr-1.json": document for code in codes})
    start = time.perf_counter()
    samples = make_samples(examples_of(CATALOGUE), CATALOGUE, at=NOW)
    matrix = matrix_of(published_in(files), samples, at=NOW)
    assert len(matrix) == 34 * 33 * sum(len(CATALOGUE.versions(name)) for name in TYPES)
    assert sum(answer.outcome is Outcome.ACCEPTED for answer in matrix.values()) == 34 * 33 * len(VERSIONS)
    assert time.perf_counter() - start < 20
