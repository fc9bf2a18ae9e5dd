"""Issuing on a Dask cluster: a scheduler and workers as processes on loopback, with TLS."""

import json
import re
import shlex
import shutil
import signal
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from textwrap import indent
from typing import Final

import pytest

from certx.credential.parse import parse
from certx.errors import Exit
from cli.orders import (
    KILL_IN,
    MAIN,
    assert_finished,
    assert_places_agree,
    carry_out,
    finish,
    ledger_entries,
    ledger_rows,
    lines,
    list_status_key,
    number_of,
    start,
    write_table,
)
from cli.runner import Session, folder_of
from conftest import need
from dask_cluster import Authority, Cluster, cluster_in
from softhsm import PIN, SoftHsm

COMPANIES: Final = range(4_000)
_BAD: Final = (17, 2_321, 3_999)
_TWICE: Final = ((2_000, 60), (3_500, 61))
"""Rows that stand once more, much later, and are refused there and not where they stand first."""
ALL: Final = [number_of(company) for company in COMPANIES if company not in _BAD]
_DRAWN: Final = {"certificateIdentifier", "iat", "status"}
"""What differs from run to run."""
_RESERVE: Final = {"module": "ledger.postgres", "owner": "PostgresLedger", "method": "reserve"}


@pytest.fixture(scope="module")
def issuer(town: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A town whose issuer has a status key, with a table of which a few rows are wrong or there twice."""
    need(find_spec("distributed"), "certx[cluster] is not installed")
    folder = folder_of(town, tmp_path_factory.mktemp("issuer"))
    list_status_key(folder)
    table = write_table(folder / "rows.csv", COMPANIES)
    rows = table.read_text("utf-8").splitlines(keepends=True)
    for company in _BAD:
        rows[company + 1] = rows[company + 1].replace("2016-01-05", "2016-13-05")
    for at, company in _TWICE:
        rows.insert(at, rows[company + 1])
    table.write_text("".join(rows), "utf-8")
    return folder


@pytest.fixture
def folder(issuer: Path, tmp_path: Path, postgres: str) -> Path:
    """The machine that asks, with its ledger on the server."""
    folder_of(issuer, tmp_path)
    (tmp_path / "home" / "certx.toml").write_text(f'ledger = "{postgres}"\n')
    return tmp_path


@pytest.fixture(scope="module")
def machines(issuer: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler and a worker. Workers have key, passphrase and registry of their own, and no setting of a ledger."""
    folder = folder_of(issuer, tmp_path_factory.mktemp("machines"))
    with cluster_in(folder, environment_of(folder)) as cluster:
        cluster.add("steady")
        yield cluster


def environment_of(folder: Path) -> dict[str, str]:
    return {**Session(folder).environment, "CERTX_REGISTRY": "registry"}


@pytest.fixture(scope="module")
def undisturbed(issuer: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What one process of one machine makes of the table."""
    folder = folder_of(issuer, tmp_path_factory.mktemp("undisturbed"))
    status, talk = carry_out(folder, "rows.csv", "--out", "out.jsonl", "--rejects", "rejects.csv", "--workers", "1")
    assert status == Exit.REJECTED_ROWS, talk
    return folder


def assert_like(folder: Path, undisturbed: Path) -> None:
    """The same licences in the same order by what they say, the same rejects; none twice, none missing."""
    assert_finished(folder, ALL, folder / "out.jsonl")
    assert_places_agree(folder)
    assert contents(folder) == contents(undisturbed)
    assert (folder / "rejects.csv").read_bytes() == (undisturbed / "rejects.csv").read_bytes()


def contents(folder: Path) -> list[object]:
    told = []
    for line in lines(folder / "out.jsonl"):
        claims = dict(parse(line["credential"]).claims)
        assert claims["certificateIdentifier"] == line["licence_id"]
        told.append((line["row_key"], {name: claims[name] for name in claims.keys() - _DRAWN}))
    return told


def order(cluster: Cluster, *more: str) -> tuple[str, ...]:
    return ("rows.csv", "--out", "out.jsonl", "--rejects", "rejects.csv", *cluster.options, *more)


@pytest.mark.parametrize("when", ["before", pytest.param("after", marks=pytest.mark.slow)])
def test_what_a_killed_worker_had_is_done_by_another(
    when: str, machines: Cluster, folder: Path, undisturbed: Path
) -> None:
    """It dies when a chunk's turn has come there, so that the other one, which waits for that turn, must do it."""
    code = indent(KILL_IN.format(**_RESERVE, when=when, nth=1), "    ")  # a preload runs more than once
    (folder / "dying.py").write_text(f"import sys\nif 'doomed' not in vars(sys):\n    sys.doomed = True\n{code}")
    doomed = machines.add(f"dies-{when}", "--preload", str(folder / "dying.py"))
    status, talk = carry_out(folder, *order(machines))
    assert status == Exit.REJECTED_ROWS, talk
    assert doomed.wait(timeout=10) == -signal.SIGKILL
    assert_like(folder, undisturbed)
    assert ledger_rows(folder, "SELECT count(*) FROM job") == [(1,)]


def test_a_worker_killed_at_any_moment(machines: Cluster, folder: Path, undisturbed: Path) -> None:
    doomed = machines.add("doomed")
    process = start(folder, *order(machines))
    wait_for_lines(folder, 1_000)
    doomed.kill()
    status, talk = finish(process)
    assert status == Exit.REJECTED_ROWS, talk
    assert_like(folder, undisturbed)


def wait_for_lines(folder: Path, count: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        output = folder / "out.jsonl"
        if output.exists() and output.read_bytes().count(b"\n") >= count:
            return
        time.sleep(0.02)
    pytest.fail("nothing is written")


def test_ctrl_c_finishes_what_is_at_work_and_the_same_command_goes_on(
    machines: Cluster, folder: Path, undisturbed: Path
) -> None:
    process = start(folder, *order(machines))
    wait_for_lines(folder, 1_000)
    process.send_signal(signal.SIGINT)
    status, talk = finish(process)
    assert status == Exit.INTERRUPTED, talk
    assert "Traceback" not in talk
    before = (folder / "out.jsonl").read_bytes()
    assert carry_out(folder, *order(machines))[0] == Exit.REJECTED_ROWS
    assert (folder / "out.jsonl").read_bytes().startswith(before)
    assert_like(folder, undisturbed)


def test_a_scheduler_that_is_lost_stops_the_order_and_it_goes_on(folder: Path, undisturbed: Path) -> None:
    with cluster_in(folder, environment_of(folder)) as machines:
        machines.add("one")
        process = start(folder, *order(machines))
        wait_for_lines(folder, 1_000)
        machines.scheduler.kill()
        status, talk = finish(process)
    assert status == Exit.ENVIRONMENT, talk
    assert f"certx: error: the scheduler {machines.address} was lost" in talk
    assert "Traceback" not in talk
    status, talk = carry_out(folder, "rows.csv", "--out", "out.jsonl", "--rejects", "rejects.csv")
    assert status == Exit.REJECTED_ROWS, talk
    assert_like(folder, undisturbed)


def refusal_with(machines: Cluster, folder: Path, name: str, *more: str, **environment: str) -> tuple[int, str]:
    """What is said of an order while there is one more worker, of this name; nothing must have begun."""
    worker = machines.add(name, *more, **environment)
    try:
        status, talk = carry_out(folder, *order(machines))
    finally:
        worker.terminate()
        worker.wait()
    assert re.search(rf"certx: error: on ({name} \()?tls://127.0.0.1:", talk)
    assert "Traceback" not in talk
    assert not (folder / "out.jsonl").exists()
    assert ledger_entries(folder) == {}
    return status, talk


def test_a_worker_without_the_key_is_named(machines: Cluster, folder: Path) -> None:
    status, talk = refusal_with(machines, folder, "keyless", CERTX_HOME="elsewhere")
    assert status == Exit.KEY
    assert "no key file 'elsewhere/keys/samr.pem'" in talk


def test_a_worker_with_another_certx_is_named(machines: Cluster, folder: Path) -> None:
    (folder / "older.py").write_text("from certx.app.issuing import cluster_work\ncluster_work.VERSION = '0.0.9/1'\n")
    status, talk = refusal_with(machines, folder, "older", "--preload", str(folder / "older.py"))
    assert status == Exit.ENVIRONMENT
    assert "its certx is 0.0.9/1, and not 0.1.0/" in talk


def test_a_worker_without_certx_is_named(machines: Cluster, folder: Path) -> None:
    (folder / "bare.py").write_text("import sys\nsys.modules['certx.app.issuing.cluster_work'] = None\n")
    status, talk = refusal_with(machines, folder, "bare", "--preload", str(folder / "bare.py"))
    assert status == Exit.ENVIRONMENT
    assert "it does not understand what it is asked" in talk
    assert "certx.app.issuing.cluster_work" in talk


def test_a_worker_with_another_registry_is_named(machines: Cluster, folder: Path) -> None:
    other = shutil.copytree(folder / "registry", folder / "other")
    keys = other / "510000" / "keys.json"
    document = json.loads(keys.read_bytes())
    document["issuers"][0].pop("statusKeys")
    keys.write_text(json.dumps(document))
    status, talk = refusal_with(machines, folder, "astray", CERTX_REGISTRY=str(other))
    assert status == Exit.ENVIRONMENT
    assert "this machine would sign as None, and 510000:" in talk


def test_a_certificate_of_another_ca_is_refused(machines: Cluster, folder: Path) -> None:
    stranger = Authority(folder / "other")
    status, talk = carry_out(folder, *order(machines, *stranger.options))
    assert status == Exit.ENVIRONMENT
    assert f"certx: error: the scheduler {machines.address} cannot be reached: " in talk
    assert "Traceback" not in talk
    assert not (folder / "out.jsonl").exists()


def test_a_cluster_without_encryption_is_not_spoken_to_by_tls(machines: Cluster, folder: Path) -> None:
    """Nor one with it without."""
    status, talk = carry_out(folder, *order(machines, "--scheduler", machines.address.replace("tls:", "tcp:")))
    assert status == Exit.ENVIRONMENT, talk
    assert "cannot be reached" in talk


def test_settings_of_the_file_are_used(machines: Cluster, folder: Path) -> None:
    stranger = Authority(folder / "other")
    with (folder / "home" / "certx.toml").open("a") as file:
        file.write(f'scheduler = "{machines.address}"\ntls_ca = "{stranger.ca}"\n')
        file.write(f'tls_cert = "{stranger.certificate}"\ntls_key = "{stranger.key}"\n')
    status, talk = carry_out(folder, "rows.csv", "--out", "out.jsonl", "--runner", "dask")
    assert status == Exit.ENVIRONMENT, talk
    assert f"the scheduler {machines.address} cannot be reached" in talk


@pytest.mark.slow
def test_a_scheduler_that_is_away(machines: Cluster, folder: Path) -> None:
    status, talk = carry_out(folder, *order(machines, "--scheduler", "tls://127.0.0.1:9"))
    assert status == Exit.ENVIRONMENT, talk
    assert "the scheduler tls://127.0.0.1:9 cannot be reached" in talk
    assert not (folder / "out.jsonl").exists()


def test_a_bug_in_a_worker_is_not_waited_for(machines: Cluster, folder: Path) -> None:
    code = "def broken(*_):\n    raise RuntimeError('a bug')\n"
    patch = "from certx.ledger.postgres import PostgresLedger\nPostgresLedger.reserve = broken\n"
    (folder / "broken.py").write_text(code + patch)
    worker = machines.add("broken", "--preload", str(folder / "broken.py"))
    status, talk = carry_out(folder, *order(machines))
    worker.terminate()
    worker.wait()
    assert status == Exit.BUG
    assert "a bug" in talk


def test_a_ledger_in_a_file_is_not_for_other_machines(machines: Cluster, folder: Path) -> None:
    (folder / "home" / "certx.toml").unlink()
    status, talk = carry_out(folder, *order(machines))
    assert status == Exit.USAGE
    assert "need a ledger on a PostgreSQL server" in talk


def test_without_the_extra_it_is_named(machines: Cluster, folder: Path) -> None:
    status, talk = carry_out(folder, *order(machines), code=f"import sys; sys.modules['distributed'] = None; {MAIN}")
    assert status == Exit.ENVIRONMENT
    assert "pip install 'certx[cluster]'" in talk


def test_a_key_in_a_device_is_opened_by_each_worker_by_its_reference(folder: Path, device: SoftHsm) -> None:
    key = f"{device.new_token()};object=issuer"
    session = Session(folder, SOFTHSM2_CONF=str(device.configuration), CERTX_PIN=PIN)
    for command in (
        f"certx key new '{key}'",
        f"certx key public '{key}' > device.jwk.json",
        "certx trust key add registry device.jwk.json --issuer 11510100MB9X0A012X",
    ):
        done = session.run(command)
        assert done.status == Exit.OK, done.stderr
    write_table(folder / "few.csv", range(20))
    with cluster_in(folder, {**environment_of(folder), "SOFTHSM2_CONF": str(device.configuration)}) as cluster:
        order = (
            f"certx issue few.csv --type business-licence --issuer 11510100MB9X0A012X --key '{key}' "
            f"--registry registry --out out.jsonl {shlex.join(cluster.options)}"
        )
        without = cluster.add("without")
        refused = session.run(order)
        assert refused.status == Exit.KEY, refused.stderr
        assert "without" in refused.stderr
        assert lines(folder / "out.jsonl") == []
        without.kill()
        without.wait()
        cluster.add("with", CERTX_PIN=PIN)
        done = session.run(order)
        assert done.status == Exit.OK, done.stderr
        assert PIN not in cluster.log("with") + cluster.log("scheduler") + done.stderr
    kid = json.loads((folder / "device.jwk.json").read_text())["kid"]
    signed = [parse(line["credential"]).jws.header["kid"] for line in lines(folder / "out.jsonl")]
    assert signed == [kid] * 20
    verdicts = map(json.loads, session.run("certx verify out.jsonl --json --registry registry").stdout.splitlines())
    findings = [finding for verdict in verdicts for finding in verdict["findings"] if finding["check"] == "signature"]
    assert [finding["result"] for finding in findings] == ["passed"] * 20
