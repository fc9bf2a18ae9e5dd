"""Status lists on their way to a counter: whole or by delta, never back, and never a wrong answer."""

import json
import random
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pytest

from certx.app.machine.files import replace_file
from certx.app.trust.bundling import bundle
from certx.credential.jws import encode_segment, parse_jws, sign_jws
from certx.errors import CertxError
from certx.reason import Outcome, Reason
from certx.status.earlier import read_earlier, write_delta
from certx.status.listing import Signing, pack, write_token
from certx.trust.generations import Generations
from certx.trust.reports import SyncReport
from trust.realm import DAY, NOW, STATUS, Realm, write
from trust.test_web import faulty
from world import CREDIT_CODE, SICHUAN, STATUS_KEY, STATUS_URI, STRANGER, decision, forge

SIZE: Final = 1 << 19
INDEX: Final = 40_001
MARKED: Final = dict.fromkeys(random.Random(6).sample(range(0, SIZE, 2), 40_000), 1)  # noqa: S311 - the same every day
CREDENTIAL: Final = forge(iat=int(NOW) - DAY, status={"status_list": {"idx": INDEX, "uri": STATUS_URI}})
NAME: Final = f"{CREDIT_CODE}-1"
PATH: Final = f"status/{SICHUAN}/{NAME}.jwt"
VALID: Final = (Outcome.ACCEPTED, None, None)
REVOKED: Final = (Outcome.INVALID, Reason.REVOKED, "status")


class Issuing:
    """An issuer of the realm that publishes its list as `certx status publish` does, delta first."""

    def __init__(self, realm: Realm) -> None:
        self.realm, self.folder = realm, realm.source / SICHUAN / "status"
        self.at = int(NOW) - 1_000
        realm.list_issuer()
        path = realm.source / SICHUAN / "keys.json"
        document = json.loads(path.read_bytes())
        row = {"kid": STATUS_KEY.kid, "jwk": STATUS_KEY.public_jwk, "from": "2020-01-01T00:00:00+08:00"}
        document["issuers"][0]["statusKeys"] = [row]
        write(path, document)

    @property
    def files(self) -> tuple[Path, Path]:
        """The list and its delta."""
        return self.folder / f"{NAME}.jwt", self.folder / f"{NAME}.delta.jwt"

    def write(self, *revoked: int, signer: Any = STATUS_KEY, life: int = 7 * DAY) -> None:
        """What `certx status publish` would: a second later, with these entries revoked."""
        self.at += 1
        path, beside = self.files
        signing = Signing(STATUS_URI, signer, self.at, self.at + life, DAY)
        entries = pack(MARKED | dict.fromkeys(revoked, 1), size=SIZE)
        token = write_token(entries, **signing._asdict())
        if path.exists():
            earlier = read_earlier(path.read_text(), beside.read_text() if beside.exists() else None, STATUS_URI)
            delta = write_delta(entries, earlier, token, signing)
            assert delta is not None
            replace_file(beside, delta.encode())
        replace_file(path, token.encode())

    def publish(self, *revoked: int, **more: Any) -> None:
        self.write(*revoked, **more)
        self.realm.publish()

    def withhold(self, suffix: str) -> Path:
        """The present list or delta vanishes from the repository: nobody can have fetched it."""
        path = self.files[0 if suffix == ".jwt" else 1]
        digest = sha256(path.read_bytes()).hexdigest()
        place = self.realm.repository / "targets" / "status" / SICHUAN / f"{digest}.{path.name}"
        kept = place.with_name("kept")
        place.rename(kept)
        return kept

    def held(self) -> set[str]:
        """The digests of the files that the counter holds."""
        return {path.name for path in (self.realm.home / "registry" / "objects").iterdir()}

    def digest(self, suffix: str = ".jwt") -> str:
        return sha256(self.files[0 if suffix == ".jwt" else 1].read_bytes()).hexdigest()


@pytest.fixture
def office(realm: Realm) -> Issuing:
    """An issuer whose first list the counter has."""
    office = Issuing(realm)
    office.publish()
    realm.sync()
    assert answer(realm) == VALID
    return office


def answer(realm: Realm, **more: Any) -> tuple[str, Reason | None, str | None]:
    return decision(realm.verify(CREDENTIAL, **more))


def notes(realm: Realm) -> Path:
    current = Generations(realm.home / "registry").current()
    assert current is not None
    return current.folder / "lists"


def test_a_counter_with_an_earlier_list_fetches_the_delta_alone(realm: Realm, office: Issuing) -> None:
    before = office.digest()
    office.publish(INDEX)
    office.withhold(".jwt")
    report = realm.sync()
    assert (report.is_new, report.fetched, report.problems) == (True, 1, ())
    assert answer(realm) == REVOKED
    assert {before, office.digest(".delta.jwt")} <= office.held()
    assert office.digest() not in office.held()
    again = realm.sync()
    assert (again.is_new, again.fetched, again.problems) == (False, 0, ())


def test_junk_in_the_place_of_the_list_hinders_neither_verdict_nor_sync(realm: Realm, office: Issuing) -> None:
    """What a counter holds is an earlier list and its delta: it never asked for the list itself."""
    office.publish(INDEX)
    realm.sync()
    junk = realm.home / "registry" / "objects" / office.digest()
    junk.write_bytes(b"junk")
    assert answer(realm) == REVOKED
    office.withhold(".jwt")
    assert realm.sync().problems == ()
    assert answer(realm) == REVOKED
    realm.publish_timestamp()
    realm.sync()
    assert not junk.exists()


@pytest.mark.parametrize("spoilt", [b"", b"junk", b"x" * 5_000_000, None])
@pytest.mark.parametrize("which", ["list", "earlier list", "delta"])
def test_what_is_damaged_here_is_healed_by_a_sync(
    realm: Realm, office: Issuing, spoilt: bytes | None, which: str
) -> None:
    earlier = office.digest()
    office.publish(INDEX)
    if which == "list":
        realm.home = realm.folder / "fresh"
    realm.sync()
    digests = {"list": office.digest(), "earlier list": earlier, "delta": office.digest(".delta.jwt")}
    path = realm.home / "registry" / "objects" / digests[which]
    path.unlink()
    if spoilt is not None:
        path.write_bytes(spoilt)
    assert answer(realm)[0] == Outcome.UNDETERMINED
    assert realm.sync().is_new
    assert answer(realm) == REVOKED
    assert realm.sync().is_new is False


def test_a_note_of_a_list_from_the_future_outdates_no_list(realm: Realm, office: Issuing) -> None:
    """No sync wrote it; an honest list must not be refused for ever."""
    path = notes(realm)
    document = json.loads(path.read_bytes())
    document[PATH]["iat"] = 9e18
    path.write_text(json.dumps(document), encoding="utf-8")
    office.publish(INDEX)
    assert realm.sync().problems == ()
    assert answer(realm) == REVOKED


def test_day_after_day_by_delta_alone(realm: Realm, office: Issuing) -> None:
    for day in range(1, 4):
        office.publish(*range(1, 2 * day, 2), *((INDEX,) if day == 3 else ()))
        office.withhold(".jwt")
        assert realm.sync().problems == ()
        assert answer(realm) == (REVOKED if day == 3 else VALID)


def test_a_list_that_is_only_renewed_needs_no_step(realm: Realm, office: Issuing) -> None:
    office.at += 3 * DAY
    office.publish(life=30 * DAY)
    office.withhold(".jwt")
    assert realm.sync().problems == ()
    verdict = realm.verify(CREDENTIAL, now=NOW + 3 * DAY)
    assert next(finding for finding in verdict.findings if finding.check == "status").result == "passed"


def test_a_fresh_counter_and_one_that_was_away_for_long_fetch_the_list(realm: Realm, office: Issuing) -> None:
    for day in range(1, 33):
        office.write(*range(1, 2 * day, 2))
    office.publish(INDEX)
    assert realm.sync().fetched >= 1
    assert office.digest() in office.held()
    assert answer(realm) == REVOKED
    fresh = Realm(realm.folder)
    fresh.home = realm.folder / "another counter"
    fresh.sync()
    assert answer(fresh) == REVOKED


@pytest.fixture(params=["folder", "bundle", "web"])
def source(request: pytest.FixtureRequest, realm: Realm) -> Iterator[Callable[[], str]]:
    """Where a counter syncs from, made when asked for."""
    if request.param == "web":
        with faulty(realm.repository, "no such file", "-") as address:
            yield lambda: address
        return

    def offline() -> str:
        if request.param == "folder":
            return str(realm.repository)
        path = realm.folder / "registry.zip"
        bundle(realm.repository, path)
        return str(path)

    yield offline


@pytest.mark.network
def test_any_source_will_do(realm: Realm, office: Issuing, source: Callable[[], str]) -> None:
    office.publish(INDEX)
    assert realm.sync(source()).problems == ()
    assert answer(realm) == REVOKED
    assert office.digest() not in office.held()


def damage_delta(office: Issuing, change: Callable[[bytes], bytes]) -> None:
    """Whoever keeps the status role publishes another delta beside the list."""
    beside = office.files[1]
    beside.write_bytes(change(beside.read_bytes()))
    office.realm.publish()


def of_another_pair(data: bytes, office: Issuing) -> bytes:
    """A delta of the issuer's own, for a list that was never published: nothing is revoked there."""
    token, delta = (path.read_bytes() for path in office.files)
    office.write()
    other = office.files[1].read_bytes()
    office.files[0].write_bytes(token)
    office.files[1].write_bytes(delta)
    assert other != data
    return other


@pytest.mark.parametrize(
    "change", [lambda _: b"", lambda _: b"x", lambda data: data[:200], lambda data: b"A" * len(data)]
)
def test_a_delta_that_is_none_is_done_without(realm: Realm, office: Issuing, change: Callable[[bytes], bytes]) -> None:
    office.write(INDEX)
    damage_delta(office, change)
    assert realm.sync().problems == ()
    assert office.digest() in office.held()
    assert answer(realm) == REVOKED


def test_a_delta_that_leads_elsewhere_is_done_without(realm: Realm, office: Issuing) -> None:
    office.write(INDEX)
    damage_delta(office, lambda data: of_another_pair(data, office))
    realm.sync()
    assert office.digest() in office.held()
    assert answer(realm) == REVOKED


@pytest.mark.parametrize("signer", [STRANGER, STATUS[SICHUAN][0]])
def test_a_delta_that_the_issuer_did_not_sign_is_done_without(realm: Realm, office: Issuing, signer: Any) -> None:
    office.write(INDEX)
    content = parse_jws(office.files[1].read_text()).payload
    header = encode_segment({"alg": signer.algorithm, "typ": "statuslist-delta+jwt", "kid": STATUS_KEY.kid})
    damage_delta(office, lambda _: sign_jws(header, content, signer).encode())
    assert realm.sync().problems == ()
    assert office.digest() in office.held()
    assert answer(realm) == REVOKED


def test_a_delta_that_is_older_than_what_was_seen_is_done_without(realm: Realm, office: Issuing) -> None:
    """The list is newer, so nothing is rolled back, and the role is not at fault."""
    office.write(INDEX)
    content = parse_jws(office.files[1].read_text()).payload
    header = encode_segment({"alg": "ES256", "typ": "statuslist-delta+jwt", "kid": STATUS_KEY.kid})
    damage_delta(office, lambda _: sign_jws(header, {**content, "iat": office.at - 5}, STATUS_KEY).encode())
    assert realm.sync().problems == ()
    assert office.digest() in office.held()
    assert answer(realm) == REVOKED


def test_a_delta_that_cannot_be_had_is_done_without(realm: Realm, office: Issuing) -> None:
    office.publish(INDEX)
    office.withhold(".delta.jwt")
    assert realm.sync().problems == ()
    assert answer(realm) == REVOKED


def test_a_delta_of_a_key_that_is_not_listed_makes_nothing_valid(realm: Realm, office: Issuing) -> None:
    """Whoever keeps the status role need not ask `certx trust publish`, which would refuse."""
    office.write(INDEX, signer=STATUS[SICHUAN][0])
    lists = {f"status/{SICHUAN}/{path.name}": path.read_bytes() for path in office.files}
    realm.forge(f"status-{SICHUAN}", signers=STATUS[SICHUAN], lists=lists)
    realm.sync()
    assert answer(realm) == (Outcome.UNDETERMINED, Reason.STATUS_KEY_NOT_LISTED, "status")


def test_an_earlier_list_that_is_damaged_is_fetched_anew(realm: Realm, office: Issuing) -> None:
    before = office.digest()
    office.publish(INDEX)
    realm.sync()
    path = realm.home / "registry" / "objects" / before
    path.write_bytes(path.read_bytes()[:-1])
    assert answer(realm) in {REVOKED, (Outcome.UNDETERMINED, Reason.STATUS_LIST_UNUSABLE, "status")}
    assert realm.sync().problems == ()
    assert answer(realm) == REVOKED
    assert office.digest() in office.held()


@pytest.mark.parametrize(
    "planted",
    [None, b"", b"x", b"[]", b"{}", b'{"status": 1}', "first list", "delta", "itself", "keys.json", "nothing", "../x"],
)
def test_a_planted_note_never_makes_a_revoked_licence_valid(realm: Realm, office: Issuing, planted: Any) -> None:
    """Who can write to the disk may take the answer away, and no more."""
    first = office.digest()
    office.publish(1)
    realm.sync()
    office.publish(INDEX)
    realm.sync()
    assert answer(realm) == REVOKED
    digests = {
        "first list": first,
        "delta": office.digest(".delta.jwt"),
        "itself": office.digest(),
        "nothing": "0" * 64,
    }
    digests |= {"../x": "../x", "keys.json": sha256((realm.source / SICHUAN / "keys.json").read_bytes()).hexdigest()}
    if isinstance(planted, str):
        planted = json.dumps({PATH: {"iat": 0, "token": digests[planted]}}).encode()
    if planted is None:
        notes(realm).unlink()
    else:
        notes(realm).write_bytes(planted)
    assert answer(realm)[0] in {Outcome.INVALID, Outcome.UNDETERMINED}
    realm.sync()
    assert answer(realm) == REVOKED


def test_an_older_list_without_the_revocation_in_place_of_the_base_is_no_good(realm: Realm, office: Issuing) -> None:
    """Its entries are none that the delta leads from: the issuer signed them, but long before."""
    old = office.files[0].read_bytes()
    for day in range(33):
        office.write(*range(1, 2 * day + 1, 2))
    office.publish(INDEX, 3)
    realm.sync()
    office.publish(INDEX, 3, 5)
    realm.sync()
    assert office.digest() not in office.held()
    note = json.loads(notes(realm).read_bytes())[PATH]
    (realm.home / "registry" / "objects" / note["token"]).write_bytes(old)
    assert answer(realm) == (Outcome.UNDETERMINED, Reason.STATUS_LIST_UNUSABLE, "status")


# Never back


def roll_back(office: Issuing, files: tuple[bytes, bytes | None]) -> None:
    """Whoever holds the keys of the status role publishes older files again."""
    listed = {PATH: files[0]}
    if files[1] is not None:
        listed[PATH.replace(".jwt", ".delta.jwt")] = files[1]

    def only_these(signed: Any) -> None:
        signed.targets.clear()

    office.realm.forge(f"status-{SICHUAN}", only_these, STATUS[SICHUAN], lists=listed)


def told(report: SyncReport) -> Mapping[str, str]:
    return {problem.role: problem.error.code for problem in report.problems}


@pytest.mark.parametrize("by_delta", [True, False])
def test_an_older_list_is_refused_and_the_others_go_on(realm: Realm, office: Issuing, *, by_delta: bool) -> None:
    office.write(1)
    older = tuple(path.read_bytes() for path in office.files)
    realm.publish()
    realm.sync()
    office.publish(INDEX)
    realm.sync()
    assert answer(realm) == REVOKED
    roll_back(office, (older[0], older[1] if by_delta else None))
    for is_new in (True, False, False):  # also not when it is served again and again
        report = realm.sync()
        assert (report.is_new, report.fetched) == (is_new, 0)  # no generation more for what is not used
        assert told(report) == {f"status-{SICHUAN}": "sync-list-older"}
        assert report.problems[0].error.params["file"] == PATH
        assert answer(realm) == (Outcome.UNDETERMINED, Reason.STATUS_UNAVAILABLE, "status")
    roll_back(office, (office.files[0].read_bytes(), None))
    assert realm.sync().problems == ()
    assert answer(realm) == REVOKED


def test_a_list_that_vanished_for_a_while_does_not_come_back_older(realm: Realm, office: Issuing) -> None:
    older = office.files[0].read_bytes()
    office.publish(INDEX)
    realm.sync()
    realm.forge(f"status-{SICHUAN}", lambda signed: signed.targets.clear(), STATUS[SICHUAN])
    assert realm.sync().problems == ()
    roll_back(office, (older, None))
    assert told(realm.sync()) == {f"status-{SICHUAN}": "sync-list-older"}


def test_a_list_of_the_future_does_not_outdate_the_present_one(realm: Realm, office: Issuing) -> None:
    honest = office.at
    office.at += 300 * DAY
    office.publish(INDEX)
    assert realm.sync().problems == ()
    assert answer(realm)[0] is Outcome.UNDETERMINED or answer(realm) == REVOKED
    office.at = honest + 1
    for path in office.files:
        path.unlink()
    office.write(INDEX, 3)
    roll_back(office, (office.files[0].read_bytes(), None))
    assert realm.sync().problems == ()
    assert answer(realm) == REVOKED


def test_an_older_list_is_not_published_over_a_newer_one(realm: Realm, office: Issuing) -> None:
    older = office.files[0].read_bytes()
    office.publish(INDEX)
    before = realm.served()
    office.files[1].unlink()
    office.files[0].write_bytes(older)
    with pytest.raises(CertxError) as caught:
        realm.publish()
    assert (caught.value.code, caught.value.params["path"]) == ("publish-list-older", PATH)
    assert realm.served() == before
