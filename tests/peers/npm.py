"""The Node program `peer.mjs`, and what its SD-JWT library calls things."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from certx.schema.frame import Frame

FOLDER: Final = Path(__file__).resolve().parent


class PeerRefusedError(Exception):
    """The library threw; the message is its own."""


class NpmPeer:
    """@sd-jwt/sd-jwt-vc and jose in one process: a command is a method, its members are keywords."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            ["node", "peer.mjs"],
            cwd=FOLDER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.__exit__(kind, error, trace)

    def ask(self, command: str, **members: object) -> Any:
        """The result of a command; raises `PeerRefusedError`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"command": command, **members}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the peer has ended"
        answer = json.loads(line)
        if "error" in answer:
            raise PeerRefusedError(answer["error"])
        return answer["result"]


def disclosure_frame(claims: Mapping[str, Any], frame: Frame) -> dict[str, Any]:
    """A frame in this library's words: `_sd` lists names or positions, a member's own frame stands under its name."""
    result: dict[str, Any] = {}
    if selective := sorted(frame.selective & claims.keys()):
        result["_sd"] = selective
    if frame.decoys:
        result["_sd_decoy"] = frame.decoys
    for name in (frame.elements | frame.children.keys()) & claims.keys():
        inner = _member_frame(claims[name], frame.children.get(name, Frame()), each=name in frame.elements)
        if inner:
            result[name] = inner
    return result


def _member_frame(value: Any, child: Frame, *, each: bool) -> dict[str, Any]:
    if isinstance(value, dict):
        return disclosure_frame(value, child)
    result: dict[str, Any] = {"_sd": list(range(len(value)))} if each else {}
    for position, element in enumerate(value):
        inner = disclosure_frame(element, child) if isinstance(element, dict) else {}
        if inner:
            result[str(position)] = inner
    return result
