"""`certx trust bundle`: a whole registry in one file, for machines without a network."""

from collections.abc import Iterator
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from tuf.api.metadata import Targets

from certx.app.files import replacing
from certx.app.repository import reader
from certx.errors import DocumentError, EnvironmentFailureError
from certx.trust.ceremony import Ceremony
from certx.trust.publish import target_path


def bundle(repository: Path, out: Path) -> int:
    """The whole registry in one file, for machines without a network; how many files it holds.

    The same registry gives the same bytes. Raises `CertxError`.
    """
    read = reader(repository)
    names = sorted(_bundled(Ceremony(read, {})))
    if "metadata/timestamp.json" not in names:
        raise EnvironmentFailureError("registry-absent", hint="registry-source", path=str(repository))
    with replacing(out) as file, ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name in names:
            data = read(name)
            if data is None:
                raise DocumentError("publish-missing", path=name)
            info = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = ZIP_DEFLATED
            archive.writestr(info, data)
    return len(names)


def _bundled(ceremony: Ceremony) -> Iterator[str]:
    """The files that a fresh counter needs: every root, and all that the timestamp leads to."""
    for root in ceremony.roots:
        yield f"metadata/{root.signed.version}.root.json"
    for role, document in ceremony.current.items():
        if role == "timestamp":
            yield "metadata/timestamp.json"
        elif role != "root":
            yield f"metadata/{document.signed.version}.{role}.json"
        if isinstance(document.signed, Targets):
            yield from (target_path(path, t.hashes["sha256"]) for path, t in document.signed.targets.items())
