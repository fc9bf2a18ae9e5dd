"""One simulated federation in memory: tests change its fields and look again.

Sichuan (510000) has an issuer with a fresh key; Chongqing (500000) verifies. `World` is its own `Sources`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from certx.credential.issue import issue as sign_claims
from certx.credential.parse import parse
from certx.credential.sdjwt import random_salts
from certx.errors import CertxError
from certx.evidence import NO_EXPECTATION, Expectation, Hindsight
from certx.issue import Draft, IssuePlan
from certx.keys import Signer, new_signer
from certx.licence.model import day_of, day_starts_at
from certx.licence.text_tables import read_rows
from certx.reason import Finding, Reason
from certx.recognition.agreement import Agreement, UnreadAgreement
from certx.recognition.scenario import Scenario
from certx.schema.catalogue import LicenceSchema, latest, require
from certx.schema.files import FolderCatalogue
from certx.schema.rules import Context
from certx.status.listing import pack, write_token
from certx.status.reference import list_uri, series_of
from certx.status.tokenlist import StatusToken
from certx.trust.checkpoint import LogHead
from certx.trust.freshness import DEFAULT_LIMITS, Limits
from certx.trust.registry import ISSUER_PREFIX, Issuer, ListedKey, Region, Registry, State, make_registry
from certx.verdict import Verdict
from certx.verify import verify as verify_against

SICHUAN: Final = "510000"
CHONGQING: Final = "500000"
CREDIT_CODE: Final = "11510100MB9X0A012X"
ISSUER: Final = ISSUER_PREFIX + CREDIT_CODE
OTHER_CREDIT_CODE: Final = "11510100MB9X0A039M"
OTHER_ISSUER: Final = ISSUER_PREFIX + OTHER_CREDIT_CODE

NOW: Final = float(day_starts_at("2026-06-01") + 12 * 3_600)
DAY: Final = 86_400

SCHEMAS: Final = Path(__file__).resolve().parent.parent / "schemas"
CATALOGUE: Final = FolderCatalogue(SCHEMAS)
TYPES: Final = tuple(str(name) for name in CATALOGUE.types())

KEY: Final = new_signer("ES256")
OTHER_KEY: Final = new_signer("Ed25519")
"""Listed too, but for another issuer of the same region."""
STRANGER: Final = new_signer("ES256")
STATUS_KEY: Final = new_signer("ES256")
LOG_KEY: Final = new_signer("Ed25519")
"""What signs the checkpoints of the issuer in Chengdu."""
"""Signs the status lists of the issuer in Chengdu."""

STATUS_URI: Final = list_uri(series_of(SICHUAN, CREDIT_CODE), 1)

AGREEMENT: Final = Agreement(
    id="agr-500000-510000-1",
    version=1,
    parties=frozenset({SICHUAN, CHONGQING}),
    types=frozenset(TYPES),
    issued_in=frozenset({SICHUAN, CHONGQING}),
    accepted_in=frozenset({SICHUAN, CHONGQING}),
    since=float(day_starts_at("2026-01-01")),
    until=None,
    listed_by=frozenset({SICHUAN, CHONGQING}),
)

_GIVEN: Final = frozenset(
    {"certificateName", "certificateIdentifier", "issuingAuthorityName", "issuingAuthorityCode", "areaCode"}
)
"""What the issuer fills in, so that a row does not have it."""


@dataclass(frozen=True)
class MemoryFiles:
    """A registry's files (see `certx.trust.files`), by path."""

    content: Mapping[str, bytes]

    def regions(self) -> list[str]:
        return sorted({path.split("/")[1] for path in self.content if path.startswith("regions/")})

    def left_out(self) -> list[str]:
        return []

    def names(self, folder: str) -> dict[str, str]:
        found = {path: data for path, data in self.content.items() if path.rpartition("/")[0] == folder}
        return {path.rpartition("/")[2]: sha256(data).hexdigest() for path, data in found.items()}

    def read(self, path: str) -> bytes | None:
        return self.content.get(path)


@dataclass(frozen=True)
class World:
    """The federation, what one counter knows of it, and that counter's clock."""

    now: float = NOW
    region: str | None = CHONGQING
    signed_at: float | None = NOW
    has_registry: bool = True
    registry_error: CertxError | None = None
    hindsight: Hindsight | None = None
    agreements: Sequence[Agreement | UnreadAgreement] | None = (AGREEMENT,)
    scenarios: Mapping[str, Scenario | CertxError] = field(default_factory=dict)
    seen_at: float | None = None
    expiries: Mapping[str, float] = field(default_factory=dict)
    limits: Limits = DEFAULT_LIMITS
    has_schemas: bool = True
    expectation: Expectation = NO_EXPECTATION

    listed_key: Signer | None = KEY
    issuer_id: str = ISSUER
    types: frozenset[str] = frozenset(TYPES)
    issuer_state: State = State.ACTIVE
    region_state: State = State.ACTIVE
    key_types: frozenset[str] | None = None
    key_state: State = State.ACTIVE
    key_since: float | None = None
    key_condemned: float | None = None
    key_from: float = field(default=float(day_starts_at("2020-01-01")))
    key_to: float | None = None
    key_witnessed: LogHead | None = None
    logged: Mapping[LogHead, frozenset[bytes]] = field(default_factory=dict)
    """What Sichuan's logs with these heads have."""

    status_lists: Mapping[str, str] = field(default_factory=dict)
    """What Sichuan published, by name."""
    later_lists: Mapping[str, str] = field(default_factory=dict)
    """What it has published since, where a question is about an earlier time."""
    status_state: State = State.ACTIVE
    status_since: float | None = None
    status_from: float = field(default=float(day_starts_at("2020-01-01")))
    status_to: float | None = None

    @property
    def issuer(self) -> Issuer:
        """The issuer in Chengdu, as the registry lists it."""
        keys: dict[str, ListedKey] = {}
        if self.listed_key is not None:
            keys[self.listed_key.kid] = ListedKey(
                self.listed_key.kid,
                self.listed_key.public_jwk,
                self.key_from,
                self.key_to,
                state=self.key_state,
                since=self.key_since,
                types=self.key_types,
                witnessed=self.key_witnessed,
                condemned_since=self.key_condemned,
            )
        name = {"zh": "成都市政务服务局(虚构)", "en": "Chengdu Service Bureau (fictional)"}
        status_key = ListedKey(
            STATUS_KEY.kid,
            STATUS_KEY.public_jwk,
            self.status_from,
            self.status_to,
            state=self.status_state,
            since=self.status_since,
        )
        status_keys = {STATUS_KEY.kid: status_key}
        log_keys = {LOG_KEY.kid: ListedKey(LOG_KEY.kid, LOG_KEY.public_jwk, self.status_from)}
        return Issuer(
            self.issuer_id, name, CREDIT_CODE, "510100", self.types, keys, self.issuer_state, status_keys, log_keys
        )

    @property
    def registry(self) -> Registry | None:
        if not self.has_registry:
            return None
        other_key = ListedKey(OTHER_KEY.kid, OTHER_KEY.public_jwk, self.key_from)
        other = Issuer(
            OTHER_ISSUER,
            {"zh": "成都市交通运输局(虚构)", "en": "Chengdu Transport Bureau (fictional)"},
            OTHER_CREDIT_CODE,
            "510100",
            frozenset({"road-transport-licence"}),
            {OTHER_KEY.kid: other_key},
        )
        issuers = {self.issuer.id: self.issuer, other.id: other}
        regions = [
            Region(SICHUAN, {"zh": "四川省", "en": "Sichuan"}, issuers, self.region_state),
            Region(CHONGQING, {"zh": "重庆市", "en": "Chongqing"}, {}),
        ]
        registry = make_registry("7", regions, signed_at=self.signed_at)
        return registry._replace(seen_at=self.seen_at, expiries=self.expiries)

    @property
    def context(self) -> Context:
        return Context(day_of(self.now), CATALOGUE)

    def agreements_between(self, *_: str) -> Sequence[Agreement | UnreadAgreement] | None:
        return self.agreements

    def scenario(self, _region: str, scenario_id: str) -> Scenario | CertxError | None:
        return self.scenarios.get(scenario_id)

    def status_token(self, region: str, uri: str) -> StatusToken | None:
        return StatusToken(self.status_lists[uri]) if region == SICHUAN and uri in self.status_lists else None

    def later_status_token(self, region: str, uri: str) -> StatusToken | None:
        return StatusToken(self.later_lists[uri]) if region == SICHUAN and uri in self.later_lists else None

    def is_logged(self, region: str, issuer: Issuer, head: LogHead, digest: bytes) -> bool:
        return (region, issuer.id) == (SICHUAN, self.issuer_id) and digest in self.logged.get(head, ())

    def dictionary(self, number: int) -> bytes | None:
        return CATALOGUE.dictionary(number)

    def schema(self, licence_type: str, major: int) -> LicenceSchema | None:
        return latest(CATALOGUE, licence_type, major) if self.has_schemas else None


WORLD: Final = World()


@cache
def _plan(licence_type: str) -> IssuePlan:
    return IssuePlan(require(CATALOGUE, licence_type), WORLD.issuer, KEY, salts=random_salts(), context=WORLD.context)


def examples(licence_type: str, kind: str) -> Iterator[tuple[str, Any]]:
    """The example documents of a type by name: `valid` or `invalid`."""
    for path in sorted((SCHEMAS / licence_type / kind).glob("*.json")):
        yield path.stem, json.loads(path.read_bytes())


def full_row(licence_type: str) -> dict[str, Any]:
    """The full example of a type as a row of an issuer's table."""
    document = json.loads((SCHEMAS / licence_type / "valid" / "full.json").read_bytes())
    derived = {derivation.claim for derivation in require(CATALOGUE, licence_type).derivations}
    return {name: value for name, value in document.items() if name not in _GIVEN | derived}


def table_rows(licence_type: str) -> list[Mapping[str, Any]]:
    """The rows of a type's sample table."""
    path = SCHEMAS / licence_type / "rows.csv"
    return [row.cells for row in read_rows(path.read_bytes(), "csv", name=path.name)]


def draft_row(licence_type: str, row: Mapping[str, Any], *, issued_at: float = NOW) -> Draft:
    """The draft of a row; raises `RowError`."""
    return _plan(licence_type).draft(row, serial="TEST0001", issued_at=int(issued_at))


def issue_row(licence_type: str, row: Mapping[str, Any], *, issued_at: float = NOW) -> str:
    """The credential of a row, issued as an honest issuer does."""
    plan = _plan(licence_type)
    draft = plan.draft(row, serial="TEST0001", issued_at=int(issued_at))
    return plan.sign(draft, licence_id=draft.licence_id, issued_at=int(issued_at)).credential


def issue(licence_type: str = "business-licence", *, issued_at: float = NOW, **changes: object) -> str:
    """The credential of the type's full example, with some cells of its row changed (`None`: left out)."""
    return issue_row(licence_type, {**full_row(licence_type), **changes}, issued_at=issued_at)


def forge(
    licence_type: str = "business-licence", *, signer: Signer = KEY, header: str | None = None, **changes: object
) -> str:
    """A credential that no honest issuer makes: any claim or envelope member changed (`None`: left out)."""
    claims = {**parse(issue(licence_type)).claims, **changes}
    kept = {name: value for name, value in claims.items() if value is not None}
    frame = require(CATALOGUE, licence_type).frame
    return sign_claims(kept, frame=frame, signer=signer, salts=random_salts(), header=header)


def status_list(
    values: Mapping[int, int],
    *,
    uri: str = STATUS_URI,
    signer: Signer = STATUS_KEY,
    issued_at: float = NOW,
    days: float = 7,
    size: int = 64,
) -> str:
    """A status list token in which the entries not named are valid."""
    issued = int(issued_at)
    return write_token(
        pack(values, size=size), uri=uri, signer=signer,
        issued_at=issued, expires_at=issued + int(days * DAY), ttl=DAY,
    )  # fmt: skip


def verify(text: str, **changes: Any) -> Verdict:
    """The verdict of the counter in a world with some fields changed."""
    world = replace(WORLD, **changes)
    return verify_against(text, world, now=world.now, expectation=world.expectation)


def finding_of(verdict: Verdict, name: str) -> Finding:
    """What one check found."""
    return next(finding for finding in verdict.findings if finding.check == name)


def decision(verdict: Verdict) -> tuple[str, Reason | None, str | None]:
    """Outcome, and reason and check of the deciding finding: what a test of a rule compares."""
    deciding = verdict.deciding
    return verdict.outcome, deciding and deciding.reason, deciding and deciding.check
