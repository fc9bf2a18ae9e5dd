"""What a cold start may load, and that its short way reads the command line as the long one does."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

import certx
import world
from certx.cli import main, verify_command
from certx.cli.options import VerifyArguments, parse_verify
from certx.errors import UsageError

MOST_MODULES: Final = 255
HEAVY: Final = frozenset({"typer", "rich", "jwt", "jsonschema", "ssl", "http", "asyncio", "pydantic", "sqlite3", "tuf"})

_PROGRAM: Final = """
import sys
from certx._entry import run
status = run(sys.argv[1:])
sys.stdout.flush()
print(status, *sorted(sys.modules), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A counter's home: settings, registry, agreement, and a credential that it accepts."""
    home = tmp_path_factory.mktemp("counter")
    key = {"kid": world.KEY.kid, "jwk": world.KEY.public_jwk, "from": "2020-01-01T00:00:00+08:00"}
    issuer = world.WORLD.issuer
    listed = {
        "id": issuer.id,
        "name": issuer.name,
        "creditCode": issuer.credit_code,
        "area": issuer.area,
        "types": world.TYPES,
        "keys": [key],
        "statusKeys": [{**key, "kid": world.STATUS_KEY.kid, "jwk": world.STATUS_KEY.public_jwk}],
    }
    agreement = {
        "id": "agr-500000-510000-1",
        "version": 1,
        "parties": [world.CHONGQING, world.SICHUAN],
        "types": world.TYPES,
        "issuedIn": [world.SICHUAN],
        "acceptedIn": [world.CHONGQING],
        "from": "2026-01-01",
    }
    for code, issuers in ((world.SICHUAN, [listed]), (world.CHONGQING, [])):
        folder = home / "registry" / code
        (folder / "agreements").mkdir(parents=True)
        (folder / "agreements" / "agr-500000-510000-1.json").write_text(json.dumps(agreement))
        (folder / "keys.json").write_text(
            json.dumps({"region": code, "name": {"zh": code, "en": code}, "issuers": issuers})
        )
    scenario = {"id": "open", "version": 1, "name": {"zh": "x"}, "matter": "x", "types": ["business-licence"]}
    scenario["holderBinding"] = False
    (home / "registry" / world.CHONGQING / "scenarios").mkdir()
    (home / "registry" / world.CHONGQING / "scenarios" / "open.json").write_text(json.dumps(scenario))
    (home / "certx.toml").write_text(f'region = "{world.CHONGQING}"\nregistry = "registry"\n')
    (home / "licence.txt").write_text(world.issue())
    reference = {"idx": 5, "uri": world.STATUS_URI}
    (home / "listed.txt").write_text(world.forge(status={"status_list": reference}))
    (home / "registry" / world.SICHUAN / "status").mkdir()
    token = world.status_list({}, days=40_000)
    (home / "registry" / world.SICHUAN / "status" / f"{world.CREDIT_CODE}-1.jwt").write_text(token + "\n")
    return home


def loaded_by(*argv: str, home: Path) -> tuple[str, set[str]]:
    """The output of a command that ends with 0, and the modules that its process then holds."""
    source = str(Path(certx.__file__).parents[1])
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CERTX_", "COV", "PYTHON"))}
    more = {"CERTX_HOME": str(home), "PYTHONPATH": source, "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *argv], env=kept | more, capture_output=True, encoding="utf-8", check=True
    )
    status, *modules = done.stderr.split()
    assert status == "0", done.stdout
    return done.stdout, set(modules)


def of_packages(modules: set[str], packages: frozenset[str]) -> set[str]:
    return {name for name in modules if name.partition(".")[0] in packages}


@pytest.mark.parametrize("more", [[], ["--json"], ["--explain"]], ids=["text", "json", "explain"])
def test_verifying_one_file_loads_little(counter: Path, more: list[str]) -> None:
    output, modules = loaded_by("verify", str(counter / "licence.txt"), *more, "--lang", "en", home=counter)
    assert "accepted" in output.lower()
    assert of_packages(modules, HEAVY) == set()
    assert len(modules) <= MOST_MODULES


def test_a_scenario_costs_only_where_one_is_named(counter: Path) -> None:
    room = "certx.recognition.scenario"
    _, without = loaded_by("verify", str(counter / "licence.txt"), home=counter)
    output, modules = loaded_by("verify", str(counter / "licence.txt"), "--scenario", "open", home=counter)
    assert "open" in output
    assert room not in without
    assert room in modules
    assert of_packages(modules, HEAVY) == set()


def test_a_status_list_is_read_only_where_one_is_named(counter: Path) -> None:
    _, without = loaded_by("verify", str(counter / "licence.txt"), home=counter)
    assert not {"zlib", "certx.status", "certx.status.check"} & without
    _, modules = loaded_by("verify", str(counter / "listed.txt"), home=counter)
    assert {"zlib", "certx.status.tokenlist"} <= modules
    assert not {"certx.status.listing", "certx.ledger", "certx.ledger.protocol"} & modules
    assert of_packages(modules, HEAVY) == set()
    assert len(modules - without) <= 8


def test_the_version_is_told_without_any_library(counter: Path) -> None:
    output, modules = loaded_by("--version", home=counter)
    assert output == f"certx {certx.__version__}\n"
    assert of_packages(modules, HEAVY | {"cryptography", "orjson", "jsonschema_rs"}) == set()


ARGUMENTS: Final = [
    [],
    ["a.txt"],
    ["a.txt", "b.txt", "-"],
    ["--json", "a.txt"],
    ["a.txt", "--json", "b.txt", "--explain"],
    ["--json", "--json", "-"],
    ["--region", "500000", "a.txt"],
    ["--region=500000", "--registry=keys=1", "a.txt"],
    ["--region", "500000", "--region", "510000", "a.txt"],
    ["--lang=", "a.txt"],
    ["--nonce", "-n", "--audience", "--json", "a.txt"],
    ["--scenario", "open", "--scenario=renewal", "a.txt"],
    ["--at", "2026-11-23", "--at=2026-11-23T09:30+08:00", "a.txt"],
    ["--nonce", "--", "a.txt"],
    ["--nonce=-", "-"],
    ["--", "--json", "-", "--"],
    ["--json", "--", "--region=1", "a.txt"],
    ["a.txt", "--", "b.txt"],
    [""],
]
MISTAKES: Final = [
    ["--unknown", "a.txt"],
    ["--jso", "a.txt"],
    ["-j", "a.txt"],
    ["--json=true", "a.txt"],
    ["--json=", "a.txt"],
    ["a.txt", "--region"],
    ["--unknown=1"],
    ["---json"],
]


def by_typer(argv: list[str], monkeypatch: pytest.MonkeyPatch) -> VerifyArguments:
    """What the full command line makes of the same words; raises `UsageError`."""
    seen: list[VerifyArguments] = []

    def note(arguments: Any) -> int:
        seen.append(arguments)
        return 0

    monkeypatch.setattr(verify_command, "run_verify", note)
    assert main.run_typer(["verify", *argv]) == 0
    return replace(seen[0], inputs=list(seen[0].inputs or []))


@pytest.mark.parametrize("argv", ARGUMENTS, ids=" ".join)
def test_both_command_lines_read_the_same(argv: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert parse_verify(argv) == by_typer(argv, monkeypatch)


@pytest.mark.parametrize("argv", MISTAKES, ids=" ".join)
def test_both_command_lines_refuse_the_same(argv: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert parse_verify(argv) is None
    with pytest.raises(UsageError):
        by_typer(argv, monkeypatch)


@pytest.mark.parametrize("word", ["--help", "-h"])
def test_help_is_left_to_the_full_command_line(word: str) -> None:
    assert parse_verify(["a.txt", word]) is None
