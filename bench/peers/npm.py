"""npm's `@sd-jwt/sd-jwt-vc`, in a Node process that times itself (`npm.mjs`)."""

import json
import subprocess
from functools import partial
from pathlib import Path
from shutil import which
from typing import Any, Final, Self

from workload import Workload, check_sample

from peers import PeerMissingError

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
        command = [node, str(_HERE / "npm.mjs"), str(_MODULES)]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, encoding="utf-8")
        start = self._ask(
            claims=work.claims,
            credentials=work.credentials,
            jwk=work.signer.public_jwk,
            selective=sorted(frame.selective),
            elements=sorted(frame.elements),
        )
        check_sample(start["sample"])
        self.issue, self.verify = partial(self._run, "issue"), partial(self._run, "verify")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def _run(self, command: str, count: int) -> float:
        return float(self._ask(command=command, count=count)["seconds"])

    def _ask(self, **question: object) -> dict[str, Any]:
        questions, answers = self._process.stdin, self._process.stdout
        if questions is None or answers is None:
            raise BrokenPipeError
        questions.write(json.dumps(question) + "\n")
        questions.flush()
        return dict(json.loads(answers.readline()))
