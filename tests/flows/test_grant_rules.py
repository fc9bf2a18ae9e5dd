"""Grants, rule by rule: each test breaks one, with a licence that is genuine and recognised here."""

from dataclasses import replace
from typing import Any, Final

import pytest

from certx.credential.issue import issue
from certx.credential.parse import parse
from certx.credential.present import select
from certx.credential.sdjwt import random_salts
from certx.errors import DocumentError, KeyFailureError
from certx.evidence import Expectation
from certx.keys.encoding import base64url
from certx.licence.model import day_ends_at, day_starts_at
from certx.licence.paths import only, parse_path
from certx.reason import Outcome, Reason, Result
from certx.recognition.grant import HOLDER_PREFIX, MAX_CHARACTERS, read_grant
from certx.recognition.grant_check import PROOF_SECONDS
from certx.recognition.grant_revocation import make_revocation, read_revocation
from certx.recognition.scenario import read_scenario
from certx.schema.frame import Frame
from certx.verify import verify
from granting import (
    GRANTEE,
    GRANTS,
    HOLDER,
    LICENCE,
    MATTER,
    SITE,
    THIEF,
    Body,
    Compromised,
    Suspended,
    altered,
    at_site,
    by_body,
    granted,
    licence,
    shown,
    used,
)
from world import ISSUER, KEY, NOW, OTHER_ISSUER, WORLD, decision, finding_of, forge


def test_a_grant_stands_in_for_the_holder_and_gives_out_what_was_granted_alone() -> None:
    verdict = used(shown(granted()))
    assert decision(verdict) == (Outcome.ACCEPTED, None, None)
    assert finding_of(verdict, "key-binding").reason is Reason.GRANT_STANDS_IN
    assert verdict.licence is not None
    assert set(verdict.licence.claims) == {"certificateName", "holders"}
    assert [set(holder) for holder in verdict.licence.claims["holders"]] == [{"name"}]  # type: ignore[attr-defined]


def test_less_may_be_asked_for_than_was_granted() -> None:
    verdict = used(shown(granted(), claims=["certificateName"]))
    assert verdict.licence is not None
    assert set(verdict.licence.claims) == {"certificateName"}


BROKEN: Final[dict[str, tuple[Any, tuple[Outcome, Reason, str]]]] = {
    "signed by the grantee": (
        lambda: used(shown(granted(GRANTEE))),
        (Outcome.INVALID, Reason.GRANT_NOT_BY_HOLDER, "grantor"),
    ),
    "in the holder's name": (
        lambda: used(shown(granted(GRANTEE, HOLDER_PREFIX + HOLDER.kid))),
        (Outcome.INVALID, Reason.GRANT_NOT_BY_HOLDER, "grantor"),
    ),
    "in another holder's name": (
        lambda: used(shown(granted(HOLDER, HOLDER_PREFIX + THIEF.kid))),
        (Outcome.INVALID, Reason.GRANT_NOT_BY_HOLDER, "grantor"),
    ),
    "altered": (
        lambda: used(shown(altered(granted(), uses=4))),
        (Outcome.INVALID, Reason.SIGNATURE_WRONG, "grantor"),
    ),
    "for a licence without a key": (
        lambda: used(shown(granted()), licence(None)),
        (Outcome.INVALID, Reason.GRANT_NOT_BY_HOLDER, "grantor"),
    ),
    "stolen, with the thief's proof": (
        lambda: used(shown(granted(), THIEF)),
        (Outcome.INVALID, Reason.GRANT_OF_ANOTHER, "grantee"),
    ),
    "stolen, without a proof": (
        lambda: used(granted()),
        (Outcome.INVALID, Reason.GRANT_OF_ANOTHER, "grantee"),
    ),
    "a proof of another time": (
        lambda: used(shown(granted(), nonce="before")),
        (Outcome.INVALID, Reason.GRANT_PROOF_WRONG, "grantee"),
    ),
    "an old proof": (
        lambda: used(shown(granted(), at=NOW - PROOF_SECONDS - 1)),
        (Outcome.INVALID, Reason.GRANT_PROOF_WRONG, "grantee"),
    ),
    "a proof for another site": (
        lambda: used(shown(granted(), audience="urn:example:other")),
        (Outcome.INVALID, Reason.GRANT_PROOF_WRONG, "grantee"),
    ),
    "at another site": (
        lambda: used(shown(granted()), audience="urn:example:other"),
        (Outcome.NOT_ACCEPTABLE, Reason.GRANT_OTHER_SITE, "grantee"),
    ),
    "revoked": (
        lambda: used(shown(granted()), revoked=True),
        (Outcome.INVALID, Reason.GRANT_REVOKED, "grant-term"),
    ),
    "another matter": (
        lambda: used(shown(granted()), matter="example-0002"),
        (Outcome.NOT_ACCEPTABLE, Reason.GRANT_OTHER_MATTER, "grant-scope"),
    ),
    "another type": (
        lambda: used(shown(granted(types=frozenset({"identity-card"})))),
        (Outcome.NOT_ACCEPTABLE, Reason.GRANT_OTHER_TYPE, "grant-scope"),
    ),
    "another licence of the same holder": (
        lambda: used(shown(granted()), licence(certificateNumber="TEST0002")),
        (Outcome.NOT_ACCEPTABLE, Reason.GRANT_OTHER_LICENCE, "grant-scope"),
    ),
    "any licence of the holder": (
        lambda: used(shown(granted(licence=None))),
        (Outcome.NOT_ACCEPTABLE, Reason.GRANT_OTHER_LICENCE, "grant-scope"),
    ),
    "a claim that was not granted": (
        lambda: used(shown(granted(), claims=["certificateName", "holders[0].code"])),
        (Outcome.NOT_ACCEPTABLE, Reason.GRANT_BEYOND, "grant-scope"),
    ),
    "the whole of which a part was granted": (
        lambda: used(shown(granted(), claims=["holders"])),
        (Outcome.NOT_ACCEPTABLE, Reason.GRANT_BEYOND, "grant-scope"),
    ),
    "asked for in no form": (
        lambda: used(shown(granted(), claims="certificateName")),
        (Outcome.INVALID, Reason.GRANT_PROOF_WRONG, "grant-scope"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("situation", BROKEN)
def test_a_rule_that_is_broken_is_named(situation: str) -> None:
    make, expected = BROKEN[situation]
    verdict = make()
    assert decision(verdict) == expected
    assert verdict.licence is None


def test_a_matter_of_the_site_narrows_what_is_given_out() -> None:
    """A grant may be for more than the scenario of the site may ask for."""
    document = {
        "id": "branch", "version": 1, "matter": MATTER, "types": ["business-licence"], "requires": ["entityType"],
    }  # fmt: skip
    world = replace(WORLD, scenarios={"branch": read_scenario(document, "branch.json")})
    text = shown(granted(claims=(("certificateName",), ("entityType",), ("legalRepresentative",))))
    expectation = Expectation(grant=at_site(text), scenario="branch")
    verdict = verify(LICENCE, world, now=NOW, expectation=expectation)
    assert verdict.outcome is Outcome.ACCEPTED
    assert verdict.licence is not None
    assert set(verdict.licence.claims) == {"certificateName", "entityType"}


def test_a_grant_is_good_from_its_first_day_to_the_end_of_its_last_in_china() -> None:
    grant, first, end = (
        granted(since=day_starts_at("2026-06-01")),
        day_starts_at("2026-06-01"),
        day_ends_at("2026-06-30"),
    )
    for now, outcome, reason in (
        (NOW, Outcome.ACCEPTED, None),
        (end - 1.0, Outcome.ACCEPTED, None),
        (float(end), Outcome.INVALID, Reason.GRANT_OVER),
    ):
        verdict = used(shown(grant, at=now), now=now, world=replace(WORLD, signed_at=now))
        assert decision(verdict)[:2] == (outcome, reason)
    early = granted(since=first + 86_400)
    assert decision(used(shown(early)))[:2] == (Outcome.NOT_ACCEPTABLE, Reason.GRANT_NOT_YET)


def test_a_licence_that_is_not_proven_says_nothing_of_a_grant() -> None:
    head, _, rest = LICENCE.partition("~")
    verdict = used(shown(granted()), f"{head[:-8]}AAAAAAAA~{rest}")
    assert decision(verdict)[:2] == (Outcome.INVALID, Reason.SIGNATURE_WRONG)
    assert finding_of(verdict, "grantor").result is Result.NOT_RUN


def test_a_body_grants_the_use_of_what_it_issued_by_a_key_that_is_listed_for_it() -> None:
    assert decision(used(shown(by_body()), world=Body())) == (Outcome.ACCEPTED, None, None)
    assert decision(used(shown(by_body()), licence(None), world=Body()))[0] is Outcome.ACCEPTED
    for text, world, expected in (
        (by_body(KEY), Body(), (Outcome.INVALID, Reason.GRANT_KEY_NOT_LISTED)),
        (by_body(), WORLD, (Outcome.INVALID, Reason.GRANT_KEY_NOT_LISTED)),
        (by_body(grantor=OTHER_ISSUER), Body(), (Outcome.INVALID, Reason.GRANT_NOT_BY_ISSUER)),
        (by_body(), Suspended(), (Outcome.UNDETERMINED, Reason.KEY_SUSPENDED)),
        (by_body(), Compromised(), (Outcome.INVALID, Reason.GRANT_KEY_NOT_IN_USE)),
    ):
        assert decision(used(shown(text), world=world))[:2] == expected


def test_a_key_that_is_listed_for_grants_signs_no_licence() -> None:
    forged = used(shown(by_body()), granted(GRANTS, ISSUER), world=Body())
    assert forged.outcome is Outcome.INVALID
    assert finding_of(forged, "signature").result is Result.NOT_RUN


def test_a_revocation_is_of_the_key_that_signed_the_grant() -> None:
    grant = read_grant(granted())
    found = read_revocation(make_revocation(grant, HOLDER, issued_at=int(NOW)))
    assert found == (grant.id, grant.kid)
    with pytest.raises(KeyFailureError):
        make_revocation(grant, THIEF, issued_at=int(NOW))


def test_a_revocation_by_somebody_else_names_somebody_else() -> None:
    """Their key may be named in it; that of the grantor may not, for the signature is held against it."""
    mine, theirs = read_grant(granted()), read_grant(granted(THIEF))
    revocation = make_revocation(theirs, THIEF, issued_at=int(NOW))
    assert read_revocation(revocation).kid != mine.kid
    header, payload, signature = make_revocation(mine, HOLDER, issued_at=int(NOW)).split(".")
    for text in (
        f"{header}.{payload}.{signature[:-6]}AAAAAA",
        "",
        "a.b.c",
        granted(),
        f"{header}.{payload}." + "A" * 5000,
    ):
        with pytest.raises(DocumentError) as caught:
            read_revocation(text)
        assert caught.value.code == "grant-revocation-form"


MALFORMED: Final[dict[str, dict[str, object]]] = {
    "another vct": {"vct": "urn:certx:grant:2"},
    "a member that could narrow it": {"weekdaysOnly": True},
    "no claims": {"claims": []},
    "too many claims": {"claims": ["a"] * 65},
    "a claim that is no path": {"claims": ["a]"]},
    "no uses": {"uses": 0},
    "uses without end": {"uses": 10**12},
    "ends before it begins": {"exp": 1},
    "no key": {"cnf": {}},
    "several sites": {"aud": [SITE, SITE]},
    "no purpose": {"purpose": {}},
    "a ceiling below nothing": {"daily": -1},
}


@pytest.mark.parametrize("situation", MALFORMED)
def test_what_is_no_grant_is_not_read_as_one(situation: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read_grant(altered(granted(), **MALFORMED[situation]))
    assert caught.value.code == "grant-form"


@pytest.mark.parametrize(
    "text", ["", "eyJ", LICENCE, "A" * (MAX_CHARACTERS + 1)], ids=["empty", "cut", "licence", "long"]
)
def test_nor_is_anything_else(text: str) -> None:
    with pytest.raises(DocumentError):
        read_grant(text)


def test_a_grant_with_something_concealed_is_none() -> None:
    """A grantee could keep back what narrows it."""
    frame = Frame(frozenset({"daily"}))
    text = issue(parse(granted(daily=1)).claims, frame=frame, signer=HOLDER, salts=random_salts())
    issuer_signed, disclosure, _ = text.split("~")
    for shown_as in (text, f"{issuer_signed}~", f"{granted()}{disclosure}~"):
        with pytest.raises(DocumentError):
            read_grant(shown_as)


def test_of_a_value_only_what_is_named_is_left() -> None:
    value = {"a": 1, "b": [{"c": 1, "d": 2}, {"c": 3, "d": 4}], "e": {"f": {"g": 1}, "h": 2}}
    assert only(value, [parse_path("a")]) == {"a": 1}
    assert only(value, [parse_path("b[*].c")]) == {"b": [{"c": 1}, {"c": 3}]}
    assert only(value, [parse_path("b[1]"), parse_path("e.f")]) == {"b": [{"c": 3, "d": 4}], "e": {"f": {"g": 1}}}
    assert only(value, []) is None or only(value, []) == {}


@pytest.mark.parametrize("asked", [{"claims": ["registeredCapitalAtLeast1000"]}, {}])
def test_a_derived_claim_that_is_asked_for_and_absent_is_told_and_not_accepted(asked: dict[str, Any]) -> None:
    small = licence(registeredCapital=500)
    claims, digest = (("registeredCapitalAtLeast1000",),), base64url(parse(small).jws.digest)
    verdict = used(shown(granted(claims=claims, licence=digest), **asked), small)
    assert (verdict.outcome, verdict.licence) == (Outcome.NOT_ACCEPTABLE, None)
    finding = finding_of(verdict, "grant-scope")
    assert (finding.reason, finding.params["names"]) == (Reason.GRANT_CLAIM_MISSING, "registeredCapitalAtLeast1000")


@pytest.mark.parametrize("asked", ["vehicleClasses", "vehicleClasses[*]"])
def test_some_elements_are_not_all_that_was_asked_for(asked: str) -> None:
    whole = forge("driving-licence", vehicleClasses=["A1", "C1"])
    grant = by_body(types=frozenset({"driving-licence"}), claims=(("vehicleClasses",),))
    text = shown(grant, claims=[asked])
    assert used(text, whole, world=Body()).outcome is Outcome.ACCEPTED
    verdict = used(text, select(whole, [parse_path("vehicleClasses[0]")]), world=Body())
    assert (verdict.outcome, verdict.licence) == (Outcome.NOT_ACCEPTABLE, None)
    finding = finding_of(verdict, "grant-scope")
    assert (finding.reason, finding.params["names"]) == (Reason.GRANT_CLAIM_MISSING, asked)


def test_all_that_was_granted_is_what_there_is_of_it() -> None:
    small = licence(registeredCapital=500)
    claims = (("registeredCapitalAtLeast1000",), ("certificateName",))
    verdict = used(shown(granted(claims=claims, licence=base64url(parse(small).jws.digest))), small)
    assert verdict.licence is not None
    assert set(verdict.licence.claims) == {"certificateName"}
