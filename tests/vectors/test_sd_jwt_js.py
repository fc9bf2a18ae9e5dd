"""Claims and frames of the test cases of sd-jwt-js, concealed and revealed by certx."""

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import orjson
import pytest

from certx.credential.constants import ELEMENT, SD
from certx.credential.reveal import Revealed, digest_of, reveal
from certx.credential.sdjwt import conceal, random_salts
from certx.keys.encoding import base64url
from certx.schema.frame import Frame
from vectors.vector_files import load

Place = tuple[str, ...]
JsFrame = Mapping[str, Any]

NEEDS_FINER_FRAMES = {
    "array_nested_in_plain",
    "array_of_nulls",
    "array_of_objects",
    "array_of_scalars",
    "array_recursive_sd",
    "array_recursive_sd_some_disclosed",
    "complex",
    "recursions",
}
"""Cases that conceal single elements of an array, or arrays in arrays; a certx frame takes all or none."""


class InexpressibleError(Exception):
    """A certx frame cannot say this."""


@pytest.fixture(scope="module")
def cases(vectors: Path) -> dict[str, dict[str, Any]]:
    return {path.stem: load(path) for path in sorted((vectors / "sd-jwt-js").glob("*.json"))}


def frame_of(js: JsFrame, claims: Mapping[str, Any]) -> Frame:
    """The certx frame that conceals the same; raises `InexpressibleError` if there is none."""
    elements, children = set(), {}
    for name, value in claims.items():
        inner = js.get(name)
        if not inner:
            continue
        if isinstance(value, dict):
            children[name] = frame_of(inner, value)
        elif set(inner) == {SD} and sorted(inner[SD]) == list(range(len(value))):
            elements.add(name)
        else:
            raise InexpressibleError(name)
    return Frame(frozenset(js.get(SD, ())), frozenset(elements), children, js.get("_sd_decoy", 0))


def expressible(case: dict[str, Any]) -> bool:
    try:
        frame_of(case["disclosureFrame"], case["claims"])
    except InexpressibleError:
        return False
    return True


class Hiding:
    """Conceals as finely as sd-jwt-js: its result is what certx must be able to reveal."""

    def __init__(self) -> None:
        self.disclosures: dict[Place, str] = {}
        self._numbers = count()

    def _digest(self, place: Place, content: tuple[Any, ...]) -> str:
        text = base64url(orjson.dumps((f"salt {next(self._numbers)}", *content)))
        self.disclosures[place] = text
        return digest_of(text)

    def _decoys(self, js: JsFrame) -> Iterator[str]:
        return (digest_of(f"decoy{next(self._numbers)}") for _ in range(js.get("_sd_decoy", 0)))

    def hide(self, value: Any, js: JsFrame, place: Place = ()) -> Any:
        if isinstance(value, dict):
            return self._object(value, js, place)
        if isinstance(value, list):
            return self._array(value, js, place)
        return value

    def _object(self, value: dict[str, Any], js: JsFrame, place: Place) -> dict[str, Any]:
        plain, digests = {}, []
        for name, member in value.items():
            inside = self.hide(member, js.get(name, {}), (*place, name))
            if name in js.get(SD, ()):
                digests.append(self._digest((*place, name), (name, inside)))
            else:
                plain[name] = inside
        digests += self._decoys(js)
        return {**plain, SD: digests} if digests else plain

    def _array(self, value: list[Any], js: JsFrame, place: Place) -> list[Any]:
        shown = []
        for index, element in enumerate(value):
            inside = self.hide(element, js.get(str(index), {}), (*place, str(index)))
            hidden = index in js.get(SD, ())
            shown.append({ELEMENT: self._digest((*place, str(index)), (inside,))} if hidden else inside)
        return shown + [{ELEMENT: decoy} for decoy in self._decoys(js)]


def reveal_case(case: dict[str, Any], chosen: Callable[[Place], object]) -> Revealed:
    """What certx reveals of a case with those of its Disclosures whose place is chosen."""
    hiding = Hiding()
    payload = hiding.hide(case["claims"], case["disclosureFrame"])
    return reveal(payload, [text for place, text in hiding.disclosures.items() if chosen(place)])


def presented(case: dict[str, Any], place: Place) -> object:
    frame = case["presentationFrames"]
    for name in place:
        frame = frame.get(name) if isinstance(frame, dict) else None
    return frame


def test_the_cases_are_all_there(cases: dict[str, dict[str, Any]]) -> None:
    assert len(cases) == 17
    assert {name for name, case in cases.items() if not expressible(case)} == NEEDS_FINER_FRAMES


def test_claims_concealed_by_an_equal_frame_are_revealed_again(cases: dict[str, dict[str, Any]]) -> None:
    for name in cases.keys() - NEEDS_FINER_FRAMES:
        case = cases[name]
        frame = frame_of(case["disclosureFrame"], case["claims"])
        payload, disclosures = conceal(case["claims"], frame, random_salts())
        assert reveal(payload, disclosures).claims == case["claims"], name


def test_as_much_is_concealed_as_sd_jwt_js_conceals(cases: dict[str, dict[str, Any]]) -> None:
    for name in cases.keys() - NEEDS_FINER_FRAMES:
        case = cases[name]
        frame = frame_of(case["disclosureFrame"], case["claims"])
        payload, disclosures = conceal(case["claims"], frame, random_salts())
        theirs = reveal_case(case, lambda _: False)
        assert reveal(payload, []).claims == theirs.claims, name
        assert len(disclosures) == len(reveal_places(case)), name


def reveal_places(case: dict[str, Any]) -> list[Place]:
    """Every place that a case conceals."""
    places: list[Place] = []
    reveal_case(case, places.append)
    return places


def test_every_case_is_revealed_with_all_its_disclosures(cases: dict[str, dict[str, Any]]) -> None:
    for name, case in cases.items():
        assert reveal_case(case, lambda _: True).claims == case["claims"], name


def test_every_case_shows_what_sd_jwt_js_presents_of_it(cases: dict[str, dict[str, Any]]) -> None:
    # There the empty object that is left of `is_over` is not written down.
    emptied = {"array_none_disclosed": {"is_over": {}}}
    for name, case in cases.items():
        revealed = reveal_case(case, lambda place, case=case: presented(case, place))
        assert revealed.claims == {**case["presentedClaims"], **emptied.get(name, {})}, name
