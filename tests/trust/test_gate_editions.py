"""A change held against what is published: a registry, a bundle of it, the generation that a machine keeps."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from certx.app.schema.gate import GateOrder, run_gate
from certx.app.trust.bundling import bundle
from certx.errors import EnvironmentFailureError
from certx.gate.review import Mode
from certx.settings import Settings
from schema_repository import ROOT, TODAY, broken, successor
from trust.realm import Realm
from unit.test_gate_review import shorter

TYPE = "business-licence"


def judged(new: Path, against: str, settings: Settings) -> Any:
    return run_gate(GateOrder([str(new)], against, Mode.TRANSITIVE), settings, today=TODAY).report


@pytest.fixture
def change(tmp_path: Path) -> Path:
    """What certx ships, with a broken minor of one type and the keys of nobody."""
    folder = tmp_path / "change"
    shutil.copytree(ROOT / "schemas", folder / "schemas")
    path = f"schemas/{TYPE}/1.1.json"
    (folder / path).write_bytes(successor(TYPE, shorter)[path])
    return folder


@pytest.mark.parametrize("kind", ["folder", "bundle", "registry"])
def test_a_change_is_held_against_what_is_published(kind: str, realm: Realm, change: Path, tmp_path: Path) -> None:
    against = {"folder": str(realm.repository), "bundle": str(tmp_path / "b.zip"), "registry": "registry"}[kind]
    if kind == "bundle":
        bundle(realm.repository, Path(against))
    if kind == "registry":
        realm.sync()
    report = judged(change, against, realm.settings)
    assert broken(report) == {"old-licences-refused", "major-not-raised"}
    (change / f"schemas/{TYPE}/1.1.json").unlink()
    assert judged(change, against, realm.settings).steps == ()


def test_a_registry_that_was_altered_is_not_believed(realm: Realm, change: Path) -> None:
    (target,) = (realm.repository / "targets" / "catalogue" / "schemas").glob(f"*.{TYPE}-1.0.json")
    target.write_text(json.dumps(json.loads(target.read_bytes())))
    assert "schema-unreadable" in broken(judged(change, str(realm.repository), realm.settings))


def test_a_zip_that_is_no_bundle(realm: Realm, change: Path, tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK\x03\x04")
    with pytest.raises(EnvironmentFailureError):
        judged(change, str(tmp_path / "x.zip"), realm.settings)
