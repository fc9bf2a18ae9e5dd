"""Adopting and withdrawing in a source, where agreements stand, the 互认清单, and the review of all of it."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator

from certx.app.recognition.agreement_draft import Terms, draft_agreement
from certx.app.recognition.agreements import adopt, pretty, withdraw
from certx.app.trust.review.folder import review_trust
from certx.errors import CertxError, DocumentError, KeyFailureError, UsageError
from certx.i18n import Words
from certx.keys import new_signer
from certx.keys.encoding import base64url
from certx.recognition.agreement import Agreement
from certx.recognition.signature import is_signature_of, sign_detached
from certx.recognition.standing import Standing, State, standings_of
from certx.render.agreement import print_agreement, standing_object, state_lines
from certx.render.agreement_csv import HEADINGS, defused, recognition_list
from certx.trust.files import Regions
from certx.trust.folder import FolderFiles
from certx.trust.region_document import read_region
from world import CATALOGUE, CHONGQING, CREDIT_CODE, ISSUER, KEY, NOW, SCHEMAS, SICHUAN, STRANGER, MemoryFiles

YUNNAN = "530000"
TERMS = Terms([SICHUAN, CHONGQING], ["driving-licence"], "2026-01-01")
FULL = TERMS._replace(
    last_day="2026-12-31", scenarios=["renewal"], min_remaining_days=30, max_status_age_days=7, replaces_zh="原件",
    replaces_en="the original", paper_waived=True, mode="file", legal_basis="=HYPERLINK(1)", contact="@someone",
    exceptions="-x", supersedes=["agr-0"], accepted_in=[CHONGQING],
)  # fmt: skip


def keys_of(code: str) -> dict[str, Any]:
    key = {"kid": KEY.kid, "jwk": KEY.public_jwk, "from": "2020-01-01T00:00:00+08:00"}
    issuer = {
        "id": ISSUER, "name": {"zh": "示例局", "en": "bureau"}, "creditCode": CREDIT_CODE, "area": "510100",
        "types": ["driving-licence"], "keys": [key],
    }  # fmt: skip
    return {"region": code, "name": {"zh": f"示例{code}", "en": code}, "issuers": [issuer] if code == SICHUAN else []}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for code in (SICHUAN, CHONGQING):
        (tmp_path / "keys" / code).mkdir(parents=True)
        (tmp_path / "keys" / code / "keys.json").write_bytes(orjson.dumps(keys_of(code)))
    return tmp_path / "keys"


def write(folder: Path, terms: Terms = TERMS, name: str = "agreement.json") -> Path:
    path = folder.parent / name
    path.write_bytes(pretty(draft_agreement(terms, CATALOGUE)))
    return path


def states(source: Path) -> list[State]:
    return [standing.state for standing in standings_of(FolderFiles(source), NOW)]


def codes(source: Path) -> set[str]:
    return {problem.code for problem in review_trust(source).problems}


def test_a_draft_with_every_term_obeys_its_schema_and_is_read() -> None:
    other = [f"{CHONGQING}:{term}" for term in ("minRemainingDays=0", "scenarios=b,a", "paperWaived=false")]
    document = draft_agreement(FULL._replace(per_region=other), CATALOGUE)
    schema = json.loads((SCHEMAS / "documents" / "agreement.json").read_bytes())
    Draft202012Validator(schema).validate(document)
    assert set(document) == set(schema["properties"])
    assert document["perRegion"] == {
        CHONGQING: {"conditions": {"minRemainingDays": 0}, "scenarios": ["a", "b"], "paperWaived": False}
    }
    assert (document["issuedIn"], document["acceptedIn"]) == ([CHONGQING, SICHUAN], [CHONGQING])


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        (["500000:weekdays=true"], "agreement-term"),
        (["500000:minRemainingDays=-1"], "agreement-term"),
        (["500000:paperWaived=yes"], "agreement-term"),
        (["500000:mode="], "agreement-term"),
        (["minRemainingDays=1"], "agreement-term"),
        (["500000:mode=data", "500000:mode=file"], "agreement-term"),
        (["500000:maxStatusAgeDays=1", "500000:maxStatusAgeDays=1"], "agreement-term"),
        (["510000:mode=data"], "agreement-accepts-nothing"),
        (["500000:mode=fax"], "agreement-form"),
        (["500100:mode=data"], "agreement-form"),
    ],
)
def test_a_term_for_one_region_is_one_that_may_differ_there_once(terms: list[str], code: str) -> None:
    with pytest.raises(CertxError) as caught:
        draft_agreement(TERMS._replace(accepted_in=[CHONGQING], per_region=terms), CATALOGUE)
    assert caught.value.code == code


def test_a_draft_takes_the_first_free_number() -> None:
    taken = {"agr-500000-510000-1", "agr-500000-510000-2", "agr-500000-530000-3"}
    assert draft_agreement(TERMS, CATALOGUE, taken)["id"] == "agr-500000-510000-3"


def test_both_sides_adopt_the_same_bytes(source: Path) -> None:
    file = write(source)
    first = adopt(file, SICHUAN, source, CATALOGUE)
    assert (first.published, first.missing, first.differing) == ([SICHUAN], [CHONGQING], [])
    assert first.path.read_bytes() == file.read_bytes()
    assert (states(source), codes(source)) == ([State.ONE_SIDED], {"trust-agreement-alone"})
    second = adopt(file, CHONGQING, source, CATALOGUE)
    assert (second.published, second.missing) == ([CHONGQING, SICHUAN], [])
    assert adopt(file, CHONGQING, source, CATALOGUE) == second
    assert (states(source), codes(source)) == ([State.IN_FORCE], set())


def test_one_side_adopts_another_text(source: Path) -> None:
    adopt(write(source), SICHUAN, source, CATALOGUE)
    other = adopt(write(source, TERMS._replace(version=2)), CHONGQING, source, CATALOGUE)
    assert (other.published, other.missing, other.differing) == ([CHONGQING], [], [SICHUAN])
    assert states(source) == [State.ALTERED, State.ALTERED]


def test_a_matter_that_no_accepting_region_has_is_told_and_may_be_published(source: Path) -> None:
    per_region = [f"{CHONGQING}:scenarios=bussiness-premises"]
    file = write(source, TERMS._replace(scenarios=["road-freight"], per_region=per_region))
    for code in (SICHUAN, CHONGQING):
        adopt(file, code, source, CATALOGUE)
    problems = [problem for problem in review_trust(source).problems if problem.code == "trust-agreement-matter"]
    assert {problem.params["scenario"] for problem in problems} == {"road-freight", "bussiness-premises"}
    assert review_trust(source).obstacles == ()
    for place, name in (("catalogue", "scenario-road-freight"), (f"{CHONGQING}/scenarios", "bussiness-premises")):
        (source / place).mkdir()
        document = {
            "id": name.removeprefix("scenario-"), "version": 1, "name": {"zh": "示例"}, "matter": "0001",
            "types": ["driving-licence"], "requires": ["holders[*].name"],
        }  # fmt: skip
        (source / place / f"{name}.json").write_bytes(orjson.dumps(document))
    assert codes(source) == set()


def test_a_withdrawal_is_recorded_once_and_for_good(source: Path) -> None:
    file = write(source)
    for code in (SICHUAN, CHONGQING):
        adopted = adopt(file, code, source, CATALOGUE)
    record = withdraw(adopted.agreement, SICHUAN, source, why="x", now=NOW)
    assert json.loads(record.read_bytes()) == {
        "agreements": [{"id": "agr-500000-510000-1", "at": "2026-06-01T12:00:00+08:00", "why": "x"}]
    }
    assert not (source / SICHUAN / "agreements" / file.name).exists()
    assert (states(source), codes(source)) == ([State.WITHDRAWN], set())
    before = record.read_bytes()
    withdraw(adopted.agreement, SICHUAN, source, why="y", now=NOW + 1)
    assert record.read_bytes() == before
    with pytest.raises(UsageError) as caught:
        adopt(file, SICHUAN, source, CATALOGUE)
    assert (caught.value.code, caught.value.hint) == ("agreement-id-withdrawn", "agreement-new-id")
    withdraw(adopted.agreement, CHONGQING, source, why="x", now=NOW)
    assert (states(source), codes(source)) == ([], set())


def test_what_another_party_withdrew_is_not_signed(source: Path) -> None:
    file = write(source)
    adopted = adopt(file, CHONGQING, source, CATALOGUE)
    withdraw(adopted.agreement, CHONGQING, source, why="x", now=NOW)
    with pytest.raises(UsageError) as caught:
        adopt(file, SICHUAN, source, CATALOGUE)
    assert (caught.value.code, caught.value.params["region"]) == ("agreement-id-withdrawn", CHONGQING)


def test_a_withdrawal_says_why_and_is_not_of_tomorrow(source: Path) -> None:
    adopted = adopt(write(source), SICHUAN, source, CATALOGUE)
    for why, at in ((" ", NOW), ("x", NOW + 1)):
        with pytest.raises(UsageError):
            withdraw(adopted.agreement, SICHUAN, source, why=why, at=at, now=NOW)
    assert adopted.path.exists()
    assert not (source / SICHUAN / "withdrawn.json").exists()


def test_a_withdrawn_agreement_that_is_listed_again_is_found(source: Path) -> None:
    file = write(source)
    path = adopt(file, SICHUAN, source, CATALOGUE).path
    withdraw(path.stem, SICHUAN, source, why="x", now=NOW)
    path.write_bytes(file.read_bytes())
    assert (states(source), "trust-agreement-revived" in codes(source)) == ([State.WITHDRAWN], True)


def test_a_signature_lies_beside_and_is_checked(source: Path) -> None:
    path = adopt(write(source), SICHUAN, source, CATALOGUE, lambda: KEY).path
    signature = path.with_suffix(".jws")
    assert signature.read_text().count("..") == 1
    assert codes(source) == {"trust-agreement-alone"}
    path.write_bytes(path.read_bytes() + b"\n")
    assert "trust-agreement-signature" in codes(source)
    withdraw(path.stem, SICHUAN, source, why="x", now=NOW)
    assert not signature.exists()


def test_a_key_that_the_region_does_not_list_signs_nothing(source: Path) -> None:
    with pytest.raises(KeyFailureError) as caught:
        adopt(write(source), SICHUAN, source, CATALOGUE, lambda: STRANGER)
    assert caught.value.code == "signing-key-not-listed"
    assert not (source / SICHUAN / "agreements").exists()


def test_a_detached_signature_is_of_these_bytes_by_a_listed_key() -> None:
    region, data = read_region(keys_of(SICHUAN)), b"text"
    good = sign_detached(data, KEY).encode()
    header, _, signature = good.split(b".")
    assert is_signature_of(good + b"\n", data, region)
    bad = [
        sign_detached(data, STRANGER).encode(), sign_detached(b"other", KEY).encode(), b"", b"..", b"a.b", b"\xff..x",
        header + b"." + base64url(data).encode() + b"." + signature, header + b".." + signature[:-4],
        base64url(b'{"alg":"none","typ":"certx-agreement"}').encode() + b"..", base64url(b"7").encode() + b"..",
    ]  # fmt: skip
    for text in bad:
        assert not is_signature_of(text, data, region), text


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"id": "con"}, "agreement-id"),
        ({"id": "../x"}, "agreement-form"),
        ({"parties": [SICHUAN, YUNNAN], "issuedIn": [YUNNAN], "acceptedIn": [SICHUAN]}, None),
        ({"parties": [CHONGQING, YUNNAN]}, "agreement-party"),
        ({"from": "2026-02-30"}, "agreement-form"),
        ({"unless": "x"}, "agreement-form"),
        ({"parties": [SICHUAN, SICHUAN]}, "agreement-form"),
        ({"to": "2025-01-01"}, "days-order"),
        ({"types": ["unheard-of"]}, "type-unknown"),
        ({"parties": [SICHUAN, "990000"]}, "region-not-known"),
        ({"acceptedIn": [YUNNAN]}, "agreement-party"),
        ({"supersedes": ["agr-500000-510000-1"]}, "agreement-supersedes-itself"),
        ({"title": {"zh": "协议\u202e议"}}, "agreement-characters"),
        ({"contact": "a\nb"}, "agreement-characters"),
    ],
)
def test_only_what_is_an_agreement_of_this_region_is_adopted(source: Path, document: Any, code: str | None) -> None:
    file = source.parent / "x.json"
    file.write_bytes(pretty({**draft_agreement(TERMS, CATALOGUE), **document}))
    if code is None:
        assert adopt(file, SICHUAN, source, CATALOGUE).missing == [YUNNAN]
        return
    with pytest.raises(CertxError) as caught:
        adopt(file, SICHUAN, source, CATALOGUE)
    assert caught.value.code == code
    assert not (source / SICHUAN / "agreements").exists()


def test_nothing_is_put_where_a_region_has_no_folder(source: Path) -> None:
    for code in (YUNNAN, "..", ""):
        with pytest.raises(UsageError):
            withdraw("agr-1", code, source, why="x", now=NOW)
    with pytest.raises(UsageError):
        withdraw("../keys", SICHUAN, source, why="x", now=NOW)
    assert (source / SICHUAN / "keys.json").exists()


# Where agreements stand.


def published(**texts: dict[str, Any]) -> list[Standing]:
    """The standings of texts by id, each listed by its regions under `by` (default: its parties)."""
    content: dict[str, bytes] = {f"regions/{code}/keys.json": b"{}" for code in (SICHUAN, CHONGQING, YUNNAN)}
    for name, changes in texts.items():
        by = changes.pop("by", changes.get("parties", [SICHUAN, CHONGQING]))
        document = {**draft_agreement(TERMS, CATALOGUE), "id": name, **changes}
        for code in by:
            content[f"regions/{code}/agreements/{name}.json"] = pretty(document)
    return standings_of(MemoryFiles(content), NOW)


THREE = [SICHUAN, CHONGQING, YUNNAN]


def test_an_agreement_of_three_stands_between_those_that_published_it() -> None:
    (standing,) = published(a={"parties": THREE, "by": [SICHUAN, YUNNAN]})
    assert (standing.state, standing.between, standing.missing) == (State.IN_FORCE, ((SICHUAN, YUNNAN),), (CHONGQING,))
    (standing,) = published(a={"parties": THREE})
    assert len(standing.between) == 3


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, State.IN_FORCE),
        ({"from": "2026-06-02"}, State.NOT_YET),
        ({"to": "2026-05-31"}, State.OVER),
        ({"by": [SICHUAN]}, State.ONE_SIDED),
        ({"by": [YUNNAN]}, State.ONE_SIDED),
        ({"unless": 1}, State.UNREADABLE),
    ],
)
def test_a_state_says_why_it_is_not_in_force(changes: dict[str, Any], state: State) -> None:
    (standing,) = published(a=changes)
    assert standing.state is state
    assert bool(standing.between) is (state is State.IN_FORCE)
    schema = json.loads((SCHEMAS / "documents" / "agreement-standing.json").read_bytes())
    Draft202012Validator(schema).validate(json.loads(orjson.dumps(standing_object(standing))))
    for language in ("zh", "en"):
        assert all(state_lines(standing, Words(language)))


def test_a_superseded_agreement_is_so_only_between_those_bound_by_the_newer() -> None:
    old, new = published(a={"parties": THREE}, b={"supersedes": ["a"]})
    assert old.superseded_by == ("b",)
    assert old.between == ((CHONGQING, YUNNAN), (SICHUAN, YUNNAN))
    assert (old.state, new.state) == (State.IN_FORCE, State.IN_FORCE)
    (old, _) = published(a={}, b={"supersedes": ["a"]})
    assert (old.state, old.between) == (State.SUPERSEDED, ())


def test_an_agreement_is_shown_in_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    for standing in published(**{"agr-x": draft_agreement(FULL, CATALOGUE) | {"id": "agr-x"}, "agr-y": {"unless": 1}}):
        for language in ("zh", "en"):
            print_agreement(standing, CATALOGUE, Words(language), width=80)
    shown = capsys.readouterr().out
    assert all(text in shown for text in ("机动车驾驶证", "Driving licence", "四川省", "Sichuan", "30 天", "7 day(s)"))


# The list for offices.


def rows_of(standings: list[Standing]) -> list[dict[str, str]]:
    regions = Regions(MemoryFiles({f"regions/{SICHUAN}/keys.json": orjson.dumps(keys_of(SICHUAN))}))
    data = recognition_list(standings, CATALOGUE, regions)
    assert data.startswith(b"\xef\xbb\xbf" + HEADINGS[0].encode())
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_the_list_has_a_row_for_each_type_and_direction_in_force() -> None:
    standings = published(
        a={"types": ["driving-licence", "of-the-future"]},
        b=draft_agreement(FULL, CATALOGUE) | {"id": "b", "supersedes": []},
        c={"by": [SICHUAN]},
        d={"to": "2026-05-31"},
    )
    rows = rows_of(standings)
    assert [(row["证照类型"], row["颁发地区"], row["协议"]) for row in rows] == [
        ("of-the-future", "500000", "a"), ("of-the-future", "示例510000 (510000)", "a"),
        ("机动车驾驶证", "500000", "a"), ("机动车驾驶证", "示例510000 (510000)", "a"),
        ("机动车驾驶证", "示例510000 (510000)", "b"),
    ]  # fmt: skip
    last = rows[-1]
    assert (last["接受地区"], last["办理场景"], last["替代材料"]) == ("500000", "renewal", "原件")
    assert (last["免交纸质"], last["方式"], last["有效期至"]) == ("是", "文件", "2026-12-31")
    assert (last["法律依据"], last["联系人"], last["例外"]) == ("'=HYPERLINK(1)", "'@someone", "'-x")
    assert (last["剩余有效期不少于(天)"], last["状态信息不超过(天)"], last["版本"]) == ("30", "7", "1")


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\t=1", "\r", "  =1", "＝1", "－1"])
def test_no_cell_is_run_as_a_formula(cell: str) -> None:
    assert defused(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "a=1", "1-2", "四川省", "'=1"])
def test_other_cells_are_left_alone(cell: str) -> None:
    assert defused(cell) == cell


# The review of what else lies there.

SCENARIO = {"id": "renewal", "version": 1, "name": {"zh": "换证"}, "matter": "x", "types": ["driving-licence"]}


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("scenarios/renewal.json", SCENARIO, None),
        ("scenarios/other.json", SCENARIO, "trust-scenario-name"),
        ("scenarios/renewal.json", {**SCENARIO, "types": ["unheard-of"]}, "trust-type"),
        ("scenarios/renewal.json", {**SCENARIO, "allowed": []}, "scenario-form"),
        ("scenarios/renewal.json", {**SCENARIO, "name": "x"}, "schema-type"),
        ("scenarios/renewal.json", {**SCENARIO, "constraints": {"$ref": "#"}}, "schema-not-a-schema"),
        (
            "scenarios/renewal.json",
            {**SCENARIO, "constraints": {"properties": {"sex": {"const": "1"}}}},
            "trust-scenario-unrequired",
        ),
        ("scenarios/renewal.json", {**SCENARIO, "constraints": {"properties": {"sex": {}}}}, None),
        ("scenarios/renewal.json", {**SCENARIO, "requires": ["vehicleClasses"]}, "scenario-claim-in-parts"),
        ("scenarios/renewal.json", {**SCENARIO, "constraints": {"properties": {"sex": {}}}, "requires": ["sex"]}, None),
        ("scenarios/renewal.txt", "", "trust-stranger"),
        ("withdrawn.json", {"agreements": []}, None),
        ("withdrawn.json", {"agreements": {}}, "withdrawn-form"),
        ("withdrawn.json", {"agreements": [{"id": "agr-1"}]}, "schema-required"),
        ("agreements/agr-1.jws", "a..b", "trust-agreement-signature"),
    ],
)
def test_what_a_region_publishes_on_recognition_is_reviewed(
    source: Path, name: str, content: Any, code: str | None
) -> None:
    path = source / SICHUAN / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else orjson.dumps(content))
    assert codes(source) == ({code} if code is not None else set())


def test_a_document_error_names_the_file_of_a_draft() -> None:
    with pytest.raises(DocumentError) as caught:
        draft_agreement(TERMS._replace(mode="fax"), CATALOGUE)
    assert caught.value.params["file"] == "agr-500000-510000-1.json"


def test_an_id_that_a_stranger_withdrew_is_nobodys_business() -> None:
    content = {
        f"regions/{code}/agreements/a.json": pretty({**draft_agreement(TERMS, CATALOGUE), "id": "a"})
        for code in (SICHUAN, CHONGQING)
    }
    content[f"regions/{YUNNAN}/withdrawn.json"] = b'{"agreements": [{"id": "a"}]}'
    (standing,) = standings_of(MemoryFiles(content), NOW)
    assert isinstance(standing.agreement, Agreement)
    assert (standing.state, standing.agreement.withdrawn_by) == (State.IN_FORCE, frozenset())


def test_no_key_is_opened_before_the_agreement_is_known_to_be_good(source: Path) -> None:
    file = write(source, TERMS._replace(parties=[CHONGQING, YUNNAN]))
    with pytest.raises(UsageError):
        adopt(file, SICHUAN, source, CATALOGUE, lambda: new_signer("never"))


def test_a_withdrawal_is_not_for_a_later_day(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="withdrawal-in-future"):
        withdraw("agr-1", SICHUAN, tmp_path, why="x", now=NOW, at=NOW + 1)
