"""Names and limits of the specifications, in one place.

Read against: RFC 9901 (SD-JWT, November 2025), draft-ietf-oauth-sd-jwt-vc-19, RFC 7515, RFC 7519, RFC 7800.
"""

from typing import Final

SD_JWT_RFC: Final = "RFC 9901"
SD_JWT_VC_DRAFT: Final = "draft-ietf-oauth-sd-jwt-vc-19"

TYP_CREDENTIAL: Final = "dc+sd-jwt"  # SD-JWT VC, section 2.2.1
TYP_KEY_BINDING: Final = "kb+jwt"  # RFC 9901, section 4.3

SD: Final = "_sd"
SD_ALG: Final = "_sd_alg"
ELEMENT: Final = "..."
DEFAULT_HASH: Final = "sha-256"
RESERVED_NAMES: Final = frozenset({SD, ELEMENT, SD_ALG})
"""Names that no claim may have, plain or disclosed (RFC 9901, sections 4.1 and 4.1.1)."""
CONTAINERS: Final = frozenset({dict, list})
"""What a JSON value is that has others inside."""

PLAIN_CLAIMS: Final = frozenset({"iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "aka_vcts", "status"})
"""Claims that may never travel in a Disclosure, nor any part of them (SD-JWT VC, section 2.2.2.3)."""

ENVELOPE_CLAIMS: Final = PLAIN_CLAIMS | {"iat", "sub", "aud", "jti"}
"""Claims of the JWT itself, as opposed to those of the licence in it."""

MAX_CHARACTERS: Final = 1_048_576
MAX_DISCLOSURES: Final = 2_000
MAX_DEPTH: Final = 32

SALT_BYTES: Final = 16  # RFC 9901, section 9.3: 128 bits, fresh for each claim
CLOCK_SKEW: Final = 300
"""Seconds that an `iat` may lie ahead of the verifier's clock."""
