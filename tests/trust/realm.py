"""A federation of two regions whose every key the test holds, as a repository on disk and a counter that syncs from it.

Attackers are the same person: `forge` changes a role's metadata and signs it with whatever keys were "stolen".
"""

import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from tuf.api.metadata import Metadata, MetaFile, TargetFile, Targets

from certx.app.machine.clock import now as wall_clock
from certx.app.machine.files import replace_file
from certx.app.registry.setup import Anchor, initialise
from certx.app.registry.sources import LocalSources
from certx.app.registry.syncing import sync
from certx.app.trust.founding import Keeper, add_region, found_federation, standard_roles
from certx.app.trust.publishing import Publication, publish
from certx.errors import CertxError
from certx.keys import Signer, new_signer
from certx.settings import Settings, load_settings
from certx.trust.ceremony import sign_metadata, to_bytes, tuf_key
from certx.trust.generations import Generations, read_signed
from certx.trust.reports import SyncReport
from certx.trust.staging import put_object, stage, switch
from certx.trust.tuf import read_stamp
from certx.verdict import Verdict
from certx.verify import verify
from world import AGREEMENT, CHONGQING, CREDIT_CODE, ISSUER, KEY, SICHUAN, STATUS_KEY, TYPES, status_list

NOW: Final = wall_clock()
"""Realms live today: python-tuf reads the clock itself."""
DAY: Final = 86_400

ROOT: Final = tuple(new_signer("Ed25519") for _ in range(3))
FEDERATION: Final = (new_signer("Ed25519"), new_signer("Ed25519"), new_signer("ES256"))
ONLINE: Final = (new_signer("Ed25519"), new_signer("Ed25519"))
REGION: Final = {code: tuple(new_signer("Ed25519") for _ in range(3)) for code in (SICHUAN, CHONGQING)}
STATUS: Final = {code: (new_signer("Ed25519"),) for code in (SICHUAN, CHONGQING)}
ALL: Final = (*ROOT, *FEDERATION, *ONLINE, *(s for group in (REGION, STATUS) for keys in group.values() for s in keys))
STRANGERS: Final = tuple(new_signer("Ed25519") for _ in range(3))

AGREEMENT_DOCUMENT: Final = {
    "id": AGREEMENT.id, "version": 1, "title": {"zh": "示例", "en": "example"}, "parties": [CHONGQING, SICHUAN],
    "types": list(TYPES), "issuedIn": [CHONGQING, SICHUAN], "acceptedIn": [CHONGQING, SICHUAN], "from": "2026-01-01",
}  # fmt: skip


def keepers(signers: Iterable[Signer], name: str) -> list[Keeper]:
    return [Keeper(f"{name}-{number}", signer.public_jwk) for number, signer in enumerate(signers, 1)]


def write(path: Path, document: Any) -> None:
    replace_file(path, json.dumps(document, ensure_ascii=False).encode())


class Realm:
    """Source, repository, and one counter in Chongqing."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.source, self.repository = folder, folder / "source", folder / "repository"
        self.home = folder / "counter"

    @classmethod
    def founded(cls, folder: Path, *, now: float = NOW) -> "Realm":
        """A realm that has been published once."""
        realm = cls(folder)
        roles = standard_roles(
            keepers(ROOT, "root"), keepers(FEDERATION, "federation"), keepers(ONLINE, "online"), [], []
        )
        found_federation(realm.source, roles, {})
        for code in (SICHUAN, CHONGQING):
            add_region(realm.source, code, keepers(REGION[code], code), keepers(STATUS[code], f"s{code}"), None)
            realm.list_agreement(code, AGREEMENT_DOCUMENT)
        realm.list_issuer()
        assert realm.publish(now=now).version == 1
        return realm

    def copied(self, folder: Path) -> "Realm":
        """The same, to be changed freely."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return Realm(folder)

    def list_issuer(self, signer: Signer = KEY, **changes: Any) -> None:
        key = {"kid": signer.kid, "jwk": signer.public_jwk, "from": "2020-01-01T00:00:00+08:00", **changes}
        issuer = {
            "id": ISSUER, "name": {"zh": "示例局", "en": "bureau"}, "creditCode": CREDIT_CODE, "area": "510100",
            "types": list(TYPES), "keys": [key],
            "statusKeys": [{"kid": STATUS_KEY.kid, "jwk": STATUS_KEY.public_jwk, "from": key["from"]}],
        }  # fmt: skip
        document = {"region": SICHUAN, "name": {"zh": "四川省", "en": "Sichuan"}, "issuers": [issuer]}
        write(self.source / SICHUAN / "keys.json", document)

    def list_statuses(self, values: Mapping[int, int], *, issued_at: float) -> None:
        token = status_list(values, issued_at=issued_at)
        replace_file(self.source / SICHUAN / "status" / f"{CREDIT_CODE}-1.jwt", token.encode())

    def list_agreement(self, code: str, document: Any) -> None:
        write(self.source / code / "agreements" / f"{document['id']}.json", document)

    def publish(self, signers: Iterable[Signer] = ALL, *, now: float = NOW, without: Iterable[str] = ()) -> Publication:
        done = publish(self.source, self.repository, tuple(signers), now=now, without=tuple(without))
        assert not done.review.obstacles, done.review.obstacles
        return done

    # --- the counter

    @property
    def settings(self) -> Settings:
        return load_settings({"CERTX_HOME": str(self.home)})

    def init(self, source: str | None = None) -> None:
        settings = Settings(self.home, region=CHONGQING)
        anchor = Anchor(self.repository / "metadata" / "1.root.json", None, lambda: None)
        initialise(settings, source or str(self.repository), anchor)

    def sync(self, source: str | None = None, *, now: float = NOW, patience: float = 20) -> SyncReport:
        if not (self.home / "certx.toml").exists():
            self.init()
        return sync(self.settings, now=now, source=source or str(self.repository), patience=patience)

    def generation(self) -> str | None:
        current = Generations(self.home / "registry").current()
        return current.name if current is not None else None

    def verify(self, credential: str, *, now: float = NOW) -> Verdict:
        return verify(credential, LocalSources(self.settings, now=now), now=now)

    def verify_as_of(self, credential: str, at: float) -> Verdict:
        return verify(credential, LocalSources(self.settings, now=at, is_past=True), now=at)

    def plant(self, *, seen_at: float | None = None) -> None:
        """Put what the repository serves into use without any check: what an attacker of the disk could do."""
        if not (self.home / "certx.toml").exists():
            self.init()
        generations = Generations(self.home / "registry")
        metadata = self.served()
        roles = [Metadata.from_bytes(data).signed for name, data in metadata.items() if "root" not in name]
        digests: set[str] = set()
        for role in roles:
            for path, target in role.targets.items() if isinstance(role, Targets) else ():
                digest = target.hashes["sha256"]
                place = self.repository / "targets" / Path(path).parent / f"{digest}.{Path(path).name}"
                if place.exists():
                    put_object(generations, digest, place.read_bytes())
                    digests.add(digest)
        staged = stage(generations, metadata, digests)
        issued = read_stamp(metadata["timestamp.json"]).issued
        switch(generations, staged, issued if seen_at is None else seen_at)

    def served(self) -> dict[str, bytes]:
        """The metadata that the repository's timestamp leads to, named as in a generation."""
        place = self.repository / "metadata"
        found = {"timestamp.json": (place / "timestamp.json").read_bytes()}
        version = Metadata.from_bytes(found["timestamp.json"]).signed.snapshot_meta.version
        found["snapshot.json"] = (place / f"{version}.snapshot.json").read_bytes()
        for name, meta in Metadata.from_bytes(found["snapshot.json"]).signed.meta.items():
            path = place / f"{meta.version}.{name}"
            if path.exists():
                found[name] = path.read_bytes()
        for path in place.glob("*.root.json"):
            if path.name != "1.root.json":
                found[path.name] = path.read_bytes()
        return found

    def read(self) -> Any:
        settings = self.settings
        assert settings.root is not None
        return read_signed(settings.generations, settings.root)

    # --- the federation changes its mind

    def edit_roles(self, change: Callable[[Any], object]) -> None:
        path = self.source / "federation" / "roles.json"
        document = json.loads(path.read_bytes())
        change(document)
        write(path, document)

    def appoint(self, role: str, signers: Iterable[Signer]) -> None:
        """Give a role new custodians, all of whom must sign."""
        chosen = keepers(signers, f"new-{role}")

        def change(document: Any) -> None:
            known = {row["jwk"]["kid"] for row in document["keys"]}
            document["keys"] += [{"name": k.name, "jwk": k.jwk} for k in chosen if k.jwk["kid"] not in known]
            document["roles"][role] = {"keys": [k.jwk["kid"] for k in chosen], "threshold": len(chosen)}

        self.edit_roles(change)

    def dismiss(self, role: str) -> None:
        self.edit_roles(lambda document: document["roles"].pop(role))

    def deny(self, *denials: Mapping[str, str]) -> None:
        write(self.source / "federation" / "suspensions.json", {"denials": list(denials)})

    # --- the attacker

    def forge(
        self,
        role: str,
        change: Callable[[Any], object] = id,
        signers: Iterable[Signer] = (),
        *,
        lists: Mapping[str, bytes] | None = None,
        bump: bool = True,
        online: Iterable[Signer] = ONLINE,
    ) -> None:
        """Change a published role, sign it with these keys, and let the (stolen) online keys vouch for it."""
        document = self.published(role)
        if bump:
            document.signed.version += 1
        change(document.signed)
        for path, data in (lists or {}).items():
            digest = sha256(data).hexdigest()
            document.signed.targets[path] = TargetFile(len(data), {"sha256": digest}, path)
            folder, _, name = path.rpartition("/")
            with suppress(OSError, CertxError):
                replace_file(self.repository / "targets" / folder / f"{digest}.{name}", data)
        self.put(role, document, signers)
        if role == "snapshot":
            self.stamp(document, online)
        elif role not in {"timestamp", "root"}:
            self.vouch({role: document}, online)

    def put(self, role: str, document: Any, signers: Iterable[Signer]) -> None:
        document.signatures.clear()
        for signer in signers:
            sign_metadata(document, tuf_key(signer.public_jwk, ""), signer)
        name = "timestamp.json" if role == "timestamp" else f"{document.signed.version}.{role}.json"
        replace_file(self.repository / "metadata" / name, to_bytes(document))

    def put_as_it_is(self, role: str, document: Any) -> None:
        """With the signatures that it has."""
        replace_file(self.repository / "metadata" / f"{document.signed.version}.{role}.json", to_bytes(document))
        self.vouch({role: document})

    def published(self, role: str) -> Any:
        place = self.repository / "metadata"
        stamp = Metadata.from_file(str(place / "timestamp.json"))
        if role == "timestamp":
            return stamp
        if role == "root":
            return Metadata.from_file(str(max(place.glob("*.root.json"), key=lambda p: int(p.name.split(".")[0]))))
        snapshot = Metadata.from_file(str(place / f"{stamp.signed.snapshot_meta.version}.snapshot.json"))
        if role == "snapshot":
            return snapshot
        return Metadata.from_file(str(place / f"{snapshot.signed.meta[f'{role}.json'].version}.{role}.json"))

    def vouch(self, documents: Mapping[str, Any], online: Iterable[Signer] = ONLINE) -> None:
        """A new snapshot with these roles, and a new timestamp."""
        snapshot = self.published("snapshot")
        snapshot.signed.version += 1
        for role, document in documents.items():
            snapshot.signed.meta[f"{role}.json"] = meta_of(document)
        self.put("snapshot", snapshot, online)
        self.stamp(snapshot, online)

    def publish_timestamp(self) -> None:
        """The same snapshot under the next timestamp."""
        self.forge("timestamp", signers=ONLINE)

    def stamp(self, snapshot: Any, online: Iterable[Signer] = ONLINE) -> None:
        timestamp = self.published("timestamp")
        timestamp.signed.version += 1
        timestamp.signed.snapshot_meta = meta_of(snapshot)
        self.put("timestamp", timestamp, online)


def meta_of(document: Any) -> MetaFile:
    data = to_bytes(document)
    return MetaFile(document.signed.version, len(data), {"sha256": sha256(data).hexdigest()})
