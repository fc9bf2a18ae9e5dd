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

from certx.licence.check_digits import credit_check, organisation_check
from cli.runner import Session

OPTIONS: Final = (
    "--type", "business-licence", "--issuer", "11510100MB9X0A012X", "--key", "samr",
    "--passphrase-file", "passphrase", "--registry", "registry",
)  # fmt: skip
HEADER: Final = "名称,统一社会信用代码,证照编号,类型,法定代表人,注册资本,成立日期,住所,经营范围,登记日期,有效期起\n"
MAIN: Final = "from certx._entry import main; main()"


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
    with sqlite3.connect(folder / "home" / "ledger.db") as database:
        rows = database.execute("SELECT licence_id, state, digest FROM licence").fetchall()
    database.close()
    return {licence_id: (state, digest) for licence_id, state, digest in rows}


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


def left_over(folder: Path) -> list[str]:
    """Temporary files that nobody will ever take away."""
    return sorted(path.name for pattern in ("*.part", "ledger.db-job-*") for path in folder.rglob(pattern))


def committed(folder: Path) -> bytes:
    """What of `out.jsonl` the ledger knows of: it is there whole, whatever lies behind it."""
    if not (folder / "home" / "ledger.db").exists():
        return b""
    with closing(sqlite3.connect(folder / "home" / "ledger.db")) as database:
        if database.execute("SELECT 1 FROM sqlite_master WHERE name = 'chunk'").fetchone() is None:
            return b""
        ends = database.execute("SELECT start + length FROM chunk ORDER BY chunk").fetchall()
    size = ends[-1][0] if ends else 0
    data = (folder / "out.jsonl").read_bytes()[:size] if size else b""
    assert len(data) == size
    assert all(json.loads(line)["credential"].endswith("~") for line in data.splitlines())
    return data
