"""What holds of the signed form whatever somebody puts into it."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import wraps
from itertools import product
from time import process_time
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certx.credential import CredentialError, verify_with_key
from certx.credential.constants import MAX_CHARACTERS, MAX_DISCLOSURES
from certx.credential.issue import issue
from certx.credential.reveal import reveal
from certx.credential.sdjwt import conceal, random_salts
from certx.schema.frame import Frame
from unit.crafting import (
    AUDIENCE,
    HOLDER,
    ISSUER,
    NONCE,
    NOW,
    bind,
    bound_claims,
    credential,
    digest,
    disclosure,
    segment,
    sign,
)

SECONDS = 2.0
"""No input may take longer."""

profile = settings(deadline=None, database=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])

NAME = disclosure("salt 1", "name", "Zhang")
STREET = disclosure("salt 3", "street", "No. 1")
ADDRESS = disclosure("salt 2", "address", {"_sd": [digest(STREET)]})
WORD = disclosure("salt 4", "word")
PAYLOAD = bound_claims(_sd=[digest(NAME), digest(ADDRESS)], list=[{"...": digest(WORD)}, "plain"])
VALID = credential(PAYLOAD, NAME, ADDRESS, STREET, WORD)
PRESENTED = bind(VALID)
WANTED: dict[str, Any] = {"now": NOW, "audience": AUDIENCE, "nonce": NONCE, "max_age": timedelta(minutes=5)}

FORMAT_NAMES = [
    "_sd",
    "...",
    "_sd_alg",
    "vct",
    "iss",
    "exp",
    "nbf",
    "iat",
    "cnf",
    "status",
    "aud",
    "jwk",
    "kid",
]
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
)
anything = st.recursive(
    scalars | st.sampled_from([digest(NAME), digest(WORD), "sha-256", "EC"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(FORMAT_NAMES) | st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
objects = st.dictionaries(st.sampled_from(FORMAT_NAMES) | st.text(max_size=8), anything, max_size=8)
jwk_members = st.dictionaries(
    st.sampled_from(["kty", "crv", "x", "y", "alg", "use", "key_ops", "kid", "d"]), anything, max_size=4
)


def bounded(test: Callable[..., None]) -> Callable[..., None]:
    """Fail if one example of a property takes longer than anything may."""

    @wraps(test)
    def timed(*args: Any, **kwargs: Any) -> None:
        begun = process_time()
        test(*args, **kwargs)
        assert process_time() - begun < SECONDS

    return timed


def believed(text: str, jwk: Mapping[str, object] = ISSUER.public_jwk, **expected: Any) -> bool:
    """Does certx believe this text? Whatever else it raises than `CredentialError` comes through."""
    try:
        claims = verify_with_key(text, jwk, **{"now": NOW, **expected})
    except CredentialError:
        return False
    assert isinstance(claims, dict)
    return True


def test_the_credentials_that_are_mutated_below_are_valid() -> None:
    assert believed(VALID)
    assert believed(PRESENTED, **WANTED)


@profile
@given(st.text() | st.text(alphabet="eyJ.~-_=A \n") | st.text(st.characters(categories=["Cs", "Lu"])))
@bounded
def test_no_text_is_believed_or_raises_anything_but_a_credential_error(text: str) -> None:
    assert not believed(text)
    assert not believed(text, **WANTED)


@profile
@given(st.binary(max_size=2_000))
@bounded
def test_no_bytes_are_believed_or_raise_anything_but_a_credential_error(data: bytes) -> None:
    assert not believed(data.decode("latin-1"))


@profile
@given(st.text(max_size=30), st.integers(0, len(PRESENTED)))
@bounded
def test_no_text_within_a_presentation_raises_anything_but_a_credential_error(text: str, place: int) -> None:
    assert believed(PRESENTED[:place] + text + PRESENTED[place:], **WANTED) == (text == "")


@profile
@given(st.integers(0, len(PRESENTED) - 1), st.characters(max_codepoint=0x17F))
@bounded
def test_a_presentation_with_any_one_character_changed_is_not_believed(place: int, letter: str) -> None:
    changed = PRESENTED[:place] + letter + PRESENTED[place + 1 :]
    assert believed(changed, **WANTED) == (changed == PRESENTED)


def test_a_credential_with_any_one_character_changed_is_not_believed() -> None:
    for place, letter in product(range(len(VALID)), "Ag_~. "):
        changed = VALID[:place] + letter + VALID[place + 1 :]
        assert believed(changed) == (changed == VALID)


@profile
@given(st.integers(0, len(PRESENTED) - 1), st.integers(1, 50))
@bounded
def test_a_presentation_with_a_piece_cut_out_is_not_believed(place: int, length: int) -> None:
    assert not believed(PRESENTED[:place] + PRESENTED[place + length :], **WANTED)


@profile
@given(st.data())
@bounded
def test_a_presentation_with_its_parts_rearranged_is_not_believed(data: st.DataObject) -> None:
    parts = PRESENTED.split("~")
    chosen = data.draw(st.lists(st.sampled_from([*parts, ""]), max_size=8))
    assert believed("~".join(chosen), **WANTED) == (chosen == parts)


@profile
@given(st.sets(st.sampled_from([NAME, ADDRESS, STREET, WORD])))
@bounded
def test_a_credential_shows_any_disclosures_whose_parents_are_shown(shown: set[str]) -> None:
    text = "~".join((VALID.partition("~")[0], *sorted(shown), ""))
    assert believed(text) == (STREET not in shown or ADDRESS in shown)


@profile
@given(anything | objects, st.lists(anything, max_size=3))
@bounded
def test_no_signed_payload_raises_anything_but_a_credential_error(payload: Any, contents: list[Any]) -> None:
    disclosures = [segment(content) for content in contents]
    believed(credential(payload, *disclosures))
    believed(bind(credential(payload, *disclosures)))


@profile
@given(objects, st.lists(st.lists(anything, min_size=2, max_size=3), max_size=3))
@bounded
def test_no_claim_beside_good_ones_raises_anything_but_a_credential_error(
    more: dict[str, Any], contents: list[list[Any]]
) -> None:
    disclosures = [disclosure(*content) for content in contents]
    digests = {"_sd": [digest(text) for text in disclosures]}
    believed(credential({**bound_claims(), **digests, **more}, *disclosures))
    believed(bind(credential({**bound_claims(), **more, **digests}, *disclosures)), **WANTED)


@profile
@given(objects)
@bounded
def test_no_signed_header_raises_anything_but_a_credential_error(header: dict[str, Any]) -> None:
    believed(sign(header, bound_claims()) + "~")
    believed(sign({"alg": "ES256", "typ": "dc+sd-jwt", **header}, bound_claims()) + "~")
    believed(VALID + sign(header, {}, HOLDER))


@profile
@given(objects)
@bounded
def test_no_claim_of_a_key_binding_raises_anything_but_a_credential_error(more: dict[str, Any]) -> None:
    believed(bind(VALID, changed=more), **WANTED)


@profile
@given(objects | jwk_members)
@bounded
def test_no_key_raises_anything_but_a_credential_error(jwk: dict[str, Any]) -> None:
    assert not believed(VALID, jwk)


@profile
@given(jwk_members)
@bounded
def test_no_member_of_a_key_raises_anything_but_a_credential_error(more: dict[str, Any]) -> None:
    believed(VALID, {**ISSUER.public_jwk, **more})
    holder = {"cnf": {"jwk": {**HOLDER.public_jwk, **more}}}
    believed(bind(credential(bound_claims(**holder))), **WANTED)


names = st.text(max_size=8).filter(lambda name: name not in {"_sd", "...", "_sd_alg"})
plain_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=20,
)
documents = st.dictionaries(names, plain_values, max_size=6)


@st.composite
def frames(draw: st.DrawFn, members: Mapping[str, Any]) -> Frame:
    """Any frame that fits these members, or names some that are not there."""
    known = [*sorted(members), "absent"]
    children = {}
    for name, value in members.items():
        within = [value] if isinstance(value, dict) else value if isinstance(value, list) else []
        merged = {key: item for part in within if isinstance(part, dict) for key, item in part.items()}
        if merged and draw(st.booleans()):
            children[name] = draw(frames(merged))
    some = st.frozensets(st.sampled_from(known))
    return Frame(draw(some), draw(some), children, draw(st.integers(0, 3)))


@profile
@given(st.data(), documents)
@bounded
def test_what_was_concealed_is_revealed_again(data: st.DataObject, document: dict[str, Any]) -> None:
    frame = data.draw(frames(document))
    payload, disclosures = conceal(document, frame, random_salts())
    assert reveal(payload, disclosures).claims == document
    assert not reveal(payload, []).claims.keys() & frame.selective
    assert payload.get("_sd", []) == sorted(payload.get("_sd", []))  # their order tells nothing


@profile
@given(st.data(), documents)
@bounded
def test_what_was_issued_verifies_to_the_same_claims(data: st.DataObject, document: dict[str, Any]) -> None:
    content = {f"x-{name}": value for name, value in document.items()}
    frame = data.draw(frames(content))
    everything = {**bound_claims(), **content}
    text = issue(everything, frame=frame, signer=ISSUER, salts=random_salts())
    assert verify_with_key(text, ISSUER.public_jwk, now=NOW) == everything


@settings(profile, max_examples=20)
@given(
    st.sampled_from(["~", ".", "A", "[", "e30.", "e30~", "WyJzIiwxXQ~", "é", NAME + "~"]),
    st.sampled_from(["", VALID, VALID.removesuffix("~"), PRESENTED]),
)
def test_a_text_of_full_size_takes_bounded_time(piece: str, front: str) -> None:
    text = (front + piece * (MAX_CHARACTERS // len(piece)))[:MAX_CHARACTERS]
    begun = process_time()
    assert not believed(text)
    assert process_time() - begun < SECONDS


@settings(profile, max_examples=10)
@given(st.sampled_from(["members", "elements", "undisclosed", "plain", "nested"]))
def test_a_signed_payload_of_full_size_takes_bounded_time(shape: str) -> None:
    many = range(MAX_DISCLOSURES)
    members = [disclosure("salt", f"claim {number}", "x" * 300) for number in many]
    words = [disclosure(f"salt {number}", "x" * 300) for number in many]
    absent = [digest(str(number)) for number in range(12_000)]
    texts = {
        "members": lambda: credential(bound_claims(_sd=[digest(text) for text in members]), *members),
        "elements": lambda: credential(bound_claims(list=[{"...": digest(text)} for text in words]), *words),
        "undisclosed": lambda: credential(bound_claims(_sd=absent)),
        "plain": lambda: credential(bound_claims(list=list(range(100_000)))),
        "nested": lambda: credential(bound_claims(list=[[[[[]]]] for _ in range(50_000)])),
    }
    text = texts[shape]()
    assert 400_000 < len(text) <= MAX_CHARACTERS
    begun = process_time()
    assert believed(text)
    assert process_time() - begun < SECONDS
