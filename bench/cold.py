"""Cold starts: whole processes, in turn with an interpreter that does nothing."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from rounds import Contestant, Section, interleave, ratio
from workload import Workload

_BOUNDS: Final = {
    "certx --version": 2.5,
    "certx verify FILE": 10.0,
    "certx verify FILE --json": 10.0,
    "certx verify FILE, at a terminal": 14.0,
    "certx --help": 8.0,
    "certx verify PDF": 17.0,
    "certx verify PICTURE": 17.0,
}


def measure(work: Workload, *, rounds: int) -> list[Section]:
    """One table of user and system time."""
    if sys.platform == "win32":
        return [Section("cold start", [], [], ["skipped: the CPU time of one child is not to be had here"])]
    certx = str(Path(sys.executable).with_name("certx"))
    licence = work.home / "licence.txt"
    licence.write_text(work.credentials[0], encoding="ascii")
    verify, environment = [certx, "verify"], _environment(work.home)
    starts = [
        _start([sys.executable, "-c", "pass"], os.environ),
        _start([certx, "--version"], environment),
        _start([*verify, str(licence)], environment),
        _start([*verify, str(licence), "--json"], environment),
        _start([*verify, str(licence)], environment, at_terminal=True),
        _start([certx, "--help"], environment),
        *(_start([*verify, str(_printed(certx, licence, work.home, form))], environment) for form in ("pdf", "qr")),
    ]
    names = ["python -c pass", *_BOUNDS]
    contestants = [Contestant(name, start) for name, start in zip(names, starts, strict=True)]
    ones = [1] * len(contestants)
    interleave(contestants, rounds=1, counts=ones)  # compiles modules, warms the page cache
    bare, *others = timings = interleave(contestants, rounds=rounds, counts=ones)
    targets = [ratio(f"{one.name}, times python -c pass", one, bare, _BOUNDS[one.name], at_most=True) for one in others]
    return [Section("cold start", timings, targets, [])]


def _printed(certx: str, licence: Path, home: Path, form: str) -> Path:
    """The licence as a file of this form."""
    folder = home / f"printed-{form}"
    command = [certx, "print", str(licence), "--as", form, "--out", str(folder)]
    subprocess.run(command, check=True, env=_environment(home), stdout=subprocess.DEVNULL)
    return next(folder.iterdir())


def _environment(home: Path) -> dict[str, str]:
    """The counter of the demo; compiled modules may be kept, as on a user's machine."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"CERTX_HOME": str(home), "CERTX_LANG": "zh", "TERM": "xterm-256color"}


def _start(
    command: Sequence[str], environment: Mapping[str, str], *, at_terminal: bool = False
) -> Callable[[int], float]:
    run_one = _cpu_seconds_at_terminal if at_terminal else _cpu_seconds

    def run(count: int) -> float:
        return sum(run_one(command, environment) for _ in range(count))

    return run


def _cpu_seconds(command: Sequence[str], environment: Mapping[str, str], out: int = subprocess.DEVNULL) -> float:
    """User and system time of one process that must end well."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, env=environment) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
    return usage.ru_utime + usage.ru_stime


def _cpu_seconds_at_terminal(command: Sequence[str], environment: Mapping[str, str]) -> float:
    """The same with the screen that people see: in colour, short claims side by side."""
    terminal, out = os.openpty()
    try:
        return _cpu_seconds(command, environment, out)  # a screen is shorter than what a terminal holds unread
    finally:
        os.close(out)
        os.close(terminal)
