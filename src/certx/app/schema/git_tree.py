"""Files of a git commit, without a checkout: `git ls-tree` names them, one `git cat-file --batch` reads them."""

import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from certx.app.schema.repository_tree import check_count, check_size, is_of, is_read
from certx.errors import EnvironmentFailureError, UsageError
from certx.gate.tree import Layout

_SECONDS: Final = 60.0
_BLOB: Final = b"blob"
_SHARED: Final = "..."


def git_tree(folder: Path, ref: str, layout: Layout) -> dict[str, bytes]:
    """The schemas and what belongs to them below a folder, as they are in a commit, by path from that folder.

    Raises `UsageError` on a ref that names no commit or where there is no git repository, `UnreadableError` if there
    is too much.
    """
    commit = _commit(folder, ref)
    listed = [entry for entry in _listed(folder, commit) if is_read(entry[0])]
    if any(path.startswith(f"{layout.schemas}/") for path, _, _ in listed):
        listed = [entry for entry in listed if is_of(entry[0], layout)]
    check_count(f"git:{ref}", len(listed), sum(size for _, _, size in listed))
    for path, _, size in listed:
        check_size(path, size)
    asked = b"".join(b"%s\n" % name for _, name, _ in listed)
    answered = _git(folder, ["cat-file", "--batch"], asked)
    return dict(_blobs(answered, [path for path, _, _ in listed]))


def git_file(folder: Path, ref: str, name: str) -> bytes | None:
    """A file of that folder as it is in a commit, `None` if there is none; raises as `git_tree` does."""
    commit = _commit(folder, ref)
    found = [size for path, _, size in _listed(folder, commit, name) if path == name]
    if not found:
        return None
    check_size(name, found[0])
    return _git(folder, ["cat-file", "blob", f"{commit}:./{name}"], b"")


def _commit(folder: Path, ref: str) -> str:
    """The commit that a ref names; with three dots after it, as for `git diff`, the last that it shares with `HEAD`."""
    name = ref.removesuffix(_SHARED)
    done = _run(folder, ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"], b"")
    if done.returncode == 0 and name != ref:
        done = _run(folder, ["merge-base", "HEAD", done.stdout.decode("ascii").strip()], b"")
    if done.returncode != 0:
        raise UsageError("git-ref", hint="git-ref", ref=ref[:200], path=str(folder))
    return done.stdout.decode("ascii").strip()


def _listed(folder: Path, commit: str, *paths: str) -> Iterator[tuple[str, bytes, int]]:
    """Path, object name and size of each file; links and submodules are none."""
    for entry in _git(folder, ["ls-tree", "-r", "-z", "--long", commit, *paths], b"").split(b"\0"):
        facts, _, path = entry.partition(b"\t")
        parts = facts.split()
        if len(parts) == 4 and parts[1] == _BLOB and parts[0] != b"120000":
            yield path.decode("utf-8", "replace"), parts[2], int(parts[3])


def _blobs(answered: bytes, paths: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    start = 0
    for path in paths:
        end = answered.index(b"\n", start)
        size = int(answered[start:end].rpartition(b" ")[2])
        yield path, answered[end + 1 : end + 1 + size]
        start = end + 1 + size + 1


def _git(folder: Path, arguments: list[str], given: bytes) -> bytes:
    done = _run(folder, arguments, given)
    if done.returncode != 0:
        detail = done.stderr.decode("utf-8", "replace").strip()[:200]
        raise EnvironmentFailureError("git-failed", path=str(folder), detail=detail)
    return done.stdout


def _run(folder: Path, arguments: list[str], given: bytes) -> subprocess.CompletedProcess[bytes]:
    command = ["git", "-C", str(folder), *arguments]
    try:
        return subprocess.run(command, input=given, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603 - no shell, and a ref cannot be an option
    except FileNotFoundError as error:
        raise EnvironmentFailureError("git-missing", hint="git-missing") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EnvironmentFailureError("git-failed", path=str(folder), detail=str(error)[:200]) from error
