"""What is left to play with once the day is over: a counter that may ask, and two people who can answer.

counter/    gets the key `hall-1`, which signs its requests, and its `passphrase`
first/, second/  CERTX_HOME of two people: their key `mine`, its `passphrase`, an identity card that names the key
source/catalogue/  the scenarios that certx comes with, for all regions
"""

from pathlib import Path
from secrets import token_urlsafe
from typing import Final

import orjson

from certx.app.machine.files import replace_file
from certx.app.machine.keystore import KeyFile, PassphraseSource, create_key
from certx.app.machine.shipped import shipped_scenarios
from certx.app.trust.founding import Keeper, add_counter
from certx.app.trust.key_life import add_key
from certx.demo.day import CHONGQING, Stage
from certx.trust.lifecycle import KeyPurpose

HALL_KEY: Final = "hall-1"
HOLDER_KEY: Final = "mine"
_HALL: Final = {"zh": "政务大厅(虚构)", "en": "Service hall (fictional)"}
_SINCE: Final = "2020-01-01T00:00:00+08:00"
_PEOPLE: Final = {
    "first": {"姓名": "陈示例", "公民身份号码": "510104188803030042", "性别": "2", "出生日期": "1888-03-03"},
    "second": {"姓名": "王示例", "公民身份号码": "510104188801010056", "性别": "1", "出生日期": "1888-01-01"},
}
_CARD: Final = {
    "民族": "01", "住址": "四川省成都市锦江区示例路3号",
    "签发日期": "2026-01-10", "有效期起": "2026-01-10", "有效期至": "",
}  # fmt: skip


def open_hall(stage: Stage) -> None:
    """List the counter, publish what it asks by, and give two people their cards."""
    _path, hall = add_counter(stage.source, CHONGQING, "hall", name=_HALL)
    key = _key(HALL_KEY, stage.folder / "counter")
    add_key(stage.source, hall, Keeper(key.name, key.jwk), _SINCE, use=KeyPurpose.REQUESTS, now=stage.now)
    for path in shipped_scenarios():
        replace_file(stage.source / "catalogue" / path.name, path.read_bytes())
    stage.publish()
    stage.sync_counter()
    for name, person in _PEOPLE.items():
        _card(stage, name, {**_CARD, **person, "证照编号": person["公民身份号码"]})


def _card(stage: Stage, name: str, row: dict[str, object]) -> None:
    """A home for one of them, and in it the key and the card that names it."""
    home = stage.home(name, "510100").home
    key = _key(HOLDER_KEY, home)
    rows, issued = stage.folder / "rows" / f"{name}.jsonl", stage.folder / "issued" / f"{name}.jsonl"
    replace_file(rows, orjson.dumps({**row, "holderKey": key.jwk}, option=orjson.OPT_APPEND_NEWLINE))
    stage.issue("identity-card", rows, issued)
    credential = orjson.loads(issued.read_bytes().splitlines()[0])["credential"]
    replace_file(home / "card.txt", f"{credential}\n".encode("ascii"), mode=0o600)


def _key(name: str, home: Path) -> KeyFile:
    """A new key in a home, with the file of its passphrase beside."""
    secret = PassphraseSource(home / "passphrase", {}, lambda _: None)
    replace_file(home / "passphrase", token_urlsafe(24).encode() + b"\n", mode=0o600, folder_mode=0o700)
    return create_key(name, home / "keys", algorithm="ES256", passphrase=secret)
