"""What a test has cost so far: this process, and those that it started to open files."""

import os
from pathlib import Path

import pytest

from certx.app.carrier import confined

resource = pytest.importorskip("resource")


def seconds_spent() -> float:
    """The processor's time of this process and of those that open files, ended or not."""
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return float(sum(usage.ru_utime + usage.ru_stime for usage in used)) + _spent_by_reader()


def _spent_by_reader() -> float:
    """By the one that is still there; nothing where the system does not tell of others."""
    process = confined._READER._process
    if process is None or not Path("/proc/self/stat").exists():
        return 0.0
    words = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, words[11:13])) / os.sysconf("SC_CLK_TCK")
