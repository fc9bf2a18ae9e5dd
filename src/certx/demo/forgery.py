"""What a counter of the demo must not accept: credentials altered after signing, or signed by a key of nobody."""

import orjson

from certx.credential.jws import sign_jws
from certx.credential.parse import parse
from certx.keys import Signer
from certx.keys.encoding import base64url


def alter_payload(credential: str) -> str:
    """The same credential with one claim changed after signing."""
    issuer_signed, tilde, rest = credential.partition("~")
    header, _, signature = issuer_signed.split(".")
    claims = {**parse(credential).jws.payload, "certificateNumber": "51010000202609999999"}
    return ".".join((header, base64url(orjson.dumps(claims)), signature)) + tilde + rest


def alter_disclosure(credential: str) -> str:
    """The same credential with one disclosed value changed."""
    issuer_signed, *disclosures, last = credential.split("~")
    forged = base64url(orjson.dumps(["AAAAAAAAAAAAAAAAAAAAAA", "registeredCapital", 99_999]))
    return "~".join((issuer_signed, forged, *disclosures[1:], last))


def resign(credential: str, signer: Signer) -> str:
    """The same payload under another key, which its header names."""
    header = base64url(orjson.dumps({"alg": signer.algorithm, "typ": "dc+sd-jwt", "kid": signer.kid}))
    _, tilde, rest = credential.partition("~")
    return sign_jws(header, dict(parse(credential).jws.payload), signer) + tilde + rest
