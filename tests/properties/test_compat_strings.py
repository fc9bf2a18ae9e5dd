"""Random patterns: the automaton agrees with Python's matcher, and inclusion with every text that is tried."""

import re

from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator

from certx.schema.compat.strings import Language, TooLarge

profile = settings(deadline=None, database=None, max_examples=400, suppress_health_check=[HealthCheck.too_slow])

ATOMS = st.sampled_from(["a", "b", "0", r"\d", r"\n", "[ab]", "[^a]", "[a-c0]", r"[^\d]", "^", "$", "(?:)"])
COUNTS = st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}", "*?", "{3}"])
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({'|'.join(parts)})"),
        st.tuples(inner, COUNTS).map(lambda both: f"(?:{both[0]}){both[1]}"),
        st.tuples(st.sampled_from(["(?=", "(?!"]), inner).map(lambda both: f"{both[0]}{both[1]})"),
    ),
    max_leaves=8,
)
TEXTS = st.lists(st.text("aabbc0\n", max_size=7), min_size=20, max_size=40)


def _matcher(pattern: str) -> re.Pattern[str]:
    r"""As ECMA-262 has it: `$` is the very end, and a digit is ASCII; the patterns here differ in nothing else."""
    return re.compile(pattern.replace("$", r"\Z"), re.ASCII)


@profile
@given(PATTERNS, PATTERNS, TEXTS)
def test_automaton_and_matcher_agree(one: str, other: str, texts: list[str]) -> None:
    """Membership is the matcher's; a difference is empty only if no text shows one, else its shortest member does."""
    left, right, first, second = Language.pattern(one), Language.pattern(other), _matcher(one), _matcher(other)
    shown = [text for text in texts if first.search(text) and not second.search(text)]
    assert [text in left for text in texts] == [first.search(text) is not None for text in texts]
    assert [text in (left - right) for text in texts] == [text in shown for text in texts]
    try:
        shortest = (left - right).shortest()
        assert right.includes(left) == (shortest is None)
    except TooLarge:
        return
    if shortest is None:
        assert shown == []
    else:
        assert first.search(shortest)
        assert not second.search(shortest)
        assert all(len(shortest) <= len(text) for text in shown)


@profile
@given(PATTERNS, TEXTS)
def test_automaton_and_compiled_validator_agree(pattern: str, texts: list[str]) -> None:
    """The other reader of ECMA-262 here, by which witnesses are confirmed; it refuses some repeated assertions."""
    try:
        validator = Draft202012Validator({"pattern": pattern})
    except ValueError:
        reject()
    language = Language.pattern(pattern)
    assert [text in language for text in texts] == [validator.is_valid(text) for text in texts]


@profile
@given(PATTERNS, st.integers(0, 6), st.integers(0, 6))
def test_members_and_samples_are_in_the_language(pattern: str, least: int, most: int) -> None:
    """With a length beside the pattern; all members of a finite language are found."""
    language = Language.pattern(pattern) & Language.lengths(least, most)
    matches = _matcher(pattern)
    for text in language.samples(20):
        assert matches.search(text)
        assert least <= len(text) <= most
    few = language & Language.pattern("^[ab]*$")
    members = few.members(127)
    assert members is not None
    assert few.is_empty() == (members == [])
    assert len(set(members)) == len(members)
    assert all(matches.search(text) for text in members)
