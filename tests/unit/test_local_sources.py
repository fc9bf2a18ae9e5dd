"""Where this machine finds the status list that a credential names."""

import json
from pathlib import Path

import pytest

from certx.app.registry.sources import LocalSources
from certx.settings import Settings
from certx.trust.files import MAX_FILE_BYTES
from world import CHONGQING, CREDIT_CODE, NOW, SICHUAN, STATUS_KEY, STATUS_URI, status_list

WEB_URI = f"https://status.example/lists/{SICHUAN}/{CREDIT_CODE}-1.jwt"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the first list of the issuer lies."""
    path = tmp_path / SICHUAN / "status" / f"{CREDIT_CODE}-1.jwt"
    path.parent.mkdir(parents=True)
    path.write_text(status_list({1: 1}))
    keys = {"region": SICHUAN, "name": {"zh": "四川省", "en": "Sichuan"}, "issuers": []}
    (tmp_path / SICHUAN / "keys.json").write_text(json.dumps(keys))
    return path


@pytest.fixture
def sources(path: Path, tmp_path: Path) -> LocalSources:
    assert path.is_file()
    return LocalSources(Settings(tmp_path / "home", registry=tmp_path), now=NOW)


@pytest.mark.parametrize("uri", [STATUS_URI, WEB_URI])
@pytest.mark.parametrize("end", ["", "\n"])
def test_a_list_is_found_by_either_name(uri: str, end: str, sources: LocalSources, path: Path) -> None:
    path.write_text(status_list({1: 1}, uri=uri) + end)
    token = sources.status_token(SICHUAN, uri)
    assert token is not None
    from certx.keys import read_public_key  # noqa: PLC0415 - only here

    assert token.open(read_public_key(STATUS_KEY.public_jwk), uri).get(1) == 1


def test_a_list_is_read_once(sources: LocalSources, path: Path) -> None:
    first = sources.status_token(SICHUAN, STATUS_URI)
    path.unlink()
    assert sources.status_token(SICHUAN, STATUS_URI) is first
    assert first is not None


@pytest.mark.parametrize(
    ("region", "uri"),
    [
        (CHONGQING, STATUS_URI),
        (SICHUAN, STATUS_URI[:-1] + "2"),
        (SICHUAN, STATUS_URI.replace(SICHUAN, CHONGQING)),
        (SICHUAN, f"https://status.example/{SICHUAN}/../keys.json"),
        (SICHUAN, "https://status.example/1"),
        (SICHUAN, ""),
    ],
)
def test_a_list_that_is_not_there_is_none(region: str, uri: str, sources: LocalSources) -> None:
    assert sources.status_token(region, uri) is None


def test_a_list_that_cannot_be_read_is_none(sources: LocalSources, path: Path) -> None:
    path.write_bytes(b"A" * (MAX_FILE_BYTES + 1))
    assert sources.status_token(SICHUAN, STATUS_URI) is None


def test_without_a_registry_there_is_no_list(tmp_path: Path) -> None:
    assert LocalSources(Settings(tmp_path), now=NOW).status_token(SICHUAN, STATUS_URI) is None
