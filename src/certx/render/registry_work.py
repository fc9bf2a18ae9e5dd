"""What became of a sync, a publication, a signature, as text and JSON."""

from collections.abc import Iterator, Sequence

import orjson

from certx.i18n import Words
from certx.render.width import printable
from certx.trust.reports import Pending, Problem, SignedFile, SyncReport


def sync_lines(report: SyncReport, words: Words) -> Iterator[str]:
    """The report for people."""
    for problem in report.problems:
        yield f"{words.term('warning')}: {printable(problem_text(problem, words))}"
    if report.left_out:
        yield words.term("sync-left-out", count=len(report.left_out), regions=", ".join(report.left_out))
    code = "sync-new" if report.is_new else "sync-nothing-new"
    yield words.term(code, version=report.version, signed_at=report.issued, count=report.fetched)


def problem_text(problem: Problem, words: Words) -> str:
    """A part of the registry that is at fault, and why."""
    message, _ = words.error(problem.error)
    term = "sync-problem" if problem.is_left_out else "sync-proves-nothing"
    return words.term(term, role=problem.role, message=message)


def sync_object(report: SyncReport, words: Words) -> bytes:
    """The report for scripts."""
    problems = [
        {"role": problem.role, "reason": problem.error.code, "message": printable(words.error(problem.error)[0])}
        for problem in report.problems
    ]
    document = {"version": report.version, "signed_at": report.issued, "new": report.is_new, "files": report.fetched}
    return orjson.dumps({**document, "problems": problems, "left_out": report.left_out})


def pending_lines(pending: Sequence[Pending], words: Words) -> Iterator[str]:
    """Who still has to sign what."""
    for row in pending:
        code = "pending-needs" if row.needed > 0 else "pending-complete"
        signed, waiting = (", ".join(names) or "–" for names in (row.signed, row.waiting))
        named = {"role": row.role, "version": row.version, "needed": row.needed, "signed": signed, "waiting": waiting}
        yield printable(words.term(code, **named))


def pending_object(row: Pending) -> bytes:
    """One staged role for scripts."""
    return orjson.dumps({**row._asdict(), "complete": row.needed <= 0})


def publication_object(version: int | None, pending: Sequence[Pending]) -> bytes:
    """What became of a publication, for scripts."""
    return orjson.dumps({"version": version, "pending": [row._asdict() for row in pending]})


def staged_lines(facts: SignedFile, words: Words) -> Iterator[str]:
    """What a custodian is asked to sign."""
    named = {"role": facts.role, "kind": facts.kind, "version": facts.version, "until": facts.expires}
    yield printable(words.term("staged-facts", **named))
    for line in facts.says:
        yield f"  {printable(line)}"
