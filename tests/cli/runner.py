"""Runs transcripts: sessions at a shell that are test and documentation at once.

# words for the reader
$ OPTIONS="--key samr"           a variable, for the commands after it
$ certx verify altered.txt       a command for sh, in a fresh folder: see `folder_of`
! 3                              its exit status, 0 if not said
stdout                           all of stdout: the lines after `| `, nothing if there are none
| INVALID  altered.txt
|   why  …                       `…` is any text, alone on a line any lines; two spaces: two or more
| /checked: [0-9]+/              a line by regular expression
stderr                           likewise; a stream that is not asked for is not looked at
exists out.jsonl                 a file (or glob) that must be there afterwards
! exists .*.part                 or must not
grep /re/ out.jsonl              a file in which some line (`! grep`: no line) has the expression
-- rows.csv gb18030 --           a file, up to the next such line, in UTF-8 or the encoding named (or `hex`)
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

SHIM: Final = """#!/bin/sh
exec '{python}' -P -c 'import sys; sys.argv[0] = "certx"; from certx._entry import main; main()' "$@"
"""
_FILE: Final = re.compile(r"^-- (\S+)(?: (\S+))? --\n", re.MULTILINE)
_VARIABLE: Final = re.compile(r'(\w+)=("[^"]*"|\S*)')
_GREP: Final = re.compile(r"grep /(.*)/ (\S+)")


class Result(NamedTuple):
    """What a command left: its exit status, stdout and stderr."""

    status: int
    stdout: str
    stderr: str


class Session:
    """A shell in a folder of its own, whose environment holds nothing of the caller's but coverage."""

    def __init__(self, folder: Path, **more: str) -> None:
        self.folder = folder
        shims = folder / ".bin"
        shims.mkdir(exist_ok=True)
        (shims / "certx").write_text(SHIM.format(python=sys.executable))
        (shims / "certx").chmod(0o755)
        passed_on = {name: value for name, value in os.environ.items() if name.startswith("COV")}
        path = os.pathsep.join((str(shims), str(Path(sys.executable).parent), os.defpath, "/usr/bin", "/bin"))
        self.environment = {"PATH": path, "CERTX_HOME": "home", "LANG": "en", **passed_on, **more}

    def run(self, command: str, **more: str) -> Result:
        """Run a line of sh; `more` is added to the environment."""
        done = subprocess.run(
            ["sh", "-c", command], cwd=self.folder, env={**self.environment, **more}, stdin=subprocess.DEVNULL,
            capture_output=True, timeout=60, check=False,
        )  # fmt: skip
        return Result(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))


def folder_of(town: Path, folder: Path) -> Path:
    """A folder like the town (see `conftest.town`), to be changed freely."""
    return shutil.copytree(town, folder, dirs_exist_ok=True)


def complaints(transcript: str, folder: Path) -> Iterator[str]:
    """Everything in which a session differs from its transcript."""
    session, (_, *files) = Session(folder), _FILE.split(transcript)
    for name, encoding, text in zip(files[::3], files[1::3], files[2::3], strict=True):
        data = bytes.fromhex(text) if encoding == "hex" else text.encode(encoding or "utf-8")
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    lines = _FILE.split(transcript)[0].splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("$ ")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        said = [line for line in lines[start + 1 : end] if line and not line.startswith("#")]
        if variable := _VARIABLE.fullmatch(lines[start][2:]):
            session.environment[variable[1]] = variable[2].strip('"')
        result = session.run(lines[start][2:])
        for complaint in _differences(said, result, folder):
            yield f"line {start + 1}: {lines[start]}\n{complaint}"


def _differences(said: list[str], result: Result, folder: Path) -> Iterator[str]:
    status, wanted = 0, dict[str, list[str]]()
    stream: list[str] = []
    for line in said:
        if re.fullmatch("! [0-9]+", line):
            status = int(line[2:])
        elif line in {"stdout", "stderr"}:
            stream = wanted[line] = []
        elif line.startswith("|"):
            stream.append(line[2:])
        else:
            yield from _file_difference(line, folder)
    if result.status != status or "Traceback" in result.stderr:
        end = "\n".join(result.stderr.splitlines()[-5:])
        yield f"exit status {result.status}, to be {status}; stderr ends\n{_quoted(end)}"
    for name, expected in wanted.items():
        actual = getattr(result, name)
        if not re.fullmatch("".join(map(_pattern, expected)), _trimmed(actual)) and "Traceback" not in actual:
            yield f"{name} is\n{_quoted(actual)}\nand not\n{_quoted(chr(10).join(expected))}"


def _file_difference(line: str, folder: Path) -> Iterator[str]:
    is_there, (word, *rest) = not line.startswith("! "), line.removeprefix("! ").split()
    if word == "exists":
        found = any(any(folder.glob(name)) for name in rest)
    elif match := _GREP.fullmatch(line.removeprefix("! ")):
        found = re.search(match[1], (folder / match[2]).read_text(errors="replace"), re.MULTILINE) is not None
    else:
        yield f"not a line of a transcript: {line}"
        return
    if found is not is_there:
        yield f"does not hold: {line}"


def _pattern(line: str) -> str:
    if line.strip() == "…":
        return "(?:.*\n)*?"
    if len(line) > 1 and line[0] == line[-1] == "/":
        return f"(?:{line[1:-1]})\n"
    return ".*?".join(map(_spaced, line.rstrip().split("…"))) + "\n"


def _spaced(text: str) -> str:
    """Columns may be as wide as they like: where a transcript has two spaces or more, so must the output."""
    return " {2,}".join(map(re.escape, re.split(" {2,}", text)))


def _trimmed(text: str) -> str:
    return "".join(f"{line.rstrip()}\n" for line in text.split("\n")[: -1 if text.endswith("\n") else None] if text)


def _quoted(text: str) -> str:
    return "\n".join(f"| {line}".rstrip() for line in text.removesuffix("\n").split("\n"))
