"""Words: every sentence a user sees, keyed by code, in Chinese and English.

`zh` and `en` have exactly the same keys and placeholders; a test demands it.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, Literal

from certx.errors import CertxError
from certx.i18n.names import Named, Names, named
from certx.licence.model import time_text
from certx.reason import Finding

Language = Literal["zh", "en"]

_TIMES: Final = frozenset({"at", "since", "issued_at", "signed_at", "until", "checked_at"})
_COMPARED_TIMES: Final = frozenset({"sync-older", "sync-list-older", "publish-list-older", "registry-older"})
"""Words that set one time against another, which may be of the same minute."""
_COLONS: Final[Mapping[Language, str]] = {"zh": "：", "en": ": "}


_BETWEEN_CHARACTERS: Final = re.compile("(?<=[\u4e00-\u9fff）]) (?=[\u4e00-\u9fff])")
"""A space that parts a code from the text around it, and is too much where a Chinese name took the code's place."""
_LEFT_OUT: Final = re.compile(r" ?[(（]…(?:[:：] ?…)?[)）]|[:：] ?…$")


class Words:
    """The dictionary of one language; with `names`, what a finding says has names in the place of codes."""

    def __init__(self, language: Language, names: Names | None = None) -> None:
        if language == "zh":
            from certx.i18n import zh as book  # noqa: PLC0415 - only the language in use is loaded
        else:
            from certx.i18n import en as book  # type: ignore[no-redef]  # noqa: PLC0415
        self.language: Language = language
        self._book, self._names = book, names

    def term(self, code: str, **params: object) -> str:
        """A label or sentence of the screens."""
        return self._book.TERMS[code].format_map(_shown(params))

    def reason(self, finding: Finding) -> tuple[str, str]:
        """Message and next step of a finding that did not simply pass; empty texts if it did."""
        if finding.reason is None:
            return "", ""
        message, next_step = self._book.REASONS[finding.reason]
        message += self._terms_of(finding.params)
        codes = named(finding.reason, finding.params, self._names, self.language) if self._names is not None else ()
        shown = _shown({**self._inner(finding.params), **dict(codes), "check": self.check(finding.check)})
        if "premise" in finding.params:
            shown["premise"] = self.check(str(finding.params["premise"]))
        return self._joined(message.format_map(shown)), next_step.format_map(shown)

    def gist(self, reason: str, params: Mapping[str, object]) -> str:
        """A reason in short: of its particulars only times and names, nothing that is about a person."""
        others = self._book.PROBLEMS.get(reason, (self._book.ERRORS.get(reason),))
        message = self._book.REASONS.get(reason, others)[0]  # a row has reasons too
        if message is None:  # of another version of certx
            return reason
        times = {name: value for name, value in params.items() if isinstance(value, int | float) and name in _TIMES}
        shown = _Gist(_shown({**times, **dict(named(reason, params, self._names, self.language))}))
        return self._joined(_LEFT_OUT.sub("", message.format_map(shown)))

    def name(self, kind: Named, code: str) -> str:
        """What a code is called; itself, if no names are at hand."""
        return code if self._names is None else self._names.name(kind, code, self.language)

    def _joined(self, text: str) -> str:
        return _BETWEEN_CHARACTERS.sub("", text) if self._names is not None else text

    def _terms_of(self, params: Mapping[str, object]) -> str:
        """What else an agreement says of how a licence is taken."""
        terms = [self._book.TERMS["paper-waived"]] if params.get("paper_waived") is True else []
        if f"mode-{params.get('mode')}" in self._book.TERMS:
            terms.append(self._book.TERMS[f"mode-{params['mode']}"])
        return "".join(self._book.TERMS["also"] + term for term in terms)

    def check(self, name: str) -> str:
        """What a check is called."""
        return self._book.CHECKS[name]

    def error(self, error: CertxError) -> tuple[str, str | None]:
        """Message and hint of an error."""
        reason = getattr(error, "reason", None)  # an error about a credential has the words of its reason
        if reason is not None:
            message, hint = self._book.REASONS[reason]
            shown = _shown(self._inner(error.params))
            return message.format_map(shown), hint.format_map(shown) or None
        shown = _shown(self._inner(error.params), seconds=error.code in _COMPARED_TIMES)
        message = self._book.ERRORS[error.code].format_map(shown)
        if error.hint is None:
            return message, None
        return message, self._book.HINTS[error.hint].format_map(_shown(error.params))

    def cause(self, code: str) -> str:
        """What the system did not like (`certx.errors.cause_of`)."""
        return self._book.CAUSES.get(code, code)

    def problem(self, code: str, params: Mapping[str, object]) -> str:
        """What is wrong with a row, with the mend after it; an error's words where it is one."""
        if code in self._book.ERRORS and code not in self._book.PROBLEMS:
            return self._book.ERRORS[code].format_map(_shown(self._inner(params)))
        return _COLONS[self.language].join(self._problem(code)).format_map(_shown(self._inner(params)))

    def mend(self, code: str, params: Mapping[str, object], hint: str | None = None) -> str:
        """How a problem with a row is mended; of an error, its hint."""
        mend = self._problem(code)[1] if hint is None else self._book.HINTS[hint]
        return mend.format_map(_shown(self._inner(params)))

    def _problem(self, code: str) -> tuple[str, str]:
        return self._book.PROBLEMS.get(code, self._book.PROBLEMS["schema-invalid"])

    def ailment(self, code: str, params: Mapping[str, object]) -> tuple[str, str]:
        """What ails a machine, and the command that mends it."""
        from certx.i18n.shell import shell_word  # noqa: PLC0415 - for one command

        if self.language == "zh":
            from certx.i18n import doctor_zh as book  # noqa: PLC0415 - for one command
        else:
            from certx.i18n import doctor_en as book  # type: ignore[no-redef]  # noqa: PLC0415
        shown = _shown(self._inner(params))
        if "part" in params:
            shown["part"] = book.PARTS[str(params["part"])]
        message, mend = book.AILMENTS[code]
        mend = self._book.HINTS.get(str(params.get("hint")), mend)
        typed = {name: shell_word(str(shown[name])) for name in ("path", "url") if name in shown}
        if str(shown["kid"]).startswith("-"):  # of a thumbprint in base64url any character may be the first
            typed["kid"] = f"-- {shown['kid']}"
        return message.format_map(shown), mend.format_map(_Shown({**shown, **typed}))

    def _inner(self, params: Mapping[str, object]) -> Mapping[str, object]:
        """Parameters, with the code of a nested defect, of a cause, of a state and of what ended a licence in words."""
        if "detail" in params:
            params = {**params, "detail": self.cause(str(params["detail"]))}
        coded = {name: f"{name}-{params[name]}" for name in ("state", "what") if name in params}
        terms = {name: self._book.TERMS[code] for name, code in coded.items() if code in self._book.TERMS}
        params = {**params, **terms} if terms else params
        defect = params.get("defect")
        if defect is None:
            return params
        reason: Any = str(defect)  # of a `StatusError`
        words = self._book.ERRORS.get(str(defect)) or self._book.REASONS.get(reason, (str(defect),))[0]
        shown = _shown(params, seconds=defect in _COMPARED_TIMES)
        shown.update(named(str(defect), params, self._names, self.language))
        return {**params, "defect": words.format_map(shown)}


class _Shown(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "?"


class _Gist(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "…"


def _shown(params: Mapping[str, object], *, seconds: bool = False) -> _Shown:
    return _Shown(
        {
            name: show_time(value, seconds=seconds) if name in _TIMES and isinstance(value, int | float) else value
            for name, value in params.items()
        }
    )


def show_time(moment: float, *, seconds: bool = False) -> str:
    """A Unix time as people in China read it: `2026-11-23 09:30`, or with its seconds."""
    try:
        day, _, clock = time_text(moment).partition("T")
    except (OverflowError, ValueError):
        return str(moment)
    return f"{day} {clock[: 8 if seconds else 5]}"


def show_age(seconds: float, words: Words) -> str:
    """How long ago something was, in the largest unit that it has been for."""
    if seconds < 0:
        return words.term("ago-future")
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= length:
            return words.term(f"ago-{unit}", count=int(seconds // length))
    return words.term("ago-now")


def choose_language(wanted: str | None, locale: str | None) -> Language:
    """The language to speak: the one asked for, else the locale's, else English."""
    text = (wanted or locale or "").lower()
    return "zh" if text.startswith("zh") else "en"
