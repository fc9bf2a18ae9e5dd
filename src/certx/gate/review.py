"""Every change between two editions, judged: each version that is new or altered, beside the earlier ones of its major.

Proven steps do not add up to a proven way here: closed(1.0) ⊆ open(1.1) ⊆ … loses what 1.1 does not know, so that a
claim may go in one minor and come back in another with another meaning. So every pair is asked by itself.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from certx.errors import CertxError
from certx.gate.change import Change, substance
from certx.gate.deciding import ASSUMED, chain
from certx.gate.edition import Edition
from certx.gate.finding import Breaks, Finding, Report, Step, Weight
from certx.gate.form import core_step, form_step
from certx.gate.matters import review_matters
from certx.gate.profiles import review_profiles
from certx.gate.table import BREAKING, rules_for
from certx.schema.catalogue import LicenceSchema, SchemaVersion
from certx.schema.compat import Answer
from certx.schema.documents import CORE
from certx.schema.validate import Validator

SECONDS: Final = 2.0
"""That one question may take."""


class Mode(StrEnum):
    """Which questions are asked."""

    BACKWARD = "backward"
    """Old licences before new verifiers."""
    FORWARD = "forward"
    """New licences before old verifiers."""
    FULL = "full"
    """Both, against the version before."""
    TRANSITIVE = "transitive"
    """Both, against every earlier minor of the same major."""


class Terms(NamedTuple):
    """How a review is done.

    `form`: the schema of annotations (`certx.gate.form`). `live`: licences that stand, by national type code, where a
    ledger was asked.
    """

    today: date
    form: Validator
    mode: Mode = Mode.TRANSITIVE
    seconds: float = SECONDS
    live: Mapping[str, int] | None = None

    def change(self, old: LicenceSchema, new: LicenceSchema, before: Edition, after: Edition) -> Change:
        """One change under these terms."""
        live = None if self.live is None else self.live.get(old.national_code, 0)
        return Change(old, new, before, after, self.today, self.seconds, live)


def review(before: Edition, after: Edition, terms: Terms) -> Report:
    """What a change of the shared schemas would break."""
    steps = [*_gone(before, after)]
    spoilt = core_step(after, terms.form) if _core(before) != _core(after) else None
    if spoilt is not None:
        return Report(before.name, after.name, (*steps, spoilt), assumptions=assumed())
    for licence_type, version in after.schemas():
        steps += _steps(licence_type, version, before, after, terms)
    steps += review_matters(before, after, terms.seconds)
    steps += review_profiles(before, after, terms.seconds)
    return Report(before.name, after.name, tuple(steps), assumptions=assumed())


def _core(edition: Edition) -> object:
    """The definitions that all share, `None` if they cannot be read."""
    try:
        return edition.shelf.schema("core", CORE)
    except CertxError:
        return None


def review_pair(before: Edition, old: LicenceSchema, after: Edition, new: LicenceSchema, terms: Terms) -> Report:
    """Two versions of one type, held against each other and nothing else; also two texts of one version."""
    step = form_step(after.place(new.type, new.version), f"{new.type} {new.version}", new.source, terms.form)
    if step is None:
        step = judge(terms.change(old, new, before, after), terms)
        is_break = _breaks(step)
        if new.version > old.version:
            step = _numbered(step, old, new, is_break=is_break)
        elif substance(old) != substance(new):
            step = step._replace(should_be=_due(old.version, is_break=is_break))
    return Report(before.name, after.name, (step,), assumptions=assumed())


def assumed() -> dict[str, str]:
    """What the answers rest on, by name."""
    return {"content": "closed-licences-open-verifiers", "formats": str(ASSUMED.formats)}


def _gone(before: Edition, after: Edition) -> Iterator[Step]:
    """Versions that went: credentials of theirs are about, and the other minors were proven against them."""
    for licence_type, version in before.schemas():
        if not after.has(licence_type, version):
            place = after.place(licence_type, version)
            finding = Finding("published-removed", Weight.BREAK, Breaks.NEW_VERIFIER, place)
            yield Step(place, f"{licence_type} {version}", findings=(finding,))


def _steps(licence_type: str, version: SchemaVersion, before: Edition, after: Edition, terms: Terms) -> Iterator[Step]:
    place, subject = after.place(licence_type, version), f"{licence_type} {version}"
    try:
        new = after.read(licence_type, version)
        old = before.read(licence_type, version) if before.has(licence_type, version) else None
        if old is not None and substance(old) == substance(new):
            return
        spoilt = form_step(place, subject, new.source, terms.form)
        if spoilt is not None:
            yield spoilt
        elif old is None:
            yield from _of_new(new, before, after, terms)
        else:
            yield _altered(judge(terms.change(old, new, before, after), terms), new)
    except CertxError as error:
        finding = Finding("schema-unreadable", Weight.BREAK, Breaks.REPOSITORY, place, params=_told(error))
        yield Step(place, subject, findings=(finding,))


def _told(error: CertxError) -> Mapping[str, object]:
    return {**error.params, "defect": error.code}


def _altered(step: Step, new: LicenceSchema) -> Step:
    """A step about a version that was published with another text."""
    due = _due(new.version, is_break=_breaks(step))
    altered = Finding("published-changed", Weight.BREAK, Breaks.REPOSITORY, step.place, params={"should_be": due})
    return step._replace(should_be=due, findings=(altered, *step.findings))


def _of_new(new: LicenceSchema, before: Edition, after: Edition, terms: Terms) -> Iterator[Step]:
    """A version that is new: beside the one before it, and if it is a minor beside all before that."""
    earlier = _earlier(new, before, after)
    if not earlier:
        place = after.place(new.type, new.version)
        yield Step(place, f"{new.type} {new.version}", should_be=f"{new.version}")
        return
    minors = [pair for pair in earlier if pair[1].version.major == new.version.major]
    against = minors or earlier[-1:]
    if terms.mode is not Mode.TRANSITIVE:
        against = against[-1:]
    steps = [judge(terms.change(old, new, edition, after), terms) for edition, old in reversed(against)]
    yield _numbered(steps[0], against[-1][1], new, is_break=any(map(_breaks, steps)))
    yield from steps[1:]


def _earlier(new: LicenceSchema, before: Edition, after: Edition) -> list[tuple[Edition, LicenceSchema]]:
    """The versions of a type before one, oldest first, as they were before if they were there before."""
    versions = set(before.shelf.versions(new.type)) | set(after.shelf.versions(new.type))
    found = []
    for version in sorted(version for version in versions if version < new.version):
        edition = before if before.has(new.type, version) else after
        found.append((edition, edition.read(new.type, version)))
    return found


def judge(change: Change, terms: Terms) -> Step:
    """One change by every rule that the mode asks for."""
    place = change.after.place(change.new.type, change.new.version)
    subject = f"{change.new.type} {change.new.version}"
    mode = terms.mode
    rules = rules_for(backward=mode is not Mode.FORWARD, forward=mode is not Mode.BACKWARD)
    findings = [finding for rule in rules for finding in rule.findings(change)]
    proven = {name: chain(d) for name, d in change.answers.items() if d.answer is Answer.COMPATIBLE}
    return Step(place, subject, str(change.old.version), proven=proven, findings=tuple(findings))


def _breaks(step: Step) -> bool:
    return any(finding.weight is Weight.BREAK for finding in step.findings)


def _numbered(step: Step, old: LicenceSchema, new: LicenceSchema, *, is_break: bool) -> Step:
    """A step with the version that it should have, and what is to be said of the one that it has."""
    if new.version.major != old.version.major:
        return _of_major(step, old.version)
    if not is_break and substance(old) == substance(new):
        due, rule = str(old.version), "minor-without-need"
    else:
        due, rule = _due(old.version, is_break=is_break), "major-not-raised" if is_break else "minor-skipped"
    if due == str(new.version):
        return step._replace(should_be=due)
    weight = Weight.BREAK if is_break else Weight.NOTICE
    finding = Finding(rule, weight, Breaks.REPOSITORY, step.place, params={"should_be": due})
    return step._replace(should_be=due, findings=(*step.findings, finding))


def _of_major(step: Step, old: SchemaVersion) -> Step:
    """A major that breaks nothing makes every region take up a new `vct` for nothing."""
    if any(finding.rule in BREAKING for finding in step.findings):
        return step._replace(should_be=f"{old.major + 1}.0")
    due = _due(old, is_break=False)
    finding = Finding("major-without-need", Weight.NOTICE, Breaks.REPOSITORY, step.place, params={"should_be": due})
    return step._replace(should_be=due, findings=(*step.findings, finding))


def _due(version: SchemaVersion, *, is_break: bool) -> str:
    """The version after this one that a change should have."""
    return f"{version.major + 1}.0" if is_break else f"{version.major}.{version.minor + 1}"
