"""Web servers that are slow, endless, cut off or gone: the old generation stays, and the error says which file."""

import http.server
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from certx.errors import CertxError, Exit, UsageError
from certx.reason import Outcome
from certx.trust.fetch import open_source
from trust.realm import NOW, Realm
from world import issue

CREDENTIAL = issue(issued_at=NOW - 3_600)
pytestmark = pytest.mark.network


class Faulty(http.server.BaseHTTPRequestHandler):
    """Serves a folder, but one file in its own way."""

    folder: Path
    victim: str
    way: str

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        path = self.folder / self.path.lstrip("/")
        if not path.is_file():
            self.send_error(404)
            return
        data = path.read_bytes()
        is_victim = self.victim in self.path
        with suppress(ConnectionError):
            if is_victim and self.way.isdigit():
                self.send_response(int(self.way))
                self.send_header("Retry-After", "100000")
                self.end_headers()
                return
            if is_victim and self.way == "headers for ever":
                self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                for number in range(100):
                    self.wfile.write(b"X-%d: y\r\n" % number)
                    self.wfile.flush()
                    time.sleep(0.1)
            if is_victim and self.way == "endless error":
                self.send_response(404)
                self.end_headers()
                for _ in range(200):
                    self.wfile.write(b" " * 65_536)
                    time.sleep(0.05)
                return
            self.send_response(200)
            if not (is_victim and self.way == "endless"):
                self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.misbehave(data) if is_victim else self.wfile.write(data)

    def misbehave(self, data: bytes) -> None:
        match self.way:
            case "cut off":
                self.wfile.write(data[: len(data) // 2])
                self.close_connection = True
            case "endless":
                for _ in range(2_000):
                    self.wfile.write(b" " * 65_536)
            case "drop by drop":
                for byte in data:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(0.05)
            case "silent":
                time.sleep(3)


@contextmanager
def faulty(folder: Path, victim: str, way: str) -> Iterator[str]:
    handler = type("Handler", (Faulty,), {"folder": folder, "victim": victim, "way": way})
    server: Any = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    with server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.parametrize(
    ("way", "code", "status"),
    [
        ("cut off", "sync-download", Exit.ENVIRONMENT),
        ("endless", "sync-too-long", Exit.INVALID),
        ("drop by drop", "sync-download", Exit.ENVIRONMENT),
        ("silent", "sync-download", Exit.ENVIRONMENT),
        ("500", "sync-not-there", Exit.ENVIRONMENT),
        ("503", "sync-not-there", Exit.ENVIRONMENT),
        ("headers for ever", "sync-download", Exit.ENVIRONMENT),
        ("endless error", "sync-not-there", Exit.ENVIRONMENT),
    ],
)
@pytest.mark.parametrize("victim", ["timestamp.json", "2.region-510000.json", "keys.json"])
def test_a_faulty_server(realm: Realm, victim: str, way: str, code: str, status: Exit) -> None:
    realm.sync()
    realm.list_issuer(to="2030-01-01T00:00:00+08:00")
    realm.publish()
    began = time.monotonic()
    with faulty(realm.repository, victim, way) as address, pytest.raises(CertxError) as caught:
        realm.sync(address, patience=1)
    assert (caught.value.code, caught.value.exit) == (code, status)
    assert victim in str(caught.value.params["file"])
    assert time.monotonic() - began < 15
    assert realm.verify(CREDENTIAL).outcome is Outcome.ACCEPTED
    assert realm.generation() == "00000001"


def test_a_server_that_is_gone(realm: Realm) -> None:
    realm.sync()
    with faulty(realm.repository, "-", "-") as address:
        pass
    with pytest.raises(CertxError) as caught:
        realm.sync(address, patience=1)
    assert (caught.value.code, caught.value.exit) == ("sync-download", Exit.ENVIRONMENT)
    assert "0x" not in str(caught.value.params["detail"])


@pytest.mark.parametrize(
    "address", ["http://registry.example", "ftp://127.0.0.1/x", "http://127.0.0.1.example.org", "file:///tmp/registry"]
)
def test_an_address_that_is_not_https_is_refused(address: str) -> None:
    with pytest.raises(UsageError) as caught, open_source(address):
        pass
    assert caught.value.code == "source-not-https"


@pytest.mark.parametrize(
    "address", ["http://localhost:8000", "http://127.0.0.1:1", "http://[::1]:80", "https://a.example/b"]
)
def test_https_and_this_machine_are_sources(address: str) -> None:
    with open_source(address):
        pass
