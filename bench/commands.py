"""Whole commands as processes: what they cost the processor and the clock, and the most memory they had."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from workload import WorkloadError

_PROGRAM: Final = "from certx._entry import main; main()"
_START: Final = """
import os, sys, time
began = time.perf_counter()
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
clock = time.perf_counter() - began
os.write(3, f"{status} {usage.ru_utime + usage.ru_stime} {clock} {usage.ru_maxrss}".encode())
"""
"""A process of its own that starts the command: Linux counts the memory of who starts a process as that process's."""


class Cost(NamedTuple):
    """Seconds of the processor (children too) and of the clock; KiB of the largest process."""

    processor: float
    clock: float
    memory: int


def cost_of(
    arguments: Sequence[str], home: Path, *, stdout: Path | None = None, environment: Mapping[str, str] | None = None
) -> Cost:
    """What `certx ARGUMENTS` costs, started cold; raises `WorkloadError` unless it exits with 0."""
    argv = [sys.executable, "-I", "-S", "-c", _START, sys.executable, "-c", _PROGRAM, *arguments]
    variables: Mapping[str, str] = {**os.environ, "CERTX_HOME": str(home), **(environment or {})}
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    told, tells = os.pipe()
    actions = [
        (os.POSIX_SPAWN_DUP2, tells, 3),
        (os.POSIX_SPAWN_OPEN, 1, os.devnull if stdout is None else str(stdout), flags, 0o644),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
    ]
    pid = os.posix_spawn(sys.executable, argv, variables, file_actions=actions)
    os.close(tells)
    with os.fdopen(told) as pipe:
        status, processor, clock, memory = pipe.read().split()
    os.waitpid(pid, 0)
    if os.waitstatus_to_exitcode(int(status)) != 0:
        raise WorkloadError(arguments, int(status))
    return Cost(float(processor), float(clock), int(memory))
