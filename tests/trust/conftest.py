"""A realm, published once for all tests."""

from pathlib import Path

import pytest

from trust.realm import Realm


@pytest.fixture(scope="session")
def first_realm(tmp_path_factory: pytest.TempPathFactory) -> Realm:
    return Realm.founded(tmp_path_factory.mktemp("realm"))


@pytest.fixture
def realm(first_realm: Realm, tmp_path: Path) -> Realm:
    return first_realm.copied(tmp_path / "realm")
