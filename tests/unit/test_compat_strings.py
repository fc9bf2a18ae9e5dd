"""Languages of patterns: what ECMA-262 says, where Python and Rust read otherwise, and what is not decided."""

import pytest

from certx.schema.compat.strings import Language, TooLarge, UnsupportedPattern

pattern = Language.pattern


@pytest.mark.parametrize(
    ("source", "members", "others"),
    [
        ("^a$", ["a"], ["", "aa", "a\n", "ba"]),
        ("a", ["a", "bab"], ["", "b"]),
        ("^", [""], []),
        ("", ["", "x"], []),
        ("^$|^x", ["", "x", "xy"], ["y"]),
        (r"^\d$", ["7"], ["\u0667", ""]),  # ASCII alone, where Python takes any digit
        (r"^\w$", ["a", "_"], ["é", "中"]),
        (r"^\s$", ["\ufeff", "\u3000", "\v", "\u2028"], ["\u200b", "\x1c"]),  # \x1c is white space to Python alone
        ("^.$", ["🐲", "中"], ["\n", "\r", "\u2028", ""]),  # one character is one code point
        (r"^[^\n]$", ["\r"], ["\n"]),
        ("^[]$", [], ["", "]"]),
        ("^[^]$", ["\n", "a"], [""]),
        ("^[a-zA-Z0-9-_.]+$", ["a-b_c.d"], ["a b"]),
        (r"^[\]\\-]$", ["]", "\\", "-"], ["a"]),
        (r"^[\b]$", ["\b"], ["b"]),
        (r"^\cA\x41\u0042\u{1F432}\ud83d\udc32$", ["\x01AB🐲🐲"], []),
        (r"^\0$", ["\0"], ["0"]),
        (r"^\p{Lu}\P{L}\p{gc=Nd}\p{Letter}$", ["A1٧中"], ["a1٧中", "AA٧中"]),
        ("^(?:ab){2,3}?$", ["abab", "ababab"], ["ab", "abababab"]),
        ("^(?<year>[0-9]{4})$", ["2026"], ["202"]),
        ("^a{0}b$", ["b"], ["ab"]),
        ("^(?:a|a{3}|b{0,2}|b{4,})$", ["a", "aaa", "", "bb", "bbbb"], ["aa", "aaaa", "bbb"]),
        ("^(a?){3}$", ["", "aaa"], ["aaaa"]),
        ("^(?!foo)[a-z]+(?=o$).$", ["zoo", "fo"], ["foo", "fooo", "a"]),
        ("^((?!--).)*$", ["a-b", ""], ["a--b", "--"]),
        ("(?:^a|b)*$", ["", "ab", "xb", "x"], []),
        ("^(?:(?=a)|b){2}a", ["a", "ba", "bba"], ["b"]),
        (r"^\-\/\@$", ["-/@"], []),
        ("^x{a}]$", ["x{a}]"], []),
    ],
)
def test_a_pattern_is_read_as_ecma_262_reads_it(source: str, members: list[str], others: list[str]) -> None:
    """Members are in the language of the pattern, others are not."""
    language = pattern(source)
    assert [text for text in members if text not in language] == []
    assert [text for text in others if text in language] == []


@pytest.mark.parametrize(
    "source",
    [
        r"(a)\1",
        r"\bx",
        r"x\B",
        "(?<=a)b",
        "(?<!a)b",
        r"\k<n>",
        "(?i:a)",
        "a{2}{3}",
        "a++",
        "*a",
        "(a",
        "a)",
        "[a",
        "[z-a]",
        r"[\d-z]",
        r"\y",
        r"\p{Script=Han}",
        r"\p{Cn}",
        r"\ud800",
        "^*",
        "(?=a)+",
        "a{,3}",
        "a{3,2}",
        "\\",
        "(" * 80 + ")" * 80,
        "a" * 5000,
        "(?=a)" * 40,
    ],
)
def test_what_is_not_decided_is_said_and_not_guessed(source: str) -> None:
    """Back references, word edges, look-behind, what is no pattern at all, and what is too large to read."""
    with pytest.raises(UnsupportedPattern):
        pattern(source)


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        ("^.{1,2000}$", "^.{1,1000}$"),
        ("^URN:UVCI:01:[A-Z]{2}:[A-Z0-9#]{1,80}$", "^URN:UVCI:01:[A-Z]{2}:[A-Z0-9]{1,60}#[0-9]$"),
        ("^[一-龥（）0-9]*$", "^[一-龥]{1,2}（[0-9]{4}）[一-龥]{2,20}不动产权第[0-9]{6,10}号$"),
        (r"^\d{4}", r"^(19|20)\d\d(-\d\d){0,2}$"),
        ("^[a-z]+$", "^(?!foo)[a-z]+$"),
        ("b", "a.{0,30}b"),
        ("^[a-z]{1,9}$", "^[a-y]{2,8}$"),
        ("^[a-z]{2,9}$", "^[a-y]{2,9}$"),
        ("^[a-z]{1,9}$", "^[a-z]{2,9}$"),
        ("^[a-z]*$", "^[a-z]{0,9}$"),
        ("^" + "a?" * 2000 + "$", "^" + "a?" * 1900 + "$"),
    ],
)
def test_inclusion_is_decided_and_a_difference_has_a_text(outer: str, inner: str) -> None:
    """One way there is no text; the other way there is one, and it shows the difference."""
    assert pattern(outer).includes(pattern(inner))
    text = (pattern(outer) - pattern(inner)).shortest()
    assert text is not None
    assert text in pattern(outer)
    assert text not in pattern(inner)


def test_great_lengths_take_no_great_walks() -> None:
    """A `maxLength` of a million beside patterns is arithmetic; so is a `minLength` that few lengths can meet."""
    million = Language.lengths(0, 10**6)
    letters, more = pattern("^[a-z]+$"), pattern("^[a-z0-9]*$")
    assert more.includes(letters & million, budget=100)
    assert not (more & million).includes(letters, budget=100)
    twelfths = pattern("^(aaa)*$") & pattern("^(aaaa)*$")
    assert (twelfths & Language.lengths(10**6 + 1, 10**6 + 7)).is_empty(budget=200)
    assert not (twelfths & Language.lengths(10**6 + 1, 10**6 + 8)).is_empty(budget=200)
    assert len((letters - Language.lengths(0, 999)).shortest() or "") == 1000


def test_a_shortest_member_reads_well() -> None:
    """Letters and digits before signs, and the shortest there is."""
    assert pattern("^[ -~]{2}$").shortest() == "aa"
    assert (pattern("^[A-Z]{2}[0-9]{1,4}$") - Language.lengths(0, 5)).shortest() == "AA0000"
    assert (~pattern("^[^a]*$")).shortest() == "a"
    assert Language.none().shortest() is None
    assert (Language.of(["b", "a", "ab"]) - pattern("^a")).shortest() == "b"


def test_finite_languages_are_listed_and_others_are_not() -> None:
    """All members, or None where they are more than asked for."""
    assert pattern("^(a|b|c[0-2]?)$").members(10) == ["a", "b", "c", "c0", "c1", "c2"]
    assert pattern("^(a|b|c[0-2]?)$").members(5) is None
    assert pattern("a").members(1000) is None
    assert (pattern("^a") & pattern("^b")).members(1) == []
    assert (Language.of(["x", "yes", "no"]) & Language.lengths(2, 3)).members(3) == ["no", "yes"]


def test_samples_show_every_way_through() -> None:
    """A sample takes each branch, the edges of a class and both ends of a count."""
    samples = pattern("^(?:[A-F]{1,3}|no|yes)$").samples(40)
    assert {"A", "AAA", "F", "no", "yes"} <= set(samples)
    assert all(text in pattern("^(?:[A-F]{1,3}|no|yes)$") for text in samples)
    assert len(pattern(".").samples(5)) == 5


def test_a_question_that_is_too_large_says_so() -> None:
    """The thirtieth character from the end: a thousand million states."""
    with pytest.raises(TooLarge):
        pattern("^.*b.{30}$").includes(pattern("^.*a.{30}$"))
    with pytest.raises(TooLarge):
        Language.lengths(10**9).shortest()
    assert not Language.lengths(10**9).is_empty()
