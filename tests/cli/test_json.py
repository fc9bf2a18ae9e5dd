"""What `--json` prints obeys the published schemas of `schemas/documents/`, in every situation that scripts meet."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from certx.schema.files import shipped_schemas
from cli.orders import OPTIONS, write_table
from cli.runner import Session, folder_of
from conftest import need

ISSUE = " ".join(["certx issue", *OPTIONS])


def validator(name: str) -> Draft202012Validator:
    path = shipped_schemas().folder / "documents" / f"{name}.json"
    need(path.is_file(), f"the schema of this document is not there yet: {path}")
    schema = json.loads(path.read_bytes())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def objects(text: str) -> Iterator[Any]:
    for line in text.splitlines():
        if line.startswith("{"):
            yield json.loads(line)


@pytest.fixture
def session(town: Path, tmp_path: Path) -> Session:
    return Session(folder_of(town, tmp_path))


VERIFY = {
    "everything": "certx verify --registry registry --region 500000 licences/*.txt cases/*.txt issued.jsonl",
    "in Chinese": "certx verify --registry registry --region 500000 cases/*.txt nowhere.txt --lang zh",
    "own region": "certx verify --registry registry --region 510100 licences/*.txt",
    "no registry": "certx verify licences/business-licence.txt cases/*.txt",
    "registry gone": "certx verify --registry nowhere cases/*.txt",
    "registry damaged": "echo '{' > registry/510000/keys.json; certx verify --registry registry cases/*.txt",
    "no region": "certx verify --registry registry cases/*.txt",
    "a proof is wanted": "certx verify --registry registry --region 500000 --nonce n --audience a cases/*.txt",
    "stdin": "certx verify --registry registry --region 500000 - < licences/driving-licence.txt",
    "argument": 'certx verify --registry registry --region 500000 "$(cat licences/driving-licence.txt)"',
    "unreadable": "head -c 300 cases/accepted.txt > cut.txt; : > empty.txt; printf '\\0\\1' > binary.txt; "
    "head -c 2000000 /dev/zero | tr '\\0' A > big.txt; echo '[1, {}]' > list.json; echo '{\"a\": 1}' > one.json; "
    "certx verify cut.txt empty.txt binary.txt big.txt list.json one.json licences nowhere.txt ''",
    "hand-made": "echo 'eyJhbGciOiJub25lIn0.e30.~' > none.txt; echo 'eyJhbGciOiJFUzI1NiJ9.e30.AAAA~' > bare.txt; "
    "echo 'e.y.J~' > odd.txt; echo 'eyJ.eyJ.eyJ~' > json.txt; echo 'eyJhbGciOiJFUzI1NiJ9.W10.AAAA~x~y~' > more.txt; "
    "certx verify none.txt bare.txt odd.txt json.txt more.txt --registry registry",
}


@pytest.mark.parametrize("situation", VERIFY)
def test_every_verdict_obeys_its_schema_and_has_a_next_step(situation: str, session: Session) -> None:
    check = validator("verdict")
    result = session.run(VERIFY[situation] + " --json")
    verdicts = list(objects(result.stdout))
    assert verdicts, result.stderr
    assert len(verdicts) == len(result.stdout.splitlines()), "one object a line and nothing else"
    assert result.stderr == ""
    problems = [f"{v['input']}: {e.json_path}: {e.message}" for v in verdicts for e in check.iter_errors(v)]
    assert problems == []
    for verdict in verdicts:
        if verdict["outcome"] is None:
            assert verdict["message"]
            assert verdict["next_step"], verdict["reason"]
        elif verdict["outcome"] != "accepted":
            deciding = next(f for f in verdict["findings"] if f["reason"] == verdict["reason"])
            assert deciding["message"]
            assert deciding["next_step"], verdict["reason"]
            assert verdict["licence"] is None


COMPLAINTS = {
    "in order": "chmod 700 home home/keys",
    "in Chinese": "export CERTX_LANG=zh; chmod 755 home",
    "unsigned": "export CERTX_REGISTRY=registry; chmod 644 home/keys/samr.pem",
    "nothing set": "export CERTX_HOME=new",
    "damaged": "echo x > home/ledger.db; echo x > home/registry/current",
    "settings damaged": "echo x > home/certx.toml; : > home/ledger.db",
    "another region in the environment": "export CERTX_REGION=nowhere",
    "names that are no text": r"cp home/keys/samr.pem home/keys/$(printf '\377').pem; chmod 644 home/keys/*.pem",
}


@pytest.mark.parametrize("situation", COMPLAINTS)
def test_every_complaint_of_the_doctor_obeys_its_schema(situation: str, session: Session) -> None:
    check = validator("complaint")
    session.run("certx init --region 500000 --registry signed --root signed/metadata/1.root.json; certx sync")
    result = session.run(f"{COMPLAINTS[situation]}; certx doctor --json")
    complaints = list(objects(result.stdout))
    findings = [complaint for complaint in complaints if complaint["severity"] != "note"]
    assert complaints[: len(findings)] == findings, "notes come last"
    assert result.status == (3 if findings else 0)
    assert bool(findings) is (situation != "in order")
    assert len(complaints) == len(result.stdout.splitlines()), "one object a line and nothing else"
    assert [error.message for complaint in complaints for error in check.iter_errors(complaint)] == []


REPORTS = {
    "a first run": f"{ISSUE} good.csv --out out.jsonl",
    "the same again": f"{ISSUE} good.csv --out out.jsonl; {ISSUE} good.csv --out out.jsonl",
    "a dry run": f"{ISSUE} bad.csv --out out.jsonl --dry-run",
    "bad rows": f"{ISSUE} bad.csv --out out.jsonl --rejects rejects.csv",
    "rows that are no rows": f"{ISSUE} torn.jsonl --out out.jsonl",
    "issued elsewhere": f"{ISSUE} good.csv --out out.jsonl; {ISSUE} good.csv --out other.jsonl",
    "with other content": f"{ISSUE} good.csv --out out.jsonl; {ISSUE} changed.csv --out out.jsonl --lang zh",
    "twice in one table": f"cat good.csv > twice.csv; tail -1 good.csv >> twice.csv; {ISSUE} twice.csv --out out.jsonl",
    "with receipts": f"{ISSUE} good.csv --out out.jsonl --receipts",
    "no rows": f"head -1 good.csv > none.csv; {ISSUE} none.csv --out out.jsonl",
}


@pytest.mark.parametrize("situation", REPORTS)
def test_every_report_obeys_its_schema(situation: str, session: Session) -> None:
    check = validator("issue-report")
    _write_tables(session.folder)
    reports = list(objects(session.run(REPORTS[situation] + " --json").stdout))
    assert reports
    assert [f"{e.json_path}: {e.message}" for report in reports for e in check.iter_errors(report)] == []


SET = "certx status set $(head -1 ids.txt) --why x"
STANDINGS = {
    "valid": "true",
    "suspended": f"{SET} --to suspended",
    "ended": f"{SET} --to suspended; {SET} --to 注销",
    "on no list that is published": "rm -r registry/510000/status",
    "a list that nobody believes": "for f in registry/510000/status/*; do echo x > $f; done",
    "no registry": "rm -r registry",
}
PUBLICATIONS = ["published", "not-published", "not-published", "not-published", "unknown", "unknown"]


@pytest.mark.parametrize(("situation", "publication"), list(zip(STANDINGS, PUBLICATIONS, strict=True)))
def test_how_a_licence_stands_obeys_its_schema(situation: str, publication: str, session: Session) -> None:
    check = validator("licence-standing")
    _write_tables(session.folder)
    session.run(f"{ISSUE} good.csv --out out.jsonl; grep -o '1[.]2[.]156[^\"]*' out.jsonl > ids.txt")
    session.run(STANDINGS[situation])
    result = session.run("certx status show $(head -1 ids.txt) --json --registry registry")
    (standing,) = objects(result.stdout)
    assert [f"{e.json_path}: {e.message}" for e in check.iter_errors(standing)] == []
    assert standing["publication"] == publication
    assert result.stderr == ""


BY = "--issuer 11510100MB9X0A012X --passphrase-file passphrase"
OWN = "home/keys/samr"
RETIRE = f"certx trust key retire registry {OWN}.jwk.json"
STOLEN = f"certx trust key compromise registry {OWN}.jwk.json --since 2026-01-01 --why x"
CHANGES = {
    "set": ("status-change", f"{SET} --to suspended", 1),
    "set at a time": ("status-change", f'{SET} --to 吊销 --at "$(date -u +%FT%T+00:00)"', 1),
    "set already": ("status-change", "certx status set --ids ids.txt --to valid --why x", 1),
    "published": ("published-list", f"certx status publish {BY} --key samr-status --out lists", 1),
    "logged": ("checkpoint", f"certx status checkpoint {BY} --key samr-log --out logs", 1),
    "logged whole": ("checkpoint", f"certx status checkpoint {BY} --key samr-log --out logs --digests", 1),
    "retired": ("trust-change", RETIRE, 1),
    "retired later": ("trust-change", f"{RETIRE} --at 2099-01-01 --dry-run", 1),
    "suspended": ("trust-change", f"certx trust key suspend registry {OWN}-status.jwk.json --why x", 1),
    "by the duty desk": ("trust-change", f"certx trust key suspend registry {OWN}.jwk.json --why x --duty", 1),
    "stolen": ("trust-change", STOLEN, 1),
    "a log key": ("trust-change", f"certx trust key retire registry {OWN}-log.jwk.json", 1),
    "elsewhere": ("trust-change", f"mv home/ledger.db away.db; {STOLEN}", 1),
    "denied": ("trust-change", "certx trust deny registry --region 510000 --why x", 1),
    "rehearsed": ("trust-change", "certx trust deny registry --issuer 11510100MB9X0A012X --why x --dry-run", 1),
    "receipts": ("receipt", "certx status receipt --ids ids.txt #", 3),  # prints nothing but JSON
}


@pytest.mark.parametrize("situation", CHANGES)
def test_what_an_issuer_or_a_region_changes_obeys_its_schema(situation: str, session: Session) -> None:
    name, command, count = CHANGES[situation]
    check = validator(name)
    _write_tables(session.folder)
    session.run("certx init --region 510000 --registry registry")
    session.run(f"{ISSUE} good.csv --out out.jsonl; grep -o '1[.]2[.]156[^\"]*' out.jsonl > ids.txt")
    result = session.run(f"{command} --json")
    found = list(objects(result.stdout))
    assert result.status == 0, result.stderr
    assert len(found) == len(result.stdout.splitlines()) == count, result.stderr
    assert [f"{e.json_path}: {e.message}" for one in found for e in check.iter_errors(one)] == []
    assert not re.search(r'"(at|since|until|newest|issued_at|expires_at)":-?[0-9]+[.e]', result.stdout), "whole seconds"


def test_credentials_on_stdout_are_not_mixed_with_the_report(session: Session) -> None:
    check = validator("issue-report")
    _write_tables(session.folder)
    result = session.run(f"{ISSUE} good.csv --out - --json")
    assert [sorted(line) for line in objects(result.stdout)] == [["credential", "licence_id", "row_key"]] * 3
    reports = list(objects(result.stderr))
    assert [list(check.iter_errors(report)) for report in reports] == [[]]


def _write_tables(folder: Path) -> None:
    write_table(folder / "good.csv", range(3))
    write_table(folder / "changed.csv", range(3), capital=600)
    bad = write_table(folder / "bad.csv", range(5)).read_text(encoding="utf-8").splitlines(keepends=True)
    bad[1] = bad[1].replace("2016-01-05", "2016-13-05")
    bad[2] = bad[2].replace("500", "-1").replace("张示例", "")
    bad[3] = bad[3].replace("有限", "有,限")
    bad[4] = bad[4].replace("2016-01-05", "2027-01-05")
    (folder / "bad.csv").write_text("".join(bad), encoding="utf-8")
    (folder / "torn.jsonl").write_text('{"a": \n[1]\n7\n{"x": 1}\n{"证照编号": 5}\n', encoding="utf-8")
