"""By what a cluster's scheduler and this machine know one another: nobody else is to read along."""

from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from certx.errors import UsageError, cause_of
from certx.settings import ClusterSettings

_ENCRYPTED: Final = b"ENCRYPTED"
_MAX_KEY_BYTES: Final = 65_536


def security_of(library: Any, cluster: ClusterSettings, *, is_open: bool) -> Any:  # noqa: ANN401 - of an extra
    """By what the scheduler and this machine know one another; raises `UsageError` if others could read along."""
    address = cluster.scheduler or ""
    scheme, host = _parts(address)
    if scheme == "tcp":
        if not (is_open or _is_near(host)):
            raise UsageError("cluster-open", hint="cluster-open", scheduler=address)
        return library.Security(require_encryption=False)
    files = {"--tls-ca": cluster.tls_ca, "--tls-cert": cluster.tls_cert, "--tls-key": cluster.tls_key}
    for option, path in files.items():
        if path is None:
            raise UsageError("cluster-tls", hint="cluster-tls", option=option)
        _check_readable(path, is_key=path == cluster.tls_key)
    authority, certificate, key = map(str, files.values())
    return library.Security(
        tls_ca_file=authority, tls_client_cert=certificate, tls_client_key=key, require_encryption=True
    )


def _parts(address: str) -> tuple[str, str]:
    """Scheme and host of a scheduler's address; raises `UsageError`."""
    try:
        parts = urlsplit(address)
        is_whole = parts.scheme in {"tls", "tcp"} and parts.hostname and parts.port
    except ValueError:
        is_whole = False
    if not is_whole:
        raise UsageError("cluster-address", hint="cluster-address", scheduler=address)
    return parts.scheme, parts.hostname or ""


def _is_near(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _check_readable(path: Path, *, is_key: bool) -> None:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_KEY_BYTES)
    except OSError as error:
        raise UsageError("cluster-file", path=str(path), detail=cause_of(error)) from error
    if is_key and _ENCRYPTED in data:  # OpenSSL would ask for the passphrase in a thread that nobody sees
        raise UsageError("cluster-key-encrypted", hint="cluster-key-encrypted", path=str(path))
