"""Making a registry out of its reviewed source: which roles change, who must sign, and what is put on the web server.

    plan      what each role must say, next to what it says now; what differs is staged under the next version
    sign      custodians sign what is staged, together or one after the other     (certx.trust.ceremony)
    snapshot, timestamp   once enough have signed; the whole tree is checked as a counter would in between

Nothing here touches a disk (`certx.app.trust.publishing` does). Metadata is made by python-tuf.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from tuf.api import exceptions as tuf_errors
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Key,
    Metadata,
    MetaFile,
    Role,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from certx.errors import DocumentError
from certx.keys import Signer
from certx.trust.ceremony import Ceremony, Document, name_of, sign_metadata, to_bytes, tuf_key
from certx.trust.chain import ISSUED
from certx.trust.federation import Federation
from certx.trust.roles import TOP_LEVEL, may_sign, patterns_of

_TIME_FORM: Final = "%Y-%m-%dT%H:%M:%SZ"
_RENEW: Final = 0.5
"""A role whose content stays is signed anew when so much of its life is left."""
_STAMPED: Final = frozenset({"snapshot", "timestamp"})

Content = Mapping[str, Mapping[str, bytes]]
"""What each delegated role is to vouch for: role → path → bytes."""


class Desk:
    """What the federation's document and files ask for, over what is published and staged."""

    def __init__(self, federation: Federation, content: Content, ceremony: Ceremony, *, now: float) -> None:
        """Raises `DocumentError` if a file of the content has a name that its role may not sign."""
        for role, files in content.items():
            for path in files:
                if not may_sign(role, path):
                    raise DocumentError("publish-name", hint="publish-name", path=path[:160], role=role)
        self.content, self.ceremony = content, ceremony
        self._federation = federation
        self._now = datetime.fromtimestamp(int(now), UTC)
        self._keys = {c.kid: tuf_key(c.jwk, c.name) for rule in federation.roles.values() for c in rule.custodians}

    def plan(self) -> None:
        """Stage what differs from what is published or grows old; what an earlier run staged keeps its signatures."""
        wanted: dict[str, Any] = {"root": self._root(), "targets": self._targets()}
        wanted |= {role: self._delegate(role) for role in self._federation.delegated()}
        staged: dict[str, Document] = {}
        for role, signed in wanted.items():
            current, above = self.ceremony.current.get(role), wanted["root" if role == "targets" else "targets"]
            stands = current is not None and _says(current.signed) == _says(signed)
            if current is not None and stands and not self._is_old(role, current):
                is_kept = role == "root" or is_signed(current, role, above)
                if is_kept:  # also by those who must sign it from now on
                    continue
            signed.version = current.signed.version + 1 if current is not None else 1
            earlier = self.ceremony.staged.get(role)
            is_still_meant = (
                earlier is not None
                and earlier.signed.version == signed.version
                and _says(earlier.signed) == _says(signed)
                and not self._is_old(role, earlier)
                and earlier.signed.expires <= self._expires(role)
            )
            staged[role] = earlier if is_still_meant and earlier is not None else Metadata(signed)
        self.ceremony.staged = staged

    def _is_old(self, role: str, document: Document) -> bool:
        life = timedelta(days=self._federation.roles[role].days)
        return bool(document.signed.expires - self._now < life * _RENEW)

    def _expires(self, role: str) -> datetime:
        return self._now + timedelta(days=self._federation.roles[role].days)

    def _key_ids(self, role: str) -> list[str]:
        return [self._keys[c.kid].keyid for c in self._federation.roles[role].custodians]

    def _keys_of(self, roles: Iterable[str]) -> dict[str, Key]:
        keys = [self._keys[c.kid] for role in roles for c in self._federation.roles[role].custodians]
        return {key.keyid: key for key in keys}

    def _root(self) -> Root:
        """Keys and thresholds of the top-level roles (TUF specification, section 4.3)."""
        roles = {name: Role(self._key_ids(name), self._federation.roles[name].threshold) for name in TOP_LEVEL}
        return Root(expires=self._expires("root"), keys=self._keys_of(TOP_LEVEL), roles=roles, consistent_snapshot=True)

    def _targets(self) -> Targets:
        """The federation: who may sign for which paths (section 4.5)."""
        names = sorted(self._federation.delegated())
        roles = {
            name: DelegatedRole(
                name, self._key_ids(name), self._federation.roles[name].threshold,
                terminating=True, paths=list(patterns_of(name)),
            )
            for name in names
        }  # fmt: skip
        return Targets(expires=self._expires("targets"), delegations=Delegations(self._keys_of(names), roles))

    def _delegate(self, role: str) -> Targets:
        files = sorted(self.content.get(role, {}).items())
        targets = {path: TargetFile(len(data), {"sha256": sha256(data).hexdigest()}, path) for path, data in files}
        return Targets(expires=self._expires(role), targets=targets)

    def sign(self, signers: Iterable[Signer]) -> None:
        """Sign what is staged with every key that may."""
        for signer in signers:
            for role, document in self.ceremony.staged.items():
                key = self._key_for(signer, role)
                if key is not None and key.keyid not in document.signatures:
                    sign_metadata(document, key, signer)

    def _key_for(self, signer: Signer, role: str) -> Key | None:
        """The key as which a signer may sign a role; a new root also needs signatures of the root before it."""
        keepers = [self._keys_of([role])]
        if role == "root" and self.ceremony.roots:
            before = self.ceremony.roots[-1].signed
            keepers.append({key_id: before.keys[key_id] for key_id in before.roles["root"].keyids})
        ours = tuf_key(signer.public_jwk, "")
        return next((keys[ours.keyid] for keys in keepers if ours.keyid in keys), None)

    def effective(self, *, without: Sequence[str] = ()) -> dict[str, Document] | None:
        """What is published next, by role: what is staged and signed, else what stands; `None` if too little is signed.

        New `targets` under which a role would be left without valid signatures are held back, and those that stand are
        served on, unless the role is named in `without`.
        """
        waiting = {row.role for row in self.ceremony.pending()}
        ready = {role: self._tidied(role) for role in self.ceremony.staged if role not in waiting}
        current = self.ceremony.current
        candidates = [{**current, **ready}]
        if "targets" in current:
            candidates.append({**current, **ready, "targets": current["targets"]})
        return next((found for found in candidates if _is_complete(found, without)), None)

    def _tidied(self, role: str) -> Document:
        """A staged role with the signatures that count, and no others."""
        document, keepers = self.ceremony.staged[role], self.ceremony.keepers(role)
        for key_id in [key_id for key_id in document.signatures if key_id not in keepers]:
            del document.signatures[key_id]
        return document

    def snapshot(self, effective: Mapping[str, Document], signers: Sequence[Signer]) -> Document:
        """The snapshot of these roles: the one that is published if it still says so, else a new one, signed.

        A role never vanishes from it (section 5.5.5): one that the federation has put out is still among them.
        """
        current = self.ceremony.current.get("snapshot")
        listed = {role: document for role, document in effective.items() if role != "root" and role not in _STAMPED}
        meta = {f"{role}.json": _meta_file(document) for role, document in listed.items()}
        stands = current is not None and current.signed.meta == meta and not self._is_old("snapshot", current)
        root = effective["root"].signed
        if current is not None and stands and is_signed(current, "snapshot", root):
            return current
        version = current.signed.version + 1 if current is not None else 1
        signed = Snapshot(version, expires=self._expires("snapshot"), meta=meta)
        return self._stamped("snapshot", signed, root, signers)

    def timestamp(self, effective: Mapping[str, Document], snapshot: Document, signers: Sequence[Signer]) -> Document:
        """A timestamp over a snapshot, with the time of its signing, which never goes back."""
        current = self.ceremony.current.get("timestamp")
        issued = self._now.strftime(_TIME_FORM)
        if current is not None:
            issued = max(issued, str(current.signed.unrecognized_fields.get(ISSUED, "")))
        signed = Timestamp(
            current.signed.version + 1 if current is not None else 1,
            expires=self._expires("timestamp"),
            snapshot_meta=_meta_file(snapshot),
            unrecognized_fields={ISSUED: issued},
        )
        return self._stamped("timestamp", signed, effective["root"].signed, signers)

    @staticmethod
    def _stamped(role: str, signed: Any, root: Root, signers: Sequence[Signer]) -> Document:  # noqa: ANN401
        """A role of the online keys, by the root in force, signed on the spot.

        Raises `DocumentError` if the keys are not at hand.
        """
        document: Document = Metadata(signed)
        keys = {key_id: root.keys[key_id] for key_id in root.roles[role].keyids}
        for signer in signers:
            key = keys.get(tuf_key(signer.public_jwk, "").keyid)
            if key is not None:
                sign_metadata(document, key, signer)
        if len(document.signatures) < root.roles[role].threshold:
            names = ", ".join(sorted(map(name_of, keys.values())))
            raise DocumentError("publish-online-key", hint="publish-online-key", role=role, names=names)
        return document


def _is_complete(found: Mapping[str, Document], without: Sequence[str]) -> bool:
    """Could a counter rely on every role that there must be, apart from those `without`?"""
    if "root" not in found or "targets" not in found:
        return False
    targets = found["targets"].signed
    roles = targets.delegations.roles if targets.delegations is not None else ()
    asked = [role for role in roles if role not in without]
    return all(role in found and is_signed(found[role], role, targets) for role in asked)


def is_signed(document: Document, role: str, above: Any) -> bool:  # noqa: ANN401 - `Root` or `Targets`
    """Have enough of those signed it who must, by what is above it?"""
    try:
        above.verify_delegate(role, document.signed_bytes, document.signatures)
    except tuf_errors.UnsignedMetadataError:
        return False
    return True


def target_path(path: str, digest: str) -> str:
    """Where the content of a target is served (consistent snapshots, section 6.2)."""
    folder, _, name = path.rpartition("/")
    return f"targets/{folder}/{digest}.{name}"


def _says(signed: Any) -> dict[str, Any]:  # noqa: ANN401 - any signed part
    """The content of a role, without its version and age."""
    said: dict[str, Any] = signed.to_dict()
    return {name: value for name, value in said.items() if name not in {"version", "expires"}}


def _meta_file(document: Document) -> MetaFile:
    data = to_bytes(document)
    return MetaFile(document.signed.version, len(data), {"sha256": sha256(data).hexdigest()})
