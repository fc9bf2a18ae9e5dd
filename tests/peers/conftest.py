"""The other implementations; where one is not installed its tests are skipped, in CI they fail."""

import shutil
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

import pytest

from conftest import need
from peers.npm import FOLDER, NpmPeer


@pytest.fixture(scope="session")
def npm() -> Iterator[NpmPeer]:
    """One Node process for all tests of a session."""
    need(shutil.which("node"), "node is not installed")
    need((FOLDER / "node_modules").is_dir(), "npm ci was not run in tests/peers")
    with NpmPeer() as peer:
        yield peer


@pytest.fixture(scope="session")
def reference() -> ModuleType:
    """PyPI's `sd-jwt`, behind `peers.reference`."""
    need(find_spec("sd_jwt"), "sd-jwt is not installed")
    return import_module("peers.reference")


@pytest.fixture(scope="session")
def openvc() -> ModuleType:
    """PyPI's `openvc-core`, behind `peers.open_vc`."""
    need(find_spec("openvc"), "openvc-core is not installed")
    return import_module("peers.open_vc")
