"""Names and limits of the specification, in one place. Read against draft-ietf-oauth-status-list-20."""

from typing import Final

STATUS_LIST_DRAFT: Final = "draft-ietf-oauth-status-list-20"

TYP_STATUS_LIST: Final = "statuslist+jwt"  # section 5.1
BITS_ALLOWED: Final = (1, 2, 4, 8)  # section 4.1
BITS: Final = 2
"""Bits of an entry in the lists that certx writes."""

VALID: Final = 0  # section 7.1
REVOKED: Final = 1
SUSPENDED: Final = 2
SUPERSEDED: Final = 3  # application specific: replaced by a newer version of the licence

MAX_TOKEN_CHARACTERS: Final = 4 * 1_048_576
MAX_LIST_BYTES: Final = 16 * 1_048_576
"""Most bytes that a list may have once inflated: more than ten million entries of eight bits (section 11.4)."""

DAY: Final = 86_400
LIFE: Final = 7 * DAY
"""Seconds that a list is good for if it names no `exp`, and that ours are unless told otherwise."""
