"""`certx trust sign` and `status`: what waits in a repository's `staged/` for custodians to sign."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tuf.api.metadata import Key, Role, Root, Targets

from certx.app.machine.files import replace_file
from certx.app.machine.lock import exclusive
from certx.app.registry.repository import reader
from certx.errors import DocumentError, EnvironmentFailureError, KeyFailureError, UsageError
from certx.keys import Signer
from certx.trust.ceremony import Ceremony, Document, name_of, parse, sign_metadata, to_bytes, tuf_key
from certx.trust.folder import read_file
from certx.trust.reports import Pending, SignedFile
from certx.trust.roles import TOP_LEVEL, patterns_of


def staged_files(repository: Path) -> dict[str, Document]:
    """What waits for signatures, by role; raises `DocumentError` on a file that is not what its name says.

    Files that are named otherwise are left alone.
    """
    paths = sorted((repository / "staged").glob("*.json"))
    return {path.stem: _parse(path) for path in paths if path.stem in TOP_LEVEL or patterns_of(path.stem)}


def _parse(path: Path) -> Document:
    document = parse(read_file(path), str(path), "staged-form")
    if path.stem in TOP_LEVEL and document.signed.type != path.stem:
        raise DocumentError("staged-form", path=str(path))
    return document


def write_staged(repository: Path, staged: Mapping[str, Document]) -> None:
    """Exactly these files are staged afterwards."""
    for role, document in staged.items():
        replace_file(repository / "staged" / f"{role}.json", to_bytes(document))
    for role in staged_files(repository):
        if role not in staged:
            (repository / "staged" / f"{role}.json").unlink()


def read_staged(path: Path) -> tuple[Document, SignedFile]:
    """A staged file, and what a custodian should know of it before signing; raises `DocumentError`."""
    document = _parse(path)
    signed = document.signed
    says: list[str] = []
    if isinstance(signed, Targets):
        says += [f"{path}  sha256:{target.hashes.get('sha256', '?')[:16]}…" for path, target in signed.targets.items()]
        given = signed.delegations
        says += [_rule(name, role, given.keys) for name, role in (given.roles or {}).items()] if given else []
    if isinstance(signed, Root):
        says += [_rule(name, role, signed.keys) for name, role in signed.roles.items()]
    expires = signed.expires.timestamp()
    return document, SignedFile(path.stem, signed.type, signed.version, expires, tuple(sorted(says)))


def _rule(name: str, role: Role, keys: Mapping[str, Key]) -> str:
    """Who keeps a role: names, and the beginnings of their key ids, which are digests of the keys."""
    keepers = ", ".join(f"{name_of(keys[key_id])} {key_id[:8]}…" for key_id in role.keyids)
    return f"{name}: {role.threshold} of {keepers}"


def sign_file(path: Path, signer: Signer | None, copies: Sequence[Path] = ()) -> SignedFile:
    """Add a custodian's signature to a staged file, and those of other copies of it.

    Raises `DocumentError` if a copy says something else, `UsageError` on a file that is served already,
    `KeyFailureError` if the file lies beside its registry and the key is nobody's there.
    """
    if path.parent.name == "metadata":
        raise UsageError("staged-served", hint="staged-served", path=str(path))
    with exclusive(path.parent / ".lock", code="publish-busy", folder_mode=0o777):
        document, facts = read_staged(path)
        for copy in copies:
            other = _parse(copy)
            if other.signed_bytes != document.signed_bytes:
                raise DocumentError("staged-differs", path=str(copy), other=str(path))
            document.signatures.update(other.signatures)
        if signer is not None:
            key = tuf_key(signer.public_jwk, "")
            _check_custodian(path, key, signer)
            sign_metadata(document, key, signer)
        replace_file(path, to_bytes(document))
    return facts


def _check_custodian(path: Path, key: Key, signer: Signer) -> None:
    """Refuse a signature that would not count, where that can be known."""
    if path.parent.name != "staged":
        return
    repository = path.parent.parent
    ceremony = Ceremony(reader(repository), staged_files(repository))
    keepers = ceremony.keepers(path.stem) if path.stem in ceremony.staged else set()
    if keepers and key.keyid not in keepers:
        raise KeyFailureError("signer-not-custodian", hint="signer-not-custodian", kid=signer.kid, role=path.stem)


def standing(repository: Path) -> list[Pending]:
    """Every staged role of a repository: who has signed and who still has to."""
    if not (repository / "staged").is_dir() and not (repository / "metadata").is_dir():
        raise EnvironmentFailureError("registry-absent", hint="registry-source", path=str(repository))
    ceremony = Ceremony(reader(repository), staged_files(repository))
    return [ceremony.standing(role) for role in ceremony.staged]
