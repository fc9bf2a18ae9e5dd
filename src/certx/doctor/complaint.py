"""A complaint: a code with its parameters; words, with the command that mends it, are in `certx.i18n`."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """Does it hinder work already, will it, or would it if what is done on schedule were left undone?"""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Ailment(StrEnum):
    """All that `certx doctor` knows to be wrong with a machine."""

    # The settings and the registry as a whole.
    SETTINGS_UNUSABLE = "settings-unusable"
    REGION_NOT_SET = "region-not-set"
    REGISTRY_NOT_SET = "registry-not-set"
    REGISTRY_NOT_SYNCED = "registry-not-synced"
    REGISTRY_UNSIGNED = "registry-unsigned"
    REGISTRY_UNUSABLE = "registry-unusable"
    ROOT_UNUSABLE = "root-unusable"
    CLOCK_BEHIND = "clock-behind"

    # Its anchors.
    REGION_UNUSABLE = "region-unusable"
    REGIONS_NONE = "regions-none"
    ISSUERS_NONE = "issuers-none"
    KEYS_NONE = "keys-none"
    REGIONS_GONE = "regions-gone"
    ISSUERS_GONE = "issuers-gone"
    KEYS_GONE = "keys-gone"

    # What ends.
    REGISTRY_EXPIRED = "registry-expired"
    REGISTRY_EXPIRES = "registry-expires"
    ROLE_EXPIRED = "role-expired"
    ROLE_EXPIRES = "role-expires"
    ROLE_ON_SCHEDULE = "role-on-schedule"
    ISSUER_WITHOUT_KEY = "issuer-without-key"
    KEY_ENDS = "key-ends"
    KEY_RELIEVED = "key-relieved"
    STATUS_KEY_NONE = "status-key-none"
    STATUS_KEY_ENDS = "status-key-ends"
    LOG_KEY_NONE = "log-key-none"
    LOG_KEY_ENDS = "log-key-ends"
    GRANT_KEY_NONE = "grant-key-none"
    GRANT_KEY_ENDS = "grant-key-ends"
    COUNTER_WITHOUT_KEY = "counter-without-key"
    COUNTER_KEY_ENDS = "counter-key-ends"
    LIST_MISSING = "list-missing"
    LIST_UNUSABLE = "list-unusable"
    LIST_EXPIRED = "list-expired"
    LIST_OUTDATED = "list-outdated"
    LIST_EXPIRES = "list-expires"
    LISTS_ON_SCHEDULE = "lists-on-schedule"
    LOG_UNUSABLE = "log-unusable"
    LOG_NOT_NOTED = "log-not-noted"
    AGREEMENT_ENDS = "agreement-ends"
    AGREEMENT_ONE_SIDED = "agreement-one-sided"
    AGREEMENT_ALTERED = "agreement-altered"
    AGREEMENT_UNUSABLE = "agreement-unusable"

    # The machine.
    DISK_FULL = "disk-full"
    KEY_OPEN = "key-open"
    KEY_PLAIN = "key-plain"
    KEY_UNUSABLE = "key-unusable"
    FOLDER_OPEN = "folder-open"
    LEDGER_OPEN = "ledger-open"
    LEDGER_FORMAT = "ledger-format"
    LEDGER_EMPTY = "ledger-empty"
    LEDGER_DAMAGED = "ledger-damaged"
    LEDGER_UNREACHABLE = "ledger-unreachable"
    LEDGER_UNFINISHED = "ledger-unfinished"
    LIST_UNPUBLISHED = "list-unpublished"
    STATUS_UNPUBLISHED = "status-unpublished"
    NOT_LOOKED_AT = "not-looked-at"


class Complaint(NamedTuple):
    """One thing that is wrong, or that a note tells of; times among the parameters are Unix seconds."""

    code: Ailment
    severity: Severity
    params: Mapping[str, object]


def error(code: Ailment, **params: object) -> Complaint:
    """It hinders work already."""
    return Complaint(code, Severity.ERROR, params)


def warning(code: Ailment, **params: object) -> Complaint:
    """It will, if nobody mends it."""
    return Complaint(code, Severity.WARNING, params)


def note(code: Ailment, **params: object) -> Complaint:
    """It is in order: it ends within 30 days, and is renewed on schedule."""
    return Complaint(code, Severity.NOTE, params)
