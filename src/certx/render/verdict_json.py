"""A verdict as the JSON object that scripts rely on (schemas/documents/verdict.json)."""

from collections.abc import Sequence
from typing import Any, Final

import orjson

from certx.credential.errors import CredentialError
from certx.i18n import Words
from certx.reason import Finding, Result
from certx.schema.catalogue import LicenceSchema
from certx.verdict import Answer, RegistryFacts, Verdict

_PASSED: Final = Result.PASSED
_MOST_KEPT: Final = 1_024
_LONGEST_KEPT: Final = 512
"""Characters of the parameters of a finding that is kept as JSON, so that strangers cannot fill the memory."""
_MOST_LISTS: Final = 64
_LONGEST_LIST: Final = 16_384
"""Bytes, likewise, of all the findings of a verdict."""


class VerdictLines:
    """Writes answers as lines of JSON; what the findings of many have in common is written once and kept."""

    def __init__(self, words: Words, *, now: float, historical: bool) -> None:
        """`now` and `historical` are those of the run."""
        self._words, self._now, self._historical = words, now, historical
        self._kept: dict[tuple[object, ...], bytes] = {}
        self._passed: dict[str, bytes] = {}
        self._lists: dict[int, tuple[Sequence[Finding], orjson.Fragment]] = {}
        self._registry: tuple[RegistryFacts | None, orjson.Fragment] = (None, orjson.Fragment(b"null"))

    def line(self, answer: Answer, schema: LicenceSchema | None) -> bytes:
        """One answer; `schema` puts the licence's claims into its order."""
        verdict = answer.verdict
        if verdict is None:
            item = verdict_object(answer, self._words, now=self._now, historical=self._historical)
        else:
            facts, registry = self._registry
            if facts is None or verdict.registry != facts:
                facts = verdict.registry
                registry = orjson.Fragment(orjson.dumps(_registry(verdict)))
                self._registry = facts, registry
            item = _members(answer.input, verdict, schema, self._findings(verdict.findings), registry)
        return orjson.dumps(item, option=orjson.OPT_APPEND_NEWLINE)

    def _findings(self, findings: Sequence[Finding]) -> orjson.Fragment:
        """The findings of a verdict as JSON: those of many are one object, which is known again while it is kept."""
        _, written = self._lists.get(id(findings), (None, None))
        if written is None:
            data = b"[%b]" % b",".join(map(self._finding, findings))
            written = orjson.Fragment(data)
            if len(data) <= _LONGEST_LIST:
                if len(self._lists) >= _MOST_LISTS:
                    self._lists.clear()
                self._lists[id(findings)] = findings, written
        return written

    def _finding(self, finding: Finding) -> bytes:
        """A finding as JSON. Its parameters are compared as they are written: 1, 1.0 and true are not the same."""
        check, result, reason, params = finding
        if reason is None and result is _PASSED and not params:
            data = self._passed.get(check)
            if data is None:
                data = self._passed[check] = orjson.dumps(_finding(finding, self._words))
            return data
        shown = repr(params) if params else ""
        if len(shown) > _LONGEST_KEPT:
            return orjson.dumps(_finding(finding, self._words))
        key = (check, id(result), id(reason), shown)  # members of enumerations, of which there is one each
        data = self._kept.get(key)
        if data is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            data = self._kept[key] = orjson.dumps(_finding(finding, self._words))
        return data


def verdict_object(
    answer: Answer, words: Words, *, now: float, schema: LicenceSchema | None = None, historical: bool = False
) -> dict[str, Any]:
    """One object for one answer; an input that could not be read has the outcome `null`.

    `schema` puts the licence's claims into its order. `now` and `historical` are those of the run.
    """
    if answer.verdict is None:
        return {**_unreadable(answer.input, answer.error, words), "checked_at": now, "historical": historical}
    verdict = answer.verdict
    findings = [_finding(finding, words) for finding in verdict.findings]
    return _members(answer.input, verdict, schema, findings, _registry(verdict))


def _members(
    name: str, verdict: Verdict, schema: LicenceSchema | None, findings: object, registry: object
) -> dict[str, Any]:
    return {
        "input": name,
        "outcome": verdict.outcome,
        "reason": verdict.deciding.reason if verdict.deciding is not None else None,
        "findings": findings,
        "credential": _credential(verdict),
        "licence": _licence(verdict, schema),
        "registry": registry,
        "checked_at": verdict.checked_at,
        "scenario": verdict.scenario,
        "historical": verdict.historical,
        "status_list": None if verdict.status_signed_at is None else {"signed_at": verdict.status_signed_at},
    }


def _licence(verdict: Verdict, schema: LicenceSchema | None) -> dict[str, Any] | None:
    if verdict.licence is None:
        return None
    claims = verdict.licence.claims
    return schema.in_order(claims) if schema is not None else dict(claims)


def _finding(finding: Finding, words: Words) -> dict[str, Any]:
    message, next_step = words.reason(finding)
    return {
        "check": finding.check,
        "result": finding.result,
        "reason": finding.reason,
        "params": dict(finding.params),
        "message": message,
        "next_step": next_step,
    }


def _credential(verdict: Verdict) -> dict[str, Any] | None:
    facts = verdict.credential
    if facts is None:
        return None
    return {
        "type": facts.type,
        "licence_id": facts.licence_id,
        "issuer": facts.issuer,
        "region": facts.region,
        "issued_at": facts.issued_at,
    }


def _registry(verdict: Verdict) -> dict[str, Any] | None:
    facts = verdict.registry
    if facts is None:
        return None
    return {
        "version": facts.version,
        "age_seconds": facts.age_seconds,
        "fresh": facts.fresh,
        "signed_at": facts.signed_at,
    }


def _unreadable(name: str, error: CredentialError | None, words: Words) -> dict[str, Any]:
    assert error is not None  # noqa: S101 - an answer has a verdict or an error
    message, next_step = words.error(error)
    return {
        "input": name,
        "outcome": None,
        "reason": error.reason,
        "message": message,
        "next_step": next_step or "",
        "findings": [],
        "credential": None,
        "licence": None,
        "registry": None,
        "scenario": None,
        "status_list": None,
    }
