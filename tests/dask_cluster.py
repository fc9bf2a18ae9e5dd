"""A Dask scheduler and workers for tests: processes of their own on loopback, with TLS by certificates made here."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

_FROM: Final = datetime.now(UTC) - timedelta(hours=1)  # noqa: TID251 - OpenSSL reads the clock as well
_SECONDS: Final = 40.0


class Authority:
    """A CA of its own, and one certificate that every party of the cluster shows."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.ca, self.certificate, self.key = folder / "ca.pem", folder / "node.pem", folder / "node.key"
        authority, node = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        self.ca.write_bytes(_certificate("the cluster's CA", authority, authority, is_ca=True))
        self.certificate.write_bytes(_certificate("node", node, authority, is_ca=False))
        self.key.write_bytes(node.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        self.key.chmod(0o600)

    @property
    def options(self) -> tuple[str, ...]:
        """For `certx issue`."""
        return ("--tls-ca", str(self.ca), "--tls-cert", str(self.certificate), "--tls-key", str(self.key))

    @property
    def dask_options(self) -> tuple[str, ...]:
        """For scheduler and workers."""
        return (
            "--protocol", "tls", "--tls-ca-file", str(self.ca), "--tls-cert", str(self.certificate),
            "--tls-key", str(self.key),
        )  # fmt: skip


def _certificate(name: str, key: ec.EllipticCurvePrivateKey, by: ec.EllipticCurvePrivateKey, *, is_ca: bool) -> bytes:
    issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "the cluster's CA")])
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder().issuer_name(issuer).subject_name(subject).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(_FROM).not_valid_after(_FROM + timedelta(days=2))
    builder = builder.add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    return builder.add_extension(names, critical=False).sign(by, SHA256()).public_bytes(Encoding.PEM)


class Cluster:
    """A scheduler and the workers that were added to it."""

    def __init__(self, folder: Path, environment: Mapping[str, str], authority: Authority) -> None:
        self.authority, self._folder, self._environment = authority, folder, environment
        self._processes: list[subprocess.Popen[bytes]] = []
        told = folder / "scheduler.json"
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(told))
        until = time.monotonic() + _SECONDS
        while not told.exists() or not told.read_bytes().endswith(b"}"):
            assert self.scheduler.poll() is None, self.log("scheduler")
            assert time.monotonic() < until, "the scheduler does not begin"
            time.sleep(0.05)
        self.address = json.loads(told.read_bytes())["address"]

    @property
    def options(self) -> tuple[str, ...]:
        """For `certx issue`."""
        return ("--runner", "dask", "--scheduler", self.address, *self.authority.options)

    def add(self, name: str, *more: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start a worker; it is there when this returns."""
        worker = self._start(
            "worker", self.address, "--nthreads", "1", "--no-nanny", "--name", name, *more,
            "--local-directory", str(self._folder / f"{name}.d"), log=name, **environment,
        )  # fmt: skip
        until = time.monotonic() + _SECONDS
        while "Registered to" not in self.log(name):
            assert worker.poll() is None, self.log(name)
            assert time.monotonic() < until, "the worker does not begin"
            time.sleep(0.05)
        return worker

    def log(self, name: str) -> str:
        """What a process said."""
        return (self._folder / f"{name}.log").read_text(errors="replace")

    def _start(self, kind: str, *arguments: str, log: str = "scheduler", **environment: str) -> subprocess.Popen[bytes]:
        with (self._folder / f"{log}.log").open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", f"distributed.cli.dask_{kind}", *arguments, "--no-dashboard",
                 *self.authority.dask_options],
                cwd=self._folder, env={**self._environment, **environment}, stdin=subprocess.DEVNULL,
                stdout=file, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        self._processes.append(process)
        return process

    def end(self) -> None:
        """End them all."""
        for process in self._processes:
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def cluster_in(folder: Path, environment: Mapping[str, str]) -> Iterator[Cluster]:
    """A scheduler without workers, whose processes begin in a folder and have this environment."""
    cluster = Cluster(folder, environment, Authority(folder / "tls"))
    try:
        yield cluster
    finally:
        cluster.end()
