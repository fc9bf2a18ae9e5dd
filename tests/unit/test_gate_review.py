"""What is compared with what, which version a change should have, and what a reviewed exception lets pass."""

import json
import random
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certx.errors import UsageError
from certx.gate.exceptions import ReviewedException, excuse, read_exceptions
from certx.gate.finding import Weight
from certx.gate.review import Mode
from certx.gate.table import RULE_IDS
from certx.i18n import Words
from schema_repository import EVERYTHING, SHIPPED, TODAY, broken, changed, edition, found, judged, successor, trademark
from unit.mutating import mutated
from unit.test_gate_lint import CASES

TYPE = "business-licence"
OLD, NEW = f"schemas/{TYPE}/1.0.json", f"schemas/{TYPE}/1.1.json"
Document = dict[str, Any]


def longer(document: Document) -> None:
    document["properties"]["entityType"]["maxLength"] = 200


def shorter(document: Document) -> None:
    document["properties"]["entityType"]["maxLength"] = 20


def with_trademark(document: Document) -> None:
    document["properties"]["tradeMark"] = trademark()


def as_number(document: Document) -> None:
    labels = {name: value for name, value in trademark().items() if name.startswith(("x-", "title"))}
    document["properties"]["tradeMark"] = {"type": "integer", **labels}


def test_nothing_changed() -> None:
    report = judged(SHIPPED)
    assert (report.steps, report.exit) == ((), 0)


def test_another_form_of_the_same_document_is_no_change() -> None:
    assert judged({**SHIPPED, OLD: json.dumps(json.loads(SHIPPED[OLD])).encode()}).steps == ()


def test_the_mode_says_which_questions_are_asked() -> None:
    for change, rule, silent in (
        (shorter, "old-licences-refused", Mode.FORWARD),
        (longer, "new-licences-refused", Mode.BACKWARD),
    ):
        for mode in Mode:
            rules = {finding.rule for finding in judged(successor(TYPE, change), mode=mode).findings}
            assert (rule in rules) == (mode is not silent), (mode, rule)


def test_every_earlier_minor_is_asked_for_steps_that_are_safe_do_not_add_up() -> None:
    """1.1 has a claim, 1.2 drops it, 1.3 brings it back as a number: each step is safe, the way is not."""
    tree = changed(SHIPPED, OLD, with_trademark, to=NEW)
    tree = changed(tree, OLD, lambda _: None, to=NEW.replace("1.1", "1.2"))
    last = changed(tree, OLD, as_number, to=NEW.replace("1.1", "1.3"))
    assert judged(last, tree, mode=Mode.FULL).exit == 0
    report = judged(last, tree)
    assert [step.against for step in report.steps] == ["1.2", "1.1", "1.0"]
    assert {f.rule for f in report.steps[1].findings} >= {"old-licences-refused", "new-licences-refused"}
    assert found(report, "major-not-raised").params["should_be"] == "2.0"


def test_several_new_versions_are_each_held_against_those_before() -> None:
    tree = changed(successor(TYPE, with_trademark), NEW, shorter, to=NEW.replace("1.1", "1.2"))
    report = judged(tree)
    assert [(step.subject, step.against) for step in report.steps] == [
        (f"{TYPE} 1.1", "1.0"), (f"{TYPE} 1.2", "1.1"), (f"{TYPE} 1.2", "1.0"),
    ]  # fmt: skip
    assert report.steps[0].findings == ()


@pytest.mark.parametrize(
    ("change", "version", "rule", "weight", "due"),
    [
        (shorter, "1.1", "major-not-raised", Weight.BREAK, "2.0"),
        (with_trademark, "2.0", "major-without-need", Weight.NOTICE, "1.1"),
        (lambda _: None, "1.1", "minor-without-need", Weight.NOTICE, "1.0"),
        (with_trademark, "1.4", "minor-skipped", Weight.NOTICE, "1.1"),
    ],
)
def test_the_number_itself(change: Any, version: str, rule: str, weight: Weight, due: str) -> None:
    report = judged(successor(TYPE, change, version))
    assert found(report, rule).weight is weight
    assert report.steps[0].should_be == due


def test_a_major_that_breaks_is_as_it_should_be() -> None:
    report = judged(successor(TYPE, shorter, "2.0"))
    assert (report.exit, report.steps[0].should_be) == (0, "2.0")


def test_a_published_version_neither_changes_nor_goes() -> None:
    altered = judged(changed(SHIPPED, OLD, shorter))
    assert broken(altered) == {"published-changed", "old-licences-refused"}
    assert found(altered, "published-changed").params["should_be"] == "2.0"
    assert found(judged(changed(SHIPPED, OLD, with_trademark)), "published-changed").params["should_be"] == "1.1"
    gone = judged({path: data for path, data in SHIPPED.items() if path != OLD})
    assert broken(gone) == {"published-removed"}


def test_a_change_of_what_all_share_is_one_of_each_type_that_reaches_it() -> None:
    core = "schemas/core/1.0.json"
    narrower = changed(EVERYTHING, core, lambda d: d["$defs"]["plateNumber"].update(maxLength=3))
    users = {p.split("/")[1] for p, data in EVERYTHING.items() if p.endswith("/1.0.json") and b"/plateNumber" in data}
    assert len(users) > 1
    assert {finding.place.split("/")[1] for finding in judged(narrower, EVERYTHING).findings} == users
    unused = judged(changed(SHIPPED, core, lambda d: d["$defs"].update(spare={"type": "string"})))
    assert unused.steps == ()


def test_what_is_no_schema_is_a_finding_and_the_others_are_judged() -> None:
    tree = {**successor(TYPE, shorter), "schemas/identity-card/1.1.json": b"{"}
    report = judged(tree)
    assert {"schema-unreadable", "old-licences-refused"} <= broken(report)
    assert found(report, "schema-unreadable").place == "schemas/identity-card/1.1.json"


@pytest.mark.parametrize("change", [case for rule, case in CASES if rule in {"not-a-schema", "annotation-form"}])
def test_what_has_not_its_form_is_told_and_not_compared(change: Any) -> None:
    report = judged(successor(TYPE, change))
    assert report.exit == 3
    assert broken(report) <= {"not-a-schema", "annotation-form", "schema-unreadable"}
    assert [step.should_be for step in report.steps] == [""]  # what it would break, nobody can say


@settings(deadline=None, max_examples=60, database=None)
@given(st.integers(min_value=0))
def test_no_schema_whatever_stops_the_gate(seed: int) -> None:
    choice = random.Random(seed)  # noqa: S311 - not for secrets
    tree = successor(TYPE, lambda d: d.update(mutated(d, choice)))
    assert judged(tree, mode=Mode.BACKWARD, seconds=0.2).exit in {0, 3, 5}


def test_a_new_type_breaks_nobody() -> None:
    tree = changed(SHIPPED, OLD, lambda d: d["x-certx"].update(type="tea-licence"), to="schemas/tea-licence/1.0.json")
    assert judged(tree).exit == 0


def exception(rule: str, place: str = NEW, until: str = "2027-01-01") -> ReviewedException:
    return ReviewedException(rule, place, "reviewed by both regions", date.fromisoformat(until))


def excused(*exceptions: ReviewedException) -> Any:
    return excuse(judged(successor(TYPE, shorter)), exceptions, today=TODAY, path="certx.toml")


def test_an_exception_lets_a_finding_pass_until_its_last_day() -> None:
    for place in (NEW, f"{NEW}#entityType"):
        report = excused(exception("old-licences-refused", place))
        assert (report.exit, report.findings) == (0, [])
        assert [(done.finding.rule, done.until) for done in report.excused] == [("old-licences-refused", "2027-01-01")]
    assert excused(exception("old-licences-refused", until=str(TODAY))).exit == 0


def test_an_exception_that_ran_out_is_a_finding_beside_what_it_was_for() -> None:
    report = excused(exception("old-licences-refused", until="2026-11-22"))
    assert broken(report) == {"old-licences-refused", "major-not-raised", "exception-expired"}


def test_an_exception_is_for_its_rule_and_place_alone() -> None:
    for other in (
        exception("rule-tightened"),
        exception("old-licences-refused", OLD),
        exception("old-licences-refused", f"{NEW}#address"),
    ):
        report = excused(other)
        assert broken(report) == {"old-licences-refused", "major-not-raised"}
        assert found(report, "exception-unused").weight is Weight.NOTICE


ROW = {"id": "rule-tightened", "place": "x", "why": "because we must", "until": "2027-01-01"}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (1, "id is missing"),
        ({name: ROW[name] for name in ("id", "place", "why")}, "until is missing (it needs id, place, why, until)"),
        ({**ROW, "who": "x"}, "who is not known (it takes id, place, why, until)"),
        ({**ROW, "place": 1}, "place is a text, in quotation marks, not 1"),
        ({**ROW, "id": "rule-tightend"}, "id is rule-tightend, which is no rule"),
        ({**ROW, "why": "so     "}, "why has 2 character(s) and needs at least 10"),
        ({**ROW, "until": "soon"}, "until is soon, which is no day: write the last day, such as 2027-06-30"),
        ({**ROW, "until": "2027-02-30"}, "until is 2027-02-30, which is no day"),
        (
            {**ROW, "until": datetime(2027, 1, 1, 9, 30, tzinfo=UTC)},
            "until is 2027-01-01 09:30:00+00:00, which is no day",
        ),
    ],
)
def test_of_a_wrong_exception_it_is_said_which_it_is_and_how_it_is_mended(row: Any, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_exceptions([ROW, row], RULE_IDS, path="certx.toml")
    message, hint = Words("en").error(caught.value)
    assert message.startswith(f"certx.toml, [[schema.exceptions]] no. 2: {said}")
    assert hint is not None
    assert "？" not in Words("zh").error(caught.value)[0]


def test_exceptions_are_tables() -> None:
    with pytest.raises(UsageError) as caught:
        read_exceptions({}, RULE_IDS, path="certx.toml")
    assert "begin each with [[schema.exceptions]]" in Words("en").error(caught.value)[0]


def test_the_schemas_may_be_a_folder_by_themselves() -> None:
    bare = {path.removeprefix("schemas/"): data for path, data in SHIPPED.items() if path.startswith("schemas/")}
    assert list(edition(bare).schemas()) == list(edition(SHIPPED).schemas())
    assert edition(bare).place(TYPE, next(iter(edition(bare).schemas()))[1]) == f"{TYPE}/1.0.json"
