"""Keys and custodians that change, are lost or stolen: each time by the commands' own functions, to the end.

The source is changed, those who must sign do, the counter syncs; honest licences are never invalid meanwhile.
"""

import json
import shutil
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from certx.app.machine.files import replace_file
from certx.app.trust.custodians import change_role
from certx.app.trust.denying import add_denial, lift_denial
from certx.app.trust.key_life import change_key, find_key, rotate_key
from certx.app.trust.staged import sign_file, standing
from certx.errors import CertxError
from certx.i18n import Words
from certx.keys import Signer, new_signer
from certx.reason import Outcome, Reason
from certx.render.verdict_text import VerdictText
from certx.trust.lifecycle import compromise, reinstate, retire, suspend
from certx.trust.registry import State
from certx.verdict import Answer
from trust.realm import ALL, DAY, FEDERATION, NOW, ONLINE, REGION, ROOT, STATUS, Realm, keepers, write
from world import CHONGQING, CREDIT_CODE, ISSUER, KEY, SICHUAN, STRANGER, decision, forge, issue

CREDENTIAL = issue(issued_at=NOW - 3_600)
OLDER = issue(issued_at=NOW - 3 * DAY)
FORGED = forge(signer=STRANGER, iat=int(NOW - 3_600))
OURS, THEIRS = f"region-{SICHUAN}", f"region-{CHONGQING}"
NEW = tuple(new_signer("Ed25519") for _ in range(5))
YESTERDAY = NOW - DAY


def file_of(realm: Realm, signer: Signer, name: str) -> str:
    """A custodian's public key, as it is handed to whoever writes the source."""
    path = realm.folder / f"{name}.jwk.json"
    replace_file(path, json.dumps(dict(signer.public_jwk)).encode())
    return str(path)


def keep(realm: Realm, role: str, new: Iterable[Signer], *known: str, threshold: int | None = None) -> None:
    """`certx trust role`: custodians by name, and new ones by file."""
    files = [file_of(realm, signer, f"new-{role}-{number}") for number, signer in enumerate(new, 1)]
    change_role(realm.source, role, [*known, *files], realm.folder / "none", threshold=threshold, days=None)


def roles_json(realm: Realm) -> Any:
    return json.loads((realm.source / "federation" / "roles.json").read_bytes())


def judged(realm: Realm, credential: str = CREDENTIAL) -> tuple[Outcome, Reason | None]:
    outcome, reason, _ = decision(realm.verify(credential))
    return outcome, reason  # type: ignore[return-value]


def serve(realm: Realm, signers: Sequence[Signer] = ALL) -> None:
    realm.publish(signers)
    realm.sync()


def step(realm: Realm, take: Callable[[Any], dict[str, Any]]) -> None:
    change_key(realm.source, find_key(realm.source, KEY.kid[:8], realm.folder), take, None, dry=False)


# --- keys of an issuer


def test_a_rotation_lets_old_and_new_sign_for_a_while(realm: Realm) -> None:
    (keeper,) = keepers([STRANGER], "next")
    place = find_key(realm.source, KEY.kid, realm.folder)
    rotate_key(realm.source, place, keeper, at=NOW - 2 * DAY, overlap_days=2, now=NOW - DAY, uses=None, dry=False)
    serve(realm)
    assert judged(realm, OLDER) == judged(realm, FORGED) == (Outcome.ACCEPTED, None)
    late = issue(issued_at=NOW + 1)
    assert decision(realm.verify(late, now=NOW + 2))[:2] == (Outcome.INVALID, Reason.KEY_OUTSIDE_WINDOW)


def test_a_retired_key_ends_and_what_it_signed_stays_good(realm: Realm) -> None:
    step(realm, lambda row: retire(row, YESTERDAY, NOW))
    serve(realm)
    assert judged(realm, OLDER)[0] is Outcome.ACCEPTED
    assert judged(realm) == (Outcome.INVALID, Reason.KEY_OUTSIDE_WINDOW)


def test_a_suspended_key_is_never_invalid_and_comes_back(realm: Realm) -> None:
    step(realm, lambda row: suspend(row, YESTERDAY, NOW, "inquiry"))
    serve(realm)
    assert judged(realm) == judged(realm, OLDER) == (Outcome.UNDETERMINED, Reason.KEY_SUSPENDED)
    step(realm, lambda row: reinstate(row, NOW))
    serve(realm)
    assert judged(realm)[0] is Outcome.ACCEPTED


@pytest.mark.parametrize("by_duty", [False, True])
def test_after_a_compromise_what_is_older_is_not_invalid(realm: Realm, *, by_duty: bool) -> None:
    if by_duty:
        more = {"state": State.COMPROMISED, "since": YESTERDAY, "why": "theft", "now": NOW}
        add_denial(realm.source, "key", KEY.kid, **more)
        serve(realm, (*ONLINE, *FEDERATION))
    else:
        step(realm, lambda row: compromise(row, YESTERDAY, NOW, "theft"))
        serve(realm, (*ONLINE, *REGION[SICHUAN]))
    assert judged(realm) == (Outcome.INVALID, Reason.KEY_COMPROMISED)
    assert judged(realm, OLDER) == (Outcome.UNDETERMINED, Reason.KEY_COMPROMISED_LATER)


def test_of_a_compromise_since_always_nothing_is_left(realm: Realm) -> None:
    step(realm, lambda row: compromise(row, None, NOW, "theft"))
    serve(realm)
    assert judged(realm, OLDER) == judged(realm) == (Outcome.INVALID, Reason.KEY_COMPROMISED)


# --- the duty desk


@pytest.mark.parametrize("denied", [("region", SICHUAN), ("issuer", CREDIT_CODE), ("issuer", ISSUER), ("key", KEY.kid)])
@pytest.mark.parametrize("expired", [False, True])
def test_a_denial_never_prints_invalid_and_holds_when_its_overlay_has_expired(
    realm: Realm, *, denied: tuple[str, str], expired: bool
) -> None:
    add_denial(realm.source, *denied, state=State.SUSPENDED, since=NOW, why="inquiry", now=NOW)
    realm.publish((*ONLINE, *FEDERATION))
    if expired:

        def age(signed: Any) -> None:
            signed.expires -= timedelta(days=60)

        realm.forge("duty", age, FEDERATION)
    realm.sync()
    for credential in (CREDENTIAL, OLDER):
        verdict = realm.verify(credential)
        assert verdict.outcome is Outcome.UNDETERMINED
        reasons = {finding.reason for finding in verdict.findings}
        assert reasons & {Reason.REGION_SUSPENDED, Reason.ISSUER_SUSPENDED, Reason.KEY_SUSPENDED}
        screen = VerdictText(Words("zh"), colour=False, width=80, explain=True)
        shown = "\n".join(screen.lines(Answer("licence", verdict), None))
        assert "无效" not in shown
        assert "无法判定" in shown
    lift_denial(realm.source, *denied)
    serve(realm, (*ONLINE, *FEDERATION))
    assert judged(realm)[0] is Outcome.ACCEPTED


OTHERS: Final = (new_signer("ES256"), new_signer("Ed25519"))
TURNED: Final[dict[str, Callable[[Any], Any]]] = {
    "credit code": lambda issuer: issuer.update(creditCode="91510100TEST00001X"),
    "no keys": lambda issuer: issuer.update(keys=[]),
    "no types": lambda issuer: issuer.update(types=[]),
    "another id": lambda issuer: issuer.update(id="urn:certx:issuer:91510100TEST00001X"),
    "window": lambda issuer: issuer["keys"][0].update(to="2021-01-01T00:00:00+08:00"),
    "compromised": lambda issuer: issuer["keys"][0].update(state="compromised"),
    "another key": lambda issuer: issuer["keys"][0].update(jwk=OTHERS[0].public_jwk),
    "another kind of key": lambda issuer: issuer["keys"][0].update(jwk=OTHERS[1].public_jwk),
    "no key": lambda issuer: issuer["keys"][0].update(jwk={"kty": "EC"}),
}


@pytest.mark.parametrize("way", TURNED)
def test_whatever_a_suspended_region_says_makes_no_honest_licence_invalid(realm: Realm, way: str) -> None:
    """A thief has the keys of the region's role, and would have its licences void; the duty desk has suspended it."""
    realm.deny({"region": SICHUAN, "reason": "its keys are missing"})
    serve(realm, (*ONLINE, *FEDERATION))
    document = json.loads((realm.source / SICHUAN / "keys.json").read_bytes())
    TURNED[way](document["issuers"][0])
    keys = {f"regions/{SICHUAN}/keys.json": json.dumps(document).encode()}
    realm.forge(f"region-{SICHUAN}", signers=REGION[SICHUAN], lists=keys)
    assert realm.sync().problems == ()
    assert judged(realm)[0] is Outcome.UNDETERMINED


@pytest.mark.parametrize("signer", OTHERS)
def test_a_kid_with_another_key_is_of_no_use_and_makes_no_licence_invalid(realm: Realm, signer: Signer) -> None:
    realm.list_issuer(jwk=signer.public_jwk)
    keys = {f"regions/{SICHUAN}/keys.json": (realm.source / SICHUAN / "keys.json").read_bytes()}
    realm.forge(f"region-{SICHUAN}", signers=REGION[SICHUAN], lists=keys)
    realm.sync()
    assert judged(realm) == (Outcome.UNDETERMINED, Reason.KEY_UNUSABLE)


def test_a_denial_that_only_the_region_signed_denies_nothing(realm: Realm) -> None:
    add_denial(realm.source, "region", SICHUAN, state=State.SUSPENDED, since=NOW, why="inquiry", now=NOW)
    realm.publish((*ONLINE, *REGION[SICHUAN], *ROOT))
    realm.sync()
    assert judged(realm)[0] is Outcome.ACCEPTED


# --- custodians


def test_a_root_of_three_in_five_loses_a_custodian(realm: Realm) -> None:
    five = NEW
    keep(realm, "root", five, threshold=3)
    serve(realm, (*ALL, *five))
    keep(realm, "root", [ROOT[0]], *(f"new-root-{number}" for number in range(1, 5)))
    rule = roles_json(realm)["roles"]["root"]
    assert (len(rule["keys"]), rule["threshold"]) == (5, 3)
    assert five[4].kid not in {row["jwk"]["kid"] for row in roles_json(realm)["keys"]}
    (row,) = realm.publish((*ONLINE, *five[:2])).pending
    assert (row.role, row.needed) == ("root", 1)
    file = realm.repository / "staged" / "root.json"
    sign_file(file, ROOT[0])  # a new one: the new root is complete, for the old one the third is missing
    assert standing(realm.repository)[0].needed == 1
    sign_file(file, five[2])
    assert realm.publish(ONLINE).pending == ()
    assert realm.sync().is_new
    assert realm.read().registry.version == str(realm.published("timestamp").signed.version)
    assert judged(realm)[0] is Outcome.ACCEPTED
    fresh = Realm(realm.folder)
    fresh.home = realm.folder / "fresh"
    fresh.sync()  # from the first root, over all of them
    assert judged(fresh)[0] is Outcome.ACCEPTED


def test_a_lost_passphrase_of_a_region_is_mended_by_the_federation(realm: Realm) -> None:
    keep(realm, OURS, NEW[:1], f"{SICHUAN}-1", f"{SICHUAN}-2")
    assert roles_json(realm)["roles"][OURS]["threshold"] == 2
    serve(realm, (*ONLINE, *FEDERATION, REGION[SICHUAN][0], NEW[0]))
    assert judged(realm)[0] is Outcome.ACCEPTED
    realm.list_issuer(to="2031-01-01T00:00:00+08:00")
    (row,) = realm.publish((*ONLINE, REGION[SICHUAN][2], NEW[0])).pending  # the lost key counts no more
    assert (row.role, row.needed) == (OURS, 1)


def test_stolen_keys_of_a_region_die_and_other_regions_go_on(realm: Realm) -> None:
    realm.sync()
    honest = (realm.source / SICHUAN / "keys.json").read_bytes()
    realm.list_issuer(STRANGER)
    forged = (realm.source / SICHUAN / "keys.json").read_bytes()
    (realm.source / SICHUAN / "keys.json").write_bytes(honest)
    path = f"regions/{SICHUAN}/keys.json"
    realm.forge(OURS, signers=REGION[SICHUAN][:2], lists={path: forged})
    realm.sync()
    assert judged(realm, FORGED)[0] is Outcome.ACCEPTED  # the theft: within its own region it wins

    keep(realm, OURS, NEW[:3])
    realm.publish((*ONLINE, *FEDERATION), without=[OURS])  # at once, before the region has signed again
    (problem,) = realm.sync().problems
    assert problem.role == OURS
    assert judged(realm)[0] is judged(realm, FORGED)[0] is Outcome.UNDETERMINED
    assert realm.read().registry.regions[CHONGQING].code == CHONGQING

    realm.publish((*ONLINE, *NEW[:3]))
    assert realm.sync().problems == ()
    assert judged(realm)[0] is Outcome.ACCEPTED
    assert judged(realm, FORGED)[0] is Outcome.INVALID
    realm.forge(OURS, signers=REGION[SICHUAN], lists={path: forged})
    (problem,) = realm.sync().problems
    assert (problem.role, problem.error.code) == (OURS, "sync-signatures")
    assert judged(realm, FORGED)[0] is not Outcome.ACCEPTED


@pytest.mark.parametrize("version", [1_000, 2**31 - 1])
def test_a_stolen_publisher_is_replaced_although_it_ran_ahead(realm: Realm, version: int) -> None:
    """Its server is built anew from a copy: lower versions than counters saw, under keys that the root gives it."""
    realm.sync()
    shutil.copytree(realm.repository, realm.folder / "backup")
    realm.forge("timestamp", lambda signed: setattr(signed, "version", version), ONLINE)
    realm.sync()
    shutil.rmtree(realm.repository)
    shutil.copytree(realm.folder / "backup", realm.repository)
    realm.publish_timestamp()
    with pytest.raises(CertxError) as caught:
        realm.sync()
    assert caught.value.code == "sync-rollback"
    keep(realm, "snapshot", NEW[:1])
    keep(realm, "timestamp", NEW[1:2])
    assert "online-1" not in {row["name"] for row in roles_json(realm)["keys"]}
    waiting = {row.role for row in realm.publish((*ONLINE, *NEW[:2])).pending}
    assert waiting == {"root"}
    for signer in ROOT[:2]:
        sign_file(realm.repository / "staged" / "root.json", signer)
    assert realm.publish(NEW[:2]).pending == ()
    assert realm.sync().is_new
    assert judged(realm)[0] is Outcome.ACCEPTED
    realm.forge("timestamp", signers=ONLINE)
    with pytest.raises(CertxError) as caught:
        realm.sync()
    assert caught.value.code == "sync-signatures"
    assert judged(realm)[0] is Outcome.ACCEPTED


def test_a_stolen_status_desk_is_replaced(realm: Realm) -> None:
    role = f"status-{SICHUAN}"
    keep(realm, role, NEW[:1])
    (row,) = realm.publish((*ONLINE, *FEDERATION, *STATUS[SICHUAN])).pending
    assert (row.role, row.waiting) == (role, (f"new-{role}-1",))
    serve(realm, (*ONLINE, *NEW[:1]))
    assert judged(realm)[0] is Outcome.ACCEPTED


# --- who keeps a role is written with care


def test_a_key_that_keeps_another_role_stays_and_the_days_do(realm: Realm) -> None:
    realm.edit_roles(lambda document: document["roles"]["duty"].update(days=5))
    keep(realm, "duty", NEW[:1], "federation-2")
    document = roles_json(realm)
    assert "federation-1" in {row["name"] for row in document["keys"]}  # it keeps the role `targets` still
    assert document["roles"]["duty"]["days"] == 5
    assert document["roles"]["duty"]["threshold"] == 2


@pytest.mark.parametrize(
    ("role", "names", "threshold", "code"),
    [
        ("root", ["root-1"], None, "role-threshold"), ("root", ["root-1", "root-2"], 0, "role-threshold"),
        ("rooot", ["root-1"], 1, "publish-without"), ("root", ["nobody"], 1, "key-missing"),
        ("root", ["root-1", "root-1"], 1, "federation-key-twice"), ("root", [], None, "role-threshold"),
    ],
)  # fmt: skip
def test_custodians_that_do_not_fit_are_refused_and_nothing_is_written(
    realm: Realm, role: str, names: list[str], threshold: int | None, code: str
) -> None:
    before = (realm.source / "federation" / "roles.json").read_bytes()
    with pytest.raises(CertxError) as caught:
        change_role(realm.source, role, names, Path("none"), threshold=threshold, days=None)
    assert caught.value.code == code
    assert (realm.source / "federation" / "roles.json").read_bytes() == before


def test_a_name_of_two_keys_is_not_guessed(realm: Realm) -> None:
    write(realm.folder / "home" / "root-1.jwk.json", dict(NEW[0].public_jwk))
    with pytest.raises(CertxError) as caught:
        change_role(realm.source, "root", ["root-1"], realm.folder / "home", threshold=1, days=None)
    assert caught.value.code == "key-ambiguous"
    change_role(realm.source, "root", [ROOT[0].kid[:8]], realm.folder / "home", threshold=1, days=None)
    assert roles_json(realm)["roles"]["root"]["keys"] == [ROOT[0].kid]
