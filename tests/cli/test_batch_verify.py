"""Many credentials at once: the same answers in the same order by one process and by several, in bounded memory."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

import pytest

from certx.carrier.text import MAX_LINE_BYTES
from certx.errors import Exit
from cli.runner import Session, folder_of

MANY: Final = 400
HUGE: Final = b"eyJ" + b"a" * (MAX_LINE_BYTES + 10)
_MOMENTS: Final = re.compile(r'"(?:checked_at|age_seconds)":[0-9.e+-]+')


@pytest.fixture
def folder(town: Path, tmp_path: Path) -> Path:
    """A counter with what it is given."""
    folder_of(town, tmp_path)
    assert Session(tmp_path).run("certx init --region 500000 --registry registry").status == Exit.OK
    return tmp_path


def credential(folder: Path, name: str) -> bytes:
    return (folder / name).read_bytes().strip()


def mixed(folder: Path, rounds: int) -> list[tuple[bytes, str | None]]:
    """Lines of every kind, each with the reason that is to be given; an empty line has no answer."""
    good = (folder / "issued.jsonl").read_bytes().splitlines()
    accepted = credential(folder, "licences/business-licence.txt")
    bag = [
        (good[0], "accepted"),
        (credential(folder, "cases/altered.txt"), "signature-wrong"),
        (b"", None),
        (credential(folder, "cases/expired.txt"), "expired"),
        (b'{"credential": 7}', "unreadable-not-a-credential"),
        (b"{broken", "unreadable-not-a-credential"),
        (b'{"credential": "\x00"}', "unreadable-not-text"),
        (accepted, "accepted"),
        (good[1], "accepted"),
    ]
    return bag * rounds


def order_of(*argv: str) -> list[str]:
    return [sys.executable, "-P", "-c", "from certx._entry import main; main()", "verify", *argv]


def environment(folder: Path) -> dict[str, str]:
    return {**Session(folder).environment, "CERTX_HOME": str(folder / "home")}


def verify(folder: Path, *argv: str, **more: Any) -> tuple[int, list[str], str]:
    """Exit status, lines of stdout, stderr."""
    done = subprocess.run(
        order_of(*argv), cwd=folder, env=environment(folder), capture_output=True, timeout=120, check=False,
        stdin=more.pop("stdin", subprocess.DEVNULL), **more,
    )  # fmt: skip
    return done.returncode, done.stdout.decode().splitlines(), done.stderr.decode()


def without_moments(lines: list[str]) -> list[str]:
    return [_MOMENTS.sub("", line) for line in lines]


def test_one_process_and_two_say_the_same_of_a_mixed_bag(folder: Path) -> None:
    bag = mixed(folder, MANY)
    bag.insert(50, (HUGE, "unreadable-too-large"))
    (folder / "bag.jsonl").write_bytes(b"".join(line + b"\n" for line, _ in bag))
    one = verify(folder, "bag.jsonl", "--json", "--workers", "1")
    two = verify(folder, "bag.jsonl", "--json", "--workers", "2")
    assert (one[0], two[0]) == (Exit.INVALID, Exit.INVALID)
    assert without_moments(one[1]) == without_moments(two[1])
    answers = [json.loads(line) for line in two[1]]
    wanted = [(f"bag.jsonl:{line}", said) for line, (_, said) in enumerate(bag, 1) if said is not None]
    assert [(a["input"], a["reason"] or a["outcome"]) for a in answers] == wanted
    assert f"{len(wanted)} checked" in two[2]
    assert f"{MANY} × expired" in two[2]
    by_lines = [verify(folder, "bag.jsonl", "--workers", count)[1] for count in "12"]
    assert by_lines[0][:-1] == by_lines[1][:-1]  # the last says how fast it was
    assert len(by_lines[0]) == len(wanted) + 1 + len({said for _, said in wanted} - {"accepted"}) + 1


def test_a_receipt_scenario_and_nonce_reach_the_workers(folder: Path) -> None:
    line = (folder / "issued.jsonl").read_bytes().splitlines()[0] + b"\n"
    (folder / "many.jsonl").write_bytes(line * 100)
    for more, reason in ((["--nonce", "n"], "key-binding-missing"), (["--scenario", "none-such"], "scenario-unknown")):
        _, lines, _ = verify(folder, "many.jsonl", "--json", "--workers", "2", *more)
        assert {json.loads(line)["reason"] for line in lines} == {reason}
    _, lines, _ = verify(folder, "many.jsonl", "--json", "--workers", "2", "--at", "2026-01-01")
    assert {json.loads(line)["historical"] for line in lines} == {True}


def test_a_folder_is_read_in_the_order_of_names(folder: Path) -> None:
    (folder / "in" / "b").mkdir(parents=True)
    accepted = credential(folder, "licences/business-licence.txt")
    for name in ("c.txt", "a.jsonl", "b/x.TXT", "b/passed-over.json", "b/y.txt"):
        (folder / "in" / name).write_bytes(accepted if name != "b/y.txt" else b"\x00\x01")
    status, lines, _ = verify(folder, "in", "--json")
    said = [(json.loads(line)["input"], json.loads(line)["outcome"]) for line in lines]
    assert said == [
        ("in/a.jsonl", "accepted"),
        ("in/b/x.TXT", "accepted"),
        ("in/b/y.txt", None),
        ("in/c.txt", "accepted"),
    ]
    assert status == Exit.UNREADABLE
    (folder / "empty").mkdir()
    status, lines, _ = verify(folder, "empty", "--json")
    assert (status, json.loads(lines[0])["reason"]) == (Exit.UNREADABLE, "unreadable-empty")


def children_of(pid: int) -> list[int]:
    """Processes below it that work, by /proc."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if parent == pid and b"spawn_main" in command:
                found.append(int(entry.name))
    return found


def wait_for(condition: Any, seconds: float = 30) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
def test_killed_worker_loses_nothing(folder: Path) -> None:
    """A worker is killed while both wait for input: the chunks on their way are done by new ones."""
    lines = [line for line, said in mixed(folder, 300) if said is not None]
    with (folder / "out.jsonl").open("wb") as out:
        job = subprocess.Popen(
            order_of("-", "--json", "--workers", "2"),
            cwd=folder, env=environment(folder), stdin=subprocess.PIPE, stdout=out, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert job.stdin is not None
        half = b"".join(line + b"\n" for line in lines) * 2
        job.stdin.write(half)
        job.stdin.flush()
        workers = wait_for(lambda: children_of(job.pid))
        os.kill(workers[0], signal.SIGKILL)
        job.stdin.write(half)
        _, talk = job.communicate(timeout=120)
        assert job.returncode == Exit.INVALID, talk
    answers = [json.loads(line) for line in (folder / "out.jsonl").read_bytes().splitlines()]
    assert [a["input"] for a in answers] == [f"-:{number}" for number in range(1, 4 * len(lines) + 1)]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
def test_interrupted_it_ends_at_once_and_leaves_nobody(folder: Path) -> None:
    line = (folder / "issued.jsonl").read_bytes().splitlines()[0] + b"\n"
    (folder / "long.jsonl").write_bytes(line * 20_000)
    with (folder / "out.jsonl").open("wb") as out:
        job = subprocess.Popen(
            order_of("long.jsonl", "--json", "--workers", "2"), cwd=folder, env=environment(folder),
            stdout=out, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
    wait_for(lambda: (folder / "out.jsonl").stat().st_size)  # they are at work
    workers = children_of(job.pid)
    assert workers
    os.killpg(job.pid, signal.SIGINT)  # as a terminal does: to all of them
    start = time.monotonic()
    _, talk = job.communicate(timeout=30)
    assert (job.returncode, talk) == (Exit.INTERRUPTED, b"")
    assert time.monotonic() - start < 10
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs the memory of a process")
def test_memory_does_not_grow_with_the_input(folder: Path) -> None:
    """A long stream, and a line of 64 MiB in it, take hardly more than a short one."""
    line = (folder / "issued.jsonl").read_bytes().splitlines()[0] + b"\n"
    measure = (
        "import sys; from certx._entry import run; status = run(sys.argv[1:]); "
        "print(open('/proc/self/status').read().partition('VmHWM:')[2].split()[0], file=sys.stderr); sys.exit(status)"
    )
    peaks = []
    for count, huge in ((500, 0), (8_000, 64 * 1_048_576)):
        with (folder / "long.jsonl").open("wb") as file:
            file.write(line * count)
            file.write(b"x" * huge + b"\n")
            file.write(line)
        done = subprocess.run(
            [sys.executable, "-P", "-c", measure, "verify", "long.jsonl", "--json", "--workers", "1"],
            cwd=folder, env=environment(folder), capture_output=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == (Exit.UNREADABLE if huge else Exit.OK)
        assert len(done.stdout.splitlines()) == count + 1 + bool(huge)
        peaks.append(int(done.stderr.split()[-1]))
    assert peaks[1] < peaks[0] + 16_384, peaks  # KiB


def test_what_is_folded_or_garbage_takes_nothing_from_its_neighbours(folder: Path) -> None:
    accepted = credential(folder, "licences/business-licence.txt")
    folded = b"\n".join(accepted[start : start + 76] for start in range(0, len(accepted), 76))
    line = (folder / "issued.jsonl").read_bytes().splitlines()[0]
    parts = [folded, line, b"hello", line, b"hello", folded, accepted]
    (folder / "bag.txt").write_bytes(b"\n".join(parts))
    small = [json.loads(line)["outcome"] for line in verify(folder, "bag.txt", "--json")[1]]
    assert small == ["accepted", "accepted", None, "accepted", None, "accepted", "accepted"]
    (folder / "big.txt").write_bytes(b"\n".join(parts * 200))
    large = [json.loads(line)["outcome"] for line in verify(folder, "big.txt", "--json", "--workers", "2")[1]]
    assert large[: len(small)] == small
    assert large.count("accepted") == 5 * 200
