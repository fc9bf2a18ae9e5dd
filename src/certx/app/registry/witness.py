"""What a registry had published before a moment: the witness of an issuer's log when one of its keys was stolen."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from certx.app.registry.repository import reader, stamp_name
from certx.errors import CertxError, DocumentError, EnvironmentFailureError, UsageError
from certx.trust.ceremony import Read
from certx.trust.chain import MAX_ROOTS, Chain
from certx.trust.checkpoint import Checkpoint, checkpoint_path, open_checkpoint, origin_of
from certx.trust.files import parse_document
from certx.trust.publish import target_path
from certx.trust.registry import ISSUER_PREFIX
from certx.trust.signed import SignedFiles, SignedRegistry
from certx.trust.tuf import read_stamp


class Witnessed(NamedTuple):
    """A checkpoint, and when the registry was signed that had it (Unix time)."""

    checkpoint: Checkpoint
    at: float


def last_checkpoint(repository: Path, region: str, credit_code: str, *, before: float) -> Witnessed:
    """The last checkpoint of an issuer's log in the registries signed before a moment (Unix time).

    Raises `UsageError` if there is none, `DocumentError` if what was published then cannot be relied on.
    """
    read, path = reader(repository), checkpoint_path(region, credit_code)
    for stamp in _stamps(read, repository):
        signed_at = read_stamp(stamp).issued
        if signed_at >= before:
            continue
        then = registry_under(read, stamp)
        data = then.files.read(path)
        if data is not None:
            issuer = then.registry.regions[region].issuers.get(ISSUER_PREFIX + credit_code)
            keys = () if issuer is None else issuer.log_keys.values()
            return Witnessed(open_checkpoint(data, origin_of(region, credit_code), keys, path), signed_at)
    raise UsageError("checkpoint-none", hint="checkpoint-none", path=path, at=before)


def _stamps(read: Read, repository: Path) -> Iterator[bytes]:
    """Every timestamp that is kept, the newest first."""
    newest = read("metadata/timestamp.json")
    if newest is None:
        raise EnvironmentFailureError("registry-absent", hint="registry-source", path=str(repository))
    for version in range(read_stamp(newest).version, 0, -1):
        stamp = read(stamp_name(version))
        if stamp is not None:
            yield stamp


def registry_under(read: Read, stamp: bytes) -> SignedRegistry:
    """The registry under a timestamp, checked from the first root down, by the root that was in force then."""
    first = read("metadata/1.root.json")
    if first is None:
        raise DocumentError("publish-missing", path="metadata/1.root.json")
    newest = next(n for n in range(1, MAX_ROOTS) if read(f"metadata/{n + 1}.root.json") is None)
    problem: CertxError | None = None
    for root in range(newest, 0, -1):
        try:
            chain = Chain(first, _Then(read, stamp, root))
        except CertxError as error:
            problem = problem or error
            continue
        files = SignedFiles(chain, lambda path, target: read(target_path(path, target.sha256)))
        return SignedRegistry(chain, files, seen_at=0.0)
    assert problem is not None  # noqa: S101 - there is at least one root
    raise problem


class _Then:
    """The files of a repository by the names that they had while a timestamp was the newest."""

    def __init__(self, read: Read, stamp: bytes, newest_root: int) -> None:
        self._read, self._stamp, self._newest_root = read, stamp, newest_root

    def __call__(self, name: str) -> bytes | None:
        """A file by name, `None` if there was none; nothing about it is proven here."""
        if name == "timestamp.json":
            return self._stamp
        number, _, rest = name.partition(".")
        if rest == "root.json":
            return self._read(f"metadata/{name}") if int(number) <= self._newest_root else None
        above, file = (self._stamp, "timestamp.json") if name == "snapshot.json" else (self("snapshot.json"), name)
        meta = {} if above is None else parse_document(above, file).get("signed", {}).get("meta", {})
        version = meta.get(name, {}).get("version")
        return None if version is None else self._read(f"metadata/{version}.{name}")
