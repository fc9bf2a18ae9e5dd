"""Large orders: a table of made-up companies, `certx issue` over it in a process of its own, and what came of it."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from certx.credential.parse import parse
from certx.keys import new_signer
from certx.licence.check_digits import credit_check, organisation_check
from certx.settings import load_settings
from cli.runner import Session
from postgres_ledger import rows_in

OPTIONS: Final = (
    "--type", "business-licence", "--issuer", "11510100MB9X0A012X", "--key", "samr",
    "--passphrase-file", "passphrase", "--registry", "registry",
)  # fmt: skip
HEADER: Final = "名称,统一社会信用代码,证照编号,类型,法定代表人,注册资本,成立日期,住所,经营范围,登记日期,有效期起\n"
MAIN: Final = "from certx._entry import main; main()"

KILL_IN: Final = """
import os, signal
from certx.{module} import {owner}
done = {owner}.{method}
def dying(*arguments, count=[0], **named):
    count[0] += 1
    if count[0] == {nth} and {when!r} == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    found = done(*arguments, **named)
    if count[0] == {nth}:
        os.kill(os.getpid(), signal.SIGKILL)
    return found
{owner}.{method} = dying
"""
"""The process dies just before, or just after, the n-th call of a method."""


def number_of(company: int) -> str:
    """The licence number of a company."""
    return f"510100{company:014}"


def write_table(path: Path, companies: range, *, capital: int = 500) -> Path:
    """A table with one row for each company."""
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER)
        for company in companies:
            organisation = f"MA{company:06}"
            body = f"91510100{organisation}{organisation_check(organisation)}"
            file.write(
                f"示例{company}公司,{body}{credit_check(body)},{number_of(company)},有限责任公司,张示例,{capital},"
                "2016-01-05,四川省成都市高新区示例大道100号,软件开发；数据处理,2026-01-05,2026-01-05\n"
            )
    return path


def start(folder: Path, *arguments: str, code: str = MAIN, **options: Any) -> subprocess.Popen[str]:
    """Begin `certx issue` with the options of the town."""
    return subprocess.Popen(
        [sys.executable, "-P", "-c", code, "issue", *OPTIONS, *arguments],
        cwd=folder, env=Session(folder).environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options,
    )  # fmt: skip


def children(pid: int) -> list[int]:
    """The worker processes of a process."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            command = stat.with_name("cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == pid and b"spawn_main" in command:
            found.append(int(stat.parent.name))
    return found


def finish(process: subprocess.Popen[str], *, timeout: float = 120) -> tuple[int, str]:
    """Exit status and stderr of an order."""
    _, talk = process.communicate(timeout=timeout)
    return process.returncode, talk


def carry_out(folder: Path, *arguments: str, **options: Any) -> tuple[int, str]:
    """An order from beginning to end."""
    return finish(start(folder, *arguments, **options))


def lines(path: Path) -> list[Mapping[str, str]]:
    """What an output holds."""
    return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


def numbers(*paths: Path) -> list[str]:
    """The licence numbers in these outputs, sorted, repeated if they are there twice."""
    return sorted(line["row_key"].rpartition(":")[2] for path in paths for line in lines(path))


def ledger_entries(folder: Path) -> dict[str, tuple[str, bytes | None]]:
    """State and digest by licence identifier."""
    rows = ledger_rows(folder, "SELECT licence_id, state, digest FROM licence")
    return {licence_id: (state, digest) for licence_id, state, digest in rows}


def ledger_rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    """What a query says of the ledger, wherever the settings have it."""
    settings = load_settings({"CERTX_HOME": str(folder / "home")})
    if settings.ledger_url is not None:
        return rows_in(settings.ledger_url, query)
    with closing(sqlite3.connect(settings.ledger)) as database:
        return database.execute(query).fetchall()


def written_entries(*paths: Path) -> dict[str, tuple[str, bytes | None]]:
    """What the ledger must say of these outputs."""
    entries: dict[str, tuple[str, bytes | None]] = {}
    for line in (line for path in paths for line in lines(path)):
        signed = line["credential"].partition("~")[0].rpartition(".")[0]
        entries[line["licence_id"]] = ("issued", sha256(signed.encode()).digest())
    return entries


def assert_finished(folder: Path, rows: list[str], *outputs: Path) -> None:
    """What must hold after the last run: each row issued once, the ledger says so, nothing else is left."""
    assert numbers(*outputs) == rows
    assert ledger_entries(folder) == written_entries(*outputs)
    assert left_over(folder) == []


def list_status_key(folder: Path) -> None:
    """From now on what is issued names its place on a status list."""
    jwk = new_signer("ES256").public_jwk
    path = folder / "registry" / "510000" / "keys.json"
    document = json.loads(path.read_bytes())
    document["issuers"][0]["statusKeys"] = [{"kid": jwk["kid"], "jwk": jwk, "from": "2020-01-01T00:00:00+08:00"}]
    path.write_text(json.dumps(document))


def assert_places_agree(folder: Path) -> None:
    """Each credential names the place that the ledger gave to it and to no other."""
    written = {}
    for line in lines(folder / "out.jsonl"):
        reference = parse(line["credential"]).jws.payload["status"]["status_list"]
        written[line["licence_id"]] = (reference["uri"].rpartition(":")[2], reference["idx"])
    assert places(folder) == written
    assert len(set(written.values())) == len(written)


def places(folder: Path) -> dict[str, tuple[str, int]]:
    """By identifier, the list and the index on it that the ledger gave."""
    rows = ledger_rows(folder, "SELECT licence_id, number, list_index FROM licence JOIN status_list USING (list)")
    return {licence_id: (str(number), index) for licence_id, number, index in rows}


def left_over(folder: Path) -> list[str]:
    """Temporary files that nobody will ever take away."""
    return sorted(path.name for pattern in ("*.part", "ledger.db-job-*") for path in folder.rglob(pattern))


def committed(folder: Path, out: str = "out.jsonl") -> bytes:
    """What of an output the ledger knows of: it is there whole, whatever lies behind it."""
    if not (folder / "home" / "ledger.db").exists():
        return b""
    with closing(sqlite3.connect(folder / "home" / "ledger.db")) as database:
        if database.execute("SELECT 1 FROM sqlite_master WHERE name = 'chunk'").fetchone() is None:
            return b""
        ends = database.execute("SELECT start + length FROM chunk ORDER BY chunk").fetchall()
    size = ends[-1][0] if ends else 0
    data = (folder / out).read_bytes()[:size] if size else b""
    assert len(data) == size
    assert all(json.loads(line)["credential"].endswith("~") for line in data.splitlines())
    return data
