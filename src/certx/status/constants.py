"""Names and limits of the specification, in one place. Read against draft-ietf-oauth-status-list-20."""

from typing import Final

STATUS_LIST_DRAFT: Final = "draft-ietf-oauth-status-list-20"

TYP_STATUS_LIST: Final = "statuslist+jwt"  # section 5.1
TYP_STATUS_DELTA: Final = "statuslist-delta+jwt"
"""Ours: how an earlier state of a list becomes the present one (docs/formats.md)."""
BITS_ALLOWED: Final = (1, 2, 4, 8)  # section 4.1
BITS: Final = 2
"""Bits of an entry in the lists that certx writes."""

VALID: Final = 0  # section 7.1
REVOKED: Final = 1
SUSPENDED: Final = 2
SUPERSEDED: Final = 3  # application specific: replaced by a newer version of the licence

MAX_TOKEN_CHARACTERS: Final = 4 * 1_048_576
"""Enough for 8 388 608 entries of two bits, whatever they say."""
MAX_LIST_BYTES: Final = 16 * 1_048_576
"""Most bytes that a list may have once inflated: more than ten million entries of eight bits (section 11.4)."""

MAX_DELTA_CHARACTERS: Final = 1_048_576
MAX_STEPS: Final = 31
"""Most steps of a delta: a list that is published daily can be brought up to date for a month."""
MAX_CHANGES_BYTES: Final = 1_048_576
"""Most bytes that the changes of a delta may have in all, once inflated."""
DELTA_SHARE: Final = 8
"""A delta that we write is at most one part in so many of its list, unless it has a single step."""

DAY: Final = 86_400
LIFE: Final = 7 * DAY
"""Seconds that a list is good for if it names no `exp`, and that ours are unless told otherwise."""
