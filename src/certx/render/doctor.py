"""What `certx doctor` found, for people and for scripts."""

from collections.abc import Iterator
from typing import Any

from certx.doctor.complaint import Complaint
from certx.doctor.summary import Summary
from certx.i18n import Words
from certx.render.width import printable


def complaint_lines(complaint: Complaint, words: Words) -> Iterator[str]:
    """What is wrong, then what mends it."""
    message, mend = words.ailment(complaint.code, complaint.params)
    yield printable(f"{words.term(complaint.severity)}: {message}")
    yield printable(f"  → {mend}")


def complaint_object(complaint: Complaint, words: Words) -> dict[str, Any]:
    """One object for one complaint (schemas/documents/complaint.json)."""
    message, mend = words.ailment(complaint.code, complaint.params)
    return {
        "code": complaint.code,
        "severity": complaint.severity,
        "params": {name: _text(value) for name, value in complaint.params.items()},
        "message": _text(message),
        "mend": _text(mend),
    }


def _text(value: object) -> object:
    """A text that JSON can carry: a file's name may have bytes that are none."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def summary_lines(summary: Summary, count: int, words: Words) -> Iterator[str]:
    """What was looked at, and how much of it is wrong."""
    yield words.term("doctor-looked")
    if summary.registry is not None:
        counts = {"regions": summary.regions, "issuers": summary.issuers, "keys": summary.keys}
        signed = "" if summary.signed_at is None else words.term("doctor-signed", signed_at=summary.signed_at)
        yield words.term(
            "doctor-registry", version=summary.registry, signed=signed, agreements=summary.agreements, **counts
        )
    if summary.has_ledger:
        yield words.term("doctor-ledger")
    yield words.term("doctor-found", count=count) if count else words.term("doctor-clean")
