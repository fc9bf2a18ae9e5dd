"""Peers that say whether one schema is contained in another, each in a process of its own."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from select import select
from shutil import which
from typing import Final, NamedTuple

from peers.dialects import Schema, draft_04, draft_07

_HERE: Final = Path(__file__).resolve().parent
_PATIENCE: Final = 15.0
"""Seconds of wall clock after which an answer is no longer waited for."""
Translate = Callable[[Schema], Schema]
"""From draft 2020-12 to the dialect that a peer reads."""


def _as_it_is(schema: Schema) -> Schema:
    return schema


_PYTHON_PEERS: Final = {"jsoncompat": _as_it_is, "subschema": _as_it_is, "jsonsubschema": draft_04}


class Reply(NamedTuple):
    """What a peer said (None: it cannot tell), whether it crashed or ran out of time, and the seconds it took."""

    answer: bool | None
    trouble: str
    seconds: float


class Peer:
    """One process, started again when it has taken too long."""

    def __init__(self, name: str, command: list[str], translate: Translate) -> None:
        self._command, self._translate = command, translate
        self._process = self._start()
        self.name = f"{name} {self._line()}"

    def _start(self) -> "subprocess.Popen[str]":
        pipe = subprocess.PIPE
        return subprocess.Popen(self._command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, encoding="utf-8")

    def _line(self) -> str:
        if self._process.stdout is None:
            raise BrokenPipeError
        return self._process.stdout.readline().strip()

    def ask(self, left: Schema, right: Schema) -> Reply:
        """Is the left schema contained in the right one?"""
        if self._process.stdin is None or self._process.stdout is None:
            raise BrokenPipeError
        print(json.dumps([self._translate(left), self._translate(right)]), file=self._process.stdin, flush=True)
        ready = select([self._process.stdout], [], [], _PATIENCE)[0]
        line = self._line() if ready else ""
        if line:
            reply = json.loads(line)
            return Reply(reply["answer"], "crash" if "crash" in reply else "", reply["seconds"])
        self.close()
        self._process = self._start()
        self._line()
        return Reply(None, "crash" if ready else "timeout", _PATIENCE)

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()


def installed(pythons: list[str], modules: Path | None) -> Iterator[Peer]:
    """The peers that are there."""
    script = str(_HERE / "containment.py")
    for python in pythons:
        for name, translate in _PYTHON_PEERS.items():
            if subprocess.run([python, "-c", f"import {name}"], check=False, capture_output=True).returncode == 0:
                yield Peer(name, [python, script, name], translate)
    node = which("node")
    if node and modules and (modules / "json-schema-diff").is_dir():
        yield Peer("json-schema-diff", [node, str(_HERE / "containment.mjs"), str(modules.resolve())], draft_07)
