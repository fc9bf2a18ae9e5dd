"""Several people change one reviewed source at the same moment: nobody's change is lost."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from certx.app.trust.publishing import content_of
from certx.app.trust.source_lock import SOURCE_LOCK, changing
from certx.errors import Exit
from certx.keys import new_signer
from certx.trust.federation import ROLES_FILE, read_federation
from cli.orders import MAIN
from cli.runner import Session, folder_of

ISSUER = "11510100MB9X0A012X"
KEYS = 6


@pytest.fixture
def session(town: Path, tmp_path: Path) -> Session:
    return Session(folder_of(town, tmp_path))


def begin(session: Session, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-P", "-c", MAIN, *arguments], cwd=session.folder, env=session.environment,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def ends(started: list[subprocess.Popen[str]]) -> list[tuple[int, str]]:
    """Exit status and stderr of each."""
    said = [process.communicate(timeout=120)[1] for process in started]
    return [(process.returncode, text) for process, text in zip(started, said, strict=True)]


def test_every_change_made_at_once_is_there(session: Session) -> None:
    source = session.folder / "registry"
    kids = []
    for number in range(KEYS):
        jwk = new_signer("ES256").public_jwk
        kids.append(jwk["kid"])
        (session.folder / f"key-{number}.jwk.json").write_text(json.dumps(jwk))
    adding = [["trust", "key", "add", "registry", f"key-{n}.jwk.json", "--issuer", ISSUER] for n in range(KEYS)]
    denying = [
        ["trust", "deny", "registry", "--region", "500000", "--why", "inquiry"],
        ["trust", "deny", "registry", "--issuer", ISSUER, "--why", "inquiry"],
    ]
    retiring = ["trust", "key", "retire", "registry", "home/keys/samr.jwk.json", "--at", "2099-01-01"]
    results = ends([begin(session, *command) for command in (*adding, *denying, retiring)])

    assert [status for status, _ in results] == [Exit.OK] * len(results), results
    issuer = json.loads((source / "510000" / "keys.json").read_bytes())["issuers"][0]
    rows = {row["kid"]: row for row in issuer["keys"]}
    assert rows.keys() >= set(kids)
    assert [row["history"][-1]["what"] for row in rows.values() if row["kid"] not in kids] == ["retired"]
    denials = json.loads((source / "federation" / "suspensions.json").read_bytes())["denials"]
    assert sorted(name for row in denials for name in row.keys() & {"region", "issuer"}) == ["issuer", "region"]


def test_of_two_texts_under_one_name_the_first_is_signed(session: Session) -> None:
    terms = "--parties 510000,500000 --types data-broker-qualification --from 2026-01-01 --paper-waived --id agr-one"
    for name, days in (("a", 30), ("b", 60)):
        session.run(f"certx agreement new {terms} --min-remaining-days {days} --out {name}.json")
    source = session.folder / "registry"
    path = source / "510000" / "agreements" / "agr-one.json"
    with changing(source):
        sign = ("agreement", "sign", "--as", "510000", "--source", "registry")
        started = [begin(session, *sign, f"{name}.json") for name in "ab"]
        time.sleep(2)  # both have looked whether there is such an agreement
        assert not path.exists()
    results = ends(started)
    is_published = [(session.folder / f"{name}.json").read_bytes() == path.read_bytes() for name in "ab"]
    assert [status == Exit.OK for status, _ in results] == is_published, results


def test_the_lock_is_no_stranger_and_is_not_published(session: Session) -> None:
    deny = "certx trust deny registry --region 500000 --why inquiry"
    assert session.run(f"{deny} --dry-run").status == Exit.OK
    assert not (session.folder / "registry" / SOURCE_LOCK).exists(), "a rehearsal writes nothing"
    assert session.run(deny).status == Exit.OK
    assert (session.folder / "registry" / SOURCE_LOCK).is_file()
    assert session.run("certx trust check registry").status == Exit.OK
    roles = json.loads((session.folder / "registry" / ROLES_FILE).read_bytes())
    content = content_of(session.folder / "registry", read_federation(roles))
    assert not any(SOURCE_LOCK in path for files in content.values() for path in files)


def test_a_folder_that_is_no_source_is_left_alone(session: Session) -> None:
    (session.folder / "elsewhere").mkdir()
    assert session.run("certx trust deny elsewhere --region 500000 --why inquiry").status != Exit.OK
    assert list((session.folder / "elsewhere").iterdir()) == []


def test_whoever_comes_second_waits_for_the_first(session: Session) -> None:
    source = session.folder / "registry"
    with changing(source), changing(source, dry=True):
        process = begin(session, "trust", "deny", "registry", "--region", "500000", "--why", "x")
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=2)
        assert not (source / "federation" / "suspensions.json").exists()
    assert ends([process])[0][0] == Exit.OK
