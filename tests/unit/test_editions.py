"""Where an edition may come from, beside git: folders, files, registries, bundles; and what is done with it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from certx.app.schema.docs import write_docs
from certx.app.schema.editions import open_edition
from certx.app.schema.gate import GateOrder, read_assumptions, run_gate
from certx.app.schema.gate_settings import read_gate_settings
from certx.errors import CertxError, UsageError
from certx.gate.matrix import TAKEN, Judge, Route, Row, rows, worsened
from certx.gate.review import Mode
from certx.i18n import Words
from certx.licence.model import day_of
from certx.schema.catalogue import require
from certx.schema.compat import Content, Formats
from certx.schema.metadata import type_metadata
from certx.settings import Settings
from schema_repository import EVERYTHING, ROOT, SHIPPED, TODAY, changed, edition, found, profile_of, successor
from unit.test_gate_review import longer, shorter, with_trademark
from world import CATALOGUE, NOW, TYPES

TYPE = "business-licence"
OLD = f"schemas/{TYPE}/1.0.json"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "home")


def written(folder: Path, tree: dict[str, bytes]) -> Path:
    for path, data in tree.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def ordered(
    *sources: Path | str, against: str | None = None, mode: Mode = Mode.TRANSITIVE, assume: Any = ()
) -> GateOrder:
    return GateOrder([str(source) for source in sources], against, mode, assume)


def test_two_folders(tmp_path: Path, settings: Settings) -> None:
    old, new = written(tmp_path / "old", SHIPPED), written(tmp_path / "new", successor(TYPE, shorter))
    for order in (ordered(old, new), ordered(new, against=str(old))):
        gated = run_gate(order, settings, today=TODAY)
        assert gated.report.exit == 3
        assert gated.folder == new
    assert run_gate(ordered(old, old), settings, today=TODAY).report.exit == 0


def test_two_files_of_a_licence_type(tmp_path: Path, settings: Settings) -> None:
    folder = written(tmp_path, successor(TYPE, shorter))
    old, new = folder / OLD, folder / OLD.replace("1.0", "1.1")
    report = run_gate(ordered(old, new), settings, today=TODAY).report
    assert {finding.rule for finding in report.findings} == {"old-licences-refused", "major-not-raised"}
    assert {finding.place for finding in report.findings} == {str(new)}
    copy = tmp_path / "alone.json"  # with nothing beside it: the shared definitions are those of certx
    copy.write_bytes(changed(SHIPPED, OLD, longer)[OLD])
    report = run_gate(ordered(old, copy), settings, today=TODAY).report
    assert {finding.rule for finding in report.findings} == {"new-licences-refused"}
    assert report.steps[0].should_be == "2.0"


def plain(path: Path, schema: object) -> Path:
    path.write_text(json.dumps(schema))
    return path


def test_two_files_of_any_other_schema(tmp_path: Path, settings: Settings) -> None:
    old, new = plain(tmp_path / "a.json", {"type": "integer"}), plain(tmp_path / "b.json", {"type": "number"})
    report = run_gate(ordered(old, new), settings, today=TODAY).report
    assert [finding.rule for finding in report.findings] == ["new-documents-refused"]
    assert report.steps[0].proven.keys() == {"backward"}
    assert run_gate(ordered(old, new, mode=Mode.BACKWARD), settings, today=TODAY).report.exit == 0
    witness = report.findings[0].witness
    assert witness is not None
    assert not float(witness.document).is_integer()


def test_folders_of_other_schemas_refer_to_one_another(tmp_path: Path, settings: Settings) -> None:
    word = {"$id": "urn:x:word", "type": "string", "maxLength": 3}
    for name, extra in (("old", {}), ("new", {"maxItems": 3})):
        folder = tmp_path / name
        folder.mkdir()
        plain(folder / "word.json", word)
        plain(folder / "words.json", {"type": "array", "items": {"$ref": "urn:x:word"}, **extra})
    report = run_gate(ordered(tmp_path / "old", tmp_path / "new"), settings, today=TODAY).report
    finding = found(report, "old-documents-refused")
    assert finding.place == "words.json"
    assert finding.witness is not None
    assert len(finding.witness.document) == 4


def test_assumptions_have_names() -> None:
    assumed = read_assumptions(["declared-only", "formats"])
    assert assumed == (Content.DECLARED, Formats.ASSERTION)
    with pytest.raises(UsageError):
        read_assumptions(["hope"])


@pytest.mark.parametrize("sources", [[], ["a", "b", "c"]])
def test_two_sides_and_no_more(sources: list[str], settings: Settings) -> None:
    with pytest.raises(UsageError):
        run_gate(ordered(*sources), settings, today=TODAY)


@pytest.mark.parametrize("source", ["nowhere", "registry", "git:nowhere"])
def test_what_is_no_source(source: str, tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(CertxError), open_edition(source, tmp_path, settings):
        pass


def test_of_a_web_address_it_is_said_what_to_do_first(tmp_path: Path, settings: Settings) -> None:
    with (
        pytest.raises(CertxError) as caught,
        open_edition("https://registry.example/", tmp_path, settings),
    ):
        pass
    _, hint = Words("en").error(caught.value)
    assert hint is not None
    assert "certx sync --from URL" in hint


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[schema]\nkeys = @", "(at line 2, column 8)"),
        ("schema = 1", "write [schema]"),
        ("[schema]\nkeyz = 'x'", "[schema] has no keyz (known: schemas, keys, seconds, exceptions)"),
        ("[schema]\nkeys = '../x'", "keys in [schema] is a folder below the top of the repository"),
        ("[schema]\nseconds = 0", "seconds in [schema] is a number above 0 and at most 600, not 0"),
        ("[schema]\nseconds = 'x'", "seconds in [schema] is a number above 0"),
        ("[schema]\nexceptions = 1", "begin each with [[schema.exceptions]]"),
    ],
)
def test_settings_of_a_gate_with_a_mistake(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "certx.toml").write_text(text)
    with pytest.raises(UsageError) as caught:
        read_gate_settings(tmp_path)
    message, _ = Words("en").error(caught.value)
    assert message.startswith(str(tmp_path / "certx.toml"))
    assert said in message


def test_the_settings_of_a_gate_and_of_a_machine_may_share_a_file(tmp_path: Path) -> None:
    from certx.settings import load_settings  # noqa: PLC0415 - only here

    (tmp_path / "certx.toml").write_text('region = "510000"\n[schema]\nschemas = "licences"\nseconds = 5\n')
    assert load_settings({"CERTX_HOME": str(tmp_path)}).region == "510000"
    gate = read_gate_settings(tmp_path)
    assert (gate.layout.schemas, gate.seconds) == ("licences", 5.0)


def judge(tree: Mapping[str, bytes], now: float = NOW) -> Judge:
    return Judge(edition(tree), now=now, today=day_of(now))


def matrix(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> list[Row]:
    return list(rows(judge(old), judge(new)))


def test_the_matrix_has_every_route_by_agreement_and_matter() -> None:
    found_rows = list(rows(None, judge(SHIPPED)))
    routes = {row.route for row in found_rows}
    assert Route("510000", "500000", TYPE) in routes
    assert Route("510000", "500000", "real-estate-certificate", "business-premises") in routes
    assert Route("510000", "500000", "identity-card") not in routes  # no such schema in this tree
    plain = [row for row in found_rows if row.route.licence_type == TYPE and not row.route.matter]
    assert {outcome for row in plain for outcome in row.now.values()} == {TAKEN}
    branch = [row for row in found_rows if row.route.matter == "company-branch"]  # for all regions, by the federation
    assert {row.route.accepted_in for row in branch} == {"500000", "510000"}
    assert {outcome for row in branch for outcome in row.now.values()} == {TAKEN, "scenario-not-met"}
    (other,) = [row for row in found_rows if row.route == Route("510000", "500000", "real-estate-certificate")]
    assert set(other.now.values()) == {"agreement-other-matter"}


def test_the_matrix_does_not_change_while_the_samples_expire() -> None:
    then = NOW + 500 * 86_400
    assert b'"expiringDate": "2027-01-31"' in b"".join(EVERYTHING.values())
    assert list(rows(None, judge(EVERYTHING, then))) == list(rows(None, judge(EVERYTHING)))


def test_the_matrix_tells_what_is_not_taken_any_more() -> None:
    narrowed = changed(SHIPPED, OLD, lambda d: d["properties"]["entityType"].update(maxLength=1))
    worse = [row for row in matrix(SHIPPED, narrowed) if row.worse]
    assert {row.route.licence_type for row in worse} == {TYPE}
    assert {(row.route.issued_in, row.route.accepted_in) for row in worse} >= {
        ("510000", "500000"),
        ("500000", "500000"),
    }
    assert set(worse[0].now.values()) == {"licence-malformed"}
    report = worsened(worse, edition(SHIPPED), edition(narrowed))
    assert report.exit == 3
    assert worsened(matrix(SHIPPED, successor(TYPE, with_trademark)), edition(SHIPPED), edition(SHIPPED)).exit == 0


def test_the_matrix_knows_agreements_matters_and_profiles() -> None:
    agreements = {path for path in SHIPPED if "/agreements/" in path and TYPE in SHIPPED[path].decode()}
    alone = {path: data for path, data in SHIPPED.items() if path not in agreements}
    lost = [row for row in matrix(SHIPPED, alone) if row.worse and row.route.licence_type == TYPE]
    assert {row.route.issued_in == row.route.accepted_in for row in lost} == {False}
    renewal = "keys/510000/scenarios/driving-licence-renewal.json"
    stricter = changed(EVERYTHING, renewal, lambda d: d["requires"].append("nothingOfThatName"))
    worse = [row for row in matrix(EVERYTHING, stricter) if row.worse]
    assert {(row.route.accepted_in, row.route.matter) for row in worse} == {("510000", "driving-licence-renewal")}
    profile = {**SHIPPED, f"keys/510000/profile-{TYPE}.json": profile_of(restricts={"entityType": {"maxLength": 1}})}
    (row,) = [r for r in rows(None, judge(profile)) if r.route == Route("510000", "500000", TYPE)]
    assert row.now == {}  # that region issues none of the samples
    assert not [row for row in matrix(SHIPPED, profile) if row.worse]  # and nobody refuses what is not issued
    own = {"adds": {"park": {"type": "string"}}, "requiresAdded": ["park"]}  # which no sample of all can have
    adding = {**SHIPPED, f"keys/510000/profile-{TYPE}.json": profile_of(**own)}
    (row,) = [r for r in rows(None, judge(adding)) if r.route == Route("510000", "500000", TYPE)]
    assert set(row.now.values()) == {TAKEN}


@pytest.mark.parametrize("licence_type", TYPES)
def test_type_metadata_names_every_claim_in_both_languages(licence_type: str) -> None:
    schema = require(CATALOGUE, licence_type)
    metadata = type_metadata(schema)
    assert metadata["vct"] == schema.vct
    assert [row["locale"] for row in metadata["display"]] == ["zh-CN", "en"]
    by_path = {tuple(row["path"]): row for row in metadata["claims"]}
    assert len(by_path) == len(metadata["claims"])
    assert {tuple(step for step in path if step is not None) for path in by_path} == set(schema.labels)
    for row in by_path.values():
        assert [shown["locale"] for shown in row["display"]] == ["zh-CN", "en"]
    assert by_path["holders",]["sd"] == "never"
    assert by_path["holders", None]["sd"] == "always"
    assert by_path["certificateIdentifier",] == {**by_path["certificateIdentifier",], "mandatory": True, "sd": "never"}
    assert by_path["holders", None, "name"]["mandatory"]


def test_pages_and_metadata_are_written_for_each_type(tmp_path: Path, settings: Settings) -> None:
    paths = write_docs(str(ROOT), [TYPE], tmp_path / "site", settings)
    assert [path.name for path in paths] == [f"{TYPE}.zh.md", f"{TYPE}.en.md", f"{TYPE}-1.vct.json"]
    chinese, english, metadata = (path.read_text("utf-8") for path in paths)
    assert chinese.startswith("# 营业执照\n")
    assert "| `holders.name` | Holder |" in english
    assert "`001` 统一社会信用代码" in chinese
    assert json.loads(metadata)["vct"] == f"urn:certx:licence:{TYPE}:1"
    with pytest.raises(UsageError):
        write_docs(str(ROOT), ["tea-licence"], tmp_path, settings)
