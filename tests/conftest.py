"""Shared fixtures: where third-party vectors are, and no network."""

import os
import shutil
import socket
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import pytest

from postgres_ledger import VARIABLE, database_of_tests, server_url, wipe
from softhsm import SoftHsm

ROOT = Path(__file__).resolve().parent.parent
IN_CI = os.environ.get("CI") == "true"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--soak` also runs what takes minutes (`make soak`)."""
    parser.addoption("--soak", action="store_true", help="run tests marked slow")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave tests marked slow to `make soak`."""
    if not config.getoption("--soak"):
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(pytest.mark.skip(reason="takes minutes: make soak"))


def _vectors() -> Path:
    return Path(os.environ.get("CERTX_VECTORS", ROOT.parent / "shared" / "vectors"))


def need(condition: object, reason: str) -> None:
    """Skip with a reason where something is not installed; in CI its absence is a failure."""
    if not condition:
        if IN_CI:
            pytest.fail(f"{reason} (CI must have it)")
        pytest.skip(reason)


@pytest.fixture(scope="session")
def vectors() -> Path:
    """The folder of third-party test vectors."""
    folder = _vectors()
    need(folder.is_dir(), f"third-party vectors are not at {folder}")
    return folder


@pytest.fixture(scope="session")
def device(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoftHsm]:
    """SoftHSM2 with a folder of its own for tokens; those of the system are never seen."""
    need(shutil.which("softhsm2-util"), "softhsm2 is not installed")
    need(find_spec("pkcs11"), "certx[hsm] is not installed")
    before = os.environ.get("SOFTHSM2_CONF")
    softhsm = SoftHsm(tmp_path_factory.mktemp("softhsm"))
    os.environ["SOFTHSM2_CONF"] = str(softhsm.configuration)
    yield softhsm
    os.environ.pop("SOFTHSM2_CONF")
    if before is not None:
        os.environ["SOFTHSM2_CONF"] = before


@pytest.fixture(scope="session")
def postgres_database() -> Iterator[str]:
    """A database of this process of tests on a PostgreSQL server."""
    need(find_spec("psycopg"), "certx[postgres] is not installed")
    server = server_url()
    need(server, f"no PostgreSQL server: {VARIABLE} names none")
    assert server is not None
    with database_of_tests(server) as url:
        yield url


@pytest.fixture
def postgres(postgres_database: str) -> str:
    """The URL of a database without a ledger."""
    wipe(postgres_database)
    return postgres_database


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Nothing in certx opens a connection; a test that needs one says `@pytest.mark.network`."""
    if request.node.get_closest_marker("network"):
        return

    def refuse(*_: object, **__: object) -> NoReturn:
        pytest.fail("a test opened a network connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
