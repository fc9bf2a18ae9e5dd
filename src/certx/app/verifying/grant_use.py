"""Grants at the site where they are used: each use is counted once, in the store that all of its processes share."""

from collections.abc import Sequence
from hashlib import sha256
from itertools import islice
from pathlib import Path

from certx.app.verifying.consuming import counter_store
from certx.app.verifying.inputs import Item, open_inputs
from certx.audit.uses import Consumed, Counted, GrantUse, Took
from certx.errors import UsageError
from certx.reason import Finding, Outcome, Reason, Result, failed, passed, warned
from certx.recognition.grant import MAX_CHARACTERS as MAX_GRANT
from certx.recognition.grant import Grant, read_grant
from certx.recognition.grant_check import GRANTOR, Use
from certx.recognition.grant_revocation import MAX_CHARACTERS, Revocation, read_revocation
from certx.settings import Settings
from certx.trust.folder import read_file
from certx.verdict import Answer, Presented
from certx.verify import GRANT_USE, judge_again


def use_shown(settings: Settings, path: Path, *, audience: str, nonce: str, matter: str) -> Use:
    """What this site was shown, with what it was told of revocations; raises `DocumentError` if it is no grant."""
    grant = read_grant(read_file(path, maximum=MAX_GRANT).decode("ascii", "replace").strip())
    store = counter_store(settings)
    try:
        return Use(grant, audience, nonce, matter, store.is_revoked(grant.id, grant.kid))
    finally:
        store.close()


def licence_input(named: str) -> list[Item]:
    """The one licence of an input; raises `UsageError` if there are several: each use of a grant is of one."""
    items = list(islice(open_inputs([named]), 2))
    if len(items) != 1:
        raise UsageError("grant-one-licence", hint="grant-one-licence", path=named)
    return items


def count_uses(answers: Sequence[Answer], settings: Settings, use: Use, *, now: float) -> list[Answer]:
    """The answers once good uses were counted and others put down as refused; raises `EnvironmentFailureError`.

    Nothing is put down of a grant that its grantor was not proven to have signed: strangers could fill the store.
    """
    found = list[Answer]()
    store = counter_store(settings)
    try:
        for answer in answers:
            verdict, terms, at = answer.verdict, use.grant.terms, int(now)
            if verdict is None or verdict.presented is None or passed(GRANTOR) not in verdict.findings:
                found.append(answer)
                continue
            one = GrantUse(use.grant.id, _mark(use, verdict.presented), terms.uses, terms.daily)
            if verdict.outcome is not Outcome.ACCEPTED:
                store.refuse(one, str(verdict.deciding and verdict.deciding.reason), at=at)
                found.append(answer)
                continue
            taken = store.consume(None, one, at=at)
            finding = _finding(taken, store.count(one.grant, at=at), one)
            found.append(answer._replace(verdict=judge_again(verdict, finding)))
    finally:
        store.close()
    return found


def _mark(use: Use, presented: Presented) -> bytes:
    """What makes a use the same again: the same proof, for the same licence."""
    held = use.grant.held
    shown = sha256(f"{held.presented}{held.key_binding}".encode("ascii", "replace")).digest()
    return sha256(shown + presented.credential).digest()


def _finding(taken: Consumed, counted: Counted, use: GrantUse) -> Finding:
    match taken.took:
        case Took.NEW:
            facts = {"used": counted.used, "uses": use.most}
            return Finding(GRANT_USE, Result.PASSED, Reason.GRANT_COUNTED, facts)
        case Took.AGAIN:
            return warned(GRANT_USE, Reason.GRANT_USED_BEFORE, at=taken.at)
        case Took.TODAY:
            return failed(GRANT_USE, Reason.GRANT_EXHAUSTED_TODAY, daily=use.daily)
        case Took.EXHAUSTED | Took.TAKEN:
            return failed(GRANT_USE, Reason.GRANT_EXHAUSTED, uses=use.most)


def counted_here(settings: Settings, grant: Grant, *, now: float) -> Counted | None:
    """How often a grant was used at this site; `None` if this machine keeps no such store."""
    if not settings.counter.is_file():
        return None
    store = counter_store(settings)
    try:
        return store.count(grant.id, at=int(now))
    finally:
        store.close()


def take_revocation(settings: Settings, path: Path, *, now: float) -> Revocation:
    """Keep a revocation at this site, whether the grant was seen yet or not; raises `DocumentError` if it is none."""
    data = read_file(path, maximum=MAX_CHARACTERS)
    revocation = read_revocation(data.decode("ascii", "replace").strip())
    store = counter_store(settings)
    try:
        store.revoke(revocation.grant, revocation.kid, at=int(now))
    finally:
        store.close()
    return revocation
