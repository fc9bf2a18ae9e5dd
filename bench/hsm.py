"""Signatures of a device: SoftHSM2, one to four processes at once, next to the key file on one core.

A device signs for other processes while it works for one; how many it bears is its own. SoftHSM computes on the very
cores of this machine, so it can gain no more than these give. `python bench/hsm.py` needs softhsm2 and `certx[hsm]`.
"""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from certx.app.machine.clock import now
from certx.app.machine.keystore import PassphraseSource, create_any_key
from certx.keys import ALGORITHMS

_PIN: Final = "31415926"
_SESSIONS: Final = (1, 2, 4)
_WORKER: Final = """
import sys
from pathlib import Path
from time import monotonic
from certx.app.machine.keystore import PassphraseSource, open_signer
opening = monotonic()
signer = open_signer(sys.argv[1], Path("."), passphrase=PassphraseSource(Path(sys.argv[2]), {}, lambda _: None))
opened = monotonic() - opening
print("ready", flush=True)
sys.stdin.readline()
data, count, start = b"x" * 700, 0, monotonic()
while monotonic() - start < float(sys.argv[3]):
    for _ in range(50):
        signer.sign(data)
    count += 50
print(count / (monotonic() - start), opened)
"""


class Rate(NamedTuple):
    """Signatures a second of so many processes together (wall clock), and how long opening took at the most."""

    name: str
    sessions: int
    signatures: float
    opening: float


def measure(folder: Path, *, seconds: float, rounds: int) -> list[Rate]:
    """The best of so many rounds for each algorithm, place and number of processes."""
    secret = folder / "secret"
    secret.write_text(f"{_PIN}\n")
    (folder / "tokens").mkdir()
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n")
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    token = ("--init-token", "--free", "--label", "bench", "--pin", _PIN, "--so-pin", "2718281828")
    subprocess.run(["softhsm2-util", *token], check=True, capture_output=True)
    source = PassphraseSource(secret, {}, lambda _: None)
    rates = []
    for algorithm in ALGORITHMS:
        device, file = f"pkcs11:token=bench;object={algorithm}", str(folder / f"{algorithm}.pem")
        for reference in (device, file):
            create_any_key(reference, folder, algorithm=algorithm, passphrase=source)
        places = (("file", file), ("SoftHSM2", device))
        for name, reference in places:
            for sessions in _SESSIONS:
                found = [_run(reference, secret, sessions, seconds) for _ in range(rounds)]
                best = max(rate for rate, _ in found)
                rates.append(Rate(f"{algorithm}, {name}", sessions, best, min(opening for _, opening in found)))
    return rates


def _run(reference: str, secret: Path, sessions: int, seconds: float) -> tuple[float, float]:
    command = [sys.executable, "-c", _WORKER, reference, str(secret), str(seconds)]
    workers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(sessions)
    ]
    for worker in workers:
        if worker.stdout is None or worker.stdout.readline() != "ready\n":
            raise SystemExit(1)
    for worker in workers:
        if worker.stdin is not None:
            worker.stdin.write("go\n")
            worker.stdin.flush()
    told = [worker.communicate()[0].split() for worker in workers]
    return sum(float(rate) for rate, _ in told), max(float(opening) for _, opening in told)


def main() -> None:
    """Print the table."""
    if shutil.which("softhsm2-util") is None or find_spec("pkcs11") is None:
        print("bench/hsm.py: needs softhsm2 and certx[hsm]", file=sys.stderr)
        raise SystemExit(2)
    start = now()
    quick = "--quick" in sys.argv
    with TemporaryDirectory() as folder:
        rates = measure(Path(folder), seconds=0.3 if quick else 2.0, rounds=1 if quick else 5)
    print(f"{'':<20}{'processes':>10}{'signatures/s':>14}{'opening, ms':>14}")
    for rate in rates:
        print(f"{rate.name:<20}{rate.sessions:>10}{rate.signatures:>14,.0f}{rate.opening * 1e3:>14,.0f}")
    print(f"{os.cpu_count()} cores, {now() - start:.0f} s")


if __name__ == "__main__":
    main()
