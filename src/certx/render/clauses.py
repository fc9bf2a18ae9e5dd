"""Which clause each check enforces, and each reason breaks: what `certx verify --explain` names beside a finding.

*rule N* is a row of docs/verifier-rules.md, which says where the rule is in the code and which test breaks it. `SD-JWT
VC` is draft-ietf-oauth-sd-jwt-vc-19, `Token Status List` draft-ietf-oauth-status-list-20.
"""

import re
from collections.abc import Mapping
from typing import Final

from certx.i18n import Words
from certx.reason import Finding, Reason

_VC: Final = "SD-JWT VC"
_TSL: Final = "Token Status List"

_CHECKS: Final[Mapping[str, str]] = {
    "structure": "RFC 9901 §4; rule 1",
    "header": "RFC 9901 §7.1 step 2.a; rule 2",
    "disclosures": "RFC 9901 §7.1 steps 3 to 5; rules 6 to 10",
    "claims": f"RFC 9901 §7.1 step 6; {_VC} §2.2.2; rules 11, 12",
    "registry": "RFC 9901 §7.1 step 2.c; TUF §5; rule 4",
    "freshness": "TUF §5.3.10, §5.4.4, §5.5.6, §5.6.5; docs/registry.md",
    "issuer": f"RFC 9901 §7.1 step 2.c; {_VC} §2.5; rule 4",
    "signature": "RFC 9901 §7.1 step 2.b; RFC 7515 §5.2; rule 3",
    "entitlement": f"{_VC} §7.7; rule 4",
    "validity": "RFC 9901 §7.1 step 6; RFC 7519 §4.1.4 to §4.1.6; rule 11",
    "key-binding": "RFC 9901 §7.3; rule 13",
    "schema": "schemas/README.md",
    "status": f"{_TSL} §8.3; rule 14",
    "recognition": "docs/formats.md: Agreement",
    "scenario": "docs/formats.md: Scenario",
    "extent": "docs/formats.md: Scenario",
    "request": "OpenID4VP 1.0 §14.1; RFC 9101; docs/presenting.md",
    "replay": "OpenID4VP 1.0 §14.1; docs/presenting.md",
    "completeness": "OpenID4VP 1.0 §6.4.2; docs/presenting.md",
    "grantor": "docs/grants.md",
    "grant-term": "docs/grants.md",
    "grantee": "RFC 9901 §7.3; RFC 7800 §3.1; docs/grants.md",
    "grant-scope": "docs/grants.md",
    "grant-use": "docs/grants.md",
    "hindsight": "docs/registry.md: As of then",
}
"""By check: what it looks at where it passed, or could not look."""

_DISCLOSURE: Final = "RFC 9901 §7.1 step 3.c; rules 7, 8"
_REPEATED: Final = "RFC 9901 §7.1 step 4; rule 9"
_DATES: Final = "RFC 9901 §7.1 step 6; rule 11"
_BINDING: Final = "RFC 9901 §7.3 step"
_KEY_STATE: Final = f"{_VC} §7.7; docs/key-compromise.md; rule 4"
_LIST: Final = f"{_TSL} §5.1; rule 14"
_LIST_AGE: Final = f"{_TSL} §8.3, §11.5; rule 14"
_STATUS_VALUE: Final = f"{_TSL} §7.1; rule 14"

_REASONS: Final[Mapping[Reason, str]] = {
    Reason.ENCODING_MALFORMED: "RFC 7515 §2; rule 1",
    Reason.JSON_MALFORMED: "RFC 7515 §5.2; rule 1",
    Reason.TOO_DEEP: "RFC 8259 §9; rule 1",
    Reason.TOO_MANY_DISCLOSURES: "rule 6",
    Reason.DICTIONARY_UNKNOWN: "docs/formats.md: Symbols",
    Reason.HEADER_MALFORMED: "RFC 7515 §4; rule 2",
    Reason.HEADER_CRITICAL: "RFC 7515 §4.1.11; rule 2",
    Reason.ALGORITHM_NOT_ALLOWED: "RFC 9901 §7.1 step 2.a; RFC 8725 §3.1; rule 2",
    Reason.TYPE_HEADER_WRONG: f"{_VC} §2.2.1; rule 12",
    Reason.DISCLOSURE_MALFORMED: _DISCLOSURE,
    Reason.DISCLOSURE_UNREFERENCED: "RFC 9901 §7.1 step 5; rule 10",
    Reason.DISCLOSURE_NAME_FORBIDDEN: "RFC 9901 §7.1 step 3.c.ii; rule 7",
    Reason.DISCLOSURE_NAME_TAKEN: "RFC 9901 §7.1 step 3.c.ii; rule 7",
    Reason.DIGEST_REPEATED: _REPEATED,
    Reason.DIGEST_MALFORMED: "RFC 9901 §4.2.4; rule 6",
    Reason.HASH_NOT_ALLOWED: "RFC 9901 §7.1 step 2.d, §4.1.1; rule 5",
    Reason.SIGNATURE_WRONG: "RFC 9901 §7.1 step 2.b; rule 3",
    Reason.KEY_UNUSABLE: "RFC 9901 §7.1 step 2.b; rule 3",
    Reason.VCT_MISSING: f"{_VC} §2.2.2.1; rule 12",
    Reason.CLAIM_MUST_BE_PLAIN: f"{_VC} §2.2.2.3; rule 12",
    Reason.CLAIM_TYPE_WRONG: f"{_VC} §2.2.2; rule 11",
    Reason.CLAIM_REQUIRED: f"{_VC} §2.2.2; rule 12",
    Reason.EXPIRED: "RFC 7519 §4.1.4; rule 11",
    Reason.END_UNKNOWN: "RFC 9901 §9.7; rule 11",
    Reason.NOT_YET_VALID: "RFC 7519 §4.1.5; rule 11",
    Reason.ISSUED_IN_FUTURE: "RFC 7519 §4.1.6; rule 11",
    Reason.ISSUED_LATER: _DATES,
    Reason.KEY_BINDING_MISSING: f"{_BINDING} 2; rule 13",
    Reason.KEY_BINDING_MALFORMED: f"{_BINDING} 5.h; rule 13",
    Reason.KEY_BINDING_NO_HOLDER_KEY: f"{_BINDING} 5.a; rule 13",
    Reason.KEY_BINDING_SIGNATURE_WRONG: f"{_BINDING} 5.c; rule 13",
    Reason.KEY_BINDING_TYPE_WRONG: f"{_BINDING} 5.d; rule 13",
    Reason.KEY_BINDING_AUDIENCE_WRONG: f"{_BINDING} 5.f; rule 13",
    Reason.KEY_BINDING_NONCE_WRONG: f"{_BINDING} 5.f; rule 13",
    Reason.KEY_BINDING_HASH_WRONG: f"{_BINDING} 5.g; rule 13",
    Reason.KEY_BINDING_TOO_OLD: f"{_BINDING} 5.e; rule 13",
    Reason.KEY_BINDING_IN_FUTURE: f"{_BINDING} 5.e; rule 13",
    Reason.CLOCK_NOT_AWARE: _DATES,
    Reason.HOLDER_NOT_PROVEN: "RFC 9901 §9.5; rule 13",
    Reason.CLAIM_MISSING: _CHECKS["scenario"],
    Reason.SCENARIO_HOLDER_NOT_PROVEN: "RFC 9901 §9.5; docs/formats.md: Scenario",
    Reason.LICENCE_MALFORMED: _CHECKS["schema"],
    Reason.CLAIMS_NOT_KNOWN: _CHECKS["schema"],
    Reason.SCHEMA_UNAVAILABLE: _CHECKS["schema"],
    Reason.REGISTRY_MISSING: _CHECKS["registry"],
    Reason.REGISTRY_UNREADABLE: _CHECKS["registry"],
    Reason.PAST_UNAVAILABLE: "docs/registry.md: As of then",
    Reason.UNSIGNED_REGISTRY: "docs/registry.md; rule 4",
    Reason.REGION_UNREADABLE: "TUF §5.6; docs/registry.md",
    Reason.REGION_NOT_HELD: "docs/registry.md",
    Reason.REGISTRY_UNDATED: _CHECKS["freshness"],
    Reason.REGISTRY_STALE: _CHECKS["freshness"],
    Reason.REGISTRY_EXPIRED: _CHECKS["freshness"],
    Reason.CLOCK_WRONG: "docs/registry.md",
    Reason.ISSUER_NOT_LISTED: f"{_VC} §2.5; rule 4",
    Reason.KEY_NOT_LISTED: f"{_VC} §2.5; rule 4",
    Reason.NOT_YET_LISTED: "docs/registry.md; rule 4",
    Reason.KEY_OF_ANOTHER_ISSUER: f"{_VC} §2.5; rule 4",
    Reason.KEY_OUTSIDE_WINDOW: "docs/registry.md; rule 4",
    Reason.TYPE_NOT_ENTITLED: f"{_VC} §7.7; rule 4",
    Reason.KEY_SUSPENDED: _KEY_STATE,
    Reason.ISSUER_SUSPENDED: _KEY_STATE,
    Reason.REGION_SUSPENDED: _KEY_STATE,
    Reason.KEY_COMPROMISED: _KEY_STATE,
    Reason.KEY_COMPROMISED_LATER: _KEY_STATE,
    Reason.KEY_COMPROMISED_PROVEN: f"RFC 9162 §2.1.3; {_KEY_STATE}",
    Reason.RECEIPT_UNUSABLE: f"RFC 9162 §2.1.3; {_KEY_STATE}",
    Reason.RECEIPT_OF_ANOTHER: f"RFC 9162 §2.1.3; {_KEY_STATE}",
    Reason.LATER_DENIED: _CHECKS["hindsight"],
    Reason.LATER_NOT_LISTED: _CHECKS["hindsight"],
    Reason.LATER_UNKNOWN: _CHECKS["hindsight"],
    Reason.LATER_ENDED: _CHECKS["hindsight"],
    Reason.LATER_STATUS_UNKNOWN: _CHECKS["hindsight"],
    Reason.NO_STATUS_REFERENCE: f"{_TSL} §6.2; rule 14",
    Reason.STATUS_UNAVAILABLE: f"{_TSL} §8.3; rule 14",
    Reason.STATUS_REFERENCE_MALFORMED: f"{_TSL} §6.2; rule 14",
    Reason.STATUS_INDEX_OUT_OF_RANGE: f"{_TSL} §8.3; rule 14",
    Reason.STATUS_KEY_NOT_LISTED: f"{_TSL} §8.3; rule 14",
    Reason.STATUS_KEY_NOT_IN_USE: f"{_TSL} §8.3; rule 14",
    Reason.STATUS_LIST_UNUSABLE: _LIST,
    Reason.STATUS_LIST_MALFORMED: _LIST,
    Reason.STATUS_LIST_TOO_LARGE: _CHECKS["status"],
    Reason.STATUS_LIST_OF_ANOTHER: _CHECKS["status"],
    Reason.STATUS_STALE: _LIST_AGE,
    Reason.STATUS_EXPIRED: _LIST_AGE,
    Reason.STATUS_VALUE_UNKNOWN: _STATUS_VALUE,
    Reason.REVOKED: _STATUS_VALUE,
    Reason.SUSPENDED: _STATUS_VALUE,
    Reason.SUPERSEDED: _STATUS_VALUE,
    Reason.SUPERSEDED_BY: _STATUS_VALUE,
}
"""By reason, where it breaks one clause of those of its check."""

_OF_THE_CHECK: Final = frozenset(
    {
        Reason.REGION_NOT_SET, Reason.OWN_REGION, Reason.AGREEMENT, Reason.NO_AGREEMENT, Reason.AGREEMENT_NOT_MUTUAL,
        Reason.AGREEMENT_OUT_OF_DATE, Reason.AGREEMENT_SUPERSEDED, Reason.AGREEMENT_WITHDRAWN,
        Reason.AGREEMENT_OTHER_MATTER, Reason.AGREEMENT_UNREADABLE, Reason.REMAINING_TOO_SHORT, Reason.STATUS_TOO_OLD,
        Reason.NO_SCENARIO, Reason.SCENARIO_MET, Reason.SCENARIO_UNKNOWN, Reason.SCENARIO_UNREADABLE,
        Reason.SCENARIO_OUT_OF_DATE, Reason.SCENARIO_QUERY_UNKNOWN, Reason.SCENARIO_TYPE, Reason.SCENARIO_NOT_MET,
        Reason.SCENARIO_REMAINING_TOO_SHORT,
        Reason.SCENARIO_STATUS_TOO_OLD, Reason.SCENARIO_REGISTRY_TOO_OLD, Reason.SCENARIO_PAPER_NEEDED,
        Reason.OVER_DISCLOSED, Reason.REQUEST_EXPIRED, Reason.REQUEST_OF_ANOTHER, Reason.SEEN_BEFORE,
        Reason.ANSWERED_BEFORE, Reason.ANSWER_INCOMPLETE, Reason.PREMISE_FAILED,
        Reason.GRANT_STANDS_IN, Reason.GRANT_NOT_BY_HOLDER, Reason.GRANT_NOT_BY_ISSUER, Reason.GRANT_KEY_NOT_LISTED,
        Reason.GRANT_KEY_NOT_IN_USE, Reason.GRANT_REVOKED, Reason.GRANT_STATUS_UNKNOWN,
        Reason.GRANT_OVER, Reason.GRANT_NOT_YET,
        Reason.GRANT_OTHER_SITE, Reason.GRANT_OF_ANOTHER, Reason.GRANT_PROOF_WRONG, Reason.GRANT_OTHER_TYPE,
        Reason.GRANT_OTHER_LICENCE, Reason.GRANT_OTHER_MATTER, Reason.GRANT_BEYOND, Reason.GRANT_CLAIM_MISSING,
        Reason.GRANT_COUNTED, Reason.GRANT_USED_BEFORE, Reason.GRANT_EXHAUSTED, Reason.GRANT_EXHAUSTED_TODAY,
    }
)  # fmt: skip
"""Reasons that rest on what regions agreed, or on another finding: the clause is that of the check."""


_BETWEEN_NUMBERS: Final = re.compile(r"\b(rules?|steps?|to)\b(?= )")
"""The words of a clause that are no name of a document: those of the reader's language stand in their place."""


def clause_of(finding: Finding, words: Words) -> str:
    """The clause that a finding rests on."""
    if finding.reason is None or finding.reason in _OF_THE_CHECK:
        clause = _CHECKS[finding.check]
    else:
        clause = _REASONS[finding.reason]
    return _BETWEEN_NUMBERS.sub(lambda word: words.term(f"clause-{word[1]}"), clause)
