"""The roles below verified top-level metadata, and the files that they vouch for (TUF specification, section 5.6).

Through python-tuf's metadata API, with the rules of its client, so that one region whose file is at fault does not take
the others down, and so that roles can be listed.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from tuf.api import exceptions as tuf_errors
from tuf.api.metadata import MetaFile, Snapshot, TargetFile, Targets
from tuf.ngclient.fetcher import FetcherInterface

from certx.errors import CertxError, DocumentError
from certx.trust.extent import EXTENT, MAX_BYTES, Extent
from certx.trust.fetch import BASE
from certx.trust.metadata import MAX_METADATA_BYTES
from certx.trust.reports import Problem
from certx.trust.roles import is_region_role, may_sign, patterns_of, region_of
from certx.trust.tuf import Cached, download, failure, parse, typed

_MAX_TARGET_BYTES: Final = 64 * 1_048_576
_MAX_TARGETS: Final = 100_000
_DIGEST: Final = re.compile("[0-9a-f]{64}")


class Wanted(NamedTuple):
    """A file that a role vouches for."""

    path: str
    role: str
    target: TargetFile

    @property
    def sha256(self) -> str:
        """The digest that names it."""
        return str(self.target.hashes["sha256"])


class Walked(NamedTuple):
    """Verified metadata, files by name; what its roles vouch for; what is at fault in it; regions left out of it."""

    metadata: dict[str, bytes]
    wanted: tuple[Wanted, ...]
    problems: tuple[Problem, ...]
    left_out: tuple[str, ...] = ()


def walk(source: FetcherInterface, top: dict[str, bytes], cached: Cached) -> Walked:
    """Every delegated role below verified top-level metadata, with the list of files that they vouch for."""
    snapshot = typed(parse(top["snapshot.json"], "snapshot.json"), Snapshot)
    targets = typed(parse(top["targets.json"], "targets.json"), Targets)
    metadata, wanted, problems = dict(top), list[Wanted](), list[Problem]()
    extent, left_out = Extent(lambda: _said_extent(source)), list[str]()
    for name in targets.delegations.roles if targets.delegations and targets.delegations.roles else ():
        if not patterns_of(name):
            continue  # a role of a later version of certx
        file = f"{name}.json"
        meta = snapshot.meta.get(file)
        if meta is None:
            problems.append(Problem(name, DocumentError("tuf-not-listed", hint="sync", file=file)))
            continue
        try:
            data = _role_bytes(source, meta, file, cached)
        except CertxError:
            if not extent.leaves_out(name):
                raise
            left_out.append(name)
            continue
        try:
            role = verify_role(data, name, meta, targets)
        except DocumentError as error:
            problems.append(Problem(name, error))
            continue
        metadata[file] = data
        wanted += _in_scope(role, name, targets, problems)
    if len(wanted) > _MAX_TARGETS:
        raise DocumentError("tuf-too-many", hint="sync", file="targets", maximum=_MAX_TARGETS)
    regions = tuple(code for role in left_out if is_region_role(role) and (code := region_of(role)) is not None)
    return Walked(metadata, tuple(wanted), tuple(problems), regions)


def _said_extent(source: FetcherInterface) -> bytes | None:
    try:
        return source.download_bytes(f"{BASE}{EXTENT}", MAX_BYTES)
    except tuf_errors.DownloadError:
        return None


def _role_bytes(source: FetcherInterface, meta: MetaFile, file: str, cached: Cached) -> bytes:
    """The file of a role: the one verified before if the snapshot still means it, else from the source."""
    data = cached(file)
    if data is not None and _is(meta, data):
        return data
    return download(source, f"metadata/{meta.version}.{file}", meta, MAX_METADATA_BYTES)


def verify_role(data: bytes, name: str, meta: MetaFile, targets: Targets) -> Targets:
    """A delegated role (section 5.6); age apart, which is judged when a verdict relies on it.

    Raises `DocumentError` if signatures or version are not what the federation and the snapshot say.
    """
    file = f"{name}.json"
    document = parse(data, file)
    try:
        targets.verify_delegate(name, document.signed_bytes, document.signatures)
    except (tuf_errors.RepositoryError, RecursionError) as error:
        raise failure(error, file) from error
    role: Targets = typed(document, Targets)
    if role.version != meta.version:
        raise DocumentError("tuf-version", hint="sync", file=file, expected=meta.version, found=role.version)
    return role


def _in_scope(role: Targets, name: str, targets: Targets, problems: list[Problem]) -> Iterator[Wanted]:
    """The files of a role that it may sign; others are told and left out."""
    assert targets.delegations is not None  # noqa: S101 - the role came out of them
    assert targets.delegations.roles is not None  # noqa: S101
    delegation = targets.delegations.roles[name]
    for path, target in role.targets.items():
        if not may_sign(name, path) or not delegation.is_delegated_path(path):
            problems.append(
                Problem(name, DocumentError("tuf-scope", hint="sync", file=f"{name}.json", path=path[:160]))
            )
        elif not _DIGEST.fullmatch(str(target.hashes.get("sha256"))) or target.length > _MAX_TARGET_BYTES:
            problems.append(Problem(name, DocumentError("tuf-form", hint="sync", file=f"{name}.json")))
        else:
            yield Wanted(path, name, target)


def download_target(source: FetcherInterface, wanted: Wanted) -> bytes:
    """The content of a file, verified; raises as `download` does."""
    folder, _, name = wanted.path.rpartition("/")
    return download(source, f"targets/{folder}/{wanted.sha256}.{name}", wanted.target, _MAX_TARGET_BYTES)


def _is(meta: MetaFile, data: bytes) -> bool:
    try:
        meta.verify_length_and_hashes(data)
    except tuf_errors.LengthOrHashMismatchError:
        return False
    return bool(meta.hashes)
