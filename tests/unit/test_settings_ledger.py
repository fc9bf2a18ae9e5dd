"""Where the settings have the ledger."""

from pathlib import Path

import pytest

from certx.errors import UsageError
from certx.settings import load_settings

URL = "postgresql://clerk@db.example/licences?sslmode=verify-full"
OTHER = "postgres:///other"


def test_the_ledger_is_a_file_unless_told(tmp_path: Path) -> None:
    settings = load_settings({"CERTX_HOME": str(tmp_path)})
    assert (settings.ledger, settings.ledger_url) == (tmp_path / "ledger.db", None)


def test_the_environment_outweighs_the_file(tmp_path: Path) -> None:
    (tmp_path / "certx.toml").write_text(f'ledger = "{URL}"\n')
    environment = {"CERTX_HOME": str(tmp_path)}
    assert load_settings(environment).ledger_url == URL
    assert load_settings({**environment, "CERTX_LEDGER": OTHER}).ledger_url == OTHER


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("postgresql://clerk:open-sesame@db.example/licences", "ledger-password"),
        ("postgresql://clerk:@db.example/licences", "ledger-password"),
        ("postgresql://clerk@db.example/licences?sslmode=require&password=open-sesame", "ledger-password"),
        ("postgresql:///licences?sslpassword=open-sesame", "ledger-password"),
        ("mysql://clerk:open-sesame@db.example/licences", "ledger-password"),
        ("mysql://clerk@db.example/licences", "ledger-url"),
        ("/var/lib/certx/ledger.db", "ledger-url"),
        ("postgresql://[db.example/licences", "ledger-url"),
    ],
)
def test_what_is_no_such_url_is_refused_without_its_secrets(url: str, code: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load_settings({"CERTX_HOME": str(tmp_path), "CERTX_LEDGER": url})
    assert caught.value.code == code
    assert "sesame" not in str(caught.value)
