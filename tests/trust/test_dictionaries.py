"""Dictionaries travel with the schemas of the federation; those that came with certx stand in."""

from pathlib import Path

import pytest

import world
from certx.app.registry.sources import LocalSources
from certx.carrier.symbols import write
from certx.schema.files import shipped_schemas
from certx.settings import load_settings
from certx.trust.shelf import dictionary_path
from trust.realm import NOW, Realm


def test_a_dictionary_comes_with_the_registry(realm: Realm, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = shipped_schemas().dictionary(1)
    realm.sync()
    monkeypatch.setattr("certx.schema.files.FolderShelf.dictionary", lambda *_: None)
    assert shipped_schemas().dictionary(1) is None
    sources = LocalSources(realm.settings, now=NOW)
    assert sources.dictionary(1) == shipped
    assert sources.dictionary(2) is None


def test_without_a_registry_the_one_that_came_with_certx_is_used(tmp_path: Path) -> None:
    sources = LocalSources(load_settings({"CERTX_HOME": str(tmp_path)}), now=NOW)
    assert sources.dictionary(1) == shipped_schemas().dictionary(1)


def test_a_symbol_is_verified_by_the_registry(realm: Realm) -> None:
    realm.sync()
    credential = world.issue(issued_at=NOW - 60)
    text = write(credential, shipped_schemas().dictionary)[0]
    assert realm.verify(text) == realm.verify(credential)
    assert dictionary_path(1) == "catalogue/dictionary-1.bin"
