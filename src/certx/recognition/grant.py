"""Grants (用证授权): what somebody may use a licence for, at one site, how often and until when.

A grant is a credential of its own, an SD-JWT VC with nothing concealed: signed by the key that the licence names as
its holder's, or by one that its issuer lists for grants; bound to the key of the grantee, who proves to have it at
each use.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from certx.credential.errors import CredentialError
from certx.credential.issue import issue
from certx.credential.parse import Unverified, parse
from certx.errors import DocumentError, KeyFailureError
from certx.keys import Signer
from certx.keys.encoding import base64url
from certx.keys.jwk import thumbprint
from certx.licence.paths import Path, format_path, parse_path
from certx.recognition.members import mapping, refuse_unknown, text, texts, whole, words
from certx.schema.frame import Frame
from certx.status.errors import StatusError
from certx.status.reference import Reference, read_reference

VCT: Final = "urn:certx:grant:1"
HOLDER_PREFIX: Final = "urn:ietf:params:oauth:jwk-thumbprint:sha-256:"
"""What a holder is called who grants: by the thumbprint of the key (RFC 9278)."""
MAX_CHARACTERS: Final = 32_768
MOST_CLAIMS: Final = 64
MOST_USES: Final = 1_000_000_000
NUMBER_PREFIX: Final = "urn:certx:grant:"
ASKED: Final = "claims"
"""The member of the proof that names the claims asked for; without it all are that the grant has."""

_PLAIN: Final = Frame()
_MEMBERS: Final = frozenset(
    {
        "iss", "iat", "nbf", "exp", "vct", "cnf", "aud", "jti", "grantee", "purpose", "matter", "types", "claims",
        "licence", "uses", "daily", "status",
    }
)  # fmt: skip
"""All that a grant may say: a member that this certx does not know could narrow it, so it is not passed over."""


class Terms(NamedTuple):
    """What is granted. Times are Unix seconds, `until` exclusive; `purpose` is by language.

    `types`: licence types; `licence`: the digest of the one licence, base64url, `None` for any that the grantor issued.
    `uses`: how often in all at that site; `daily`: how often in a day in China, `None` for no such ceiling.
    """

    grantee: str
    audience: str
    purpose: Mapping[str, str]
    matter: str
    types: frozenset[str]
    claims: tuple[Path, ...]
    since: int
    until: int
    uses: int
    daily: int | None = None
    licence: str | None = None


class Grant(NamedTuple):
    """A grant as somebody showed it; nothing of it is proven. `grantee_kid` is the thumbprint of the grantee's key.

    `place`: the entry of a status list of its grantor by which it can end, `None` if there is none.
    """

    grantor: str
    issued_at: int
    grantee_kid: str
    terms: Terms
    held: Unverified
    place: Reference | None = None

    @property
    def id(self) -> str:
        """By what its grantor signed, so that nobody else can make another of the same id: SHA-256, base64url."""
        return base64url(self.held.jws.digest)

    @property
    def number(self) -> str:
        """What the ledger of the body that granted it keeps it under: given before it is signed, so not its `id`."""
        return number_of(str(self.held.claims.get("jti")))

    @property
    def kid(self) -> str:
        """The thumbprint of the key that is said to have signed it."""
        return str(self.held.jws.header.get("kid"))

    @property
    def text(self) -> str:
        """The grant itself, without a proof."""
        return self.held.presented

    @property
    def asked(self) -> tuple[Path, ...] | None:
        """The claims that the proof asks for, all of the grant if it names none; `None` if it cannot be read."""
        named = self.held.binding.get(ASKED)
        if named is None:
            return self.terms.claims
        try:
            return tuple(map(parse_path, _few(named)))
        except (TypeError, ValueError):
            return None


def number_of(unique: str) -> str:
    """The number of a grant that is made unique by this; no licence has one like it."""
    return NUMBER_PREFIX + unique


def make_grant(
    terms: Terms,
    grantee: Mapping[str, str],
    signer: Signer,
    *,
    grantor: str,
    issued_at: int,
    unique: str,
    place: Reference | None = None,
) -> str:
    """A signed grant; `grantee` is the public JWK of who may use it, `unique` makes it differ from any other.

    `place`: the entry of a status list that is this grant's and nothing else's.
    """
    claims: dict[str, object] = {
        "iss": grantor, "iat": issued_at, "nbf": terms.since, "exp": terms.until, "vct": VCT,
        "cnf": {"jwk": dict(grantee)}, "aud": terms.audience, "jti": unique,
        "grantee": terms.grantee, "purpose": dict(terms.purpose), "matter": terms.matter,
        "types": sorted(terms.types), "claims": [format_path(path) for path in terms.claims], "uses": terms.uses,
    }  # fmt: skip
    if terms.daily is not None:
        claims["daily"] = terms.daily
    if terms.licence is not None:
        claims["licence"] = terms.licence
    if place is not None:
        claims["status"] = {"status_list": place._asdict()}
    made = issue(claims, frame=_PLAIN, signer=signer, salts=iter(()))
    read_grant(made)
    return made


def read_grant(shown: str) -> Grant:
    """The grant of a text, with or without a proof; raises `DocumentError` if it is none."""
    try:
        if len(shown) > MAX_CHARACTERS:
            raise ValueError("size")  # noqa: TRY301 - told like every other defect of form
        held = parse(shown)
        claims = held.claims
        if held.revealed is None or held.disclosures or held.revealed.hidden or claims["vct"] != VCT:
            raise ValueError("vct")  # noqa: TRY301 - likewise
        refuse_unknown(claims, _MEMBERS)
        return Grant(
            text(claims["iss"]), whole(claims["iat"]), thumbprint(mapping(mapping(claims["cnf"])["jwk"])),
            _read_terms(claims), held, _read_place(claims),
        )  # fmt: skip
    except (CredentialError, KeyError, KeyFailureError, StatusError, TypeError, ValueError) as error:
        detail = str(error) if isinstance(error, KeyError | CredentialError) else "form"  # never what somebody wrote
        raise DocumentError("grant-form", hint="grant-form", detail=detail) from error


def _read_terms(claims: Mapping[str, Any]) -> Terms:
    terms = Terms(
        grantee=text(claims["grantee"]),
        audience=text(claims["aud"]),
        purpose=words(claims["purpose"]),
        matter=text(claims["matter"]),
        types=frozenset(_few(claims["types"])),
        claims=tuple(map(parse_path, _few(claims["claims"]))),
        since=whole(claims["nbf"]),
        until=whole(claims["exp"]),
        uses=whole(claims["uses"]),
        daily=whole(claims["daily"]) if "daily" in claims else None,
        licence=text(claims["licence"]) if "licence" in claims else None,
    )
    if not (terms.types and terms.claims and terms.purpose and terms.audience and terms.matter):
        raise ValueError("empty")
    if not (terms.since < terms.until and 0 < terms.uses <= MOST_USES):
        raise ValueError("uses")
    return terms


def _read_place(claims: Mapping[str, Any]) -> Reference | None:
    """The entry of a status list that it names; one by which it could end in a way unknown here is not passed over."""
    if "status" not in claims:
        return None
    place = read_reference(mapping(claims["status"]))
    if place is None:
        raise ValueError("status")
    return place


def _few(value: object) -> list[str]:
    """A list of texts, not too many of them."""
    found = texts(value)
    if len(found) > MOST_CLAIMS:
        raise ValueError(len(found))
    return found
