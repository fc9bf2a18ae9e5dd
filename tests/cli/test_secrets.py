"""No passphrase and no personal value is said where it may be logged, nor kept in the ledger.

The rows are of natural persons; each situation makes an order fail in another way. Every personal value that stands
in the table is looked for on stderr, in the report and in the bytes of the ledger.
"""

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pytest

from cli.orders import OPTIONS
from cli.runner import Result, Session, folder_of

OPTION: Final = " ".join(OPTIONS).replace("--type business-licence", "--type driving-licence")
PERSON: Final = {
    "姓名": "欧阳示例", "证号": "510104188801010013", "证件号码": "510104188801010013", "证件类型": "111", "性别": "1",
    "国籍": "CHN", "出生日期": "1888-01-01", "住址": "成都市锦江区示例路1号2栋3单元", "初次领证日期": "2006-02-12",
    "准驾车型": "C1", "发证日期": "2026-01-12", "有效期起": "2026-01-12", "有效期至": "2036-01-12",
    "档案编号": "510100000001",
}  # fmt: skip
PERSONAL: Final = ("姓名", "证号", "证件号码", "出生日期", "住址", "档案编号", "初次领证日期")

# What is changed of a good row; `None` takes the column away.
CHANGES: Final[dict[str, dict[str, str | None]]] = {
    "nothing": {},
    "check digit": {"证号": "510104188801010014", "证件号码": "510104188801010014"},
    "another number": {"证件号码": "510104189111200041"},
    "birth date differs": {"出生日期": "1889-02-03"},
    "sex differs": {"性别": "2"},
    "no such date": {"出生日期": "1888-02-31"},
    "date in words": {"出生日期": "八八年一月一日"},
    "first licence before birth": {"初次领证日期": "1880-03-04"},
    "issued before first licence": {"初次领证日期": "2027-03-04"},
    "name too long": {"姓名": "欧阳" * 200},
    "name of one character": {"姓名": "", "住址": "川"},
    "address too long": {"住址": "成都市锦江区" * 100},
    "file number": {"档案编号": "51010000000A"},
    "licence number": {"证号": "川A-510104188801010013"},
    "passport": {"证件类型": "414", "证件号码": "E12345678901234567890"},
    "unknown column": {"手机号码": "13912345678"},
    "holder key": {"holderKey": "欧阳示例 510104188801010013"},
}


def table(*rows: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def personal_values(row: dict[str, str]) -> set[str]:
    return {value for name, value in row.items() if name in {*PERSONAL, "手机号码", "holderKey"} and len(value) > 1}


def assert_silent(result: Result, values: Iterable[str], folder: Path) -> None:
    """Nothing of these values is on stderr or in the report, nor in a file of the home folder."""
    said = result.stderr + result.stdout
    assert [value for value in values if value in said] == [], said
    for path in (folder / "home").glob("ledger.db*"):
        data = path.read_bytes()
        assert [value for value in values if value.encode() in data] == [], path.name


@pytest.fixture
def session(town: Path, tmp_path: Path) -> Session:
    return Session(folder_of(town, tmp_path))


AS_JSON: Final = ("first licence before birth", "licence number", "unknown column", "holder key")


@pytest.mark.parametrize(
    ("form", "change"), [("csv", change) for change in CHANGES] + [("jsonl", change) for change in AS_JSON]
)
def test_a_row_that_fails_names_no_person(form: str, change: str, session: Session) -> None:
    row = {name: value for name, value in (PERSON | CHANGES[change]).items() if value is not None}
    text = table(row, row.values()) if form == "csv" else json.dumps(row, ensure_ascii=False)
    (session.folder / f"rows.{form}").write_text(text, encoding="utf-8")
    result = session.run(f"certx issue rows.{form} {OPTION} --out out.jsonl --json")
    assert result.status == {"nothing": 0, "unknown column": 2 if form == "csv" else 8}.get(change, 8), result.stderr
    assert_silent(result, personal_values(row), session.folder)


TORN: Final = {
    "no header.csv": table(PERSON.values(), PERSON.values()),
    "no header, no value twice.csv": table(dict.fromkeys(PERSON.values()), dict.fromkeys(PERSON.values())),
    "no header, one row.csv": table(PERSON.values()),
    "a cell too many.csv": table(PERSON, [*PERSON.values(), "510104188801010013"]),
    "quote inside.csv": table(PERSON) + table(PERSON.values()).replace("欧阳示例", '"欧阳"示例'),
    "quote never closed.csv": table(PERSON) + table(PERSON.values()).replace("欧阳示例", '"欧阳示例'),
    "two numbers in a column.csv": table([*PERSON, "姓名"], [*PERSON.values(), "欧阳示例"]),
    "cut off.jsonl": json.dumps(PERSON, ensure_ascii=False)[:200],
    "a list.jsonl": json.dumps(list(PERSON.values()), ensure_ascii=False),
    "a text.jsonl": json.dumps(PERSON["姓名"] + PERSON["证号"], ensure_ascii=False),
    "holders as text.jsonl": json.dumps({"holders": "欧阳示例 510104188801010013"}, ensure_ascii=False),
    "holders as list of texts.jsonl": json.dumps({"holders": ["欧阳示例", "510104188801010013"]}, ensure_ascii=False),
    "holder within holder.jsonl": json.dumps({"holders": [{"name": {"欧阳示例": "510104188801010013"}}]}),
    "number as number.jsonl": json.dumps(PERSON | {"证号": 510104188801010013}, ensure_ascii=False),
    "classes as text.jsonl": json.dumps(PERSON | {"准驾车型": ["欧阳示例"]}, ensure_ascii=False),
    "broken.json": json.dumps([PERSON], ensure_ascii=False)[:-9],
}


@pytest.mark.parametrize("name", TORN)
def test_a_table_that_fails_names_no_person(name: str, session: Session) -> None:
    (session.folder / name).write_text(TORN[name], encoding="utf-8")
    result = session.run(f"certx issue '{name}' {OPTION} --out out.jsonl --json")
    assert "Traceback" not in result.stderr
    assert_silent(result, personal_values(PERSON), session.folder)


def test_a_headless_table_of_one_row_is_not_a_success(session: Session) -> None:
    (session.folder / "rows.csv").write_text(table(PERSON.values()), encoding="utf-8")
    assert session.run(f"certx issue rows.csv {OPTION} --out out.jsonl").status != 0


def test_what_was_issued_before_names_no_person(session: Session) -> None:
    (session.folder / "rows.csv").write_text(table(PERSON, PERSON.values(), PERSON.values()), encoding="utf-8")
    (session.folder / "more.csv").write_text(
        table(PERSON, (PERSON | {"住址": "成都市武侯区示例路9号"}).values()), encoding="utf-8"
    )
    values = personal_values(PERSON)
    for command in ("rows.csv --out out.jsonl", "rows.csv --out other.jsonl", "more.csv --out out.jsonl"):
        result = session.run(f"certx issue {command} {OPTION}")
        assert result.status == 8
        assert_silent(result, values, session.folder)


def test_the_ledger_keeps_no_person_even_if_the_row_brings_its_identifier(session: Session) -> None:
    (session.folder / "rows.csv").write_text(table(PERSON, PERSON.values()), encoding="utf-8")
    result = session.run(f"certx issue rows.csv {OPTION} --out out.jsonl")
    assert result.status == 0, result.stderr
    licence_id = json.loads((session.folder / "out.jsonl").read_text())["licence_id"]
    assert PERSON["证号"] not in licence_id
    assert_silent(result, personal_values(PERSON), session.folder)


@pytest.mark.parametrize(
    "command",
    [
        f"certx issue rows/driving-licence.csv {OPTION} --out out.jsonl",
        f"certx issue rows/driving-licence.csv {OPTION} --out out.jsonl --registry nowhere",
        f"certx issue nowhere.csv {OPTION} --out out.jsonl",
        "certx key new samr --passphrase-file secret",
        "certx key new another --passphrase-file secret",
        "CERTX_PASSPHRASE=$(cat secret) certx key new third --json",
    ],
)
def test_no_passphrase_is_said(command: str, session: Session) -> None:
    secret = "correct horse battery staple"
    (session.folder / "secret").write_text(f"{secret}\n")
    wrong = command.replace("--passphrase-file passphrase", "--passphrase-file secret")
    for variant in (wrong, f"CERTX_PASSPHRASE='{secret}' {wrong.replace('--passphrase-file secret', '')}"):
        result = session.run(variant)
        assert secret not in result.stderr + result.stdout


def test_a_private_key_is_nowhere_in_the_clear(session: Session) -> None:
    session.run("certx key new mine --passphrase-file passphrase")
    found = [path for path in (session.folder / "home").rglob("*") if path.is_file()]
    assert found
    assert [path.name for path in found if b"BEGIN PRIVATE" in path.read_bytes() or b'"d"' in path.read_bytes()] == []


def test_files_with_persons_or_secrets_are_their_owners(session: Session) -> None:
    rows = table(PERSON, PERSON.values(), (PERSON | {"证号": "x"}).values())
    (session.folder / "rows.csv").write_text(rows, encoding="utf-8")
    session.run("umask 000; certx init --region 510000 --registry registry")
    session.run(f"umask 000; certx issue rows.csv {OPTION} --out out.jsonl --rejects rejects.csv")
    files = ("out.jsonl", "rejects.csv", "home/ledger.db", "home/certx.toml", "home/keys/samr.pem")
    assert [name for name in files if (session.folder / name).stat().st_mode & 0o077] == []
