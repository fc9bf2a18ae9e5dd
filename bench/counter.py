"""A counter that stays open, in a federation of 34 regions and with a status list of a million: Enter to verdict.

Wall time, since that is what a clerk waits for: through a pipe of `certx counter --plain`, and through a terminal of
the full screen, from the byte of Enter to the colour of the banner. `python bench/counter.py` runs it alone.
"""

import csv
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Final

from federation import found, list_key, serve
from rounds import Section, Target, Timing, print_section

from certx.app.counter.session import Counter
from certx.app.machine.clock import now as wall_clock
from certx.app.machine.files import replace_file
from certx.app.machine.shipped import schemas
from certx.app.registry.setup import Anchor, initialise
from certx.app.registry.sources import LocalSources
from certx.app.registry.syncing import sync
from certx.carrier import symbols
from certx.credential.sdjwt import random_salts
from certx.issue import IssuePlan
from certx.keys import new_signer
from certx.ledger import ListPlace
from certx.ledger.protocol import capacity_of
from certx.schema.catalogue import require
from certx.settings import Settings, load_settings
from certx.status.listing import Signing, pack, write_token
from certx.status.reference import list_uri, series_of
from certx.trust.region_document import read_region

_REGION: Final = "510000"
_SCANS: Final = 400
_DAY: Final = 86_400
_BANNER: Final = b"48;2;10;122;47"
"""The colour of what is accepted, as the terminal gets it."""
_SETTLE_SECONDS: Final = 0.15
_PAINTED: Final = "full screen, through a terminal"


def measure(folder: Path, *, scans: int) -> list[Section]:
    """One table of wall times: median and 99th percentile of so many scans."""
    settings, credentials = _world(folder, scans)
    environment = {**os.environ, "CERTX_HOME": str(settings.home), "CERTX_LANG": "zh", "PYTHONUTF8": "1"}
    timings = list[tuple[str, list[float]]]()
    counter, seconds = Counter(settings), list[float]()
    dictionary = LocalSources(settings, now=wall_clock()).dictionary
    texts = [symbols.write(credential, dictionary)[0] for credential in credentials]
    for text in texts:
        start = time.perf_counter()
        shown = counter.scan(text, now=wall_clock())
        seconds.append(time.perf_counter() - start)
        assert str(shown).count("'accepted'") == 1, shown  # noqa: S101
    timings.append(("judged in the process, symbol", seconds))
    timings.append(("--plain, through pipes, symbol", _plain(texts, environment)))
    timings.append(("--plain, through pipes, text", _plain(credentials, environment)))
    if sys.platform != "win32":
        timings.append((_PAINTED, _screen(texts[: scans // 4], environment)))
    rows, targets = list[Timing](), list[Target]()
    notes = ["34 regions, a status list of 1,048,576 entries; wall time; median and 99th percentile as targets"]
    for name, values in timings:
        ordered = sorted(values[5:])  # the first ones warm it
        middle, late = ordered[len(ordered) // 2] * 1e3, ordered[int(len(ordered) * 0.99)] * 1e3
        rows.append(Timing(name, ordered[0] * 1e6, middle * 1e3))
        if name == _PAINTED:
            notes.append(
                f"{name}: p50 {middle:.1f} ms, p99 {late:.1f} ms; what Textual needs to paint a frame is in it"
            )
            continue
        targets.append(Target(f"{name}: p50, ms", middle, middle, 3.0, at_most=True))
        targets.append(Target(f"{name}: p99, ms", late, late, 15.0, at_most=True))
    return [Section("counter", rows, targets, notes)]


def _world(folder: Path, count: int) -> tuple[Settings, list[str]]:
    """A federation in which one of its issuers has signed so many licences and their list."""
    source, repository, now = folder / "source", folder / "repository", wall_clock()
    custodians, signer, status_signer = found(source), new_signer("ES256"), new_signer("ES256")
    list_key(source, _REGION, signer, purpose="keys")
    document = list_key(source, _REGION, status_signer, purpose="statusKeys")
    listed = document["issuers"][0]
    code = listed["creditCode"]
    series, size = series_of(_REGION, code), capacity_of(1)
    signing = Signing(list_uri(series, 1), status_signer, int(now), int(now) + 7 * _DAY, _DAY)
    token = write_token(pack(dict.fromkeys(range(0, size, 100), 1), size=size), **signing._asdict())
    replace_file(source / _REGION / "status" / f"{code}-1.jwt", f"{token}\n".encode())
    serve(source, repository, custodians, now=now)
    root = repository / "metadata" / "1.root.json"
    initialise(Settings(folder / "home", region="500000"), str(repository), Anchor(root, None, lambda: None))
    settings = load_settings({"CERTX_HOME": str(folder / "home")})
    sync(settings, now=now)
    sources, shipped = LocalSources(settings, now=now), schemas()
    issuer = read_region(document, _REGION).issuers[listed["id"]]
    schema = require(shipped, "business-licence")
    plan = IssuePlan(schema, issuer, signer, salts=random_salts(), context=sources.context)
    with (shipped.folder / "business-licence" / "rows.csv").open(encoding="utf-8", newline="") as file:
        row = next(csv.DictReader(file))
    credentials = []
    for number in range(count):
        draft = plan.draft(row, serial=f"BENCH{number:015}", issued_at=int(now))
        place = ListPlace(series, 1, 100 * number + 1)
        signed = plan.sign(draft, licence_id=draft.licence_id, issued_at=int(now), place=place)
        credentials.append(signed.credential)
    return settings, credentials


def _plain(lines: list[str], environment: dict[str, str]) -> list[float]:
    """From a line written to its verdict read."""
    command = [sys.executable, "-P", "-m", "certx._entry", "counter", "--plain"]
    seconds = []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        inlet, outlet = _pipe(process.stdin), _pipe(process.stdout)
        for line in lines:
            inlet.write(line.encode())
            inlet.flush()
            time.sleep(0.002)  # the scanner has typed; Enter is what is timed
            start = time.perf_counter()
            inlet.write(b"\n")
            inlet.flush()
            answer = outlet.readline()
            seconds.append(time.perf_counter() - start)
            assert answer.startswith("认可".encode()), answer.decode()  # noqa: S101
        inlet.close()
    return seconds


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # noqa: S101 - asked for
    return stream


def _screen(texts: list[str], environment: dict[str, str]) -> list[float]:
    """From Enter to the banner, on a terminal of 80 by 24; half of the scans are garbage, so that it changes."""
    import pty  # noqa: PLC0415 - not on every system
    import select  # noqa: PLC0415

    more = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "COLUMNS": "80", "LINES": "24"}
    child, terminal = pty.fork()
    if child == 0:
        command = [sys.executable, "-P", "-m", "certx._entry", "counter"]
        os.execve(sys.executable, command, {**environment, **more, "CERTX_SYNC_MINUTES": "0"})  # noqa: S606

    def output(wait: float) -> bytes:
        ready, _, _ = select.select([terminal], [], [], wait)
        return os.read(terminal, 65_536) if ready else b""

    seconds = list[float]()
    until = time.monotonic() + 4.0
    while time.monotonic() < until:
        output(0.1)
    for text in texts:
        for scan, is_timed in (("garbage", False), (text, True)):
            os.write(terminal, scan.encode())
            settled = time.monotonic() + _SETTLE_SECONDS
            while time.monotonic() < settled:
                output(0.01)
            start = time.perf_counter()
            os.write(terminal, b"\r")
            said = b""
            while _BANNER not in said and time.perf_counter() - start < 1.0 and (is_timed or b"107;47;130" not in said):
                said += output(0.05)
            if is_timed:
                assert _BANNER in said, said  # noqa: S101
                seconds.append(time.perf_counter() - start)
    os.write(terminal, b"\x11")
    with suppress(OSError):  # how a terminal says that its process has ended
        while output(0.5):
            pass
    os.close(terminal)
    os.waitpid(child, 0)
    return seconds


if __name__ == "__main__":
    with TemporaryDirectory() as place:
        for section in measure(Path(place), scans=_SCANS):
            print_section(section)
