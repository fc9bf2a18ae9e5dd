"""Grants for tests: a holder, a grantee and a site, each of whose words a test may change."""

from dataclasses import replace
from typing import Any, Final

import orjson

from certx.credential.parse import parse
from certx.credential.present import bind
from certx.credential.sdjwt import random_salts
from certx.evidence import Expectation
from certx.issue import IssuePlan
from certx.keys import Signer, new_signer
from certx.keys.encoding import base64url
from certx.licence.model import day_ends_at, day_starts_at
from certx.recognition.grant import HOLDER_PREFIX, Terms, make_grant, read_grant
from certx.recognition.grant_check import Use
from certx.schema.catalogue import require
from certx.status.reference import Reference
from certx.trust.registry import Issuer, ListedKey, State
from certx.verdict import Verdict
from certx.verify import verify
from world import CATALOGUE, ISSUER, KEY, NOW, WORLD, World, full_row

HOLDER: Final = new_signer("ES256")
GRANTEE: Final = new_signer("ES256")
THIEF: Final = new_signer("ES256")
GRANTS: Final = new_signer("Ed25519")
"""What the issuer lists for grants."""
SITE: Final = "urn:example:exchange"
MATTER: Final = "example-0001"


def licence(holder: Signer | None = HOLDER, **changes: Any) -> str:
    plan = IssuePlan(
        require(CATALOGUE, "business-licence"), WORLD.issuer, KEY, salts=random_salts(), context=WORLD.context
    )
    row = {**full_row("business-licence"), **changes}
    if holder is not None:
        row["holderKey"] = dict(holder.public_jwk)
    draft = plan.draft(row, serial="TEST0001", issued_at=int(NOW))
    return plan.sign(draft, licence_id=draft.licence_id, issued_at=int(NOW)).credential


LICENCE: Final = licence()
TERMS: Final = Terms(
    "Exchange (fictional)", SITE, {"zh": "核实主体", "en": "to know the firm"}, MATTER,
    frozenset({"business-licence"}), (("certificateName",), ("holders", -1, "name")),
    day_starts_at("2026-05-01"), day_ends_at("2026-06-30"), 3, None, base64url(parse(LICENCE).jws.digest),
)  # fmt: skip


def granted(
    signer: Signer = HOLDER, grantor: str | None = None, *, place: Reference | None = None, **changes: Any
) -> str:
    terms = TERMS._replace(**changes)
    by = HOLDER_PREFIX + signer.kid if grantor is None else grantor
    return make_grant(terms, GRANTEE.public_jwk, signer, grantor=by, issued_at=int(NOW) - 60, unique="u", place=place)


def by_body(signer: Signer = GRANTS, grantor: str = ISSUER, **changes: Any) -> str:
    return granted(signer, grantor, **{"licence": None, **changes})


def shown(
    grant: str, signer: Signer = GRANTEE, *, audience: str = SITE, nonce: str = "n", at: float = NOW, **more: object
) -> str:
    return bind(grant, signer, audience=audience, nonce=nonce, issued_at=int(at), more=more)


class Body(World):
    """A world whose issuer lists a key for grants."""

    grant_state: State = State.ACTIVE

    @property
    def issuer(self) -> Issuer:
        since = NOW if self.grant_state is not State.ACTIVE else None
        key = ListedKey(GRANTS.kid, GRANTS.public_jwk, 0.0, state=self.grant_state, since=since)
        return super().issuer._replace(grant_keys={GRANTS.kid: key})


class Suspended(Body):
    grant_state = State.SUSPENDED


class Compromised(Body):
    grant_state = State.COMPROMISED


def at_site(text: str, *, revoked: bool = False, **site: str) -> Use:
    """What the site of the grants above makes of what it is shown, or one that is told other things."""
    told = {"audience": SITE, "nonce": "n", "matter": MATTER, **site}
    return Use(read_grant(text), told["audience"], told["nonce"], told["matter"], revoked)


def used(
    text: str, credential: str = LICENCE, *, world: World = WORLD, now: float = NOW, revoked: bool = False, **site: str
) -> Verdict:
    """The verdict of the site on a licence and a grant to use it, before the use is counted."""
    use = at_site(text, revoked=revoked, **site)
    return verify(credential, replace(world, now=now), now=now, expectation=Expectation(grant=use))


def altered(grant: str, **changes: object) -> str:
    """A grant with other members under the same signature."""
    header, _, signature = grant.removesuffix("~").split(".")
    claims = {**parse(grant).claims, **changes}
    return f"{header}.{base64url(orjson.dumps(claims))}.{signature}~"
