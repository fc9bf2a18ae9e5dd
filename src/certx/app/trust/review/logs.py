"""Review of the logs in a `keys/` folder: a checkpoint that nobody could open would witness nothing."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from certx.app.trust.review.problem import TrustProblem
from certx.errors import CertxError
from certx.trust.checkpoint import DIGEST_BYTES, open_checkpoint, origin_of
from certx.trust.denials import Denial, deny
from certx.trust.files import max_bytes
from certx.trust.folder import FolderFiles, read_file
from certx.trust.logs import prove_logs
from certx.trust.registry import Region

LOG_SUFFIXES: Final = frozenset({".checkpoint", ".digests"})


def log_problems(region: Region, entry: Path) -> Iterator[TrustProblem]:
    """What is wrong with the logs in a region's folder."""
    issuers = {issuer.credit_code: issuer for issuer in region.issuers.values()}
    for path in sorted(path for path in entry.iterdir() if path.suffix in LOG_SUFFIXES):
        issuer = issuers.get(path.stem)
        if issuer is None:
            yield TrustProblem(str(path), "", "trust-log-of-nobody", {"name": path.stem[:80]})
            continue
        try:
            data = read_file(path, maximum=max_bytes(path.name))
            if path.suffix == ".checkpoint":
                open_checkpoint(data, origin_of(region.code, issuer.credit_code), issuer.log_keys.values(), str(path))
            elif len(data) % DIGEST_BYTES:
                yield TrustProblem(str(path), "", "trust-log-form", {"bytes": len(data)})
        except CertxError as error:
            yield TrustProblem(str(path), "", error.code, error.params)


def differing_logs(folder: Path, regions: Sequence[Region], denials: tuple[Denial, ...]) -> Iterator[TrustProblem]:
    """Logs that do not begin with what the record of a compromise says."""
    denied = {region.code: deny(region, denials) for region in regions}
    for log, error in prove_logs(denied, FolderFiles(folder))[1]:
        yield TrustProblem(str(folder / log.removeprefix("regions/")), "", error.code, error.params)
