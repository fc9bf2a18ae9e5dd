"""What travels to a cluster, and which schedulers are spoken to."""

import pickle
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from certx.app.issuing.cluster_parcel import Parcel, PlanMark, RemoteOrder
from certx.app.issuing.cluster_security import security_of
from certx.app.issuing.cluster_work import VERSION, Bench
from certx.app.issuing.work import Secret, WorkOrder
from certx.app.issuing.written import WrittenElsewhere
from certx.app.machine.keystore import PassphraseSource
from certx.batch.order import Order
from certx.errors import EnvironmentFailureError, UsageError
from certx.ledger import Chunk
from certx.settings import ClusterSettings, Settings, load_settings

LIBRARY = SimpleNamespace(Security=lambda **options: options)
MARK = PlanMark("urn:example:issuer", "key-1", "urn:example:type 1.0", None)


def order(**more: Any) -> WorkOrder:
    source = PassphraseSource(None, {"CERTX_PASSPHRASE": "open-sesame"}, lambda _: "asked-sesame")
    secret = Secret(source)
    assert secret.source().ask("bureau") == "asked-sesame"
    settings = Settings(Path("/home/clerk"), ledger_url="postgresql://db.example/licences")
    wanted = Order("rows.csv", "business-licence", "urn:example:issuer", "out.jsonl")
    return WorkOrder(wanted, settings, "bureau", secret, 1_700_000_000.0, **more)


def test_no_secret_travels(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    data = pickle.dumps(Bench(VERSION, "run", Parcel(RemoteOrder.of(order(job=7), MARK))))
    assert b"sesame" not in data
    assert b"/home/clerk" not in data
    monkeypatch.setenv("CERTX_HOME", str(tmp_path))
    monkeypatch.setenv("CERTX_PASSPHRASE", "of-the-worker")
    at_home = RemoteOrder.of(order(job=7), MARK).at_home()
    assert (at_home.job, at_home.key, at_home.settings.home) == (7, "bureau", tmp_path)
    assert at_home.settings.ledger_url == "postgresql://db.example/licences"
    assert at_home.secret.source().get("bureau") == b"of-the-worker"


def test_nothing_that_travels_shows_what_is_in_it() -> None:
    assert "示例" not in repr(Parcel(["示例公司"]))
    assert Parcel(["示例公司"]).open() == ["示例公司"]


def test_a_bench_of_another_version_is_refused_before_it_is_looked_into() -> None:
    bench = pickle.loads(pickle.dumps(Bench("0.0.9/1", "run", Parcel("not even an order"))))  # noqa: S301 - made here
    with pytest.raises(EnvironmentFailureError) as caught:
        bench.worker()
    assert (caught.value.code, caught.value.params) == ("cluster-version", {"known": "0.0.9/1", "found": VERSION})


@pytest.mark.parametrize(
    ("scheduler", "code"),
    [
        ("tcp://scheduler.example:8786", "cluster-open"),
        ("tcp://192.0.2.1:8786", "cluster-open"),
        ("tcp://127.0.0.1.example:8786", "cluster-open"),
        ("tls://scheduler.example:8786", "cluster-tls"),
        ("tls://scheduler.example", "cluster-address"),
        ("ws://scheduler.example:8786", "cluster-address"),
        ("scheduler.example:8786", "cluster-address"),
        ("tls://scheduler.example:port", "cluster-address"),
    ],
)
def test_a_scheduler_that_is_not_spoken_to(scheduler: str, code: str) -> None:
    with pytest.raises(UsageError) as caught:
        security_of(LIBRARY, ClusterSettings(scheduler), is_open=False)
    assert caught.value.code == code


@pytest.mark.parametrize("scheduler", ["tcp://127.0.0.1:8786", "tcp://localhost:8786", "tcp://[::1]:8786"])
def test_on_this_machine_nobody_reads_along(scheduler: str) -> None:
    assert security_of(LIBRARY, ClusterSettings(scheduler), is_open=False) == {"require_encryption": False}


def test_whoever_says_so_may_go_without_encryption() -> None:
    settings = ClusterSettings("tcp://scheduler.example:8786")
    assert security_of(LIBRARY, settings, is_open=True) == {"require_encryption": False}


def test_tls_is_required_on_both_sides_and_its_key_is_not_encrypted(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("ca.pem", "node.pem", "node.key")]
    settings = ClusterSettings("tls://scheduler.example:8786", *files)
    with pytest.raises(UsageError) as caught:
        security_of(LIBRARY, settings, is_open=False)
    assert (caught.value.code, caught.value.params["path"]) == ("cluster-file", str(files[0]))
    for path in files:
        path.write_text("-----BEGIN PRIVATE KEY-----\n")
    assert security_of(LIBRARY, settings, is_open=False)["require_encryption"] is True
    files[2].write_text("-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
    with pytest.raises(UsageError, match="cluster-key-encrypted"):
        security_of(LIBRARY, settings, is_open=False)


def test_settings_of_the_file_begin_at_its_folder(tmp_path: Path) -> None:
    (tmp_path / "certx.toml").write_text('scheduler = "tls://s.example:8786"\ntls_ca = "tls/ca.pem"\ntls_key = "/k"\n')
    found = load_settings({"CERTX_HOME": str(tmp_path)}).cluster
    assert found == ClusterSettings("tls://s.example:8786", tmp_path / "tls" / "ca.pem", None, Path("/k"))


def test_an_output_on_another_machine_is_not_called_lost() -> None:
    chunks = {1: Chunk("/a/out.jsonl", "", 0, 1, 1, b""), 2: Chunk("/b/other.jsonl", "", 0, 1, 1, b"")}
    ledger: Any = SimpleNamespace(chunk=chunks.get)
    standing = WrittenElsewhere(ledger, "/a/out.jsonl", frozenset())
    assert standing.is_lost(1), "who asked looked for it, and it is not here"
    assert not standing.is_lost(2), "nobody looked for it"
    assert not WrittenElsewhere(ledger, "/a/out.jsonl", frozenset({1})).is_lost(1)
