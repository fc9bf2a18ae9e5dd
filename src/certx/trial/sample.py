"""Sample licences: the schemas' valid examples, issued in memory today by a throw-away key to a throw-away holder."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from certx.credential.parse import parse
from certx.credential.present import bind
from certx.credential.sdjwt import random_salts
from certx.errors import DocumentError
from certx.evidence import Evidence, Expectation, Hindsight, gather
from certx.issue import HOLDER_KEY, IssuePlan
from certx.keys import new_signer
from certx.ledger.protocol import ListPlace
from certx.licence.divisions import province_of
from certx.licence.model import day_of
from certx.licence.rows import RowError
from certx.reason import Outcome
from certx.schema.catalogue import Catalogue, LicenceSchema
from certx.schema.rules import Context
from certx.status.listing import pack, write_token
from certx.status.reference import list_uri, series_of
from certx.status.tokenlist import StatusToken
from certx.trust.checkpoint import LogHead
from certx.trust.freshness import DEFAULT_LIMITS
from certx.trust.registry import ISSUER_PREFIX, Issuer, ListedKey, Region, make_registry
from certx.verdict import judge
from certx.verify import run_checks

EXPECTATION: Final = Expectation(nonce="trial", audience="trial")
_DATE: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_OF_A_PERSON: Final = "birthDate"
"""The one date that its holder's number repeats."""
_ISSUERS: Final = frozenset(
    {"certificateName", "certificateIdentifier", "issuingAuthorityName", "issuingAuthorityCode", "areaCode"}
)
"""What an issuer fills in."""
_DAY: Final = 86_400
_PLACES: Final = 64
"""Entries of the sample's status list."""


class Example(NamedTuple):
    """A valid example of a licence schema, and what it is called."""

    schema: LicenceSchema
    name: str
    document: Mapping[str, Any]


class Sample(NamedTuple):
    """A sample licence as a counter of its own region sees it: genuine, in good standing, shown by its holder."""

    licence_type: str
    version: str
    name: str
    evidence: Evidence


def make_sample(example: Example, catalogue: Catalogue, *, at: float) -> Sample:
    """Issue an example at Unix time `at`, and verify it; raises `DocumentError` if what comes out is not accepted."""
    schema, document = example.schema, example.document
    key, status_key, holder = new_signer("ES256"), new_signer("ES256"), new_signer("ES256")
    code, region = str(document["issuingAuthorityCode"]), province_of(str(document["areaCode"]))
    listed = {one.kid: ListedKey(one.kid, one.public_jwk, at - _DAY) for one in (key, status_key)}
    issuer = Issuer(
        ISSUER_PREFIX + code, {"zh": str(document["issuingAuthorityName"])}, code, str(document["areaCode"]),
        frozenset({schema.type}), {key.kid: listed[key.kid]}, status_keys={status_key.kid: listed[status_key.kid]},
    )  # fmt: skip
    context = Context(day_of(at), catalogue)
    plan = IssuePlan(schema, issuer, key, salts=random_salts(), context=context)
    given = _ISSUERS | {derivation.claim for derivation in schema.derivations}
    row = {name: value for name, value in document.items() if name not in given}
    days = max(0, (day_of(at) - date.fromisoformat(str(document["effectiveDate"]))).days)
    try:
        draft = plan.draft({**_later(row, days), HOLDER_KEY: holder.public_jwk}, serial="SAMPLE", issued_at=int(at))
    except RowError as error:
        raise DocumentError("trial-sample", type=schema.type, name=example.name) from error
    place = ListPlace(series_of(region, code), 1, 0)
    issued = plan.sign(draft, licence_id=draft.licence_id, issued_at=int(at), place=place)
    shown = bind(issued.credential, holder, audience="trial", nonce="trial", issued_at=int(at))
    token = write_token(
        pack({}, size=_PLACES), uri=list_uri(place.series, 1), signer=status_key,
        issued_at=int(at), expires_at=int(at) + _DAY, ttl=_DAY,
    )  # fmt: skip
    sources = _Region(Region(region, {}, {issuer.id: issuer}), schema, context, StatusToken(token), at)
    evidence = gather(parse(shown), sources, now=at, expectation=EXPECTATION)
    outcome, deciding = judge(run_checks(evidence))
    if outcome is not Outcome.ACCEPTED or deciding is not None:
        raise DocumentError("trial-sample", type=schema.type, name=example.name)
    return Sample(str(schema.type), str(schema.version), example.name, evidence)


def _later(value: Any, days: int, name: str = "") -> Any:  # noqa: ANN401 - any JSON value
    """It as if it had been issued so many days later."""
    if isinstance(value, dict):
        return {inner: _later(item, days, inner) for inner, item in value.items()}
    if isinstance(value, list):
        return [_later(item, days, name) for item in value]
    if isinstance(value, str) and name != _OF_A_PERSON and _DATE.fullmatch(value):
        return (date.fromisoformat(value) + timedelta(days)).isoformat()
    return value


class _Region:
    """What a counter of the sample's own region looks up."""

    registry_error = None
    hindsight: Hindsight | None = None
    limits = DEFAULT_LIMITS

    def __init__(self, region: Region, schema: LicenceSchema, context: Context, token: StatusToken, at: float) -> None:
        self.region = region.code
        self.registry = make_registry("trial", [region], signed_at=at)
        self.context, self._schema, self._token = context, schema, token

    def dictionary(self, _number: int) -> None:
        """A sample travels as text."""

    def schema(self, *_named: object) -> LicenceSchema:
        """The version that it was issued by."""
        return self._schema

    def agreements_between(self, *_asked: str) -> tuple[()]:
        """None is needed at home."""
        return ()

    def scenario(self, *_asked: str) -> None:
        """No matter is at hand."""

    def status_token(self, *_asked: str) -> StatusToken:
        """The list of its issuer."""
        return self._token

    def later_status_token(self, *_asked: str) -> None:
        """Nothing is looked at with hindsight."""

    def is_logged(self, _region: str, _issuer: Issuer, _head: LogHead, _digest: bytes) -> bool:
        """No key was ever stolen."""
        return False


def make_samples(examples: Iterator[Example], catalogue: Catalogue, *, at: float) -> list[Sample]:
    """A sample of each example."""
    return [make_sample(example, catalogue, at=at) for example in examples]
