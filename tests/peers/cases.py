"""What the peers are tried with: claims under frames of every shape, licences of every type, what is shown of them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from certx.credential.issue import issue
from certx.credential.sdjwt import random_salts
from certx.issue import IssuePlan
from certx.keys import Signer, new_signer
from certx.licence.model import day_ends_at, day_of, day_starts_at
from certx.licence.paths import Path
from certx.licence.text_tables import read_rows
from certx.schema.catalogue import require
from certx.schema.files import shipped_schemas
from certx.schema.frame import Frame
from certx.schema.rules import Context
from certx.trust.registry import Issuer, ListedKey

NOW: Final = datetime(2026, 6, 1, tzinfo=UTC)
MOMENT: Final = int(NOW.timestamp())
AUDIENCE: Final = "https://counter.example/北碚"
NONCE: Final = "n-0S6_WzA2Mj"

ALGORITHMS: Final = ("ES256", "Ed25519")
PAIRS: Final = [(issuer, holder) for issuer in ALGORITHMS for holder in ALGORITHMS]
ISSUERS: Final = {name: new_signer(name) for name in ALGORITHMS}
HOLDERS: Final = {name: new_signer(name) for name in ALGORITHMS}

CONTENT: Final[dict[str, Any]] = {
    "certificateName": "营业执照",
    "名称": '重庆示例有限公司 😀 \\ " / \n < \u2028',
    "capital": 12.5,
    "branches": 0,
    "limit": -9_007_199_254_740_991,
    "revoked": False,
    "note": None,
    "empty": {"list": [], "object": {}, "text": ""},
    "address": {"province": "重庆市", "street": "示例路1号", "place": {"lat": 29.5, "lon": 106.5}},
    "scope": ["软件开发", "咨询", ["nested", 1], {"code": "6510"}],
    "holders": [{"name": "张示例", "code": "A1"}, {"name": "李示例", "code": "B2", "roles": ["x", "y"]}],
}

ADDRESS: Final = Frame(frozenset({"street", "place"}), children={"place": Frame(frozenset({"lat", "lon"}))})
HOLDER: Final = Frame(frozenset({"name", "roles"}), frozenset({"roles"}))

SHAPES: Final[Mapping[str, Frame]] = {
    "plain": Frame(),
    "flat": Frame(frozenset(CONTENT)),
    "nested": Frame(children={"address": ADDRESS, "empty": Frame(frozenset({"list", "object", "text"}))}),
    "elements": Frame(elements=frozenset({"scope", "holders"})),
    "recursive": Frame(
        frozenset({"address", "scope", "holders", "名称"}),
        frozenset({"scope", "holders"}),
        {"address": ADDRESS, "holders": HOLDER},
    ),
    "decoys": Frame(frozenset({"名称", "capital"}), children={"address": ADDRESS._replace(decoys=3)}, decoys=5),
    "only decoys": Frame(decoys=2),
}

FLAT_SHAPES: Final = [name for name, frame in SHAPES.items() if not (frame.children or frame.elements)]

ALWAYS_SEEN: Final = {name: value for name, value in CONTENT.items() if name not in SHAPES["recursive"].selective}


class Showing(NamedTuple):
    """One choice of what to show of the `recursive` shape: in certx's words, in the peers' words, and what is seen."""

    paths: list[Path]
    npm: dict[str, Any]
    reference: dict[str, Any]
    seen: dict[str, Any]


SHOWINGS: Final = {
    "nothing": Showing([], {}, {}, {}),
    "a claim": Showing([("名称",)], {"名称": True}, {"名称": True}, {"名称": CONTENT["名称"]}),
    "a claim in a claim": Showing(
        [("address", "street")],
        {"address": {"street": True}},
        {"address": {"street": True}},
        {"address": {"province": "重庆市", "street": "示例路1号"}},
    ),
    "the deepest claim": Showing(
        [("address", "place", "lon")],
        {"address": {"place": {"lon": True}}},
        {"address": {"place": {"lon": True}}},
        {"address": {"province": "重庆市", "place": {"lon": 106.5}}},
    ),
    "two elements of an array": Showing(
        [("scope", 0), ("scope", 3)],
        {"scope": {"0": True, "3": True}},
        {"scope": [True, False, False, True]},
        {"scope": ["软件开发", {"code": "6510"}]},
    ),
    "a claim in an element": Showing(
        [("holders", 1, "name"), ("holders", 1, "roles", 1)],
        {"holders": {"1": {"name": True, "roles": {"1": True}}}},
        {"holders": [False, {"name": True, "roles": [False, True]}]},
        {"holders": [{"name": "李示例", "code": "B2", "roles": ["y"]}]},
    ),
    "a claim in each element": Showing(
        [("holders", -1, "name")],
        {"holders": {"0": {"name": True}, "1": {"name": True}}},
        {"holders": [{"name": True}, {"name": True}]},
        {"holders": [{"name": "张示例", "code": "A1"}, {"name": "李示例", "code": "B2"}]},
    ),
}


def envelope(**more: object) -> dict[str, Any]:
    """The claims of the JWT itself."""
    return {
        "iss": "https://issuer.example",
        "iat": MOMENT - 60,
        "nbf": MOMENT - 60,
        "exp": 4_102_444_800,  # the year 2100
        "vct": "urn:example:licence:1",
        **more,
    }


def confirmation(jwk: Mapping[str, Any]) -> dict[str, Any]:
    """`cnf` of a holder's public key."""
    return {"jwk": {name: jwk[name] for name in ("kty", "crv", "x", "y") if name in jwk}}


def certx_credential(frame: Frame, algorithm: str, **more: object) -> tuple[str, dict[str, Any]]:
    """A credential that certx made of the claims above, and all its claims."""
    claims = {**envelope(**more), **CONTENT}
    return issue(claims, frame=frame, signer=ISSUERS[algorithm], salts=random_salts()), claims


class SampleLicence(NamedTuple):
    """A licence from a sample row, all its claims, and those that are seen if one that may be hidden is shown."""

    credential: str
    claims: dict[str, Any]
    shown: str
    seen: dict[str, Any]


LICENCE_TYPES: Final = shipped_schemas().types()


@lru_cache
def sample_licences(licence_type: str) -> list[SampleLicence]:
    """The licences of all sample rows of a type, for a holder with a key, signed ES256."""
    catalogue = shipped_schemas()
    schema = require(catalogue, licence_type)
    signer, holder = ISSUERS["ES256"], confirmation(HOLDERS["ES256"].public_jwk)["jwk"]
    context = Context(day_of(MOMENT), catalogue)
    plan = IssuePlan(schema, _issuer(signer), signer, salts=random_salts(), context=context)
    data = (catalogue.folder / licence_type / "rows.csv").read_bytes()
    licences = []
    for row in read_rows(data, "csv", name="rows.csv"):
        draft = plan.draft({**row.cells, "holderKey": holder}, serial=f"{row.line:020X}", issued_at=MOMENT)
        issued = plan.sign(draft, licence_id=draft.licence_id, issued_at=MOMENT)
        own: dict[str, Any] = {"iss": plan.issuer.id, "iat": MOMENT, "vct": schema.vct, "cnf": {"jwk": holder}}
        own["nbf"] = day_starts_at(draft.claims["effectiveDate"])
        if "expiringDate" in draft.claims:
            own["exp"] = day_ends_at(draft.claims["expiringDate"])
        claims = {**draft.claims, **own}
        shown = min(schema.frame.selective & claims.keys())
        seen = {**always_shown(claims, schema.frame), shown: claims[shown]}
        licences.append(SampleLicence(issued.credential, claims, shown, seen))
    return licences


def always_shown(claims: Mapping[str, Any], frame: Frame) -> dict[str, Any]:
    """What of these claims nobody can hide."""
    shown: dict[str, Any] = {}
    for name in claims.keys() - frame.selective:
        value, child = claims[name], frame.children.get(name, Frame())
        if name in frame.elements:
            value = []
        elif isinstance(value, list):
            value = [always_shown(item, child) if isinstance(item, dict) else item for item in value]
        elif isinstance(value, dict):
            value = always_shown(value, child)
        shown[name] = value
    return shown


def _issuer(signer: Signer) -> Issuer:
    key = ListedKey(signer.kid, signer.public_jwk, 0)
    name = {"zh": "成都市政务服务局(虚构)", "en": "Chengdu Service Bureau (fictional)"}
    code = "11510100MB9X0A012X"
    return Issuer(f"urn:certx:issuer:{code}", name, code, "510100", frozenset(LICENCE_TYPES), {signer.kid: key})
