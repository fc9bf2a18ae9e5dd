"""Screens and pages of verdicts: what they say of what was checked, whatever a credential brings, in any width."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from certx.app.verifying.verdicts import verify_inputs
from certx.credential.errors import CredentialError
from certx.evidence import Expectation
from certx.i18n import Words, show_age
from certx.reason import Finding, Outcome, Reason, Result, failed, passed
from certx.render.clauses import clause_of
from certx.render.verdict_page import VerdictPage
from certx.render.verdict_sheet import Sheet, SheetWriter
from certx.render.verdict_text import VerdictText
from certx.render.width import cells, fold, hanging
from certx.schema.catalogue import latest
from certx.verdict import Answer, Verdict
from certx.verify import CHECKS, IN_A_MATTER, LOOKING_BACK, UNREADABLE
from world import (
    AGREEMENT,
    CATALOGUE,
    KEY,
    NOW,
    STATUS_URI,
    TYPES,
    WORLD,
    forge,
    issue,
    issue_row,
    status_list,
    table_rows,
    verify,
)

ZH, EN = Words("zh"), Words("en")
TYPE = "business-licence"
SCHEMA = latest(CATALOGUE, TYPE)
LISTED = forge(status={"status_list": {"idx": 5, "uri": STATUS_URI}})
EVIL = "<script>alert('x')</script>\u202e\x1b[31m\"&"


def sheet(verdict: Verdict, words: Words = EN, *, explain: bool = False) -> Sheet:
    return SheetWriter(words, explain=explain).sheet(Answer("a.txt", verdict), SCHEMA)


def rows(found: Sheet) -> dict[str, str]:
    return {check.label: check.text for check in (*found.checked, *found.unchecked)}


def test_every_check_is_on_one_side_or_the_other() -> None:
    broken = LISTED.replace(LISTED.split(".")[2][:8], "AAAAAAAA", 1)
    for verdict in (verify(issue()), verify(LISTED), verify(issue(), region=None), verify(broken)):
        said = " ".join(f"{check.label} {check.text}" for check in (*sheet(verdict).checked, *sheet(verdict).unchecked))
        assert [check.name for check in CHECKS if EN.check(check.name) not in said] == []


def test_the_key_issuer_agreement_and_ages_are_told() -> None:
    agreement = AGREEMENT._replace(until=NOW + 86_400)
    lists = {STATUS_URI: status_list({}, issued_at=NOW - 3 * 86_400)}
    said = rows(sheet(verify(LISTED, agreements=[agreement], status_lists=lists), ZH))
    assert KEY.kid[:12] in said["签名"]
    assert KEY.kid not in said["签名"]
    assert "四川省 (510000)" in said["颁发机构"]
    assert "；重庆市、四川省；有效至 2026-06-02" in said["互认"]
    assert "3 天前" in said["状态"]


def test_what_is_not_proven_about_the_holder_is_not_called_checked() -> None:
    found = sheet(verify(issue()))
    assert "holder" in {check.label for check in found.unchecked}
    assert "matter" in {check.label for check in found.unchecked}
    assert "holder" not in {check.label for check in found.checked}


def test_the_reason_stands_above_and_the_failed_check_below() -> None:
    found = sheet(verify(issue(), agreements=[]))
    assert found.outcome == Outcome.NOT_ACCEPTABLE
    assert found.why[0].text.startswith("no agreement covers")
    assert found.why[1].text.startswith("ask for the paper")
    assert [check.text for check in found.checked if check.result is Result.FAILED] == ["failed"]
    assert found.face == ()


def test_hidden_claims_are_said_to_be_hidden() -> None:
    text = issue()
    assert sheet(verify(text)).hidden == ""
    signed, *disclosures, _ = text.split("~")
    part = "~".join((signed, *disclosures[:-1], ""))
    assert sheet(verify(part)).hidden.startswith("up to 1 claim(s) not shown")
    assert "1 项未出示" in sheet(verify(part), ZH).hidden


def test_nothing_of_a_key_is_told_where_the_signature_is_not_proven() -> None:
    verdict = verify(issue()[:-40] + "A" * 8 + issue()[-32:])
    assert verdict.basis is None or verdict.credential is not None
    broken = verify(LISTED.replace(LISTED.split(".")[2][:8], "AAAAAAAA", 1))
    assert (broken.basis, broken.credential) == (None, None)
    assert not any("key" in check.text for check in sheet(broken).checked)


@pytest.mark.parametrize("words", [ZH, EN], ids=["zh", "en"])
@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("columns", [None, 1, 2, 3])
def test_no_line_is_wider_than_the_screen(words: Words, width: int, columns: int | None) -> None:
    for name in TYPES:
        schema = latest(CATALOGUE, name)
        screen = VerdictText(words, colour=False, width=width, explain=False, columns=columns)
        lines = list(screen.lines(Answer("a.txt", verify(issue(name))), schema))
        assert [line for line in lines if cells(line) > width] == []


@pytest.mark.parametrize("columns", [None, 2, 3])
def test_no_claim_is_cut_or_left_out(columns: int | None) -> None:
    long = "软件开发；" * 120
    verdict = verify(issue(businessScope=long))
    screen = VerdictText(ZH, colour=False, width=80, explain=False, columns=columns)
    text = "".join("".join(screen.lines(Answer("a.txt", verdict), SCHEMA)).split())
    for row in sheet(verdict, ZH).face:
        assert "".join(row.text.split()) in text, row
        assert "".join(row.label.split()) in text, row


def test_a_usual_licence_fits_a_screen_of_thirty_lines() -> None:
    screen = VerdictText(ZH, colour=False, width=80, explain=False, columns=2)
    verdict = verify(issue_row(TYPE, table_rows(TYPE)[0]))
    assert len(list(screen.lines(Answer("a.txt", verdict), SCHEMA))) <= 30


def test_an_outcome_is_said_by_word_and_sign_and_colour() -> None:
    answer = Answer("a.txt", verify(issue(), agreements=[]))
    painted = next(VerdictText(ZH, colour=True, width=80, explain=False, columns=2).lines(answer, SCHEMA))
    assert painted.startswith("\x1b[1;33m! 本地不予认可\x1b[0m")
    assert next(VerdictText(ZH, colour=False, width=80, explain=False).lines(answer, SCHEMA)) == "本地不予认可  a.txt"


def test_every_finding_has_a_clause_and_every_reason_too() -> None:
    for check in ("structure", *(check.name for check in (*CHECKS, *IN_A_MATTER, *LOOKING_BACK))):
        assert re.search(r"RFC|§|rule \d|docs/|schemas/", clause_of(passed(check), EN)), check
    for reason in Reason:
        if reason not in UNREADABLE:
            assert clause_of(failed("status", reason), EN), reason
    broken = Finding("signature", Result.FAILED, Reason.SIGNATURE_WRONG)
    assert clause_of(broken, EN) == "RFC 9901 §7.1 step 2.b; rule 3"
    assert clause_of(broken, ZH) == "RFC 9901 §7.1 步骤 2.b; 规则 3"
    assert clause_of(passed("disclosures"), ZH) == "RFC 9901 §7.1 步骤 3 至 5; 规则 6 至 10"
    assert {check.clause for check in sheet(verify(issue()), explain=True).checked}.isdisjoint({""})
    assert {check.clause for check in sheet(verify(issue())).checked} == {""}


def test_a_clause_of_our_own_papers_is_there() -> None:
    """Rules by their row, documents by their name and their heading."""
    root = Path(__file__).parents[2]
    rules = set(re.findall(r"^\| (\d+) \|", (root / "docs" / "verifier-rules.md").read_text("utf-8"), re.MULTILINE))
    clauses = {clause_of(failed("status", reason), EN) for reason in Reason if reason not in UNREADABLE}
    clauses |= {clause_of(passed(check), EN) for check in ("structure", *(check.name for check in LOOKING_BACK))}
    for part in (part for clause in clauses for part in clause.split("; ")):
        if part.startswith("rule"):
            assert set(re.findall(r"\d+", part)) <= rules, part
        elif part.startswith(("docs/", "schemas/")):
            name, _, heading = part.partition(": ")
            text = (root / name).read_text("utf-8")
            assert not heading or re.search(rf"^## {heading}\b", text, re.MULTILINE), part
        else:
            assert re.search(r"§\d|RFC \d|TUF §", part), part


def test_an_age_is_told_in_its_largest_unit() -> None:
    ages = [show_age(seconds, EN) for seconds in (0, 59, 60, 7_200, 86_400 * 40, -1)]
    assert ages == ["just now", "just now", "1 min ago", "2 h ago", "40 d ago", "later than the clock of this machine"]


def test_lines_break_between_words_and_never_before_a_comma() -> None:
    assert list(fold("标签", "一二三四五六七八，九十", label_width=4, width=24)) == [
        "  标签  一二三四五六七",
        "        八，九十",
    ]
    assert next(fold("x", "not within agreement-1", label_width=4, width=26)).endswith("not within")


def test_no_line_ends_with_an_opening_bracket() -> None:
    text = "适用互认协议示例（agr-500000-510000-1）第 1 版；《办法》（试行）"
    for width in range(24, 60):
        lines = list(fold("标签", text, label_width=4, width=width))
        assert [line for line in lines if line.endswith(("（", "《"))] == []
        assert all(cells(line) <= width for line in lines)


def test_a_second_column_is_folded_below_itself() -> None:
    lines = ["  Ctrl-Q      quit, with a question if something is not finished", "one two three four"]
    assert [row for line in lines for row in hanging(line, 34)] == [
        "  Ctrl-Q      quit, with a",
        "              question if",
        "              something is not",
        "              finished",
        "one two three four",
    ]


def test_what_was_checked_and_what_was_not_stand_in_one_column() -> None:
    lines = list(VerdictText(EN, colour=False, width=100, explain=False).lines(Answer("a", verify(issue())), SCHEMA))
    starts = [re.match(r"  [√!-] (?:issuer|recognition|holder|matter) +", line) for line in lines]
    assert len([found for found in starts if found]) == 4
    assert len({found.end() for found in starts if found}) == 1


class Parser(HTMLParser):
    """Notes every tag and attribute."""

    def __init__(self) -> None:
        super().__init__()
        self.tags, self.attributes, self.data = set[str](), set[tuple[str, str | None]](), list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= set(attrs)

    def handle_data(self, data: str) -> None:
        self.data.append(data)


def page(*answers: Answer, words: Words = ZH) -> Iterator[bytes]:
    frame = VerdictPage(words, explain=True)
    yield frame.head()
    for answer in answers:
        yield frame.section(answer, SCHEMA)
    yield frame.foot({"outcome-accepted": len(answers)}, made_at=NOW, version="1.0")


def test_a_page_holds_what_a_credential_brings_as_text_alone() -> None:
    attacks = [Answer(EVIL, verify(issue(businessScope=EVIL, legalRepresentative="</bdi></td>" + EVIL)))]
    attacks.append(
        Answer(EVIL, None, CredentialError(Reason.UNREADABLE_FILE, path=f"/home/someone/{EVIL}", detail=EVIL))
    )
    text = b"".join(page(*attacks)).decode()
    plain = b"".join(page(Answer("a", verify(issue())), Answer("b", None, attacks[1].error))).decode()
    seen, usual = Parser(), Parser()
    seen.feed(text)
    usual.feed(plain)
    assert seen.tags == usual.tags
    assert seen.tags.isdisjoint({"script", "img", "link", "iframe", "a", "form", "object", "base"})
    assert not any(name.startswith("on") or name in {"src", "href", "style"} for name, _ in seen.attributes)
    assert "alert('x')" in "".join(seen.data)
    assert not {"\u202e", "\x1b"} & set(text)
    assert "someone" not in text
    assert "default-src 'none'" in text


def test_a_page_is_bounded_whatever_it_shows() -> None:
    assert len(b"".join(page(Answer("x" * 10**6, verify(issue()))))) < 40_000


def test_a_page_says_when_it_was_made_and_what_all_came_to() -> None:
    for words, made in (
        (ZH, "生成于 2026-06-01 12:00（北京时间）"),
        (EN, "made 2026-06-01 12:00 (China Standard Time)"),
    ):
        text = b"".join(page(Answer("a.txt", verify(issue())), words=words)).decode()
        assert made in text
        assert f'<html lang="{"zh-CN" if words is ZH else "en"}">' in text


def test_a_historical_verdict_is_labelled_on_every_face() -> None:
    verdict = verify(issue())._replace(historical=True)
    screen = VerdictText(ZH, colour=False, width=80, explain=False, columns=2)
    assert next(screen.lines(Answer("a.txt", verdict), SCHEMA)).startswith("√ 历史结论 认可")
    assert "非当前状态" in b"".join(page(Answer("a.txt", verdict))).decode()


def test_a_matter_that_is_met_is_checked() -> None:
    world = replace(WORLD, agreements=[AGREEMENT])
    answer = next(verify_inputs([issue()], world, now=NOW, expectation=Expectation(scenario="nothing")))
    assert answer.verdict is not None
    assert "matter" in {check.label for check in sheet(answer.verdict).unchecked}
