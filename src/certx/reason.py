"""Outcomes, reasons and findings: the codes that the core returns in place of prose.

`Reason` is the contract between the checks and everything that shows or stores them (screen, JSON, audit).
Its words, a message and a next step in each language, are in `certx.i18n`, keyed by the same code.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple


class Outcome(StrEnum):
    """What a verdict says, worst first."""

    INVALID = "invalid"
    UNDETERMINED = "undetermined"
    NOT_ACCEPTABLE = "not-acceptable"
    ACCEPTED = "accepted"


class Result(StrEnum):
    """How one check ended."""

    PASSED = "passed"
    FAILED = "failed"
    WARNED = "warned"
    UNDETERMINED = "undetermined"
    NOT_RUN = "not-run"


class Reason(StrEnum):
    """Why a check did not simply pass."""

    # Unreadable: no verdict, the input is not a credential at all.
    UNREADABLE_EMPTY = "unreadable-empty"
    UNREADABLE_FILE = "unreadable-file"
    UNREADABLE_NOT_TEXT = "unreadable-not-text"
    UNREADABLE_TOO_LARGE = "unreadable-too-large"
    UNREADABLE_TRUNCATED = "unreadable-truncated"
    UNREADABLE_NOT_A_CREDENTIAL = "unreadable-not-a-credential"
    UNREADABLE_SYMBOL = "unreadable-symbol"
    UNREADABLE_PARTS_MISSING = "unreadable-parts-missing"
    UNREADABLE_PARTS_MIXED = "unreadable-parts-mixed"
    UNREADABLE_OTHER_CODE = "unreadable-other-code"
    UNREADABLE_NO_CODE = "unreadable-no-code"
    UNREADABLE_FILE_TOO_LARGE = "unreadable-file-too-large"
    UNREADABLE_FORMAT = "unreadable-format"
    UNREADABLE_PICTURE = "unreadable-picture"
    UNREADABLE_PICTURE_TOO_LARGE = "unreadable-picture-too-large"
    UNREADABLE_PDF = "unreadable-pdf"
    UNREADABLE_PDF_TOO_LONG = "unreadable-pdf-too-long"
    UNREADABLE_PDF_NO_LICENCE = "unreadable-pdf-no-licence"
    UNREADABLE_TOO_COSTLY = "unreadable-too-costly"
    UNREADABLE_COPIES_DIFFER = "unreadable-copies-differ"
    UNREADABLE_ANSWER_TWICE = "unreadable-answer-twice"

    # How it travels.
    DICTIONARY_UNKNOWN = "dictionary-unknown"

    # The signed form (RFC 9901, SD-JWT VC).
    ENCODING_MALFORMED = "encoding-malformed"
    JSON_MALFORMED = "json-malformed"
    TOO_DEEP = "too-deep"
    TOO_MANY_DISCLOSURES = "too-many-disclosures"
    HEADER_MALFORMED = "header-malformed"
    HEADER_CRITICAL = "header-critical"
    ALGORITHM_NOT_ALLOWED = "algorithm-not-allowed"
    TYPE_HEADER_WRONG = "type-header-wrong"
    DISCLOSURE_MALFORMED = "disclosure-malformed"
    DISCLOSURE_UNREFERENCED = "disclosure-unreferenced"
    DISCLOSURE_NAME_FORBIDDEN = "disclosure-name-forbidden"
    DISCLOSURE_NAME_TAKEN = "disclosure-name-taken"
    DIGEST_REPEATED = "digest-repeated"
    DIGEST_MALFORMED = "digest-malformed"
    HASH_NOT_ALLOWED = "hash-not-allowed"
    SIGNATURE_WRONG = "signature-wrong"
    KEY_UNUSABLE = "key-unusable"
    VCT_MISSING = "vct-missing"
    CLAIM_MUST_BE_PLAIN = "claim-must-be-plain"
    CLAIM_TYPE_WRONG = "claim-type-wrong"
    CLAIM_REQUIRED = "claim-required"
    EXPIRED = "expired"
    END_UNKNOWN = "end-unknown"
    NOT_YET_VALID = "not-yet-valid"
    ISSUED_IN_FUTURE = "issued-in-future"
    ISSUED_LATER = "issued-later"
    KEY_BINDING_MISSING = "key-binding-missing"
    KEY_BINDING_MALFORMED = "key-binding-malformed"
    KEY_BINDING_NO_HOLDER_KEY = "key-binding-no-holder-key"
    KEY_BINDING_SIGNATURE_WRONG = "key-binding-signature-wrong"
    KEY_BINDING_TYPE_WRONG = "key-binding-type-wrong"
    KEY_BINDING_AUDIENCE_WRONG = "key-binding-audience-wrong"
    KEY_BINDING_NONCE_WRONG = "key-binding-nonce-wrong"
    KEY_BINDING_HASH_WRONG = "key-binding-hash-wrong"
    KEY_BINDING_TOO_OLD = "key-binding-too-old"
    KEY_BINDING_IN_FUTURE = "key-binding-in-future"
    CLOCK_NOT_AWARE = "clock-not-aware"
    HOLDER_NOT_PROVEN = "holder-not-proven"

    # The licence in it.
    CLAIM_MISSING = "claim-missing"
    LICENCE_MALFORMED = "licence-malformed"
    CLAIMS_NOT_KNOWN = "claims-not-known"
    SCHEMA_UNAVAILABLE = "schema-unavailable"

    # Trust.
    REGISTRY_MISSING = "registry-missing"
    REGISTRY_UNREADABLE = "registry-unreadable"
    PAST_UNAVAILABLE = "past-unavailable"
    UNSIGNED_REGISTRY = "unsigned-registry"
    REGION_UNREADABLE = "region-unreadable"
    REGION_NOT_HELD = "region-not-held"
    REGISTRY_UNDATED = "registry-undated"
    REGISTRY_STALE = "registry-stale"
    REGISTRY_EXPIRED = "registry-expired"
    CLOCK_WRONG = "clock-wrong"
    ISSUER_NOT_LISTED = "issuer-not-listed"
    KEY_NOT_LISTED = "key-not-listed"
    NOT_YET_LISTED = "not-yet-listed"
    KEY_OF_ANOTHER_ISSUER = "key-of-another-issuer"
    KEY_OUTSIDE_WINDOW = "key-outside-window"
    TYPE_NOT_ENTITLED = "type-not-entitled"
    KEY_SUSPENDED = "key-suspended"
    ISSUER_SUSPENDED = "issuer-suspended"
    REGION_SUSPENDED = "region-suspended"
    KEY_COMPROMISED = "key-compromised"
    KEY_COMPROMISED_LATER = "key-compromised-later"
    KEY_COMPROMISED_PROVEN = "key-compromised-proven"
    RECEIPT_UNUSABLE = "receipt-unusable"
    RECEIPT_OF_ANOTHER = "receipt-of-another"
    LATER_DENIED = "later-denied"
    LATER_NOT_LISTED = "later-not-listed"
    LATER_UNKNOWN = "later-unknown"
    LATER_ENDED = "later-ended"
    LATER_STATUS_UNKNOWN = "later-status-unknown"

    # Status.
    NO_STATUS_REFERENCE = "no-status-reference"
    STATUS_UNAVAILABLE = "status-unavailable"
    STATUS_REFERENCE_MALFORMED = "status-reference-malformed"
    STATUS_INDEX_OUT_OF_RANGE = "status-index-out-of-range"
    STATUS_KEY_NOT_LISTED = "status-key-not-listed"
    STATUS_KEY_NOT_IN_USE = "status-key-not-in-use"
    STATUS_LIST_UNUSABLE = "status-list-unusable"
    STATUS_LIST_MALFORMED = "status-list-malformed"
    STATUS_LIST_TOO_LARGE = "status-list-too-large"
    STATUS_LIST_OF_ANOTHER = "status-list-of-another"
    STATUS_STALE = "status-stale"
    STATUS_EXPIRED = "status-expired"
    STATUS_VALUE_UNKNOWN = "status-value-unknown"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    SUPERSEDED = "superseded"
    SUPERSEDED_BY = "superseded-by"

    # Recognition.
    REGION_NOT_SET = "region-not-set"
    OWN_REGION = "own-region"
    AGREEMENT = "agreement"
    NO_AGREEMENT = "no-agreement"
    AGREEMENT_NOT_MUTUAL = "agreement-not-mutual"
    AGREEMENT_OUT_OF_DATE = "agreement-out-of-date"
    AGREEMENT_SUPERSEDED = "agreement-superseded"
    AGREEMENT_WITHDRAWN = "agreement-withdrawn"
    AGREEMENT_OTHER_MATTER = "agreement-other-matter"
    AGREEMENT_UNREADABLE = "agreement-unreadable"
    REMAINING_TOO_SHORT = "remaining-too-short"
    STATUS_TOO_OLD = "status-too-old"

    # What the matter needs.
    NO_SCENARIO = "no-scenario"
    SCENARIO_MET = "scenario-met"
    SCENARIO_UNKNOWN = "scenario-unknown"
    SCENARIO_UNREADABLE = "scenario-unreadable"
    SCENARIO_OUT_OF_DATE = "scenario-out-of-date"
    SCENARIO_QUERY_UNKNOWN = "scenario-query-unknown"
    SCENARIO_TYPE = "scenario-type"
    SCENARIO_NOT_MET = "scenario-not-met"
    SCENARIO_REMAINING_TOO_SHORT = "scenario-remaining-too-short"
    SCENARIO_STATUS_TOO_OLD = "scenario-status-too-old"
    SCENARIO_REGISTRY_TOO_OLD = "scenario-registry-too-old"
    SCENARIO_HOLDER_NOT_PROVEN = "scenario-holder-not-proven"
    SCENARIO_PAPER_NEEDED = "scenario-paper-needed"
    OVER_DISCLOSED = "over-disclosed"

    # What was asked of the holder.
    REQUEST_EXPIRED = "request-expired"
    REQUEST_OF_ANOTHER = "request-of-another"
    SEEN_BEFORE = "seen-before"
    ANSWERED_BEFORE = "answered-before"
    ANSWER_INCOMPLETE = "answer-incomplete"

    # What a grant allows.
    GRANT_STANDS_IN = "grant-stands-in"
    GRANT_NOT_BY_HOLDER = "grant-not-by-holder"
    GRANT_NOT_BY_ISSUER = "grant-not-by-issuer"
    GRANT_KEY_NOT_LISTED = "grant-key-not-listed"
    GRANT_KEY_NOT_IN_USE = "grant-key-not-in-use"
    GRANT_REVOKED = "grant-revoked"
    GRANT_STATUS_UNKNOWN = "grant-status-unknown"
    GRANT_OVER = "grant-over"
    GRANT_NOT_YET = "grant-not-yet"
    GRANT_OTHER_SITE = "grant-other-site"
    GRANT_OF_ANOTHER = "grant-of-another"
    GRANT_PROOF_WRONG = "grant-proof-wrong"
    GRANT_OTHER_TYPE = "grant-other-type"
    GRANT_OTHER_LICENCE = "grant-other-licence"
    GRANT_OTHER_MATTER = "grant-other-matter"
    GRANT_BEYOND = "grant-beyond"
    GRANT_CLAIM_MISSING = "grant-claim-missing"
    GRANT_COUNTED = "grant-counted"
    GRANT_USED_BEFORE = "grant-used-before"
    GRANT_EXHAUSTED = "grant-exhausted"
    GRANT_EXHAUSTED_TODAY = "grant-exhausted-today"

    PREMISE_FAILED = "premise-failed"


_NOTHING: Mapping[str, object] = MappingProxyType({})


class Finding(NamedTuple):
    """What one check found. `params` fill the words of `reason`; they hold no personal data."""

    check: str
    result: Result
    reason: Reason | None = None
    params: Mapping[str, object] = _NOTHING


_PASSED: dict[str, Finding] = {}


def passed(check: str) -> Finding:
    """The finding of a check that passed (one shared value per check)."""
    found = _PASSED.get(check)
    if found is None:
        found = _PASSED[check] = Finding(check, Result.PASSED)
    return found


def failed(check: str, reason: Reason, **params: object) -> Finding:
    """The check established that something is wrong."""
    return Finding(check, Result.FAILED, reason, params)


def warned(check: str, reason: Reason, **params: object) -> Finding:
    """The check passed, with something that a person should look at."""
    return Finding(check, Result.WARNED, reason, params)


def undetermined(check: str, reason: Reason, **params: object) -> Finding:
    """The check could not tell."""
    return Finding(check, Result.UNDETERMINED, reason, params)


def not_run(check: str, reason: Reason, **params: object) -> Finding:
    """The check had nothing proven to work on, or nothing to do."""
    return Finding(check, Result.NOT_RUN, reason, params)
