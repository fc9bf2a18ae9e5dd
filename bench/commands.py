"""Whole commands as processes: what they cost the processor and the clock, and the most memory they had."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Final, NamedTuple

from workload import WorkloadError

_PROGRAM: Final = "from certx._entry import main; main()"


class Cost(NamedTuple):
    """Seconds of the processor (children too) and of the clock; KiB of the largest process."""

    processor: float
    clock: float
    memory: int


def cost_of(
    arguments: Sequence[str], home: Path, *, stdout: Path | None = None, environment: Mapping[str, str] | None = None
) -> Cost:
    """What `certx ARGUMENTS` costs, started cold; raises `WorkloadError` unless it exits with 0."""
    argv = [sys.executable, "-c", _PROGRAM, *arguments]
    variables: Mapping[str, str] = {**os.environ, "CERTX_HOME": str(home), **(environment or {})}
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    actions = [
        (os.POSIX_SPAWN_OPEN, 1, os.devnull if stdout is None else str(stdout), flags, 0o644),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
    ]
    began = perf_counter()
    pid = os.posix_spawn(sys.executable, argv, variables, file_actions=actions)
    _, status, usage = os.wait4(pid, 0)
    clock = perf_counter() - began
    if os.waitstatus_to_exitcode(status) != 0:
        raise WorkloadError(arguments, status)
    return Cost(usage.ru_utime + usage.ru_stime, clock, usage.ru_maxrss)
