"""The chain of signatures of a verified generation, from the pinned root down: a lean reader of TUF metadata.

`certx sync` lets python-tuf verify everything before a generation is kept (`certx.trust.tuf`). This reader checks
again, at every start and in a few milliseconds, what a verdict relies on: signatures, thresholds, versions, lengths,
hashes. Expiries are handed on, for age is judged apart from authenticity. It accepts nothing that python-tuf refuses
(tests/trust/test_differential.py; docs/adr/0008-offline-reader.md). Clauses: TUF specification 1.0.33.
"""

from collections.abc import Callable, Iterator
from typing import Final

from certx.trust.metadata import (
    Delegation,
    Role,
    Target,
    check_meta,
    check_signatures,
    covers,
    delegation_of,
    delegations_of,
    moment,
    parse_metadata,
    role_of,
    target_of,
    unreliable,
)
from certx.trust.roles import may_sign, region_of

ISSUED: Final = "x-certx-issued"
"""Our member of `timestamp`: when it was signed, so that a clock that was set back is noticed."""

MAX_ROOTS: Final = 256

Read = Callable[[str], bytes | None]
"""Reads a file of a generation by name; `None` if it is not there."""


class Chain:
    """Verified metadata; a delegated role is verified when it is first asked for.

    Every method raises `DocumentError` naming the file that cannot be relied on.
    """

    def __init__(self, pinned: bytes, read: Read) -> None:
        """Verify the top-level roles; `pinned` is the root that this machine was told to trust."""
        self._read = read
        self.root = self._newest_root(pinned)
        self.timestamp = self._top_level("timestamp", None)
        self.snapshot = self._top_level("snapshot", self.timestamp)
        self.targets = self._top_level("targets", self.snapshot)
        self.issued = moment(self.timestamp.signed.get(ISSUED), "timestamp.json")
        self._delegations = delegations_of(self.targets.signed)
        self._roles: dict[str, Role] = {}

    @property
    def roles(self) -> tuple[str, ...]:
        """The names of the roles to which the federation delegates."""
        return tuple(self._delegations)

    @property
    def known_roles(self) -> Iterator[str]:
        """The names of all roles that the snapshot lists, also of those that the federation has put out."""
        return (name.removesuffix(".json") for name in self.snapshot.signed["meta"])

    def holds(self, name: str) -> bool:
        """Is the file of a delegated role there? A machine may have been given no more than some regions."""
        return self._read(f"{name}.json") is not None

    def role(self, name: str) -> Role:
        """A delegated role."""
        role = self._roles.get(name)
        if role is None:
            delegation = self._delegations.get(name)
            if delegation is None:
                raise unreliable("tuf-not-delegated", name)
            role = self._roles[name] = self._load(name, delegation, self.snapshot)
        return role

    def targets_of(self, name: str) -> dict[str, Target]:
        """The files that a role vouches for, by path; those outside its scope are left out."""
        listed = self.role(name).signed["targets"]
        patterns = self._delegations[name].paths
        return {
            path: target_of(row, name)
            for path, row in listed.items()
            if may_sign(name, path) and any(covers(pattern, path) for pattern in patterns)
        }

    def _newest_root(self, pinned: bytes) -> Role:
        """The last of the roots, each signed by its predecessor's keys and its own (section 5.3)."""
        document = parse_metadata(pinned, "root.json")
        root = role_of("root", document, "root.json")
        for version in range(root.version + 1, root.version + MAX_ROOTS):
            name = f"{version}.root.json"
            data = self._read(name)
            if data is None:
                break
            document = parse_metadata(data, name)
            newer = role_of("root", document, name)
            if newer.version != version:
                raise unreliable("tuf-version", name, expected=version, found=newer.version)
            for keeper in (root, newer):
                check_signatures(document, delegation_of(keeper.signed, keeper.signed["roles"].get("root"), name), name)
            root = newer
        return root

    def _top_level(self, name: str, above: Role | None) -> Role:
        delegation = delegation_of(self.root.signed, self.root.signed["roles"].get(name), name)
        return self._load(name, delegation, above)

    def _load(self, name: str, delegation: Delegation, above: Role | None) -> Role:
        """One file, as what is above it says it must be (sections 5.4 to 5.6)."""
        file = f"{name}.json"
        meta = above.signed["meta"].get(file) if above is not None else {}
        if meta is None:
            raise unreliable("tuf-not-listed", file)
        data = self._read(file)
        if data is None:
            region = region_of(name)
            raise unreliable("tuf-missing" if region is None else "region-not-held", file, region=region)
        check_meta(data, meta, file)
        document = parse_metadata(data, file)
        check_signatures(document, delegation, file)
        role = role_of(name if name in {"timestamp", "snapshot"} else "targets", document, file)
        if above is not None and role.version != meta.get("version"):
            raise unreliable("tuf-version", file, expected=meta.get("version"), found=role.version)
        return role
