"""What `certx doctor` says mends a machine does so, typed as it is shown."""

import json
from pathlib import Path

import pytest

from cli.runner import Session, folder_of

OPEN = {
    "a key": ("chmod 644 home/keys/samr.pem", "key-open"),
    "the key folder": ("chmod 755 home/keys", "folder-open"),
    "the ledger": ("touch home/ledger.db; chmod 644 home/ledger.db", "ledger-open"),
    "a name with blanks and quotes": (
        "mv home/keys/samr.pem \"home/keys/a 'b' $c.pem\"; chmod 644 home/keys/*",
        "key-open",
    ),
    "a Chinese name": ("mv home/keys/samr.pem home/keys/密钥.pem; chmod 644 home/keys/密钥.pem", "key-open"),
    "a name that is no text": (
        r"mv home/keys/samr.pem home/keys/$(printf '\377').pem; chmod 644 home/keys/*.pem",
        "key-open",
    ),
    "a home that is named with a blank": (
        "mv home 'a home'; export CERTX_HOME='a home'; chmod 755 'a home'",
        "folder-open",
    ),
    "an empty ledger": (": > home/ledger.db; chmod 600 home/ledger.db", "ledger-empty"),
    "a damaged pointer": ("echo x > home/registry/current", "registry-unusable"),
    "never synced": ("rm -r home/registry/current home/registry/generations", "registry-not-synced"),
}


@pytest.fixture
def session(town: Path, tmp_path: Path) -> Session:
    session = Session(folder_of(town, tmp_path))
    session.run("certx init --region 500000 --registry signed --root signed/metadata/1.root.json; certx sync")
    return session


def commands_of(mend: str) -> list[str]:
    """The commands in the words, which separate them by semicolons and begin them after a colon."""
    return [part.replace("：", ": ").rpartition(": ")[2] for part in mend.replace("；", ";").split(";")]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("situation", OPEN)
def test_what_is_said_is_typed_and_mends_it(situation: str, lang: str, session: Session) -> None:
    spoil, code = OPEN[situation]
    look = f"certx doctor --json --lang {lang}"
    before = session.run(f"{spoil}; {look}")
    mends = [found["mend"] for found in map(json.loads, before.stdout.splitlines()) if found["code"] == code]
    assert mends, before
    home = "export CERTX_HOME='a home';" if "a home" in spoil else ""
    for mend in mends:
        command = commands_of(mend)[-1 if "rm " in mend else 0]
        assert session.run(f"{home} {command}").status == 0, command
    after = session.run(f"{home} {look}")
    assert [found["code"] for found in map(json.loads, after.stdout.splitlines()) if found["code"] == code] == []


def test_whose_reader_has_gone_does_not_seem_in_order(session: Session) -> None:
    session.run("chmod 755 home; (certx doctor; echo $? > status) | true")
    assert (session.folder / "status").read_text() == "9\n"
