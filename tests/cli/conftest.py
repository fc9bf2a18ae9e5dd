"""The town that every command-line test begins in."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from certx.app.machine.clock import now
from certx.app.machine.files import replace_file
from certx.demo import begin

pytest.register_assert_rewrite("cli.orders")


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what an issuer and a counter have on their first day.

    registry/            trust of Sichuan (with one issuer in Chengdu) and Chongqing, unsigned
    signed/              the same, as static files that the federation signed
    home/keys/samr.pem   the issuer's key; its passphrase is in the file `passphrase`
    rows/<type>.csv      sample rows
    licences/<type>.txt  a credential of each type
    cases/<name>.txt     an altered, an expired … one
    issued.jsonl         what `certx issue` wrote for two business licences
    """
    if sys.platform == "win32":
        pytest.skip("these sessions need a POSIX shell")
    folder = tmp_path_factory.mktemp("certx") / "town"
    day = folder.parent / "day"
    assert all(case.came_out for case in begin(day, now=now()).play())
    folders = {"source": "registry", "registry": "signed", "rows": "rows", "cases": "cases"}
    for name, copy in folders.items():
        shutil.copytree(day / name, folder / copy)
    shutil.copytree(day / "issuer" / "keys", folder / "home" / "keys")
    (folder / "home").chmod(0o700)
    shutil.copy2(day / "issuer" / "passphrase", folder / "passphrase")
    for path in (day / "issued").glob("*.jsonl"):
        credential = json.loads(path.read_bytes().splitlines()[0])["credential"]
        replace_file(folder / "licences" / f"{path.stem}.txt", f"{credential}\n".encode())
    shutil.copy2(day / "issued" / "business-licence.jsonl", folder / "issued.jsonl")
    return folder
