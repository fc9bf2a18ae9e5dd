"""npm's `@sd-jwt/sd-jwt-vc`, in a Node process that times itself (`npm.mjs`)."""

import json
import subprocess
from functools import partial
from pathlib import Path
from shutil import which
from typing import Any, Final, Self

from peers import PeerMissingError
from workload import DISCLOSURES, Workload

NAME: Final = "@sd-jwt/sd-jwt-vc"
_HERE: Final = Path(__file__).resolve().parent
_MODULES: Final = _HERE.parent.parent / "tests" / "peers" / "node_modules"


class NpmPeer:
    """One Node process, asked for a number of operations at a time."""

    name = NAME

    def __init__(self, work: Workload) -> None:
        """Raises `PeerMissingError`."""
        node = which("node")
        if node is None or not (_MODULES / NAME).is_dir():
            raise PeerMissingError(f"{NAME} is not installed: npm ci in tests/peers, with Node 20 or later")
        frame = work.plan.schema.frame
        self._process = subprocess.Popen(
            [node, str(_HERE / "npm.mjs"), str(_MODULES)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        start = self._ask(
            claims=work.claims,
            credentials=work.credentials,
            jwk=work.signer.public_jwk,
            selective=sorted(frame.selective),
            elements=sorted(frame.elements),
        )
        assert start["sample"].count("~") == DISCLOSURES + 1, start
        self.node = str(start["node"])
        self.issue, self.verify = partial(self._run, "issue"), partial(self._run, "verify")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _run(self, command: str, count: int) -> float:
        return float(self._ask(command=command, count=count)["seconds"])

    def _ask(self, **question: object) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return dict(json.loads(self._process.stdout.readline()))
