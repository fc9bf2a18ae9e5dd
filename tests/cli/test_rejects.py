"""Odd rows: a file of rejects has them as they stood; it is refused again as it is, and issued once it is mended."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from certx.errors import Exit
from cli.orders import HEADER, carry_out, number_of, numbers, write_table
from cli.runner import folder_of

NAMES: Final = HEADER.strip().split(",")
PADDING: Final = 40
"""Good rows before the odd ones: a NUL among the first bytes would make it no table at all."""
Table = list[dict[str, str]]


def rows(tmp_path: Path, count: int) -> list[list[str]]:
    """The cells of companies that are all right."""
    table = write_table(tmp_path / "good.csv", range(count)).read_text("utf-8")
    return [line.split(",") for line in table.splitlines()[1:]]


def odd_csv(tmp_path: Path) -> tuple[bytes, dict[str, str]]:
    """A table, and what stands in the file of rejects for each odd row of it, by its licence number."""
    good = rows(tmp_path, PADDING + 10)
    lines = [",".join(cells) for cells in good]
    short, long, tail, byte, nul, quote, after, broken, slash, ended = range(PADDING, PADDING + 10)
    lines[short] = ",".join(good[short][:-1])
    lines[long] = f'"{good[long][0]}",' + ",".join(good[long][1:]) + ',"a ""b"", c"'
    lines[tail] = '"示例"' + lines[tail]
    lines[byte] = lines[byte].replace("高新区", "高\udcff区")
    lines[nul] = lines[nul].replace("高新区", "高\0区")
    lines[quote] = lines[quote].replace("软件", '"软件')
    raw = {
        number_of(place): lines[place].replace("\udcff", "\\xff").replace("\0", "\\x00")
        for place in (short, long, tail, byte, nul, quote)
    }
    raw[number_of(quote)] += "\n" + lines[after]  # it may be the rest of the cell whose quote is open
    lines[broken] = lines[broken].replace("软件开发；数据处理", '"软件开发；\r\n数据处理"').replace(",500,", ",五百,")
    lines[slash] = lines[slash].replace("软件", "软\\xe9件").replace(",500,", ",五百,")
    lines[ended] = lines[ended].replace("软件开发；数据处理", '"软件开发；\r数据处理"').replace(",500,", ",五百,")
    data = HEADER + "\n".join(lines) + "\n"
    return b"\xef\xbb\xbf" + data.encode("utf-8", "surrogateescape"), raw


def read_csv(path: Path) -> Table:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write_csv(path: Path, table: Table) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, table[0])
        writer.writeheader()
        writer.writerows(table)


def told(table: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is told of each row, apart from where it stands in its table."""
    return [{n: v for n, v in row.items() if n not in {"certx_line", "certx_message"}} for row in table]


def fed_back(folder: Path, suffix: str, data: bytes, read: Callable[[Path], Any]) -> Any:
    """The rejects of a table, once it is seen that they are rejected again as they are, and again."""
    (folder / f"odd.{suffix}").write_bytes(data)
    found = []
    for name, rejects in (("odd", "first"), ("first", "second"), ("second", "third")):
        order = (f"{name}.{suffix}", "--out", "out.jsonl", "--rejects", f"{rejects}.{suffix}", "--workers", "1")
        status, talk = carry_out(folder, *order)
        assert status == Exit.REJECTED_ROWS, talk
        found.append(read(folder / f"{rejects}.{suffix}"))
    assert told(found[0]) == told(found[1])
    assert (folder / f"second.{suffix}").read_bytes() == (folder / f"third.{suffix}").read_bytes()
    return found[0]


def test_odd_rows_of_csv(town: Path, tmp_path: Path) -> None:
    folder_of(town, tmp_path)
    data, raw = odd_csv(tmp_path)
    table = fed_back(tmp_path, "csv", data, read_csv)
    reasons = ["row-ragged", "row-ragged", "row-not-csv", "row-not-text", "row-not-text", "row-not-csv"]
    assert [row["certx_reason"] for row in table] == [*reasons, *["cell-not-number"] * 3]
    assert [row["certx_raw"] for row in table] == [*raw.values(), "", "", ""]
    assert [row["经营范围"] for row in table[6:]] == [
        "软件开发；\r\n数据处理",
        "软\\xe9件开发；数据处理",
        "软件开发；\r数据处理",
    ]
    issued = numbers(tmp_path / "out.jsonl")
    assert issued == [number_of(company) for company in range(PADDING)]

    short, long, tail, byte, nul, quote = table[:6]
    short["certx_raw"] += ",2026-01-05"
    long["certx_raw"] = long["certx_raw"].removesuffix(',"a ""b"", c"')
    tail["certx_raw"] = tail["certx_raw"].removeprefix('"示例"')
    byte["certx_raw"] = byte["certx_raw"].replace("\\xff", "新")
    nul["certx_raw"] = nul["certx_raw"].replace("\\x00", "新")
    quote["certx_raw"], after = quote["certx_raw"].replace('"', "").splitlines()
    table.append({**quote, "certx_raw": after})
    for row in table[6:9]:
        row["注册资本"] = "500"
    write_csv(tmp_path / "mended.csv", table)
    assert carry_out(tmp_path, "mended.csv", "--out", "out.jsonl", "--workers", "1")[0] == Exit.OK
    assert sorted(numbers(tmp_path / "out.jsonl")) == sorted(number_of(company) for company in range(PADDING + 10))


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_odd_rows_of_json_lines(town: Path, tmp_path: Path) -> None:
    folder_of(town, tmp_path)
    good = [
        json.dumps(dict(zip(NAMES, cells, strict=True)), ensure_ascii=False).encode() for cells in rows(tmp_path, 8)
    ]
    twice, digits, byte, torn, listed, deep, spaced, _ = range(8)
    odd = list(good)
    odd[twice] = good[twice].replace(b'"500"', '"一", "注册资本": "二"'.encode())
    odd[digits] = good[digits].replace(f'"{number_of(digits)}"'.encode(), b"51010000000000000000000000000001.50")
    odd[byte] = good[byte].replace("高新区".encode(), b"\xe9\xff \\x41")
    odd[torn] = good[torn][:-1]
    odd[listed] = b"[" + good[listed] + b", 1]"
    odd[deep] = good[deep].replace(b'"500"', b"[" * 300 + b"]" * 300)
    odd[spaced] = b" " + good[spaced].replace(b'"500"', b'"\\u4e94 "').replace(b", ", b" ,\t") + b" "
    table = fed_back(tmp_path, "jsonl", b"\r\n".join(odd), read_lines)
    written = (tmp_path / "second.jsonl").read_bytes().splitlines()
    for place in (digits, spaced):
        assert written[place].startswith(odd[place].strip()[:-1] + b',"certx_line":')
    assert table[twice]["certx_raw"] == odd[twice].decode()
    assert [row.get("certx_raw") for row in table[2:6]] == [
        good[byte].decode().replace("高新区", "\\xe9\\xff \\x5cx41"), *(odd[n].decode() for n in (torn, listed, deep)),
    ]  # fmt: skip
    assert [row["certx_reason"].split("; ")[0] for row in table] == [
        "row-name-twice", "schema-type", "row-not-json", "row-not-json", "row-not-object", "row-too-deep",
        "cell-not-number",
    ]  # fmt: skip
    assert numbers(tmp_path / "out.jsonl") == [number_of(7)]

    mended = [good[n] for n in (twice, digits)]
    mended += [json.dumps({"certx_raw": good[n].decode()}).encode() for n in (byte, torn, listed, deep, spaced)]
    (tmp_path / "mended.jsonl").write_bytes(b"\n".join(mended))
    assert carry_out(tmp_path, "mended.jsonl", "--out", "out.jsonl", "--workers", "1")[0] == Exit.OK
    assert numbers(tmp_path / "out.jsonl") == [number_of(company) for company in range(8)]
